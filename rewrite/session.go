package rewrite

import (
	"context"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
)

// A Session answers again and again for the same packages, as `lockfix watch`
// does on every save. It keeps the listing, what packages declare, and the notes
// of packages in memory, so that an answer costs what was touched. The zero value
// begins one; it is not for concurrent use.
type Session struct {
	job     *job
	inputs  []string
	listing *load.Listing
	cache   *cache.Cache
	ledger  *cache.Ledger
	notes   map[cache.Key]*note
	answers int // with this listing
}

// maxAnswers bounds how often a listing is used: every program that is made of it
// takes positions in its file set, which are not given back.
const maxAnswers = 200

// Use makes options those of the answers from now on, and reads the rules. Where
// that fails, the last ones stay. What is loaded must stay the same, and there is
// no overlay.
func (s *Session) Use(opts Options) error {
	if s.cache == nil {
		s.cache = opts.Cache.InMemory()
	}
	opts.Cache = s.cache
	j, err := newJob(opts)
	if err == nil {
		s.job = j
	}
	return err
}

// Run is [Run] with the options in use, and with what the session remembers.
func (s *Session) Run(ctx context.Context) (*Result, error) {
	result, survey, err := s.answer(ctx, s.job)
	if err == nil && survey.unparsed && s.answers > 1 {
		// What a file that does not parse declares hangs on more than its tokens, by
		// which the declarations of the last answer were taken for those of today.
		s.listing = nil
		result, survey, err = s.answer(ctx, s.job)
	}
	if err != nil || survey.unparsed {
		s.listing = nil
	}
	return result, err
}

func (s *Session) answer(ctx context.Context, j *job) (*Result, *survey, error) {
	if s.listing == nil || s.answers >= maxAnswers || !s.listing.Unchanged() {
		listing, err := load.ListCached(ctx, j.Load, j.Cache)
		if err != nil {
			return nil, nil, err
		}
		s.listing, s.answers, s.notes = listing, 0, nil // what notes hold is in its file set
		s.inputs = listing.Inputs()
	}
	s.answers++
	survey := surveyOf(j, s.listing)
	if s.ledger != nil {
		s.ledger.Renew()
	}
	survey.recall(s)
	s.ledger = survey.ledger
	result, err := survey.result(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.notes = map[cache.Key]*note{}
	for i, n := range survey.notes {
		if n != nil && !n.passing && survey.bases[i] != (cache.Key{}) {
			s.notes[survey.bases[i]] = n
		}
	}
	return result, survey, nil
}

// Inputs are the directories whose files have decided the last answer; nil before
// there is one.
func (s *Session) Inputs() []string { return s.inputs }

// ledgerOf is the ledger of the session; without one, another.
func (s *Session) ledgerOf(other func() *cache.Ledger) *cache.Ledger {
	if s == nil || s.ledger == nil {
		return other()
	}
	return s.ledger
}

// noteOf is nil where there is none.
func (s *Session) noteOf(base cache.Key) *note {
	if s == nil {
		return nil
	}
	return s.notes[base]
}
