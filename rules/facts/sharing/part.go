package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// partsOf returns the accesses of fields of the struct that a field or variable
// is: who copies the struct reads them all, and who replaces it writes them.
func (f *Facts) partsOf(v *types.Var) []*Access {
	if f.parts == nil {
		f.parts = map[*types.Var][]*Access{}
		for _, part := range f.vars {
			for _, a := range f.accesses[part] {
				f.notePart(a)
			}
		}
	}
	return f.parts[v]
}

// notePart notes an access under the structs that its field is in, up to the
// pointer that leads there.
func (f *Facts) notePart(a *Access) {
	if a.Content || a.Element || a.Address {
		return // what a copy would share, or nobody knows what
	}
	sel, ok := ast.Unparen(a.Expr).(*ast.SelectorExpr)
	for ok {
		around, isSelector := ast.Unparen(sel.X).(*ast.SelectorExpr)
		id, isName := ast.Unparen(sel.X).(*ast.Ident)
		if isSelector {
			id = around.Sel
		} else if !isName {
			return
		}
		v, isVar := f.pkg.Use(id).(*types.Var)
		if !isVar || !isStruct(v.Type()) || !v.IsField() && v.Kind() != types.PackageVar {
			return
		}
		f.parts[v.Origin()] = append(f.parts[v.Origin()], a)
		sel, ok = around, isSelector
	}
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// withParts returns the accesses of a place, those of its parts among them where
// it is a struct that is copied or replaced as a whole: the first is of the whole.
func (f *Facts) withParts(all map[place][]*Access, at place) []*Access {
	accesses := all[at]
	if len(accesses) == 0 || !isStruct(accesses[0].Var.Type()) {
		return accesses
	}
	accesses = slices.Clone(accesses)
	for part, of := range all {
		way, below := strings.CutPrefix(part.path, at.path+".")
		if part.root != at.root || !below || !f.partly(accesses[0].Var.Type(), way) {
			continue
		}
		for _, a := range of {
			if !a.Content && !a.Element && !a.Address {
				accesses = append(accesses, a)
			}
		}
	}
	return accesses
}

// partly reports whether the field to which a path of names leads from a struct is
// memory of the struct: no pointer stands in between.
func (f *Facts) partly(t types.Type, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		obj, _, indirect := types.LookupFieldOrMethod(t, true, f.pkg.Types, name)
		field, ok := obj.(*types.Var)
		if !ok || indirect {
			return false
		}
		t = field.Type()
	}
	return true
}
