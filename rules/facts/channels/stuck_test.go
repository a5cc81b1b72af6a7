package channels_test

import (
	"go/ast"
	"go/types"
	"testing"

	"github.com/lockfix/lockfix/rules/facts/channels"
)

// TestStuckErrgroup asks of the Wait of an errgroup whether it is stuck.
func TestStuckErrgroup(t *testing.T) {
	for _, c := range []struct {
		name, body string
		stuck      bool
	}{
		{"closed behind the Wait", `var g errgroup.Group
			ch := make(chan int)
			g.Go(func() error { for range ch { }; return nil })
			err := g.Wait()
			close(ch)
			return err`, true},
		{"closed before", `var g errgroup.Group
			ch := make(chan int)
			g.Go(func() error { for range ch { }; return nil })
			close(ch)
			return g.Wait()`, false},
		{"closed by another", `var g, h errgroup.Group
			ch := make(chan int)
			g.Go(func() error { for range ch { }; return nil })
			h.Go(func() error { close(ch); return nil })
			err := g.Wait()
			h.Wait()
			return err`, false},
	} {
		pkg, file := loaded(t, c.body)
		stuck := false
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && types.ExprString(call.Fun) == "g.Wait" {
				stuck = channels.Of(pkg).Stuck(call) != nil
			}
			return true
		})
		if stuck != c.stuck {
			t.Errorf("%s: stuck: %v", c.name, stuck)
		}
	}
}
