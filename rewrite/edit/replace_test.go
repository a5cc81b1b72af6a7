package edit

import (
	"go/ast"
	"testing"

	"github.com/dave/dst"
)

func TestReplaceStmt(t *testing.T) {
	run(t, []treeTest{
		{"comments around it stay", `
			a() // a

			// about b
			b() // b
			// below

			c()
		`, func(e *editor) { e.ReplaceStmt(e.at("b"), newCall("x")) }, `
			a() // a

			// about b
			x() // b
			// below

			c()
		`},
		{"one to two: the line's comment stays on the first", `
			// about b
			b() // b
			// below

			c()
		`, func(e *editor) { e.ReplaceStmt(e.at("b"), newCall("x"), newCall("y")) }, `
			// about b
			x() // b
			y()
			// below

			c()
		`},
		{"one to none", `
			b() // b
			c()
		`, func(e *editor) { e.ReplaceStmt(e.at("b")) }, `
			// b
			c()
		`},
		{"comments inside go above, those of parts that live on go along", `
			b( /* first */ c, /* second */ d)
		`, func(e *editor) {
			e.ReplaceStmt(e.at("b"), ExprStmt(Call(Ident("x"), e.Use(e.expr("d")))))
		}, `
			/* first */
			/* second */
			x(d)
		`},
		{"last of a clause", `
			switch {
			case a:
				b() // b
				// end
			}
		`, func(e *editor) { e.ReplaceStmt(e.at("b"), newCall("x"), newCall("y")) }, `
			switch {
			case a:
				x() // b
				y()
				// end
			}
		`},
		{"by itself and another", `
			// about b
			b() // b
		`, func(e *editor) { b := e.at("b"); e.ReplaceStmt(b, b, newCall("x")) }, `
			// about b
			b() // b
			x()
		`},
	})
}

func TestSplice(t *testing.T) {
	run(t, []treeTest{
		{"comments of three lines", `
			// about a
			a() // a
			// about b
			b() // b
			c() // c
			// below

			d()
		`, func(e *editor) { e.Splice(e.at("a"), e.at("c"), newCall("x")) }, `
			// about a
			// a
			// about b
			// b
			x() // c
			// below

			d()
		`},
		{"to nothing", `
			a() // a
			b() // b
			c()
		`, func(e *editor) { e.Splice(e.at("a"), e.at("b")) }, `
			// a
			// b
			c()
		`},
		{"one of them stays", `
			a() // a
			// about b
			b() // b
			c() // c
		`, func(e *editor) { e.Splice(e.at("a"), e.at("c"), newCall("x"), e.at("b")) }, `
			// a
			x() // c
			// about b
			b() // b
		`},
	})
}

func TestReplaceExpr(t *testing.T) {
	run(t, []treeTest{
		{"an argument", `
			a(b, c) // a
		`, func(e *editor) { e.ReplaceExpr(e.expr2("c"), Call(Ident("x"))) }, `
			a(b, x()) // a
		`},
		{"comments around stay, those inside go behind", `
			a( /* l */ m /* map */ [k /* key */] /* r */)
		`, func(e *editor) {
			old := e.expr("m /* map */ [k /* key */]").(*ast.IndexExpr)
			e.ReplaceExpr(e.Expr(old), Call(Sel(e.Use(old.X), "Load"), e.Use(old.Index)))
		}, `
			a( /* l */ m.Load(k) /* map */ /* key */ /* r */)
		`},
		{"a // comment inside goes above the statement", `
			// about a
			a(b(
				c, // third
			))
		`, func(e *editor) { e.ReplaceExpr(e.expr2("b(\n\t\tc, // third\n\t)"), Ident("x")) }, `
			// third
			// about a
			a(x)
		`},
		{"a wrapped one keeps its comments and gives up its lines", `
			a(
				b, // b
				c, // c
			)
		`, func(e *editor) {
			e.ReplaceExpr(e.expr2("c"), Call(Ident("x"), e.Use(e.expr("c"))))
		}, `
			a(
				b,    // b
				x(c), // c
			)
		`},
		{"a part of it", `
			a(!b.c())
		`, func(e *editor) { e.ReplaceExpr(e.expr2("!b.c()"), e.Use(e.expr("b.c()"))) }, `
			a(b.c())
		`},
	})
}

// expr2 returns the twin of an expression.
func (e *editor) expr2(text string) dst.Expr { return e.Expr(e.expr(text)) }
