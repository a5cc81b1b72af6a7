package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// bind is the assignment of one value to one variable or field: what was known
// of the target is void, what is known of the value holds for it.
type bind struct {
	target types.Object  // variable or field
	at     *place        // of the target, if it has a name
	value  ast.Expr      // nil: unknown
	truths []binding     // conditions that say something of the target
	counts bool          // it makes a number greater
	of     *ast.CallExpr // whose result it gets, if that has several
	result int
}

// binding relates a condition on the target to the value.
type binding struct {
	cond  condID // target, target == nil, target == constant
	is    bool   // its value, if sure
	sure  bool
	copy  test // else it has the value of this condition of the source, if known
	known bool
}

func (b bind) run(s *sim, w world) []world {
	var learned []truth
	for _, t := range b.truths {
		if t.sure {
			learned = append(learned, truth{t.cond, t.is})
		} else if is, ok := s.u.known(w, t.copy); ok {
			learned = append(learned, truth{t.cond, is})
		}
	}
	learned = append(learned, b.counted(s.u, w)...)
	fn, isFunc := s.u.callable(w, b.value)
	if b.of != nil {
		fn, isFunc = s.u.givenBy(b.of, b.result)
	}
	w = w.keepTruths(func(id condID) bool { return !b.voids(&s.u.conds[id]) })
	w = b.renamed(s, w)
	for _, t := range learned {
		w = w.withTruth(t.cond, t.is)
	}
	if v, ok := b.target.(*types.Var); ok && !v.IsField() {
		if _, was := w.function(v); was || isFunc {
			w = w.withFunction(v, fn, isFunc)
		}
	}
	return []world{w}
}

// renamed forgets the locks whose name means another lock from now on.
func (b bind) renamed(s *sim, w world) world {
	for _, l := range w.locks {
		if b.moves(s.u.locks[l.id]) {
			s.forget(l, w)
			w = w.unclear(l.id)
		}
	}
	gone := func(d deferral) bool {
		at, ok := s.u.deferredLock(d.stmt)
		return ok && b.moves(at)
	}
	if slices.ContainsFunc(w.defers, gone) {
		w.defers = slices.DeleteFunc(slices.Clone(w.defers), gone)
	}
	return w
}

// moves reports whether the assignment gives a place's name another meaning.
func (b bind) moves(at place) bool {
	if v, ok := b.target.(*types.Var); ok && !v.IsField() {
		return slices.Contains(at.deps, b.target)
	}
	return b.at != nil && at.within(*b.at)
}

// within reports whether the path of at goes through the other place.
func (at place) within(outer place) bool {
	if at.Root != outer.Root || len(at.Path) < len(outer.Path) || at.Path[:len(outer.Path)] != outer.Path {
		return false
	}
	rest := at.Path[len(outer.Path):]
	return rest == "" || rest[0] == '.' || rest[0] == '['
}

// assign translates an assignment, a definition, x++ and the key and value of range.
func (c *compiler) assign(n ast.Node, lhs, rhs []ast.Expr) {
	if s, ok := n.(*ast.AssignStmt); ok && s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		rhs = nil // x += y
	}
	for i, e := range lhs {
		value := valueAt(rhs, len(lhs), i)
		b := bind{value: value, counts: c.countsUp(n, i)}
		if value == nil && len(rhs) == 1 {
			b.of, _ = ast.Unparen(rhs[0]).(*ast.CallExpr)
			b.result = i
		}
		c.bind(ast.Unparen(e), b, c.telling(lhs, rhs, i, value))
	}
}

// telling is the expression from which something may be known of the i-th
// target: its value, or the call whose last result it gets.
func (c *compiler) telling(lhs, rhs []ast.Expr, i int, value ast.Expr) ast.Expr {
	if value != nil || len(rhs) != 1 || i != len(lhs)-1 {
		return value
	}
	if call, ok := ast.Unparen(rhs[0]).(*ast.CallExpr); ok && c.tries[call] {
		return call
	}
	return nil
}

func (c *compiler) bind(target ast.Expr, b bind, telling ast.Expr) {
	switch e := target.(type) {
	case *ast.Ident:
		v, ok := c.pkg.ObjectOf(e).(*types.Var)
		if !ok {
			return
		}
		b.target = v
	case *ast.SelectorExpr:
		sel := c.pkg.Info.Selections[e]
		if sel == nil {
			c.bind(e.Sel, b, telling)
			return
		}
		b.target = sel.Obj().(*types.Var).Origin()
		b.at = c.named(e)
	default:
		b.at = c.named(e)
		if b.at == nil {
			return
		}
	}
	if b.target != nil {
		b.truths = c.bindings(target, telling)
	}
	c.emitBind(b)
}

func (c *compiler) emitBind(b bind) {
	c.binds = append(c.binds, b)
	c.emit(b)
}

func (c *compiler) named(e ast.Expr) *place {
	at, ok := c.place(e)
	if !ok {
		return nil
	}
	return &at
}

func (c *compiler) declare(n *ast.DeclStmt) {
	decl, ok := n.Decl.(*ast.GenDecl)
	if !ok || decl.Tok != token.VAR {
		return
	}
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ValueSpec)
		for i, name := range spec.Names {
			if len(spec.Values) == 0 {
				c.zero(name)
				continue
			}
			b := bind{value: valueAt(spec.Values, len(spec.Names), i)}
			if b.value == nil {
				b.of, _ = ast.Unparen(spec.Values[0]).(*ast.CallExpr)
				b.result = i
			}
			c.bind(name, b, b.value)
		}
	}
}

// results translates the assignment of a return statement to named results.
func (c *compiler) results(n *ast.ReturnStmt) {
	sig := c.pkg.signature(c.routine.fn)
	if sig == nil || len(n.Results) == 0 {
		return
	}
	for i, name := range resultNames(c.routine.fn) {
		if name.Name != "_" {
			value := valueAt(n.Results, sig.Results().Len(), i)
			c.bind(name, bind{value: value}, value)
		}
	}
	if t, ok := c.noError(n, sig); ok {
		c.uses.add(t.cond)
		c.conds[t.cond].judged = true
	}
	if t, ok := c.toldBy(n, sig); ok {
		c.uses.add(t.cond)
		c.conds[t.cond].judged = true
	}
}

// toldBy is the condition by which the last result tells the caller what was
// done to a lock, if it is a variable, or the result of a call that tells it.
func (c *compiler) toldBy(n *ast.ReturnStmt, sig *types.Signature) (test, bool) {
	if len(n.Results) != sig.Results().Len() {
		return test{}, false
	}
	last := ast.Unparen(n.Results[len(n.Results)-1])
	if call, ok := last.(*ast.CallExpr); ok && c.tellsOfLock(call) {
		if isBool(c.pkg.TypeOf(last)) {
			return c.condition(last)
		}
		return c.isNil(last)
	}
	if id, ok := last.(*ast.Ident); ok && c.pkg.Info.Types[last].Value == nil && isBool(c.pkg.typeOf(last)) {
		return c.condition(id)
	}
	return test{}, false
}

// tellsOfLock reports whether the last result of a call tells what it did to a
// lock: TryLock, or a function of which that is known.
func (c *compiler) tellsOfLock(call *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if m, ok := c.pkg.lockMethod(sel); ok {
			return m.op == TryAcquire
		}
	}
	return c.tries[call]
}

// noError is the condition that a return statement returns no error, if it
// returns the value of a variable.
func (u *unit) noError(n *ast.ReturnStmt, sig *types.Signature) (test, bool) {
	if len(n.Results) == 0 || len(n.Results) != sig.Results().Len() || !isError(resultType(sig)) {
		return test{}, false
	}
	if id, ok := ast.Unparen(n.Results[len(n.Results)-1]).(*ast.Ident); ok && id.Name != "nil" {
		return u.isNil(id)
	}
	return test{}, false
}

// resultNames returns the names of a function's results; none if they have none.
func resultNames(fn ast.Node) []*ast.Ident {
	var results *ast.FieldList
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		results = fn.Type.Results
	case *ast.FuncLit:
		results = fn.Type.Results
	}
	if results == nil {
		return nil
	}
	var names []*ast.Ident
	for _, field := range results.List {
		names = append(names, field.Names...)
	}
	return names
}

// typeSwitch voids, at the end of a block that chooses between the clauses of
// x := y.(type), the variable that each clause declares.
func (c *compiler) typeSwitch(block *Block) {
	for _, edge := range block.Succs {
		if obj := c.pkg.Info.Implicits[edge.Case]; edge.Case != nil && obj != nil {
			c.emitBind(bind{target: obj})
		}
	}
}
