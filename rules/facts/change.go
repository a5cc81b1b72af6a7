package facts

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
)

// What a function does to a lock between its start and its end is read off its
// exits: on each, in each world, the lock stands as it was found, is held, or is
// released. Where the exits differ, the last result may tell which it was.

// change is what the function does to a lock in the end, if anything.
func (u *unit) change(id lockID, log *record) (does Change, when Outcome, any bool) {
	if log.gaveUp || u.escaped[id] != "" || u.dropped[id] {
		return Unclear, Always, log.gaveUp || u.escaped[id] != "" || log.net[id] != nil || log.orphans[id]
	}
	net := log.net[id]
	if net == nil || !net.releases && !net.leaves {
		return Drops, Always, log.orphans[id]
	}
	if does, when, ok := u.told(id, log); ok {
		return does, when, true
	}
	if !net.releases {
		return MayAcquire, Always, true
	}
	return Unclear, Always, true
}

// told finds the change that all exits agree on, or all those with one result
// while the others leave the lock as it was.
func (u *unit) told(id lockID, log *record) (Change, Outcome, bool) {
	var all []Change
	byResult := make(map[Outcome][]Change)
	for _, e := range log.exits {
		did := changeAt(e.world.lock(id))
		all = append(all, did)
		result := u.result(e, log)
		byResult[result] = append(byResult[result], did)
	}
	if does, ok := agreed(all); ok {
		return does, Always, true
	}
	for _, pair := range [][2]Outcome{{WhenTrue, WhenFalse}, {WhenFalse, WhenTrue}, {WhenNil, WhenNotNil}, {WhenNotNil, WhenNil}} {
		does, ok := agreed(byResult[pair[0]])
		same, still := agreed(byResult[pair[1]])
		if ok && still && same == leaves && (does == Acquires || does == Releases) && len(byResult[Always]) == 0 {
			return does, pair[0], true
		}
	}
	return Unclear, Always, false
}

// leaves is the change of a lock that is left as it was.
const leaves Change = -1

// changeAt is what was done to a lock that stands so at an exit.
func changeAt(l lockState) Change {
	switch {
	case l.hold == untouched, l.hold == free && !l.owed:
		return leaves
	case l.hold == held && l.owed && len(l.by) == 1:
		return leaves
	case l.hold == free:
		return Releases
	case l.hold == held && len(l.by) == 1:
		return Acquires
	}
	return Unclear
}

// agreed returns the one change of a list.
func agreed(all []Change) (Change, bool) {
	if len(all) == 0 || all[0] == Unclear {
		return Unclear, false
	}
	return all[0], !slices.ContainsFunc(all, func(c Change) bool { return c != all[0] })
}

// result is what the function's last result is at an exit; Always if that is
// not known.
func (u *unit) result(e exitRecord, log *record) Outcome {
	last := u.lastResult(e.way, log.routine.fn)
	if last == nil {
		return u.forwarded(e)
	}
	if v := u.pkg.Info.Types[last].Value; v != nil && v.Kind() == constant.Bool {
		return whichOf(constant.BoolVal(v), WhenTrue, WhenFalse)
	}
	t := u.pkg.TypeOf(last)
	switch {
	case t == nil:
		return Always
	case isBool(t):
		if cond, ok := u.condition(last); ok {
			if is, known := u.known(e.world, cond); known {
				return whichOf(is, WhenTrue, WhenFalse)
			}
		}
		return Always
	case u.pkg.IsNil(last):
		return WhenNil
	case u.neverNil(last):
		return WhenNotNil
	}
	if cond, ok := u.isNil(last); ok && canBeNil(t) {
		if is, known := u.known(e.world, cond); known {
			return whichOf(is, WhenNil, WhenNotNil)
		}
	}
	return Always
}

// forwarded is what the last result of a call is, all of whose results an exit
// returns; Always if there is none, or it is not known.
func (u *unit) forwarded(e exitRecord) Outcome {
	ret, ok := e.way.(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return Always
	}
	several, ok := u.pkg.TypeOf(ret.Results[0]).(*types.Tuple)
	if !ok || !isError(several.At(several.Len()-1).Type()) {
		return Always
	}
	if cond, ok := u.isNil(ret.Results[0]); ok {
		if is, known := u.known(e.world, cond); known {
			return whichOf(is, WhenNil, WhenNotNil)
		}
	}
	return Always
}

func whichOf(is bool, yes, no Outcome) Outcome {
	if is {
		return yes
	}
	return no
}

// lastResult is the expression of the last result at an exit: written in the
// return statement, or the name of the result.
func (u *unit) lastResult(way ast.Node, fn ast.Node) ast.Expr {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok {
		return nil
	}
	if n := len(ret.Results); n > 0 {
		sig := u.pkg.signature(fn)
		if sig == nil || sig.Results().Len() != n {
			return nil // what another call returns
		}
		return ret.Results[n-1]
	}
	if names := resultNames(fn); len(names) > 0 && names[len(names)-1].Name != "_" {
		return names[len(names)-1]
	}
	return nil
}
