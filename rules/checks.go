package rules

import (
	"errors"
	"fmt"
	"go/token"
	"regexp"

	"github.com/lockfix/lockfix/rules/lazyregexp"
	"github.com/lockfix/lockfix/rules/pattern"
)

// checks says what a text must be, by the check tag of its field.
var checks = map[string]func(string) error{
	"id":      checkID,
	"hole":    checkHole,
	"message": checkMessage,
	"pattern": checkPattern,
	"regexp":  checkRegexp,
	"go":      checkGo,
	"version": checkVersion,
}

var (
	idText      = lazyregexp.New(`^[a-z][a-z0-9]*$`)
	versionText = lazyregexp.New(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$`)
)

func checkID(text string) error {
	if !idText.MatchString(text) || token.IsKeyword(text) {
		return fmt.Errorf("%q is no id: a Go identifier of lower-case letters and digits, as lostunlock", text)
	}
	return nil
}

func checkHole(text string) error {
	if !pattern.IsHole(text) {
		return fmt.Errorf("%q names no hole: write $name, without the * of a list", text)
	}
	return nil
}

func checkMessage(text string) error {
	_, err := ParseMessage(text)
	return err
}

func checkPattern(text string) error {
	_, err := pattern.Parse(text)
	return err
}

func checkRegexp(text string) error {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("bad regular expression: %w", err)
	}
	return nil
}

func checkGo(text string) error {
	_, err := ParseGoRange(text)
	return err
}

func checkVersion(text string) error {
	if !versionText.MatchString(text) {
		return errors.New("is no version: write 0.1 or 0.1.2")
	}
	return nil
}
