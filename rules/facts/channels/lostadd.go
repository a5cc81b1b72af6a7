package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A LostAdd is an Add of one, in a function that starts what is done for it, and
// can leave before.
type LostAdd struct {
	Add  *GroupCall
	Go   ast.Node // what starts the goroutine on another way
	Exit ast.Node
}

// LostAdd says how a function can count a goroutine with a group that outlives
// it, and leave without starting that, or taking the count back.
func (f *Facts) LostAdd(call *ast.CallExpr) *LostAdd {
	add := f.groups().of[call]
	if add == nil || add.Kind != Add || add.Deferred != nil || f.Variable(add.Group) != nil {
		return nil
	}
	if n, ok := f.amount(call); !ok || n != 1 {
		return nil
	}
	start := f.startedFor(add)
	if start == nil || f.countedLate(add, start) {
		return nil
	}
	exit := f.leavesUnstarted(add, f.startingLoop(add, start))
	if exit == nil || f.countLivesOn(add) {
		return nil
	}
	return &LostAdd{add, start, exit}
}

// countedLate reports whether the goroutine is started before it is counted, in each turn of one loop.
//
//	for _, p := range parts {
//		go b.work(p)
//		b.wg.Add(1)
//	}
func (f *Facts) countedLate(add *GroupCall, start ast.Node) bool {
	_, always := f.pkg.Flow(add.Fn).Precedes(start, add.Call)
	return always && slices.Equal(f.loopsAround(add.Fn, start), f.loopsAround(add.Fn, add.Call))
}

// startingLoop returns a loop that starts the goroutines that another one has counted: it has as many
// turns. Only what leaves before it leaves without them.
//
//	for range n { wg.Add(1) }
//	for range n { go work() }
func (f *Facts) startingLoop(add *GroupCall, start ast.Node) ast.Stmt {
	around := f.loopsAround(add.Fn, add.Call)
	if len(around) == 0 {
		return nil
	}
	for _, loop := range f.loopsAround(add.Fn, start) {
		if !slices.Contains(around, loop) {
			return loop
		}
	}
	return nil
}

// leavesUnstarted returns a return, or a continue of the loop around an Add, to which the
// function comes from there with nothing started, and nothing that has to do with the group; nor
// does it come to a loop that starts all.
func (f *Facts) leavesUnstarted(add *GroupCall, starts ast.Stmt) ast.Node {
	s := f.unstartedFrom(add, starts)
	if exit, ok := s.out().(*ast.ReturnStmt); ok {
		return exit
	}
	loops := f.loopsAround(add.Fn, add.Call)
	if len(loops) == 0 {
		return nil
	}
	for _, turn := range continuesOf(loops[len(loops)-1]) {
		s := f.unstartedFrom(add, starts)
		s.until = func(n ast.Node) bool { return n == ast.Node(turn) }
		if s.out() != nil {
			return turn
		}
	}
	return nil
}

// continuesOf returns what goes on with the next turn of a loop from within it.
func continuesOf(loop ast.Stmt) (all []*ast.BranchStmt) {
	body, _ := bodyOf(loop)
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt:
			return false
		case *ast.BranchStmt:
			if n.Tok == token.CONTINUE && n.Label == nil {
				all = append(all, n)
			}
		}
		return true
	})
	return all
}

// unstartedFrom is the search for what comes behind an Add where nothing is started.
func (f *Facts) unstartedFrom(add *GroupCall, starts ast.Stmt) *search {
	uses := f.mentionsGroup(add)
	return &search{
		f: f, fn: add.Fn, flow: f.pkg.Flow(add.Fn), from: add.Call,
		covered: func(n ast.Node) bool {
			if starts != nil && contains(starts, n) {
				return true
			}
			switch n := n.(type) {
			case *ast.GoStmt:
				return true
			case *ast.CallExpr:
				return uses(n) || f.handsOver(n, add)
			case *ast.SendStmt:
				return !types.Identical(f.pkg.TypeOf(n.Value), types.Universe.Lookup("error").Type())
			}
			return uses(n)
		},
		leaves: func(b *facts.Block) bool { return b.Exit.Normal() },
	}
}

// startedFor returns the go statement behind an Add whose goroutine is done with
// the group.
func (f *Facts) startedFor(add *GroupCall) (found ast.Node) {
	group := f.field(add.Group)
	f.pkg.Inspect(bodyOfFunc(add.Fn), func(n ast.Node) bool {
		st, ok := n.(*ast.GoStmt)
		if !ok || found != nil {
			_, literal := n.(*ast.FuncLit)
			return !literal && found == nil
		}
		lit, isLit := ast.Unparen(st.Call.Fun).(*ast.FuncLit)
		decl := f.pkg.Body(st.Call)
		if isLit && f.names(lit, group) || decl != nil && f.names(decl.Body, group) {
			if some, _ := f.pkg.Flow(add.Fn).Follows(add.Call, st); some {
				found = st
			}
		}
		return false
	})
	return found
}

// handsOver reports whether a call gets a function, which may be done with the
// group later, itself or by what it calls.
func (f *Facts) handsOver(call *ast.CallExpr, add *GroupCall) bool {
	group := f.field(add.Group)
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) (over bool) {
		lit, ok := ast.Unparen(arg).(*ast.FuncLit)
		if !ok || f.names(lit, group) {
			return ok
		}
		f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
			if inner, ok := n.(*ast.CallExpr); ok {
				decl := f.pkg.Body(inner)
				over = over || decl != nil && f.names(decl.Body, group)
			}
			return !over
		})
		return over
	})
}
