package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// findCrossings finds the races between a goroutine of an object and its
// exported methods, which other packages call when they like, and those that the package
// itself calls while the goroutine is at work.
func (f *Facts) findCrossings() {
	running := f.running()
	if len(running) == 0 {
		return
	}
	callers := f.launchersCalled(running)
	for _, m := range f.order {
		if m.test || m.obj == nil || m.obj.Signature().Recv() == nil || f.namedEarly(m) {
			continue
		}
		outside := m.public && (!m.byContract() || m.prints()) && f.calledFromOutside(m) && !f.builds(m)
		if !outside && !f.calledBy(m, callers) {
			continue
		}
		told := map[place]bool{}
		for _, p := range f.passagesOf(m) {
			if told[p.at] && p.access.Write || p.by != nil || p.waited || p.at.root != m.obj.Signature().Recv() {
				continue
			}
			for _, r := range f.runningAt(running, p) {
				atWork := f.calledAtWork(m, p, r)
				if !outside && !atWork || r.late && !atWork || f.answered(m, p.access, r.goroutine) {
					continue
				}
				doubt := f.doubtful(m, p, r) || !atWork && f.inPlaceOf(m, p, r)
				told[p.at] = f.crossing(m, p, r, atWork, doubt) && !doubt || told[p.at]
			}
		}
	}
}

// prints reports whether a method is one that loggers and others call at any time, whatever goroutines
// the object has by then.
func (fn *function) prints() bool {
	return fn.name() == "String" && fn.obj.Signature().Params().Len() == 0
}

// builds reports whether a method is called, in its package, on objects only that the
// caller has just made.
func (f *Facts) builds(m *function) bool {
	sites := slices.DeleteFunc(slices.Clone(f.realSites(m)), func(s site) bool {
		return s.in == nil || s.in.test || originOf(f.pkg.Callee(s.call)) != m.obj // another's, maybe
	})
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s site) bool {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		return !ok || s.runs != inPlace || f.owner(s.in, sel.X, s.call) != Own
	})
}

// calledFromOutside reports whether other packages can name a method, or are
// handed objects of a type that they cannot name. Of other types a method that
// ends something is the only one of which it is sure that it is no part of what
// the goroutine does, through an interface.
func (f *Facts) calledFromOutside(m *function) bool {
	pointer, ok := types.Unalias(m.obj.Signature().Recv().Type()).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	return ok && (named.Obj().Exported() || endName.MatchString(m.name()) || f.handedOut(m, pointer))
}

// handedOut reports whether an exported function returns an object, as it is or
// as an interface that the package exports, by which others can call a method
// that the package itself does not call.
func (f *Facts) handedOut(m *function, of *types.Pointer) bool {
	if len(f.realSites(m)) > 0 || m.valued || streams(m.name()) {
		return false
	}
	return slices.ContainsFunc(f.order, func(maker *function) bool {
		if !maker.public {
			return false
		}
		for result := range maker.obj.Signature().Results().Variables() {
			if types.Identical(result.Type(), of) || f.ownInterface(result.Type(), m.name()) && types.Implements(of, result.Type().Underlying().(*types.Interface)) {
				return true
			}
		}
		return false
	})
}

// ownInterface reports whether a type is an interface that the package exports,
// with a method of that name.
func (f *Facts) ownInterface(t types.Type, method string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !named.Obj().Exported() || named.Obj().Pkg() != f.pkg.Types || !types.IsInterface(named) {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(named, false, f.pkg.Types, method)
	return obj != nil
}

// crossing reports the race of a method's access with one of a goroutine, if
// they conflict and it is sure that the goroutine can be at work, as it is where the method is called
// then; a doubt makes it a weak one.
func (f *Facts) crossing(m *function, p passage, r running, atWork, doubt bool) bool {
	a, b := p.access, r.access
	if m.confinedBy() || r.launcher.confinedBy() || r.tells() && !endName.MatchString(m.name()) {
		return false
	}
	if !conflicts(a, b) || !p.sure && !r.bare(f) || !r.sure && !p.bare(f) || f.starts(m, r.launcher) && !f.rearms(m, r) || f.early(a) && !f.rearms(m, r) || f.isItsWork(m, r.goroutine) && !(f.isItsEnd(m, r.goroutine) && f.othersEnd(m, r)) || f.isPartUnderLock(m, r) {
		return false
	}
	held := p.locks.with(f.stateAt(a.fn, a.Expr).locks)
	if len(held.both(r.locks.with(f.stateAt(b.fn, b.Expr).locks))) > 0 || f.passesOn(m, r) || f.stillOwn(r) || f.joinsAbroad(m, p, r) || !atWork && !f.alive(m, a, r) || f.ordered(a, b) || f.inShifts(a, b) || f.asksBehind(m, r.goroutine, b) {
		return false
	}
	if a.Write {
		f.report(&Access{Expr: a.Expr, far: &distant{real: a}}, b, nil, doubt)
	} else {
		f.report(&Access{Expr: b.Expr, far: &distant{real: b}}, a, nil, doubt)
	}
	return true
}

// joinsAbroad reports whether a method may have waited, by a function of another package, for a
// goroutine that one of another package has started.
//
//	func (p *P) Close() int { p.poller.Close(); return p.turns }
func (f *Facts) joinsAbroad(m *function, p passage, r running) bool {
	return r.goroutine.abroad && (f.farWaitBefore(p.access.fn, p.access.Expr) || p.deep > 0 && f.waitsFar(m.body()))
}

// bare reports whether an access is made with no lock at all, for sure: then it does not matter
// which ones others hold.
func (p passage) bare(f *Facts) bool {
	state := f.stateAt(p.access.fn, p.access.Expr)
	return p.sure && len(p.locks) == 0 && state.known && len(state.locks) == 0
}

// tells reports whether who starts the goroutine gets a channel for it, by which he
// knows when it is over.
func (r running) tells() bool {
	for result := range r.launcher.obj.Signature().Results().Variables() {
		if _, isChan := result.Type().Underlying().(*types.Chan); isChan {
			return true
		}
	}
	return false
}

// surelyAlive is alive, but for what only the loop of the goroutine says.
func (f *Facts) surelyAlive(m *function, a *Access, r running) bool {
	if f.rearms(m, r) {
		return true
	}
	if r.launcher.obj.Signature().Recv() == nil && r.at.root.Kind() != types.ParamVar {
		return true
	}
	if endName.MatchString(m.name()) {
		return true
	}
	return a.Write && f.polled(r.access) || r.access.Write && f.polled(a)
}

var endName = lazyregexp.New(`^(Stop|Close|Shutdown|Kill|Cancel|Abort|Pause|Resume|Quit|Exit|Halt|Terminate|Disconnect|Interrupt)`)
