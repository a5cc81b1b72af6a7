package edit

import (
	"go/ast"
	"testing"
)

func TestInsertBefore(t *testing.T) {
	before := func(text string) func(*editor) {
		return func(e *editor) { e.InsertBefore(e.at(text), newCall("x")) }
	}
	run(t, []treeTest{
		{"comments above stay with the statement", `
			a() // a
			// about b
			b() // b
			c()
		`, before("b"), `
			a() // a
			x()
			// about b
			b() // b
			c()
		`},
		{"a blank line goes above the new one", `
			a()

			// about b
			b()
		`, before("b"), `
			a()

			x()
			// about b
			b()
		`},
		{"first in a block with a comment at its brace", `
			for { // turn
				// about b
				b()
			}
		`, before("b"), `
			for { // turn
				x()
				// about b
				b()
			}
		`},
		{"in a clause", `
			switch {
			case a: // c
				b() // b
			default:
			}
		`, before("b"), `
			switch {
			case a: // c
				x()
				b() // b
			default:
			}
		`},
		{"a literal on one line unfolds", `
			defer func() { a(); b() }()
		`, before("b"), `
			defer func() {
				a()
				x()
				b()
			}()
		`},
		{"several, in order", `
			b()
		`, func(e *editor) { e.InsertBefore(e.at("b"), newCall("x"), newCall("y")) }, `
			x()
			y()
			b()
		`},
	})
}

func TestInsertAfter(t *testing.T) {
	after := func(text string) func(*editor) {
		return func(e *editor) { e.InsertAfter(e.at(text), newCall("x")) }
	}
	run(t, []treeTest{
		{"behind the same-line comment", `
			a() // a
			b()
		`, after("a"), `
			a() // a
			x()
			b()
		`},
		{"before the comment below and the blank line", `
			a() // a
			// below

			// about b
			b()
		`, after("a"), `
			a() // a
			x()
			// below

			// about b
			b()
		`},
		{"before the comment of the next statement", `
			a()
			// about b
			b()
		`, after("a"), `
			a()
			x()
			// about b
			b()
		`},
		{"before the comments that end the block", `
			if a {
				b() // b
				// end
			}
		`, after("b"), `
			if a {
				b() // b
				x()
				// end
			}
		`},
		{"before the comments that end a clause", `
			switch {
			case a:
				b() // b
				// end
			case c:
			}
		`, after("b"), `
			switch {
			case a:
				b() // b
				x()
				// end
			case c:
			}
		`},
		{"before the blank line", `
			a()

			b()
		`, after("a"), `
			a()
			x()

			b()
		`},
		{"a block comment on the line", `
			a() /* a */
			/* below */

			b()
		`, after("a"), `
			a() /* a */
			x()
			/* below */

			b()
		`},
		{"in a select clause", `
			select {
			case <-a: // c
				b() // b
			}
		`, after("b"), `
			select {
			case <-a: // c
				b() // b
				x()
			}
		`},
		{"behind a label", `
			l:
				for {
					// end
				}
			b()
		`, func(e *editor) { e.InsertAfter(e.at("l:"), newCall("x")) }, `
			l:
				for {
					// end
				}
				x()
			b()
		`},
	})
}

func TestInsertFirstAndLast(t *testing.T) {
	run(t, []treeTest{
		{"into an empty block with a comment", `
			for {
				// nothing
			}
		`, func(e *editor) {
			e.InsertFirst(e.Node(e.syntax("for").(*ast.ForStmt).Body), newCall("x"))
		}, `
			for {
				// nothing
				x()
			}
		`},
		{"into an empty literal", `
			defer func() {}()
		`, func(e *editor) {
			e.InsertLast(e.Node(e.expr("func() {}").(*ast.FuncLit).Body), newCall("x"))
		}, `
			defer func() {
				x()
			}()
		`},
		{"into an empty clause", `
			switch {
			case a: // c
			}
		`, func(e *editor) {
			e.InsertLast(e.Node(e.syntax("switch").(*ast.SwitchStmt).Body.List[0]), newCall("x"))
		}, `
			switch {
			case a: // c
				x()
			}
		`},
		{"first", `
			if a { // t
				b()
			}
		`, func(e *editor) {
			e.InsertFirst(e.Node(e.syntax("if").(*ast.IfStmt).Body), newCall("x"))
		}, `
			if a { // t
				x()
				b()
			}
		`},
		{"last", `
			if a {
				b()
				// end
			}
		`, func(e *editor) {
			e.InsertLast(e.Node(e.syntax("if").(*ast.IfStmt).Body), newCall("x"))
		}, `
			if a {
				b()
				x()
				// end
			}
		`},
	})
}

func TestInsertRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(e *editor)
	}{
		{"beside the init of an if", func(e *editor) { e.InsertBefore(e.at("a :="), newCall("x")) }},
		{"into what is no block", func(e *editor) { e.InsertFirst(e.at("b"), newCall("x")) }},
		{"beside a statement of nowhere", func(e *editor) { e.InsertAfter(newCall("y"), newCall("x")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := edit(t, inFunc("\tif a := c(); a {\n\t\tb()\n\t}\n"))
			test.edit(e)
			if e.Err() == nil {
				t.Errorf("it was done:\n%s", e.result())
			}
		})
	}
}
