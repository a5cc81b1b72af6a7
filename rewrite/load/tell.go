package load

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
)

// tell gathers what is to be told of n. Of a dependency one problem is enough:
// it is not the user's to mend.
func (c *check) tell(n *node) {
	if n.root && n.asleep {
		return // nothing was wrong when it was looked at
	}
	problems := slices.Clone(n.problems)
	if slices.ContainsFunc(problems, Problem.isParse) { // what follows from that, the type checker cannot tell
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.Kind == "type" })
	}
	for _, err := range n.errors {
		if p := c.listProblem(err); !c.saidByParser(p) {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 && n.root {
		problems = append(problems, cgoIsOff(n.ignored)...)
	}
	for i := range problems {
		problems[i].Package = n.path
	}
	problems = sorted(problems)
	if !n.root && len(problems) > 1 {
		problems = problems[:1]
	}
	n.told = problems
	if n.awake() {
		n.pkg.Problems = n.told
	}
}

// cgoIsOff explains the other problems of a package: without its files that
// import "C" it may not be whole.
func cgoIsOff(ignored []string) []Problem {
	var problems []Problem
	for _, path := range ignored {
		src, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		syntax, _ := parse(token.NewFileSet(), path, src, parser.ImportsOnly)
		if syntax != nil && importsC(syntax) {
			problems = append(problems, Problem{
				File:    path,
				Kind:    "list",
				Message: `the file imports "C" and was left out: set CGO_ENABLED=1, no C compiler is run, or name a platform that it is for`,
			})
		}
	}
	return problems
}

func (p Problem) isParse() bool { return p.Kind == "parse" }

// saidByParser reports whether the parser, too, found p, though maybe in other
// words or at the end of the line. The go command blames the package for it
// even if it is in a test.
func (c *check) saidByParser(p Problem) bool {
	f := c.files[p.File]
	if f == nil {
		return false
	}
	f.mu.Lock() // another package may be reading it
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.problems, func(q Problem) bool {
		return q.Line == p.Line || q.Message == p.Message
	})
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
