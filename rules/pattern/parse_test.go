package pattern_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/pattern"
)

func TestParse(t *testing.T) {
	tests := []struct {
		pattern string
		kind    pattern.Kind
		holes   string
	}{
		{"$x", pattern.Expr, "$x"},
		{"$x.Lock()", pattern.Expr, "$x"},
		{"map[$k]$v", pattern.Expr, "$k $v"},
		{"func() { $*_ }", pattern.Expr, ""},
		{"($x)", pattern.Expr, "$x"},
		{`f("$x", '$', $y) // $z`, pattern.Expr, "$y"},
		{"$x := $v", pattern.Stmts, "$x $v"},
		{"return", pattern.Stmts, ""},
		{"$v, $ok := $m.Load($k)\nif !$ok { $*body }", pattern.Stmts, "$v $ok $m $k $*body"},
		{"var $x = $v", pattern.Decl, "$x $v"},
		{"type $T struct { $*fields }", pattern.Decl, "$T $*fields"},
		{"func ($r $t) $f($*_)", pattern.Decl, "$r $t $f"},
		{"import $name \"sync\"", pattern.Decl, "$name"},
		{"var ($a = 1; $b = 2)", pattern.Decl, "$a $b"},
		{"$ä1_", pattern.Expr, "$ä1_"},
	}
	for _, test := range tests {
		p, err := pattern.Parse(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		var holes []string
		for _, h := range p.Holes() {
			if h.List {
				h.Name = "$*" + h.Name[1:]
			}
			holes = append(holes, h.Name)
		}
		if got := strings.Join(holes, " "); got != test.holes || p.Kind() != test.kind {
			t.Errorf("%s: kind %d, holes %s; want %d, %s", test.pattern, p.Kind(), got, test.kind, test.holes)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"", "bad pattern at 1:1: it describes nothing"},
		{"// only a comment", "bad pattern at 1:1: it describes nothing"},
		{"$*_", "bad pattern at 1:1: it describes nothing"},
		{"$*a; $*b", "bad pattern at 1:1: it describes nothing"},
		{"f($)", "bad pattern at 1:3: a $ that begins no hole: write $x, $*xs, $_ or $*_"},
		{"f($*)", "bad pattern at 1:3: a $ that begins no hole: write $x, $*xs, $_ or $*_"},
		{"f($1)", "bad pattern at 1:3: a $ that begins no hole: write $x, $*xs, $_ or $*_"},
		{"f($ x)", "bad pattern at 1:3: a $ that begins no hole: write $x, $*xs, $_ or $*_"},
		{"f(a$x)", "bad pattern at 1:4: a hole cannot stand here"},
		{"$x$y", "bad pattern at 1:3: a hole cannot stand here"},
		{"f($x, $*x)", "bad pattern at 1:7: $x and $*x are one hole: is it one thing or a list?"},
		{"f(", "bad pattern at 1:3: it ends too early"},
		{"$x.Lock()\n$x.Unlock(", "bad pattern at 2:11: it ends too early"},
		{"func f( {", "bad pattern at 1:9: expected ')', found '{'"},
		{"func f() {}; func g() {}", "bad pattern at 1:1: write one declaration"},
		{"} ; func g() {", "bad pattern at 1:1: "},
	}
	for _, test := range tests {
		_, err := pattern.Parse(test.pattern)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v; want %s", test.pattern, err, test.want)
		}
	}
}

func TestAnchor(t *testing.T) {
	p, err := pattern.Parse(`$v, $ok := $m.Load($k); $*_; time.Sleep($d)`)
	if err != nil {
		t.Fatal(err)
	}
	a := p.Anchor()
	if a.Key != "Load" || strings.Join(a.Names, " ") != "Load Sleep" {
		t.Errorf("anchor %+v", a)
	}
	if len(a.Nodes) != 1 || reflect.TypeOf(a.Nodes[0]).String() != "*ast.AssignStmt" {
		t.Errorf("anchor nodes %T", a.Nodes)
	}
}

// Parsing never panics, and a pattern without names of its own always matches
// code that is spelled like it, with each hole bound to a name.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"$x", "f($*a, $x)", "$x; $*_; $y", "for $i := range $x { $*_ }", "switch $x { case $*c: }", "func $f($*p) $*r { $*b }",
		"type $T struct { $*_; $f int }", "if $*_; $c { $*_ } else { $*_ }", "$x$", "`$x", "}{", "$*_", "select { case $v := <-$c: }", "var $x $t = $v",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := pattern.Parse(source)
		if err != nil {
			return
		}
		code := strings.NewReplacer("$*", "", "$", "").Replace(p.String())
		if strings.ContainsAny(source, "\"'`/") {
			return // the dollar may stand in a literal or comment
		}
		again, err := pattern.Parse(code)
		if err != nil {
			return // $_ is an operand, _ is none; a clause hole is no clause
		}
		if again.Kind() != p.Kind() || again.IsRun() != p.IsRun() {
			t.Errorf("%q is of kind %d, %q of kind %d", source, p.Kind(), code, again.Kind())
		}
	})
}
