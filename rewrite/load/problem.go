package load

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A Problem is something that could not be loaded.
type Problem struct {
	File         string // absolute, or "" where no file is to blame
	Line, Column int    // from 1; 0 where the whole file is to blame
	Package      string // import path
	Kind         string // list, read, parse, type; internal: a failure of lockfix or of the Go libraries; more: how many are not told
	Message      string // what is wrong, and what to do
}

// compare orders problems by place.
func (p Problem) compare(q Problem) int {
	return cmp.Or(
		cmp.Compare(p.File, q.File),
		cmp.Compare(p.Line, q.Line),
		cmp.Compare(p.Column, q.Column),
		cmp.Compare(p.Message, q.Message),
		cmp.Compare(p.Package, q.Package),
	)
}

// sameAs reports whether p and q are one problem, found in two variants, on
// two platforms, or by the go command and the type checker.
func (p Problem) sameAs(q Problem) bool {
	return p.File == q.File && p.Line == q.Line && p.Column == q.Column && p.Message == q.Message
}

// sorted returns problems by place, each once.
func sorted(problems []Problem) []Problem {
	problems = slices.Clone(problems)
	slices.SortFunc(problems, Problem.compare)
	return slices.CompactFunc(problems, Problem.sameAs)
}

// maxProblems is how many problems of one package a program tells, as compilers
// do: the rest mostly follows from the first ones.
const maxProblems = 10

// capped returns the first problems of each package, and how many more there
// are; problems are sorted.
func capped(problems []Problem) []Problem {
	var some []Problem
	count := make(map[string]int)
	for _, p := range problems {
		if count[p.Package]++; count[p.Package] <= maxProblems {
			some = append(some, p)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(count)) {
		if more := count[path] - maxProblems; more > 0 {
			some = append(some, Problem{
				Package: path,
				Kind:    "more",
				Message: fmt.Sprintf("%d more problems in package %s: fix the first ones and run again", more, path),
			})
		}
	}
	return some
}

// tell gathers what is to be told of n. Of a dependency one problem is enough:
// it is not the user's to mend.
func (c *check) tell(n *node) {
	problems := slices.Clone(n.problems)
	if slices.ContainsFunc(problems, Problem.isParse) { // what follows from that, the type checker cannot tell
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.Kind == "type" })
	}
	for _, err := range n.errors {
		if p := c.listProblem(err); !c.saidByParser(p) {
			problems = append(problems, p)
		}
	}
	for i := range problems {
		problems[i].Package = n.path
	}
	problems = sorted(problems)
	if !n.root && len(problems) > 1 {
		problems = problems[:1]
	}
	n.told = problems
	if n.root {
		n.pkg.Problems = n.told
	}
}

func (p Problem) isParse() bool { return p.Kind == "parse" }

// saidByParser reports whether the parser, too, found p, though maybe in other
// words or at the end of the line. The go command blames the package for it
// even if it is in a test.
func (c *check) saidByParser(p Problem) bool {
	f := c.files[p.File]
	return f != nil && slices.ContainsFunc(f.problems, func(q Problem) bool {
		return q.Line == p.Line || q.Message == p.Message
	})
}

// typeProblems turns what the type checker said into problems. It says the
// second place of an error ("other declaration of x") separately, indented.
func typeProblems(fset *token.FileSet, errs []types.Error) []Problem {
	var problems []Problem
	for _, err := range errs {
		at := fset.PositionFor(err.Pos, false) // the place in the file at hand, whatever //line says
		if rest, ok := strings.CutPrefix(err.Msg, "\t"); ok && len(problems) > 0 {
			last := &problems[len(problems)-1]
			last.Message += fmt.Sprintf("; %s at %s:%d", rest, filepath.Base(at.Filename), at.Line)
			continue
		}
		message := oneLine(err.Msg)
		if strings.Contains(message, newerGo) {
			message = withRemedy(message)
		}
		problems = append(problems, Problem{
			File: at.Filename, Line: at.Line, Column: at.Column,
			Kind: "type", Message: message,
		})
	}
	return problems
}

// listProblem turns an error of the go command into a problem. Its place is
// "file:line:column", relative to the working directory, or "-", or nothing.
func (l *loader) listProblem(err packages.Error) Problem {
	p := Problem{Kind: "list", Message: withRemedy(oneLine(err.Msg))}
	file, line, column := splitPlace(err.Pos)
	if file == "" || file == "-" {
		if path, ok := strings.CutPrefix(err.Msg, "open "); ok {
			p.File, _, _ = strings.Cut(path, ": ")
		}
		return p
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.dir, file)
	}
	p.File, p.Line, p.Column = file, line, column
	return p
}

// splitPlace cuts file:line:column, of which the numbers may be missing.
func splitPlace(place string) (file string, line, column int) {
	file, last, ok := cutNumber(place)
	if !ok {
		return place, 0, 0
	}
	if before, first, ok := cutNumber(file); ok {
		return before, first, last
	}
	return file, last, 0
}

func cutNumber(s string) (before string, n int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil
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
	{"build constraints exclude all Go files", "name a platform or build tags that they are for"},
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
