package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// An Outlived is an endless loop of a goroutine that works for an object which somebody closes.
type Outlived struct {
	Start ast.Node      // of the goroutine
	Close *ast.FuncDecl // the method by which the object is closed
}

// OutlivesClose says of an endless loop that waits for nothing but time, in a goroutine that works
// for an object of the package, that the object has a method to close it: nothing there can end the
// loop, since nothing at all can.
//
//	func New() *Ring { r := &Ring{…}; go r.heartbeat(); return r }
//	func (r *Ring) heartbeat() { for range time.Tick(r.every) { r.ping() } }
//	func (r *Ring) Close() error { return r.closeShards() }
func (f *Facts) OutlivesClose(fn ast.Node, loop ast.Stmt) *Outlived {
	if f.pkg.Types.Name() == "main" || f.inTest(loop) || !f.waitsForTime(loop) || !f.endless(fn, loop) || f.DeafLoop(fn, loop) != nil {
		return nil
	}
	decl, ok := f.declAround(loop.Pos()).(*ast.FuncDecl)
	if !ok || decl.Doc != nil && forGood.MatchString(decl.Doc.Text()) {
		return nil
	}
	starts := f.startedOnly(fn)
	if len(starts) == 0 {
		return nil
	}
	for _, s := range starts {
		if f.inTest(s.stmt) || f.startedForGood(s) {
			return nil
		}
	}
	for _, t := range f.worksFor(fn, loop) {
		if end := f.endOf(t); end != nil && end != decl {
			return &Outlived{starts[0].stmt, end}
		}
	}
	return nil
}

// forGood is how a comment says that a goroutine is meant to stay.
var forGood = lazyregexp.New(`(?i)\b(forever|for ever|never (returns|stops|ends|exits)|lifetime|life of the)\b`)

// startedForGood reports whether a start is one of the whole program: in init, or in what a Once runs.
func (f *Facts) startedForGood(s starter) bool {
	decl, ok := f.declAround(s.stmt.Pos()).(*ast.FuncDecl)
	if !ok || decl.Name.Name == "init" || decl.Doc != nil && forGood.MatchString(decl.Doc.Text()) {
		return true
	}
	for _, n := range f.stackOf(decl, s.stmt) {
		if call, ok := n.(*ast.CallExpr); ok && f.isCallOf(call, "(*sync.Once).Do") {
			return true
		}
	}
	return false
}

// waitsForTime reports whether a loop waits in each turn, and for the time alone.
func (f *Facts) waitsForTime(loop ast.Stmt) bool {
	waits, other := false, false
	if r, ok := loop.(*ast.RangeStmt); ok {
		waits, other = f.isTime(r.X), !f.isTime(r.X)
	}
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			other = true
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				waits, other = true, other || !f.isTime(n.X)
			}
		case *ast.CallExpr:
			waits = waits || f.isCallOf(n, "time.Sleep")
		}
		return !other
	})
	return waits && !other
}

// isTime reports whether an expression is a channel of ticks.
func (f *Facts) isTime(ch ast.Expr) bool {
	t, ok := f.pkg.TypeOf(ch).Underlying().(*types.Chan)
	return ok && facts.TypeIs(t.Elem(), "time.Time")
}

// worksFor returns the struct types of the package to which variables point that a function names in
// a loop, and which it has not made itself.
func (f *Facts) worksFor(fn ast.Node, loop ast.Stmt) (all []*types.Named) {
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := f.pkg.Use(id).(*types.Var)
		if !ok || v.IsField() || v.Kind() == types.PackageVar || contains(loop, identAt(v.Pos())) {
			return true
		}
		if p, ok := types.Unalias(v.Type()).(*types.Pointer); ok {
			if t, ok := types.Unalias(p.Elem()).(*types.Named); ok && t.Obj().Pkg() == f.pkg.Types {
				all = append(all, t.Origin())
			}
		}
		return true
	})
	return all
}

func identAt(at token.Pos) ast.Node { return &ast.Ident{NamePos: at} }

// endOf returns the exported method without parameters, but a context, by which an object of a type
// is closed, if it does something.
func (f *Facts) endOf(t *types.Named) *ast.FuncDecl {
	for _, file := range f.pkg.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Recv == nil || decl.Body == nil || !closes[decl.Name.Name] || decl.Type.Params.NumFields() > 1 {
				continue
			}
			fn, ok := f.pkg.Def(decl.Name).(*types.Func)
			if !ok || f.onlyReturns(decl) {
				continue
			}
			recv := fn.Signature().Recv().Type()
			if p, ok := types.Unalias(recv).(*types.Pointer); ok {
				recv = p.Elem()
			}
			if n, ok := types.Unalias(recv).(*types.Named); ok && n.Origin() == t {
				return decl
			}
		}
	}
	return nil
}

// closes are the names of methods after which an object is of no more use.
var closes = map[string]bool{"Close": true, "Stop": true, "Shutdown": true, "Destroy": true, "Terminate": true}

// onlyReturns reports whether a function does nothing but return what it calls nobody for.
func (f *Facts) onlyReturns(decl *ast.FuncDecl) bool {
	only := true
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CallExpr, *ast.AssignStmt, *ast.SendStmt, *ast.IncDecStmt:
			only = false
		}
		return only
	})
	return only
}
