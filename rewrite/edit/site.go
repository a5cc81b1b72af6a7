package edit

import (
	"fmt"
	"go/ast"
	"go/version"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// A Site is the place of a rewrite: a match and a private, decorated copy of
// its file. Finish all questions about types before the first change: new
// nodes have no twin.
//
// The methods that edit do not return errors. An edit that cannot be made is
// remembered, the edits after it do no harm, and the attempt refuses with the
// first of them; see [Site.Err].
type Site struct {
	Match *match.Match
	Fix   *rules.Fix
	Pkg   *load.Package
	File  *dst.File
	Decl  dst.Decl // the declaration around the match

	source  *load.File
	doc     *Document
	others  []*Site // what the attempt changes in other files, see At
	home    *Site   // of a site for another file: that of the match
	twins   *copied
	moved   map[dst.Node]bool                   // twins that Use gave out
	spaces  map[dst.Node][2]dst.SpaceType       // the line breaks that they had
	fresh   map[string]bool                     // names that Fresh gave out
	freshIn map[ast.Decl]map[string]bool        // the same by declaration, see At
	freshOf map[string]map[*ast.ReturnStmt]bool // names that FreshFor gave out
	dropped []string                            // comments that the strategy gives up, see Drop
	level   rules.Applicability
	because []string
	err     error
}

// Node returns the decorated twin of a node of the matched file, or nil.
func (s *Site) Node(n ast.Node) dst.Node { return s.twins.of(n) }

// Stmt returns the twin of a statement.
func (s *Site) Stmt(n ast.Stmt) dst.Stmt {
	st, ok := s.twins.of(n).(dst.Stmt)
	if !ok {
		s.Fail("internal: a statement has no twin")
	}
	return st
}

// Expr returns the twin of an expression. To put it into a new place, take it
// with [Site.Use] or [Site.Copy].
func (s *Site) Expr(n ast.Expr) dst.Expr {
	x, ok := s.twins.of(n).(dst.Expr)
	if !ok {
		s.Fail("internal: an expression has no twin")
	}
	return x
}

// Bound returns the node that a hole of the match is bound to ("$mu"); nil
// where the rule binds no such hole, or a list.
func (s *Site) Bound(hole string) ast.Node {
	nodes := s.Match.Bound[hole]
	if len(nodes) != 1 {
		return nil
	}
	return nodes[0]
}

// BoundExpr returns the expression that a hole is bound to; without one the
// attempt refuses.
func (s *Site) BoundExpr(hole string) ast.Expr {
	x, ok := s.Bound(hole).(ast.Expr)
	if !ok {
		s.Fail("internal: the rule binds no expression to %s", hole)
	}
	return x
}

// BoundStmt returns the statement that a hole is bound to; without one the
// attempt refuses.
func (s *Site) BoundStmt(hole string) ast.Stmt {
	st, ok := s.Bound(hole).(ast.Stmt)
	if !ok {
		s.Fail("internal: the rule binds no statement to %s", hole)
	}
	return st
}

// Param returns a parameter of the fix, nil where the rule does not set it.
func (s *Site) Param(name string) any { return s.Fix.Params[name] }

// Downgrade lowers the applicability of this plan, and says why. A level that
// is not lower changes nothing.
func (s *Site) Downgrade(to rules.Applicability, because string) {
	if rank(to) <= rank(s.level) {
		return
	}
	s.level = to
	s.because = append(s.because, because)
}

// Applicability returns what may be done with this plan, and why that is less than
// the rule declares.
func (s *Site) Applicability() (rules.Applicability, []string) { return s.level, s.because }

// Path returns the name of the file that the site lies in.
func (s *Site) Path() string { return s.source.Path }

// rank orders the levels from what is applied first to what never is.
func rank(a rules.Applicability) int {
	switch a {
	case rules.Safe:
		return 0
	case rules.Unsafe:
		return 1
	}
	return 2
}

// AtLeast reports whether the file's language version is at least v ("go1.21").
// An unknown version is as old as can be.
func (s *Site) AtLeast(v string) bool {
	return version.Compare(s.source.GoVersion, v) >= 0
}

// Drop gives up a comment, which must be found in the source: without this the
// attempt refuses when a comment is lost.
func (s *Site) Drop(comment string) { s.dropped = append(s.dropped, comment) }

// Err returns the first edit that could not be made.
func (s *Site) Err() error { return s.err }

// Fail remembers why the attempt refuses, if nothing did before: see [Site.Err].
func (s *Site) Fail(format string, args ...any) {
	if s.home != nil {
		s.home.Fail(format, args...)
		return
	}
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}
