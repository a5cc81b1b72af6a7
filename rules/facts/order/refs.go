package order

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// refOf is a named lock, or what leads to one, as the sketch has it.
func (w *walker) refOf(at facts.Lock, before ast.Node) Ref {
	v, ok := at.Root.(*types.Var)
	if !ok {
		return Ref{}
	}
	walk := w.classOf(at)
	ref := Ref{Class: walk.name, Path: at.Path, Root: w.rootOf(v), Holds: walk.holds, Slot: walk.slot, Far: walk.far, Owns: walk.owns, Kin: walk.kin}
	ref.Outer = walk.outer && ref.Root.Kind == Param
	ref.Many = strings.Contains(at.Path, "[")
	ref.Beside = leadsBeside(v.Type(), at.Path)
	ref.Made = w.putThere(v, at.Path, before)
	if ref.Root.Kind == Variable {
		ref.Captured = v.Pos() < w.node.Pos() || v.Pos() >= w.node.End()
		ref.Fresh = w.fresh(v, before)
		from, many := w.derived(v, 0)
		ref.From, ref.Many = from, ref.Many || many
		ref.Asked = w.askedBy(v)
		ref.Up = w.derivedBy(leadsUp, v, 0)
		ref.Beside = ref.Beside || w.derivedBy(w.leadsToPeer, v, 0)
		ref.Made = ref.Made || makes(w.pkg.Info, w.definitions()[v].value)
		w.ownElement(v, &ref)
	}
	return ref
}

// ownElement notes that a local variable has an element of a map or slice whose
// elements are made for it.
func (w *walker) ownElement(v *types.Var, ref *Ref) {
	sel, ok := elementOf(w.definitions()[v]).(*ast.SelectorExpr)
	if !ok || ref.Far || ref.Owns != "" {
		return
	}
	f, ok := w.pkg.Use(sel.Sel).(*types.Var)
	if !ok || !f.IsField() || !refersToLock(v.Type()) || !w.pkg.OwnElements(f) {
		return
	}
	owner, ok := types.Unalias(deref(w.pkg.TypeOf(sel.X))).(*types.Named)
	if !ok {
		return
	}
	owns := string(w.typeClass(owner.Origin().Obj())) + "." + f.Name() + "[]"
	if ref.Path == "" {
		ref.Owns = owns
	} else {
		ref.Slot = owns + ref.Slot
	}
}

// elementOf returns the map or slice of which a definition gives an element, or nil.
func elementOf(d definition) ast.Expr {
	if index, ok := d.value.(*ast.IndexExpr); ok {
		return ast.Unparen(index.X)
	}
	if d.many {
		return d.value
	}
	return nil
}

func (w *walker) rootOf(v *types.Var) Root {
	if w.sig != nil {
		if recv := w.sig.Recv(); recv != nil && recv == v {
			return Root{Kind: Param}
		}
		for i := range w.sig.Params().Len() {
			if w.sig.Params().At(i) == v {
				return Root{Kind: Param, Index: i + 1}
			}
		}
	}
	if v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		return Root{Kind: Global, ID: v.Pkg().Path() + "." + v.Name()}
	}
	return Root{Kind: Variable, ID: w.place(v.Pos())}
}

// args are the receiver and the arguments of a call.
func (b *bodyWalk) args(call *ast.CallExpr) []*Ref {
	refs := make([]*Ref, 0, len(call.Args)+1)
	add := func(at facts.Lock, named bool) {
		var ref Ref
		if named {
			ref = b.refOf(at, call)
		}
		refs = append(refs, b.refs.of(ref))
	}
	add(b.names.Receiver(call))
	for _, arg := range call.Args {
		add(b.names.Place(arg))
	}
	return refs
}

// valueOf is what a local variable holds, if that never changes.
func (w *walker) valueOf(v *types.Var) ast.Expr {
	if value := w.names.Value(v); value != nil {
		return value
	}
	return &ast.BadExpr{}
}

// fresh reports whether a local variable holds an object that this function has
// made and, as far as its text goes, shown to nobody before a node.
func (w *walker) fresh(v *types.Var, before ast.Node) bool {
	if value := w.names.Value(v); value != nil {
		if !makes(w.pkg.Info, value) {
			return false
		}
	} else if refersToLock(v.Type()) || isSync(v.Type()) {
		return false
	}
	return !w.shown(v, before.Pos())
}

// makes reports whether an expression makes a new object.
func makes(info *types.Info, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(e.X).(*ast.CompositeLit)
		return e.Op == token.AND && literal
	case *ast.CallExpr:
		id, ok := ast.Unparen(e.Fun).(*ast.Ident)
		if !ok {
			return false
		}
		_, builtin := info.Uses[id].(*types.Builtin)
		return builtin && id.Name == "new"
	}
	return false
}
