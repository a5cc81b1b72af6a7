package facts

import (
	"go/token"
	"strings"
)

type onlyTestsKey struct{}

// OnlyTests reports whether a package has nothing but tests, which are not those
// of another package: then they are the program.
func (p *Package) OnlyTests() bool {
	return p.Keep(onlyTestsKey{}, func() any {
		if p.Types == nil || strings.HasSuffix(p.Types.Name(), "_test") {
			return false
		}
		for _, f := range p.Files {
			if !p.inTestFile(f.Package) {
				return false
			}
		}
		return len(p.Files) > 0
	}).(bool)
}

// InTest reports whether a position lies in a test of something else, which may
// well do what a program would not, once. The tests of a package of nothing but
// tests are the program.
func (p *Package) InTest(pos token.Pos) bool { return p.inTestFile(pos) && !p.OnlyTests() }

func (p *Package) inTestFile(pos token.Pos) bool {
	return strings.HasSuffix(p.Fset.PositionFor(pos, false).Filename, "_test.go")
}
