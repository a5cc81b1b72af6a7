package edit

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
		Name: Ident("f"),
		Type: &dst.FuncType{Func: true, Params: &dst.FieldList{Opening: true, Closing: true}},
		Body: Block(st),
	}
	text, err := render(&dst.File{Name: Ident("p"), Decls: []dst.Decl{fn}})
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
	x := func(name string) dst.Expr { return Ident(name) }
	lit := func() dst.Expr { return &dst.CompositeLit{Type: Ident("T")} }
	for _, test := range []struct {
		st   dst.Stmt
		want string
	}{
		{ExprStmt(Call(Sel(x("mu"), "Lock"))), "mu.Lock()"},
		{ExprStmt(Call(x("f"), x("a"), x("b"))), "f(a, b)"},
		{Define(Call(x("f")), x("v"), x("ok")), "v, ok := f()"},
		{Assign(x("y"), x("x")), "x = y"},
		{DeferStmt(Call(Sel(x("mu"), "Unlock"))), "defer mu.Unlock()"},
		{ReturnStmt(), "return"},
		{ReturnStmt(x("a"), x("nil")), "return a, nil"},
		{ExprStmt(Call(x("f"), Not(x("a")))), "f(!a)"},
		{ExprStmt(Call(x("f"), Not(Not(x("a"))))), "f(a)"},
		{ExprStmt(Call(x("f"), Not(&dst.BinaryExpr{X: x("a"), Op: token.LAND, Y: x("b")}))), "f(!(a && b))"},
		{ExprStmt(Call(x("f"), Not(&dst.StarExpr{X: x("a")}))), "f(!*a)"},
		{IfStmt(nil, x("ok"), Block(ReturnStmt())), "if ok {\n\t\treturn\n\t}"},
		{IfStmt(Define(Call(x("f")), x("ok")), x("ok"), Block()), "if ok := f(); ok {\n\t}"},
		{IfStmt(nil, &dst.BinaryExpr{X: x("a"), Op: token.EQL, Y: lit()}, Block()), "if (a == T{}) {\n\t}"},
		{IfStmt(nil, Call(x("f"), lit()), Block()), "if f(T{}) {\n\t}"},
		{IfStmt(nil, Sel(lit(), "ok"), Block()), "if (T{}.ok) {\n\t}"},
		{IfStmt(Define(lit(), x("v")), Sel(x("v"), "ok"), Block()), "if v := (T{}); v.ok {\n\t}"},
		{DeferStmt(Call(FuncLit(ExprStmt(Call(x("a"))), ExprStmt(Call(x("b")))))), "defer func() {\n\t\ta()\n\t\tb()\n\t}()"},
		{Block(ExprStmt(Call(x("a")))), "{\n\t\ta()\n\t}"},
	} {
		if got := printed(t, test.st); got != test.want {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
	}
}

func TestCloneHasNoComments(t *testing.T) {
	e := edit(t, inFunc("\t\t\ta(b( /* c */ c)) // a\n"))
	first, second := e.Use(e.expr("b( /* c */ c)")), e.Use(e.expr("b( /* c */ c)"))
	e.ReplaceStmt(e.at("a"), ExprStmt(Call(Ident("x"), first, second, e.Copy(e.expr("c")))))
	e.want(inFunc("\t\t\tx(b( /* c */ c), b(c), c) // a\n"))
}

func TestCloneKeepsTheLinesOfALiteral(t *testing.T) {
	e := edit(t, inFunc("\t\t\ta(func() {\n\t\t\t\tb() // b\n\t\t\t\t// end\n\t\t\t})\n"))
	e.InsertAfter(e.at("a"), ExprStmt(Call(Ident("x"), e.Copy(e.expr("func() {\n\t\tb() // b\n\t\t// end\n\t}")))))
	e.want(inFunc("\t\t\ta(func() {\n\t\t\t\tb() // b\n\t\t\t\t// end\n\t\t\t})\n\t\t\tx(func() {\n\t\t\t\tb()\n\t\t\t})\n"))
}
