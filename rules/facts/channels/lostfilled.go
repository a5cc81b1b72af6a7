package channels

import (
	"go/ast"
	"go/token"
	"slices"
)

// LostFilled is LostRelease for a semaphore that who makes it fills: a receive takes a place, and a
// send gives it back.
//
//	for range n { p.permits <- struct{}{} } // where it is made
//	…
//	<-p.permits
//	…                       // a return here loses it
//	p.permits <- struct{}{}
func (f *Facts) LostFilled(give *ast.SendStmt) ast.Node {
	c := f.Class(give.Chan)
	if c == nil || c.Serves || c.Takes || c.Nil || len(c.Of(Close, Range)) > 0 || !f.isToken(give.Chan) || f.inTest(give) {
		return nil
	}
	places := f.filledPlaces(c)
	if places == nil {
		return nil
	}
	own := places[f.declAround(give.Pos())]
	if own == nil || len(own.takes) != 1 || own.gives[0].Node != ast.Node(give) {
		return nil
	}
	take := own.takes[0]
	s := &search{f: f, fn: take.Fn, flow: f.pkg.Flow(take.Fn), from: take.Node, covered: func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			return f.pkg.ObjectOf(n) == c.Var
		case *ast.FuncLit:
			return f.names(n, c.Var)
		case *ast.CallExpr:
			return f.callDoes(n, c.Var)
		}
		return false
	}}
	return s.out()
}

// placesOf is what one declared function does with a filled semaphore.
type placesOf struct{ takes, gives []*ClassOp }

// filledPlaces returns by function how the places of a semaphore are taken and given back; nil if it is
// not filled where it is made, if one function takes a place and another gives it back, or if a
// receive asks for more than a place.
func (f *Facts) filledPlaces(c *Class) map[ast.Node]*placesOf {
	places, filled := map[ast.Node]*placesOf{}, false
	for _, op := range c.Ops {
		in := f.declAround(op.Node.Pos())
		if op.Kind == Send && f.makesIn(c, in) {
			filled = filled || op.Alone() && len(f.loopsAround(op.Fn, op.Node)) > 0
			continue
		}
		if op.Test || op.Kind == Observe {
			continue
		}
		if places[in] == nil {
			places[in] = &placesOf{}
		}
		if op.Kind == Send {
			places[in].gives = append(places[in].gives, op)
		} else if !dropsValue(op) {
			return nil
		} else {
			places[in].takes = append(places[in].takes, op)
		}
	}
	for _, own := range places {
		if len(own.takes) == 0 || len(own.gives) == 0 || own.gives[0].Node.Pos() < own.takes[0].Node.Pos() {
			return nil
		}
	}
	if !filled {
		return nil
	}
	return places
}

// makesIn reports whether a function makes a channel of a class, with room.
func (f *Facts) makesIn(c *Class, fn ast.Node) bool {
	return fn != nil && slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
		return len(made.Args) > 1 && contains(fn, made)
	})
}

// dropsValue reports whether a receive is a statement, or the case of a select, of its own.
func dropsValue(op *ClassOp) bool {
	receive, ok := op.Node.(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW || len(op.Stack) == 0 {
		return false
	}
	_, statement := op.Stack[len(op.Stack)-1].(*ast.ExprStmt)
	return statement
}
