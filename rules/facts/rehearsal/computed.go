package rehearsal

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// computes does functions of the library that make texts of what is known: they are keys of
// maps, and names of tests. It reports whether it did.
func (v *visit) computes(name string) bool {
	switch name {
	case "fmt.Sprintf", "fmt.Sprint", "fmt.Sprintln":
		return v.formats(name)
	case "strconv.Itoa":
		if n, ok := v.args[0].(int64); ok {
			v.give(strconv.FormatInt(n, 10))
			return true
		}
		return false
	}
	texts := make([]string, len(v.args))
	for i, a := range v.args {
		s, ok := a.(string)
		if !ok {
			return false
		}
		texts[i] = s
		if len(s) > longText {
			return false
		}
	}
	if f := ofOne[name]; f != nil {
		v.give(f(texts[0]))
		return true
	}
	if f := ofTwo[name]; f != nil {
		v.give(v.g.r.given(f(texts[0], texts[1])))
		return true
	}
	if name == "strings.Fields" {
		v.give(v.g.r.given(strings.Fields(texts[0])))
		return true
	}
	return false
}

var ofOne = map[string]func(string) string{
	"strings.ToLower": strings.ToLower, "strings.ToUpper": strings.ToUpper, "strings.TrimSpace": strings.TrimSpace,
}

var ofTwo = map[string]func(s, t string) any{
	"strings.Contains":   func(s, t string) any { return strings.Contains(s, t) },
	"strings.HasPrefix":  func(s, t string) any { return strings.HasPrefix(s, t) },
	"strings.HasSuffix":  func(s, t string) any { return strings.HasSuffix(s, t) },
	"strings.TrimPrefix": func(s, t string) any { return strings.TrimPrefix(s, t) },
	"strings.TrimSuffix": func(s, t string) any { return strings.TrimSuffix(s, t) },
	"strings.Split":      func(s, t string) any { return strings.Split(s, t) },
}

// given returns the value of a run for one of Go's.
func (r *run) given(x any) value {
	list, ok := x.([]string)
	if !ok {
		return x
	}
	a := &array{}
	for _, s := range list {
		a.elems = append(a.elems, &cell{s})
	}
	return slice{a, 0, len(list), len(list)}
}

// wide are formats that can make a long text of a number.
var wide = lazyregexp.New(`%[^%a-zA-Z]*([0-9]{4}|\*)`)

// formats is Sprint, of what has no methods.
func (v *visit) formats(name string) bool {
	format, all := "", v.args[0]
	if name == "fmt.Sprintf" {
		text, ok := v.args[0].(string)
		if !ok {
			return false
		}
		format, all = text, v.args[1]
		if wide.MatchString(format) {
			return false
		}
	}
	var args []any
	if list, ok := all.(slice); ok {
		for _, e := range list.of.elems[list.lo:list.hi] {
			x, ok := plain(e.v)
			if !ok {
				return false
			}
			if text, ok := x.(string); ok && len(text) > longText {
				return false
			}
			args = append(args, x)
		}
	} else if all != nil {
		return false
	}
	switch name {
	case "fmt.Sprintf":
		v.give(fmt.Sprintf(format, args...))
	case "fmt.Sprint":
		v.give(fmt.Sprint(args...))
	default:
		v.give(fmt.Sprintln(args...))
	}
	return true
}

// plain returns what a value in an interface is, if its type is a basic one.
func plain(x value) (any, bool) {
	d, ok := x.(dynamic)
	if !ok {
		return nil, false
	}
	if _, ok := d.typ.(*types.Basic); !ok {
		return nil, false
	}
	switch v := d.v.(type) {
	case int64, float64, string, bool:
		return v, true
	}
	return nil, false
}
