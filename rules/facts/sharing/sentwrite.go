package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Sent is an object that is changed after it was sent, and what of it the receiver uses.
//
//	jobs <- j               for j := range jobs {
//	j.state = "sent"                log(j.state)
type Sent struct {
	Send *ast.SendStmt
	With *Access // by the function that receives it
}

// SentAt returns by which statement the object was sent that an expression writes to, where
// nothing in between waits, and a function of the package that receives such objects uses
// what is written.
func (f *Facts) SentAt(e ast.Expr) (s Sent, ok bool) {
	a := f.at[e]
	if a == nil || !a.Write || a.Address {
		return s, false
	}
	at, named := f.placeOfAccess(a)
	if !named || at.root.IsField() || at.root.Kind() == types.PackageVar || at.path == "" && !a.Content || !refers(at.root.Type()) {
		return s, false
	}
	flow := f.pkg.Flow(a.fn.node)
	to, known := flow.At(a.Expr)
	for _, send := range f.sendsOf(a.fn)[at.root] {
		from, start := flow.At(send)
		barrier := func(n ast.Node) bool { return f.waitsIn(n) || f.renews(n, at.root) }
		if !known || !start || !f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) || !f.possible(a.fn, send, a.Expr, barrier) {
			continue
		}
		if b := f.usedByReceiver(a, at, send); b != nil {
			return Sent{send, b}, true
		}
	}
	return s, false
}

// renews reports whether a node gives a variable another object.
func (f *Facts) renews(n ast.Node, v *types.Var) bool {
	if declares(f.pkg.Info, n, v) {
		return true
	}
	set, ok := n.(*ast.AssignStmt)
	return ok && slices.ContainsFunc(set.Lhs, func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && f.pkg.ObjectOf(id) == types.Object(v)
	})
}

// sendsOf returns the sends of a function itself, by the variable that is sent.
func (f *Facts) sendsOf(fn *function) map[*types.Var][]*ast.SendStmt {
	if all, ok := f.sends[fn]; ok {
		return all
	}
	all := map[*types.Var][]*ast.SendStmt{}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			if id, ok := ast.Unparen(n.Value).(*ast.Ident); ok {
				if v, ok := f.pkg.Use(id).(*types.Var); ok {
					all[v] = append(all[v], n)
				}
			}
		}
		return true
	})
	if f.sends == nil {
		f.sends = map[*function]map[*types.Var][]*ast.SendStmt{}
	}
	f.sends[fn] = all
	return all
}

// A receipt is a variable that gets what a channel gives.
type receipt struct {
	v    *types.Var
	from types.Object // the channel
	in   *function
}

// usedByReceiver returns a use of what is written, by a function that receives the object.
func (f *Facts) usedByReceiver(a *Access, at place, send *ast.SendStmt) *Access {
	for _, r := range f.receiptsOf() {
		if r.in.outermost() == a.fn.outermost() && r.in == a.fn || r.in.test != a.fn.test || !types.Identical(r.v.Type(), at.root.Type()) || !f.sameChannel(f.holder(send.Chan), r.from) {
			continue
		}
		want := place{r.v, at.path}
		for _, b := range f.accessesByPlace()[r.in.outermost()][want] {
			if conflicts(a, b) && !f.locked(a, b) && !f.ordered(a, b) {
				return b
			}
		}
		for _, c := range f.callsOf(r.in.outermost()) {
			for _, p := range f.passagesOf(c.callee) {
				if there, ok := f.translate(p.at, c); ok && there == want && p.sure && conflicts(a, p.access) && !f.locked(a, p.access) && len(p.locks) == 0 {
					return p.access
				}
			}
		}
	}
	return nil
}

// sameChannel reports whether two names may be of one channel: the same field or variable,
// or parameters and locals, which others have given their channel.
func (f *Facts) sameChannel(a, b types.Object) bool {
	x, ok := a.(*types.Var)
	y, ok2 := b.(*types.Var)
	if !ok || !ok2 {
		return false
	}
	if x.Origin() == y.Origin() {
		return true
	}
	return handedChannel(x) && handedChannel(y)
}

func handedChannel(v *types.Var) bool {
	return v.Kind() == types.ParamVar || v.Kind() == types.LocalVar
}

// receiptsOf returns the variables of the package that get what channels give.
func (f *Facts) receiptsOf() []receipt {
	if f.received {
		return f.receipts
	}
	f.received = true
	for _, fn := range f.order {
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return n == fn.node
			case *ast.RangeStmt:
				if _, isChan := f.typeOf(n.X).(*types.Chan); isChan && n.Key != nil {
					f.receipt(fn, n.Key, n.X)
				}
			case *ast.AssignStmt:
				if receive, ok := ast.Unparen(n.Rhs[0]).(*ast.UnaryExpr); ok && receive.Op == token.ARROW {
					f.receipt(fn, n.Lhs[0], receive.X)
				}
			}
			return true
		})
	}
	return f.receipts
}

func (f *Facts) receipt(in *function, to, from ast.Expr) {
	id, ok := ast.Unparen(to).(*ast.Ident)
	if !ok {
		return
	}
	if v, ok := f.pkg.ObjectOf(id).(*types.Var); ok && f.holder(from) != nil {
		f.receipts = append(f.receipts, receipt{v, f.holder(from), in})
	}
}
