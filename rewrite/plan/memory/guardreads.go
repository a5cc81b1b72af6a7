package memory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// A tracer follows, through the statements of one function, the references that lead to
// what a lock guards: the expressions that are named, and the local variables that get a
// pointer, slice or map from them.
type tracer struct {
	pkg    *facts.Package
	info   *types.Info
	places []ast.Expr          // what is guarded
	locals map[*types.Var]bool // that lead there
	deep   int                 // of calls within this package
	wrote  ast.Node            // may write what a reference leads to
}

// writesIn returns what may write, in some statements, what the lock guards, by whatever
// name: a lock to read is not enough for it.
//
//	for _, u := range s.users {
//		u.hits = 0
//	}
//	maps.Copy(s.hits, others)
//	s.users[id].bump()
func (g *guarding) writesIn(nodes ...ast.Node) ast.Node {
	if wrote := g.tracing(nodes...).wrote; wrote != nil {
		return wrote
	}
	for _, n := range nodes {
		if wrote := g.writtenBy(n, 3); wrote != nil {
			return wrote
		}
	}
	return nil
}

// writtenBy returns what assigns to the variable in a literal below a node, or in a function of
// the package that is called there.
//
//	return s.n + s.next() // func (s *server) next() int { s.n++; return s.n }
func (g *guarding) writtenBy(root ast.Node, depth int) (wrote ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil || wrote != nil {
			return false
		}
		for _, e := range around.AssignedBy(n) {
			if v := around.AssignedVar(g.pkg, e); v != nil && g.u.Access != nil && v.Origin() == g.u.Var.Origin() {
				wrote = n
			}
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || depth == 0 {
			return true
		}
		if decl := g.pkg.Body(call); decl != nil && decl.Body != nil && g.writtenBy(decl.Body, depth-1) != nil {
			wrote = n
		}
		return true
	})
	return wrote
}

func (g *guarding) tracing(nodes ...ast.Node) *tracer {
	t := newTracer(g.pkg)
	t.places = g.places()
	t.follow(nodes...)
	return t
}

func newTracer(pkg *facts.Package) *tracer {
	return &tracer{pkg: pkg, info: pkg.Info, locals: map[*types.Var]bool{}}
}

// follow goes over the statements until no more local variable leads there.
func (t *tracer) follow(nodes ...ast.Node) {
	for known := -1; known < len(t.locals); {
		known = len(t.locals)
		for _, n := range nodes {
			ast.Inspect(n, func(n ast.Node) bool {
				t.node(n)
				return true
			})
		}
	}
}

func (t *tracer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			t.written(lhs)
			t.gets(lhs, n.Rhs[min(i, len(n.Rhs)-1)])
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if len(n.Values) > 0 {
				t.gets(name, n.Values[min(i, len(n.Values)-1)])
			}
		}
	case *ast.IncDecStmt:
		t.written(n.X)
	case *ast.RangeStmt:
		for _, lhs := range []ast.Expr{n.Key, n.Value} {
			if lhs != nil {
				t.written(lhs)
				t.gets(lhs, n.X)
			}
		}
	case *ast.TypeSwitchStmt:
		t.clauses(n)
	case *ast.CallExpr:
		t.call(n)
	}
}

// clauses makes the variables that the clauses of a type switch have ones that lead there.
func (t *tracer) clauses(n *ast.TypeSwitchStmt) {
	def, ok := n.Assign.(*ast.AssignStmt)
	if !ok || !t.partOf(def.Rhs[0]) {
		return
	}
	for _, clause := range n.Body.List {
		if v, ok := t.info.Implicits[clause].(*types.Var); ok && leadsToShared(v.Type(), 0) {
			t.locals[v] = true
		}
	}
}

// written notes a write of a part of what a reference leads to: of the variable itself it is
// known.
func (t *tracer) written(lhs ast.Expr) {
	if _, name := ast.Unparen(lhs).(*ast.Ident); !name && t.partOf(lhs) {
		t.wrote = lhs
	}
}

// gets makes a local variable one that leads there, where it gets what does.
func (t *tracer) gets(lhs, from ast.Expr) {
	id, ok := ast.Unparen(lhs).(*ast.Ident)
	if !ok || !t.leads(from) {
		return
	}
	if v, ok := t.info.ObjectOf(id).(*types.Var); ok && (v.Kind() == types.LocalVar || v.Kind() == types.ResultVar) && leadsToShared(v.Type(), 0) {
		t.locals[v] = true
	}
}

// partOf reports whether an expression selects from what is guarded, or is it.
func (t *tracer) partOf(e ast.Expr) bool {
	for e != nil && !slices.Contains(t.places, e) {
		switch x := e.(type) {
		case *ast.Ident:
			v, ok := t.info.ObjectOf(x).(*types.Var)
			return ok && t.locals[v]
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.TypeAssertExpr:
			e = x.X
		default:
			return false
		}
	}
	return e != nil
}

// leads reports whether the value of an expression leads to what is guarded.
func (t *tracer) leads(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return e.Op == token.AND && (t.partOf(e.X) || t.leads(e.X))
	case *ast.KeyValueExpr:
		return t.leads(e.Value)
	case *ast.CompositeLit:
		return slices.ContainsFunc(e.Elts, t.leads)
	case *ast.CallExpr:
		return t.callLeads(e)
	default:
		return t.partOf(e) && anyLeads(t.info.TypeOf(e))
	}
}

// anyLeads reports whether a value, or one of several, leads to memory that others have too.
func anyLeads(t types.Type) bool {
	if t == nil {
		return false // of the head of a type switch
	}
	tuple, ok := t.(*types.Tuple)
	if !ok {
		return leadsToShared(t, 0)
	}
	for v := range tuple.Variables() {
		if leadsToShared(v.Type(), 0) {
			return true
		}
	}
	return false
}

func (t *tracer) callLeads(c *ast.CallExpr) bool {
	if t.info.Types[c.Fun].IsType() {
		return len(c.Args) == 1 && t.leads(c.Args[0])
	}
	if b, ok := t.pkg.Callee(c).(*types.Builtin); ok {
		return b.Name() == "append" && (t.leads(c.Args[0]) || elementLeads(t.info.TypeOf(c)) && slices.ContainsFunc(c.Args[1:], t.leads))
	}
	return !t.copies(c) && len(t.passed(c)) > 0
}

// elementLeads reports whether the elements of a slice lead to memory that others have too.
func elementLeads(t types.Type) bool {
	slice, ok := t.Underlying().(*types.Slice)
	return !ok || leadsToShared(slice.Elem(), 0)
}

// call notes a call that may write what it gets a reference to.
func (t *tracer) call(c *ast.CallExpr) {
	if t.info.Types[c.Fun].IsType() {
		return
	}
	switch callee := t.pkg.Callee(c).(type) {
	case *types.Builtin:
		if slices.Contains([]string{"append", "clear", "copy", "delete"}, callee.Name()) && t.partOf(c.Args[0]) {
			t.wrote = c
		}
		return
	case *types.Func:
		if readsAlone(callee) || t.pkg.Pure(c) {
			return
		}
	}
	refs := t.passed(c)
	if callee, ok := t.pkg.Callee(c).(*types.Func); ok && callee.FullName() == "maps.Copy" {
		refs = slices.DeleteFunc(refs, func(e ast.Expr) bool { return e == c.Args[1] })
	}
	if len(refs) > 0 && !t.calleeReads(c, refs) {
		t.wrote = c
	}
}

// readsOnly are packages whose functions write nothing of what they get by reference, but for
// what decodes, scans and appends.
var readsOnly = map[string]bool{"encoding/json": true, "errors": true, "fmt": true, "log": true, "log/slog": true, "math": true, "path": true, "path/filepath": true, "strconv": true, "strings": true, "unicode": true, "unicode/utf8": true}

var fills = []string{"Append", "As", "Compact", "Decode", "Fscan", "HTMLEscape", "Indent", "Scan", "Sscan", "Unmarshal"}

func readsAlone(callee *types.Func) bool {
	return callee.Pkg() != nil && readsOnly[callee.Pkg().Path()] &&
		!slices.ContainsFunc(fills, func(prefix string) bool { return strings.HasPrefix(callee.Name(), prefix) })
}

// passed returns the arguments of a call, its receiver first, that lead there.
func (t *tracer) passed(c *ast.CallExpr) (refs []ast.Expr) {
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok && t.partOf(sel.X) && t.byReference(sel) {
		refs = append(refs, sel.X)
	}
	for _, arg := range c.Args {
		if t.leads(arg) && leadsToShared(t.info.TypeOf(arg), 0) {
			refs = append(refs, arg)
		}
	}
	return refs
}

// byReference reports whether a method gets its receiver by reference.
func (t *tracer) byReference(sel *ast.SelectorExpr) bool {
	selection := t.info.Selections[sel]
	if selection == nil || selection.Kind() != types.MethodVal {
		return false
	}
	recv := selection.Obj().(*types.Func).Signature().Recv()
	return leadsToShared(recv.Type(), 0)
}

// calleeReads reports whether a function of this package writes nothing of what it gets.
func (t *tracer) calleeReads(c *ast.CallExpr, refs []ast.Expr) bool {
	decl := t.pkg.Body(c)
	if decl == nil || t.deep > 2 {
		return false
	}
	inner := t.within(t.pkg, c, decl, refs)
	return inner.wrote == nil
}

// parameter returns what an argument, or the receiver, is called in the function; nil where
// it has no name.
func (t *tracer) parameter(c *ast.CallExpr, decl *ast.FuncDecl, ref ast.Expr) *types.Var {
	if i := slices.Index(c.Args, ref); i >= 0 {
		params := t.info.Defs[decl.Name].(*types.Func).Signature().Params()
		return params.At(min(i, params.Len()-1))
	}
	if name := around.ReceiverName(decl); name != nil {
		v, _ := t.info.Defs[name].(*types.Var)
		return v
	}
	return nil
}
