package plan

import (
	"go/format"
	"go/token"
	"strings"
	"testing"

	"github.com/dave/dst"
)

// printed returns a statement as it prints in a function.
func printed(t *testing.T, st dst.Stmt) string {
	t.Helper()
	fn := &dst.FuncDecl{
		Name: ident("f"),
		Type: &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}},
		Body: block(st),
	}
	text, err := render(&dst.File{Name: ident("p"), Decls: []dst.Decl{fn}})
	if err != nil {
		t.Fatal(err)
	}
	if clean, err := format.Source(text); err != nil || string(clean) != string(text) {
		t.Errorf("it does not print as gofmt would: %v\n%s", err, text)
	}
	_, body, _ := strings.Cut(string(text), "func f() {\n\t")
	return strings.TrimSuffix(body, "\n}\n")
}

func TestBuilders(t *testing.T) {
	x := func(name string) dst.Expr { return ident(name) }
	lit := func() dst.Expr { return &dst.CompositeLit{Type: ident("T")} }
	for _, test := range []struct {
		st   dst.Stmt
		want string
	}{
		{exprStmt(call(sel(x("mu"), "Lock"))), "mu.Lock()"},
		{exprStmt(call(x("f"), x("a"), x("b"))), "f(a, b)"},
		{define(call(x("f")), x("v"), x("ok")), "v, ok := f()"},
		{assign(x("y"), x("x")), "x = y"},
		{deferStmt(call(sel(x("mu"), "Unlock"))), "defer mu.Unlock()"},
		{returnStmt(), "return"},
		{returnStmt(x("a"), x("nil")), "return a, nil"},
		{exprStmt(call(x("f"), not(x("a")))), "f(!a)"},
		{exprStmt(call(x("f"), not(not(x("a"))))), "f(a)"},
		{exprStmt(call(x("f"), not(&dst.BinaryExpr{X: x("a"), Op: token.LAND, Y: x("b")}))), "f(!(a && b))"},
		{exprStmt(call(x("f"), not(&dst.StarExpr{X: x("a")}))), "f(!*a)"},
		{ifStmt(nil, x("ok"), block(returnStmt())), "if ok {\n\t\treturn\n\t}"},
		{ifStmt(define(call(x("f")), x("ok")), x("ok"), block()), "if ok := f(); ok {\n\t}"},
		{ifStmt(nil, &dst.BinaryExpr{X: x("a"), Op: token.EQL, Y: lit()}, block()), "if (a == T{}) {\n\t}"},
		{ifStmt(nil, call(x("f"), lit()), block()), "if f(T{}) {\n\t}"},
		{ifStmt(nil, sel(lit(), "ok"), block()), "if (T{}.ok) {\n\t}"},
		{ifStmt(define(lit(), x("v")), sel(x("v"), "ok"), block()), "if v := (T{}); v.ok {\n\t}"},
		{deferStmt(call(funcLit(exprStmt(call(x("a"))), exprStmt(call(x("b")))))), "defer func() {\n\t\ta()\n\t\tb()\n\t}()"},
		{block(exprStmt(call(x("a")))), "{\n\t\ta()\n\t}"},
	} {
		if got := printed(t, test.st); got != test.want {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
	}
}

func TestCloneHasNoComments(t *testing.T) {
	e := edit(t, inFunc("\t\t\ta(b( /* c */ c)) // a\n"))
	first, second := e.Use(e.expr("b( /* c */ c)")), e.Use(e.expr("b( /* c */ c)"))
	e.ReplaceStmt(e.at("a"), exprStmt(call(ident("x"), first, second, e.Copy(e.expr("c")))))
	e.want(inFunc("\t\t\tx(b( /* c */ c), b(c), c) // a\n"))
}

func TestCloneKeepsTheLinesOfALiteral(t *testing.T) {
	e := edit(t, inFunc("\t\t\ta(func() {\n\t\t\t\tb() // b\n\t\t\t\t// end\n\t\t\t})\n"))
	e.InsertAfter(e.at("a"), exprStmt(call(ident("x"), e.Copy(e.expr("func() {\n\t\tb() // b\n\t\t// end\n\t}")))))
	e.want(inFunc("\t\t\ta(func() {\n\t\t\t\tb() // b\n\t\t\t\t// end\n\t\t\t})\n\t\t\tx(func() {\n\t\t\t\tb()\n\t\t\t})\n"))
}
