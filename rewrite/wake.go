package rewrite

import (
	"errors"

	"github.com/lockfix/lockfix/rewrite/load"
)

// with is the next program, in which files have new contents. Packages that the edit
// concerns and that sleep are woken for it: those who import what is declared in
// another way, most of all.
func (r *run) with(files map[string][]byte) (*load.Program, error) {
	for {
		next, err := r.prog.With(files)
		asleep, ok := errors.AsType[*load.AsleepError](err)
		if !ok {
			return next, err
		}
		if err := r.wake(asleep.IDs); err != nil {
			return nil, err
		}
	}
}

// wake makes the current program one in which some packages are awake. Nothing was found
// in them, or they would not sleep.
func (r *run) wake(ids []string) error {
	awake, err := r.prog.Awake(ids)
	if err != nil {
		return err
	}
	for i, pkg := range awake.Packages {
		if asleep := r.prog.Packages[i]; pkg != asleep {
			r.summaries.inherit(pkg, asleep)
			r.sketches.keep(pkg, r.sketches.made[asleep])
			r.known[pkg] = nil
		}
	}
	move(r.wholes, r.prog, awake)
	move(r.views, r.prog, awake)
	if r.first == r.prog {
		r.first = awake
	}
	r.prog = awake
	for _, id := range ids {
		r.woken[id] = true
	}
	return nil
}

// move keeps what is known of one thing as that of another.
func move[K comparable, V any](all map[K]V, from, to K) {
	if v, ok := all[from]; ok {
		all[to] = v
		delete(all, from)
	}
}
