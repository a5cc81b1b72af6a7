package models

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"sync"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

//go:embed *.json
var files embed.FS

// Shipped returns the models that lockfix ships with.
var Shipped = sync.OnceValue(func() Set {
	set, mistakes := Read(files)
	if len(mistakes) > 0 {
		panic("models: " + mistakes[0].Error()) // a test reads them all
	}
	return set
})

// Read reads every *.json of the directory root of fsys: an object with a "doc"
// and a list of "models". All mistakes are returned together, sorted by place;
// a model with a mistake is left out, the others stand.
func Read(fsys fs.FS) (Set, []rules.Mistake) {
	r := reader{set: map[string]*Model{}, from: map[string]string{}}
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		r.mistakes = append(r.mistakes, rules.Mistake{File: ".", Message: err.Error()})
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			r.mistakes = append(r.mistakes, rules.Mistake{File: name, Message: err.Error()})
			continue
		}
		r.file(name, text)
	}
	return Set{r.set}, r.mistakes
}

// A reader collects the models of several files.
type reader struct {
	set      map[string]*Model
	from     map[string]string // object → file that named it first
	mistakes []rules.Mistake

	name string
	text []byte
}

func (r *reader) file(name string, text []byte) {
	r.name, r.text = name, text
	dec := json.NewDecoder(bytes.NewReader(text))
	if !r.expect(dec, json.Delim('{'), "a file of models is an object with the keys \"doc\" and \"models\"") {
		return
	}
	for dec.More() {
		at := dec.InputOffset()
		key, err := dec.Token()
		if err != nil {
			r.broken(dec, err)
			return
		}
		if !r.key(dec, key, at) {
			return
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		r.broken(dec, err)
		return
	}
	if _, err := dec.Token(); err != io.EOF {
		r.wrong(dec.InputOffset(), "", "nothing may follow the closing brace")
	}
}

// key reads the value of a key of the file. It reports whether to go on.
func (r *reader) key(dec *json.Decoder, key json.Token, at int64) bool {
	switch key {
	case "doc":
		var doc string
		if err := dec.Decode(&doc); err != nil {
			r.broken(dec, err)
			return false
		}
		return true
	case "models":
		return r.models(dec)
	}
	r.wrong(at, fmt.Sprint("/", key), "unknown key %q; a file of models has the keys \"doc\" and \"models\"", key)
	return false
}

func (r *reader) models(dec *json.Decoder) bool {
	if !r.expect(dec, json.Delim('['), "\"models\" is a list") {
		return false
	}
	for i := 0; dec.More(); i++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			r.broken(dec, err)
			return false
		}
		r.model(raw, dec.InputOffset()-int64(len(raw)), fmt.Sprintf("/models/%d", i))
	}
	_, err := dec.Token() // the closing bracket
	if err != nil {
		r.broken(dec, err)
	}
	return err == nil
}

// model reads one model, which starts at offset at.
func (r *reader) model(raw []byte, at int64, pointer string) {
	m := new(Model)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		r.wrong(at+within(raw, err), pointer, "%s", plain(err))
		return
	}
	if msg := m.mistake(); msg != "" {
		r.wrong(at, pointer, "%s", msg)
		return
	}
	for i, object := range m.Objects {
		place := fmt.Sprintf("%s/objects/%d", pointer, i)
		offset := at + int64(max(0, bytes.Index(raw, []byte(`"`+object+`"`))))
		if !spelled.MatchString(object) {
			r.wrong(offset, place, "%q is not spelled like \"os.Exit\", \"sync.(*Mutex).Lock\", \"time.Time.Add\" or \"strings.*\"", object)
			continue
		}
		if first := r.from[object]; first != "" {
			r.wrong(offset, place, "%s has a model in %s already", object, first)
			continue
		}
		r.set[object], r.from[object] = m, r.name
	}
}

// spelled matches what Name returns, and wildcards.
var spelled = lazyregexp.New(`^([^\s()*"]+\.)?(\(\*\w+\)\.|\w+\.)?(\w+|\*)$`)

// mistake returns what is wrong with the model as a whole, or "".
func (m *Model) mistake() string {
	switch {
	case len(m.Objects) == 0:
		return "a model names at least one of \"objects\""
	case m.Pure && m.Blocks != nil:
		return "\"pure\" says already that it does not block"
	case m.Pure && m.NoReturn:
		return "a call that does not return is not pure"
	case m.Panics && !m.NoReturn:
		return "\"panics\" is for a call that always does: say \"noreturn\" too"
	case m.Logs && (m.Blocks == nil || !*m.Blocks):
		return "what logs blocks: say \"blocks\" too"
	case m.Blocks != nil && *m.Blocks && m.Why == "":
		return "say in \"why\" what it waits for, as in \"waits for the response\""
	}
	for _, run := range m.Runs {
		switch run.How {
		case Now, Once, Later, Goroutine, Workers:
		default:
			return fmt.Sprintf("\"how\" is now, once, later, goroutine or workers, not %q", run.How)
		}
		if run.Arg < 0 {
			return "\"arg\" counts from 0"
		}
	}
	for _, methods := range m.Methods {
		switch {
		case methods.Arg < 0 || methods.Formatted && methods.Arg == 0:
			return "\"arg\" counts from 0, and a format stands before it"
		case len(methods.Names) == 0:
			return "\"methods\" has the \"names\" of some"
		}
	}
	return ""
}

// expect reads one token and reports whether it is want.
func (r *reader) expect(dec *json.Decoder, want json.Token, otherwise string) bool {
	got, err := dec.Token()
	if err != nil {
		r.broken(dec, err)
		return false
	}
	if got != want {
		r.wrong(dec.InputOffset()-1, "", "%s", otherwise)
	}
	return got == want
}

// broken notes text that is not JSON; nothing after it can be read.
func (r *reader) broken(dec *json.Decoder, err error) {
	offset := dec.InputOffset()
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		offset = syntax.Offset - 1
	}
	for offset < int64(len(r.text)) && bytes.ContainsAny(r.text[offset:offset+1], " \t\r\n") {
		offset++
	}
	r.wrong(offset, "", "not JSON: %s", plain(err))
}

// wrong notes a mistake at a byte offset of the file.
func (r *reader) wrong(offset int64, pointer, format string, args ...any) {
	before := r.text[:min(max(offset, 0), int64(len(r.text)))]
	r.mistakes = append(r.mistakes, rules.Mistake{
		File:    r.name,
		Line:    1 + bytes.Count(before, []byte("\n")),
		Column:  len(before) - bytes.LastIndexByte(before, '\n'),
		Pointer: pointer,
		Message: fmt.Sprintf(format, args...),
	})
}

// within returns the offset in raw at which decoding failed.
func within(raw []byte, err error) int64 {
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return kind.Offset - 1
	}
	if key := unknownKey.FindStringSubmatch(err.Error()); key != nil {
		return int64(max(0, bytes.Index(raw, []byte(key[1]))))
	}
	return 0
}

var unknownKey = lazyregexp.New(`unknown field ("[^"]*")`)

// plain says a decoding error in the words of the file, not of Go.
func plain(err error) string {
	if key := unknownKey.FindStringSubmatch(err.Error()); key != nil {
		return fmt.Sprintf("unknown key %s; a model has objects, pure, opaque, blocks, logs, why, noreturn, panics, runs and methods", key[1])
	}
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return fmt.Sprintf("%q is a %s, not a %s", kind.Field, kind.Type, kind.Value)
	}
	return err.Error()
}
