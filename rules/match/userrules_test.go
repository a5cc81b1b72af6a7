package match_test

import (
	"slices"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// The example of a user's own rule, which is JSON and nothing else.
func TestLongSecret(t *testing.T) {
	own, mistakes := rules.ReadDir("../../fixtures/userrules")
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	set, mistakes := match.Compile(own)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	pkg := load(t, `
const key = "AKIAIOSFODNN7EXAMPLEwJalrXUtnFEMIK7MDENG"
var (
	short, token = "abc", "c2VjcmV0LXRva2VuLXNlY3JldC10b2tlbi1zZWNyZXQ="
	path string  = "/a/path/with.dots/that/is/no/base64/at/all"
	sentence     = "a sentence that is long enough but has blanks in it"
)
type config struct{ secret string }
func f(c *config) {
	c.secret = "`+"0123456789abcdef0123456789abcdef"+`"
	local := `+"`0123456789abcdef0123456789abcdef`"+`
	use(local, "0123456789abcdef0123456789abcdef")
	if local == "0123456789abcdef0123456789abcdef" { }
}
func use(...string) {}
`)
	matches, _ := set.Find(pkg)
	want := []string{
		`3:13 longsecret key key is set to a literal of at least 32 base64 characters: is it a secret?`,
		`5:24 longsecret token token is set to a literal of at least 32 base64 characters: is it a secret?`,
		`11:13 longsecret f c.secret is set to a literal of at least 32 base64 characters: is it a secret?`,
		`12:11 longsecret f local is set to a literal of at least 32 base64 characters: is it a secret?`,
	}
	if got := lines(pkg, matches); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
