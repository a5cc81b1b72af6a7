package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
	"github.com/lockfix/lockfix/rules/models"
)

// atOnceByContract reports whether a method is one of an interface whose documentation
// says that it is called by several goroutines at once:
//
//	http.RoundTripper       RoundTrip(*http.Request) (*http.Response, error)
//	slog.Handler            Handle(context.Context, slog.Record) error
//	prometheus.Collector    Collect(chan<- prometheus.Metric)
//	oauth2.TokenSource      Token() (*oauth2.Token, error)
//
// What stands in for one, for tests, is not meant to keep it.
func (f *Facts) atOnceByContract(m *function) bool {
	contract, ok := contracts[m.name()]
	if !ok || standIn.MatchString(namedOf(m.obj.Signature().Recv().Type()).Name()) || standIn.MatchString(f.pkg.Types.Name()) {
		return false
	}
	return signed(m.obj.Signature(), contract)
}

// contracts are the types of the parameters and results of such methods, by name.
var contracts = map[string]string{
	"RoundTrip": "*net/http.Request *net/http.Response error",
	"Handle":    "context.Context log/slog.Record error",
	"Collect":   "chan<- github.com/prometheus/client_golang/prometheus.Metric",
	"Token":     "*golang.org/x/oauth2.Token error",
}

// restsOnItself reports whether what is written depends on what was there before: a counter, an
// entry of a map, a list that grows, a value that is only made where there is none.
func (f *Facts) restsOnItself(a *Access) bool {
	if a.Read || a.Content {
		return true
	}
	text, rests := types.ExprString(a.Expr), false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			rests = rests || within(n, a.Expr) && slices.ContainsFunc(n.Rhs, func(e ast.Expr) bool { return mentions(e, text) })
		case *ast.IfStmt:
			rests = rests || within(n.Body, a.Expr) && mentions(n.Cond, text)
		}
		return !rests
	})
	return rests
}

// mentions reports whether an expression has a part that is spelled so.
func mentions(e ast.Expr, text string) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		found = found || ok && types.ExprString(sel) == text
		return !found
	})
	return found
}

var standIn = lazyregexp.New(`(?i)fake|mock|stub|dummy|noop|recorder|replay|spy|test`)

// testOnly is of fields that are there for tests.
var testOnly = lazyregexp.New(`(?i)^(test|fake|mock)`)

func original(pkg *types.Package) string { return models.Home(pkg.Path()) }

// signed reports whether the parameters and results of a function are of these types.
func signed(sig *types.Signature, want string) bool {
	var have []string
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			have = append(have, strings.ReplaceAll(types.TypeString(v.Type(), original), " ", "_"))
		}
	}
	return strings.Join(have, " ") == strings.ReplaceAll(want, "chan<- ", "chan<-_")
}
