package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// A unit is one top-level function with the literals in it: the scope within
// which a Lock is a Lock. It numbers the locks, conditions and acquisitions, so
// that a world is a few small numbers.
type unit struct {
	pkg  *Package
	root ast.Node // *ast.FuncDecl, or a *ast.FuncLit outside any function

	vars      map[*types.Var]*varInfo
	assigned  map[*types.Var]bool // fields that are assigned somewhere in it
	literals  map[*ast.FuncLit]*litInfo
	rangeOver map[ast.Node]*ast.RangeStmt // by the operand

	locks       []place // by lockID; the read lock of a place follows its write lock
	lockIDs     map[Lock]lockID
	escaped     map[lockID]string // locks that others may release at any time, and why
	dropped     map[lockID]bool   // locks that a literal of its own takes or releases, if only for a while
	released    []lockClass       // by its releases, as often as they stand there
	releasedIDs []lockID          // likewise; -1 for a lock without a name
	conds       []condInfo
	condIDs     map[string]condID
	objIDs      map[types.Object]int
	takes       []*ast.CallExpr // acquisitions, by takeID
	takeOf      []takeSite
	takeIDs     map[taking]takeID
	routines    map[ast.Node]*routine
	tries       map[*ast.CallExpr]bool // calls whose last result tells what they did to a lock

	decisive   condSet                 // conditions under which lock calls stand
	tested     []testSite              // sorted by position
	lockPoints []token.Pos             // of calls that do something to a lock, sorted
	deferSteps map[*ast.DeferStmt]step // what the deferred calls do
	callPoints []token.Pos             // of calls that take a lock and leave it as it was, sorted
	order      []*routine              // innermost first
	sites      []callSite
	objects    []objectSite                     // calls that hand over what has methods that take locks
	reached    map[*ast.CallExpr]reaching       // calls that use a parameter of an interface type
	operands   map[operandKey]*operand          // made when first asked
	helped     []LockCall                       // releases by functions that are called
	runs       map[*ast.CallExpr]ran            // what calls run without naming it
	ranLits    map[*ast.CallExpr][]*ast.FuncLit // the literals that calls run, or may

	resultUses map[*ast.CallExpr]resultUse
	givings    map[*ast.CallExpr][]giving // calls that return what releases a lock
	givenTo    map[*types.Var][]callable  // the variables that get it
	namelessOf map[*ast.CallExpr]*types.Var
}

// A lockID is one mode of one lock of a unit: even to write, odd to read.
type lockID int

func (id lockID) read() bool   { return id%2 == 1 }
func (id lockID) twin() lockID { return id ^ 1 }

// A takeID is one call that takes a lock.
type takeID int

func newUnit(p *Package, root ast.Node) *unit {
	u := &unit{
		pkg: p, root: root,
		vars: make(map[*types.Var]*varInfo), assigned: make(map[*types.Var]bool),
		literals: make(map[*ast.FuncLit]*litInfo), runs: make(map[*ast.CallExpr]ran), ranLits: make(map[*ast.CallExpr][]*ast.FuncLit), rangeOver: make(map[ast.Node]*ast.RangeStmt),
		lockIDs: make(map[Lock]lockID), escaped: make(map[lockID]string), dropped: make(map[lockID]bool),
		condIDs: make(map[string]condID), objIDs: make(map[types.Object]int),
		takeIDs: make(map[taking]takeID), tries: make(map[*ast.CallExpr]bool), routines: make(map[ast.Node]*routine),
		deferSteps: make(map[*ast.DeferStmt]step),
		resultUses: make(map[*ast.CallExpr]resultUse), givings: make(map[*ast.CallExpr][]giving),
		givenTo: make(map[*types.Var][]callable), namelessOf: make(map[*ast.CallExpr]*types.Var),
	}
	u.scan()
	return u
}

// lock numbers a place that is locked.
func (u *unit) lock(at place) lockID {
	id, ok := u.lockIDs[at.Lock]
	if !ok {
		id = lockID(len(u.locks))
		u.lockIDs[at.Lock] = id
		u.locks = append(u.locks, at, at)
	}
	if at.read {
		return id + 1
	}
	return id
}

// A taking is one lock that a call takes: a helper may take several.
type taking struct {
	call *ast.CallExpr
	lock lockID
}

// takeSite says what a call takes, and in which function it stands.
type takeSite struct {
	lock   lockID
	op     LockOp
	home   ast.Node
	helper bool // the call is of a function that takes it
	// given says that the function returns with it what releases it, dropped
	// that nobody gets that.
	given, dropped bool
}

// take numbers a call that takes a lock.
func (u *unit) take(call *ast.CallExpr, site takeSite) takeID {
	id, ok := u.takeIDs[taking{call, site.lock}]
	if !ok {
		id = takeID(len(u.takes))
		u.takeIDs[taking{call, site.lock}] = id
		u.takes = append(u.takes, call)
		u.takeOf = append(u.takeOf, site)
	}
	return id
}

// object numbers a variable or constant, so that two of one name differ.
func (u *unit) object(obj types.Object) int {
	id, ok := u.objIDs[obj]
	if !ok {
		id = len(u.objIDs)
		u.objIDs[obj] = id
	}
	return id
}

// indexName is the name of an index variable, made unique in the unit: two
// loops have an i each.
func (u *unit) indexName(v *types.Var) string {
	n := 0
	for obj := range u.objIDs {
		if obj != v && obj.Name() == v.Name() && u.objIDs[obj] < u.object(v) {
			n++
		}
	}
	u.object(v)
	if n == 0 {
		return v.Name()
	}
	return v.Name() + "·" + strconv.Itoa(n+1)
}
