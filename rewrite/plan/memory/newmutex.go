package memory

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/dst"
	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// NewMutex puts a mutex beside a field or package variable that has none, and
// holds it around every use in the program:
//
//	type page struct {              type page struct {
//		seen map[string]int             seen   map[string]int
//	}                          →            seenMu sync.Mutex // guards seen
//	                                }
//	p.seen[key]++                   p.seenMu.Lock()
//	                                p.seen[key]++
//	                                p.seenMu.Unlock()
//
// Where some uses hold a mutex of the same struct already, that is the one. All
// uses of a function come under one section, so that what is read stays true
// until it is acted on; nothing in it waits, calls what is not known or what
// takes the lock, or uses another lock. What the variable leads to must not get
// out of the section. One goroutine alone does what it did; with many they wait
// for each other, so it is never safe.
func NewMutex(s *edit.Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	if !u.v.IsField() && u.v.Kind() != types.PackageVar {
		return around.Aside(u.name + " is a local variable")
	}
	n := &newGuard{variable: u}
	for _, step := range []func() error{n.choose, n.announces, n.keptInside, n.sections, n.declaration} {
		if err := step(); err != nil {
			return err
		}
	}
	s.Downgrade(rules.Unsafe, "goroutines wait for each other there")
	for _, edit := range n.edits {
		edit()
	}
	return nil
}

// A newGuard is a variable with the lock that is to guard it.
type newGuard struct {
	*variable
	lock  *types.Var
	fresh bool // the lock is not there yet
	// changed is where somebody changes, without a lock, what the entries of a map
	// or slice lead to; nil where nobody does.
	changed ast.Node
	edits   []func()
}

// choose takes a mutex that some uses hold and that lies beside the variable, or
// names a new one.
func (n *newGuard) choose() error {
	if n.lock = n.taken(); n.lock != nil {
		return nil
	}
	if err := n.unmoved(); err != nil {
		return err
	}
	if err := n.unawaited(); err != nil {
		return err
	}
	n.fresh = true
	sync := types.NewPackage("sync", "sync")
	mutex := types.NewNamed(types.NewTypeName(0, sync, "Mutex", nil), types.NewStruct(nil, nil), nil)
	n.lock = types.NewVar(0, n.pkg.Types, around.FreshName(n.s, n.name+"Mu"), mutex)
	return nil
}

// taken returns a mutex beside the variable that some of its uses hold, and that
// no function which does not is called with.
func (n *newGuard) taken() *types.Var {
	for _, x := range n.uses {
		access := n.shared.AccessAt(x.expr)
		if access == nil {
			continue
		}
		held, _ := n.shared.LocksAt(access)
		for _, class := range held {
			if v, ok := class.(*types.Var); ok && n.beside(v) && around.IsMutex(v.Type()) && !n.wouldWait(v) {
				return v
			}
		}
	}
	return nil
}

// wouldWait reports whether a function that does not hold a lock for a use, and
// has to take it, is called by one that holds it.
func (n *newGuard) wouldWait(lock *types.Var) bool {
	return slices.ContainsFunc(n.uses, func(x *use) bool {
		return x.fn != nil && x.key() == nil && !n.early(x) && !n.holds(x, lock) && n.shared.CalledWith(x.fn, lock) != nil
	})
}

// beside reports whether a lock is a field of the struct that the variable is in,
// or both are variables of the package.
func (n *newGuard) beside(lock *types.Var) bool {
	if !n.v.IsField() {
		return lock.Kind() == types.PackageVar
	}
	list, ok := n.parent(1).(*ast.FieldList)
	return ok && lock.IsField() && list.Pos() <= lock.Pos() && lock.Pos() < list.End() && !lock.Embedded()
}

// keptInside refuses a variable that is known outside of what can be guarded.
func (n *newGuard) keptInside() error {
	n.changed = n.entriesChange()
	inside := n.changedInside()
	for _, x := range n.uses {
		access := n.shared.AccessAt(x.expr)
		if x.key() != nil || x.fn == nil {
			continue
		}
		switch {
		case access == nil:
			return fmt.Errorf("%s is used at %s in a way that is not known", n.name, n.line(x.id))
		case access.Address:
			return fmt.Errorf("the address of %s is taken at %s", n.name, n.line(x.id))
		case inside && n.leaves(x, access) && !n.early(x):
			return fmt.Errorf("%s itself gets out at %s: who has it then holds no lock", n.name, n.line(x.id))
		}
	}
	return nil
}

// changedInside reports whether entries or elements of what is in the variable
// are written: then it must not be known without the lock.
func (n *newGuard) changedInside() bool {
	return slices.ContainsFunc(n.uses, func(x *use) bool {
		access := n.shared.AccessAt(x.expr)
		return access != nil && access.Write && (access.Content || access.Element) && !n.early(x)
	})
}

// leaves reports whether a use takes the map or slice itself elsewhere.
func (n *newGuard) leaves(x *use, access *sharing.Access) bool {
	if access.Content || access.Element || access.Write {
		return false
	}
	if n.movedOut(x) {
		return false
	}
	switch p := x.up(0).(type) {
	case *ast.CallExpr:
		b, ok := n.pkg.Callee(p).(*types.Builtin)
		return !ok && !n.readBy(p, x) || ok && b.Name() == "append" && x.stmtAssigned() != x.expr
	case *ast.BinaryExpr, *ast.RangeStmt:
		return false
	}
	return true
}

// readBy reports whether a call of package maps or slices has done with the map or
// slice when it returns: maps.Clone(s.m), slices.Sorted(maps.Keys(s.m)).
func (n *newGuard) readBy(c *ast.CallExpr, x *use) bool {
	fn, ok := n.pkg.Callee(c).(*types.Func)
	if !ok || fn.Pkg() == nil || n.changed != nil {
		return false
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "maps.Clone", "maps.Equal", "slices.Clone", "slices.Equal", "slices.Contains", "slices.Index", "strings.Join":
		return true
	case "maps.Copy":
		return ast.Unparen(c.Args[1]) == x.expr
	case "maps.Keys", "maps.Values", "slices.Values":
		all, ok := x.up(1).(*ast.CallExpr)
		if !ok {
			return false
		}
		reader, ok := n.pkg.Callee(all).(*types.Func)
		return ok && reader.Pkg() != nil && reader.Pkg().Path() == "slices" && (reader.Name() == "Sorted" || reader.Name() == "Collect")
	}
	return false
}

// stmtAssigned returns the only operand that the assignment around a use gives a
// value, if it is spelled as the use.
func (x *use) stmtAssigned() ast.Expr {
	st, ok := x.stmt().(*ast.AssignStmt)
	if ok && len(st.Lhs) == 1 && edit.Spelling(st.Lhs[0]) == edit.Spelling(x.expr) {
		return x.expr
	}
	return nil
}

// inSourceOrder sorts accesses; of those of one expression the widest use counts.
func inSourceOrder(all []sharing.Unguarded) (sorted []sharing.Unguarded) {
	slices.SortStableFunc(all, func(a, b sharing.Unguarded) int {
		return cmp.Or(cmp.Compare(a.Expr.Pos(), b.Expr.Pos()), cmp.Compare(b.Use.End(), a.Use.End()))
	})
	for _, u := range all {
		if last := len(sorted) - 1; last >= 0 && sorted[last].Expr == u.Expr {
			continue
		}
		sorted = append(sorted, u)
	}
	return sorted
}

// touches says why code may take the lock that is to guard the variable, or "".
func (u *variable) touches(n ast.Node, seen map[*ast.FuncDecl]bool) string {
	if unknown := u.pkg.Calls(n); len(unknown) > 0 {
		return fmt.Sprintf("calls %s, of which nothing is known", edit.ExprText(unknown[0].Fun))
	}
	because := ""
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || because != "" {
			return because == ""
		}
		decl := u.pkg.Body(call)
		if decl == nil || seen[decl] {
			return true
		}
		seen[decl] = true
		if slices.ContainsFunc(u.uses, func(x *use) bool { return edit.StandsIn(x.id, decl) && !u.early(x) }) {
			because = fmt.Sprintf("calls %s, which uses %s", edit.ExprText(call.Fun), u.name)
		} else if inner := u.touches(decl.Body, seen); inner != "" {
			because = fmt.Sprintf("calls %s, which %s", edit.ExprText(call.Fun), inner)
		}
		return true
	})
	return because
}

// declaration plans the new mutex.
func (n *newGuard) declaration() error {
	if !n.fresh {
		return nil
	}
	return n.declare("Mutex", "guards")
}

// declare plans a variable of a type of package sync beside the other one, and
// says what it does for that.
func (n *newGuard) declare(typ, does string) error {
	switch decl := n.parent(0).(type) {
	case *ast.Field:
		list, ok := n.parent(1).(*ast.FieldList)
		if !ok {
			return errors.New("internal: a field stands in no list")
		}
		n.edits = append(n.edits, func() {
			at := n.s.At(decl)
			own := &dst.Field{Names: []*dst.Ident{edit.Ident(n.lock.Name())}, Type: at.Qualified("sync", typ)}
			own.Decs.End = dst.Decorations{fmt.Sprintf("// %s %s", strings.TrimPrefix(does, "is "), n.name)}
			at.AddField(list, decl, own)
		})
		return nil
	case *ast.ValueSpec:
		n.edits = append(n.edits, func() {
			at := n.s.At(decl)
			spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(n.lock.Name())}, Type: at.Qualified("sync", typ)}
			addVar(at, decl, spec, fmt.Sprintf("// %s %s %s.", n.lock.Name(), does, n.name))
		})
		return nil
	}
	return fmt.Errorf("%s is declared in a way that leaves no place for a lock", n.name)
}

// addVar declares a package variable behind another one: in its group, or by a
// declaration of its own, with a comment above.
func addVar(s *edit.Site, behind *ast.ValueSpec, spec *dst.ValueSpec, comment string) {
	twin, _ := s.Node(behind).(*dst.ValueSpec)
	for i, d := range s.File.Decls {
		g, ok := d.(*dst.GenDecl)
		at := -1
		if ok && twin != nil {
			at = slices.Index(g.Specs, dst.Spec(twin))
		}
		if at < 0 {
			continue
		}
		spec.Decs.Before, spec.Decs.After = dst.NewLine, dst.NewLine
		if g.Lparen {
			spec.Decs.Start = dst.Decorations{comment}
			spec.Decs.After, twin.Decs.After = max(twin.Decs.After, dst.NewLine), dst.NewLine
			g.Specs = slices.Insert(g.Specs, at+1, dst.Spec(spec))
			return
		}
		own := &dst.GenDecl{Tok: g.Tok, Specs: []dst.Spec{spec}}
		own.Decs.Start = dst.Decorations{comment}
		own.Decs.Before, own.Decs.After = dst.EmptyLine, dst.EmptyLine
		s.File.Decls = slices.Insert(s.File.Decls, i+1, dst.Decl(own))
		return
	}
	s.Fail("internal: a variable is in no declaration of the file")
}
