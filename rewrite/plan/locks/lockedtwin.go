package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// LockedTwin gives a method that takes a lock a twin for callers that hold it,
// and calls that where the lock is held:
//
//	func (s *Store) Reset() {            func (s *Store) Reset() {
//		s.mu.Lock()                          s.mu.Lock()
//		defer s.mu.Unlock()                  defer s.mu.Unlock()
//		s.put("", 0)                         s.putLocked("", 0)
//	}                                    }
//
//	func (s *Store) put(k string, n int) {   func (s *Store) put(k string, n int) {
//		s.mu.Lock()                  →           s.mu.Lock()
//		defer s.mu.Unlock()                      defer s.mu.Unlock()
//		s.items[k] = n                           s.putLocked(k, n)
//	}                                        }
//
//	                                         // putLocked is put for callers that hold s.mu.
//	                                         func (s *Store) putLocked(k string, n int) {
//	                                             s.items[k] = n
//	                                         }
//
// The method itself does what it did: it keeps its name, its signature and the
// lock, and what it defers runs before its unlock, as before; so callers without
// the lock, interfaces and method values notice nothing. The caller with the
// lock could not get past the call; where both take it to read, it could, but the
// second read lock kept nobody out whom the first does not. It refuses where the lock is not all of a
// frame around the body (taken later, released early, dropped in between), where
// the method recovers what the function panics with that defers it (the twin is
// called by the method, and recovers nothing), where the caller holds it to read and
// the method writes, where the caller loses the lock behind the call, and where the twin's name is taken. It is unsafe where the
// method lets others in between, by a helper or a Cond: its caller did not expect it; and
// where the two name the lock in different ways, as an item does that leads back to its
// owner: that it is always this owner's is then a matter of how they are linked.
func LockedTwin(s *edit.Site) error {
	t, err := twinOf(s)
	if err != nil {
		return err
	}
	if err := t.keptBehind(); err != nil {
		return err
	}
	t.noteWay()
	if name, ok := t.forwards(); ok {
		t.redirect(name)
		return nil
	}
	for _, check := range []func() error{t.framed, t.ownFrame, t.passable, t.notItself, t.nameFree} {
		if err := check(); err != nil {
			return err
		}
	}
	t.noteDrops()
	t.split()
	t.redirect(t.name)
	return nil
}

// A twin is a method that takes a lock which its caller holds.
type twin struct {
	s      *edit.Site
	caller *holding
	callee *holding // what the method takes
	decl   *ast.FuncDecl
	fun    *ast.SelectorExpr // of the call
	frame  int               // statements of the body that take the lock and defer its release
	recv   *ast.Ident
	name   string // of the twin
}

func twinOf(s *edit.Site) (*twin, error) {
	caller, err := heldBy(s)
	if err != nil {
		return nil, err
	}
	call, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return nil, errors.New("internal: the match names no call")
	}
	t := &twin{s: s, caller: caller}
	t.fun, _ = ast.Unparen(call.Fun).(*ast.SelectorExpr)
	t.decl = caller.pkg.Body(call)
	if t.fun == nil || t.decl == nil || t.decl.Recv == nil {
		return nil, errors.New("what takes the lock is not a method of this package that is called by its name")
	}
	if s.Node(t.decl) == nil {
		return nil, fmt.Errorf("%s stands in another file: it would have to be split there", t.decl.Name.Name)
	}
	if t.decl == s.Match.Decl {
		return nil, fmt.Errorf("%s calls itself", t.decl.Name.Name)
	}
	if t.recv = around.ReceiverName(t.decl); t.recv == nil {
		return nil, fmt.Errorf("the receiver of %s has no name", t.decl.Name.Name)
	}
	if around.CopiesLock(caller.pkg.Def(t.recv).Type()) {
		return nil, fmt.Errorf("%s gets a copy of %s, and of the lock in it", t.decl.Name.Name, t.recv.Name)
	}
	t.name = twinName(t.decl.Name.Name)
	return t, t.findFrame()
}

// noteWay holds the name of the lock in the method against that in the caller.
func (t *twin) noteWay() {
	inside, ok := strings.CutPrefix(t.callee.text(), t.recv.Name)
	if there := edit.Spelling(t.fun.X) + inside; !ok || there != t.caller.text() {
		t.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s takes what it knows as %s: that this is %s rests on how they are linked", t.decl.Name.Name, t.callee.text(), t.caller.text()))
	}
}

// twinName is the method's name with Locked behind it, not exported: who holds
// the lock is in the package. An initialism stays one: jsonLocked, jwtBundleLocked.
func twinName(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsUpper(r) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes) + "Locked"
}

// findFrame finds the Lock that the method begins with.
func (t *twin) findFrame() error {
	body := t.decl.Body.List
	for _, acq := range t.caller.pkg.Acquisitions(t.decl) {
		h, err := newHolding(t.s, acq)
		if err != nil || len(body) == 0 || h.stmt() == nil || ast.Stmt(h.stmt()) != body[0] || acq.Lock.Path != t.caller.Lock.Path && !t.sameField(h) {
			continue
		}
		t.callee = h
	}
	if t.callee == nil {
		return fmt.Errorf("%s does not begin with the Lock", t.decl.Name.Name)
	}
	if t.caller.Read && !t.callee.Read {
		return fmt.Errorf("the lock is held to read, and %s writes", t.decl.Name.Name)
	}
	return nil
}

// sameField reports whether the method's lock is of the same field as the
// caller's, as where one reaches it through the other's struct.
func (t *twin) sameField(h *holding) bool { return t.caller.pkg.MayBeSame(h.Lock, t.caller.Lock) }

// framed: the lock is held from the first statement to every way out, and the
// body between does not touch it.
func (t *twin) framed() error {
	h := t.callee
	if len(h.Lost) > 0 || len(h.Releases) == 0 {
		return fmt.Errorf("%s does not release the lock on every way out", t.decl.Name.Name)
	}
	for _, check := range []func() error{h.onceOnly, h.plainReleases, h.inNoLiteral, h.ways} {
		if err := check(); err != nil {
			return err
		}
	}
	t.frame = 1
	if len(h.Deferred) == 0 {
		return t.explicit()
	}
	if len(t.decl.Body.List) < 2 || t.decl.Body.List[1] != ast.Stmt(h.Deferred[0]) || len(h.Releases) > 1 {
		return fmt.Errorf("%s does more to release the lock than to defer its unlock", t.decl.Name.Name)
	}
	t.frame = 2
	return nil
}

// explicit: one unlock at the very end, of a method without results.
func (t *twin) explicit() error {
	body := t.decl.Body.List
	last, ok := body[len(body)-1].(*ast.ExprStmt)
	if !ok || len(t.callee.Releases) != 1 || last.X != ast.Expr(t.callee.Releases[0]) || t.decl.Type.Results != nil || len(body) < 3 {
		return fmt.Errorf("%s unlocks on several ways: the body between cannot be cut out", t.decl.Name.Name)
	}
	return nil
}

// passable: the method can pass all its parameters on.
func (t *twin) passable() error {
	for _, field := range t.decl.Type.Params.List {
		if len(field.Names) == 0 {
			return fmt.Errorf("a parameter of %s has no name", t.decl.Name.Name)
		}
		for _, name := range field.Names {
			if name.Name == "_" {
				return fmt.Errorf("a parameter of %s has no name", t.decl.Name.Name)
			}
		}
	}
	return nil
}

// nameFree: neither the type nor what the caller calls the method on, which may
// embed it, has a field or method of the twin's name.
func (t *twin) nameFree() error {
	info := t.caller.pkg.Info
	for _, typ := range []types.Type{info.Defs[t.recv].Type(), info.TypeOf(t.fun.X)} {
		if obj, _, _ := types.LookupFieldOrMethod(typ, true, t.caller.pkg.Types, t.name); obj != nil {
			return fmt.Errorf("there is a %s already", t.name)
		}
	}
	if at := t.hides(); at != nil {
		return fmt.Errorf("a new %s would be another method for line %d", t.name, t.caller.pkg.Fset.Position(at.Pos()).Line)
	}
	if file := t.s.Pkg.NamedElsewhere(t.name); file != "" {
		return fmt.Errorf("%s, which is not built here, has a %s too", filepath.Base(file), t.name)
	}
	return nil
}

// forwards reports whether the method is nothing but a frame around a call of
// its twin, and returns the twin's name.
func (t *twin) forwards() (name string, ok bool) {
	body := t.decl.Body.List
	if len(body) != 3 || len(t.callee.Deferred) != 1 || body[1] != ast.Stmt(t.callee.Deferred[0]) {
		return "", false
	}
	var e ast.Expr
	switch last := body[2].(type) {
	case *ast.ExprStmt:
		e = last.X
	case *ast.ReturnStmt:
		if len(last.Results) == 1 {
			e = last.Results[0]
		}
	}
	call, isCall := e.(*ast.CallExpr)
	if !isCall || !t.passesAll(call) {
		return "", false
	}
	fun, isSel := call.Fun.(*ast.SelectorExpr)
	if !isSel || edit.Spelling(fun.X) != t.recv.Name || t.caller.pkg.Body(call) == nil || !t.sameTypes(fun) {
		return "", false
	}
	_, touches := t.caller.pkg.NamesLock(t.caller.pkg.Body(call).Body, t.callee.Lock)
	return fun.Sel.Name, !touches && t.means(fun.Sel)
}

// means reports whether the caller gets the same method by that name from what it calls: a
// struct around it may have a field or method of that name.
func (t *twin) means(name *ast.Ident) bool {
	info := t.caller.pkg.Info
	obj, _, _ := types.LookupFieldOrMethod(info.TypeOf(t.fun.X), true, t.caller.pkg.Types, name.Name)
	found, ok := obj.(*types.Func)
	twin, isFunc := info.Uses[name].(*types.Func)
	return ok && isFunc && found.Origin() == twin.Origin()
}

// passesAll reports whether a call has the method's own parameters as arguments.
func (t *twin) passesAll(call *ast.CallExpr) bool {
	var names []string
	for _, field := range t.decl.Type.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	if len(names) != len(call.Args) {
		return false
	}
	for i, arg := range call.Args {
		if edit.Spelling(arg) != names[i] {
			return false
		}
	}
	return true
}

// sameTypes reports whether the twin takes and returns what the method does: a result
// that the method makes an interface of is another value without it.
func (t *twin) sameTypes(fun *ast.SelectorExpr) bool {
	info := t.caller.pkg.Info
	return types.Identical(info.TypeOf(fun), info.Defs[t.decl.Name].Type())
}

// redirect makes the caller call the twin.
func (t *twin) redirect(name string) {
	if fun, ok := t.s.Expr(t.fun).(*dst.SelectorExpr); ok {
		fun.Sel.Name = name
	}
}

// split moves the body into the twin, and calls that from within the frame.
func (t *twin) split() {
	old := t.s.Node(t.decl).(*dst.FuncDecl)
	fresh := &dst.FuncDecl{Recv: edit.Bare(old.Recv), Name: edit.Ident(t.name), Type: edit.Bare(old.Type), Body: old.Body}
	frame := append([]dst.Stmt(nil), old.Body.List[:t.frame]...)
	rest := old.Body.List[t.frame:]
	pass := t.passOn()
	var after []dst.Stmt
	if t.frame == 1 {
		after, rest = rest[len(rest)-1:], rest[:len(rest)-1]
	}
	fresh.Body.List = rest
	if len(rest) > 0 {
		rest[0].Decorations().Before = dst.NewLine
		rest[len(rest)-1].Decorations().After = dst.NewLine
	}
	old.Body = edit.Block(append(append(frame, pass), after...)...)
	fresh.Decs.Before, fresh.Decs.After = dst.EmptyLine, dst.EmptyLine
	fresh.Decs.Start = dst.Decorations{fmt.Sprintf("// %s is %s for callers that hold %s.", t.name, t.decl.Name.Name, t.callee.text())}
	same, hanging := edit.SplitEnd(old.Decs.End)
	old.Decs.End, fresh.Decs.End = same, hanging
	for i, d := range t.s.File.Decls {
		if d == dst.Decl(old) {
			t.s.File.Decls = append(t.s.File.Decls[:i+1], append([]dst.Decl{fresh}, t.s.File.Decls[i+1:]...)...)
			break
		}
	}
}

// passOn builds the call of the twin with the method's own parameters.
func (t *twin) passOn() dst.Stmt {
	c := edit.Call(edit.Sel(edit.Ident(t.recv.Name), t.name))
	for _, field := range t.decl.Type.Params.List {
		for _, name := range field.Names {
			c.Args = append(c.Args, edit.Ident(name.Name))
		}
		_, spread := field.Type.(*ast.Ellipsis)
		c.Ellipsis = c.Ellipsis || spread
	}
	if t.decl.Type.Results != nil {
		return edit.ReturnStmt(c)
	}
	return edit.ExprStmt(c)
}
