package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// samples reports whether a call gives a function to what publishes numbers: it is called
// whenever somebody asks for them, by several at once.
//
//	expvar.Publish("items", expvar.Func(func() any { return len(s.items) }))
func (w *walker) samples(call *ast.CallExpr) bool {
	if tv := w.pkg.Info.Types[call.Fun]; tv.IsType() {
		named := namedOf(tv.Type)
		return named != nil && named.Pkg() != nil && named.Pkg().Path() == "expvar" && named.Name() == "Func"
	}
	fn, ok := w.pkg.Callee(call).(*types.Func)
	return ok && samplers[models.Home(models.Name(fn))]
}

var samplers = map[string]bool{
	"github.com/prometheus/client_golang/prometheus.NewGaugeFunc":            true,
	"github.com/prometheus/client_golang/prometheus.NewCounterFunc":          true,
	"github.com/prometheus/client_golang/prometheus.NewUntypedFunc":          true,
	"github.com/prometheus/client_golang/prometheus/promauto.NewGaugeFunc":   true,
	"github.com/prometheus/client_golang/prometheus/promauto.NewCounterFunc": true,
}

// bySample reports whether a function that is called for a number reads something without the
// lock that others hold, of an object that its function has made or was given.
func (f *Facts) bySample(u Unguarded) bool {
	return u.fn.sampled && !u.Guard.Thin && u.Guard.exact() && !u.Write
}
