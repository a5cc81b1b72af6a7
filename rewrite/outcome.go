package rewrite

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
)

// An outcome is what became of the findings of a survey: which fixes verify, and
// what is told. It hangs on the packages that are wanted and on all that they
// need, on the order of locks in the whole program, and, where a fix would change
// a declaration, on those who import it. If these are as they were, an edit
// elsewhere leaves it as it was.
type outcome struct {
	*survey
	key cache.Key
	ok  bool // it can be kept
}

// keptOutcome is an outcome in the cache.
type keptOutcome struct {
	Kept  kept
	Woken []string             // IDs of packages that an edit would have checked again
	Below cache.Key            // what those are
	Files map[string]cache.Key // what the files hold that are named
}

func (s *survey) outcome(wanted []bool) *outcome {
	o := &outcome{survey: s}
	if s.Cache == nil || s.digests == nil || s.complains {
		return o
	}
	h := cache.NewHash("outcome")
	if !s.identity(h) {
		return o
	}
	for i, r := range s.roots {
		h.String(fmt.Sprint(r.ID, r.Platform, r.SupersededBy, r.Needs, wanted[i]))
		if n := s.notes[i]; n != nil {
			h.Bytes(n.SketchHash[:])
		}
		if wanted[i] {
			h.Strings(s.listing.Fixed(i))
			for _, path := range s.listing.Elsewhere(i) {
				content := s.listing.Content(path, s.ledger)
				h.String(path)
				h.Bytes(content[:])
			}
		}
	}
	below, ok := s.state(wanted)
	h.Bytes(below[:])
	o.key, o.ok = h.Key(), ok
	return o
}

// state hashes some roots: their files, and what those below declare and tell.
// It fails where that cannot be told.
func (s *survey) state(which []bool) (key cache.Key, ok bool) {
	h := cache.NewHash("state")
	below := s.below()
	for i := range which {
		if !which[i] {
			continue
		}
		if s.digests[i] == (load.Digest{}) {
			return key, false
		}
		h.String(s.roots[i].ID)
		h.Bytes(s.digests[i][:])
		h.Bytes(below[i][:])
	}
	return h.Key(), true
}

// recall returns the outcome of an earlier run.
func (o *outcome) recall() (*Result, bool) {
	if !o.ok {
		return nil, false
	}
	value, ok := o.Cache.Get(o.key)
	if !ok {
		return nil, false
	}
	var k keptOutcome
	if gob.NewDecoder(bytes.NewReader(value)).Decode(&k) != nil {
		return nil, false
	}
	if below, ok := o.state(o.named(k.Woken)); !ok || below != k.Below || !maps.Equal(k.Files, o.hashes(k.Kept.Report)) {
		return nil, false
	}
	res := k.Kept.result()
	listed := o.listing.Listed()
	res.Report.Counts.Packages, res.Report.Counts.Files = listed.Packages, listed.Files
	for _, r := range o.roots {
		res.packages[r.Path] = true
	}
	return res, true
}

// keep remembers an outcome that complains of nothing. woken are the packages that
// its edits woke.
func (o *outcome) keep(res *Result, woken []string) {
	if !o.ok || len(res.Report.Errors) > 0 {
		return
	}
	k := keptOutcome{Kept: keptOf(res), Woken: woken, Files: o.hashes(res.Report)}
	var ok bool
	if k.Below, ok = o.state(o.named(k.Woken)); !ok {
		return
	}
	k.Kept.Packages = map[string]bool{} // they are those of the listing
	var value bytes.Buffer
	if gob.NewEncoder(&value).Encode(k) == nil {
		o.Cache.Put(o.key, value.Bytes())
	}
}

// named finds roots by their IDs.
func (s *survey) named(ids []string) []bool {
	which := make([]bool, len(s.roots))
	for i, r := range s.roots {
		which[i] = slices.Contains(ids, r.ID)
	}
	return which
}

// hashes are those of the files that a report names; zero for one that is not there.
func (s *survey) hashes(r report.Report) map[string]cache.Key {
	all := map[string]cache.Key{}
	add := func(file string) {
		path := filepath.FromSlash(file)
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.listing.Dir(), path)
		}
		all[file] = s.listing.Content(path, s.ledger)
	}
	for _, f := range r.Findings {
		add(f.File)
		for _, related := range f.Related {
			add(related.File)
		}
	}
	return all
}
