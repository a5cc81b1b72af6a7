package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// ofOtherPart reports whether two accesses of a field are of different parts of one object, or of
// such by the calls of a method that reads its own:
//
//	atomic.AddInt64(&s.now.sent, 1) // beside s.shown.sent, and s.shown.show()
func (f *Facts) ofOtherPart(a, b *Access) bool {
	other, ok := f.innerOf(b.Expr)
	if !ok {
		return false
	}
	if own, known := f.innerOf(a.Expr); known && own.of == other.of {
		return !slices.Equal(own.fields, other.fields)
	}
	fn := a.fn
	if fn.obj == nil || fn.public || fn.valued || !f.rootedInMethod(a) {
		return false
	}
	sites := f.realSites(fn)
	for _, s := range sites {
		sel, isMethod := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !isMethod {
			return false
		}
		if at, known := f.innerOf(sel); !known || at.of != other.of || slices.Equal(at.fields, other.fields) {
			return false
		}
	}
	return len(sites) > 0
}

// ofSamePart reports whether two accesses of a field are of one and the same part of objects of
// one type.
func (f *Facts) ofSamePart(a, b *Access) bool {
	one, ok := f.innerOf(a.Expr)
	other, known := f.innerOf(b.Expr)
	return ok && known && one.of == other.of && slices.Equal(one.fields, other.fields)
}

// An inner is a struct inside another one, by the fields that lead to it.
type inner struct {
	of     *types.TypeName
	fields []*types.Var
}

// innerOf returns the part of which a selector names a field or method; false if a pointer leads
// to it, or an element.
func (f *Facts) innerOf(e ast.Expr) (p inner, ok bool) {
	var fields []*types.Var
	for {
		sel, isSelector := ast.Unparen(e).(*ast.SelectorExpr)
		if !isSelector {
			break
		}
		steps, direct := f.stepsOf(sel)
		if _, deep := ast.Unparen(sel.X).(*ast.SelectorExpr); !direct || deep && isPointer(f.pkg.TypeOf(sel.X)) {
			return p, false
		}
		fields, e = slices.Concat(steps, fields), sel.X
	}
	id, isName := ast.Unparen(e).(*ast.Ident)
	if !isName || len(fields) == 0 {
		return p, false
	}
	named := pointedNamed(f.pkg.TypeOf(id))
	if _, isVar := f.pkg.Use(id).(*types.Var); !isVar || named == nil {
		return p, false
	}
	return inner{named, fields[:len(fields)-1]}, true
}

// stepsOf returns the fields that a selector goes through, the embedded ones too; of a method, nil
// at the end. All but the last must be structs themselves.
func (f *Facts) stepsOf(sel *ast.SelectorExpr) (fields []*types.Var, ok bool) {
	s := f.pkg.Info.Selections[sel]
	if s == nil {
		return nil, false
	}
	t := s.Recv()
	for i, index := range s.Index() {
		if isPointer(t) {
			if i > 0 {
				return nil, false
			}
			t, _ = pointedTo(t)
		}
		if i == len(s.Index())-1 && s.Kind() != types.FieldVal {
			return append(fields, nil), true
		}
		st, isStruct := t.Underlying().(*types.Struct)
		if !isStruct {
			return nil, false
		}
		fields, t = append(fields, st.Field(index)), st.Field(index).Type()
	}
	return fields, true
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
