package sharing

import (
	"go/ast"
	"go/types"
)

// A Reuse is a part of a buffer that a loop gives away, to a goroutine, over a
// channel or into a list, and overwrites in its next turn.
//
//	for {
//		n, err := conn.Read(buf)
//		…
//		out <- buf[:n]
//	}
type Reuse struct {
	Given ast.Expr // what is given away
	Fill  ast.Node // what overwrites it
	// Source is the expression of which a copy could be made before it is given
	// away; nil where the goroutine itself takes the part.
	Source ast.Expr
}

// ReusedAt returns what a go statement, a send, a call of what sends, or an assignment of an append
// gives away of a buffer that the loop around it fills again, or that is emptied then.
func (f *Facts) ReusedAt(n ast.Node) (r Reuse, ok bool) {
	if set, ok := n.(*ast.AssignStmt); ok && !addsToList(set) {
		return r, false
	}
	if call, ok := n.(*ast.CallExpr); ok {
		if f.decls[originOf(f.pkg.Callee(call))] == nil {
			return r, false
		}
	} else if r, ok := f.emptiedAfter(n); ok {
		return r, true
	}
	fn := f.around(n)
	if fn == nil {
		return r, false
	}
	loop := innermostLoop(fn.body(), n)
	if loop == nil {
		return r, false
	}
	s := reuseSearch{Facts: f, fn: fn, loop: loop, at: n}
	for _, e := range s.given() {
		if r, ok = s.reuse(e); ok {
			return r, true
		}
	}
	return r, false
}

// addsToList reports whether an assignment looks like one of an append: most do not,
// and that is found out faster.
func addsToList(set *ast.AssignStmt) bool {
	if len(set.Rhs) != 1 || len(set.Lhs) != 1 {
		return false
	}
	call, ok := set.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "append"
}

// innermostLoop returns the innermost loop of a function in whose body a node
// stands, literals left out.
func innermostLoop(body *ast.BlockStmt, at ast.Node) (loop ast.Stmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case ast.Expr:
			return false // there are loops in literals only
		case *ast.ForStmt:
			if within(n.Body, at) {
				loop = n
			}
		case *ast.RangeStmt:
			if within(n.Body, at) {
				loop = n
			}
		}
		return n != nil && within(n, at)
	})
	return loop
}

type reuseSearch struct {
	*Facts
	fn   *function
	loop ast.Stmt
	at   ast.Node
	from []ast.Expr // where the part that is given away begins
}

// given returns the slices of bytes that the node gives away, as it names them.
func (s reuseSearch) given() (all []ast.Expr) {
	switch n := s.at.(type) {
	case *ast.SendStmt:
		return s.bytesIn(n.Value)
	case *ast.CallExpr:
		return s.sentBy(n)
	case *ast.GoStmt:
		for _, arg := range n.Call.Args {
			all = append(all, s.bytesIn(arg)...)
		}
		if lit, ok := ast.Unparen(n.Call.Fun).(*ast.FuncLit); ok {
			all = append(all, s.captured(lit)...)
		}
	case *ast.AssignStmt:
		if call := s.collects(n); call != nil {
			for _, arg := range call.Args[1:] {
				all = append(all, s.bytesIn(arg)...)
			}
		}
	}
	return all
}

// bytesIn returns the slices of bytes that a value is, or holds as the fields and
// elements of a literal.
func (s reuseSearch) bytesIn(e ast.Expr) (all []ast.Expr) {
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return s.bytesIn(x.X)
	case *ast.KeyValueExpr:
		return s.bytesIn(x.Value)
	case *ast.CompositeLit:
		for _, elt := range x.Elts {
			all = append(all, s.bytesIn(elt)...)
		}
		return all
	case *ast.Ident, *ast.SliceExpr, *ast.CallExpr, *ast.SelectorExpr:
		if isBytes(s.pkg.TypeOf(x)) {
			return []ast.Expr{x}
		}
		if lit := s.madeInTurn(x); lit != nil {
			return s.bytesIn(lit)
		}
	}
	return nil
}

// madeInTurn returns the struct literal that a local variable of the turn is declared with, if none
// of its slices of bytes is set since.
//
//	f := &Frame{payload: buf[:n]}
//	out <- f
func (s reuseSearch) madeInTurn(e ast.Expr) ast.Expr {
	v := s.localVar(e)
	if v == nil || !s.ofTurn(v) {
		return nil
	}
	value := s.valueInTurn(v)
	lit := value
	if address, ok := lit.(*ast.UnaryExpr); ok {
		lit = ast.Unparen(address.X)
	}
	if _, ok := lit.(*ast.CompositeLit); !ok || s.setsBytesOf(v) {
		return nil
	}
	return value
}

// setsBytesOf reports whether the loop gives a slice of bytes of a variable's another value, or
// calls a function of the package with it that does.
func (s reuseSearch) setsBytesOf(v *types.Var) (found bool) {
	s.eachCall(func(call *ast.CallExpr) {
		found = found || s.namedIn(call, v) && s.setsBytes(s.decls[originOf(s.pkg.Callee(call))])
	})
	s.Facts.pkg.Inspect(s.loop, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || found {
			return !found
		}
		for _, lhs := range set.Lhs {
			if sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr); ok && isBytes(s.pkg.TypeOf(sel)) {
				at, named := s.placeOf(sel)
				found = found || named && at.root == v
			}
		}
		return !found
	})
	return found
}

// namedIn reports whether a call names a variable: it is an argument, or the receiver.
func (s reuseSearch) namedIn(call *ast.CallExpr, v *types.Var) (found bool) {
	s.Facts.pkg.Inspect(call, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && s.pkg.Use(id) == types.Object(v)
		return !found
	})
	return found
}

// setsBytes reports whether a function sets a field that is a slice of bytes.
//
//	func (f *Frame) own() { f.payload = bytes.Clone(f.payload) }
func (s reuseSearch) setsBytes(fn *function) (sets bool) {
	if fn == nil {
		return false
	}
	s.Facts.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok {
			for _, lhs := range set.Lhs {
				_, field := ast.Unparen(lhs).(*ast.SelectorExpr)
				sets = sets || field && isBytes(s.pkg.TypeOf(lhs))
			}
		}
		return !sets
	})
	return sets
}

func isBytes(t types.Type) bool {
	if t == nil {
		return false
	}
	slice, ok := t.Underlying().(*types.Slice)
	return ok && types.Identical(slice.Elem(), types.Typ[types.Byte])
}

// captured returns the slices of bytes that a goroutine takes or uses by names of
// the function around it.
func (s reuseSearch) captured(lit *ast.FuncLit) (all []ast.Expr) {
	s.Facts.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if v, isVar := s.pkg.Use(id).(*types.Var); isVar && !v.IsField() && !within(lit, &ast.Ident{NamePos: v.Pos()}) && (isBytes(v.Type()) || isArray(v.Type())) {
			all = append(all, id)
		}
		return true
	})
	return all
}

func isArray(t types.Type) bool {
	array, ok := t.Underlying().(*types.Array)
	return ok && types.Identical(array.Elem(), types.Typ[types.Byte])
}

// collects returns the append by which an assignment adds to a list that lives
// longer than the loop, and that is only ever added to in it; nil for any other.
func (s reuseSearch) collects(n *ast.AssignStmt) *ast.CallExpr {
	if len(n.Lhs) != 1 || len(n.Rhs) != 1 {
		return nil
	}
	call, ok := n.Rhs[0].(*ast.CallExpr)
	if !ok || !s.calls(call, "append") || call.Ellipsis.IsValid() {
		return nil
	}
	list := s.localVar(n.Lhs[0])
	if list == nil || s.ofTurn(list) || s.assigned(list, n) {
		return nil
	}
	return call
}

func (s reuseSearch) calls(call *ast.CallExpr, builtin string) bool {
	b, ok := s.pkg.Callee(call).(*types.Builtin)
	return ok && b.Name() == builtin
}

// localVar returns the local variable or parameter that an expression names.
func (s reuseSearch) localVar(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := s.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.IsField() || v.Kind() == types.PackageVar {
		return nil
	}
	return v
}

// ofTurn reports whether a variable is declared in the loop.
func (s reuseSearch) ofTurn(v *types.Var) bool {
	return s.loop.Pos() <= v.Pos() && v.Pos() < s.loop.End()
}

// assigned reports whether a variable gets another value in the loop, but by one
// assignment, or its address is taken there.
func (s reuseSearch) assigned(v *types.Var, but ast.Node) bool {
	found := false
	s.Facts.pkg.Inspect(s.loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				found = found || n != but && s.isVariable(lhs, v)
			}
		case *ast.UnaryExpr:
			found = found || n.Op.String() == "&" && s.isVariable(n.X, v)
		}
		return !found
	})
	return found
}

// reuse follows a slice back to the buffer that it is a part of, and returns what
// fills that again before anybody could have said that it is free.
func (s reuseSearch) reuse(e ast.Expr) (Reuse, bool) {
	r := Reuse{Given: e, Source: e}
	if lit := s.around(e); lit != s.fn {
		r.Source = nil
	}
	for range deepest {
		switch x := ast.Unparen(e).(type) {
		case *ast.SliceExpr:
			if x.Low != nil {
				s.from = append(s.from, x.Low)
			}
			e = x.X
			continue
		case *ast.CallExpr:
			r.Fill = s.refillOf(x)
		case *ast.Ident:
			v := s.localVar(x)
			if v == nil {
				return r, false
			}
			if s.ofTurn(v) {
				value := s.valueInTurn(v)
				if value == nil {
					return r, false
				}
				if _, several := s.pkg.TypeOf(value).(*types.Tuple); !several {
					r.Source = value
				}
				e = value
				continue
			}
			if !s.assigned(v, nil) {
				r.Fill = s.fillOf(v)
			}
		case *ast.SelectorExpr:
			r.Fill = s.fillOfField(x)
		}
		break
	}
	return r, r.Fill != nil
}

// valueInTurn returns the only value of a variable of the turn, where that is one
// that it is declared with.
func (s reuseSearch) valueInTurn(v *types.Var) ast.Expr {
	given := s.valuesOf(s.fn.outermost())[v]
	if given == nil || given.unknown || len(given.values) != 1 || !within(s.loop, given.values[0]) {
		return nil
	}
	if _, isRange := s.loop.(*ast.RangeStmt); isRange && v.Pos() < s.bodyOfLoop().Pos() {
		return nil // an element
	}
	return ast.Unparen(given.values[0])
}

func (s reuseSearch) bodyOfLoop() *ast.BlockStmt {
	if loop, ok := s.loop.(*ast.RangeStmt); ok {
		return loop.Body
	}
	return s.loop.(*ast.ForStmt).Body
}
