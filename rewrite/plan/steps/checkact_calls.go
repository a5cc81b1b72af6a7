package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/pattern"
)

// findCalls takes the calls that the rule binds to $load and $act, else the
// only ones of the match.
func (c *checkAct) findCalls(method string) error {
	c.load, _ = c.s.Bound("$load").(*ast.CallExpr)
	c.act, _ = c.s.Bound("$act").(*ast.CallExpr)
	if c.load == nil || c.act == nil {
		return c.onlyCalls(method)
	}
	if c.mapMethod(c.load) != "Load" || c.mapMethod(c.act) != method {
		return fmt.Errorf("there is no Load with a %s here", method)
	}
	return nil
}

// onlyCalls: one Load, one acting call, and no other use of a sync.Map.
func (c *checkAct) onlyCalls(method string) error {
	calls := map[string][]*ast.CallExpr{}
	var others []*ast.CallExpr
	for _, n := range c.s.Match.Nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				name := c.mapMethod(call)
				calls[name] = append(calls[name], call)
				if name != "" && name != "Load" && name != method {
					others = append(others, call)
				}
			}
			return true
		})
	}
	switch loads, acts := calls["Load"], calls[method]; {
	case len(loads) == 0 || len(acts) == 0:
		return fmt.Errorf("there is no Load with a %s here", method)
	case len(loads) > 1:
		return fmt.Errorf("line %d loads from a sync.Map too", c.line(loads[1]))
	case len(acts) > 1:
		return fmt.Errorf("line %d calls %s too", c.line(acts[1]), method)
	case len(others) > 0:
		return fmt.Errorf("line %d uses a sync.Map in another way", c.line(others[0]))
	default:
		c.load, c.act = loads[0], acts[0]
		return nil
	}
}

// mapMethod returns the name of the sync.Map method that is called, or "".
func (c *checkAct) mapMethod(call *ast.CallExpr) string {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	fn, ok := c.pkg.Use(sel.Sel).(*types.Func)
	if !ok || !isMapMethod(fn) || c.pkg.Info.Selections[sel].Kind() != types.MethodVal {
		return ""
	}
	return fn.Name()
}

func isMapMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil {
		return false
	}
	ptr, ok := recv.Type().(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := ptr.Elem().(*types.Named)
	return ok && named.Obj().Name() == "Map" && named.Obj().Pkg().Path() == "sync"
}

// sameEntry: both calls mean one entry of one map.
func (c *checkAct) sameEntry() error {
	if !pattern.Same(c.mapOf(c.load), c.mapOf(c.act), c.pkg.Info) {
		return errors.New("the two calls are not spelled with the same map")
	}
	if !pattern.Same(c.load.Args[0], c.act.Args[0], c.pkg.Info) {
		return errors.New("the two calls are not spelled with the same key")
	}
	for _, x := range []ast.Expr{c.mapOf(c.load), c.load.Args[0]} {
		if !c.pkg.Pure(x) {
			return fmt.Errorf("%s has effects of its own", edit.ExprText(x))
		}
	}
	return nil
}

// actsOnce: nothing else in the function writes under the key. A counter is
// stored first on a miss and then on every hit, and one step of the two is not
// enough to make it right.
func (c *checkAct) actsOnce() error {
	var again *ast.CallExpr
	ast.Inspect(c.fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call == c.act || again != nil {
			return true
		}
		switch c.mapMethod(call) {
		case "Store", "Swap", "CompareAndSwap":
			if pattern.Same(c.mapOf(call), c.mapOf(c.act), c.pkg.Info) && pattern.Same(call.Args[0], c.act.Args[0], c.pkg.Info) {
				again = call
			}
		}
		return true
	})
	if again != nil {
		return fmt.Errorf("line %d writes under the key too", c.line(again))
	}
	return nil
}

// mapOf returns the map of a call of a method.
func (c *checkAct) mapOf(call *ast.CallExpr) ast.Expr {
	return ast.Unparen(call.Fun).(*ast.SelectorExpr).X
}

// method checks that the map has a method in this file: it exists in its Go
// version, and no type that embeds the map has another of that name.
func (c *checkAct) method(name, since string) error {
	if !c.s.AtLeast(since) {
		return fmt.Errorf("%s needs %s, the file is of an older version", name, since)
	}
	obj, _, _ := types.LookupFieldOrMethod(c.pkg.TypeOf(c.mapOf(c.act)), true, c.pkg.Types, name)
	if fn, ok := obj.(*types.Func); !ok || !isMapMethod(fn) {
		return fmt.Errorf("%s of %s is not the one of sync.Map", name, edit.ExprText(c.mapOf(c.act)))
	}
	return nil
}
