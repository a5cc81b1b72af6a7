package sharing

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function is a declared function or a literal, with what is seen of how it
// comes to run.
type function struct {
	node   ast.Node    // *ast.FuncDecl or *ast.FuncLit
	obj    *types.Func // nil for a literal
	around *function   // of a literal: the function that it stands in
	runs   manner      // of a literal
	at     ast.Node    // of a literal: the call, go or defer statement that runs it
	sites  []site      // calls of it
	public bool        // other packages may call it
	valued bool        // it is used as a value: whoever gets that may call it
	test   bool        // it stands in a _test.go file
	joined bool        // of a literal: the call that starts it waits for it
	sound  bool        // of a literal: it has ended where the call that starts it returns no error
	// succeeds says of a literal that it has not been started where the call that starts it returns an error.
	succeeds bool
	many     bool   // of a literal: the call that starts it starts several
	handed   bool   // it is passed to a function of the package, which does nothing but call it
	hand     manner // how that runs it
	once     bool   // sync.Once runs it
	// inbox says of a literal that a function of the package gets it which does not call
	// it, but puts it where somebody else finds it: a list of what is to be done.
	inbox bool
	// elsewhere says that this is a goroutine which runs a declared function,
	// as if that stood where the goroutine is started.
	elsewhere bool
	above     bool // so it is, and the go statement stands in a function that is called there, which may wait for it

	// abroad says of a literal that who starts it, or what it stands for, is a function of
	// which not everything is seen: any wait may be for it.
	abroad  bool
	served  bool // of a literal in a test: a server of the test runs it for each request
	sampled bool // it is called whenever somebody asks for a number
	ranged  bool // of a literal: its function gives it away as a sequence, which who ranges over it runs
	behind  bool // of a literal that is handed over: whoever runs it has waited for somebody before

	entry       *context
	asked       bool       // entry is being computed
	preparing   bool       // whether only functions that prepare call it is being found out
	pairing     bool       // whether it is called twice at the same time is being found out
	making      bool       // whether it makes what it returns is being found out
	living      bool       // whether what it gets is at work is being found out
	confined    kept       // to one goroutine, by its documentation
	saysSo      kept       // that its caller holds a lock
	remarks     []*remark  // comments in it
	read        bool       // for remarks
	real        []site     // kept by realSites
	sifted      bool       // for real
	namedAs     kept       // something that prepares, by its name
	mute        kept       // whether it gives no signal: silent
	closing     kept       // whether it gives signals only when it ends
	atomics     *atomicUse // kept by atomicsOf
	starts      []ast.Node // where it starts goroutines itself
	searched    bool       // for starts
	values      map[*types.Var]*given
	signals     *signals
	constants   map[*types.Var]constant.Value // kept by constantsOf
	timers      map[types.Object][]ast.Node   // kept by timersOf
	deepSignals *signals                      // of what it calls, too
	owns        map[*types.Var]bool           // parameters that callers pass as their own; kept
	escapes     map[*types.Var][]escape
	known       passages
	open        passages             // with what only other packages write
	quietly     map[*facts.Block]int // how far it comes without a wait
	spinning    kept                 // whether it may spin until another goroutine does something
	waiting     kept                 // whether it may wait for another goroutine
	lingering   kept                 // whether it may wait for the network, or sleep
	slow        kept                 // whether it may take longer than a cache miss
	roots       []Root
	rooted      bool
}

// A manner is how a literal, or the function that a call names, runs.
type manner int

const (
	later    manner = iota // kept: at any time, on any goroutine
	inPlace                // during the call
	deferred               // when the function around it ends
	started                // on a goroutine of its own
	bound                  // a literal that a variable holds, which is only called: at its sites
)

// A site is one call of a function.
type site struct {
	in   *function // nil at package level
	call *ast.CallExpr
	runs manner // inPlace, deferred or started
	stmt ast.Node
	use  useOfParameter // of a function that is handed over
	recv ast.Expr       // of a call that a function of the standard library makes, or of a method that a variable holds: the object

	bound bool // the call is of a variable that only ever holds this function
}

// declare makes the functions that a file declares.
func (f *Facts) declare(file *ast.File) {
	test := strings.HasSuffix(f.pkg.Fset.Position(file.Package).Filename, "_test.go")
	for _, d := range file.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		obj, _ := f.pkg.Def(decl.Name).(*types.Func)
		fn := &function{node: decl, obj: obj, test: test}
		fn.public = obj != nil && obj.Exported() && f.pkg.Types.Name() != "main" && !test
		f.funcs[decl] = fn
		f.order = append(f.order, fn)
		if obj != nil {
			f.decls[obj] = fn
		}
	}
}

// body returns the body of a function.
func (fn *function) body() *ast.BlockStmt {
	if lit, ok := fn.node.(*ast.FuncLit); ok {
		return lit.Body
	}
	return fn.node.(*ast.FuncDecl).Body
}

// name returns what a reader calls the function; "" for a literal.
func (fn *function) name() string {
	if fn.obj == nil {
		return ""
	}
	return fn.obj.Name()
}

// outermost returns the declared function around a literal, or the literal of a
// package variable.
func (fn *function) outermost() *function {
	for fn.around != nil {
		fn = fn.around
	}
	return fn
}

// initialises reports whether the function runs before any other can: init, or
// the value of a package variable. A goroutine that it starts goes on beside the others.
func (fn *function) initialises() bool {
	top := fn
	for ; top.around != nil; top = top.around {
		if top.runs == started {
			return false
		}
	}
	return top.obj == nil || top.obj.Name() == "init" && top.obj.Signature().Recv() == nil
}

// entered reports whether the run time calls the function, once: main and tests.
func (fn *function) entered() bool {
	if fn.obj == nil || fn.obj.Signature().Recv() != nil {
		return false
	}
	name := fn.obj.Name()
	if name == "main" {
		return fn.obj.Pkg().Name() == "main"
	}
	return fn.test && (strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Benchmark") || strings.HasPrefix(name, "Example") || strings.HasPrefix(name, "Fuzz"))
}
