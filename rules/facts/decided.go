package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Whether a function takes a lock may hang on what its caller passes, or on a
// flag that tells who holds it: then one who holds the lock can know that it is
// not taken. What hangs on anything else can happen to every caller, and so it
// does where that caller passes what it got from elsewhere.

// A hangsOn is a set of what decides: bit i is the parameter i, the highest bit
// a flag.
type hangsOn uint64

const byFlag hangsOn = 1 << 63

// parameterBit returns the bit of a parameter; those beyond count count as flags.
func parameterBit(i int) hangsOn {
	if i >= 63 {
		return byFlag
	}
	return 1 << i
}

// decided returns on what it hangs that the current node is reached: by the
// conditions around it, and those under which the function was left before.
func (s *scanner) decided() hangsOn {
	by := s.byCaller[s.current()]
	var child ast.Node
	for i := len(s.stack) - 1; i >= 0; i-- {
		n := s.stack[i]
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return by
		}
		for _, cond := range conditionsOf(n) {
			if ast.Node(cond) != child {
				by |= s.asks(cond)
			}
		}
		if s.wherePassedNil(n, child) {
			by |= byFlag
		}
		child = n
	}
	return by
}

// wherePassedNil reports whether a branch of an if statement is taken only where a parameter is
// nil: a caller that passes something, whatever it may be, does not come there. An error is nil
// when all is well, whoever passes it.
//
//	func (c *Client) post(key Signer) { if key == nil { key = c.account() }; … } // account takes c.mu
func (s *scanner) wherePassedNil(n, branch ast.Node) bool {
	st, ok := n.(*ast.IfStmt)
	if !ok {
		return false
	}
	cond, ok := ast.Unparen(st.Cond).(*ast.BinaryExpr)
	if !ok || !s.pkg.IsNil(cond.Y) || !(cond.Op == token.EQL && branch == ast.Node(st.Body) || cond.Op == token.NEQ && branch == st.Else) {
		return false
	}
	id, ok := ast.Unparen(cond.X).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := s.pkg.Use(id).(*types.Var)
	return ok && s.vars[v] != nil && s.vars[v].parameter && !types.Identical(v.Type(), types.Universe.Lookup("error").Type())
}

// conditionsOf returns the expressions that decide whether the parts of a
// statement run.
func conditionsOf(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.IfStmt:
		return []ast.Expr{n.Cond}
	case *ast.ForStmt:
		if n.Cond != nil {
			return []ast.Expr{n.Cond}
		}
	case *ast.SwitchStmt:
		if n.Tag != nil {
			return []ast.Expr{n.Tag}
		}
	case *ast.CaseClause:
		return n.List
	case *ast.BinaryExpr:
		return []ast.Expr{n.X}
	}
	return nil
}

// asks returns what an expression reads of the parameters, and whether it reads
// a boolean that is no local variable, or one of a few words: a state, or a setting.
func (u *unit) asks(e ast.Expr) (by hangsOn) {
	var filled ast.Expr // of which it is asked only whether there is something
	u.pkg.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if v := u.pkg.Info.Types[n.Y].Value; v != nil && v.ExactString() == `""` {
				filled = n.X
			}
		case *ast.Ident:
			v, ok := u.pkg.Use(n).(*types.Var)
			if !ok {
				break
			}
			info := u.vars[v]
			switch {
			case info == nil && (isBool(v.Type()) || isWord(v.Type()) && (filled == nil || !within(n, filled))):
				by |= byFlag
			case info != nil && info.parameter:
				by |= u.parameter(v)
			}
		case *ast.FuncLit:
			return false
		}
		return true
	})
	return by
}

// isWord reports whether values of a type are words: strings of a field such as a mode, or
// numbers that have a type of their own, such as a state.
func isWord(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return false
	}
	_, named := types.Unalias(t).(*types.Named)
	return b.Info()&types.IsString != 0 || named && b.Info()&types.IsInteger != 0 && t.String() != "time.Duration"
}

// parameter returns the bit of a parameter of the unit's function: none for
// its receiver and results, a flag for a parameter of a literal.
func (u *unit) parameter(v *types.Var) hangsOn {
	fn := u.function()
	if fn == nil {
		return byFlag
	}
	sig := fn.Signature()
	if sig.Recv() == v {
		return 0
	}
	for i := range sig.Params().Len() {
		if sig.Params().At(i) == v {
			return parameterBit(i)
		}
	}
	for i := range sig.Results().Len() {
		if sig.Results().At(i) == v {
			return 0
		}
	}
	return byFlag
}

// passed says in the terms of the function that makes a call what the callee
// asks of its parameters. A constant, or a boolean, may have been passed because
// of the lock: that is a flag.
func (u *unit) passed(call *ast.CallExpr, callee hangsOn) (by hangsOn) {
	by = callee & byFlag
	for i := range 63 {
		if callee&parameterBit(i) == 0 {
			continue
		}
		if i >= len(call.Args) {
			by |= byFlag
			continue
		}
		arg := call.Args[i]
		tv := u.pkg.Info.Types[arg]
		if tv.Value != nil || tv.IsNil() || tv.Type == nil || isBool(tv.Type) {
			by |= byFlag
			continue
		}
		by |= u.asks(arg)
	}
	return by
}
