package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// varInfo is how a local variable, parameter or result is used in a unit.
type varInfo struct {
	home      ast.Node // the function that declares it
	parameter bool     // or receiver, or result
	param     bool     // it has a value before any assignment
	defs      int      // assignments, its declaration with a value among them
	init      ast.Expr // the value of the last one, nil if it is one of several results
	values    []ast.Expr
	addressed bool        // &v
	foreign   bool        // assigned in another function than its own
	assigned  []token.Pos // where that is
	escapes   bool        // of func type: used otherwise than called, compared or returned
	returned  bool        // of func type: the unit's caller gets it
	compared  bool        // of func type: with nil, or another
	called    bool        // of func type: otherwise than by a go statement
	started   bool        // of func type: by a go statement
	resolving bool
}

// constant reports whether the variable has one value from its definition on.
func (v *varInfo) constant() bool {
	return v != nil && !v.param && v.defs == 1 && !v.addressed
}

// steady reports whether it has the same value wherever it is used.
func (v *varInfo) steady() bool {
	return !v.addressed && (v.defs == 0 || v.defs == 1 && !v.param)
}

// litInfo is what becomes of a function literal.
type litInfo struct {
	fate    litFate
	bound   *types.Var  // of a bound literal
	around  ast.Node    // the function that it stands in
	given   bool        // it is an argument of a call that runs it, or may
	goes    *ast.GoStmt // the go statement of which it is the function
	matters *bool       // running it can change a world; nil: not hangsOn yet
}

type litFate int

const (
	escapes     litFate = iota // stored, passed, returned: runs who knows when
	startedHere                // by a go statement
	handedBack                 // to the caller of the unit, who may call it
	runsHere                   // called where it stands, or deferred there
	bound                      // the value of a local variable that is only ever called
)

// A scanner makes one walk over a unit and fills in vars, assigned and literals.
type scanner struct {
	*unit
	stack    []ast.Node           // from the root to the parent of the current node
	leaks    []leak               // to be looked at when all variables are known
	left     map[ast.Node]bool    // functions that may have been left before the current node
	byCaller map[ast.Node]hangsOn // on what that hung
	objectFn *types.Func          // the root, if it has a parameter of which it may call a method
}

func (u *unit) scan() {
	s := &scanner{unit: u, left: make(map[ast.Node]bool), byCaller: make(map[ast.Node]hangsOn)}
	if fn := u.function(); fn != nil && takesObjects(fn) {
		s.objectFn, u.reached = fn, make(map[*ast.CallExpr]reaching)
	}
	u.pkg.Syntax().Walk(u.root, func(n ast.Node) bool {
		s.node(n)
		s.stack = append(s.stack, n)
		return true
	}, func() {
		s.leave(s.stack[len(s.stack)-1])
		s.stack = s.stack[:len(s.stack)-1]
	})
	s.settle()
}

func (s *scanner) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		s.ident(n)
	case *ast.AssignStmt:
		s.assign(n.Lhs, n.Rhs)
	case *ast.ValueSpec:
		s.declare(n)
	case *ast.RangeStmt:
		s.rangeOver[n.X] = n
		s.assign([]ast.Expr{n.Key, n.Value}, nil)
	case *ast.IncDecStmt:
		s.assign([]ast.Expr{n.X}, nil)
	case *ast.UnaryExpr:
		s.address(n)
	case *ast.SelectorExpr:
		s.methodValue(n)
	case *ast.CallExpr:
		s.runsOf(n)
		s.site(n)
		s.usesObject(n)
		s.givesObjects(n)
		s.readLocker(n)
		s.useResults(n)
	case *ast.FuncLit:
		s.literals[n] = s.literal(n)
	}
}

// current is the function around the current node.
func (s *scanner) current() ast.Node {
	for i := len(s.stack) - 1; i >= 0; i-- {
		switch s.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return s.stack[i]
		}
	}
	return s.root
}

// info returns the record of a local variable, nil for anything else.
func (s *scanner) info(id *ast.Ident) *varInfo {
	v, ok := s.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return nil
	}
	return s.vars[v]
}

// ident notes a definition, and a use of a variable of func type. A selected
// name is neither; what is used is not defined: both spare a look into large maps.
func (s *scanner) ident(id *ast.Ident) {
	if len(s.stack) > 0 {
		if sel, ok := s.stack[len(s.stack)-1].(*ast.SelectorExpr); ok && sel.Sel == id {
			return
		}
	}
	if obj := s.pkg.Use(id); obj != nil {
		if v, ok := obj.(*types.Var); ok && isFunc(v.Type()) {
			if info := s.vars[v]; info != nil && !s.onlyCalled(id) {
				info.escapes = true
			}
		}
		return
	}
	if v, ok := s.pkg.Def(id).(*types.Var); ok && !v.IsField() {
		s.define(v, s.current())
	}
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func (s *scanner) define(v *types.Var, home ast.Node) {
	if s.vars[v] != nil {
		return // by the assignment around it
	}
	info := &varInfo{home: home}
	s.vars[v] = info
	for i := len(s.stack) - 1; i >= 0; i-- {
		switch s.stack[i].(type) {
		case *ast.FuncType, *ast.FieldList:
			info.param, info.parameter = true, true
		case *ast.BlockStmt:
			return
		}
	}
}

// onlyCalled reports whether a use of a variable calls, compares or assigns it,
// or returns it to the unit's caller.
func (s *scanner) onlyCalled(id *ast.Ident) bool {
	switch parent := s.stack[len(s.stack)-1].(type) {
	case *ast.CallExpr:
		s.noteCall(parent, id)
		return parent.Fun == id
	case *ast.BinaryExpr:
		if info := s.info(id); info != nil {
			info.compared = true
		}
		return parent.Op == token.EQL || parent.Op == token.NEQ
	case *ast.ReturnStmt:
		if info := s.info(id); info != nil && s.current() == s.root && info.home == s.root {
			info.returned = true
			return true
		}
	case *ast.AssignStmt:
		for _, lhs := range parent.Lhs {
			if lhs == id {
				return true
			}
		}
	}
	return false
}

// noteCall notes whether a call of a variable starts a goroutine.
func (s *scanner) noteCall(call *ast.CallExpr, id *ast.Ident) {
	info := s.info(id)
	if info == nil || call.Fun != ast.Expr(id) {
		return
	}
	if stmt, ok := s.stack[len(s.stack)-2].(*ast.GoStmt); ok && stmt.Call == call {
		info.started = true
	} else {
		info.called = true
	}
}

func (s *scanner) declare(spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		v, ok := s.pkg.Def(name).(*types.Var)
		if !ok {
			continue
		}
		s.define(v, s.current())
		if len(spec.Values) > 0 {
			s.count(v, valueAt(spec.Values, len(spec.Names), i), name.Pos())
		} else {
			s.vars[v].param = true // the zero value
		}
	}
}

func (s *scanner) assign(lhs, rhs []ast.Expr) {
	for i, e := range lhs {
		switch e := ast.Unparen(orBlank(e)).(type) {
		case *ast.Ident:
			v, ok := s.pkg.ObjectOf(e).(*types.Var)
			if !ok {
				continue
			}
			if s.pkg.Def(e) != nil {
				s.define(v, s.current())
			}
			s.count(v, valueAt(rhs, len(lhs), i), e.Pos())
		case *ast.SelectorExpr:
			if sel := s.pkg.Info.Selections[e]; sel != nil {
				s.assigned[sel.Obj().(*types.Var).Origin()] = true
			}
		}
	}
}

// orBlank replaces the missing key or value of a range statement.
func orBlank(e ast.Expr) ast.Expr {
	if e == nil {
		return &ast.Ident{Name: "_"}
	}
	return e
}

// valueAt returns the expression whose value the i-th of n variables gets, nil
// if it is one of several results of a call.
func valueAt(values []ast.Expr, n, i int) ast.Expr {
	if len(values) == n {
		return values[i]
	}
	return nil
}

// count notes an assignment to a variable of the unit.
func (s *scanner) count(v *types.Var, value ast.Expr, at token.Pos) {
	info := s.vars[v]
	if info == nil {
		return // a global
	}
	info.defs++
	info.init = value
	info.values = append(info.values, value)
	if s.current() != info.home {
		info.foreign = true
		info.assigned = append(info.assigned, at)
	}
}
