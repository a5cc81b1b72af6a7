package rehearsal

import (
	"crypto/sha256"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// constantOf returns the value of a constant.
func (r *run) constantOf(c *ssa.Const) value {
	if c.Value == nil {
		return r.zero(c.Type(), 0)
	}
	b, ok := c.Type().Underlying().(*types.Basic)
	if !ok {
		return r.symbolOf(c.String())
	}
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		return constant.BoolVal(c.Value)
	case info&types.IsString != 0:
		return constant.StringVal(c.Value)
	case info&types.IsInteger != 0:
		return c.Int64()
	case info&types.IsFloat != 0:
		return c.Float64()
	}
	return r.symbolOf(c.String())
}

// binary computes x op y.
func (r *run) binary(op token.Token, x, y value) value {
	switch op {
	case token.EQL:
		return r.equal(x, y)
	case token.NEQ:
		return r.negated(r.equal(x, y))
	}
	switch x := x.(type) {
	case int64:
		if y, ok := y.(int64); ok {
			return r.integers(op, x, y)
		}
	case float64:
		if y, ok := y.(float64); ok {
			return r.floats(op, x, y)
		}
	case string:
		if y, ok := y.(string); ok {
			return r.texts(op, x, y)
		}
	}
	return r.derived(op, x, y)
}

// derived is the symbol of an operation on symbols.
func (r *run) derived(op token.Token, x, y value) value {
	return r.symbolOf(fmt.Sprintf("(%s %s %s)", r.nameOf(x), op, r.nameOf(y)))
}

// nameOf returns a name of a value that no other has.
func (r *run) nameOf(v value) string {
	switch v := v.(type) {
	case *symbol:
		return shortened(v.name)
	case nil, int64, float64, bool:
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("%q", v)
	}
	id, ok := r.names[v]
	if !ok {
		id = fmt.Sprint("#", len(r.names))
		r.names[v] = id
	}
	return id
}

// longName is the most bytes of a symbol's name that stand in the name of another: with
// x = x*x each would be twice as long as the last.
const longName = 200

func shortened(name string) string {
	if len(name) <= longName {
		return name
	}
	short := fmt.Sprintf("#%x", sha256.Sum256([]byte(name)))
	if strings.Contains(name, outside) {
		return outside + short // what comes from there stays so
	}
	return short
}

func (r *run) integers(op token.Token, x, y int64) value {
	switch op {
	case token.ADD:
		return x + y
	case token.SUB:
		return x - y
	case token.MUL:
		return x * y
	case token.QUO, token.REM:
		if y == 0 {
			r.giveUp("a division by zero")
		}
		if op == token.QUO {
			return x / y
		}
		return x % y
	case token.AND:
		return x & y
	case token.OR:
		return x | y
	case token.XOR:
		return x ^ y
	case token.AND_NOT:
		return x &^ y
	case token.SHL:
		return x << uint64(y)
	case token.SHR:
		return x >> uint64(y)
	}
	return ordered(op, x, y)
}

func (r *run) floats(op token.Token, x, y float64) value {
	switch op {
	case token.ADD:
		return x + y
	case token.SUB:
		return x - y
	case token.MUL:
		return x * y
	case token.QUO:
		return x / y
	}
	return ordered(op, x, y)
}

func (r *run) texts(op token.Token, x, y string) value {
	if op != token.ADD {
		return ordered(op, x, y)
	}
	if len(x)+len(y) > longText {
		r.giveUp("a long text")
	}
	return x + y
}

// longText is how many bytes a text has at most that a run makes.
const longText = 16 << 10

func ordered[T int64 | float64 | string](op token.Token, x, y T) value {
	switch op {
	case token.LSS:
		return x < y
	case token.LEQ:
		return x <= y
	case token.GTR:
		return x > y
	}
	return x >= y
}

// equal compares two values.
func (r *run) equal(x, y value) value {
	_, xs := x.(*symbol)
	_, ys := y.(*symbol)
	if xs || ys {
		if x == y {
			return true
		}
		return r.derived(token.EQL, x, y)
	}
	switch x := x.(type) {
	case *structure:
		y, ok := y.(*structure)
		if !ok || len(x.fields) != len(y.fields) {
			return false
		}
		return r.allEqual(x.fields, y.fields)
	case *array:
		y, ok := y.(*array)
		return ok && len(x.elems) == len(y.elems) && r.allEqual(x.elems, y.elems) == true
	case dynamic:
		y, ok := y.(dynamic)
		if !ok || !types.Identical(x.typ, y.typ) {
			return false
		}
		return r.equal(x.v, y.v)
	case slice, *mapping, *closure, *native:
		return x == nil == (y == nil) // compared with nil only
	case tuple:
		r.giveUp("a comparison of tuples")
	}
	return x == y
}

func (r *run) allEqual(xs, ys []*cell) value {
	all := value(true)
	for i, x := range xs {
		switch eq := r.equal(x.v, ys[i].v); eq {
		case true:
		case false:
			return false
		default:
			all = eq
		}
	}
	return all
}

func (r *run) negated(v value) value {
	switch v := v.(type) {
	case bool:
		return !v
	case *symbol:
		return r.symbolOf("!" + v.name)
	}
	return v
}

// decided returns what a condition is in this run. What is said of a symbol
// once holds for its opposite, too.
func (r *run) decided(v value) bool {
	switch v := v.(type) {
	case bool:
		return v
	case *symbol:
		name, truth := v.name, true
		for len(name) > 0 && name[0] == '!' {
			name, truth = name[1:], !truth
		}
		was, ok := r.truths[name]
		if !ok {
			was = r.guess(name)
			r.truths[name] = was
		}
		return was == truth
	}
	r.giveUp("a condition that is none")
	return false
}

// compared notes of what a condition says that it is nil, where that is no error: a
// function that gives no error gives something.
func (r *run) compared(instr *ssa.BinOp, v value) value {
	s, ok := v.(*symbol)
	if ok && !types.Identical(instr.X.Type(), errorType) && !types.Identical(instr.Y.Type(), errorType) {
		r.something[strings.TrimLeft(s.name, "!")] = true
	}
	return v
}

var errorType = types.Universe.Lookup("error").Type()

// guess decides a condition. What the world outside is like nobody knows: there
// errors are nil, and a run that asks for more than that says nothing.
func (r *run) guess(name string) bool {
	isNil := strings.HasSuffix(name, " == <nil>)") && !r.something[name]
	if !strings.Contains(name, outside) {
		is := r.choose(2) == 0 == isNil
		r.chose(name, is)
		return is
	}
	r.guessed = r.guessed || !isNil
	return isNil
}

// chose notes whether a random number was said to be equal to another. One that is said to be
// none of several may well be one of them all the same: only that is known.
//
//	for i := range 10 { go func() { if i == chosen { … } }() } // chosen := rand.IntN(10)
func (r *run) chose(name string, equal bool) {
	at := strings.Index(name, randomly)
	if at < 0 || !strings.Contains(name, " == ") {
		return
	}
	of := name[at:]
	of = of[:strings.IndexAny(of+" ", " )")]
	if equal {
		r.unequal[of] = -mostElements
	} else {
		r.unequal[of]++
	}
}

// vague reports whether a run says nothing: it has been decided what the world outside is
// like, or that a random number is none of several.
func (r *run) vague() bool {
	for _, n := range r.unequal {
		if n > 1 {
			return true
		}
	}
	return r.guessed
}

// randomly begins the name of a random number.
const randomly = "rand#"

// outside begins the name of a symbol that comes from beyond the program.
const outside = "?"

// converted converts a value to another type.
func (r *run) converted(v value, t types.Type) value {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		switch v := v.(type) {
		case string:
			if list, ok := t.Underlying().(*types.Slice); ok && len(v) < mostElements/10 && types.Identical(list.Elem().Underlying(), types.Typ[types.Byte]) {
				return r.bytesOf(v)
			}
		case nil, *cell, slice, *mapping, *channel, *closure, *native, *structure, *array, dynamic:
			return v
		}
		return r.fresh() // []byte("…")
	}
	switch v := v.(type) {
	case slice:
		return r.textOf(v)
	case int64:
		if b.Info()&types.IsFloat != 0 {
			return float64(v)
		}
		if b.Info()&types.IsInteger != 0 {
			return v
		}
	case float64:
		if b.Info()&types.IsInteger != 0 {
			return int64(v)
		}
		return v
	case string, bool:
		return v
	case *symbol:
		return v
	}
	return r.fresh()
}

// textOf returns the string of some bytes.
func (r *run) textOf(s slice) value {
	var text []byte
	for _, e := range s.of.elems[s.lo:s.hi] {
		b, ok := e.v.(int64)
		if !ok || b > 255 {
			return r.fresh()
		}
		text = append(text, byte(b))
	}
	return string(text)
}
