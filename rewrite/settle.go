package rewrite

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
)

// settle applies the part of a batch that verifies and rolls the rest back. At
// least one entry is closed either way, so the rounds end.
func (r *run) settle(batch []*proposal) {
	r.met = map[key]meeting{}
	kept, next := r.sound(batch)
	if next == nil {
		var err error
		if next, err = r.try(kept); err != nil { // each half is sound, the whole is not: one at a time
			kept, next = r.accumulate(kept)
		}
	}
	if len(kept) > 0 {
		r.step(next, kept)
	}
}

// sound returns the plans that verify, in the order of the batch. Where the
// verification says what is wrong, the suspects are tried apart from the others;
// else by halving: a batch of n with one guilty plan costs about 2·log n
// verifications. Of plans that verified all at once it returns the attempt, too.
func (r *run) sound(batch []*proposal) ([]*proposal, *attempt) {
	a, err := r.try(batch)
	if err == nil {
		return batch, a
	}
	if len(batch) == 1 {
		batch[0].entry.close(report.RolledBack, r.said(err))
		return nil, nil
	}
	if objection, ok := errors.AsType[*objection](err); ok {
		if suspects, others := objection.suspects(batch); len(suspects) > 0 && len(others) > 0 {
			return r.soundApart(batch, suspects, others)
		}
	}
	half := len(batch) / 2
	first, _ := r.sound(batch[:half])
	second, _ := r.sound(batch[half:])
	return append(first, second...), nil
}

// soundApart is sound of a batch in two parts. Where nothing is left of the
// suspects the attempt of the others is that of all that is kept.
func (r *run) soundApart(batch, suspects, others []*proposal) ([]*proposal, *attempt) {
	cleared, _ := r.sound(suspects)
	good, a := r.sound(others)
	if len(cleared) == 0 {
		return good, a
	}
	return slices.DeleteFunc(slices.Clone(batch), func(p *proposal) bool {
		return !slices.Contains(cleared, p) && !slices.Contains(good, p)
	}), nil
}

// said is an error as the user knows the files: from the working directory.
func (r *run) said(err error) string {
	return strings.ReplaceAll(err.Error(), newPlaces(r.opts.Load.Dir).dir+string(filepath.Separator), "")
}

// accumulate keeps each plan that verifies together with those before it.
func (r *run) accumulate(batch []*proposal) (kept []*proposal, next *attempt) {
	for _, p := range batch {
		more := append(kept[:len(kept):len(kept)], p)
		a, err := r.try(more)
		if err != nil {
			p.entry.close(report.RolledBack, r.said(err))
			continue
		}
		kept, next = more, a
	}
	return kept, next
}

// An attempt is a verified next program with what is found in it.
type attempt struct {
	prog    *load.Program
	files   map[string][]byte
	found   []*found
	touched map[string]bool // import paths of the packages that were checked again
	// revealed are findings that a fix has brought to light, and how many of each.
	revealed map[key]int
}

// try makes the next program from the plans and verifies it.
func (r *run) try(plans []*proposal) (*attempt, error) {
	if len(plans) == 0 {
		return nil, nil
	}
	r.forget()
	files, err := r.files(plans)
	if err != nil {
		return nil, err
	}
	next, err := r.with(files)
	if err != nil {
		return nil, err
	}
	return r.verify(next, files, plans)
}

// step makes a verified attempt the current program.
func (r *run) step(a *attempt, plans []*proposal) {
	for _, p := range plans {
		p.entry.repaired("")
	}
	maps.Copy(r.after, a.files)
	r.prog = a.prog
	r.rebind(a.found, a.touched)
	r.meet(a)
}

// rest lets go of the last program, once nothing is applied any more: the
// findings are those of the first.
func (r *run) rest() {
	r.prog = r.first
	for _, e := range r.entries {
		if e.open() {
			e.now = e.first
		}
		if e.behind {
			e.now = nil // the program as it was loaded has no such finding
		}
	}
	r.forget()
}
