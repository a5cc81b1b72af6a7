package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
)

// LoadAndDelete makes a Load and the Delete of what it found one step, so that
// only one goroutine takes an entry out:
//
//	v, ok := m.Load(k)           v, ok := m.LoadAndDelete(k)
//	if ok {                 →    if ok {
//		m.Delete(k)                  use(v)
//		use(v)                   }
//	}
//
// One goroutine alone sees no difference where nothing runs between the two
// calls that looks at the map, leaves, or fails: the entry is then gone a little
// earlier, and a miss still gives nil and false. It is refused where the path
// can leave before the Delete, and unsafe where what stands between has effects
// or can panic.
func LoadAndDelete(s *edit.Site) error {
	c, err := findCheckAct(s, "Delete")
	if err != nil {
		return err
	}
	h, err := c.hitPath()
	if err != nil {
		return err
	}
	if err := c.method("LoadAndDelete", "go1.15"); err != nil {
		return err
	}
	if err := h.goesStraight(); err != nil {
		return err
	}
	h.deleteAtLoad()
	return nil
}

// A hitPath is what happens between a Load that finds something and act.
type hitPath struct {
	*checkAct
	before []ast.Stmt
	alone  bool // act is all that the test decides on
}

// hitPath finds the shape of the code.
func (c *checkAct) hitPath() (*hitPath, error) {
	if len(c.cond) > 0 {
		return nil, errors.New("the test after the Load asks for more than whether something was found")
	}
	h := &hitPath{checkAct: c}
	at := slices.Index(c.list, ast.Stmt(c.stmt))
	switch {
	case !c.onMiss && sameList(c.list, c.test.Body.List):
		h.before = c.list[:at]
		h.alone = len(c.list) == 1 && c.test.Else == nil
	case c.onMiss && c.test.Else == nil && c.terminates(c.test.Body.List) && slices.Contains(c.list, ast.Stmt(c.test)):
		h.before = c.list[slices.Index(c.list, ast.Stmt(c.test))+1 : at]
	default:
		return nil, errors.New("the Delete does not belong to a hit of the Load alone")
	}
	return h, nil
}

// goesStraight judges what runs between the Load and the Delete.
func (h *hitPath) goesStraight() error {
	var between []ast.Node
	for _, st := range h.before {
		if at := h.leaves(st); at != nil {
			return fmt.Errorf("line %d can leave before the Delete, or be jumped to", h.line(at))
		}
		between = append(between, st)
	}
	if err := h.undisturbed(between); err != nil {
		return err
	}
	for _, st := range h.before {
		if because, panics := h.pkg.CanPanic(st); panics {
			h.s.Downgrade(rules.Unsafe, fmt.Sprintf("if line %d panics (it %s), the entry is gone already", h.line(st), because))
			break
		}
	}
	return nil
}

// leaves returns what may take control out of a statement, other than a panic,
// or bring it in from elsewhere.
func (h *hitPath) leaves(st ast.Stmt) (at ast.Node) {
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.LabeledStmt:
			at = n
		case *ast.CallExpr:
			if h.pkg.NoReturn(n) {
				at = n
			}
		}
		return at == nil
	})
	return at
}

// deleteAtLoad turns the Load into LoadAndDelete and takes the Delete out. Where
// nobody needs what the Load found, the Delete alone does it all.
func (h *hitPath) deleteAtLoad() {
	s := h.s
	if !h.alone {
		h.rename(h.load, "LoadAndDelete")
		s.Delete(s.Stmt(h.stmt))
		h.turnRound()
		return
	}
	instead := s.Stmt(h.stmt)
	if h.used(h.value, h.test) || h.used(h.ok, h.test) {
		h.rename(h.load, "LoadAndDelete")
		h.bindResults(h.used(h.value, h.test), h.used(h.ok, h.test))
		instead = s.Stmt(h.bind)
	}
	h.replaceTest(instead)
}

// turnRound leaves no test with an empty body: if nothing is to be done for a hit any
// more, the test asks for a miss.
//
//	if ok { m.Delete(k) } else { miss() }    →    if !ok { miss() }
func (h *hitPath) turnRound() {
	miss, ok := h.test.Else.(*ast.BlockStmt)
	if !ok || h.onMiss || len(h.list) != 1 || h.commented(h.test.Body) || h.commented(miss) {
		return
	}
	twin := h.s.Stmt(h.test).(*dst.IfStmt)
	twin.Cond, twin.Body, twin.Else = edit.Not(twin.Cond), twin.Else.(*dst.BlockStmt), nil
}

// commented reports whether a comment stands in a node.
func (h *hitPath) commented(n ast.Node) bool {
	return slices.ContainsFunc(h.s.Match.File.Comments, func(c *ast.CommentGroup) bool { return edit.StandsIn(c, n) })
}
