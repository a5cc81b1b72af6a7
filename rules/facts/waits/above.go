package waits

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A partner that acts in a function of its own, func (s *store) end() { s.busy--;
// s.cond.Broadcast() }, acts where that is called: whoever calls it may have to take the
// lock before.

// maxAbove is through how many calls that is asked.
const maxAbove = 2

// needsAbove is needs of the calls of the function in which a partner acts: from all of
// them, of a WaitGroup from one.
func (f *Facts) needsAbove(w, p *op, h facts.Holding) (need, bool) {
	decl, ok := p.fn.(*ast.FuncDecl)
	if !ok || p.above == maxAbove || p.passed != nil || p.start != nil || decl.Name.IsExported() {
		return need{}, false
	}
	i, ok := f.operandOf(decl, p.at.Root)
	sites, all := f.sitesOf(decl)
	if !ok && !global(p.at) || !all || len(sites) == 0 || !f.lastWord(p, decl) {
		return need{}, false
	}
	var first need
	for _, site := range sites {
		if _, started := site.stack[len(site.stack)-1].(*ast.GoStmt); started {
			return need{}, false // it may be at work by then
		}
		lifted := *p
		lifted.node, lifted.fn, lifted.root, lifted.stack, lifted.deferred, lifted.above = site.call, nil, f.outermost(site.stack), site.stack, false, p.above+1
		lifted.place()
		if lifted.root == nil || lifted.fn == nil || lifted.start != nil {
			return need{}, false
		}
		if !global(p.at) {
			if lifted.at, ok = locally(f.namesIn(lifted.root), site.call, facts.Ref{Arg: i, Path: p.at.Path}); !ok {
				return need{}, false
			}
		}
		n, ok := f.needs(w, &lifted, h)
		if ok && w.kind == Suspended {
			ok = f.stirsBefore(w, &lifted, n.call)
		}
		if !ok {
			return need{}, false
		}
		if first.call == nil {
			first = n
		}
	}
	return first, first.call != nil
}

// lastWord reports whether an action stands in the flow of its function, not in a branch of
// a select or of a condition, so that a call of it is the action.
func (f *Facts) lastWord(p *op, decl *ast.FuncDecl) bool {
	for _, around := range p.stack {
		switch around.(type) {
		case *ast.IfStmt, *ast.CommClause, *ast.CaseClause, *ast.ForStmt, *ast.RangeStmt:
			return false
		}
	}
	return true
}

// A site is a call of a declared function, with what stands around it.
type site struct {
	call  *ast.CallExpr
	stack []ast.Node
}

// sitesOf returns the calls of a function; all is false where something else is done with it,
// or an interface may lead to it.
func (f *Facts) sitesOf(decl *ast.FuncDecl) (sites []site, all bool) {
	fn := f.pkg.Def(decl.Name)
	if f.sites == nil {
		f.collectSites()
	}
	return f.sites[fn], f.named[fn] == len(f.sites[fn])
}

func (f *Facts) collectSites() {
	f.sites, f.named = map[types.Object][]site{}, map[types.Object]int{}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if fn, ok := f.pkg.Use(n).(*types.Func); ok {
					f.named[fn.Origin()]++
				}
			case *ast.CallExpr:
				if fn, ok := f.pkg.Callee(n).(*types.Func); ok && f.pkg.Body(n) != nil {
					f.sites[fn.Origin()] = append(f.sites[fn.Origin()], site{n, append([]ast.Node(nil), stack...)})
				}
			}
			return true
		})
	}
}

// stirsBefore reports whether what a Cond's Wait asks for can be wrong on account of a caller
// of the signalling function by the time he takes the lock: he has set it himself before, or
// nobody but who signals sets it at all.
//
//	s.begin(); s.mu.RLock(); …; s.mu.RUnlock(); s.end() // busy counts between begin and end
func (f *Facts) stirsBefore(w, caller *op, take *ast.CallExpr) bool {
	fields := f.askedFields(w)
	if len(fields) == 0 {
		return false
	}
	if f.sleepsAtFirst(w) {
		return true
	}
	flow := f.pkg.Flow(caller.fn)
	to, ok := flow.At(take)
	if !ok {
		return false
	}
	for _, block := range flow.Blocks {
		for i, n := range block.Nodes {
			stirs := false
			f.pkg.Evaluated(n, func(m ast.Node) bool {
				stirs = stirs || m != ast.Node(caller.node) && f.sets(m, fields, 0)
				return true
			})
			if stirs && flow.Reaches(facts.Point{Block: block, Index: i + 1}, to, nil) {
				return true
			}
		}
	}
	return false
}

// sleepsAtFirst reports whether what a Cond's Wait asks for holds of an object to which nothing has
// happened yet: who comes first sleeps.
//
//	for len(q.items) == 0 && !q.done { q.cond.Wait() }
func (f *Facts) sleepsAtFirst(w *op) bool {
	stack := w.stack
	if w.inside != nil {
		stack = w.inside.stack
	}
	for i := len(stack) - 1; i >= 0; i-- {
		if loop, ok := stack[i].(*ast.ForStmt); ok && loop.Cond != nil {
			return f.holdsOfZero(loop.Cond)
		}
	}
	return false
}

// holdsOfZero reports whether a condition on fields holds if all of them are zero.
func (f *Facts) holdsOfZero(cond ast.Expr) bool {
	switch cond := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		_, field := ast.Unparen(cond.X).(*ast.SelectorExpr)
		return cond.Op == token.NOT && field
	case *ast.BinaryExpr:
		switch cond.Op {
		case token.LAND:
			return f.holdsOfZero(cond.X) && f.holdsOfZero(cond.Y)
		case token.LOR:
			return f.holdsOfZero(cond.X) || f.holdsOfZero(cond.Y)
		case token.EQL:
			tv := f.pkg.Info.Types[cond.Y]
			return f.isFieldOrLen(cond.X) && (tv.IsNil() || tv.Value != nil && tv.Value.String() == "0")
		}
	}
	return false
}

func (f *Facts) isFieldOrLen(x ast.Expr) bool {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		name, _ := builtin(f.pkg, call)
		return name == "len" && f.isFieldOrLen(call.Args[0])
	}
	_, field := ast.Unparen(x).(*ast.SelectorExpr)
	return field
}

// askedFields returns the fields of the condition of the loop around a Wait.
func (f *Facts) askedFields(w *op) map[types.Object]bool {
	fields := map[types.Object]bool{}
	stack := w.stack
	if w.inside != nil {
		stack = w.inside.stack
	}
	for i := len(stack) - 1; i >= 0; i-- {
		loop, ok := stack[i].(*ast.ForStmt)
		if !ok || loop.Cond == nil {
			continue
		}
		f.pkg.Inspect(loop.Cond, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if v, isVar := f.pkg.Use(sel.Sel).(*types.Var); isVar && v.IsField() {
					fields[v] = true
				}
			}
			return true
		})
		break
	}
	return fields
}

// sets reports whether a node sets one of some fields, itself or in what it calls.
func (f *Facts) sets(n ast.Node, fields map[types.Object]bool, depth int) (does bool) {
	field := func(e ast.Expr) bool {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		return ok && fields[f.pkg.Use(sel.Sel)]
	}
	switch n := n.(type) {
	case *ast.IncDecStmt:
		return field(n.X)
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			does = does || n.Tok != token.DEFINE && field(left)
		}
		return does
	case *ast.CallExpr:
		decl := f.pkg.Body(n)
		if decl == nil || depth == maxAbove {
			return false
		}
		f.pkg.Inspect(decl.Body, func(m ast.Node) bool {
			does = does || m != ast.Node(n) && f.sets(m, fields, depth+1)
			return !does
		})
	}
	return does
}
