package sharing

import (
	"go/ast"
	"go/token"
	"slices"
	"sort"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// excused reports whether a comment in the function, on the line of an access
// or on the few above it, says why it needs no lock.
func (f *Facts) excused(a *Access) bool {
	if a.fn.unwatched() {
		return true
	}
	return f.excusedIn(a.fn, f.line(a.Expr.Pos()), true)
}

// unwatched reports whether a function is one that the author keeps from the race
// detector, or from gVisor's checklocks: he knows that it races.
func (fn *function) unwatched() bool {
	decl, ok := fn.outermost().node.(*ast.FuncDecl)
	return ok && decl.Doc != nil && slices.ContainsFunc(decl.Doc.List, func(c *ast.Comment) bool {
		return c.Text == "//go:norace" || unchecked.MatchString(c.Text)
	})
}

// unchecked is the annotation by which code is kept from gVisor's checklocks.
var unchecked = lazyregexp.New(`^//\s*\+checklocks(ignore|force)\b`)

// A remark is a comment in a function.
type remark struct {
	*ast.CommentGroup
	end     int  // its last line
	opens   bool // it speaks of the whole function
	excuses kept
}

// excusedIn reports whether a comment in a function excuses what is on a line: one a few
// lines above, or one of locks that speaks of the whole function, where these count.
func (f *Facts) excusedIn(fn *function, line int, whole bool) bool {
	if !fn.read {
		fn.read = true
		for _, group := range f.comments(fn.body()) {
			fn.remarks = append(fn.remarks, &remark{CommentGroup: group, end: f.line(group.End()), opens: f.opens(fn, group)})
		}
	}
	return slices.ContainsFunc(fn.remarks, func(r *remark) bool {
		return r.end <= line && (line-r.end <= excuseReach || whole && r.opens && ofLocks.MatchString(r.Text())) && r.excuse()
	})
}

func (r *remark) excuse() bool {
	if r.excuses == unasked {
		r.excuses = no
		if excuses(r.Text()) {
			r.excuses = yes
		}
	}
	return r.excuses == yes
}

// opens reports whether a comment speaks of a whole function: it stands before the first
// statement, with a line between.
func (f *Facts) opens(fn *function, group *ast.CommentGroup) bool {
	list := fn.body().List
	return len(list) > 0 && group.End() < list[0].Pos() && f.line(list[0].Pos())-f.line(group.End()) > 1
}

// ofLocks are comments that speak of locks, or of what these are for.
var ofLocks = lazyregexp.New(`(?i)\b(` + lockWord + `|mutex\w*|concurren\w*|race|races)\b`)

// excuseReach is how many lines below its end a comment still speaks of.
const excuseReach = 6

// excuses reports whether a comment says that code needs no lock. One that tells
// of a race, or of a lock that is not held, may as well be a complaint: it counts
// only if it also says why that is all right.
func excuses(comment string) bool {
	return unchecked.MatchString("//"+comment) || excuse.MatchString(comment) || onPurpose.MatchString(comment) || admission.MatchString(comment) && approval.MatchString(comment)
}

var (
	excuse    = lazyregexp.New(`(?i)\b(safe(ly)?|immutable|never changes?|read.?only|single.?threaded|best.?effort|approximate|(only|no other|same|this|single) (goroutine|thread|reader|writer)s?|no need|not needed|need not|lock.?free|don.?t (need|have to|want)|doesn.?t (need|have to|matter)|(no|not( an?)?|never|without( an?)?|avoids?|prevents?) (data )?(race|racy|racing|contention|concurren\w*)|no (lock|mutex)\w* (is )?(needed|necessary|required)|exclusive\w*|already (held|locked)|held by|holds?|under( the)? (lock|mutex))\b`)
	onPurpose = lazyregexp.New(`(?i)\b(is|are|was|it.?s|that.?s) (intentional|deliberate)|\b(intentional|deliberate)(ly)?,?( \w+){0,4} ` + leftOut + `|` + leftOut + `( \w+){0,4},? (intentional|deliberate)(ly)?\b`)
	admission = lazyregexp.New(`(?i)\b(unsafe|race|races|racy|racey|atomic|without|unlocked|unsynchroni[sz]ed|(no|don.?t hold( the| a)?) (lock|mutex)\w*)\b`)
	approval  = lazyregexp.New(`(?i)\b(ok(ay)?|fine|benign|harmless|acceptable|accepted|tolera\w+|allowed|ignored?|avoid\w*|prevent\w*|because|since|so that|only|already|guarantee\w*|ensures?|fast.?path|performance|cheap\w*|expensive|cannot|can.?t|won.?t|need\w*|must)\b`)
)

// benignRace is of a comment that speaks of a race, and goes on to say that it does no harm.
var benignRace = lazyregexp.New(`(?is)\b(race|races|racy|racing)\b.*\b(ok(ay)?|fine|benign|harmless|no harm|acceptable|tolera\w+|only one|wasted?|doesn.?t matter)\b`)

// againstRace is of a comment that says what keeps a race away.
var againstRace = lazyregexp.New(`(?is)\b(avoid|prevent|guard|protect|against|without|no|not|never|n.t|safe from)\w*\s+(\w+\s+){0,2}(race|races|racing|racy)\b`)

// Benign reports whether a comment in a function, at most a few lines above a node, says that a
// race there does no harm.
func (f *Facts) Benign(fn, at ast.Node) bool {
	in, line := f.funcs[fn], f.line(at.Pos())
	if in == nil {
		return false
	}
	return slices.ContainsFunc(f.comments(in.body()), func(group *ast.CommentGroup) bool {
		end := f.line(group.End())
		text := group.Text()
		return end <= line && line-end <= excuseReach && benignRace.MatchString(text) && !againstRace.MatchString(text)
	})
}

// leftOut are words of what a comment may say is on purpose: others leave a cluster intentionally.
const leftOut = `\b(not?|un\w+|without|outside|lock\w*|rac(e|es|y|ing)|skip\w*|omit\w*|ignor\w*|read\w*|don.?t|does not)\b`

func (f *Facts) line(pos token.Pos) int { return f.pkg.Fset.Position(pos).Line }

// comments returns the comment groups that stand in a piece of code.
func (f *Facts) comments(n ast.Node) (inside []*ast.CommentGroup) {
	for _, file := range f.pkg.Files {
		if n.Pos() < file.FileStart || file.FileEnd <= n.Pos() {
			continue
		}
		first := sort.Search(len(file.Comments), func(i int) bool { return file.Comments[i].Pos() >= n.Pos() })
		for _, group := range file.Comments[first:] {
			if group.End() > n.End() {
				break
			}
			inside = append(inside, group)
		}
	}
	return inside
}
