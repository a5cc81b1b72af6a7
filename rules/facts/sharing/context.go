package sharing

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A context is what is known of the callers of a function.
type context struct {
	locks lockset
	// known says that all callers are seen, with the locks that they hold.
	known bool
	// bare says that some caller surely holds no lock.
	bare bool
	// mixed says that some callers hold a lock that others do not.
	mixed bool
}

// A lockset holds locks by their class: the field or variable that is the
// mutex, of whatever instance; true if it is held to write.
type lockset map[types.Object]bool

// both returns the locks that are in both sets.
func (s lockset) both(other lockset) lockset {
	common := lockset{}
	for class, write := range s {
		if w, ok := other[class]; ok {
			common[class] = write && w
		}
	}
	return common
}

// with returns the union of both sets.
func (s lockset) with(other lockset) lockset {
	all := maps.Clone(s)
	if all == nil {
		all = lockset{}
	}
	for class, write := range other {
		all[class] = all[class] || write
	}
	return all
}

var (
	unknown = context{}
	free    = context{known: true, bare: true} // nothing is held
)

// stateAt returns the locks that are held where a function comes to a node of
// its own, those of its callers among them.
func (f *Facts) stateAt(fn *function, at ast.Node) context {
	if fn == nil {
		return free
	}
	entry := f.entryOf(fn)
	state := f.pkg.LocksAt(fn.node, at)
	here := context{
		locks: entry.locks.with(f.lockset(state.Held)),
		known: entry.known && !state.Doubt,
		bare:  entry.bare && !state.Doubt && len(state.Held) == 0,
		mixed: entry.mixed,
	}
	if held := f.iteratedUnder(fn, at); len(held) > 0 {
		here.locks, here.bare = here.locks.with(held), false
	}
	return here
}

func (f *Facts) lockset(held []facts.Holding) lockset {
	set := lockset{}
	for _, h := range held {
		if class := classOf(h.Lock); class != nil {
			set[class] = set[class] || !h.Read
		}
	}
	return set
}

// entryOf returns what is known of a function when it begins.
//
// Of functions that call each other in a circle the one that is asked first finds the others
// unknown. So all are asked in the order of the source, once it is known who calls whom: what
// is found in a package does not hang on which rule asks first.
func (f *Facts) entryOf(fn *function) context {
	if f.settled && !f.entered {
		f.entered = true
		for _, each := range f.order {
			f.entryOf(each)
		}
	}
	if fn.entry != nil {
		return *fn.entry
	}
	if fn.asked {
		return unknown // it calls itself
	}
	fn.asked = true
	entry := f.enter(fn)
	fn.asked = false
	fn.entry = &entry
	return entry
}

func (f *Facts) enter(fn *function) context {
	if fn.obj != nil || fn.runs == bound {
		return f.enterBySites(fn)
	}
	switch fn.runs {
	case started:
		return f.enterStarted(fn, fn.around, fn.at)
	case inPlace:
		return f.stateAt(fn.around, fn.at)
	case deferred:
		return f.atExit(fn.around)
	}
	if fn.sampled || fn.ranged && fn.around.foreign() {
		return free
	}
	return unknown
}

// atExit returns what a deferred call finds: that is known where the function
// takes no lock itself.
func (f *Facts) atExit(fn *function) context {
	if fn == nil || len(f.pkg.Acquisitions(fn.node)) > 0 || f.pkg.LocksAt(fn.node, fn.body()).Doubt {
		return unknown
	}
	return f.entryOf(fn)
}

func (f *Facts) enterBySites(fn *function) context {
	if fn.valued || fn.obj != nil && fn.says() || f.keepsLock(fn) {
		return unknown
	}
	sites := f.realSites(fn)
	if len(sites) == 0 {
		if fn.public || fn.entered() || fn.initialises() {
			return free
		}
		return unknown
	}
	var entry *context
	for _, s := range sites {
		entry = entry.meet(f.atSite(fn, s))
	}
	if fn.public {
		entry = entry.meet(free)
	} else if entry.bare && f.bareWhenMade(fn, sites) {
		entry.bare = false
	}
	return *entry
}

// bareWhenMade reports whether a function is called without a lock only by those that prepare its
// object, and else by one that says that its caller holds a lock.
//
//	func (p *Pool) Init()      { for p.stored > p.room { p.drop() } }
//	func (p *Pool) addLocked() { …; p.drop() }
func (f *Facts) bareWhenMade(fn *function, sites []site) (held bool) {
	for _, s := range sites {
		switch {
		case s.in == nil:
			return false
		case s.in.outermost().says():
			held = true
		case f.atSite(fn, s).bare && (s.runs == started || !f.prepares(s.in.outermost())):
			return false
		}
	}
	return held
}

// meet returns what holds in both contexts; nil is no context yet.
func (c *context) meet(other context) *context {
	if c == nil {
		return &other
	}
	common := c.locks.both(other.locks)
	return &context{
		locks: common,
		known: c.known && other.known,
		bare:  c.bare || other.bare,
		mixed: c.mixed || other.mixed || len(common) < len(c.locks) || len(common) < len(other.locks),
	}
}

// realSites returns the calls of a function; those of tests only where there
// are no others. Calls of itself say nothing.
func (f *Facts) realSites(fn *function) []site {
	if !f.settled {
		return fn.findRealSites()
	}
	if !fn.sifted {
		fn.real, fn.sifted = fn.findRealSites(), true
	}
	return fn.real
}

func (fn *function) findRealSites() []site {
	var real, all []site
	for _, s := range fn.sites {
		if s.in == fn {
			continue
		}
		all = append(all, s)
		if fn.test || s.in == nil || !s.in.test {
			real = append(real, s)
		}
	}
	if len(real) == 0 && !fn.public {
		return all
	}
	return real
}

func (f *Facts) atSite(fn *function, s site) context {
	switch s.runs {
	case started:
		return f.enterStarted(fn, s.in, s.stmt)
	case deferred:
		return f.atExit(s.in)
	}
	return f.stateAt(s.in, s.call)
}

// says reports whether a function says that its caller holds a lock.
func (fn *function) says() bool {
	if fn.saysSo == unasked {
		fn.saysSo = no
		decl, ok := fn.node.(*ast.FuncDecl)
		if ok && (lockedName.MatchString(decl.Name.Name) || decl.Recv != nil && loggedName.MatchString(decl.Name.Name) || decl.Doc != nil && saysHeld(decl.Doc.Text())) {
			fn.saysSo = yes
		}
	}
	return fn.saysSo == yes
}

// saysHeld reports whether a comment says that a function is called with a lock
// held, or by one goroutine at a time.
func saysHeld(doc string) bool {
	lower := strings.ToLower(doc)
	if !slices.ContainsFunc(lockedWords, func(word string) bool { return strings.Contains(lower, word) }) {
		return false
	}
	return lockedDoc.MatchString(unlockedDoc.ReplaceAllString(doc, ""))
}

// lockWord is what a comment calls a lock: not a block, nor a clock, but dbLock.
const lockWord = `((\w*[^\Wbc])?lock|\w*[bc](?-i:Lock))\w*`

// lockedWords are those of which one is in whatever lockedDoc matches: most
// comments have none, and that is found out faster.
var lockedWords = []string{"lock", "mu", "critical section", "safe", "after creating", "synchroni", "serialized", "called", "only be", "not be"}

var (
	lockedName = lazyregexp.New(`(?i)((^|[^bc])Locked|[bc](?-i:Locked)|NoLock|Unlocked|WithoutLock|UnderLock|LockHeld|Unsafe|HoldingLock|_l|MuHeld)$|^(unsafe|nolock|locked)`)
	// loggedName is a method by which a logger writes an object: it is called where that is
	// logged, under whatever lock is held there (zap, zerolog, log/slog).
	loggedName = lazyregexp.New(`^(MarshalLogObject|MarshalLogArray|MarshalZerologObject|MarshalZerologArray|LogValue)$`)
	// unlockedDoc is no contract: it says what the function does not do.
	unlockedDoc = lazyregexp.New(`(?i)\b(without|does not|doesn.t|do not|don.t)( \w+){0,2} (hold\w*|tak\w+|acquir\w+)( \w+){0,3} (` + lockWord + `|mutex|mu)\b`)
	lockedDoc   = lazyregexp.New(`(?is)\b(` + lockWord + `|mutex|\w*mu|critical section)\b.{0,60}\b(held|holds?|holding|taken|acquired|locked)\b|\b(held|holds?|holding|takes?|acquires?|acquired|protected|guarded|under|hav(e|ing))\b.{0,60}\b(` + lockWord + `|mutex|\w*mu)\b|not (thread|goroutine|concurren\w*)[- ]?safe|\bafter creating\b|not safe for concurrent|synchroni[sz]|serialized|\bbe called (only|once|before|after|until|from|by|during|in)\b|(not|never)(\s\w+)? be (called|used|accessed|run|shared)(\s\w+){0,2}\s(concurrently|simultaneously|in parallel)\b|only (be )?called|called (only|once)|(should|must) (only|not) be`)
)
