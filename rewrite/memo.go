package rewrite

import (
	"bytes"
	"encoding/gob"
	"time"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
)

// A memo recalls the result of a run with the same options, of the same lockfix,
// over the same files. Nothing is listed, parsed or type-checked for it.
//
// The key holds what the options say; the entry holds the state of the files
// beside the result. A result with errors is not kept: what it lacked may come
// from outside, a module that is downloaded later.
type memo struct {
	cache *cache.Cache
	key   cache.Key
	began time.Time
}

// kept is what a memo remembers.
type kept struct {
	Inputs          cache.Inputs
	Report          report.Report
	Changes         []diffs.Change
	Before, After   map[string][]byte
	Applied         map[string]bool
	Packages, Rules map[string]bool
	Revealed        int
}

// newMemo returns a memo for a run; one without a cache where the options
// cannot be told in a key.
func newMemo(j *job) memo {
	opts := j.Options
	m := memo{cache: opts.Cache, began: time.Now()}
	if m.cache == nil {
		return m
	}
	if len(opts.Load.Overlay) > 0 || !opts.Deadline.IsZero() {
		return memo{} // what is laid over the files is not theirs, and a deadline is no state
	}
	var ok bool
	if m.key, ok = keyOfRun(j); !ok {
		return memo{}
	}
	return m
}

// recall returns the result of an earlier run if nothing has changed since.
func (m memo) recall() (*Result, bool) {
	value, ok := m.cache.Get(m.key)
	if !ok {
		return nil, false
	}
	var k kept
	if gob.NewDecoder(bytes.NewReader(value)).Decode(&k) != nil || !k.Inputs.Unchanged(load.IsInput) {
		return nil, false
	}
	return k.result(), true
}

func (k kept) result() *Result {
	res := &Result{
		Report: k.Report, Changes: k.Changes, Before: k.Before, After: k.After,
		applied: k.Applied, packages: k.Packages, rules: k.Rules, Revealed: k.Revealed,
	}
	if res.packages == nil {
		res.packages = map[string]bool{}
	}
	return res
}

func keptOf(res *Result) kept {
	return kept{cache.Inputs{}, res.Report, res.Changes, res.Before, res.After, res.applied, res.packages, res.rules, res.Revealed}
}

// keep remembers a result. What fails here costs the next run some time.
func (m memo) keep(res *Result, listing *load.Listing, ledger *cache.Ledger) {
	if m.cache == nil || len(res.Report.Errors) > 0 {
		return
	}
	inputs, ok := cache.Snapshot(listing.Inputs(), load.IsInput, m.began, ledger)
	if !ok {
		return
	}
	var value bytes.Buffer
	k := keptOf(res)
	k.Inputs = inputs
	if gob.NewEncoder(&value).Encode(k) == nil && m.cache.Put(m.key, value.Bytes()) == nil {
		m.cache.TrimNowAndThen(cache.Limit)
	}
}
