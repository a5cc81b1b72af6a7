package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// sections plans the section of each function.
func (n *newGuard) sections() error {
	byFunc := map[ast.Node][]*use{}
	var order []ast.Node
	for _, x := range n.uses {
		if x.fn == nil || x.key() != nil || n.early(x) || n.holds(x, types.Object(n.lock)) {
			continue
		}
		if n.readsUnder(x) {
			return fmt.Errorf("%s is written at %s with %s held to read only", n.name, n.line(x.id), n.lock.Name())
		}
		if byFunc[x.fn] == nil {
			order = append(order, x.fn)
		}
		byFunc[x.fn] = append(byFunc[x.fn], x)
	}
	if len(order) == 0 {
		return errors.New("no use needs the lock")
	}
	for _, fn := range order {
		if err := n.section(fn, byFunc[fn]); err != nil {
			return err
		}
	}
	return nil
}

// readsUnder reports whether a write holds the lock, but to read only.
func (n *newGuard) readsUnder(x *use) bool {
	access := n.shared.AccessAt(x.expr)
	if access == nil {
		return false
	}
	held, _ := n.shared.LocksAt(access)
	return slices.Contains(held, types.Object(n.lock))
}

// section plans one section around uses of a function, or one for each clause
// that they stand in.
func (n *newGuard) section(fn ast.Node, uses []*use) error {
	g, err := n.guarding(fn, uses)
	if err != nil {
		return err
	}
	forms := []form{(*guarding).inSection, (*guarding).beforeUnlock, (*guarding).inHead, (*guarding).returned, (*guarding).cloned, (*guarding).deferred, (*guarding).ahead}
	if !slices.ContainsFunc(n.uses, func(x *use) bool { return n.leadsOn(x) != nil }) {
		forms = slices.Insert(forms, 4, (*guarding).loaded) // nothing that it leads to needs the lock
	}
	edit, err := g.plan(forms...)
	if err == nil {
		n.edits = append(n.edits, func() {
			n.s.At(fn)
			edit()
		})
		return nil
	}
	parts := byClause(uses)
	if len(parts) < 2 && (n.onlyRead(fn) || n.onlyWritten(fn)) {
		parts = byStatement(uses)
	}
	if len(parts) < 2 {
		return fmt.Errorf("at %s: %w", n.line(uses[0].id), err)
	}
	for len(parts) > 0 {
		joined := n.joined(fn, parts)
		if err := n.section(fn, slices.Concat(parts[:joined]...)); err != nil {
			return err
		}
		parts = parts[joined:]
	}
	return nil
}

// joined returns how many parts that only read, from the first on, one section can
// take.
func (n *newGuard) joined(fn ast.Node, parts [][]*use) int {
	count := 1
	for count < len(parts) && n.onlyRead(fn) {
		g, err := n.guarding(fn, slices.Concat(parts[:count+1]...))
		if err != nil {
			break
		}
		if _, err := g.inSection(); err != nil {
			break
		}
		count++
	}
	return count
}

// byClause splits uses by the clauses of the outermost switch, select or if that
// holds them: of those one runs at a time.
func byClause(uses []*use) (parts [][]*use) {
	depth := 0
	for same(uses, depth) {
		depth++
	}
	if depth >= len(uses[0].path) || depth == 0 || !exclusive(uses[0].path[depth-1]) {
		return [][]*use{uses}
	}
	var last ast.Node
	for _, x := range uses {
		if depth >= len(x.path) {
			return [][]*use{uses}
		}
		if x.path[depth] != last {
			parts = append(parts, nil)
		}
		last = x.path[depth]
		parts[len(parts)-1] = append(parts[len(parts)-1], x)
	}
	return parts
}

// onlyRead reports whether a function, with the literals in it, does nothing but
// read the variable: then no use of it rests on another one, and each can hold
// the lock for itself.
func (n *newGuard) onlyRead(fn ast.Node) bool {
	return !slices.ContainsFunc(n.uses, func(x *use) bool {
		access := n.shared.AccessAt(x.expr)
		return edit.StandsIn(x.id, fn) && (access == nil || access.Write)
	})
}

// onlyWritten reports whether all that a function does with the variable is to write it, each time
// from nothing but what it holds then: no write rests on another one.
//
//	s.ids[name] = id
//	s.all = append(s.all, name)
func (n *newGuard) onlyWritten(fn ast.Node) bool {
	return !slices.ContainsFunc(n.uses, func(x *use) bool {
		return edit.StandsIn(x.id, fn) && !n.writesAlone(x)
	})
}

// writesAlone reports whether the statement around a use writes the variable, and sets nothing else.
func (n *newGuard) writesAlone(x *use) bool {
	access := n.shared.AccessAt(x.expr)
	if access == nil {
		return false
	}
	switch st := x.stmt().(type) {
	case *ast.IncDecStmt:
		return access.Write
	case *ast.AssignStmt:
		return len(st.Lhs) == 1 && (access.Write || x.stmtAssigned() != nil)
	case *ast.ExprStmt:
		return access.Write
	}
	return false
}

// byStatement splits uses by the statements, of the innermost list around all of
// them, that they stand in.
func byStatement(uses []*use) (parts [][]*use) {
	depth := 0
	for same(uses, depth) {
		depth++
	}
	for ; depth > 0; depth-- {
		if list, ok := edit.Statements(uses[0].path[depth-1]); ok && !clauses(list) {
			break
		}
	}
	var last ast.Node
	for _, x := range uses {
		if depth == 0 || depth >= len(x.path) {
			return [][]*use{uses}
		}
		if x.path[depth] != last {
			parts = append(parts, nil)
		}
		last = x.path[depth]
		parts[len(parts)-1] = append(parts[len(parts)-1], x)
	}
	return parts
}

// same reports whether the paths of uses go through one node at a depth.
func same(uses []*use, depth int) bool {
	return !slices.ContainsFunc(uses, func(x *use) bool {
		return depth >= len(x.path) || depth >= len(uses[0].path) || x.path[depth] != uses[0].path[depth]
	})
}

// exclusive reports whether of the children of a node at most one runs: the
// body of a switch or select.
func exclusive(n ast.Node) bool {
	body, ok := n.(*ast.BlockStmt)
	return ok && clauses(body.List)
}

// guarding makes the region of uses of a function.
func (n *newGuard) guarding(fn ast.Node, uses []*use) (*guarding, error) {
	at := n.s.At(fn)
	g := &guarding{s: at, pkg: n.pkg, text: n.lock.Name()}
	g.fresh, g.kept = n.variable, !n.fresh
	for _, x := range uses {
		access := n.shared.AccessAt(x.expr)
		g.all = append(g.all, sharing.Unguarded{Access: access, Guard: &sharing.Guard{Lock: n.lock}})
		if sel, ok := x.expr.(*ast.SelectorExpr); ok && n.v.IsField() {
			if g.owner != nil && edit.Spelling(g.owner) != edit.Spelling(sel.X) {
				return nil, fmt.Errorf("%s needs the locks of two objects", n.line(fn))
			}
			g.owner = sel.X
		}
	}
	if n.changed != nil {
		more, err := n.guardEntries(uses)
		if err != nil {
			return nil, err
		}
		g.all, g.leads = inSourceOrder(append(g.all, more...)), true
	}
	g.u = g.all[0]
	root, path, ok := rootOf(n.pkg, g.owner)
	if g.owner != nil && !ok {
		return nil, fmt.Errorf("%s is not reached by a plain path at %s", n.name, n.line(uses[0].id))
	}
	g.lock = facts.Lock{Root: n.lock}
	if g.owner != nil {
		g.lock = facts.Lock{Root: root, Path: path + "." + n.lock.Name()}
	}
	if err := g.region(); err != nil {
		return nil, err
	}
	return g, g.sameLock()
}
