package sharing

import (
	"go/ast"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Of two accesses without order it is sure that they meet where both are in plain view
// of what starts the goroutine: in one function and its literals, in what it runs on the
// goroutine and what it calls meanwhile, or in that and in a method that others may call
// at any time. The longer the way to them, the more there is on it that may keep them
// apart: conditions, and the order of one goroutine that serves all the others.

// farFetched reports whether the way from the function that starts the goroutine to two
// accesses leads through many calls, or other objects, or one of them fills what the other
// finds filled, or stands in a task that somebody gets whose goroutine nobody sees.
func (f *Facts) farFetched(at place, a, b *Access) bool {
	switch {
	case f.filledOnce(a.itself(), b.itself()) || f.filledOnce(b.itself(), a.itself()):
		return true
	case f.inTask(a) || f.inTask(b):
		return true
	case a == b || a.far != nil && b.far != nil && a.far.site == b.far.site && a.far.real.fn == b.far.real.fn:
		if f.answersRequests(a.goroutine()) && f.answersRequests(b.goroutine()) {
			return max(a.deep(), b.deep()) > deepestHandled
		}
		return max(a.deep(), b.deep()) > 1 // several goroutines run the same
	case a.far != nil && b.far != nil:
		return a.deep()+b.deep() > 1 || a.deep()+b.deep() == 1 && strings.Count(at.path, ".") > 1
	}
	deep := a.deep() + b.deep()
	return deep > 2 || deep > 1 && a.fn.outermost().test
}

// deepestHandled is through how many calls an HTTP handler comes to what all requests share: nothing
// keeps two requests apart on the way but what is seen there.
const deepestHandled = 4

// answersRequests reports whether a goroutine is one that an HTTP server starts for each request.
func (f *Facts) answersRequests(goroutine *function) bool {
	if goroutine == nil {
		return false
	}
	if _, goes := goroutine.at.(*ast.GoStmt); goes {
		return false
	}
	if sig := goroutine.signature(f.pkg.Info); sig != nil {
		return handlesRequests(sig)
	}
	decl, ok := goroutine.node.(*ast.FuncDecl)
	return ok && f.pkg.Def(decl.Name) != nil && handlesRequests(f.pkg.Def(decl.Name).Type())
}

// deep returns through how many calls, behind the first one, an access is made.
func (a *Access) deep() int {
	if a.far == nil {
		return 0
	}
	return a.far.deep
}

// doubtful reports whether a method and a goroutine of its object may never meet. A lock
// that one of them holds says that their author knows better; so does a goroutine that asks
// a flag again and again.
func (f *Facts) doubtful(m *function, p passage, r running) bool {
	if p.wayLength() > 1 || f.filledOnce(p.access, r.access) || f.filledOnce(r.access, p.access) {
		return true
	}
	mine, others := p.locks.with(f.stateAt(p.access.fn, p.access.Expr).locks), r.locks.with(f.stateAt(r.access.fn, r.access.Expr).locks)
	if (len(mine) > 0) != (len(others) > 0) || p.access.Write && p.deep == 0 && f.polled(r.access) {
		return false
	}
	return p.deep > 0 || p.access.Write && arrangingName.MatchString(m.name())
}

// wayLength is over how many fields the function that makes an access comes to it; what
// happens to an object in another package is done to the object as a whole.
func (p passage) wayLength() int {
	n := strings.Count(p.at.path, ".")
	if t := p.access.Touched(); t != nil {
		n -= strings.Count(t.Path, ".")
	}
	return n
}

// arrangingName is of methods by which the user arranges an object before he uses it, or
// once nobody else does.
var arrangingName = lazyregexp.New(`^(Set|Enable|Disable|With|Use|Register|Config|Init|Setup|Start|Open|Connect|Dial|Listen|Serve|Run|Begin|Bind|Attach|Reset|Load|Restore|Build|On)([A-Z]\w*|ure|ialize|ialise)?$`)
