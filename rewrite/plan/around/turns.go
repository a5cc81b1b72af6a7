package around

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// ChangedByTurns returns where a goroutine that a loop starts uses a variable which the
// other turns change: they run at the same time once no turn waits for its own.
//
//	for _, x := range list { // one variable for all turns before Go 1.22
//		go func() { defer wg.Done(); use(x) }()
//		wg.Wait()
//	}
func ChangedByTurns(s *edit.Site, loop ast.Stmt) (found *ast.Ident) {
	changed := changedIn(s, loop)
	ast.Inspect(loop, func(n ast.Node) bool {
		start, ok := n.(*ast.GoStmt)
		if !ok {
			return found == nil
		}
		ast.Inspect(start.Call.Fun, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && found == nil && changed[s.Match.Pkg.Use(id)] {
				found = id
			}
			return found == nil
		})
		if found == nil && !HoldsLockCall(start) {
			found = writesOutside(s, start, loop)
		}
		return false
	})
	return found
}

// changedIn returns the variables that the turns of a loop share, and give a value.
func changedIn(s *edit.Site, loop ast.Stmt) map[types.Object]bool {
	info, changed := s.Match.Pkg.Info, map[types.Object]bool{}
	own := s.AtLeast("go1.22") // each turn has the variables of the head for itself
	note := func(lhs ast.Expr) {
		id, ok := lhs.(*ast.Ident)
		if !ok {
			return
		}
		v := info.ObjectOf(id)
		if v == nil || loop.Pos() <= v.Pos() && (own || v.Pos() >= bodyOfLoop(loop).Pos()) {
			return
		}
		changed[v] = true
	}
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.RangeStmt:
			note(n.Key)
			note(n.Value)
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if n.Tok != token.DEFINE || info.Defs[AsIdent(lhs)] == nil {
					note(lhs)
				}
			}
		case *ast.IncDecStmt:
			note(n.X)
		}
		return true
	})
	return changed
}

func bodyOfLoop(loop ast.Stmt) *ast.BlockStmt {
	switch loop := loop.(type) {
	case *ast.ForStmt:
		return loop.Body
	case *ast.RangeStmt:
		return loop.Body
	}
	return &ast.BlockStmt{Lbrace: loop.End()}
}

// writesOutside returns where a goroutine writes a variable from outside the loop, as those of
// the other turns do.
func writesOutside(s *edit.Site, start *ast.GoStmt, loop ast.Stmt) (found *ast.Ident) {
	ast.Inspect(start.Call.Fun, func(n ast.Node) bool {
		for _, lhs := range AssignedBy(n) {
			if v := s.Match.Pkg.Use(AsIdent(lhs)); v != nil && (v.Pos() < loop.Pos() || loop.End() <= v.Pos()) {
				found = AsIdent(lhs)
			}
		}
		return found == nil
	})
	return found
}
