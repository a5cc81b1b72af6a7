package memory

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// LocalMutex puts the accesses of a captured variable that are in no order under
// a mutex: the one that some of them hold, or a new one beside the variable.
//
//	var out []string               var out []string
//	for … {                        var mu sync.Mutex
//		go func() {            for … {
//			out = append(out, f())     →       go func() {
//		}()                            		v := f()
//	}                              		mu.Lock()
//	                               		out = append(out, v)
//	                               		mu.Unlock()
//
// One goroutine alone does what it did. With many, the writes come one after
// the other, in an order that nobody knew before either. Nothing waits with the
// lock held; that is what a section is.
func LocalMutex(s *edit.Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	if r.v.IsField() {
		return around.Aside("the variable is a field")
	}
	if r.At.Object {
		return fmt.Errorf("%s changes by its methods, and what else they use is not known", r.name)
	}
	if slices.ContainsFunc(r.shared.Unordered(r.Race), func(a *sharing.Access) bool { return a.Returned }) {
		return fmt.Errorf("%s is a named result: a return writes it, and holds no mutex", r.name)
	}
	mutex, err := r.mutex()
	if err != nil {
		return err
	}
	sections, err := r.sections(mutex.obj)
	if err != nil {
		return err
	}
	mutex.declare()
	for _, sec := range sections {
		sec.hold(edit.ExprStmt(edit.Call(edit.Sel(edit.Ident(mutex.name), "Lock"))), edit.ExprStmt(edit.Call(edit.Sel(edit.Ident(mutex.name), "Unlock"))))
	}
	return nil
}

// A guardVar is the local mutex that a rewrite uses.
type guardVar struct {
	name    string
	obj     types.Object // nil where it is new
	declare func()
}

// mutex finds a local mutex that some accesses of the variable hold, or plans a new one.
func (r *racing) mutex() (guardVar, error) {
	for _, a := range r.all {
		held, _ := r.shared.LocksAt(a)
		for _, class := range held {
			v, ok := class.(*types.Var)
			if ok && !v.IsField() && v.Kind() == types.LocalVar && around.IsMutex(v.Type()) {
				return guardVar{v.Name(), v, func() {}}, r.visible(v)
			}
		}
	}
	r.s.Downgrade(rules.Unsafe, "goroutines wait for each other there")
	if mu := r.beside(); mu != nil {
		return guardVar{mu.Name(), mu, func() {}}, nil
	}
	if decl := r.declaration(); decl != nil {
		name := r.s.Fresh("mu", decl)
		return guardVar{name: name, declare: func() { r.s.InsertAfter(r.s.Stmt(decl), r.newMutex(name)) }}, nil
	}
	if body := r.bodyBehind(); body != nil {
		name := r.s.Fresh("mu", body)
		return guardVar{name: name, declare: func() { r.s.InsertFirst(r.s.Node(body), r.newMutex(name)) }}, nil
	}
	return guardVar{}, fmt.Errorf("%s is not declared by a statement of its own", r.name)
}

func (r *racing) newMutex(name string) dst.Stmt {
	spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(name)}, Type: r.s.Qualified("sync", "Mutex")}
	return &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}}
}

// bodyBehind returns the body of the function of which the variable is a parameter or
// a result.
func (r *racing) bodyBehind() (found *ast.BlockStmt) {
	ast.Inspect(r.s.Match.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Type.Pos() <= r.v.Pos() && r.v.Pos() < n.Type.End() {
				found = n.Body
			}
		case *ast.FuncLit:
			if n.Type.Pos() <= r.v.Pos() && r.v.Pos() < n.Type.End() {
				found = n.Body
			}
		}
		return true
	})
	return found
}

// beside returns a local mutex that the goroutine takes for other variables, if
// its name holds at all accesses of this one.
func (r *racing) beside() *types.Var {
	lit := r.goroutine()
	if lit == nil {
		return nil
	}
	for _, acq := range r.pkg.Acquisitions(lit) {
		mu, ok := acq.Lock.Root.(*types.Var)
		if ok && acq.Lock.Path == "" && mu.Kind() == types.LocalVar && around.IsMutex(mu.Type()) && mu.Pos() < lit.Pos() && r.visible(mu) == nil {
			return mu
		}
	}
	return nil
}

// visible refuses where the name of a mutex means something else at an access that is in no order
// with others.
func (r *racing) visible(mutex *types.Var) error {
	if again := r.madeAgain(mutex); again != nil {
		return fmt.Errorf("%s is another mutex each time that line %d comes to it, and %s is the same variable", mutex.Name(), r.line(again), r.name)
	}
	for _, a := range r.shared.Unordered(r.Race) {
		scope := r.pkg.Types.Scope().Innermost(a.Expr.Pos())
		if scope == nil {
			return errors.New("internal: no scope around an access")
		}
		if _, found := scope.LookupParent(mutex.Name(), a.Expr.Pos()); found != mutex {
			return fmt.Errorf("%s means something else at line %d", mutex.Name(), r.line(a.Expr))
		}
	}
	return nil
}

// madeAgain returns a loop or function literal in which a mutex is declared, and the variable is
// not: each turn or call has a mutex of its own, and one variable for all.
func (r *racing) madeAgain(mutex *types.Var) (again ast.Node) {
	ast.Inspect(r.s.Match.Decl, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit:
			if again == nil && n.Pos() <= mutex.Pos() && mutex.Pos() < n.End() && (r.v.Pos() < n.Pos() || n.End() <= r.v.Pos()) {
				again = n
			}
		}
		return again == nil
	})
	return again
}

// declaration returns the statement of a list that declares the variable.
func (r *racing) declaration() ast.Stmt {
	var found ast.Stmt
	ast.Inspect(r.s.Match.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Pos() <= r.v.Pos() && r.v.Pos() < n.End() && slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { return e.Pos() == r.v.Pos() }) {
				found = n
			}
		case *ast.DeclStmt:
			if n.Pos() <= r.v.Pos() && r.v.Pos() < n.End() {
				found = n
			}
		}
		return true
	})
	if found == nil {
		return nil
	}
	if _, ok := r.s.ListAround(found); !ok {
		return nil
	}
	return found
}

// sections returns the sections of the accesses that need one: those that are in
// no order, and do not hold the mutex already.
func (r *racing) sections(mutex types.Object) (all []*section, err error) {
	seen := map[ast.Stmt]bool{}
	for _, a := range r.shared.Unordered(r.Race) {
		held, _ := r.shared.LocksAt(a)
		if mutex != nil && slices.Contains(held, mutex) {
			continue
		}
		if err := r.actsAlone(a); err != nil {
			return nil, err
		}
		sec, err := sectionAround(r.s, a.Expr)
		if err != nil {
			return nil, err
		}
		if err := sec.typed(); err != nil {
			return nil, err
		}
		if sec.computesWith(a.Expr) {
			return nil, fmt.Errorf("line %d computes with %s what may wait: that is done before the lock is taken", r.line(a.Expr), r.name)
		}
		if because := r.panicsIn(sec, a); because != "" {
			r.s.Downgrade(rules.Unsafe, because)
		}
		if !seen[sec.stmt] {
			seen[sec.stmt] = true
			all = append(all, sec)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no access needs the lock")
	}
	return together(outermost(all)), nil
}

// together makes one of sections between which nothing stands.
func together(all []*section) (some []*section) {
	slices.SortFunc(all, func(a, b *section) int { return cmp.Compare(a.stmt.Pos(), b.stmt.Pos()) })
	for _, sec := range all {
		if len(some) > 0 && len(sec.hoist) == 0 && some[len(some)-1].comesTo(sec.stmt) {
			some[len(some)-1].last = sec.stmt
			continue
		}
		some = append(some, sec)
	}
	return some
}

// panicsIn says why a section may panic, and somebody recover: in a goroutine that defers
// something else than its Done, or in the function that starts it.
//
//	defer func() { recover() }()
//	mu.Lock()
//	total /= n
//	mu.Unlock()
func (r *racing) panicsIn(sec *section, a *sharing.Access) (because string) {
	lit := a.Goroutine()
	if lit != nil && !r.defersMore(lit) {
		return ""
	}
	checked := checkedIn(r.pkg, r.s.Match.Decl)
	ast.Inspect(sec.stmt, func(n ast.Node) bool {
		if e := frailIn(r.pkg, n, checked); e != nil && because == "" {
			because = fmt.Sprintf("%s at line %d may panic, and whoever recovers would go on with the lock held", edit.ExprText(e), r.line(e))
		}
		return because == ""
	})
	return because
}

// defersMore reports whether a goroutine defers a function, which may recover.
func (r *racing) defersMore(lit *ast.FuncLit) (found bool) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			_, builtin := r.pkg.Callee(d.Call).(*types.Builtin)
			fn, named := r.pkg.Callee(d.Call).(*types.Func)
			found = found || !builtin && !(named && fn.Pkg() != nil && fn.Pkg().Path() == "sync")
		}
		return !found
	})
	return found
}

// outermost leaves out sections that stand in others.
func outermost(all []*section) (some []*section) {
	for _, sec := range all {
		if !slices.ContainsFunc(all, func(other *section) bool { return other != sec && edit.StandsIn(sec.stmt, other.stmt) }) {
			some = append(some, sec)
		}
	}
	return some
}

// actsAlone refuses a read on whose answer the same goroutine writes in another
// statement: a lock around each of them would not make one step of both.
func (r *racing) actsAlone(a *sharing.Access) error {
	if a.Write {
		return nil
	}
	for _, b := range r.all {
		if b.Write && b.Func == a.Func && b.Expr.Pos() > a.Expr.Pos() && !sameStatement(r.s, a.Expr, b.Expr) {
			return fmt.Errorf("the write of %s at line %d may rest on what line %d reads: each under a lock of its own is not one step", r.name, r.line(b.Expr), r.line(a.Expr))
		}
	}
	return nil
}

// sameStatement reports whether two nodes stand in one simple statement.
func sameStatement(s *edit.Site, a, b ast.Node) bool {
	for _, n := range slices.Backward(s.PathTo(a)) {
		if stmt, ok := n.(ast.Stmt); ok {
			return edit.StandsIn(b, stmt)
		}
	}
	return false
}
