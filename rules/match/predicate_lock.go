package match

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

var leaksPredicate = predicate{
	doc: "the call takes a lock that stays held on some way out of the function, while other ways out release it",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock"},
		{name: "exit", doc: "the first way out on which it stays held", binds: true},
		{name: "release", doc: "the first call that releases it on another way", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call, ok := a.node("call").(*ast.CallExpr)
		if !ok {
			return true
		}
		acq, ok := a.acquisition(call)
		if !ok || acq.Unknown != "" || len(acq.Lost) == 0 || len(acq.Releases) == 0 {
			return true
		}
		return yield(answer{
			binds: map[string][]ast.Node{
				"exit":    one(wayOut(acq.Lost[0].At)),
				"release": one(acq.Releases[0]),
			},
			evidence: lossEvidence(acq),
		})
	},
}

var relocksPredicate = predicate{
	doc: "the call takes a lock that the same function holds whenever the call is made, or, if it is deferred, whenever it runs",
	params: []parameter{
		{name: "call", doc: "the call that takes the lock, itself or by what it calls"},
		{name: "lock", doc: "the lock, where the call takes several", optional: true},
		{name: "held", doc: "the first call that holds the lock then", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		for fn := a.function(call); fn != nil; fn = a.function(fn) {
			for _, again := range slices.Concat(a.pkg.Relocks(fn), a.pkg.DeferredRelocks(fn)) {
				if again.Call == call && again.Must && len(again.Held) > 0 && a.names(again.Lock) && !a.pkg.ComesBackMarked(fn, again) && !a.triesWaiting(again) && !a.waitsForOther(again) {
					return yield(answer{
						binds:    map[string][]ast.Node{"held": one(again.Held[0])},
						evidence: chainEvidence(a.pkg, again.Chain),
					})
				}
			}
		}
		return true
	},
}

// triesWaiting reports whether a test locks a mutex of its own twice, one Lock behind the other: it
// is meant to wait.
func (a asked) triesWaiting(again facts.Relock) bool {
	v, ok := again.Lock.Root.(*types.Var)
	if !ok || v.Kind() != types.LocalVar || !a.pkg.InTest(again.Call.Pos()) || again.Lock.Path != "" {
		return false
	}
	for _, n := range a.path(again.Call) {
		block, ok := n.(*ast.BlockStmt)
		if !ok {
			continue
		}
		for i, st := range block.List {
			if i > 0 && st.Pos() == again.Call.Pos() && block.List[i-1].Pos() == again.Held[0].Pos() {
				return true
			}
		}
	}
	return false
}

// waitsForOther reports whether a function takes a lock twice that others release for it, and lets
// them go on in between: by what it waits for, starts, or hands on.
//
//	g.mu.Lock()
//	later(g.open) // g.mu.Unlock()
//	g.mu.Lock()
func (a asked) waitsForOther(again facts.Relock) bool {
	release := ast.Node(nil)
	if len(again.Chain) == 0 {
		release = a.pkg.HandedOver(again.Lock)
	}
	if release == nil {
		return false
	}
	for _, n := range a.path(again.Call) {
		block, ok := n.(*ast.BlockStmt)
		if !ok {
			continue
		}
		for _, st := range block.List {
			if st.Pos() > again.Held[0].End() && st.End() < again.Call.Pos() && a.letsOthersOn(st) {
				return true
			}
		}
	}
	return false
}

// letsOthersOn reports whether a statement waits, starts a goroutine, or hands a function on.
func (a asked) letsOthersOn(st ast.Stmt) bool {
	if _, waits := a.pkg.Blocks(st); waits {
		return true
	}
	for n := range ast.Preorder(st) {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.FuncLit:
			return true
		case *ast.SelectorExpr:
			if selection := a.pkg.Info.Selections[n]; selection != nil && selection.Kind() == types.MethodVal && !a.called(n) {
				return true
			}
		}
	}
	return false
}

// called reports whether a selector is what a call calls.
func (a asked) called(sel *ast.SelectorExpr) bool {
	path := a.path(sel)
	call, ok := path[len(path)-1].(*ast.CallExpr)
	return ok && ast.Unparen(call.Fun) == ast.Expr(sel)
}

// names reports whether the hole "lock" stands for a lock: any does, but the
// name that the call of a helper gives it.
func (a asked) names(lock facts.Lock) bool {
	nodes := a.nodes("lock")
	if len(nodes) == 0 {
		return true
	}
	id, ok := nodes[0].(*ast.Ident)
	return !ok || a.pkg.ObjectOf(id) != nil || id.Name == lock.String()
}

// chainEvidence shows the way from a call to the lock.
func chainEvidence(pkg *facts.Package, chain []facts.Hop) []Evidence {
	var all []Evidence
	for _, hop := range chain {
		at := pkg.Pos(hop.At)
		if !at.IsValid() {
			continue
		}
		message := "which takes the lock here"
		if hop.Func != "" {
			message = "which calls " + plainName(hop.Func) + " here"
		}
		all = append(all, Evidence{at, at, message})
	}
	return all
}

// plainName shortens a full name of a function to its package's last element.
func plainName(full string) string {
	slash := strings.LastIndexByte(full, '/')
	if slash < 0 {
		return full
	}
	return full[:strings.IndexFunc(full, func(r rune) bool { return r != '(' && r != '*' })] + full[slash+1:]
}

var overreleasesPredicate = predicate{
	doc: "the call releases a lock that is not held: the same function has released it, or holds it in the other mode",
	params: []parameter{
		{name: "call", doc: "the call that releases the lock"},
		{name: "mode", doc: "crossed: held in the other mode whenever the call is made; released: not held whenever the call is made; sometimes: not held on some path only; refused: on some path a TryLock has failed", words: []string{"crossed", "released", "sometimes", "refused"}},
		{name: "writes", doc: "yes: the function writes under a lock that it holds to read only; no: it does not; if left out, either", words: []string{"yes", "no"}, optional: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		call := a.node("call")
		for fn := a.function(call); fn != nil; fn = a.function(fn) {
			if word := a.word("writes"); word != "" && a.writesUnderRead(fn) != (word == "yes") {
				return true
			}
			for _, bad := range a.pkg.BadReleases(fn) {
				if bad.Call == call && modeOf(bad) == a.word("mode") {
					return yield(answer{})
				}
			}
		}
		return true
	},
}

// writesUnderRead reports whether a function writes what the lock guards that it
// holds to read only: then RLock may be the mistake, and not the Unlock.
func (q *query) writesUnderRead(fn ast.Node) (writes bool) {
	shared := sharing.Of(q.pkg)
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && !writes {
			_, _, writes = shared.WrittenUnderRead(e)
			writes = writes || shared.WritesWhileRead(e)
		}
		return !writes
	})
	return writes
}

func modeOf(bad facts.BadRelease) string {
	switch {
	case bad.Refused:
		return "refused"
	case bad.Crossed && bad.Must:
		return "crossed"
	case bad.Crossed:
		return "" // taken in either mode: neither call fits all paths
	case bad.Must:
		return "released"
	}
	return "sometimes"
}

// acquisition returns what becomes of the lock that a call takes.
func (q *query) acquisition(call *ast.CallExpr) (facts.Acquisition, bool) {
	fn := q.function(call)
	if fn == nil {
		return facts.Acquisition{}, false
	}
	all := q.pkg.Acquisitions(fn)
	i := slices.IndexFunc(all, func(acq facts.Acquisition) bool { return acq.Call == call })
	if i < 0 {
		return facts.Acquisition{}, false
	}
	return all[i], true
}

// lossEvidence shows where a lock is taken, where it is lost beside the first
// place, and where another way out releases it.
func lossEvidence(acq facts.Acquisition) []Evidence {
	all := []Evidence{{acq.Call.Pos(), acq.Call.End(), "locked here"}}
	for i, lost := range acq.Lost {
		at := wayOut(lost.At)
		if i > 0 {
			all = append(all, Evidence{at.Pos(), at.End(), "still held here too"})
		}
		if lost.Relock != nil {
			all = append(all, Evidence{lost.Relock.Pos(), lost.Relock.End(), "and locked again here, which waits for ever"})
		}
	}
	release := acq.Releases[0]
	return append(all, Evidence{release.Pos(), release.End(), "released here on another way out"})
}

// wayOut returns a node that stands where a way out lies: for the end of a
// block its closing brace, as an identifier that is in no tree.
func wayOut(at ast.Node) ast.Node {
	if block, ok := at.(*ast.BlockStmt); ok {
		return &ast.Ident{NamePos: block.Rbrace, Name: "}"}
	}
	return at
}
