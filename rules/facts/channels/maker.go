package channels

import (
	"go/ast"
	"go/types"
)

// MadeElsewhere reports whether another function makes the channel, and returns it new.
func (t *Trace) MadeElsewhere() bool { return t.Make != nil && !contains(t.Fn, t.Make) }

// madeByMaker returns the make of a channel variable that is set by nothing but one call of a
// function that does nothing else than to return a new one.
//
//	func (p *prober) newOutput() chan result { return make(chan result) }
func (f *Facts) madeByMaker(v *types.Var) (made *ast.CallExpr, ok bool) {
	if _, isChan := v.Type().Underlying().(*types.Chan); !isChan {
		return nil, false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if !sets {
			continue
		}
		call, isCall := ast.Unparen(value).(*ast.CallExpr)
		if made != nil || !isCall {
			return nil, false
		}
		if made = f.returnedMake(f.pkg.Body(call)); made == nil {
			return nil, false
		}
	}
	return made, made != nil
}

// returnedMake returns the make that a function returns, if that is all that it does.
func (f *Facts) returnedMake(decl *ast.FuncDecl) *ast.CallExpr {
	if decl == nil || decl.Body == nil || len(decl.Body.List) != 1 {
		return nil
	}
	ret, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil
	}
	made, ok := ast.Unparen(ret.Results[0]).(*ast.CallExpr)
	if !ok || !f.isBuiltin(made, "make") {
		return nil
	}
	return made
}
