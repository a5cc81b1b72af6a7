package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// holdsChannels reports whether a type is a map, slice or array of channels. The
// channels that a field or variable of such a type holds are one class.
func holdsChannels(t types.Type) bool {
	var elem types.Type
	switch t := t.Underlying().(type) {
	case *types.Map:
		elem = t.Elem()
	case *types.Slice:
		elem = t.Elem()
	case *types.Array:
		elem = t.Elem()
	default:
		return false
	}
	_, isChan := elem.Underlying().(*types.Chan)
	return isChan || keyedByChannels(t)
}

// keyedByChannels reports whether a type is a set of channels: a map whose keys they are.
func keyedByChannels(t types.Type) bool {
	m, ok := t.Underlying().(*types.Map)
	if !ok {
		return false
	}
	_, isChan := m.Key().Underlying().(*types.Chan)
	return isChan
}

// inSet looks at a mention of a set of channels.
func (u *classUse) inSet() {
	switch around := u.around(0).(type) {
	case *ast.IndexExpr:
		st, ok := u.around(1).(*ast.AssignStmt)
		if ok && slices.Contains(st.Lhs, ast.Expr(around)) {
			u.f.given(u.c, around.Index, u.test)
		}
		return
	case *ast.RangeStmt:
		if ast.Unparen(around.X) != ast.Unparen(u.expr) {
			break
		}
		if around.Key != nil {
			if v := u.f.Variable(around.Key); v != nil && v.Kind() == types.LocalVar && u.f.sets(v) == 1 {
				u.follow(v, 0)
				return
			}
		}
		if id, ok := around.Key.(*ast.Ident); around.Key == nil || ok && id.Name == "_" {
			return
		}
	case *ast.CallExpr:
		if v := u.deleted(around); v != nil {
			u.follow(v, 0)
			return
		}
	}
	u.heldWhole()
}

// deleted returns the parameter that a call takes out of a set of channels: if it was there, it is
// one of them.
//
//	delete(b.subs, ch)
//	close(ch)
func (u *classUse) deleted(call *ast.CallExpr) *types.Var {
	if !u.f.isBuiltin(call, "delete") || !u.is(call.Args[0]) {
		return nil
	}
	v := u.f.Variable(call.Args[1])
	if v == nil || v.Kind() != types.ParamVar {
		return nil
	}
	return v
}

// held looks at a mention of what holds channels: an element of it is one.
func (u *classUse) held() {
	if keyedByChannels(u.c.Var.Type()) {
		u.inSet()
		return
	}
	switch around := u.around(0).(type) {
	case *ast.IndexExpr:
		if ast.Unparen(around.X) == ast.Unparen(u.expr) {
			element := &classUse{f: u.f, c: u.c, expr: around, stack: u.stack[:slices.Index(u.stack, ast.Node(around))], test: u.test}
			element.used(0)
			return
		}
	case *ast.RangeStmt:
		u.ranged(around)
		return
	case *ast.CallExpr:
		if v := u.copied(around); v != nil {
			u.followHolder(v, 0)
			return
		}
		v := u.gathered(around)
		if v != nil && !u.counted(around) && (!u.f.isBuiltin(around, "append") || around.Ellipsis.IsValid() && !u.is(around.Args[0])) {
			u.followHolder(v, 0)
			return
		}
	}
	u.heldWhole()
}

// heldWhole looks at a mention of what holds channels that is about all of it: it is set,
// compared with nil, or counted. Whatever else is done with it lets it out of sight.
func (u *classUse) heldWhole() {
	switch around := u.around(0).(type) {
	case *ast.KeyValueExpr:
		if around.Key == u.expr {
			u.f.filled(u.c, around.Value, u.test)
			return
		}
	case *ast.AssignStmt:
		if i := slices.IndexFunc(around.Lhs, u.is); i >= 0 && len(around.Lhs) == len(around.Rhs) {
			u.f.filled(u.c, around.Rhs[i], u.test)
			return
		}
	case *ast.BinaryExpr:
		return
	case *ast.CallExpr:
		if u.counted(around) {
			return
		}
	}
	u.open(nil)
}

// counted reports whether a call only looks at how many there are, takes one
// out, or is the append whose result is noted where it goes.
func (u *classUse) counted(call *ast.CallExpr) bool {
	b, ok := u.f.pkg.Callee(call).(*types.Builtin)
	if !ok {
		return false
	}
	switch b.Name() {
	case "len", "cap", "delete", "clear":
		return true
	case "append":
		assign, ok := u.around(1).(*ast.AssignStmt)
		return ok && len(call.Args) > 0 && u.is(call.Args[0]) && len(assign.Lhs) == 1 && u.ofClass(assign.Lhs[0])
	}
	return false
}

// ranged follows the variable that takes one channel after the other.
func (u *classUse) ranged(loop *ast.RangeStmt) {
	if ast.Unparen(loop.X) != ast.Unparen(u.expr) {
		u.open(nil)
		return
	}
	if loop.Value == nil {
		return
	}
	v := u.f.Variable(loop.Value)
	if id, ok := loop.Value.(*ast.Ident); ok && id.Name == "_" {
		return
	}
	if v == nil || v.Kind() != types.LocalVar || u.f.sets(v) != 1 {
		u.open(nil)
		return
	}
	u.follow(v, 0)
}

// filled notes what holds channels is set to: something empty, or what it was
// and one more.
func (f *Facts) filled(c *Class, value ast.Expr, test bool) {
	value = ast.Unparen(value)
	if f.pkg.IsNil(value) {
		return
	}
	switch value := value.(type) {
	case *ast.CompositeLit:
		for _, elt := range value.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
				if keyedByChannels(c.Var.Type()) {
					elt = kv.Key
				}
			}
			f.given(c, elt, test)
		}
		return
	case *ast.CallExpr:
		if f.isBuiltin(value, "make") {
			return
		}
		if f.isBuiltin(value, "append") && !value.Ellipsis.IsValid() && f.field(value.Args[0]) != nil && f.classVar(value.Args[0]) == c.Var {
			for _, arg := range value.Args[1:] {
				f.given(c, arg, test)
			}
			return
		}
	}
	c.Serves, c.Takes = true, true
}

// classVar returns the field or variable that an expression, or what it is an
// element of, names.
func (f *Facts) classVar(x ast.Expr) *types.Var {
	x = ast.Unparen(x)
	if index, ok := x.(*ast.IndexExpr); ok {
		x = index.X
	}
	v, ok := f.field(x).(*types.Var)
	if !ok {
		return nil
	}
	return v.Origin()
}

// ofClass reports whether an expression names the field or variable of the class,
// or an element of it: what is put there is noted where that is named.
func (u *classUse) ofClass(x ast.Expr) bool { return u.f.classVar(x) == u.c.Var }

// inField reports whether a composite literal without keys puts the channel into
// the field of the class, or into what is the class's.
func (u *classUse) inField(lit *ast.CompositeLit) bool {
	i := slices.IndexFunc(lit.Elts, u.is)
	st, ok := u.f.pkg.TypeOf(lit).Underlying().(*types.Struct)
	return i >= 0 && ok && i < st.NumFields() && st.Field(i).Origin() == u.c.Var
}

// looked returns the variable of v, ok := m[k].
func (u *classUse) looked(st *ast.AssignStmt) *types.Var {
	if len(st.Lhs) != 2 || len(st.Rhs) != 1 || !u.is(st.Rhs[0]) {
		return nil
	}
	if _, element := ast.Unparen(u.expr).(*ast.IndexExpr); !element {
		return nil
	}
	v := u.f.Variable(st.Lhs[0])
	if v == nil || v.Kind() != types.LocalVar || u.f.sets(v) != 1 && u.f.remembered(v, u.c) == nil {
		return nil
	}
	return v
}

// remembered returns the makes of a local variable that is looked up in what holds the channels
// of a class, and made where there is none; nil of another.
//
//	ch, ok := t.subs[id]
//	if !ok {
//		ch = make(chan int)
//		t.subs[id] = ch
//	}
func (f *Facts) remembered(v *types.Var, c *Class) (makes []*ast.CallExpr) {
	if v == nil || v.IsField() || v.Kind() != types.LocalVar {
		return nil
	}
	lookups := 0
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if !sets {
			continue
		}
		st, _ := m.around(0).(*ast.AssignStmt)
		call, _ := ast.Unparen(value).(*ast.CallExpr)
		switch {
		case call != nil && f.isBuiltin(call, "make"):
			makes = append(makes, call)
		case st != nil && len(st.Rhs) == 1 && f.isElement(st.Rhs[0], c):
			lookups++
		default:
			return nil
		}
	}
	if lookups != 1 {
		return nil
	}
	return makes
}

// isElement reports whether an expression is an element of what holds the channels of a class.
func (f *Facts) isElement(x ast.Expr, c *Class) bool {
	_, element := ast.Unparen(x).(*ast.IndexExpr)
	return element && f.classVar(x) == c.Var
}

// madeHere returns the make of a local variable that is set by nothing else.
func (f *Facts) madeHere(value ast.Expr) *ast.CallExpr {
	v := f.Variable(value)
	if v == nil || v.IsField() || v.Kind() != types.LocalVar {
		return nil
	}
	made, _ := f.channelMade(v)
	return made
}

// alias notes that a local variable stands for channels of a class; of two it is
// that of none.
func (f *Facts) alias(v *types.Var, c *Class) {
	if had, ok := f.aliases[v]; ok && had != c {
		c = nil
	}
	f.aliases[v] = c
}

// holder reports whether a literal stands in a test.
func (f *Facts) holder(lit *ast.CompositeLit) bool { return f.inTest(lit) }
