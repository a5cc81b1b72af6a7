package sharing

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/models"
)

// streams reports whether a call reads from a stream, or writes to one, of which the other end may
// be another goroutine or the network: what is in memory has none, and a file waits for nobody.
//
//	s.mu.Lock()
//	err := s.enc.Encode(request) // until who reads it has read enough
//	s.mu.Unlock()
func (f *Facts) streams(c *ast.CallExpr, m *models.Model) bool {
	switch m.Why {
	case "reads", "writes", "copies", "may write", "writes the response", "reads standard input":
	default:
		return false
	}
	callee, ok := f.pkg.Callee(c).(*types.Func)
	if !ok {
		return false
	}
	sel, takes := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if takes = takes && callee.Signature().Recv() != nil; takes && f.leadsOut(sel.X) {
		return true
	}
	for i, arg := range c.Args {
		if !readsOrWrites(parameterAt(callee.Signature(), i, c.Ellipsis.IsValid())) {
			continue
		}
		if takes = true; f.leadsOut(arg) {
			return true
		}
	}
	return !takes // standard input
}

// readsOrWrites reports whether a type is an interface that reads or writes.
func readsOrWrites(t types.Type) bool {
	iface, ok := t.(*types.Interface)
	if !ok {
		return false
	}
	for m := range iface.Methods() {
		if strings.HasPrefix(m.Name(), "Read") || strings.HasPrefix(m.Name(), "Write") {
			return true
		}
	}
	return false
}

// leadsOut reports whether a stream may have another end than memory or a file.
func (f *Facts) leadsOut(stream ast.Expr) bool {
	t := f.pkg.TypeOf(stream)
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return true
	}
	switch named.Obj().Pkg().Path() + "." + named.Obj().Name() {
	case "bytes.Buffer", "bytes.Reader", "strings.Builder", "strings.Reader", "os.File", "hash.Hash", "hash.Hash32", "hash.Hash64":
		return false
	}
	if named.Obj().Pkg() == f.pkg.Types && !types.IsInterface(named) {
		return f.ownLeadsOut(named)
	}
	if under := f.wraps(stream); under != nil {
		return f.leadsOut(under)
	}
	return !f.discards(stream)
}

// ownLeadsOut reports whether a stream of the package waits, or lingers, where it reads or writes; what
// it has from an embedded one is not seen.
func (f *Facts) ownLeadsOut(named *types.Named) bool {
	seen := false
	for m := range named.Origin().Methods() {
		if !strings.HasPrefix(m.Name(), "Read") && !strings.HasPrefix(m.Name(), "Write") {
			continue
		}
		fn := f.decls[m]
		if seen = true; fn == nil || f.mayWait(fn) || f.mayLinger(fn) {
			return true
		}
	}
	return !seen
}

// wraps returns the stream of which another one is made, where the function shows it:
// json.NewEncoder(&buf), or a local variable that is set to that once.
func (f *Facts) wraps(stream ast.Expr) ast.Expr {
	stream = ast.Unparen(stream)
	if id, ok := stream.(*ast.Ident); ok {
		fn := f.around(id)
		v, isVar := f.pkg.Use(id).(*types.Var)
		if fn == nil || !isVar || v.Kind() != types.LocalVar {
			return nil
		}
		given := f.valuesOf(fn.outermost())[v]
		if given == nil || given.unknown || len(given.values) != 1 {
			return nil
		}
		stream = ast.Unparen(given.values[0])
	}
	call, ok := stream.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	maker, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || maker.Pkg() == nil || maker.Pkg() == f.pkg.Types || maker.Signature().Recv() != nil {
		return nil
	}
	if !readsOrWrites(parameterAt(maker.Signature(), 0, false)) {
		return nil
	}
	return call.Args[0]
}

// discards reports whether a stream is io.Discard.
func (f *Facts) discards(stream ast.Expr) bool {
	sel, ok := ast.Unparen(stream).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Discard" {
		return false
	}
	v := f.pkg.Use(sel.Sel)
	return v != nil && v.Pkg() != nil && v.Pkg().Path() == "io"
}
