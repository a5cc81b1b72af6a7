package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A Privacy says why nobody but one call of a function can take a lock.
type Privacy int

const (
	Shared Privacy = iota // others may take it, as far as is known
	Local                 // it is declared in the function, which keeps it to itself
	Copied                // it is part of a copy that the function was given or has made
)

// PrivateLock says whether a call takes or releases a lock, or is of an atomic.Value, that only this one
// call of the function around it can reach, and where the variable is declared
// that holds it: each call of the function has a lock of its own then, which
// makes nobody wait. A variable whose address goes anywhere, or that two
// functions use, is not private; nor is what a pointer leads to.
func (p *Package) PrivateLock(call *ast.CallExpr) (why Privacy, declared *ast.Ident) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return Shared, nil
	}
	if _, ok := p.lockMethod(sel); !ok && !p.ofAtomicValue(sel) {
		return Shared, nil
	}
	v := p.heldBy(sel.X)
	if v == nil || types.IsInterface(p.typeOf(sel.X)) || p.throughPointer(sel) {
		return Shared, nil
	}
	decl := p.topLevel(call)
	if decl == nil || v.Pos() < decl.Pos() || decl.End() <= v.Pos() {
		return Shared, nil
	}
	uses := p.usesOf(v, decl)
	if uses.leaks || uses.defined == nil && uses.declared == nil {
		return Shared, nil
	}
	switch {
	case uses.copied && uses.oneFunction(decl, false):
		return Copied, uses.declared
	case uses.fresh && isLocker(v.Type()) && uses.oneFunction(decl, true):
		return Local, uses.declared
	}
	return Shared, nil
}

// ofAtomicValue reports whether a method is one of atomic.Value: what is true of a lock in a
// copy is true of that, too.
func (p *Package) ofAtomicValue(sel *ast.SelectorExpr) bool {
	return TypeIs(deref(p.typeOf(sel.X)), "sync/atomic.Value")
}

// heldBy returns the variable that holds a lock as a part of itself; of a
// pointer to a mutex the variable too, if it is the lock's only name.
func (p *Package) heldBy(e ast.Expr) *types.Var {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := p.Use(x).(*types.Var)
		return v
	case *ast.SelectorExpr:
		sel := p.Info.Selections[x]
		if sel == nil || sel.Kind() != types.FieldVal || sel.Indirect() || isPointer(p.typeOf(x)) || isPointer(p.typeOf(x.X)) {
			return nil
		}
		return p.heldBy(x.X)
	}
	return nil
}

// throughPointer reports whether a selector leads to its method through an
// embedded pointer.
func (p *Package) throughPointer(sel *ast.SelectorExpr) bool {
	s := p.Info.Selections[sel]
	if s == nil {
		return true
	}
	t := s.Recv()
	for _, i := range s.Index()[:len(s.Index())-1] {
		st, ok := deref(t).Underlying().(*types.Struct)
		if !ok {
			return true
		}
		if t = st.Field(i).Type(); isPointer(t) || types.IsInterface(t) {
			return true
		}
	}
	return false
}

// topLevel returns the function declaration around a node.
func (p *Package) topLevel(n ast.Node) *ast.FuncDecl {
	for _, file := range p.Files {
		if !encloses(file, n.Pos()) {
			continue
		}
		for _, d := range file.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && encloses(decl, n.Pos()) {
				return decl
			}
		}
	}
	return nil
}

// varUses is all that a function does with one of its variables.
type varUses struct {
	declared *ast.Ident
	defined  ast.Node   // the statement or field that declares it
	around   []ast.Node // of the declaration, outermost first
	fresh    bool       // it begins as a new lock
	copied   bool       // it begins as a copy of what exists already
	leaks    bool       // it is used otherwise than by a method call or field
	stacks   [][]ast.Node
}

func (p *Package) usesOf(v *types.Var, decl *ast.FuncDecl) *varUses {
	uses := &varUses{}
	p.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		switch {
		case !ok:
		case p.Def(id) == types.Object(v):
			uses.declare(p, v, id, stack)
		case p.Use(id) == types.Object(v):
			uses.note(p, id, stack)
		}
		return true
	})
	return uses
}

// declare looks at what the variable begins with.
func (u *varUses) declare(p *Package, v *types.Var, id *ast.Ident, stack []ast.Node) {
	u.declared, u.around = id, append([]ast.Node(nil), stack...)
	parent := stack[len(stack)-1]
	u.defined = parent
	switch parent := parent.(type) {
	case *ast.Field:
		u.copied = !isPointer(v.Type())
	case *ast.RangeStmt:
		u.copied = parent.Value == ast.Expr(id) && !isPointer(v.Type())
	case *ast.ValueSpec:
		u.fresh = len(parent.Values) == 0 && !isPointer(v.Type())
		for i, name := range parent.Names {
			if name == id && i < len(parent.Values) && len(parent.Values) == len(parent.Names) {
				u.begins(p, v, parent.Values[i])
			}
		}
	case *ast.AssignStmt:
		for i, lhs := range parent.Lhs {
			switch {
			case lhs != ast.Expr(id):
			case len(parent.Rhs) == len(parent.Lhs):
				u.begins(p, v, parent.Rhs[i])
			case i == 0 && len(parent.Rhs) == 1 && isElement(parent.Rhs[0]): // b, ok := byName[name]
				u.begins(p, v, parent.Rhs[0])
			}
		}
	}
}

// isElement reports whether an expression is an element of a map, or of a list.
func isElement(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.IndexExpr)
	return ok
}

// begins notes what a variable is given: something new, or a copy.
func (u *varUses) begins(p *Package, v *types.Var, value ast.Expr) {
	switch x := ast.Unparen(value).(type) {
	case *ast.CompositeLit:
		u.fresh = len(x.Elts) == 0
	case *ast.UnaryExpr:
		lit, ok := ast.Unparen(x.X).(*ast.CompositeLit)
		u.fresh = ok && x.Op == token.AND && len(lit.Elts) == 0
	case *ast.CallExpr:
		b, ok := p.Callee(x).(*types.Builtin)
		u.fresh = ok && b.Name() == "new"
	case *ast.StarExpr, *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		u.copied = !isPointer(v.Type()) && !types.IsInterface(v.Type())
	}
}

// note looks at one use: what selects from the variable leaves it where it is.
func (u *varUses) note(p *Package, id *ast.Ident, stack []ast.Node) {
	u.stacks = append(u.stacks, append([]ast.Node(nil), stack...))
	parent, ok := stack[len(stack)-1].(*ast.SelectorExpr)
	if !ok || parent.X != ast.Expr(id) {
		u.leaks = true
		return
	}
	for i := len(stack) - 2; i >= 0; i-- {
		switch around := stack[i].(type) {
		case *ast.SelectorExpr, *ast.ParenExpr:
			continue
		case *ast.CallExpr:
			outer, _ := stack[i+1].(ast.Expr)
			u.leaks = u.leaks || ast.Unparen(around.Fun) != ast.Unparen(outer) && p.mayLead(outer)
		case *ast.UnaryExpr:
			u.leaks = u.leaks || around.Op == token.AND
		default:
			outer, ok := stack[i+1].(ast.Expr)
			u.leaks = u.leaks || ok && p.mayLead(outer)
		}
		return
	}
}

// mayLead reports whether a value selected from a variable is a method value,
// which holds on to the variable.
func (p *Package) mayLead(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := p.Info.Selections[sel]
	return s != nil && s.Kind() == types.MethodVal
}

// oneFunction reports whether all uses stand in one function of which at most
// one call runs for each variable: the one that declares it, or, if started is
// allowed, a literal that a go statement starts once for each.
func (u *varUses) oneFunction(decl *ast.FuncDecl, started bool) bool {
	home := innermostFunc(u.around, decl)
	var user ast.Node
	for _, stack := range u.stacks {
		fn := innermostFunc(stack, decl)
		if user != nil && user != fn {
			return false
		}
		user = fn
	}
	if user == home || user == nil {
		return user != nil
	}
	return started && u.startedOnce(user)
}

func innermostFunc(stack []ast.Node, decl *ast.FuncDecl) ast.Node {
	for i := len(stack) - 1; i >= 0; i-- {
		if _, ok := stack[i].(*ast.FuncLit); ok {
			return stack[i]
		}
	}
	return decl
}

// startedOnce reports whether a literal is what a go statement starts, in no
// loop but those that the variable is declared in.
func (u *varUses) startedOnce(lit ast.Node) bool {
	stack := u.stacks[0]
	at := len(stack) - 1
	for at > 0 && stack[at] != lit {
		at--
	}
	call, ok := stack[at-1].(*ast.CallExpr)
	if !ok || call.Fun != lit {
		return false
	}
	if _, ok := stack[at-2].(*ast.GoStmt); !ok {
		return false
	}
	declaredIn := make(map[ast.Node]bool)
	for _, n := range u.around {
		declaredIn[n] = true
	}
	for _, n := range stack[:at-2] {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit, *ast.LabeledStmt:
			if !declaredIn[n] {
				return false
			}
		}
	}
	return true
}
