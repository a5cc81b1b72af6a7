package facts

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// logWriters are the methods by which a log reaches who writes it.
var logWriters = []string{"Write", "Handle"}

// comesBackTo returns the methods of this package that a call of a function of another
// may come back to: where it is of an interface's method, those that implement it, and
// where it writes a log, those that a log is written by.
//
//	log.SetOutput(lines)
//	log.Print(n) // calls lines.Write
func (p *Package) comesBackTo(call *ast.CallExpr, m *models.Model) (back []*ast.FuncDecl) {
	fn, ok := p.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return nil
	}
	var iface *types.Interface
	var names []string
	switch {
	case isAbstract(fn):
		iface, _ = fn.Signature().Recv().Type().Underlying().(*types.Interface)
		names = []string{fn.Name()}
	case m.Logs && fn.Pkg().Path() != "testing":
		names = logWriters
	}
	for _, name := range names {
		for _, method := range p.graph().methodsNamed(p, name) {
			if decl := p.declOf(method); decl != nil && (iface == nil || mayImplement(method, iface)) {
				back = append(back, decl)
			}
		}
	}
	return back
}

// mayImplement is implements, and true for what a generic type may come to.
func mayImplement(m *types.Func, iface *types.Interface) bool {
	named, ok := types.Unalias(deref(m.Signature().Recv().Type())).(*types.Named)
	return ok && named.TypeParams().Len() > 0 || implements(m, iface)
}

// comingBack says why what another package's functions may come back to touches the lock.
func (s *touchSearch) comingBack(t *touch) string {
	if !s.unseen {
		return ""
	}
	for _, decl := range t.back {
		if s.seen[decl] {
			continue
		}
		s.seen[decl] = true
		method := touchSearch{p: s.p, class: s.class, seen: s.seen} // what is not known of it is no news
		if because := method.in(s.p.touchOf(decl)); because != "" {
			return fmt.Sprintf("may come back to %s, which %s", decl.Name.Name, because)
		}
	}
	return ""
}
