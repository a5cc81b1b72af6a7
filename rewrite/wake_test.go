package rewrite_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rules"
)

// store is a module of two packages. The fix in the first changes a struct, which the
// second can see; nothing is found there.
const store = `-- go.mod --
module ex.com/m

go 1.22
-- a/a.go --
package a

type Store struct{ m map[string]int }

func New() *Store {
	s := &Store{m: map[string]int{}}
	go s.run()
	return s
}

func (s *Store) run() {
	for {
		s.m["x"]++
	}
}

func (s *Store) Get() int { return s.m["x"] }
-- b/b.go --
package b

import "ex.com/m/a"

func Use(s *a.Store) int { %s }
`

// Who imports what a fix declares in another way is looked at again with it, though it was
// let go of; and the package of the fix is not looked at once more for that.
func TestAFixWakesThoseWhoSeeIt(t *testing.T) {
	for _, c := range []struct{ use, want string }{
		{"return s.Get()", "fixable"},
		{"d := *s; return d.Get()", "rolled-back"},
	} {
		for _, brief := range []bool{true, false} {
			var mu sync.Mutex
			var looked []string
			res := run(t, fmt.Sprintf(store, c.use)+renames("none", "none", "none($x)", "safe"), rewrite.Options{
				Enable: []string{"racypublish"}, Brief: brief, Level: rules.Unsafe,
				Progress: func(_, _ int, what string) {
					mu.Lock()
					defer mu.Unlock()
					looked = append(looked, what)
				},
			})
			if got := statuses(res.Report, "racypublish"); got != c.want {
				t.Errorf("%s (brief %t): %s, want %s", c.use, brief, got, c.want)
			}
			if slices.Sort(looked); brief && strings.Join(looked, " ") != "ex.com/m/a ex.com/m/b" {
				t.Errorf("%s: looked at %q", c.use, looked)
			}
		}
	}
}
