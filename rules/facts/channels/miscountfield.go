package channels

import (
	"go/ast"
	"go/types"
)

// neverDoneField is about a group in a field of this package that something is added to, while
// nobody takes anything off: no use of the field is anything but an Add of what counts, or a Wait.
//
//	func (p *pool) start(run func()) {
//		p.wg.Add(1)
//		go run()
//	}
//	func (p *pool) stop() { p.wg.Wait() }
func (f *Facts) neverDoneField(call *ast.CallExpr) (found *Miscount) {
	wait := f.groups().of[call]
	if wait == nil || wait.Kind != Wait {
		return nil
	}
	v, ok := f.field(wait.Group).(*types.Var)
	if !ok || !v.IsField() || v.Exported() || v.Embedded() || v.Pkg() != f.pkg.Types || f.inTest(call) {
		return nil
	}
	uses := 0
	for _, c := range f.groups().all {
		if f.field(c.Group) != types.Object(v) {
			continue
		}
		uses++
		switch c.Kind {
		case Wait:
		case Add:
			if n, known := f.amount(c.Call); known && n <= 0 || !known && !f.isLength(c.Call.Args[0]) || f.inTest(c.Call) {
				return nil
			}
			if found == nil {
				found = &Miscount{Wait: &Op{Kind: Wait, Node: call}, Add: &Op{Kind: Add, Node: c.Call}}
			}
		default:
			return nil
		}
	}
	if found == nil || f.usesOf(v) != uses {
		return nil
	}
	return found
}

// usesOf counts the names of a field in a package.
func (f *Facts) usesOf(v *types.Var) (n int) {
	for _, obj := range f.pkg.Info.Uses {
		if obj == types.Object(v) {
			n++
		}
	}
	return n
}
