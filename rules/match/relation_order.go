package match

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/syntax"
)

// follows finds the operand before f, the nearest first: in the statements
// before it in its own list and in the lists around it, and in the headers of
// the statements around it.
func (q *query) follows(r relation, f found, yield yield) bool {
	for at := f.at; !isTop(at) && (at == f.at || !isBoundary(at.Node())); at = at.Parent() {
		for before, ok := at.PrevSibling(); ok && isListed(at); before, ok = before.PrevSibling() {
			if !q.spine(r, before, f, endsBefore(f, yield)) {
				return false
			}
		}
		for _, header := range headersBefore(at) {
			if !q.spine(r, header, f, endsBefore(f, yield)) {
				return false
			}
		}
	}
	return true
}

// precedes finds the operand after f, the nearest first: in the statements
// after it in its own list and in the lists around it.
func (q *query) precedes(r relation, f found, yield yield) bool {
	roots := rootsOf(f)
	last := roots[len(roots)-1]
	for at := last; !isTop(at) && (at == last || !isBoundary(at.Node())); at = at.Parent() {
		for after, ok := at.NextSibling(); ok && isListed(at); after, ok = after.NextSibling() {
			if !q.spine(r, after, f, yield) {
				return false
			}
		}
	}
	return true
}

// unobstructed keeps what has nothing between itself and f, in the text of the
// function, that the relation excludes.
func (q *query) unobstructed(r relation, f found, next yield) yield {
	fn, ok := functionAround(f.at)
	if r.without == nil || !ok {
		return next
	}
	return func(c found) bool {
		first, last := c, f
		if f.first().Pos() < c.first().Pos() {
			first, last = f, c
		}
		for _, o := range q.within(r.without, fn, c) {
			if first.last().End() <= o.first().Pos() && o.last().End() <= last.first().Pos() {
				return true
			}
		}
		return next(c)
	}
}

// isListed reports whether a place is a statement in a list.
func isListed(at syntax.Cursor) bool {
	list, _ := listOf(at)
	return list != nil
}

// endsBefore keeps a run that starts before f from reaching into f.
func endsBefore(f found, next yield) yield {
	return func(other found) bool {
		return other.last().End() > f.first().Pos() || next(other)
	}
}

// spine matches the operand in a statement, but not in the blocks and function
// literals in it: what stands there does not run whenever the statement does.
func (q *query) spine(r relation, at syntax.Cursor, f found, yield yield) bool {
	goOn := true
	at.Inspect(nil, func(at syntax.Cursor) bool {
		if !goOn || isBlock(at.Node()) {
			return false
		}
		goOn = q.at(r, at, f, yield)
		return goOn && !isBoundary(at.Node())
	})
	return goOn
}

func isBlock(n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// headersBefore returns the parts of the statement around a place that are
// evaluated before it, the nearest first.
func headersBefore(at syntax.Cursor) (headers []syntax.Cursor) {
	parent := at.Parent()
	for _, header := range headersOf(parent.Node(), at.Node()) {
		for child := range parent.Children() {
			if child.Node() == header {
				headers = append(headers, child)
			}
		}
	}
	return headers
}

// headersOf returns what a statement evaluates before a part of it, the last first.
func headersOf(stmt, part ast.Node) []ast.Node {
	switch stmt := stmt.(type) {
	case *ast.IfStmt:
		if part == stmt.Body || part == stmt.Else {
			return []ast.Node{stmt.Cond, stmt.Init}
		}
	case *ast.ForStmt:
		if part == stmt.Body {
			return []ast.Node{stmt.Cond, stmt.Init}
		}
	case *ast.RangeStmt:
		if part == stmt.Body {
			return []ast.Node{stmt.X}
		}
	case *ast.SwitchStmt:
		if part == stmt.Body {
			return []ast.Node{stmt.Tag, stmt.Init}
		}
	case *ast.TypeSwitchStmt:
		if part == stmt.Body {
			return []ast.Node{stmt.Assign, stmt.Init}
		}
	case *ast.CommClause:
		if part != stmt.Comm {
			return []ast.Node{stmt.Comm}
		}
	}
	return nil
}
