package match

import (
	"go/ast"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// A predicate is a question that the facts answer.
type predicate struct {
	doc    string
	params []parameter
	ask    func(a asked, yield func(answer) bool) bool
}

// A parameter of a predicate.
type parameter struct {
	name     string
	doc      string
	binds    bool     // the predicate says what it is; the hole may be left out
	list     bool     // what it binds is a list
	optional bool     // it may be left out
	words    []string // it is one of these words, not a hole
}

// asked is what a predicate is asked about.
type asked struct {
	*query
	match found
	with  map[string]string // what the rule says for the parameters: holes and words
}

// nodes returns what the hole of a parameter is bound to; none if it is unbound.
func (a asked) nodes(param string) []ast.Node { return a.match.hole(a.with[param]) }

// node returns the first of them, of a parameter that must be bound.
func (a asked) node(param string) ast.Node { return a.nodes(param)[0] }

// word returns the word that a parameter is.
func (a asked) word(param string) string { return a.with[param] }

// An answer is one way in which a predicate holds.
type answer struct {
	binds    map[string][]ast.Node // by parameter
	evidence []Evidence
}

// predicates are what a rule can ask, one idea a file.
var predicates = map[string]predicate{
	"address-escapes":   addressEscapePredicate,
	"costly":            costlyPredicate,
	"fills-too":         fillsTooPredicate,
	"stored":            storedPredicate,
	"appends-shared":    appendsSharedPredicate,
	"abandoned":         abandonedPredicate,
	"left-open":         leftOpenPredicate,
	"left-pipe":         leftPipePredicate,
	"one-word":          oneWordPredicate,
	"unordered-keys":    elementsPredicate,
	"up-the-tree":       upTreePredicate,
	"calls-back":        callsBackPredicate,
	"runs-stored":       storedBackPredicate,
	"asks-itself":       ownRequestPredicate,
	"overtaken":         overtakenPredicate,
	"two-locks":         twoLocksPredicate,
	"polls-locked":      lockedPollPredicate,
	"closed-by-two":     closedByTwoPredicate,
	"closes-again":      closesAgainPredicate,
	"call-closes-again": callClosesAgainPredicate,
	"dead-case":         deadCasePredicate,
	"deaf":              deafPredicate,
	"deaf-loop":         deafLoopPredicate,
	"ended-ctx":         endedContextPredicate,
	"falsely-shared":    falselySharedPredicate,
	"deferred-early":    deferredEarlyPredicate,
	"deferred-turn":     deferredTurnPredicate,
	"derived":           derivedPredicate,
	"repeatable":        repeatablePredicate,
	"singlehanded":      singlehandedPredicate,
	"deserted":          desertedPredicate,
	"double-checked":    doubleCheckedPredicate,
	"checked-once":      checkedOncePredicate,
	"drops-unlock":      dropsUnlockPredicate,
	"half-locked":       halfLockedPredicate,
	"guard-escapes":     guardEscapePredicate,
	"guarded":           guardedPredicate,
	"half-closed":       halfClosedPredicate,
	"handed-release":    handedReleasePredicate,
	"guards-map":        guardsMapPredicate,
	"held-across":       heldAcrossPredicate,
	"ignored-end":       ignoredEndPredicate,
	"kept":              keptPredicate,
	"leaks":             leaksPredicate,
	"loaded":            loadedPredicate,
	"loaded-counter":    loadedCounterPredicate,
	"loaded-field":      loadedFieldPredicate,
	"lost-release":      lostReleasePredicate,
	"lost-reply":        lostReplyPredicate,
	"lazily-set":        lazySetPredicate,
	"loses-update":      lostUpdatePredicate,
	"rereads-added":     addRereadPredicate,
	"tested-early":      earlyCheckPredicate,
	"lent":              lentPredicate,
	"pooled-result":     pooledResultPredicate,
	"lost-signal":       lostSignalPredicate,
	"miscounts":         miscountsPredicate,
	"misordered":        misorderedPredicate,
	"mispaired":         mispairedPredicate,
	"mixed":             mixedPredicate,
	"nested-limit":      nestedLimitPredicate,
	"nil-channel":       nilChannelPredicate,
	"no-shorter":        noShorterPredicate,
	"notifies":          notifiesPredicate,
	"beside-once":       besideOncePredicate,
	"once-again":        onceAgainPredicate,
	"once-error":        onceErrorPredicate,
	"other-type":        otherTypePredicate,
	"outlived":          outlivedPredicate,
	"overreleases":      overreleasesPredicate,
	"deaf-receive":      deafReceivePredicate,
	"outlives-close":    outlivesClosePredicate,
	"seen-full":         seenFullPredicate,
	"overwritten-lock":  overwrittenLockPredicate,
	"passed-close":      passedClosePredicate,
	"pilesup":           pilesUpPredicate,
	"private":           privatePredicate,
	"races":             racesPredicate,
	"races-called":      racesCalledPredicate,
	"read-held":         readHeldPredicate,
	"recovered-held":    recoveredHeldPredicate,
	"relocks":           relocksPredicate,
	"request-ctx":       requestContextPredicate,
	"late-answer":       lateAnswerPredicate,
	"rereads":           rereadsPredicate,
	"cut-output":        cutOutputPredicate,
	"cut-shutdown":      cutShutdownPredicate,
	"filled":            filledPredicate,
	"reused":            reusedPredicate,
	"sent":              sentPredicate,
	"self-wait":         selfWaitPredicate,
	"spins":             spinsPredicate,
	"split-lock":        splitLockPredicate,
	"stale-check":       staleCheckPredicate,
	"starved":           starvedPredicate,
	"stateful":          statefulPredicate,
	"rehearsed":         rehearsedPredicate,
	"asked-again":       askedAgainPredicate,
	"running-timer":     runningTimerPredicate,
	"zero-timer":        zeroTimerPredicate,
	"stuck":             stuckPredicate,
	"uncancelled":       uncancelledPredicate,
	"unheard-cancel":    unheardCancelPredicate,
	"unheard-stop":      unheardStopPredicate,
	"unended":           unendedPredicate,
	"unguarded":         unguardedPredicate,
	"unserved":          unservedPredicate,
	"unstopped":         unstoppedPredicate,
	"used-on":           usedOnPredicate,
}

// binds reports whether a parameter is one that the predicate binds.
func (p predicate) binds(name string) bool {
	i := slices.IndexFunc(p.params, func(param parameter) bool { return param.name == name })
	return i >= 0 && p.params[i].binds
}

// predicate compiles a constraint that names one.
func (c *compiler) predicate(pointer string, k *rules.Constraint, bound holeSet) constraint {
	p, ok := predicates[k.Predicate]
	if !ok {
		c.add(pointer+"/predicate", "there is no predicate %q%s", k.Predicate, rules.Suggest(k.Predicate, slices.Sorted(maps.Keys(predicates))))
		return nil
	}
	c.arguments(pointer, k, p, bound)
	return func(q *query, f found, yield yield) bool {
		fr := q.enter(yield)
		fr.f, fr.with = f, k.With
		goOn := p.ask(asked{query: q, match: f, with: k.With}, fr.answer)
		q.leave()
		return goOn
	}
}

// arguments checks the parameters that a rule sets, and notes what they bind.
func (c *compiler) arguments(pointer string, k *rules.Constraint, p predicate, bound holeSet) {
	var names []string
	for _, param := range p.params {
		names = append(names, param.name)
		value, ok := k.With[param.name]
		at := pointer + "/with/" + param.name
		switch {
		case !ok && !param.optional && !param.binds:
			c.add(pointer, "the predicate %s needs the parameter %q: %s", k.Predicate, param.name, param.doc)
		case !ok:
		case param.words != nil && !slices.Contains(param.words, value):
			c.add(at, "%q is none of %s", value, strings.Join(param.words, ", "))
		case param.words == nil && !strings.HasPrefix(value, "$"):
			c.add(at, "%q is no hole: write $name", value)
		case param.binds:
			bound[value] = param.list
		case param.words == nil:
			c.use(at, value, bound)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.With)) {
		if !slices.Contains(names, name) {
			c.add(pointer+"/with/"+name, "the predicate %s has no parameter %q%s", k.Predicate, name, rules.Suggest(name, names))
		}
	}
}

// learn returns f with what an answer binds and proves.
func (f found) learn(q *query, with map[string]string, ans answer) (found, bool) {
	for _, param := range slices.Sorted(maps.Keys(ans.binds)) {
		hole, wanted := with[param]
		if !wanted {
			continue
		}
		var ok bool
		if f, ok = f.with(q, hole, ans.binds[param]); !ok {
			return f, false
		}
	}
	f.evidence = slices.Concat(f.evidence, ans.evidence)
	return f, true
}
