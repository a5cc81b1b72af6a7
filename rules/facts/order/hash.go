package order

import (
	"crypto/sha256"
	"encoding/binary"
	"go/token"
	"strconv"
	"strings"
)

// hash is that of all that the sketch says, but for where.
func (s *Sketch) hash() [sha256.Size]byte {
	places := placeless{numbers: map[string]int{}}
	to := newWriter(places.spell)
	to.place = func(*token.Pos) {}
	rest := *s
	rest.Funcs = doing(s.Funcs)
	rest.transfer(to)
	return sha256.Sum256(to.data)
}

// A placeless spells texts in which the places are numbered by where they come first. A
// place is not divided between two texts.
type placeless struct {
	numbers map[string]int
	spelled []byte
}

// apart are what words of a text end with.
const apart = `/" `

func (p *placeless) spell(text string, to []byte) []byte {
	p.spelled = p.spelled[:0]
	for len(text) > 0 {
		at := strings.Index(text, ".go:")
		if at < 0 {
			at = len(text)
		}
		start := strings.LastIndexAny(text[:at], apart) + 1
		end := len(text)
		if n := strings.IndexAny(text[at:], apart); n >= 0 {
			end = at + n + 1
		}
		p.spelled = append(p.spelled, text[:start]...)
		p.word(text[start:end])
		text = text[end:]
	}
	return append(binary.AppendVarint(to, int64(len(p.spelled))), p.spelled...)
}

// word spells a word, which may begin with a place.
func (p *placeless) word(word string) {
	if n := placeIn(word); n > 0 {
		p.spelled = strconv.AppendInt(append(p.spelled, '#'), int64(p.number(word[:n])), 10)
		word = word[n:]
	}
	p.spelled = append(p.spelled, word...)
}

func (p *placeless) number(place string) int {
	number, known := p.numbers[place]
	if !known {
		number = len(p.numbers)
		p.numbers[place] = number
	}
	return number
}

// placeIn returns the length of the place that a word begins with, as
// collector.place writes it: name.go:12:34; 0 if there is none.
func placeIn(word string) int {
	for at := strings.LastIndex(word, ".go:"); at > 0; at = strings.LastIndex(word[:at], ".go:") {
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
func digits(text string) int {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}
