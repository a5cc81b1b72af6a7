// Package waits answers who waits, with a lock held, for somebody who needs that
// lock himself.
//
// # Theory
//
// A goroutine that waits at a channel, a WaitGroup or a Cond goes on when a
// partner acts: receives what it sends, sends or closes what it receives, calls
// Done, signals. If it holds a lock while it waits, and the partner comes to its
// action only over that lock, then both can wait for each other for ever: the
// partner stands at the Lock, which is released only after its action. That is a
// cycle of the wait-for graph with one lock and one other primitive, the most
// frequent kind of mixed deadlock (Tu et al., ASPLOS 2019; GCatch, ASPLOS 2021).
//
// Channels and WaitGroups are told apart as locks are: by the field or variable
// that holds them. Two functions speak of the same instance of both the lock and
// the channel if they reach them from one root by the same fields (s.mu and s.ch
// here, t.mu and t.ch there), or if they are the same variables. A channel has
// all its partners in the package if it is a local variable or an unexported
// field that is only ever made, sent to, received from, closed and compared.
//
// # Words
//
// A wait is an operation that stops a goroutine until a partner acts. A partner
// needs a lock if it can be at a call that takes it, and come to its action only
// from there.
//
// # What it cannot see
//
// Waits with an alternative (a select of several cases), single sends on channels with
// a buffer, channels that are passed on, kept in containers or exported.
package waits

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Facts answers the questions of this package about one package.
type Facts struct {
	pkg       *facts.Package
	classes   map[types.Object]*class
	names     map[ast.Node]facts.Names // by outermost function
	order     []*op                    // in source order
	passings  []passing
	renamings []renaming
	waits     map[ast.Node][]*op    // of order, those that wait alone, by function
	across    map[ast.Node][]Held   // by function; made when first asked for
	lockers   map[ast.Node]bool     // the functions that have to do with locks
	assigned  map[types.Object]bool // fields, by an assignment; made when first asked for
	remotes   map[*ast.FuncDecl][]remote
	sites     map[types.Object][]site  // calls, by function; made when first asked for
	named     map[types.Object]int     // how often a function is named
	settings  map[*types.Var][]setting // of fields; made when first asked for
	pools     map[*types.TypeName]bool // what is known of types of other packages
	loops     map[types.Object]bool    // functions that are called in loops; made when first asked for
}

type key struct{}

// Of returns the facts of a package, made when first asked for.
func Of(pkg *facts.Package) *Facts {
	return pkg.Keep(key{}, func() any {
		f := &Facts{pkg: pkg, classes: map[types.Object]*class{}, names: map[ast.Node]facts.Names{}, lockers: map[ast.Node]bool{}, across: map[ast.Node][]Held{}, remotes: map[*ast.FuncDecl][]remote{}, pools: map[*types.TypeName]bool{}}
		if lockers := pkg.LockFunctions(); len(lockers) > 0 {
			f.collect()
			for _, fn := range lockers {
				f.lockers[fn] = true
			}
		}
		return f
	}).(*Facts)
}

// A Held is a wait with a lock held that the partner needs.
type Held struct {
	Wait    ast.Node      // the *ast.SendStmt, receiving *ast.UnaryExpr, *ast.RangeStmt or *ast.CallExpr
	Inside  ast.Node      // where a function that Wait calls waits; nil if Wait itself does
	Kind    Kind          // of the wait
	Lock    facts.Lock    // that is held
	By      *ast.CallExpr // the call that took it
	Partner ast.Node      // the operation that would end the wait
	Needs   *ast.CallExpr // the call by which the partner takes the lock before
	Through string        // the function that takes it there; "" if the call is the lock's own method
	Place   bool          // the wait is for a place of a semaphore
}

// Across returns the waits of fn's own (no literal's) with a lock held that
// every partner needs, in source order.
func (f *Facts) Across(fn ast.Node) []Held {
	found, known := f.across[fn]
	if !known && f.lockers[fn] {
		found = f.heldAcross(fn)
		f.across[fn] = found
	}
	return found
}

// Meet reports whether a wait with a lock held, and the call by which its partner takes
// the lock, stand at two places, in whatever order, as at tells of each.
func (f *Facts) Meet(at func(ast.Node) bool) bool {
	for fn := range f.lockers {
		for _, h := range f.Across(fn) {
			if h.Needs != nil && at(h.Wait) && at(h.Needs) {
				return true
			}
		}
	}
	return false
}

func (f *Facts) heldAcross(fn ast.Node) []Held {
	var found []Held
	for _, w := range f.waits[fn] {
		if held, ok := f.heldAt(w, nil); ok {
			found = append(found, held)
		}
	}
	return append(found, f.heldThrough(fn)...)
}

// heldThrough returns the calls of a function that wait, in what they call, with
// a lock held that the partner needs.
func (f *Facts) heldThrough(fn ast.Node) []Held {
	root := f.rootOf(fn)
	var found []Held
	for _, call := range f.callsOf(fn, true) {
		if holdings, ok := f.pkg.Held(fn, call); !ok || len(holdings) == 0 {
			continue
		}
		for _, r := range f.through(root, call, 1) {
			w := &op{kind: r.kind, node: call, class: r.class, at: r.at, fn: fn, root: root, alone: true, test: r.test, inside: r.op}
			if held, ok := f.heldAt(w, call); ok {
				held.Inside = r.node
				found = append(found, held)
				break
			}
		}
	}
	return found
}

// rootOf returns the outermost function around one.
func (f *Facts) rootOf(fn ast.Node) ast.Node {
	path := f.pkg.Syntax().Path(fn)
	if len(path) > 1 {
		if d, ok := path[1].(*ast.FuncDecl); ok { // behind the file
			return d
		}
	}
	return fn
}

// heldAt returns the first lock held at a wait that the partners need. A call
// that waits in what it calls must leave the lock alone.
func (f *Facts) heldAt(w *op, call *ast.CallExpr) (Held, bool) {
	holdings, ok := f.pkg.Held(w.fn, w.node)
	if !ok {
		return Held{}, false
	}
	for _, h := range holdings {
		if !h.Must || call != nil && f.touches(w, call, h.Lock) {
			continue
		}
		if held, ok := f.needed(w, h); ok {
			return held, true
		}
		if held, ok := f.placeTaken(w, h); ok {
			return held, true
		}
		if there, as, ok := f.akin(w, h); ok {
			if held, ok := f.needed(there, as); ok {
				held.Lock = h.Lock
				return held, true
			}
		}
	}
	return Held{}, false
}

// touches reports whether a call does something to a lock. A Cond may be of any lock, but for one
// whose lock is known.
func (f *Facts) touches(w *op, call *ast.CallExpr, lock facts.Lock) bool {
	if field := fieldAt(lock); w.kind == Suspended && w.class.condLocked && field != nil {
		return f.leadsTo(call, field, 0)
	}
	_, yes := f.pkg.NamesLock(call, lock)
	return yes
}

// leadsTo reports whether a call names a field, itself or in what it calls.
func (f *Facts) leadsTo(n ast.Node, field *types.Var, depth int) (does bool) {
	f.pkg.Inspect(n, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.Ident:
			v, ok := f.pkg.Use(m).(*types.Var)
			does = does || ok && v.Origin() == field
		case *ast.CallExpr:
			if decl := f.pkg.Body(m); decl != nil && depth <= maxDepth {
				does = does || f.leadsTo(decl.Body, field, depth+1)
			}
		}
		return !does
	})
	return does
}
