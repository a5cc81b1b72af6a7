package waits

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"iter"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// collect finds the operations of the whole package.
func (f *Facts) collect() {
	for _, file := range f.pkg.Files {
		test := f.pkg.InTest(file.Package)
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				f.mention(n, stack, test)
			case *ast.CompositeLit:
				f.unkeyed(n, stack, test)
			}
			return true
		})
	}
	f.follow()
	slices.SortFunc(f.order, func(a, b *op) int { return int(a.node.Pos() - b.node.Pos()) })
	f.waits = map[ast.Node][]*op{}
	for _, o := range f.order {
		if o.kind.waits() && o.alone {
			f.waits[o.fn] = append(f.waits[o.fn], o)
		}
	}
}

// mention looks at a name: if it is that of a channel, WaitGroup or Cond, what
// is done with it.
func (f *Facts) mention(id *ast.Ident, stack []ast.Node, test bool) {
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || f.kindOf(v.Type()) == none {
		return
	}
	c := f.class(v)
	m := &mention{f: f, class: c, v: v, id: id, expr: id, stack: stack, test: test}
	m.widen()
	if f.pkg.Def(id) != nil {
		m.declared()
		return
	}
	m.used()
}

// unkeyed looks at the values that the fields of a struct get where a literal does not name them.
func (f *Facts) unkeyed(lit *ast.CompositeLit, stack []ast.Node, test bool) {
	for v, value := range f.unnamedFields(lit) {
		if f.kindOf(v.Type()) != none {
			m := &mention{f: f, class: f.class(v), v: v, expr: value, stack: stack, test: test}
			m.given(value)
		}
	}
}

// unnamedFields are the fields of a struct, and what they get, where a literal does not name them.
func (f *Facts) unnamedFields(lit *ast.CompositeLit) iter.Seq2[*types.Var, ast.Expr] {
	return func(yield func(*types.Var, ast.Expr) bool) {
		t := f.pkg.TypeOf(lit)
		if t == nil || len(lit.Elts) == 0 {
			return
		}
		st, ok := t.Underlying().(*types.Struct)
		if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); !ok || keyed {
			return
		}
		for i := range min(st.NumFields(), len(lit.Elts)) {
			if !yield(st.Field(i), lit.Elts[i]) {
				return
			}
		}
	}
}

func (f *Facts) class(v *types.Var) *class {
	of := types.Object(v.Origin())
	if f.classes[of] == nil {
		f.classes[of] = &class{unknown: (v.IsField() || v.Parent() == v.Pkg().Scope()) && f.pkg.Reachable(v)}
	}
	return f.classes[of]
}

// What a type is to this package.
const (
	none = iota
	channel
	waitGroup
	cond
)

func (f *Facts) kindOf(t types.Type) int {
	if _, ok := t.Underlying().(*types.Chan); ok {
		return channel
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return none
	}
	switch named.Obj().Pkg().Path() + "." + named.Obj().Name() {
	case "sync.WaitGroup", "golang.org/x/sync/errgroup.Group":
		return waitGroup
	case "sync.Cond":
		return cond
	}
	if f.isPool(named) {
		return waitGroup
	}
	return none
}

// A mention is one use of the name of a channel, with what stands around it.
type mention struct {
	f     *Facts
	class *class
	v     *types.Var
	id    *ast.Ident
	expr  ast.Expr   // the whole selector: s.ch
	stack []ast.Node // around expr
	test  bool
}

// widen goes from the name of a field to the selector that ends with it.
func (m *mention) widen() {
	for len(m.stack) > 0 {
		switch around := m.stack[len(m.stack)-1].(type) {
		case *ast.SelectorExpr:
			if around.Sel != m.id || m.expr != ast.Expr(m.id) {
				return
			}
			m.expr = around
		case *ast.ParenExpr:
			m.expr = around
		default:
			return
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
}

func (m *mention) around(i int) ast.Node {
	if i >= len(m.stack) {
		return nil
	}
	return m.stack[len(m.stack)-1-i]
}

// declared looks at the declaration of a variable or field.
func (m *mention) declared() {
	switch around := m.around(0).(type) {
	case *ast.ValueSpec:
		i := slices.Index(around.Names, m.id)
		if i >= 0 && i < len(around.Values) && len(around.Values) == len(around.Names) {
			m.given(around.Values[i])
		}
	case *ast.AssignStmt:
		m.assigned(around)
	case *ast.Field:
		if !m.v.IsField() {
			m.class.parameter = true // or a result
		}
	default:
		m.class.unknown = true
	}
}

// assigned looks at an assignment to the channel, or of it.
func (m *mention) assigned(st *ast.AssignStmt) {
	i := slices.Index(st.Lhs, m.expr)
	if i < 0 && m.renamed(st) {
		return
	}
	if i < 0 || len(st.Lhs) != len(st.Rhs) {
		m.class.unknown = true // it has another name from here on
		return
	}
	m.class.replaced = m.class.replaced || m.f.pkg.Def(m.id) == nil
	m.given(st.Rhs[i])
}

// given looks at the value that the channel gets.
func (m *mention) given(value ast.Expr) {
	pkg := m.f.pkg
	if pkg.IsNil(value) {
		return
	}
	if m.f.kindOf(m.v.Type()) != channel {
		m.condOf(value)
		return
	}
	if m.standsFor(value) {
		return
	}
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if b, isMake := builtin(pkg, call); !ok || !isMake || b != "make" {
		m.class.unknown = true
		return
	}
	m.class.made = true
	if len(call.Args) > 1 {
		tv := pkg.Info.Types[call.Args[1]]
		m.class.buffered = m.class.buffered || tv.Value == nil || tv.Value.String() != "0"
		m.class.counted = m.class.counted || tv.Value == nil
		if tv.Value != nil {
			n, _ := constant.Int64Val(constant.ToInt(tv.Value))
			m.class.places = max(m.class.places, n)
		}
		m.class.measured = m.class.measured || tv.Value == nil && !plain(call.Args[1])
	}
}

// condOf notes the lock of a Cond.
func (m *mention) condOf(value ast.Expr) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || m.f.kindOf(m.v.Type()) != cond {
		return
	}
	root := m.f.outermost(m.stack)
	if root == nil {
		return
	}
	lock, known := m.f.place(root, call.Args[0])
	if m.class.condGiven && lock.Path != m.class.condLock.Path {
		known = false // one of several
	}
	m.class.condLock, m.class.condLocked, m.class.condGiven = lock, known, true
}

func builtin(pkg *facts.Package, call *ast.CallExpr) (string, bool) {
	if call == nil {
		return "", false
	}
	b, ok := pkg.Callee(call).(*types.Builtin)
	if !ok {
		return "", false
	}
	return b.Name(), true
}

// used looks at any other use.
func (m *mention) used() {
	switch around := m.around(0).(type) {
	case *ast.SendStmt:
		if around.Chan == m.expr {
			m.op(Send, around, 1)
			return
		}
	case *ast.UnaryExpr:
		if around.Op == token.ARROW {
			m.op(Receive, around, 1)
			return
		}
		if call, ok := m.around(1).(*ast.CallExpr); ok && around.Op == token.AND && m.passed(call, around) {
			return
		}
	case *ast.RangeStmt:
		if around.X == m.expr {
			m.op(Receive, around, 1)
			return
		}
	case *ast.BinaryExpr:
		return // compared
	case *ast.KeyValueExpr:
		if around.Key == m.expr {
			m.given(around.Value)
			return
		}
	case *ast.AssignStmt:
		m.assigned(around)
		return
	case *ast.SelectorExpr:
		m.method(around)
		return
	case *ast.CallExpr:
		switch name, _ := builtin(m.f.pkg, around); name {
		case "close":
			m.op(Close, around, 1)
			return
		case "len", "cap":
			return
		}
		if m.passed(around, m.expr) {
			return
		}
	}
	m.class.unknown = true
}

// methods are the operations on WaitGroups and Conds.
var methods = map[string]Kind{
	"Done": Done, "Go": Done, "Submit": Done, "Wait": Wait, "StopAndWait": Wait, "StopWait": Wait, "Signal": Signal, "Broadcast": Signal,
}

// method looks at a call of a method of the WaitGroup or Cond.
func (m *mention) method(sel *ast.SelectorExpr) {
	call, ok := m.around(1).(*ast.CallExpr)
	kind, known := methods[sel.Sel.Name]
	if !ok || call.Fun != ast.Expr(sel) || m.f.kindOf(m.v.Type()) == channel {
		m.class.unknown = true
		return
	}
	if !known {
		return // Add, or a field of it
	}
	if m.f.kindOf(m.v.Type()) == cond && kind == Wait {
		kind = Suspended
	}
	m.op(kind, call, 2)
}

// op notes an operation, which is the i-th node around the name.
func (m *mention) op(kind Kind, n ast.Node, i int) {
	stack := slices.Clone(m.stack[:len(m.stack)-i])
	o := &op{kind: kind, node: n, class: m.class, stack: stack, test: m.test}
	o.root = m.f.outermost(stack)
	if o.root == nil {
		m.class.unknown = true
		return
	}
	var named bool
	if o.at, named = m.f.place(o.root, m.expr); !named {
		m.class.unknown = true
		return
	}
	o.place()
	o.group()
	m.class.ops = append(m.class.ops, o)
	m.f.order = append(m.f.order, o)
}

// place finds the function in whose flow an operation stands, and whether it
// has an alternative.
func (o *op) place() {
	o.alone = true
	for i := len(o.stack) - 1; i >= 0; i-- {
		switch around := o.stack[i].(type) {
		case *ast.CommClause:
			within := around.Comm != nil && around.Comm.Pos() <= o.node.Pos() && o.node.End() <= around.Comm.End()
			if body, ok := o.stack[i-1].(*ast.BlockStmt); ok && within && len(body.List) > 1 {
				o.alone = false
			}
		case *ast.DeferStmt:
			o.deferred = o.fn == nil
		case *ast.FuncDecl:
			o.fn = around
			return
		case *ast.FuncLit:
			o.fn = around
			if o.started(i) {
				return
			}
			if o.literalDeferred(i) {
				o.fn, o.deferred = nil, true
				continue
			}
			return
		}
	}
}

// group makes of wg.Go(f) the Done at the end of f.
func (o *op) group() {
	call, ok := o.node.(*ast.CallExpr)
	if !ok || o.kind != Done || len(call.Args) != 1 {
		return
	}
	o.start, o.deferred = call, true
	if lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit); ok {
		o.fn = lit
	} else {
		o.runs = ast.Unparen(call.Args[0])
	}
}

// started notes the go statement that starts the literal at o.stack[i].
func (o *op) started(i int) bool {
	if i < 2 {
		return false
	}
	start, ok := o.stack[i-2].(*ast.GoStmt)
	if !ok || start.Call.Fun != o.stack[i] {
		return false
	}
	o.start = start
	return true
}

// literalDeferred reports whether the literal at o.stack[i] is what a defer
// statement calls: it runs at the end of the function around it.
func (o *op) literalDeferred(i int) bool {
	if i < 2 {
		return false
	}
	d, ok := o.stack[i-2].(*ast.DeferStmt)
	return ok && d.Call.Fun == o.stack[i]
}

// outermost returns the outermost function around a node.
func (f *Facts) outermost(stack []ast.Node) ast.Node {
	for _, n := range stack {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body == nil {
				return nil
			}
			return n
		case *ast.FuncLit:
			return n
		}
	}
	return nil
}

// place returns the name of what an expression leads to.
func (f *Facts) place(root ast.Node, e ast.Expr) (facts.Lock, bool) {
	return f.namesIn(root).Place(e)
}

func (f *Facts) namesIn(root ast.Node) facts.Names {
	names, ok := f.names[root]
	if !ok {
		names = f.pkg.NamesIn(root)
		f.names[root] = names
	}
	return names
}
