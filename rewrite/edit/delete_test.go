package edit

import "testing"

func TestDelete(t *testing.T) {
	del := func(text string) func(*editor) {
		return func(e *editor) { e.Delete(e.at(text)) }
	}
	run(t, []treeTest{
		{"comments go above the next statement", `
			a() // a
			// about b
			b() // b
			// about c
			c()
		`, del("b"), `
			a() // a
			// about b
			// b
			// about c
			c()
		`},
		{"comments of the last statement go below the one before", `
			a() // a
			// about b
			b() // b
			// end
		`, del("b"), `
			a() // a
			// about b
			// b
			// end
		`},
		{"comments of the only statement stay in the block", `
			if a { // t
				// about b
				b() // b
			}
		`, del("b"), `
			if a { // t
				// about b
				// b
			}
		`},
		{"comments of the only statement stay in the clause", `
			switch {
			case a: // c
				// about b
				b() // b
			case d:
			}
		`, del("b"), `
			switch {
			case a: // c
				// about b
				// b
			case d:
			}
		`},
		{"last in a clause, with comments at its end", `
			switch {
			case a:
				b() // b
				c() // c
				// end
			}
		`, del("c()"), `
			switch {
			case a:
				b() // b
				// c
				// end
			}
		`},
		{"comments inside stay", `
			if a { // t
				b( /* arg */ d)
				// end
			}
			c()
		`, del("if"), `
			// t
			/* arg */
			// end
			c()
		`},
		{"one blank line stays of two", `
			a()

			b()

			c()
		`, del("b"), `
			a()

			c()
		`},
		{"a blank line above stays", `
			a()

			b()
			c()
		`, del("b"), `
			a()

			c()
		`},
		{"no blank line is left at the start of a block", `
			a()

			b()
		`, del("a"), `
			b()
		`},
		{"nor at its end", `
			a()

			b()
		`, del("b"), `
			a()
		`},
		{"two groups of comments do not become one", `
			a() // a

			// about b
			b()
		`, del("a"), `
			// a

			// about b
			b()
		`},
		{"two groups below do not become one", `
			a() // a

			// about b
			b()
		`, del("b"), `
			a() // a

			// about b
		`},
		{"a comment set apart stays apart", `
			a()
			b()

			// end
		`, del("b"), `
			a()

			// end
		`},
		{"also from what follows", `
			a()
			b()

			// apart

			c()
		`, del("b"), `
			a()

			// apart

			c()
		`},
		{"block comments", `
			a() /* a */
			/* about b */
			b() /* b */
			c()
		`, del("b"), `
			a() /* a */
			/* about b */
			/* b */
			c()
		`},
	})
}
