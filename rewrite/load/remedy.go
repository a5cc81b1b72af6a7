package load

import (
	"errors"
	"strings"
)

var errNoGo = errors.New("no go command in PATH: install Go (https://go.dev/dl/), or put its bin directory into PATH")

// newerGo is what the type checker says of a go.mod that is ahead of it.
const newerGo = "requires newer Go version"

// remedies says what to do about what the go command complains of; the first
// that fits counts.
var remedies = []struct{ symptom, remedy string }{
	{"go.mod file not found", "run lockfix inside a module, or make one with `go mod init`"},
	{"cannot find main module", "run lockfix inside a module, or make one with `go mod init`"},
	{"does not contain main module", "run lockfix inside a module, or make one with `go mod init`"},
	{"outside main module", "run lockfix inside the module that holds it"},
	{"replacement directory", "correct the replace line of go.mod"},
	{"go.work", "correct go.work with `go work use`, or set GOWORK=off"},
	{"modules listed in", "correct go.work with `go work use`, or set GOWORK=off"},
	{"inconsistent vendoring", "run `go mod vendor`"},
	{"updates to go.mod needed", "run `go mod tidy`"},
	{"missing go.sum entry", "run `go mod tidy`"},
	{"toolchain not available", "install that Go version, or set GOTOOLCHAIN=auto"},
	{"requires go >=", "install that Go version, or set GOTOOLCHAIN=auto"},
	{newerGo, "build lockfix with that Go version"},
	{"no Go files in", "name a directory with Go files, or ./... for all below"},
	{"build constraints exclude all Go files", "name a platform or build tags that they are for, or set CGO_ENABLED=1 if they need cgo"},
	{"directory not found", "check the name"},
	{"is not in std", "check the import path, or `go get` the module that has it"},
	{"found packages", "move one of them to a directory of its own"},
	{"permission denied", "make it readable, or take it away"},
	{"no such file or directory", "make it readable, or take it away"},
}

// withRemedy adds what to do, unless the message says so itself.
func withRemedy(message string) string {
	if strings.Contains(message, "go get ") || strings.Contains(message, "go mod ") || strings.Contains(message, "go work ") {
		return message
	}
	for _, r := range remedies {
		if strings.Contains(message, r.symptom) {
			return message + ": " + r.remedy
		}
	}
	return message
}

// stopped is the error for a go command that gave up with this on its standard error.
func stopped(stderr string) error {
	if _, after, ok := strings.Cut(stderr, "stderr: "); ok {
		stderr = after // go/packages wraps it
	}
	return errors.New(withRemedy("go list: " + oneLine(stderr)))
}

// oneLine joins the lines of a message of the go command.
func oneLine(message string) string {
	var parts []string
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, " ")
}
