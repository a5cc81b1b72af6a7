package rehearsal

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/lockfix/lockfix/rules/facts"
)

// judgeRaces notes the races of a run, one on each line: when that has the lock, the others
// are what they were. A test that failed is no
// concern, nor is a run in which somebody outside may order what nobody sees.
func (f *Facts) judgeRaces(r *run, root *ssa.Function) {
	if len(r.outside) > 1 || r.failed() {
		return
	}
	for _, x := range r.races {
		s := x.told()
		if line := r.pkg.Prog.Fset.Position(s.Pos); !f.lines[placeIn{line.Filename, line.Line}] {
			f.lines[placeIn{line.Filename, line.Line}] = true
			s.Root, s.Tested = root.Name(), f.tested
			f.races[s.Pos] = s
		}
	}
}

// A placeIn is a line.
type placeIn struct {
	file string
	line int
}

// told says of a race where it is: where no lock is held; of two such at the write, or the
// upper one.
func (x *race) told() *Stuck {
	at, other := x.first, x.second
	if other.before(at) {
		at, other = other, at
	}
	if x.counts {
		return &Stuck{Pos: at.pos, Broken: "adds to a group at zero, and nothing orders that before the Wait", Others: []Companion{{other.pos, "waited for here, with or without it"}}}
	}
	return &Stuck{
		Pos: at.pos, Broken: at.does() + ", and nothing orders that and what another goroutine does",
		Others: []Companion{{other.pos, "another goroutine " + other.does() + " it here"}},
	}
}

// before reports whether a race is told of at an access rather than at another.
func (a access) before(b access) bool {
	switch {
	case a.locked != b.locked:
		return !a.locked
	case a.write != b.write:
		return a.write
	}
	return a.pos < b.pos
}

func (a access) does() string {
	if a.write {
		return "writes"
	}
	return "reads"
}

// placeRaces finds for each race the expression that names the variable.
func (f *Facts) placeRaces(pkg *facts.Package) {
	if len(f.races) == 0 {
		return
	}
	placed := map[*Stuck]bool{}
	f.elsewhere = map[token.Pos]*Stuck{}
	for _, s := range f.races {
		if at := s.Others[0].Pos; f.elsewhere[at] == nil || s.Pos < f.elsewhere[at].Pos {
			f.elsewhere[at] = s
		}
	}
	for _, itself := range []bool{true, false} { // the other place, where this one has no name
		for _, file := range pkg.Files {
			pkg.Inspect(file, func(n ast.Node) bool {
				e, pos := accessed(pkg, n)
				if s := f.at(pos, itself); e != nil && s != nil && !placed[s] {
					if e = holder(e); e != nil {
						placed[s] = true
						f.raced[e] = s
					}
				}
				return true
			})
		}
	}
}

// at returns what is told of at a place, or has its other place there.
func (f *Facts) at(pos token.Pos, itself bool) *Stuck {
	if itself {
		return f.races[pos]
	}
	return f.elsewhere[pos]
}

// accessed returns the variable that a node accesses, and the position that SSA gives
// the access.
func accessed(pkg *facts.Package, n ast.Node) (ast.Expr, token.Pos) {
	switch n := n.(type) {
	case *ast.Ident:
		return n, n.NamePos
	case *ast.SelectorExpr:
		return n, n.Sel.NamePos
	case *ast.IndexExpr:
		return n.X, n.Lbrack
	case *ast.StarExpr:
		return n.X, n.Star
	case *ast.RangeStmt:
		return n.X, n.For
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && pkg.Info.Selections[sel] != nil {
			return sel.X, n.Lparen
		}
		if len(n.Args) > 0 {
			return n.Args[0], n.Lparen
		}
	}
	return nil, token.NoPos
}

// holder goes from an element to what has a name and holds it.
func holder(e ast.Expr) ast.Expr {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		case *ast.CallExpr:
			e = x.Fun
		case *ast.Ident, *ast.SelectorExpr:
			return x
		default:
			return nil
		}
	}
}

// RaceAt says how the variable that an expression names is raced for in some run.
func (f *Facts) RaceAt(e ast.Expr) *Stuck {
	if len(f.raced) == 0 {
		return nil
	}
	return f.raced[e]
}

// judgeLate notes what a run says to tests that have ended.
func (f *Facts) judgeLate(r *run, root *ssa.Function) {
	if r.failed() || r.slow || len(r.outside) > 1 {
		return
	}
	for _, s := range r.late {
		s.Root = root.Name()
		f.note(s)
	}
}
