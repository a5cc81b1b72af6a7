package waits

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A passing is a channel or WaitGroup that a go statement hands to a function of
// the package: what the function does with its parameter is done with that.
type passing struct {
	class *class
	by    *op // the call, where it stands, and what is handed over
	call  *ast.CallExpr
	to    *ast.FuncDecl
	param *types.Var
}

// passed notes that a goroutine gets the channel as an argument of its function.
func (m *mention) passed(call *ast.CallExpr, arg ast.Expr) bool {
	decl := m.f.pkg.Body(call)
	i := slices.Index(call.Args, arg)
	if decl == nil || i < 0 {
		return false
	}
	fn, ok := m.f.pkg.Def(decl.Name).(*types.Func)
	if !ok || fn.Signature().Variadic() || i >= fn.Signature().Params().Len() {
		return false
	}
	stack := m.stack[:slices.Index(m.stack, ast.Node(call))]
	by := &op{node: call, class: m.class, stack: slices.Clone(stack), test: m.test}
	if by.root = m.f.outermost(stack); by.root == nil {
		return false
	}
	if by.at, ok = m.f.place(by.root, m.expr); !ok {
		return false
	}
	by.place()
	if start, ok := stack[len(stack)-1].(*ast.GoStmt); ok {
		by.start = start
	}
	if by.start == nil || by.deferred {
		return false
	}
	m.f.passings = append(m.f.passings, passing{m.class, by, call, decl, fn.Signature().Params().At(i)})
	return true
}

// follow gives the classes the operations on the parameters that their channels
// are handed over for.
func (f *Facts) follow() {
	f.unname()
	for _, p := range f.passings {
		p.class.unknown = p.class.unknown || p.class.parameter // handed on once more
	}
	for _, p := range f.passings {
		c := f.class(p.param)
		if c.unknown {
			p.class.unknown = true
			continue
		}
		for _, o := range c.ops {
			there := *o
			there.class, there.at, there.root, there.start, there.passed = p.class, p.by.at, p.by.root, p.by.start, &p
			p.class.ops = append(p.class.ops, &there)
		}
	}
	for _, c := range f.classes {
		c.unknown = c.unknown || c.parameter
	}
}

// names returns in which function the names stand that an operation uses.
func (p *op) names() ast.Node {
	if p.passed != nil {
		return p.passed.to
	}
	return p.root
}

// here returns a lock of the function around a go statement as the function has
// it that the goroutine runs.
func (f *Facts) here(p *op, lock facts.Lock) (facts.Lock, bool) {
	if p.passed == nil || global(lock) {
		return lock, true
	}
	names := f.namesIn(p.root)
	sig := f.pkg.Def(p.passed.to.Name).Type().(*types.Signature)
	if at, ok := names.Receiver(p.passed.call); ok && sig.Recv() != nil {
		if own, ok := under(lock, at, sig.Recv()); ok {
			return own, !f.reassigned(p.passed.to, sig.Recv())
		}
	}
	for i, arg := range p.passed.call.Args {
		at, ok := names.Place(arg)
		if !ok || i >= sig.Params().Len() {
			continue
		}
		if own, ok := under(lock, at, sig.Params().At(i)); ok && isPointer(sig.Params().At(i)) {
			return own, !f.reassigned(p.passed.to, sig.Params().At(i))
		}
	}
	return facts.Lock{}, false
}

// under renames a lock that is reached through a place to start from a parameter.
func under(lock, at facts.Lock, param *types.Var) (facts.Lock, bool) {
	rest, ok := strings.CutPrefix(lock.Path, at.Path)
	if !ok || lock.Root != at.Root || rest != "" && rest[0] != '.' {
		return facts.Lock{}, false
	}
	return facts.Lock{Root: param, Path: rest}, true
}

func isPointer(v *types.Var) bool {
	_, ok := v.Type().Underlying().(*types.Pointer)
	return ok
}
