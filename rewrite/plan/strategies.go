package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/chans"
	"github.com/lockfix/lockfix/rewrite/plan/locks"
	"github.com/lockfix/lockfix/rewrite/plan/memory"
	"github.com/lockfix/lockfix/rewrite/plan/steps"
	"github.com/lockfix/lockfix/rewrite/plan/waits"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/pattern"
)

// A Strategy changes the tree of its site. Its error is the refusal: a
// sentence that the user reads.
type Strategy func(*edit.Site) error

// A strategyInfo is what the table knows of a strategy.
type strategyInfo struct {
	doc    string            // what it does, one sentence
	params map[string]string // parameters that a rule may set, each with its meaning
	run    Strategy
	kind   string // what it makes of shared memory, one of Kinds, or Padding; "" for what is none of them
}

// Kinds are the ways to share memory between goroutines that a user can prefer.
var Kinds = []string{"guard", "syncmap", "atomic", "sharded"}

// Kind returns which of Kinds a fix is, "" for none.
func Kind(fix *rules.Fix) string { return strategies[fix.Strategy].kind }

// Padding is the kind of what changes nothing but where words lie in memory.
const Padding = "padded"

// OnRequest reports whether a fix is made only where its kind is preferred, or
// padding is asked for.
func OnRequest(fix *rules.Fix) bool { return Kind(fix) == "sharded" || Kind(fix) == Padding }

// Pads reports whether a rule is about where words lie in memory: it has fixes of that kind alone.
func Pads(rule *rules.Rule) bool {
	return len(rule.Fixes) > 0 && !slices.ContainsFunc(rule.Fixes, func(fix rules.Fix) bool { return Kind(&fix) != Padding })
}

// strategies are the rewrites that a rule can name, one file each.
var strategies = map[string]strategyInfo{
	// locks
	"deferbehind":     {doc: "moves a deferred unlock from before the Lock to right behind it", run: locks.DeferBehind},
	"deferdropped":    {doc: "calls at the end of the function the unlock func that a call returned to nobody", run: locks.DeferDropped},
	"deferinside":     {doc: "moves a deferred unlock into the goroutine that takes the lock", run: locks.DeferInside},
	"deferlock":       {doc: "turns a deferred Lock into the unlock that was meant", run: locks.DeferLock},
	"deferunlock":     {doc: "releases the lock by one deferred call right after it is taken, instead of on each way out", run: locks.DeferUnlock},
	"innersection":    {doc: "takes out a critical section inside one of the same lock; a read lock around a write becomes a write lock", run: locks.InnerSection},
	"lockforunlock":   {doc: "turns a second Lock into the unlock that was meant", run: locks.LockForUnlock},
	"lockedtwin":      {doc: "gives a method that takes the lock a twin for callers that hold it, and calls that", run: locks.LockedTwin},
	"lockorder":       {doc: "takes two locks in the order in which the rest of the program does", run: locks.LockOrder},
	"orderpair":       {doc: "takes the locks of two parameters in the order of a field that tells objects apart", run: locks.OrderPair},
	"pointercopy":     {doc: "makes a variable lead to what it was a copy of", run: locks.PointerCopy},
	"pointerreceiver": {doc: "gives a method a pointer as its receiver", run: locks.PointerReceiver},
	"keepfirst":       {doc: "keeps the entry that another has stored meanwhile", run: memory.KeepFirst},
	"awaitshutdown":   {doc: "waits for the goroutine that shuts a server down", run: chans.AwaitShutdown},
	"recheck":         {doc: "repeats a check in the critical section that acts on it", run: locks.ReCheck},
	"surplusunlock":   {doc: "takes out an unlock of a lock that is released already", run: locks.SurplusUnlock},
	"turnfunc":        {doc: "runs each turn of a loop in a function of its own, at whose end the deferred unlock runs", run: locks.TurnFunc},
	"turnunlock": {doc: "releases the lock at the end of each turn of a loop, instead of at the end of the function", run: locks.TurnUnlock,
		params: map[string]string{"panics": "false: refuse where the turn can panic"}},
	"unlockbefore": {doc: "releases the lock before the operation that waits, with what it reads read before", run: locks.UnlockBefore},
	"unlockpause":  {doc: "releases the lock while a loop that waits under it pauses", run: locks.UnlockPause},
	"unlockpath":   {doc: "releases the lock before each way out on which it is lost", run: locks.UnlockPath},

	"keeplock":    {doc: "sets the other fields of a struct, and leaves the lock in it alone", run: locks.KeepLock},
	"unlockhalf":  {doc: "releases a lock only where it is taken", run: locks.UnlockHalf},
	"unlocktried": {doc: "releases a lock only where TryLock has got it", run: locks.UnlockTried},

	// WaitGroups
	"addeach":    {doc: "counts each goroutine where it starts", run: waits.AddEach},
	"addearly":   {doc: "counts a goroutine before it starts", run: waits.AddEarly},
	"bufferwait": {doc: "gives a channel room for what goroutines send before they are done", run: waits.BufferWait},
	"closepipe":  {doc: "closes the side of a pipe that is left, with the error if there is one", run: chans.ClosePipe},
	"waitlater":  {doc: "starts a goroutine that waits behind what it waits for is counted", run: waits.WaitLater},
	"dropdone":   {doc: "takes out a Done that the goroutine's deferred one says once more", run: waits.DropDone},
	"deferdone":  {doc: "is done with a WaitGroup by one deferred call, on every way out", run: waits.DeferDone},
	"waitaside":  {doc: "waits and closes in a goroutine of its own", run: waits.WaitAside},
	"waitbehind": {doc: "waits behind the loop that starts the goroutines", run: waits.WaitBehind},

	// channels
	"deferclose":    {doc: "lets the goroutine that sends close the channel on every way out", run: chans.DeferClose},
	"dropclose":     {doc: "leaves the close of a channel to the deferred call that closes it, too", run: chans.DropClose},
	"closeleaving":  {doc: "closes the channel on the ways out before the close, too", run: chans.CloseLeaving},
	"closenothing":  {doc: "takes out the close of a channel of which nobody hears", run: chans.CloseNothing},
	"deferhalf":     {doc: "lets the function that makes a channel close it on every way out", run: chans.DeferHalf},
	"deferword":     {doc: "lets a goroutine tell of its end by one deferred close, on every way out", run: chans.DeferWord},
	"leaveloop":     {doc: "lets a case that hears of the end leave the function", run: chans.LeaveLoop},
	"dropdefault":   {doc: "takes a default out of a select", run: chans.DropDefault},
	"listensend":    {doc: "lets a send listen for the end of its loop", run: chans.ListenSend},
	"listenend":     {doc: "lets a send listen for the end of the receiver", run: chans.ListenEnd},
	"listencontext": {doc: "lets a send of a goroutine listen for the context of its function", run: chans.ListenContext},
	"waitloop":      {doc: "lets a wait at a sync.Cond come back to its condition", run: waits.WaitLoop},
	"withoutcancel": {doc: "gives a goroutine the values of a context, not its end", run: chans.WithoutCancel},
	"timerforafter": {doc: "makes a timer that is stopped in the place of time.After", run: chans.TimerForAfter},
	"buffersend":    {doc: "gives a channel room for all that its goroutines send", run: chans.BufferSend},
	"buffersignal":  {doc: "gives the channel of a signal.Notify room for one", run: chans.BufferSignal},
	"defercancel":   {doc: "defers the call of the function that cancels a context", run: chans.DeferCancel},
	"onceclose":     {doc: "lets a sync.Once beside a channel close it, wherever the program does", run: memory.OnceClose},
	"closequeue":    {doc: "closes a channel when the function that alone sends on it leaves", run: chans.CloseQueue},
	"stopsend":      {doc: "lets a goroutine that sends go when the function that serves it has left", run: chans.StopSend},

	// guards
	"atomicstep":   {doc: "makes a Load, a test and a Store of an atomic one CompareAndSwap, or a Load and a Store one Add", run: steps.AtomicStep},
	"cloneguarded": {doc: "clones a guarded map or slice where a reference to it gets out of the lock", run: memory.CloneGuarded},
	"guard":        {doc: "holds the lock that guards a variable around the accesses of a function that do without", run: memory.Guard, kind: "guard"},

	"typedatomic": {doc: "makes a variable one of the types of sync/atomic, with all its uses", run: memory.TypedAtomic, kind: "atomic"},
	"snapshot":    {doc: "keeps a map behind an atomic pointer: who writes puts a changed copy in its place", run: memory.Snapshot, kind: "atomic"},
	"newmutex":    {doc: "puts a mutex beside a variable, and holds it around every use", run: memory.NewMutex, kind: "guard"},
	"dropcheck":   {doc: "takes the first check of a double-checked lock out", run: memory.DropCheck, kind: "guard"},
	"oncedo":      {doc: "lets a sync.Once do what a double-checked lock did", run: memory.OnceDo},
	"tosyncmap":   {doc: "makes a map a sync.Map, with all its uses", run: memory.ToSyncMap, kind: "syncmap"},
	"toshards":    {doc: "makes a map one in parts, each with a lock of its own; on request only", run: memory.ToShards, kind: "sharded"},
	"plainatomic": {doc: "makes a plain access of a variable one of sync/atomic", run: memory.PlainAtomic, kind: "atomic"},
	"writelock":   {doc: "takes a lock to write where a function took it to read, and wrote", run: locks.WriteLock},

	"pad": {doc: "puts a cache line of padding between words that different goroutines write; on request only", run: memory.Pad, kind: Padding},

	// captured variables
	"redeclare":  {doc: "gives a goroutine a variable of its own for a captured one that it writes before it reads", run: memory.Redeclare},
	"moveearly":  {doc: "moves a write before the go statement of the goroutine that reads what it writes", run: memory.MoveEarly},
	"passvalue":  {doc: "gives a goroutine the value of a variable that it only reads, or a channel, when it starts", run: memory.PassValue},
	"ownarray":   {doc: "lets an append make an array of its own", run: memory.OwnArray},
	"owncopy":    {doc: "gives each turn of a loop its own copy of the loop's variable", run: memory.OwnCopy},
	"localmutex": {doc: "holds a mutex around the accesses of a captured variable that are in no order", run: memory.LocalMutex, kind: "guard"},

	// sync.Map
	"loadfirst":      {doc: "looks for the key before it makes the value for LoadOrStore", run: steps.LoadFirst},
	"loadorstore":    {doc: "makes one LoadOrStore of a Load and the Store after a miss", run: steps.LoadOrStore},
	"loadanddelete":  {doc: "makes one LoadAndDelete of a Load and the Delete after a hit", run: steps.LoadAndDelete},
	"compareandswap": {doc: "makes one CompareAndSwap of a Load, a comparison and the Store after it", run: steps.CompareAndSwap},
}

// Check returns the mistakes that a library makes about how to fix: strategies
// and parameters that do not exist, templates that replace nothing.
func Check(library []*rules.Rule) []rules.Mistake {
	var found []rules.Mistake
	for _, r := range library {
		for i, fix := range r.Fixes {
			at := fmt.Sprintf("/fixes/%d", i)
			found = append(found, checkStrategy(r, fix, at)...)
			found = append(found, checkTemplate(r, fix, at)...)
		}
	}
	return found
}

func checkStrategy(r *rules.Rule, fix rules.Fix, at string) []rules.Mistake {
	if fix.Strategy == "" {
		return nil
	}
	info, ok := strategies[fix.Strategy]
	if !ok {
		return []rules.Mistake{r.Mistake(at+"/strategy", "there is no strategy %q; there are %s", fix.Strategy, list(strategies))}
	}
	var found []rules.Mistake
	for _, name := range sortedKeys(fix.Params) {
		if _, ok := info.params[name]; !ok {
			found = append(found, r.Mistake(at+"/params/"+name, "strategy %s has no parameter %q; it has %s", fix.Strategy, name, list(info.params)))
		}
	}
	return found
}

// checkTemplate reports what is no template though it is a pattern: what is
// neither, rules/match reports.
func checkTemplate(r *rules.Rule, fix rules.Fix, at string) []rules.Mistake {
	if fix.Template == "" {
		return nil
	}
	if _, err := pattern.Parse(fix.Template); err != nil {
		return nil
	}
	if err := edit.CheckTemplate(fix.Template); err != nil {
		return []rules.Mistake{r.Mistake(at+"/template", "a template is an expression or statements: a declaration is not replaced")}
	}
	return nil
}

// list names the keys of a table for a sentence.
func list[V any](table map[string]V) string {
	if len(table) == 0 {
		return "none"
	}
	return strings.Join(sortedKeys(table), ", ")
}

func sortedKeys[V any](table map[string]V) []string {
	keys := make([]string, 0, len(table))
	for k := range table {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
