package sharing

import (
	"go/ast"
	"go/types"
)

// partAt returns the header that a struct takes along, whose copy an access returns behind the
// unlock: a map or slice in it, whose entries others write in place under the lock.
//
//	func (c *Collector) Snapshot() Stats {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return c.stats // c.stats.ByCode[code]++ elsewhere
//	}
func (f *Facts) partAt(a *Access, value ast.Expr) (h Header, ok bool) {
	of, isStruct := f.typeOf(value).(*types.Struct)
	if !isStruct || a.Content || a.Element || f.returnOf(a.fn, value) == nil {
		return h, false
	}
	h = Header{Access: a, Value: value}
	h.Guard = f.GuardOf(a.Var)
	for part := range of.Fields() {
		if h.Write = f.partWrite(a, part.Origin()); h.Write != nil {
			h.Part = part
			break
		}
	}
	if h.Write == nil {
		return h, false
	}
	if h.Guard == nil {
		h.Guard = f.GuardOf(h.Part.Origin())
	}
	if h.Guard == nil || f.excused(a) || f.replacedIn(a) || !f.heldHere(a, a.Expr, h.Guard.Lock) || !f.heldHere(h.Write, h.Write.Expr, h.Guard.Lock) {
		return h, false
	}
	h.follow(f)
	return h, h.Use != nil
}

// partWrite returns an access that writes an entry of a map or slice which is a field of the very
// struct that another access copies.
func (f *Facts) partWrite(a *Access, part *types.Var) *Access {
	if !f.refersTo(part.Type()) {
		return nil
	}
	for _, b := range f.accesses[part] {
		sel, ok := ast.Unparen(b.Expr).(*ast.SelectorExpr)
		if !ok || !b.Write || f.depth(b) != 1 || b.fn.outermost() == a.fn.outermost() || f.early(b) || f.fills(b, 0) {
			continue
		}
		if _, counts := f.counts(b); counts && f.holder(sel.X) == types.Object(a.Var) {
			return b
		}
	}
	return nil
}
