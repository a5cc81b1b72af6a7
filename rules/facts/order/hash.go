package order

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"strconv"
)

// hash is that of the sketch as text, function by function: the text of a large package
// as a whole is as large as its syntax.
func (s *Sketch) hash() (sum [sha256.Size]byte, err error) {
	to := &placeless{Hash: sha256.New(), numbers: map[string]int{}}
	text := json.NewEncoder(to)
	rest := *s
	rest.Funcs = nil
	if err := text.Encode(rest); err != nil {
		return sum, err
	}
	for _, fn := range s.Funcs {
		if err := text.Encode(fn); err != nil {
			return sum, err
		}
	}
	return [sha256.Size]byte(to.Sum(nil)), nil
}

// A placeless hashes texts in which the places are numbered by where they come first. A
// place is not divided between two texts.
type placeless struct {
	hash.Hash
	numbers map[string]int
	buf     []byte
}

// apart are what words of a text end with.
const apart = `/" `

func (p *placeless) Write(text []byte) (int, error) {
	all := len(text)
	for len(text) > 0 {
		at := bytes.Index(text, []byte(".go:"))
		if at < 0 {
			at = len(text)
		}
		start := bytes.LastIndexAny(text[:at], apart) + 1
		end := len(text)
		if n := bytes.IndexAny(text[at:], apart); n >= 0 {
			end = at + n + 1
		}
		p.Hash.Write(text[:start])
		p.word(text[start:end])
		text = text[end:]
	}
	return all, nil
}

// word hashes a word, which may begin with a place.
func (p *placeless) word(word []byte) {
	if n := placeIn(word); n > 0 {
		p.buf = strconv.AppendInt(append(p.buf[:0], '#'), int64(p.number(word[:n])), 10)
		p.Hash.Write(p.buf)
		word = word[n:]
	}
	p.Hash.Write(word)
}

func (p *placeless) number(place []byte) int {
	number, known := p.numbers[string(place)]
	if !known {
		number = len(p.numbers)
		p.numbers[string(place)] = number
	}
	return number
}

// placeIn returns the length of the place that a word begins with, as
// collector.place writes it: name.go:12:34; 0 if there is none.
func placeIn(word []byte) int {
	for at := bytes.LastIndex(word, []byte(".go:")); at > 0; at = bytes.LastIndex(word[:at], []byte(".go:")) {
		line := digits(word[at+len(".go:"):])
		rest := word[at+len(".go:")+line:]
		if line == 0 || len(rest) == 0 || rest[0] != ':' {
			continue
		}
		if column := digits(rest[1:]); column > 0 {
			return at + len(".go:") + line + 1 + column
		}
	}
	return 0
}

// digits returns how many digits a text begins with.
func digits(text []byte) int {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}
