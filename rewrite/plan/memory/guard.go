package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/dave/dst"
	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/pattern"
)

// Guard holds the lock that guards a variable around the accesses of a function
// that do without:
//
//	                              s.mu.Lock()
//	s.items[key] = n     →        s.items[key] = n
//	                              s.mu.Unlock()
//
// All unguarded accesses of the function that need this lock come under one
// section, so that what is read stays true until it is acted on. One goroutine
// alone does what it did: nothing in the section waits, calls what is not known,
// or uses a lock; and no caller of the function holds one, so that no new order
// of locks comes. It would not be preserved if a caller that is not seen held the
// guard: where the package calls out with the guard held, or waits with it, the fix is
// unsafe.
func Guard(s *edit.Site) error {
	g, err := guardingOf(s)
	if err != nil {
		return err
	}
	forms := []form{(*guarding).inSection, (*guarding).aroundTest, (*guarding).earlier, (*guarding).inHead, (*guarding).deferred, (*guarding).returned, (*guarding).cloned, (*guarding).loaded, (*guarding).taken, (*guarding).ahead}
	copies, err := g.returnsCopies(sharing.Of(g.pkg))
	if err != nil {
		return err
	}
	if len(copies) > 0 {
		forms = []form{(*guarding).deferred}
	} else if edit, err := g.beforeUnlock(); err == nil {
		edit()
		return nil
	}
	edit, err := g.plan(forms...)
	if err != nil {
		return err
	}
	edit()
	for _, edit := range copies {
		edit()
	}
	return nil
}

// A form is a way to hold the lock around a region: it returns the edit.
type form func(*guarding) (edit func(), err error)

// plan returns the edit of the first form that fits, or why the first does not.
func (g *guarding) plan(forms ...form) (edit func(), err error) {
	for _, form := range forms {
		edit, formErr := form(g)
		if formErr == nil {
			return edit, nil
		}
		if _, mistaken := errors.AsType[mistakeStays](formErr); err == nil || mistaken {
			err = formErr
		}
	}
	return nil, err
}

// A guarding is the region of a function that is to hold a guard.
type guarding struct {
	s        *edit.Site
	pkg      *facts.Package
	u        sharing.Unguarded
	all      []sharing.Unguarded // accesses of the function that need the guard
	behind   []ast.Expr          // uses of entries that these look up, which need it too
	siblings []ast.Expr          // uses of what the region would guard in part
	owner    ast.Expr            // what the lock is a field of; nil for a package variable
	lock     facts.Lock
	text     string     // the lock as the function names it
	read     bool       // a read lock is enough
	list     []ast.Stmt // in which the region stands
	around   ast.Node   // the block or clause of the list
	fresh    *variable  // of which all uses are to hold the lock; nil where they are to already
	kept     bool       // the lock is there, whatever fresh is
	gone     []ast.Expr // what ahead has evaluated before the lock is taken
	leads    bool       // what is read leads to memory that needs the lock too
	from     int        // the region is list[from:to+1]
	to       int
}

func guardingOf(s *edit.Site) (*guarding, error) {
	pkg := s.Match.Pkg
	shared := sharing.Of(pkg)
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return nil, errors.New("internal: the match names no variable")
	}
	u, ok := shared.UnguardedAt(at)
	if !ok {
		return nil, errors.New("internal: the match names no unguarded access")
	}
	if u.Under {
		return nil, errors.New("another lock is held here: to take the guard too would be a new order of locks")
	}
	if start := shared.StartedUnder(u); start != nil {
		return nil, fmt.Errorf("line %d starts the goroutine with %s held, and the function may wait for it", around.Line(s, start), shared.GuardText(u))
	}
	for _, other := range shared.UnguardedWith(u) {
		if other.From != nil {
			return nil, fmt.Errorf("the entry at line %d was looked up under %s, which is released since: what is needed of it has to be read there", around.Line(s, other.Expr), shared.GuardText(u))
		}
		if other.Gone {
			return nil, fmt.Errorf("line %d sets %s to nil under %s: to hold the lock is not enough, the function has to look whether it is still there", around.Line(s, other.With.Expr), types.ExprString(other.Expr), shared.GuardText(u))
		}
		if other.Call != nil {
			return nil, fmt.Errorf("other callers of the function hold %s: it is the call at line %d that should", shared.GuardText(u), around.Line(s, other.Call))
		}
	}
	g := &guarding{s: s, pkg: pkg, u: u, all: shared.UnguardedWith(u), text: shared.GuardText(u)}
	g.owner, _ = shared.GuardOwner(u)
	for _, u := range g.all {
		g.behind = append(append(g.behind, shared.EntryUses(u)...), shared.ReferenceUses(u)...)
	}
	if err := g.leavesRegion(); err != nil {
		return nil, err
	}
	if err := g.name(shared); err != nil {
		return nil, err
	}
	if err := g.region(); err != nil {
		return nil, err
	}
	if err := g.withSiblings(shared); err != nil {
		return nil, err
	}
	if err := g.sameLock(); err != nil {
		return nil, err
	}
	if err := g.judge(shared); err != nil {
		return nil, err
	}
	return g, nil
}

// judge looks at what is outside the region: who has what is guarded behind it, who calls the
// function, and what the rest of the package does with the lock held.
func (g *guarding) judge(shared *sharing.Facts) error {
	if e := g.addressed(); e != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s at line %d may lead to what %s guards, and is used behind the unlock", edit.ExprText(e), g.line(e), g.text))
	}
	if e := g.getsOut(shared); e != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s itself is kept at line %d: who has it holds no lock", edit.ExprText(e), g.line(e)))
	}
	if e, write := g.handedOut(shared); write != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("callers read what %s leads to without the lock, and line %d changes it", edit.ExprText(e), g.line(write)))
	}
	if call := shared.CalledUnder(g.u.Func, g.u.Guard.Lock); call != nil {
		at := g.pkg.Fset.Position(call.Pos())
		return fmt.Errorf("%s calls it at line %d with %s held", filepath.Base(at.Filename), at.Line, g.text)
	}
	if write := shared.ReplacedOn(g.owner); write != nil {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d puts another object there: the unlock may be of its lock", g.line(write)))
	}
	for _, err := range []error{g.releasedWell(), g.untried()} {
		if err != nil {
			return err
		}
	}
	around.NoteElsewhere(g.s, g.u.Func, "Lock", "RLock")
	g.outsiders(shared)
	if shared.ReadsPast(g.u) {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("under the lock the function has taken a copy of %s: if that was meant here, the race goes and the mistake stays", edit.ExprText(g.u.Expr)))
	}
	return nil
}

// name finds out which lock it is, and in which mode it must be taken.
func (g *guarding) name(shared *sharing.Facts) error {
	mutex, ok := g.u.Guard.Lock.(*types.Var)
	if !ok {
		return fmt.Errorf("%s is not a plain sync.Mutex or sync.RWMutex", g.text)
	}
	if file := around.DeclaredApart(g.s, mutex); file != "" {
		return fmt.Errorf("%s, which is not built here, declares what %s belongs to, too: it may not be there", filepath.Base(file), g.text)
	}
	kind, err := g.kindOf(mutex)
	if err != nil {
		return err
	}
	g.read = kind == "RWMutex"
	for _, u := range g.all {
		owner, _ := shared.GuardOwner(u)
		if (owner == nil) != (g.owner == nil) || owner != nil && !pattern.Same(owner, g.owner, g.pkg.Info) {
			return fmt.Errorf("line %d needs the lock of another object", g.line(u.Expr))
		}
		g.read = g.read && !u.Write && !g.writesThrough(u.Expr)
	}
	g.read = g.read && !slices.ContainsFunc(g.behind, func(e ast.Expr) bool { return g.writesBehind(shared, e) })
	root, path, ok := rootOf(g.pkg, g.owner)
	if g.owner != nil && !ok {
		return fmt.Errorf("%s is not reached by a plain path", g.text)
	}
	if g.owner == nil {
		g.lock = facts.Lock{Root: mutex}
		return nil
	}
	g.lock = facts.Lock{Root: root, Path: path + "." + mutex.Name()}
	return nil
}

// kindOf returns the name of a mutex's type. Behind a pointer it may be missing, or another's too.
func (g *guarding) kindOf(mutex *types.Var) (string, error) {
	typ := types.Unalias(mutex.Type())
	pointer, ok := typ.(*types.Pointer)
	if ok {
		typ = types.Unalias(pointer.Elem())
	}
	if !around.IsMutex(typ) {
		return "", fmt.Errorf("%s is not a plain sync.Mutex or sync.RWMutex", g.text)
	}
	if ok {
		if st := g.assigned(mutex); st != nil {
			return "", fmt.Errorf("line %d puts another lock into %s", g.line(st), g.text)
		}
		g.s.Downgrade(rules.Unsafe, g.text+" is a pointer: where it is nil Lock panics, and another object may share it")
	}
	return typ.(*types.Named).Obj().Name(), nil
}

// assigned returns a statement of the package that gives a variable a new value.
func (g *guarding) assigned(v *types.Var) (found ast.Node) {
	for _, file := range g.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			st, ok := n.(*ast.AssignStmt)
			for i := 0; ok && found == nil && i < len(st.Lhs); i++ {
				switch lhs := ast.Unparen(st.Lhs[i]).(type) {
				case *ast.Ident:
					if sameVar(g.pkg.Use(lhs), v) {
						found = st
					}
				case *ast.SelectorExpr:
					if sameVar(g.pkg.Use(lhs.Sel), v) {
						found = st
					}
				}
			}
			return found == nil
		})
	}
	return found
}

// writesBehind reports whether a use of an entry, or of what was looked up, may write it.
//
//	u.hits++
//	delete(byName, name)
func (g *guarding) writesBehind(shared *sharing.Facts, e ast.Expr) bool {
	if access := shared.AccessAt(e); access != nil && access.Write || g.writesThrough(e) {
		return true
	}
	path := g.s.PathTo(e)
	c, ok := path[len(path)-1].(*ast.CallExpr)
	if !ok {
		return false
	}
	b, ok := g.pkg.Callee(c).(*types.Builtin)
	return !ok || b.Name() != "len" && b.Name() != "cap"
}

// rootOf returns the variable that an expression selects from, and the fields
// that it selects.
func rootOf(pkg *facts.Package, e ast.Expr) (root *types.Var, path string, ok bool) {
	switch e := e.(type) {
	case *ast.Ident:
		root, ok = pkg.ObjectOf(e).(*types.Var)
		return root, "", ok
	case *ast.SelectorExpr:
		root, path, ok = rootOf(pkg, e.X)
		return root, path + "." + e.Sel.Name, ok && pkg.Info.Selections[e] != nil
	}
	return nil, "", false
}

// region finds the shortest run of statements of one list around all accesses.
func (g *guarding) region() error {
	places := g.places()
	path := g.s.PathTo(places[0])
	for depth := len(path) - 1; depth >= 0; depth-- {
		list, ok := edit.Statements(path[depth])
		if _, literal := path[depth].(*ast.FuncLit); literal && path[depth] != g.u.Func {
			break
		}
		if !ok || clauses(list) || !covers(path[depth], places) {
			continue
		}
		g.list, g.around = list, path[depth]
		g.from = slices.IndexFunc(list, func(st ast.Stmt) bool { return edit.StandsIn(places[0], st) })
		g.to = slices.IndexFunc(list, func(st ast.Stmt) bool { return edit.StandsIn(places[len(places)-1], st) })
		if g.from >= 0 && g.to >= 0 {
			return nil
		}
	}
	return errors.New("the accesses stand in no list of statements")
}

// clauses reports whether a list is the body of a switch or select: nothing can
// stand between its clauses.
func clauses(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch list[0].(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// places are all that is to stand under the lock, in source order.
func (g *guarding) places() []ast.Expr {
	all := slices.Concat(g.behind, g.siblings)
	for _, u := range g.all {
		all = append(all, u.Expr)
	}
	slices.SortFunc(all, func(a, b ast.Expr) int { return int(a.Pos() - b.Pos()) })
	return all
}

// alone refuses where entries are used behind the look.
func (g *guarding) alone() error {
	if len(g.behind) > 0 {
		return fmt.Errorf("line %d uses the entry, which others change under %s", g.line(g.behind[0]), g.text)
	}
	return nil
}

// covers reports whether a node holds all places.
func covers(n ast.Node, places []ast.Expr) bool {
	return !slices.ContainsFunc(places, func(e ast.Expr) bool { return !edit.StandsIn(e, n) })
}

func (g *guarding) line(n ast.Node) int { return g.pkg.Fset.Position(n.Pos()).Line }

// harmless refuses code that must not run with the lock held.
func (g *guarding) harmless(n ast.Node) error {
	if because := g.touches(n); because != "" {
		return fmt.Errorf("line %d %s", g.line(n), because)
	}
	if because, yes := g.pkg.Waits(n); yes {
		return fmt.Errorf("line %d %s: the lock would be held meanwhile", g.line(n), because)
	}
	if loop := sharing.Of(g.pkg).SpinIn(n); loop != nil {
		return fmt.Errorf("line %d spins until others are done: the lock would be held meanwhile", g.line(loop))
	}
	var other *ast.SelectorExpr
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && other == nil && isLockSelector(g.pkg, sel) {
			other = sel
		}
		return other == nil
	})
	if other != nil {
		return fmt.Errorf("line %d uses the lock %s: that would be a new order of locks", g.line(other), edit.ExprText(other.X))
	}
	return nil
}

// touches says why code may take the lock, or "".
func (g *guarding) touches(n ast.Node) string {
	if g.fresh == nil || g.kept {
		if because, _ := g.pkg.TouchesLock(n, g.lock); because != "" || g.fresh == nil {
			return because
		}
	}
	for _, x := range g.fresh.uses {
		if edit.StandsIn(x.id, n) && x.fn != g.u.Func {
			return fmt.Sprintf("holds a function literal that uses %s", g.fresh.name)
		}
	}
	return g.fresh.touches(n, map[*ast.FuncDecl]bool{})
}

func isLockSelector(pkg *facts.Package, sel *ast.SelectorExpr) bool {
	fn, ok := pkg.Use(sel.Sel).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync" && (fn.Name() == "Lock" || fn.Name() == "RLock")
}

// leaves refuses statements by which control leaves the region, or enters it.
func (g *guarding) leaves(n ast.Node) error {
	var err error
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.LabeledStmt, *ast.DeferStmt:
			err = fmt.Errorf("control may leave at line %d, with the lock held", g.line(n))
		case *ast.CallExpr:
			if g.pkg.NoReturn(n) {
				err = fmt.Errorf("control may leave at line %d, with the lock held", g.line(n))
			}
		}
		return err == nil
	})
	return err
}

func (g *guarding) call(method string) *dst.CallExpr {
	if g.owner == nil {
		return edit.Call(edit.Sel(edit.Ident(g.text), method))
	}
	lock := g.s.Copy(g.owner)
	if v := g.u.Guard.Lock.(*types.Var); !v.Embedded() {
		lock = edit.Sel(lock, v.Name())
	}
	return edit.Call(edit.Sel(lock, method))
}

func (g *guarding) take() dst.Stmt {
	if g.read {
		return edit.ExprStmt(g.call("RLock"))
	}
	return edit.ExprStmt(g.call("Lock"))
}

func (g *guarding) giveBack() *dst.CallExpr {
	if g.read {
		return g.call("RUnlock")
	}
	return g.call("Unlock")
}
