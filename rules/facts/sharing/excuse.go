package sharing

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
)

// excused reports whether a comment in the function, on the line of an access
// or on the few above it, says why it needs no lock.
func (f *Facts) excused(a *Access) bool {
	line := f.line(a.Expr.Pos())
	return slices.ContainsFunc(f.excusesIn(a.fn), func(end int) bool { return end <= line && line-end <= excuseReach })
}

func (f *Facts) excusesIn(fn *function) []int {
	if fn.read {
		return fn.excuses
	}
	fn.read = true
	for _, group := range f.comments(fn.body()) {
		if excuse.MatchString(group.Text()) {
			fn.excuses = append(fn.excuses, f.line(group.End()))
		}
	}
	return fn.excuses
}

// excuseReach is how many lines below its end a comment still speaks of.
const excuseReach = 6

var excuse = regexp.MustCompile(`(?i)\b(safe|unsafe|race|racy|racey|atomic|immutable|never changes?|read.?only|single.?threaded|best.?effort|approximate|(only|no other|same|this|single) (goroutine|thread|reader|writer)s?|no need|not needed|need not|without|unlocked|unsynchroni[sz]ed|lock.?free|don.?t (need|have to|hold|want)|doesn.?t (need|have to|matter)|no (lock|mutex|contention|concurren)\w*|intentional\w*|deliberate\w*|exclusive\w*|already (held|locked)|held by|holds?|under( the)? (lock|mutex))\b`)

func (f *Facts) line(pos token.Pos) int { return f.pkg.Fset.Position(pos).Line }

// comments returns the comment groups that stand in a piece of code.
func (f *Facts) comments(n ast.Node) (inside []*ast.CommentGroup) {
	for _, file := range f.pkg.Files {
		if n.Pos() < file.FileStart || file.FileEnd <= n.Pos() {
			continue
		}
		for _, group := range file.Comments {
			if n.Pos() <= group.Pos() && group.End() <= n.End() {
				inside = append(inside, group)
			}
		}
	}
	return inside
}
