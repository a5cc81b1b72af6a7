package facts

import "go/ast"

// exitOf says how a call leaves the function for good; Inside if it returns.
func (p *Package) exitOf(call *ast.CallExpr) Exit {
	switch p.ending(call) {
	case byPanic:
		return Panics
	case byExit:
		return Ends
	}
	return Inside
}
