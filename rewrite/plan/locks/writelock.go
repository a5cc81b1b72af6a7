package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// WriteLock takes a lock to write where a function took it to read, and wrote:
//
//	s.mu.RLock()                 s.mu.Lock()
//	defer s.mu.RUnlock()   →     defer s.mu.Unlock()
//	s.n++                        s.n++
//
// The section is what it was, but keeps readers out too: so it is unsafe. It is
// refused where not all releases are plain calls that name the lock alike, or
// where the section calls something that may take the lock again.
func WriteLock(s *edit.Site) error {
	acq, err := readAround(s)
	if err != nil {
		return err
	}
	h, err := newHolding(s, acq)
	if err != nil {
		return err
	}
	if len(acq.Releases) == 0 {
		return errors.New("it is not seen where the lock is released")
	}
	if again := readAgain(s, acq); again != nil {
		return fmt.Errorf("line %d takes the lock to read once more: behind a Lock it would wait for itself", h.line(again))
	}
	if caller := readByCaller(s, acq); caller != nil {
		return fmt.Errorf("line %d calls this with the lock held to read: behind a Lock it would wait for itself", h.line(caller))
	}
	for _, release := range acq.Releases {
		sel, ok := ast.Unparen(release.Fun).(*ast.SelectorExpr)
		if !ok || edit.Spelling(sel.X) != h.text() || sel.Sel.Name != "RUnlock" {
			return fmt.Errorf("line %d releases the lock in another way", h.line(release))
		}
		if other := otherTake(s, acq, release); other != nil {
			return fmt.Errorf("line %d releases what line %d takes too", h.line(release), h.line(other))
		}
	}
	for _, c := range append([]*ast.CallExpr{acq.Call}, acq.Releases...) {
		sel := s.Expr(c.Fun).(*dst.SelectorExpr)
		sel.Sel.Name = sel.Sel.Name[1:]
	}
	s.Downgrade(rules.Unsafe, "readers then wait for each other there")
	return nil
}

// readAgain returns a call that takes a lock to read where an acquisition holds it so.
func readAgain(s *edit.Site, acq facts.Acquisition) ast.Node {
	for _, again := range s.Match.Pkg.Rereads(acq.Func) {
		if slices.Contains(again.Held, acq.Call) {
			return again.Call
		}
	}
	return nil
}

// readByCaller returns a call, with a lock held to read, that leads to an acquisition of it.
func readByCaller(s *edit.Site, acq facts.Acquisition) (call ast.Node) {
	pkg := s.Match.Pkg
	at := pkg.Fset.Position(acq.Call.Pos())
	for _, file := range pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				for _, again := range pkg.Rereads(n) {
					if len(again.Chain) > 0 && again.Chain[len(again.Chain)-1].At.Line == at.Line && again.Chain[len(again.Chain)-1].At.File == at.Filename {
						call = again.Call
					}
				}
			}
			return call == nil
		})
	}
	return call
}

// readAround returns the one read acquisition under which the match stands.
func readAround(s *edit.Site) (facts.Acquisition, error) {
	at := s.Match.At
	for _, acq := range acquisitionsIn(s) {
		if acq.Op != facts.Acquire || !acq.Read || !edit.Within(acq.Func, at) {
			continue
		}
		for _, h := range s.Match.Pkg.LocksAt(acq.Func, at).Held {
			if h.Read && slices.Contains(h.By, acq.Call) && len(h.By) == 1 {
				return acq, nil
			}
		}
	}
	return facts.Acquisition{}, errors.New("it is not clear which read lock is held here")
}

// otherTake returns another acquisition that a call releases too.
func otherTake(s *edit.Site, acq facts.Acquisition, release *ast.CallExpr) *ast.CallExpr {
	for _, other := range acquisitionsIn(s) {
		if other.Call != acq.Call && slices.Contains(other.Releases, release) {
			return other.Call
		}
	}
	return nil
}
