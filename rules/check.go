package rules

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// checkRule finds what no single value of a rule can tell, in a rule that is
// well-formed otherwise.
func checkRule(r *Rule) []Mistake {
	c := ruleCheck{rule: r}
	if base := strings.TrimSuffix(filepath.Base(r.Source.File), ".json"); r.ID != base {
		c.add("/id", "the id is %q, but the file is named %q: they are one name", r.ID, base)
	}
	if (r.Stability == "deprecated") != (r.Deprecated != "") {
		c.add("/stability", `stability "deprecated" and the key "deprecated", which says what to use instead, go together`)
	}
	for name, option := range r.Options {
		c.option(join("/options", name), option)
	}
	c.match("/match", &r.Match, subject)
	c.constraints("/where", r.Where)
	for i, fix := range r.Fixes {
		c.fix(fmt.Sprintf("/fixes/%d", i), fix)
	}
	return c.mistakes
}

type ruleCheck struct {
	rule     *Rule
	mistakes []Mistake
}

func (c *ruleCheck) add(pointer, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.rule.Mistake(pointer, format, args...))
}

// A role is what a Match is to the rule or the Match that it stands in.
type role int

const (
	subject role = iota // it says which node is meant
	operand             // inside or has names it, so that path has a meaning
	ordered             // follows or precedes names it, so that without has one too
	given               // it only narrows a node that is given
)

func (c *ruleCheck) match(pointer string, m *Match, as role) {
	if m == nil {
		return
	}
	if m.Path != "" && as != operand && as != ordered {
		c.add(pointer+"/path", "path stands in the match that inside, has, follows or precedes names")
	}
	if m.Without != nil && as != ordered {
		c.add(pointer+"/without", "without stands in the match that follows or precedes names")
	}
	if as != given && m.Pattern == "" && m.Event == "" && m.All == nil && m.Any == nil {
		c.add(pointer, "exactly one of pattern, event, all, any is needed, here is none")
	}
	for i := range m.All {
		c.match(fmt.Sprintf("%s/all/%d", pointer, i), &m.All[i], partOf(as, i))
	}
	for i := range m.Any {
		c.match(fmt.Sprintf("%s/any/%d", pointer, i), &m.Any[i], partOf(as, 0))
	}
	c.constraints(pointer+"/where", m.Where)
	c.match(pointer+"/not", m.Not, given)
	c.match(pointer+"/inside", m.Inside, operand)
	c.match(pointer+"/has", m.Has, operand)
	c.match(pointer+"/follows", m.Follows, ordered)
	c.match(pointer+"/precedes", m.Precedes, ordered)
	c.match(pointer+"/without", m.Without, subject)
}

// partOf returns the role of part i of all: the first anchors the others.
func partOf(whole role, i int) role {
	if whole == given || i > 0 {
		return given
	}
	return subject
}

func (c *ruleCheck) constraints(pointer string, list []Constraint) {
	for i := range list {
		c.constraint(fmt.Sprintf("%s/%d", pointer, i), &list[i])
	}
}

func (c *ruleCheck) constraint(pointer string, k *Constraint) {
	tests := k.Type + k.Underlying + k.Object + k.Text + k.Value
	if k.Hole != "" && tests == "" && k.Is == nil {
		c.add(pointer, "nothing is asked of %s: add type, underlying, object, is, text or value", k.Hole)
	}
	if len(k.Same) == 1 {
		c.add(pointer+"/same", "same compares two holes or more")
	}
	c.constraints(pointer+"/all", k.All)
	c.constraints(pointer+"/any", k.Any)
	if k.Not != nil {
		c.constraint(pointer+"/not", k.Not)
	}
}

func (c *ruleCheck) fix(pointer string, f Fix) {
	c.constraints(pointer+"/when", f.When)
	levels := words[reflect.TypeFor[Applicability]()]
	for i, down := range f.Downgrade {
		at := fmt.Sprintf("%s/downgrade/%d", pointer, i)
		c.constraints(at+"/when", down.When)
		if slices.Index(levels, string(down.To)) <= slices.Index(levels, string(f.Applicability)) {
			c.add(at+"/to", "%q does not lower a fix that is %q", down.To, f.Applicability)
		}
	}
}

func (c *ruleCheck) option(pointer string, o Option) {
	if !o.Type.holds(o.Default) {
		c.add(pointer+"/default", "the default is no value of type %q", o.Type)
	}
}

// holds reports whether value, as JSON gives it, is of type t.
func (t OptionType) holds(value any) bool {
	switch value := value.(type) {
	case bool:
		return t == "bool"
	case float64:
		return t == "number" || t == "int" && value == float64(int64(value))
	case string:
		return t == "string"
	case []any:
		return t == "strings" && !slices.ContainsFunc(value, func(item any) bool { _, ok := item.(string); return !ok })
	default:
		return false
	}
}
