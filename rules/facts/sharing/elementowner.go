package sharing

import (
	"go/ast"
	"go/types"
)

// A list that a function makes is its own, and what it puts into it may be everybody's:
//
//	s.mu.RLock()
//	for _, t := range s.topics {
//		topics = append(topics, t)
//	}
//	s.mu.RUnlock()
//	for _, t := range topics {

// elementOwner is valueOwner of a list, and Shared if that is the function's own, and each element
// one that others can reach: what it takes out of where they find it is its own, too.
func (f *Facts) elementOwner(home *function, list ast.Expr) Owner {
	if f.elementsOf(home, list) == Shared {
		return Shared
	}
	return f.valueOwner(home, list)
}

// elementsOf returns who can reach what any element of a list leads to.
func (f *Facts) elementsOf(home *function, list ast.Expr) Owner {
	v, ok := f.holder(list).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return f.valueOwner(home, list)
	}
	given := f.valuesOf(home)[v]
	if given == nil || given.unknown || given.listing {
		return f.valueOwner(home, list)
	}
	given.listing = true
	defer func() { given.listing = false }()
	owner := Own
	for _, value := range given.values {
		owner = min(owner, f.ownerOfElements(home, v, value))
	}
	for _, element := range given.elements {
		owner = min(owner, f.elementValue(home, element))
	}
	return owner
}

// ownerOfElements is that of the elements of one value of a list.
func (f *Facts) ownerOfElements(home *function, v *types.Var, value ast.Expr) Owner {
	switch value := ast.Unparen(value).(type) {
	case *ast.CompositeLit:
		owner := Own
		for _, element := range value.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				element = pair.Value
			}
			owner = min(owner, f.elementValue(home, element))
		}
		return owner
	case *ast.CallExpr:
		if callee, ok := f.pkg.Callee(value).(*types.Builtin); ok && callee.Name() == "append" {
			return f.ownerOfAppended(home, v, value)
		}
	}
	return f.valueOwner(home, value)
}

// ownerOfAppended is that of what append adds to a list, and of what it had.
func (f *Facts) ownerOfAppended(home *function, v *types.Var, call *ast.CallExpr) Owner {
	owner := Own
	if !f.isVariable(call.Args[0], v) {
		owner = f.elementsOf(home, call.Args[0])
	}
	for _, arg := range call.Args[1:] {
		if call.Ellipsis.IsValid() {
			owner = min(owner, f.elementsOf(home, arg))
		} else {
			owner = min(owner, f.elementValue(home, arg))
		}
	}
	return owner
}

// elementValue is valueOwner of an element, but for one of a map or slice from which the function
// removes some, and one that it may have made.
func (f *Facts) elementValue(home *function, e ast.Expr) Owner {
	owner := f.valueOwner(home, e)
	v, ok := f.holder(e).(*types.Var)
	if owner != Shared || !ok || v.Kind() != types.LocalVar {
		return owner
	}
	given := f.valuesOf(home)[v]
	if given == nil {
		return Handed
	}
	for _, value := range given.values {
		if f.valueOwner(home, value) != Shared {
			return Handed
		}
		if from, ok := f.holder(value).(*types.Var); ok && (f.removesIn(home.outermost(), from) || f.takesOut(home.outermost(), from, 2)) {
			return Handed
		}
	}
	return Shared
}
