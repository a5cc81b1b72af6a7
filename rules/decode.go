package rules

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// decode reads one rule, and all that is wrong with it. The rule is good only
// if there are no mistakes.
func decode(source *Source) (*Rule, []Mistake) {
	document, mistake := source.parse()
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	d := decoding{source: source}
	rule := &Rule{Source: source}
	d.value(document, reflect.ValueOf(rule).Elem(), "")
	return rule, append(d.mistakes, source.unexplained(checkRule(rule), d.mistakes)...)
}

// Decode fills the struct that into points to from a document that is written
// as rules are, by the same struct tags, and returns all that is wrong with it.
// For a document with mistakes into holds what could be read.
func Decode(source *Source, into any) []Mistake {
	document, mistake := source.parse()
	if mistake != nil {
		return []Mistake{*mistake}
	}
	d := decoding{source: source}
	d.value(document, reflect.ValueOf(into).Elem(), "")
	return d.mistakes
}

// unexplained returns the mistakes about values that stand in the text and were
// understood: what is wrong with a member may be the only reason why the whole
// looks wrong.
func (s *Source) unexplained(about, members []Mistake) []Mistake {
	return slices.DeleteFunc(about, func(m Mistake) bool {
		if _, stands := s.at[m.Pointer]; !stands {
			return true
		}
		return slices.ContainsFunc(members, func(inner Mistake) bool {
			return inner.Pointer == m.Pointer || inner.Pointer[:max(0, strings.LastIndexByte(inner.Pointer, '/'))] == m.Pointer
		})
	})
}

// A decoding fills Go values from JSON by their struct tags and collects what
// does not fit.
type decoding struct {
	source   *Source
	mistakes []Mistake
}

func (d *decoding) mistake(v *jsonValue, format string, args ...any) {
	d.mistakes = append(d.mistakes, d.source.mistake(v.pointer, format, args...))
}

// value decodes v into a value of any type that the rule's types are made of.
// check is the tag of the field that v belongs to; it is meant for the strings in v.
func (d *decoding) value(v *jsonValue, into reflect.Value, check string) {
	if into.Kind() == reflect.Interface {
		into.Set(reflect.ValueOf(d.free(v)))
		return
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		d.value(v, into.Elem(), check)
		return
	}
	if want := kindOf(into.Type()); v.kind != want {
		d.mistake(v, "%s: %s is expected", v.kind, want)
		return
	}
	if v.empty() {
		d.mistake(v, "is empty: say something, or leave the key out")
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.structure(v, into)
	case reflect.Map:
		d.table(v, into, check)
	case reflect.Slice:
		d.list(v, into, check)
	case reflect.Bool:
		into.SetBool(v.scalar.(bool))
	default:
		d.text(v, into, check)
	}
}

func kindOf(t reflect.Type) jsonKind {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return jsonObject
	case reflect.Slice:
		return jsonArray
	case reflect.Bool:
		return jsonBool
	default:
		return jsonString // keys hold no numbers
	}
}

func (v *jsonValue) empty() bool {
	return v.scalar == "" || v.scalar == nil && len(v.object)+len(v.array) == 0
}

func (d *decoding) text(v *jsonValue, into reflect.Value, check string) {
	text := v.scalar.(string)
	if allowed := words[into.Type()]; allowed != nil && !slices.Contains(allowed, text) {
		d.mistake(v, "%q is none of %s", text, strings.Join(allowed, ", "))
		return
	}
	if check != "" {
		if err := checks[check](text); err != nil {
			d.mistake(v, "%v", err)
			return
		}
	}
	into.SetString(text)
}

func (d *decoding) list(v *jsonValue, into reflect.Value, check string) {
	into.Set(reflect.MakeSlice(into.Type(), len(v.array), len(v.array)))
	for i, item := range v.array {
		d.value(item, into.Index(i), check)
	}
}

func (d *decoding) table(v *jsonValue, into reflect.Value, check string) {
	into.Set(reflect.MakeMap(into.Type()))
	d.duplicates(v)
	for _, member := range v.object {
		element := reflect.New(into.Type().Elem()).Elem()
		d.value(member.value, element, check)
		into.SetMapIndex(reflect.ValueOf(member.name), element)
	}
}

func (d *decoding) structure(v *jsonValue, into reflect.Value) {
	d.duplicates(v)
	fields := fieldsOf(into.Type())
	for _, member := range v.object {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == member.name })
		if i < 0 {
			d.unknown(v, member, fields)
			continue
		}
		d.value(member.value, into.FieldByIndex(fields[i].index), fields[i].check)
	}
	d.completeness(v, fields)
}

func (d *decoding) unknown(v *jsonValue, member jsonMember, fields []field) {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	d.at(member, v, "unknown key %q%s", member.name, Suggest(member.name, names))
}

func (d *decoding) duplicates(v *jsonValue) {
	seen := map[string]bool{}
	for _, member := range v.object {
		if seen[member.name] {
			d.at(member, v, "the key %q stands here twice", member.name)
		}
		seen[member.name] = true
	}
}

// at adds a mistake about the name of a member.
func (d *decoding) at(member jsonMember, of *jsonValue, format string, args ...any) {
	at := d.source.position(member.at)
	d.mistakes = append(d.mistakes, Mistake{
		File:    d.source.File,
		Line:    at.line,
		Column:  at.column,
		Pointer: join(of.pointer, member.name),
		Message: fmt.Sprintf(format, args...),
	})
}

// completeness checks which keys stand beside each other.
func (d *decoding) completeness(v *jsonValue, fields []field) {
	has := map[string]bool{}
	for _, member := range v.object {
		has[member.name] = true
	}
	groups := map[string][]string{} // one tag → keys that stand here
	for _, f := range fields {
		if f.required && !has[f.name] {
			d.mistake(v, "the key %q is missing", f.name)
		}
		if f.needs != "" && has[f.name] && !has[f.needs] {
			d.mistakes = append(d.mistakes, d.source.mistake(join(v.pointer, f.name), "%q stands only beside %q", f.name, f.needs))
		}
		if f.one != "" && has[f.name] {
			groups[f.one] = append(groups[f.one], f.name)
		}
	}
	for one, names := range exactlyOne(fields) {
		present := groups[one]
		if len(present) > 1 || len(present) == 0 && !strings.HasSuffix(one, "?") {
			d.mistake(v, "exactly one of %s is needed, here %s", strings.Join(names, ", "), count(present))
		}
	}
}

func count(names []string) string {
	if len(names) == 0 {
		return "is none"
	}
	return "are " + strings.Join(names, " and ")
}

// free decodes a value whose form the rule leaves open.
func (d *decoding) free(v *jsonValue) any {
	switch v.kind {
	case jsonObject:
		d.duplicates(v)
		table := map[string]any{}
		for _, member := range v.object {
			table[member.name] = d.free(member.value)
		}
		return table
	case jsonArray:
		list := make([]any, len(v.array))
		for i, item := range v.array {
			list[i] = d.free(item)
		}
		return list
	case jsonNumber:
		number, err := v.scalar.(json.Number).Float64()
		if err != nil {
			d.mistake(v, "%v is out of range", v.scalar)
		}
		return number
	case jsonNull:
		d.mistake(v, "null says nothing: leave the key out")
		return false
	default:
		return v.scalar
	}
}
