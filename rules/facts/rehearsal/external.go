package rehearsal

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A visit is a call of a function outside the package.
type visit struct {
	g      *goroutine
	fn     *ssa.Function
	args   []value
	pos    token.Pos
	result func(value)
}

// give returns a value to the caller.
func (v *visit) give(x value) {
	if v.result != nil {
		v.result(x)
	}
}

// external does a call of a function without a body here.
func (r *run) external(g *goroutine, fn *ssa.Function, args []value, result func(value)) {
	v := &visit{g: g, fn: fn, args: args, result: result, pos: g.callPos()}
	obj, _ := fn.Object().(*types.Func)
	if fn.Pkg != nil && fn.Pkg != r.pkg && fn == fn.Pkg.Func("init") {
		return // of another package
	}
	if obj == nil || obj.Pkg() == nil {
		r.giveUp("a function without a name")
	}
	obj = obj.Origin()
	name := r.memory.nameOf(obj)
	switch path := obj.Pkg().Path(); {
	case v.sync(name), v.clock(name), v.context(name), v.errgroup(name):
	case path == "sync" || path == "golang.org/x/sync/errgroup":
		r.giveUp("the function " + name)
	case path == "sync/atomic":
		v.atomic(obj)
	case path == "testing":
		v.testing(obj.Name())
	case ends[name], path == "log" && r.memory.ends(obj):
		panic(interrupt{left, name})
	case path != "log" && r.memory.ends(obj):
		g.exit()
	case name == "runtime.Gosched":
		g.act(v.pos, "yields", func() {})
	case path == "math/rand" || path == "math/rand/v2":
		r.count++
		v.give(r.symbolOf(fmt.Sprint(randomly, r.count))) // it may be anything
	case path == "log" && v.logs(name):
	case v.computes(name):
	case sorts[path] && takesFunction(obj):
		v.moves(path)
		v.give(r.results(obj.Signature())) // a function that it gets says which of two is less
	case harmless(path, name):
		v.writesFirst(obj)
		v.give(v.harmless(name))
	case strings.HasPrefix(obj.Name(), "Serve") || strings.HasPrefix(obj.Name(), "ListenAndServe"):
		r.giveUp("a server, which comes back with an error only")
	default:
		v.uses(obj)
		v.writesFirst(obj)
		if !pure[path] {
			r.outside[g] = true
		}
		r.unknown(args)
		v.give(r.made(obj))
	}
}

// made returns what a function of others returns: one that makes errors, as errors.New does, gives one.
func (r *run) made(fn *types.Func) value {
	results := fn.Signature().Results()
	makes := strings.HasPrefix(fn.Name(), "New") || strings.HasSuffix(fn.Name(), "Errorf")
	if makes && results.Len() == 1 && types.Identical(results.At(0).Type(), errorType) {
		return r.anError()
	}
	return r.results(fn.Signature())
}

func (r *run) anError() value {
	s := r.fresh()
	r.truths["("+s.name+" == <nil>)"] = false
	return s
}

// callPos returns where a goroutine calls something.
func (g *goroutine) callPos() token.Pos {
	if at := g.at; at.IsValid() {
		g.at = token.NoPos
		return at
	}
	for i := len(g.frames) - 1; i >= 0; i-- {
		f := g.frames[i]
		if f.pc == 0 {
			continue
		}
		if pos := f.block.Instrs[f.pc-1].Pos(); pos.IsValid() {
			return pos // not in a wrapper that nobody has written
		}
	}
	return g.start
}

// ends are the functions that end the process.
var ends = map[string]bool{
	"os.Exit": true, "log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "log.Panic": true, "log.Panicf": true, "syscall.Exit": true,
}

// sorts are the packages whose functions call what they get at once, to see what to do.
var sorts = map[string]bool{"sort": true, "slices": true, "maps": true, "strings": true, "bytes": true}

// moves notes that package sort moves the elements of what it gets.
func (v *visit) moves(path string) {
	x := v.args[0]
	if d, ok := x.(dynamic); ok {
		x = d.v
	}
	if s, ok := x.(slice); ok && path == "sort" {
		v.g.touchElems(s, 0, true, v.pos)
	}
}

// takesFunction reports whether a parameter of a function is a function.
func takesFunction(fn *types.Func) bool {
	for p := range fn.Signature().Params().Variables() {
		if _, ok := p.Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}

// harmless reports whether a function looks at its arguments and no more.
func harmless(path, name string) bool {
	switch path {
	case "log", "errors":
		return true
	case "fmt":
		return !strings.Contains(name, "can")
	}
	return false
}

// harmless returns what such a function returns.
func (v *visit) harmless(name string) value {
	if name == "errors.New" || name == "fmt.Errorf" {
		return v.g.r.anError()
	}
	return v.g.r.results(v.fn.Signature)
}

// sync does the functions of package sync.
func (v *visit) sync(name string) bool {
	method, ok := strings.CutPrefix(name, "(*sync.")
	if !ok {
		return v.newCond(name)
	}
	g, p := v.g, v.g.r.primitiveAt
	switch method {
	case "Mutex).Lock", "RWMutex).Lock":
		g.lock(p(v.args[0]), v.pos)
	case "RWMutex).RLock":
		g.rlock(p(v.args[0]), v.pos)
	case "Mutex).Unlock", "RWMutex).Unlock":
		g.unlock(p(v.args[0]), v.pos)
	case "RWMutex).RUnlock":
		g.runlock(p(v.args[0]), v.pos)
	case "Mutex).TryLock", "RWMutex).TryLock":
		g.try(p(v.args[0]), false, v.pos, v.give)
	case "RWMutex).TryRLock":
		g.try(p(v.args[0]), true, v.pos, v.give)
	case "WaitGroup).Add":
		g.add(p(v.args[0]), v.args[1], v.pos)
	case "WaitGroup).Done":
		g.add(p(v.args[0]), int64(-1), v.pos)
	case "WaitGroup).Wait":
		g.wait(p(v.args[0]), v.pos)
	case "WaitGroup).Go":
		g.counted(p(v.args[0]), v.args[1], v.pos, nil)
	case "Once).Do":
		g.once(p(v.args[0]), v.args[1], v.pos)
	case "Cond).Wait":
		v.suspend(p(v.args[0]))
	case "Cond).Signal", "Cond).Broadcast":
		g.wake(p(v.args[0]), method == "Cond).Broadcast", v.pos)
	default:
		return v.kept(method)
	}
	return true
}

func (v *visit) newCond(name string) bool {
	if name != "sync.NewCond" {
		return false
	}
	p := newPrimitive("Cond")
	p.field = &cell{v.args[0]}
	v.give(&cell{p})
	return true
}

// suspend is Cond.Wait; the lock of the Cond is a Mutex, or an RWMutex.
func (v *visit) suspend(p *primitive) {
	if p.field == nil {
		v.g.r.giveUp("a Cond without a lock")
	}
	d, ok := p.field.v.(dynamic)
	if !ok {
		v.g.r.giveUp("a Cond without a known lock")
	}
	mu := v.g.r.primitiveAt(d.v)
	if mu.name != "Mutex" && mu.name != "RWMutex" {
		v.g.r.giveUp("a Cond with another lock")
	}
	v.g.suspend(p, v.pos, func() { v.g.unlock(mu, v.pos) }, func() { v.g.lock(mu, v.pos) })
}

// cleanUp runs a function when the goroutine's outermost one has returned.
func (g *goroutine) cleanUp(fn value) {
	f := g.frames[0]
	f.deferred = append([]call{{fn: fn}}, f.deferred...)
	if f.result == nil {
		f.result = func(value) { f.finish(g) }
	}
}

// testing does the methods of *testing.T.
func (v *visit) testing(name string) {
	g := v.g
	switch name {
	case "Fatal", "Fatalf", "FailNow":
		v.says()
		g.exit()
	case "Skip", "Skipf", "SkipNow":
		g.exit()
	case "Cleanup":
		v.cleanUp(v.testerOf())
	case "Context":
		v.give(v.contextOf(g.r.derive(&scope{})))
	case "Run":
		v.subtest()
	case "Parallel":
		v.parks()
	case "Helper":
	case "Log", "Logf", "Error", "Errorf", "Fail":
		if g == g.r.root {
			return
		}
		g.act(v.pos, "says something", v.says) // the test may end before
	default:
		v.give(g.r.results(v.fn.Signature))
	}
}
