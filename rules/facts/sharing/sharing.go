// Package sharing says which variables of a package several goroutines can
// reach at once, which lock guards each of them, and where one is used without.
//
// # Theory
//
// Whose guard is it is told by belief inference (Engler et al., Bugs as Deviant
// Behavior, SOSP 2001): where most uses of a field hold one lock, the author
// believes that it guards the field, and the others are suspects. Locksets are
// those of Eraser (Savage et al., TOCS 1997), computed on paths instead of on a
// run. What a goroutine has made and nobody else can reach yet is its own, as in
// RacerD (Blackshear et al., OOPSLA 2018). Order is that of the Go memory model:
// what stands before a go statement happens before the goroutine, what stands
// behind a join happens after it.
//
// # Words
//
// An access is one use of a shared variable: a read or a write of the variable
// itself, or of the elements of the map or slice in it. A start is what makes a
// goroutine: a go statement, or a call that the models know as one. A context
// is what is known of the callers of a function: which locks they all hold, and
// whether what they pass is still their own. A root is where the goroutines
// begin that can come to a function: a start, or outside, which stands for the
// callers in other packages.
//
// # What it cannot see
//
// Other packages than its own. Two objects of one type are told apart only by
// the names that lead to them. Order that channels, sync.Cond and atomics make
// is seen where it joins a goroutine with the function that started it.
package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/syntax"
)

// Facts answers questions about the sharing of one package. It is made once a
// package and, like it, asked by one goroutine.
type Facts struct {
	pkg   *facts.Package
	funcs map[ast.Node]*function
	order []*function // in source order
	decls map[*types.Func]*function

	readOnly   map[types.Object]bool        // locks that are only read-locked; made when first asked
	holders    map[*types.Var][]*function   // literals, by the local variable that is given them
	methods    map[*types.Var][]boundMethod // declared functions, by the local variable that is given them
	calledVars map[*types.Var][]site        // calls of variables and parameters of func type
	otherUses  map[*types.Var]bool          // of func type: used otherwise than called or assigned a literal
	passed     map[ast.Expr]bool            // functions passed to calls of which it is known how they run them
	dynamic    []dynamicCall
	settled    bool // all calls of all functions are known
	entered    bool // all functions were asked what is known when they begin
	handings   []handing
	doors      map[*function]*ast.CallExpr // by which literals go where nothing is known of them
	keptFuncs  []keptFunc                  // literals that fields and channels get
	visits     []visit                     // what functions of the standard library call of objects of this package
	sources    kept                        // whether the package makes random generators of sources of its own

	accesses    map[*types.Var][]*Access // of fields and package variables
	at          map[ast.Expr]*Access
	marked      *syntax.Marks       // kept by sharedNames
	shared      map[*types.Var]bool // fields, package variables, and what literals capture
	vars        []*types.Var        // with accesses, in source order
	guards      map[*types.Var]*Guard
	fields      map[*types.Var]fieldDecl // kept by fieldDecls
	places      map[*function]map[place][]*Access
	races       map[ast.Expr]Race
	objects     map[*ast.CallExpr]*types.Var // kept by handler
	varying     map[*types.Var]bool          // kept by varies
	calls       map[*function][]outgoing
	gatesOf     map[*function][]*ast.CallExpr // kept by gates
	params      map[*types.Var]bool           // of declared functions
	launches    map[launch]*function
	meetings    map[meeting]func(ast.Node) bool              // kept by joins
	keepers     map[*types.TypeName]bool                     // kept by keepsLock
	starting    map[*function]bool                           // outermost functions that start a literal; kept by startsLiteral
	again       map[facts.Point]bool                         // kept by inCircle
	starters    map[*types.TypeName][]*function              // kept by atWork
	waiting     map[ast.Node]bool                            // kept by waitsIn
	spinning    map[*function][]*loop                        // kept by spinsOf
	contexts    map[types.Object]types.Object                // by their cancel functions
	pipes       map[types.Object]pipeEnd                     // kept by pairs
	askedFlags  map[*types.Var]bool                          // for which loops ask, kept by pairs
	parts       map[*types.Var][]*Access                     // kept by partsOf
	aliases     map[*types.Var]place                         // kept by aliased
	held        map[place]place                              // kept by leadsTo
	tops        []*function                                  // declared functions by position, kept by topAround
	results     map[*ast.CallExpr]ast.Expr                   // what gets the first result of a call, kept by resultOf
	soles       map[*types.Func]*function                    // kept by soleTarget
	byTop       map[*function][]*function                    // kept by partsOfFunction
	roomyFields map[*types.Var]bool                          // kept by roomy
	both        map[[2]*types.Var]bool                       // kept by alike
	stored      map[*types.Var][]Stored                      // kept by stores
	filling     map[*function]*fillerSearch                  // kept by fillers
	sends       map[*function]map[*types.Var][]*ast.SendStmt // kept by sendsOf
	receipts    []receipt                                    // kept by receiptsOf
	received    bool                                         // for receipts
	hot         map[*types.Var][]*hotWrite                   // kept by hotWrites
	structs     map[*types.Var]*types.Struct                 // by their fields, kept by layoutOf

	foreignSites []foreignSite             // calls of functions of other packages that touch what they get
	onlyTypes    map[*types.Var]types.Type // kept by onlyTypeOf
	givenTypes   map[*types.Var][]*types.TypeName
	touched      map[*types.Var]bool              // what they write; with the accesses by place
	startsAbroad []*function                      // go statements that call such
	foreignRaces map[*ast.CallExpr]Race           // kept by report
	namedLocks   map[string]types.Object          // kept by lockNamed
	lockNames    map[types.Object]string          // the other way round
	underLock    map[types.Object][]*ast.CallExpr // kept by callsUnder
	kept         map[*types.Var][]ast.Expr        // kept by gifts
	iterations   map[*function][]*ast.RangeStmt   // kept by functionLoops
	iterators    map[*ast.RangeStmt]lockset       // kept by heldByIterator
	waitsUnder   map[types.Object]ast.Node        // kept by WaitsUnder
}

// key is under which the facts are kept with their package.
type key struct{}

// Of returns the facts of a package.
func Of(pkg *facts.Package) *Facts {
	return pkg.Keep(key{}, func() any { return newFacts(pkg) }).(*Facts)
}

func newFacts(pkg *facts.Package) *Facts {
	f := &Facts{
		holders: map[*types.Var][]*function{}, calledVars: map[*types.Var][]site{}, otherUses: map[*types.Var]bool{}, passed: map[ast.Expr]bool{},
		methods: map[*types.Var][]boundMethod{}, pkg: pkg, funcs: map[ast.Node]*function{}, decls: map[*types.Func]*function{},
		spinning: map[*function][]*loop{}, waiting: map[ast.Node]bool{}, underLock: map[types.Object][]*ast.CallExpr{}, iterations: map[*function][]*ast.RangeStmt{}, iterators: map[*ast.RangeStmt]lockset{}, waitsUnder: map[types.Object]ast.Node{},
		accesses: map[*types.Var][]*Access{}, at: map[ast.Expr]*Access{}, shared: map[*types.Var]bool{}, again: map[facts.Point]bool{}, guards: map[*types.Var]*Guard{},
	}
	for _, file := range pkg.Files {
		f.declare(file)
	}
	for _, file := range pkg.Files {
		f.walk(file)
	}
	f.settle()
	f.settled = true
	return f
}
