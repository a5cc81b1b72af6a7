package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/edit/edittest"
	"github.com/lockfix/lockfix/rules"
)

// A lockTest runs a strategy on the first acquisition of its file that is lost
// (or, where none is, on the first deferred Lock), and compares the body of the
// function, or the refusal.
type lockTest struct {
	name    string
	also    string // declared before it
	body    string // of the method f of *S, in the file that lockFile makes
	want    string // the new body
	refused string // a part of the refusal
	unsafe  string // a part of the reason why it is unsafe; "": it is safe
}

const lockFile = `package p

import (
	"errors"
	"fmt"
	"log"
	"sync"
)

var _ = fmt.Sprint(log.Flags)

type S struct {
	mu   sync.Mutex
	rw   sync.RWMutex
	n    int
	ok   flag
	err  error
	m    map[string]int
	ch   chan int
	next *S
	call func() int
}

type flag bool

type own struct{ sync.Mutex }

func (o *own) Unlock() { o.Mutex.Unlock(); println() }

var errGone = errors.New("gone")

func (s *S) get() int            { return s.n }
func (s *S) locks() int          { s.mu.Lock(); defer s.mu.Unlock(); return s.n }
func (s *S) two() (int, error)   { return s.n, s.err }
func (s *S) note()               { s.n++; last = s.err }

var last error

`

// method wraps a test's body, whose first line is the signature.
func (l lockTest) file() string {
	body := strings.TrimPrefix(l.body, "\n")
	return lockFile + l.also + "func (s *S) f" + body
}

// lockMatch points a match at the acquisition to repair.
func lockMatch(t *testing.T, e *edittest.Trial) {
	t.Helper()
	m := e.Match
	m.Pkg.Files = []*ast.File{m.File}
	for _, acq := range acquisitionsIn(e.Site) {
		if len(acq.Lost) > 0 {
			m.At = acq.Call
			return
		}
	}
	ast.Inspect(m.Decl, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && m.At == nil && strings.HasSuffix(types.ExprString(d.Call), "Lock()") {
			m.At = d
		}
		return true
	})
	if m.At == nil {
		for _, acq := range acquisitionsIn(e.Site) {
			t.Logf("%s: lost %v, unknown %q", types.ExprString(acq.Call), acq.Lost, acq.Unknown)
		}
		t.Fatal("no lock is lost in the test")
	}
}

func runLock(t *testing.T, strategy func(*edit.Site) error, tests []lockTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := edittest.Open(t, test.file())
			lockMatch(t, e)
			err := strategy(e.Site)
			if err == nil {
				err = e.Err()
			}
			if problem := test.judge(e, err); problem != nil {
				t.Error(problem)
			}
		})
	}
}

func (l lockTest) judge(e *edittest.Trial, err error) error {
	switch {
	case l.refused != "" && err == nil:
		return fmt.Errorf("not refused, but:\n%s", e.Result())
	case l.refused != "" && !strings.Contains(err.Error(), l.refused):
		return fmt.Errorf("refused because %v", err)
	case l.refused != "":
		return nil
	case err != nil:
		return err
	}
	e.Want(lockFile + l.also + "func (s *S) f" + strings.TrimPrefix(l.want, "\n"))
	level, reasons := e.Applicability()
	because := strings.Join(reasons, "; ")
	switch {
	case l.unsafe == "" && level != rules.Safe:
		return errors.New("unsafe: " + because)
	case !strings.Contains(because, l.unsafe):
		return fmt.Errorf("unsafe because %q", because)
	}
	return retype(e)
}

// retype checks that the result type-checks and loses no lock.
func retype(e *edittest.Trial) error {
	again := edittest.Open(e.T, e.Result())
	again.Match.Pkg.Files = []*ast.File{again.Match.File}
	for _, acq := range acquisitionsIn(again.Site) {
		if len(acq.Lost) > 0 || acq.Unknown != "" {
			return fmt.Errorf("after the repair: lost %v, unknown %q", acq.Lost, acq.Unknown)
		}
	}
	return nil
}
