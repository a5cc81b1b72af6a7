package sections

import (
	"go/ast"
	"go/types"
	"slices"
)

// spends reports whether a section takes from what another has found enough of, or adds to what another
// has found room in, and the function fails where it has not: others may have done so in between.
//
//	if acc.Balance() < n { return errFunds }
//	acc.Withdraw(n)
func (f *Facts) spends(fn ast.Node, look, act use) *ast.IfStmt {
	if act.does == nothing || !look.apart(act) || f.keyChanges(fn, look, act) || f.marks(fn, look) {
		return nil
	}
	test := f.testOf(fn, look, act)
	if test == nil || act.does == adds && (!f.refuses(test, act) || f.countsFailure(test, act)) {
		return nil
	}
	return test
}

// givesBack reports whether an act takes away what the function itself has added before, or the other way
// round: a count of those who are at work.
//
//	if s.Active() >= s.max { return errFull }
//	s.Enter()
//	defer s.Leave()
func givesBack(before []use, act use) bool {
	return slices.ContainsFunc(before, func(u use) bool {
		return u.of == act.of && u.root == act.root && u.words == act.words && u.does != nothing && u.does != act.does
	})
}

// testOf returns the if statement that asks for what a look has found, and stands around another use, or
// leaves before it.
func (f *Facts) testOf(fn ast.Node, look, act use) (test *ast.IfStmt) {
	element, _ := f.foundBy(look)
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		st, ok := n.(*ast.IfStmt)
		if !ok || test != nil || st.Pos() >= act.at.Pos() || st.End() <= look.at.Pos() {
			return
		}
		asks := contains(st.Cond, look.at)
		f.pkg.Inspect(st.Cond, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			asks = asks || ok && element != nil && f.pkg.Use(id) == element
			return !asks
		})
		if asks && (contains(st.Body, act.at) || !contains(st, act.at) && leaves(st.Body)) {
			test = st
		}
	})
	return test
}

// countsFailure reports whether a use stands in a block that fails, and that a test is not in: it counts
// what went wrong, and takes no room.
//
//	if err := dial(); err != nil { s.failed(host); return err }
func (f *Facts) countsFailure(test *ast.IfStmt, act use) bool {
	for _, n := range act.stack {
		block, ok := n.(*ast.BlockStmt)
		if !ok || contains(block, test) || len(block.List) == 0 {
			continue
		}
		ret, ok := block.List[len(block.List)-1].(*ast.ReturnStmt)
		if !ok || len(ret.Results) == 0 {
			continue
		}
		last := f.pkg.TypeOf(ret.Results[len(ret.Results)-1])
		if last != nil && types.Implements(last, errorType) {
			return true
		}
	}
	return false
}
