package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// neverChosen reports whether an edge chooses a case of a select that can never
// go on: on a local channel that nobody serves.
func (f *Facts) neverChosen(e facts.Edge) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm == nil {
		return false
	}
	if f.neverServedClass(clause) {
		return true
	}
	switch comm := clause.Comm.(type) {
	case *ast.SendStmt:
		t := f.Trace(f.Variable(comm.Chan))
		return t != nil && t.Unknown == nil && t.Make != nil && len(t.Make.Args) == 1 && len(t.Of(Receive, Range)) == 0
	case *ast.ExprStmt:
		return f.neverServed(comm.X)
	case *ast.AssignStmt:
		return f.neverServed(comm.Rhs[0])
	}
	return false
}

func (f *Facts) neverServed(x ast.Expr) bool {
	receive, ok := ast.Unparen(x).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return false
	}
	t := f.Trace(f.Variable(receive.X))
	return t != nil && t.Unknown == nil && len(t.Of(Send, Close)) == 0
}

// neverEnds reports whether an edge leaves a range over the channel of a ticker
// or timer: nobody closes that.
func (f *Facts) neverEnds(from *facts.Block, e facts.Edge) bool {
	if e.Case != nil {
		return false
	}
	for _, other := range from.Succs {
		loop, ok := other.Case.(*ast.RangeStmt)
		if !ok {
			continue
		}
		ch, ok := f.pkg.TypeOf(loop.X).Underlying().(*types.Chan)
		return ok && ch.Dir() == types.RecvOnly && facts.TypeIs(ch.Elem(), "time.Time")
	}
	return false
}

// fatal are the names of functions of other packages that are believed not to
// come back: what goes on behind them is not worth a finding.
var fatal = lazyregexp.New(`^(Fatal|Exit|Panic|FailNow|Skip)`)

// fatally is in the names of others, unless they give something back: NumberOrFatal does.
const fatally = "Fatal"

// endsByName reports whether a flow node calls such a function.
func (f *Facts) endsByName(n ast.Node) (ends bool) {
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			fn, ok := f.pkg.Callee(call).(*types.Func)
			ends = ends || ok && fn.Pkg() != f.pkg.Types && (fatal.MatchString(fn.Name()) || strings.Contains(fn.Name(), fatally) && fn.Signature().Results().Len() == 0)
		}
		return !ends
	})
	return ends
}

// comparesNil reports whether an edge is taken when a channel is nil that is
// followed here, or is a parameter, which then stands for one that is.
func (f *Facts) comparesNil(e facts.Edge) bool {
	b, ok := e.Cond.(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL && b.Op != token.NEQ || !f.pkg.IsNil(b.Y) {
		return false
	}
	v := f.Variable(b.X)
	if v == nil || (b.Op == token.EQL) != e.Truth {
		return false
	}
	if _, isChan := v.Type().Underlying().(*types.Chan); !isChan {
		return false
	}
	return v.Kind() == types.ParamVar || f.Trace(v) != nil
}
