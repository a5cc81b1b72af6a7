package facts

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/models"
)

// TouchesLock reports whether executing a piece of code may take or release a
// lock, or give somebody the means to, and why, as the end of a sentence. It may
// when the code, a function literal in it, or a function of this package that
// it calls mentions the same lock variable or field (of whatever instance), a
// lock behind a pointer or an interface, or calls what nothing is known of.
func (p *Package) TouchesLock(n ast.Node, lock Lock) (because string, ok bool) {
	return p.touching(n, lock, true)
}

// NamesLock is TouchesLock without what is only possible: it reports whether
// code that can be seen uses the lock, or one that may be the same. Calls of
// which nothing is known do not count.
func (p *Package) NamesLock(n ast.Node, lock Lock) (because string, ok bool) {
	return p.touching(n, lock, false)
}

func (p *Package) touching(n ast.Node, lock Lock, unseen bool) (because string, ok bool) {
	class := p.lockVar(lock)
	if class == nil {
		return "the lock has no name of its own", true
	}
	search := touchSearch{p: p, class: class, unseen: unseen, seen: map[*ast.FuncDecl]bool{}}
	t := &touch{mentions: map[*types.Var]bool{}}
	p.touchWalk(t, n)
	because = search.in(t)
	return because, because != ""
}

// MayBeSame reports whether two locks of one function may be one mutex at run
// time: they are the same field, of whatever instances, or nothing is known of
// one of them but that it is a lock.
func (p *Package) MayBeSame(a, b Lock) bool {
	x, y := p.lockVar(a), p.lockVar(b)
	return x == nil || y == nil || x == y || isLock(x.Type()) == lockReference || isLock(y.Type()) == lockReference
}

// A touchSearch looks for a lock in what code does itself, then in each function
// of this package that it calls.
type touchSearch struct {
	p      *Package
	class  *types.Var
	unseen bool // calls that nothing is known of count
	seen   map[*ast.FuncDecl]bool
}

// in returns why code that does t touches the lock, or "".
func (s *touchSearch) in(t *touch) string {
	switch {
	case isLock(s.class.Type()) == lockReference && len(t.mentions) > 0:
		return "uses a lock, which may be the same"
	case t.mentions[s.class]:
		return fmt.Sprintf("uses %s", s.class.Name())
	case t.anyLock != "":
		return t.anyLock
	case s.unseen && t.unseen != "":
		return t.unseen
	}
	if because := s.comingBack(t); because != "" {
		return because
	}
	for _, call := range t.calls {
		decl := s.p.Body(call)
		if s.seen[decl] {
			continue
		}
		s.seen[decl] = true
		if because := s.in(s.p.touchOf(decl)); because != "" {
			return fmt.Sprintf("calls %s, which %s", types.ExprString(call.Fun), because)
		}
	}
	return ""
}

// Calls returns the calls in a piece of code, function literals included, of
// which nothing is known: no model names them and their body is not in this
// package.
func (p *Package) Calls(n ast.Node) []*ast.CallExpr {
	var unknown []*ast.CallExpr
	p.Inspect(n, func(m ast.Node) bool {
		if call, ok := m.(*ast.CallExpr); ok && !p.known(call) {
			unknown = append(unknown, call)
		}
		return true
	})
	return unknown
}

func (p *Package) known(call *ast.CallExpr) bool {
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok || p.IsType(call.Fun) {
		return true
	}
	if _, ok := p.Callee(call).(*types.Builtin); ok {
		return true
	}
	return p.Model(call) != nil || p.Body(call) != nil
}

// A touch is what code itself does to locks.
type touch struct {
	mentions map[*types.Var]bool // lock variables and fields that it names
	anyLock  string              // what it names that may be any lock
	unseen   string              // what it calls that nothing is known of
	calls    []*ast.CallExpr     // of functions of this package
	back     []*ast.FuncDecl     // methods of this package that a call of another's may come back to
}

// lockVar returns the field or variable that is the lock: all instances of a
// struct have the same. A lock that is an element has none.
func (p *Package) lockVar(lock Lock) *types.Var {
	v, ok := lock.Root.(*types.Var)
	if !ok {
		return nil
	}
	t := v.Type()
	for step := range strings.FieldsFuncSeq(lock.Path, func(r rune) bool { return r == '.' || r == '[' }) {
		if strings.HasSuffix(step, "]") {
			v, t = nil, element(t)
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(t, true, p.Types, step)
		if v, ok = obj.(*types.Var); !ok {
			return nil
		}
		t = v.Type()
	}
	if v == nil || isLock(t) == noLock {
		return nil
	}
	return v
}

// element returns what an index leads to, or an invalid type.
func element(t types.Type) types.Type {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return element(u.Elem())
	case *types.Slice:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	case *types.Map:
		return u.Elem()
	}
	return types.Typ[types.Invalid]
}

// touchWalk adds what a piece of code does.
func (p *Package) touchWalk(t *touch, n ast.Node) {
	p.Inspect(n, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.Ident:
			p.mention(t, p.Use(m))
		case *ast.SelectorExpr:
			p.promoted(t, m)
		case *ast.CallExpr:
			p.touchCall(t, m)
		}
		return true
	})
}

// mention notes a lock that the code names.
func (p *Package) mention(t *touch, obj types.Object) {
	v, ok := obj.(*types.Var)
	if !ok {
		return
	}
	switch isLock(v.Type()) {
	case lockValue:
		t.mentions[v] = true
	case lockReference:
		t.anyLock = fmt.Sprintf("uses %s, which may be any lock", v.Name())
	}
}

// promoted notes a lock that is embedded and reached without its name: s.Lock().
func (p *Package) promoted(t *touch, e *ast.SelectorExpr) {
	sel := p.Info.Selections[e]
	if sel == nil {
		return
	}
	if isLock(sel.Recv()) == lockReference {
		t.anyLock = fmt.Sprintf("uses %s, which may be any lock", types.ExprString(e.X))
	}
	typ := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		if ptr, ok := typ.Underlying().(*types.Pointer); ok {
			typ = ptr.Elem()
		}
		strct, ok := typ.Underlying().(*types.Struct)
		if !ok {
			return
		}
		p.mention(t, strct.Field(i))
		typ = strct.Field(i).Type()
	}
}

// touchCall adds what a call does beyond its operands.
func (p *Package) touchCall(t *touch, call *ast.CallExpr) {
	if m := p.Model(call); m != nil {
		if !m.Opaque && p.handsOut(call) || p.runsUnseen(call, m) {
			t.unseen = fmt.Sprintf("calls %s, which may call methods or functions that it is given", types.ExprString(call.Fun))
		}
		t.back = append(t.back, p.comesBackTo(call, m)...)
		return
	}
	if p.Body(call) != nil {
		t.calls = append(t.calls, call)
		return
	}
	if !p.known(call) {
		t.unseen = fmt.Sprintf("calls %s, of which nothing is known", types.ExprString(call.Fun))
	}
}

// runsUnseen reports whether a call runs a function that is not written out in
// its arguments; one that is was walked.
func (p *Package) runsUnseen(call *ast.CallExpr, m *models.Model) bool {
	for _, run := range m.Runs {
		if run.Arg >= len(call.Args) {
			return true
		}
		if _, ok := ast.Unparen(call.Args[run.Arg]).(*ast.FuncLit); !ok && !p.iterator(call.Args[run.Arg]) {
			return true
		}
	}
	return false
}

// iterator reports whether an expression makes an iterator over a map or slice by
// a function of the standard library: maps.Keys(m) reads m while it runs, and does
// nothing else.
func (p *Package) iterator(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := p.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "maps" && fn.Pkg().Path() != "slices" {
		return false
	}
	switch fn.Name() {
	case "All", "Keys", "Values", "Backward", "Chunk":
		return true
	}
	return false
}

// touchOf returns what the body of a function of this package does itself.
func (p *Package) touchOf(decl *ast.FuncDecl) *touch {
	if t, ok := p.touches[decl]; ok {
		return t
	}
	if p.touches == nil {
		p.touches = map[*ast.FuncDecl]*touch{}
	}
	t := &touch{mentions: map[*types.Var]bool{}}
	p.touches[decl] = t
	p.touchWalk(t, decl.Body)
	return t
}

// What a variable is to a lock.
const (
	noLock        = iota
	lockValue     // a sync.Mutex or sync.RWMutex
	lockReference // a pointer to one, a sync.Locker, a *sync.Cond: any lock may be behind it
)

func isLock(t types.Type) int {
	ptr, isPtr := t.Underlying().(*types.Pointer)
	if isPtr {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "sync" {
		return noLock
	}
	switch named.Obj().Name() {
	case "Mutex", "RWMutex":
		if isPtr {
			return lockReference
		}
		return lockValue
	case "Locker", "Cond":
		return lockReference
	}
	return noLock
}
