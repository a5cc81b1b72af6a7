package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A jsonValue is a JSON value that knows its place, which encoding/json's own
// decoding forgets.
type jsonValue struct {
	pointer string
	scalar  any          // string, json.Number, bool or nil; nothing for the other two
	object  []jsonMember // in the order of the text, duplicates included
	array   []*jsonValue
	kind    jsonKind
}

type jsonMember struct {
	name  string
	at    int // offset of the name
	value *jsonValue
}

type jsonKind string

const (
	jsonObject jsonKind = "an object"
	jsonArray  jsonKind = "an array"
	jsonString jsonKind = "a string"
	jsonNumber jsonKind = "a number"
	jsonBool   jsonKind = "a boolean"
	jsonNull   jsonKind = "null"
)

// parse reads s.Text as one JSON document and records where each value stands.
func (s *Source) parse() (*jsonValue, *Mistake) {
	s.at = map[string]int{"": 0}
	if bad := invalidUTF8(s.Text); bad >= 0 {
		return nil, s.mistakeAt(bad, "invalid UTF-8: save the file as UTF-8")
	}
	if offset, err := checkSyntax(s.Text); err != nil {
		return nil, s.mistakeAt(offset, "%v", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(s.Text))
	decoder.UseNumber()
	reader := jsonReader{s, decoder}
	return reader.value(""), nil
}

func (s *Source) mistakeAt(offset int, format string, args ...any) *Mistake {
	at := s.position(offset)
	return &Mistake{File: s.File, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)}
}

// invalidUTF8 returns the offset of the first byte that is no UTF-8, or -1.
func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// checkSyntax reports whether text is exactly one JSON value, and if not, where
// it stops to be one. After it, reading tokens cannot fail.
func checkSyntax(text []byte) (offset int, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return 0, errors.New("the file is empty: a rule is one JSON object")
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return 0, errors.New("a byte-order mark stands here: save the file as UTF-8 without it")
	}
	if json.Valid(text) {
		return 0, nil
	}
	err = json.Unmarshal(text, new(any))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return max(0, int(syntax.Offset)-1), err
	}
	return 0, err
}

// A jsonReader turns tokens into values with places. The text is valid JSON.
type jsonReader struct {
	source  *Source
	decoder *json.Decoder
}

// token returns the next token and where it starts. The decoder tells only
// where the one before ended; what lies between is white space, a comma or a colon.
func (r jsonReader) token() (json.Token, int) {
	start := int(r.decoder.InputOffset())
	for start < len(r.source.Text) && strings.IndexByte(" \t\r\n,:", r.source.Text[start]) >= 0 {
		start++
	}
	token, err := r.decoder.Token()
	if err != nil {
		panic(fmt.Sprintf("rules: JSON that is valid has a bad token: %v", err))
	}
	return token, start
}

func (r jsonReader) value(pointer string) *jsonValue {
	token, at := r.token()
	r.source.at[pointer] = at
	v := &jsonValue{pointer: pointer}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			r.members(v)
		} else {
			r.items(v)
		}
	case string:
		v.kind, v.scalar = jsonString, token
	case json.Number:
		v.kind, v.scalar = jsonNumber, token
	case bool:
		v.kind, v.scalar = jsonBool, token
	case nil:
		v.kind = jsonNull
	}
	return v
}

func (r jsonReader) members(v *jsonValue) {
	v.kind = jsonObject
	for r.decoder.More() {
		name, at := r.token()
		member := jsonMember{name: name.(string), at: at}
		member.value = r.value(join(v.pointer, member.name))
		v.object = append(v.object, member)
	}
	r.token() // "}"
}

func (r jsonReader) items(v *jsonValue) {
	v.kind = jsonArray
	for r.decoder.More() {
		v.array = append(v.array, r.value(join(v.pointer, strconv.Itoa(len(v.array)))))
	}
	r.token() // "]"
}

// join returns the JSON pointer of a member or item (RFC 6901).
func join(pointer, name string) string {
	if strings.ContainsAny(name, "~/") {
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
	}
	return pointer + "/" + name
}
