package rewrite

import (
	gotest "testing" // there is a func testing here

	"github.com/lockfix/lockfix/rules"
)

// A run takes the rules that lockfix ships with for sound.
func TestTheShippedRulesMakeSense(t *gotest.T) {
	for _, mistake := range meaning(rules.Library()) {
		t.Error(mistake)
	}
}
