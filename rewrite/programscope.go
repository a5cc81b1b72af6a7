package rewrite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts/order"
	"github.com/lockfix/lockfix/rules/match"
)

// Rules of program scope look at all packages at once: each package adds its
// sketch when it is matched, the sketches of a program are put together, and
// the rules are then matched where the whole says that there is something.

// sketches keeps what the packages of a run add to the picture of a program.
type sketches struct {
	mu   sync.Mutex
	made map[*load.Package]*order.Sketch
}

func (s *sketches) keep(pkg *load.Package, sketch *order.Sketch) {
	if sketch == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[pkg] = sketch
}

// use makes a set the rules of the run.
func (r *run) use(set *match.Set) {
	r.set, r.alone, r.whole = set, set.Of("package"), set.Of("program")
	r.wholes = map[*load.Program][]*found{}
	r.views = map[*load.Program]map[load.Platform]*match.Program{}
}

// findWhole matches the rules of program scope in all packages of a program,
// whose packages have been matched.
func (r *run) findWhole(prog *load.Program) []*found {
	if r.whole.Empty() || r.ctx.Err() != nil {
		return nil
	}
	if all, ok := r.wholes[prog]; ok {
		return all
	}
	var all []*found
	for platform, view := range r.viewsOf(prog) {
		for _, pkg := range prog.Packages {
			if pkg.Platform == platform && !pkg.Superseded && pkg.Types != nil && view.Concerns(r.factsOf(pkg).Files) {
				matches, problems := r.whole.FindIn(r.factsOf(pkg), view)
				all = append(all, r.foundIn(pkg, matches)...)
				for _, p := range problems {
					r.faults = append(r.faults, fault(pkg, p))
				}
			}
		}
	}
	all = once(all)
	r.wholes[prog] = all
	return all
}

// viewsOf puts a program together from the sketches of its packages, for each
// platform.
func (r *run) viewsOf(prog *load.Program) map[load.Platform]*match.Program {
	if known, ok := r.views[prog]; ok {
		return known
	}
	parts := map[load.Platform][]*order.Sketch{}
	for _, pkg := range prog.Packages {
		if s := r.sketches.made[pkg]; s != nil {
			parts[pkg.Platform] = append(parts[pkg.Platform], s)
		}
	}
	views := make(map[load.Platform]*match.Program, len(parts))
	for platform, sketches := range parts {
		views[platform] = &match.Program{Order: order.Build(sketches)}
	}
	r.views[prog] = views
	return views
}

// declaredWrong is the error of declared orders that cannot be used.
func (r *run) declaredWrong(prog *load.Program) error {
	seen := map[string]bool{}
	for _, view := range r.viewsOf(prog) {
		for _, m := range view.Order.Mistakes {
			at := prog.Fset.PositionFor(m.Pos, false)
			seen[fmt.Sprintf("%s:%d:%d: %s", newPlaces(r.opts.Load.Dir).of(at.Filename), at.Line, at.Column, m.Message)] = true
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return fmt.Errorf("lock order: %s", strings.Join(slices.Sorted(maps.Keys(seen)), "\n"))
}

// reachesAll reports whether the rule of an entry looks at the whole program, so
// that a change anywhere may concern it.
func (e *entry) reachesAll() bool { return e.first.Rule.Scope.Of == "program" }
