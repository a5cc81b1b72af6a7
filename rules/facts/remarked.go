package facts

import (
	"go/ast"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// remarked reports whether a comment beside a call that takes a lock, or on the
// line above, speaks of its release: that nobody does it is meant then.
func (p *Package) remarked(call *ast.CallExpr) bool {
	for _, file := range p.Files {
		if !encloses(file, call.Pos()) {
			continue
		}
		for _, group := range file.Comments {
			below := p.Fset.Position(call.Pos()).Line - p.Fset.Position(group.End()).Line
			if (below == 0 || below == 1) && strings.Contains(strings.ToLower(group.Text()), "unlock") {
				return true
			}
		}
	}
	return false
}

// keepsOnPurpose are comments that say that a lock is not released on purpose.
var keepsOnPurpose = lazyregexp.New(`(?i)\b(do not|don't|must not|not to|never|without)\s+(unlock|releas\w+ (the |this )?(\w+ )?(lock|mutex))|\b(stays?|remains?|left|keep|leave)\s+(it\s+)?locked\b`)

// keptOnPurpose reports whether a comment between a call that takes a lock and a way out
// says that the lock is not released there.
//
//	// Do not unlock if the stream is closed: nobody is to read it any more.
func (p *Package) keptOnPurpose(take *ast.CallExpr, way ast.Node) bool {
	for _, file := range p.Files {
		if !encloses(file, take.Pos()) {
			continue
		}
		for _, group := range file.Comments {
			if take.End() <= group.Pos() && group.End() <= way.Pos() && keepsOnPurpose.MatchString(strings.Join(strings.Fields(group.Text()), " ")) {
				return true
			}
		}
	}
	return false
}
