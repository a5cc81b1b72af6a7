package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The oracle runs small random functions statement by statement, along every
// path, and says at which ways out which Lock still holds the mutex. The
// simulation must say the same, without walking the paths.

// TestLossesAgainstOracle compares thousands of random functions.
func TestLossesAgainstOracle(t *testing.T) {
	const functionsEach, packages = 400, 4
	for seed := range uint64(packages) {
		g := &program{rand: rand.New(rand.NewPCG(seed, 42))}
		var src strings.Builder
		src.WriteString("package x\nimport \"sync\"\nfunc op(int) bool { return false }\n")
		for i := range functionsEach {
			fmt.Fprintf(&src, "type t%d struct{ mu sync.Mutex; n int }\n", i) // one each: no function releases another's
			fmt.Fprintf(&src, "func (t *t%d) f%d(p, q bool) {\n%s}\n", i, i, g.function())
		}
		pkg := typed(t, src.String())
		for i := range functionsEach {
			compareToOracle(t, pkg, function(t, pkg, fmt.Sprintf("f%d", i)))
		}
	}
}

func compareToOracle(t *testing.T, pkg *Package, fn *ast.FuncDecl) {
	t.Helper()
	o := &oracle{held: map[string]bool{}, released: map[token.Pos]bool{}}
	for _, p := range []bool{false, true} {
		for _, q := range []bool{false, true} {
			o.run(fn.Body, p, q)
		}
	}
	got := make(map[string]bool)
	for _, a := range pkg.Acquisitions(fn) {
		for _, loss := range a.Lost {
			if loss.Relock == nil {
				got[holding(a.Call.Pos(), loss.At)] = true
			}
		}
	}
	want := o.losses()
	for l := range got {
		if !want[l] {
			t.Errorf("the simulation invents %s in\n%s", l, text(fn))
		}
	}
	for l := range want {
		if !got[l] && !o.loops {
			t.Errorf("the simulation misses %s in\n%s", l, text(fn))
		}
	}
}

// holding spells that the Lock at a position holds at a way out.
func holding(lock token.Pos, way ast.Node) string { return fmt.Sprintf("%d@%d", lock, wayPos(way)) }

// A program writes random functions.
type program struct {
	rand *rand.Rand
	ops  int
	size int
}

func (g *program) function() string {
	g.ops, g.size = 0, 0
	return "b := false\n_ = b\n" + g.block(0, false)
}

func (g *program) block(depth int, loop bool) string {
	var out strings.Builder
	for range 2 + g.rand.IntN(4) {
		out.WriteString(g.statement(depth, loop))
	}
	return out.String()
}

func (g *program) statement(depth int, loop bool) string {
	g.size++
	if depth < 3 && g.size < 18 {
		switch g.rand.IntN(9) {
		case 0, 1, 2:
			return fmt.Sprintf("if %s {\n%s}\n", g.condition(), g.block(depth+1, loop))
		case 3:
			return fmt.Sprintf("if %s {\n%s} else {\n%s}\n", g.condition(), g.block(depth+1, loop), g.block(depth+1, loop))
		case 4:
			return fmt.Sprintf("for %s {\n%s}\n", g.condition(), g.block(depth+1, true))
		}
	}
	simple := []string{"t.mu.Lock()\n", "t.mu.Lock()\n", "t.mu.Unlock()\n", "t.mu.Unlock()\n", "b = true\n", "b = false\n", "if op(0) {\nreturn\n}\n", "defer t.mu.Unlock()\n"}
	if loop {
		simple = append(simple, "if op(1) {\ncontinue\n}\n", "if op(2) {\nbreak\n}\n")
	}
	return strings.ReplaceAll(simple[g.rand.IntN(len(simple))], "op(", fmt.Sprintf("op(%d", g.fresh()))
}

func (g *program) fresh() int { g.ops++; return g.ops }

func (g *program) condition() string {
	switch g.rand.IntN(5) {
	case 0:
		return "p"
	case 1:
		return "!q"
	case 2:
		return "b"
	}
	return fmt.Sprintf("op(%d)", 1000+g.fresh())
}

// An oracle walks every path; a loop runs until its turns begin in no new state.
type oracle struct {
	held     map[string]bool    // which Lock holds at which way out
	released map[token.Pos]bool // Locks that are released on some path
	loops    bool
}

// A run is the state on one path.
type run struct {
	p, q, b bool
	by      token.Pos // of the Lock that holds; 0 if none
	touched bool      // locked or unlocked before
	owed    bool
	defers  int
}

// A wayOn is how a statement ends.
type wayOn int

const (
	goesOn wayOn = iota
	returned
	brokeOff
	continued
)

type outcome struct {
	run
	end wayOn
}

func (o *oracle) losses() map[string]bool {
	lost := maps.Clone(o.held)
	maps.DeleteFunc(lost, func(l string, _ bool) bool {
		var lock token.Pos
		fmt.Sscanf(l, "%d@", &lock)
		return !o.released[lock]
	})
	return lost
}

func (o *oracle) run(body *ast.BlockStmt, p, q bool) {
	for _, end := range o.list(body.List, run{p: p, q: q}) {
		if end.end == goesOn {
			o.leave(end.run, body)
		}
	}
}

// leave runs the deferred calls, and notes what is held then.
func (o *oracle) leave(r run, way ast.Node) {
	for range r.defers {
		r = o.unlock(r)
	}
	if r.by != 0 && !r.owed {
		o.held[holding(r.by, way)] = true
	}
}

func (o *oracle) unlock(r run) run {
	if r.by != 0 {
		o.released[r.by] = true
	} else if !r.touched {
		r.owed = true
	}
	r.by, r.touched = 0, true
	return r
}

func (o *oracle) list(stmts []ast.Stmt, r run) []outcome {
	now := []outcome{{run: r}}
	for _, s := range stmts {
		var next []outcome
		for _, out := range now {
			if out.end != goesOn {
				next = append(next, out)
				continue
			}
			next = append(next, o.stmt(s, out.run)...)
		}
		now = unique(next)
	}
	return now
}

func unique(all []outcome) []outcome {
	seen := make(map[outcome]bool)
	return slices.DeleteFunc(all, func(out outcome) bool {
		again := seen[out]
		seen[out] = true
		return again
	})
}

func (o *oracle) stmt(s ast.Stmt, r run) []outcome {
	switch s := s.(type) {
	case *ast.AssignStmt:
		r.b = s.Rhs[0].(*ast.Ident).Name == "true" || s.Rhs[0].(*ast.Ident).Name == "b" && r.b
	case *ast.DeferStmt:
		r.defers = min(r.defers+1, 3)
	case *ast.ExprStmt:
		return o.call(s.X.(*ast.CallExpr), r)
	case *ast.ReturnStmt:
		o.leave(r, s)
		return []outcome{{r, returned}}
	case *ast.BranchStmt:
		if s.Tok == token.BREAK {
			return []outcome{{r, brokeOff}}
		}
		return []outcome{{r, continued}}
	case *ast.IfStmt:
		return o.ifElse(s, r)
	case *ast.ForStmt:
		o.loops = true
		return o.loop(s, r)
	}
	return []outcome{{run: r}}
}

func (o *oracle) call(call *ast.CallExpr, r run) []outcome {
	if call.Fun.(*ast.SelectorExpr).Sel.Name == "Unlock" {
		return []outcome{{run: o.unlock(r)}}
	}
	if r.by != 0 {
		return nil // it waits for itself
	}
	r.by, r.touched = call.Pos(), true
	return []outcome{{run: r}}
}

func (o *oracle) ifElse(s *ast.IfStmt, r run) []outcome {
	var all []outcome
	for _, truth := range o.values(s.Cond, r) {
		switch {
		case truth:
			all = append(all, o.list(s.Body.List, r)...)
		case s.Else != nil:
			all = append(all, o.list(s.Else.(*ast.BlockStmt).List, r)...)
		default:
			all = append(all, outcome{run: r})
		}
	}
	return all
}

// loop runs turns until they begin in no new state.
func (o *oracle) loop(s *ast.ForStmt, r run) []outcome {
	var all []outcome
	begun := map[run]bool{r: true}
	for todo := []run{r}; len(todo) > 0; todo = todo[1:] {
		for _, truth := range o.values(s.Cond, todo[0]) {
			if !truth {
				all = append(all, outcome{run: todo[0]})
				continue
			}
			for _, out := range o.list(s.Body.List, todo[0]) {
				switch out.end {
				case returned:
					all = append(all, out)
				case brokeOff:
					all = append(all, outcome{run: out.run})
				default:
					if !begun[out.run] {
						begun[out.run] = true
						todo = append(todo, out.run)
					}
				}
			}
		}
	}
	return unique(all)
}

// values returns what a condition can be: a call can be both.
func (o *oracle) values(e ast.Expr, r run) []bool {
	switch e := e.(type) {
	case *ast.Ident:
		return []bool{map[string]bool{"p": r.p, "q": r.q, "b": r.b}[e.Name]}
	case *ast.UnaryExpr:
		return []bool{!r.q}
	}
	return []bool{false, true}
}
