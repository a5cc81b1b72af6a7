package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTasksRunInOrder runs random graphs of tasks and holds each to the law:
// prepared before finished, finished after all that it waits for, once.
func TestTasksRunInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, jobs := random.IntN(40), 1+random.IntN(8)
		var mu sync.Mutex
		prepared, finished := make([]int, n), make([]int, n)
		tasks := make([]*task, n)
		for i := range tasks {
			var waits []int
			tasks[i] = &task{
				prepare: func() { mu.Lock(); prepared[i]++; mu.Unlock() },
				finish: func() {
					mu.Lock()
					defer mu.Unlock()
					finished[i]++
					for _, w := range waits {
						if finished[w] != 1 {
							t.Errorf("%d finished before %d", i, w)
						}
					}
				},
			}
			for j := range i {
				if random.IntN(4) == 0 {
					waits = append(waits, j)
					tasks[i].after(tasks[j])
				}
			}
		}
		if err := run(t.Context(), jobs, tasks); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if prepared[i] != 1 || finished[i] != 1 {
				t.Fatalf("of %d tasks with %d jobs, %d was prepared %d times and finished %d times", n, jobs, i, prepared[i], finished[i])
			}
		}
	}
}

// TestNobodyGetsFarAhead has one processor that is about to let go of memory, and
// another that could fill it.
func TestNobodyGetsFarAhead(t *testing.T) {
	var filled atomic.Int32
	first := &task{finish: func() {}, holds: 1}
	visit := &task{frees: 1, urgent: 2, finish: func() {
		for filled.Load() < 3 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		if n := filled.Load(); n != 3 {
			t.Errorf("%d tasks were ahead, there was room for 3", n)
		}
	}}
	visit.after(first)
	tasks := []*task{first, visit}
	for range 20 {
		filler := &task{finish: func() { filled.Add(1) }, holds: roomAhead * 5 / 8}
		filler.after(first) // so that the visit comes before it
		tasks = append(tasks, filler)
	}
	if err := run(t.Context(), 2, tasks); err != nil {
		t.Fatal(err)
	}
	if n := filled.Load(); n != 20 {
		t.Errorf("%d of 20 tasks were run", n)
	}
}

// TestLittleIsHeldAtOnce has packages and their variants for tests in the order of a
// listing, first all of these and then all of those, and each pair can be let go of once
// both have been checked.
func TestLittleIsHeldAtOnce(t *testing.T) {
	const pairs = 20
	var tasks, checks []*task
	held, most := 0, 0
	for range 2 * pairs {
		check := &task{prepare: func() {}, holds: 1, finish: func() { held++; most = max(most, held) }}
		tasks, checks = append(tasks, check), append(checks, check)
	}
	for i := range pairs {
		tell := &task{urgent: 1, finish: func() {}}
		look := &task{urgent: 2, frees: 2, finish: func() { held -= 2 }}
		tell.after(checks[i])
		tell.after(checks[pairs+i])
		look.after(tell)
		tasks = append(tasks, tell, look)
	}
	if err := run(t.Context(), 1, tasks); err != nil {
		t.Fatal(err)
	}
	if most > 2 {
		t.Errorf("%d packages were held at once, 2 are enough", most)
	}
}

func TestACancelledRunStopsSoon(t *testing.T) {
	for jobs := 1; jobs < 5; jobs++ {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ran := 0
		tasks := make([]*task, 100)
		for i := range tasks {
			tasks[i] = &task{finish: func() { ran++; cancel() }}
			if i > 0 {
				tasks[i].after(tasks[i-1])
			}
		}
		if err := run(ctx, jobs, tasks); err != context.Canceled || ran != 1 {
			t.Errorf("with %d jobs %d tasks ran, and the error is %v", jobs, ran, err)
		}
	}
}

// TestAFailingTypeCheckerIsAProblem gives the type checker a tree that no
// parser makes.
func TestAFailingTypeCheckerIsAProblem(t *testing.T) {
	l := &loader{fset: token.NewFileSet()}
	c := &check{loader: l}
	g := &graph{sizes: types.SizesFor("gc", "amd64")}
	file := &ast.File{Name: ast.NewIdent("p"), Decls: []ast.Decl{&ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{nil}}}}
	pkg, problems := c.types(importer{c, g, &node{listed: &listed{path: "p", name: "p"}}, nil}, []*ast.File{file}, newInfo(), true)
	if pkg != nil || len(problems) != 1 || problems[0].Kind != "internal" || !strings.Contains(problems[0].Message, "type checker failed") {
		t.Errorf("package %v, problems %v", pkg, problems)
	}
}

func TestANewerGoCommandIsNamed(t *testing.T) {
	fset := token.NewFileSet()
	file := fset.AddFile("/p.go", -1, 10)
	errs := []types.Error{{Fset: fset, Pos: file.Pos(1), Msg: "package requires newer Go version go1.99 (application built with go1.26)"}}
	problems := typeProblems(fset, errs)
	if got := problems[0].Message; !strings.Contains(got, "build lockfix with that Go version") {
		t.Errorf("message is %q", got)
	}
	newer := &loader{goenv: goEnv{GOVERSION: "go1.99.1"}}
	if got := newer.goIsNewer(problems); len(got) != 1 || !strings.Contains(got[0].Message, "the go command is go1.99.1") {
		t.Errorf("problems are %v", got)
	}
	if got := newer.goIsNewer(nil); got != nil {
		t.Errorf("without problems there is the problem %v", got)
	}
}
