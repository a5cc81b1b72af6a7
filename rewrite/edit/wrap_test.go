package edit

import (
	"testing"

	"github.com/dave/dst"
)

func TestWrap(t *testing.T) {
	wrap := func(first, last string) func(*editor) {
		return func(e *editor) {
			e.Wrap(e.at(first), e.at(last), func(b *dst.BlockStmt) dst.Stmt { return IfStmt(nil, Ident("ok"), b) })
		}
	}
	run(t, []treeTest{
		{"comments go inside, what hangs below does not", `
			a()

			// about b
			b() // b
			c() // c
			// below

			d()
		`, wrap("b", "c"), `
			a()

			if ok {
				// about b
				b() // b
				c() // c
			}
			// below

			d()
		`},
		{"the end of a clause", `
			switch {
			case a:
				b() // b
				// end
			}
		`, wrap("b", "b"), `
			switch {
			case a:
				if ok {
					b() // b
				}
				// end
			}
		`},
		{"a literal on one line", `
			defer func() { b() }()
		`, wrap("b", "b"), `
			defer func() {
				if ok {
					b()
				}
			}()
		`},
	})
}

func TestSwap(t *testing.T) {
	swap := func(a, b string) func(*editor) {
		return func(e *editor) { e.Swap(e.at(a), e.at(b)) }
	}
	run(t, []treeTest{
		{"comments go along, blank lines stay", `
			// about a
			a() // a
			// below

			// about b
			b() // b

			c()
		`, swap("a", "b"), `
			// about b
			b() // b
			// below

			// about a
			a() // a

			c()
		`},
		{"the last of a clause", `
			switch {
			case c:
				a() // a
				b() // b
				// end
			}
		`, swap("a", "b"), `
			switch {
			case c:
				b() // b
				a() // a
				// end
			}
		`},
		{"in different lists", `
			a() // a
			if c {
				b() // b
			}
		`, swap("a", "b"), `
			b() // b
			if c {
				a() // a
			}
		`},
		{"with itself", `
			a() // a
		`, swap("a", "a"), `
			a() // a
		`},
	})
}

func TestMoveAfter(t *testing.T) {
	move := func(st, target string) func(*editor) {
		return func(e *editor) { e.MoveAfter(e.at(st), e.at(target)) }
	}
	run(t, []treeTest{
		{"down, with its comments", `
			// about a
			a() // a
			b() // b
			c()
		`, move("a", "b"), `
			b() // b
			// about a
			a() // a
			c()
		`},
		{"up, what hangs below stays", `
			a() // a
			b() // b
			// about c
			c() // c
			// below

			d()
		`, move("c", "a"), `
			a() // a
			// about c
			c() // c
			b() // b
			// below

			d()
		`},
		{"out of a block", `
			if a {
				b() // b
			}
			c()
		`, move("b", "if"), `
			if a {
			}
			b() // b
			c()
		`},
	})
}
