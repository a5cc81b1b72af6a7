package facts

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// A function of the program may pass what it is given on to one that the models know,
// as it got it: func (c *Conn) debugf(format string, args ...any) that calls
// c.log.Printf(format, args...). A call of it runs the same methods.

// maxForwards bounds through how many functions arguments are passed on.
const maxForwards = 3

type forwardsKey struct{}

// runMethods returns which methods of its arguments a call runs: as its model says,
// or that of the function that its callee passes them on to.
func (p *Package) runMethods(call *ast.CallExpr) []models.Methods {
	if m := p.Model(call); m != nil {
		return m.Methods
	}
	return p.forwarded(p.callee(call), 0)
}

// forwarded returns the methods that a function of the package runs of the list that
// is its last parameter.
func (p *Package) forwarded(fn *types.Func, depth int) []models.Methods {
	if fn == nil || !fn.Signature().Variadic() || depth > maxForwards {
		return nil
	}
	all := p.Keep(forwardsKey{}, func() any { return make(map[*types.Func][]models.Methods) }).(map[*types.Func][]models.Methods)
	found, known := all[fn]
	if decl := p.declOf(fn); !known && decl != nil && decl.Body != nil {
		all[fn] = nil
		p.inspectOwn(decl.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && found == nil {
				found = p.passedOn(fn, call, depth)
			}
			_, starts := n.(*ast.GoStmt)
			return !starts && found == nil
		})
		all[fn] = found
	}
	return found
}

// passedOn returns the methods that a call in a function runs of the function's own
// list, which it passes on as it is: f(format, args...).
func (p *Package) passedOn(fn *types.Func, call *ast.CallExpr, depth int) (all []models.Methods) {
	last := fn.Signature().Params().Len() - 1
	if !call.Ellipsis.IsValid() || p.paramOf(fn, call.Args[len(call.Args)-1]) != last {
		return nil
	}
	methods := p.forwarded(p.callee(call), depth+1)
	if m := p.Model(call); m != nil {
		methods = m.Methods
	}
	for _, runs := range methods {
		if !runs.Rest || runs.Arg != len(call.Args)-1 || runs.Formatted && (last == 0 || p.paramOf(fn, call.Args[runs.Arg-1]) != last-1) {
			continue
		}
		runs.Arg = last
		all = append(all, runs)
	}
	return all
}

// paramOf returns the index of the parameter of a function that an expression names,
// -1 if it names none.
func (p *Package) paramOf(fn *types.Func, e ast.Expr) int {
	id, ok := ast.Unparen(e).(*ast.Ident)
	for i := range fn.Signature().Params().Len() {
		if ok && p.Use(id) == fn.Signature().Params().At(i) {
			return i
		}
	}
	return -1
}
