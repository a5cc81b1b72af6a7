package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// variables says what a package does to variables, in one walk.
type variables struct {
	addressed map[*types.Var]bool // somebody may hold its address
	captured  map[*types.Var]bool // a function literal mentions it
	assigned  map[*types.Var]bool // it is written after its declaration
}

// steadyVar reports whether nobody but the function at work can write a
// variable: a local or a parameter whose address is never taken, and that no
// function literal captures unless it is never assigned after its declaration;
// or a package variable that is declared once and for all.
func (p *Package) steadyVar(v *types.Var) bool {
	if v.IsField() || v.Parent() == nil || v.Pkg() == nil {
		return false
	}
	if p.variables == nil {
		p.variables = p.walkVariables()
	}
	did := p.variables
	if did.addressed[v] {
		return false
	}
	if v.Parent() == v.Pkg().Scope() {
		return !did.assigned[v] && (sentinel(v) || !v.Exported() && v.Pkg() == p.Types)
	}
	return v.Pkg() == p.Types && !(did.captured[v] && did.assigned[v])
}

// sentinel reports whether a package variable is an error to compare with, as
// io.EOF: by convention nobody assigns one, of whatever package.
func sentinel(v *types.Var) bool {
	return types.Identical(v.Type(), types.Universe.Lookup("error").Type())
}

func (p *Package) walkVariables() *variables {
	l := &variables{map[*types.Var]bool{}, map[*types.Var]bool{}, map[*types.Var]bool{}}
	for _, file := range p.Files {
		var literals []*ast.FuncLit // around the node, outermost first
		p.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			literals = literals[:0]
			for _, outer := range stack {
				if lit, ok := outer.(*ast.FuncLit); ok {
					literals = append(literals, lit)
				}
			}
			p.noteVariable(l, n, literals)
			return true
		})
	}
	return l
}

// noteVariable notes what one node does to variables.
func (p *Package) noteVariable(l *variables, n ast.Node, literals []*ast.FuncLit) {
	switch n := n.(type) {
	case *ast.Ident:
		v, ok := p.Use(n).(*types.Var)
		if ok && len(literals) > 0 && !encloses(literals[len(literals)-1], v.Pos()) {
			l.captured[v] = true
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			p.note(l.addressed, n.X)
		}
	case *ast.SliceExpr:
		if _, isArray := p.typeOf(n.X).Underlying().(*types.Array); isArray {
			p.note(l.addressed, n.X)
		}
	case *ast.SelectorExpr:
		if p.takesAddress(n) {
			p.note(l.addressed, n.X)
		}
	case *ast.AssignStmt:
		for _, lhs := range n.Lhs {
			p.note(l.assigned, lhs)
		}
	case *ast.IncDecStmt:
		p.note(l.assigned, n.X)
	case *ast.RangeStmt:
		p.noteRange(l, n)
	case *ast.FuncType:
		p.noteResults(l, n)
	}
}

// takesAddress reports whether x.M passes &x, or the address of a part of it,
// to a method with a pointer receiver.
func (p *Package) takesAddress(x *ast.SelectorExpr) bool {
	sel := p.Info.Selections[x]
	return sel != nil && sel.Kind() == types.MethodVal && !isPointer(p.typeOf(x.X)) &&
		isPointer(recvType(sel.Obj().(*types.Func)))
}

// noteRange: a range clause assigns its variables; declared ones are one
// variable for all turns before Go 1.22.
func (p *Package) noteRange(l *variables, n *ast.RangeStmt) {
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if id, ok := e.(*ast.Ident); ok {
			if v, ok := p.Def(id).(*types.Var); ok {
				l.assigned[v] = true
			}
		}
		if e != nil {
			p.note(l.assigned, e)
		}
	}
}

// noteResults: every return statement assigns the named results.
func (p *Package) noteResults(l *variables, n *ast.FuncType) {
	if n.Results == nil {
		return
	}
	for _, field := range n.Results.List {
		for _, name := range field.Names {
			if v, ok := p.Def(name).(*types.Var); ok {
				l.assigned[v] = true
			}
		}
	}
}

// note marks the variable whose memory e is a part of; what lies behind a
// pointer, in a map or in a slice is no part.
func (p *Package) note(marks map[*types.Var]bool, e ast.Expr) {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
			continue
		case *ast.SelectorExpr:
			e = x.X
			if p.Info.Selections[x] == nil {
				e = x.Sel // of a package
			} else if isPointer(p.typeOf(x.X)) {
				return
			}
			continue
		case *ast.IndexExpr:
			if _, isArray := p.typeOf(x.X).Underlying().(*types.Array); !isArray {
				return
			}
			e = x.X
			continue
		case *ast.Ident:
			if v, ok := p.Use(x).(*types.Var); ok {
				marks[v] = true
			}
		}
		return
	}
}

// encloses reports whether pos lies in n.
func encloses(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
