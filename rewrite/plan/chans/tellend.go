package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// tellEnd lets the one goroutine of an object that receives tell that it has ended, by a channel
// that it closes, and a send listen for that:
//
//	type poller struct {               type poller struct {
//		force chan bool                    force   chan bool
//	}                              →       runDone chan struct{} // closed when run has ended
//	                                   }
//	p := &poller{                      p := &poller{
//		force: make(chan bool),            force:   make(chan bool),
//	}                                      runDone: make(chan struct{}),
//	go p.run()                         }
//	                                   go p.run()
//	func (p *poller) run() {           func (p *poller) run() {
//	                                       defer close(p.runDone)
//
// The goroutine is started once for each object, so that it closes no channel twice; as long as it
// runs every send does what it did. A literal without names of fields gives the first channel a value
// of its own: then nothing is known of who receives.
func tellEnd(s *edit.Site, fn ast.Node, send *ast.SendStmt, r *channels.SoleReceiver) error {
	owner, ok := ast.Unparen(send.Chan).(*ast.SelectorExpr)
	if !ok || !isPath(s, owner.X) {
		return errors.New("the object on whose channel it sends has no name here")
	}
	list, field := fieldOf(s, r.Field)
	owned := around.StructOf(r.Field)
	if list == nil || owned == "" {
		return fmt.Errorf("the struct that has %s has no name", r.Field.Name())
	}
	if file := s.Pkg.NamedElsewhere(owned); file != "" {
		return fmt.Errorf("%s, which is not built here, names %s: one that it makes would have no channel to close", filepath.Base(file), owned)
	}
	name, end := endOf(r)
	told := around.FreshName(s, name)
	quit := edit.Sel(s.Copy(owner.X), told)
	then, err := withoutReceiver(s, fn, send, quit)
	if err != nil {
		return err
	}
	declareEnd(s.At(field), list, field, told, end)
	makeEnd(s.At(r.Made), r.Made, told)
	at := s.At(r.Fn)
	at.InsertFirst(at.Node(around.BodyOf(r.Fn)), edit.DeferStmt(edit.Call(edit.Ident("close"), edit.Sel(at.Copy(r.Chan.X), told))))
	return sendOr(s, send, quit, then...)
}

// fieldOf returns the declaration of a field, and the list that it stands in.
func fieldOf(s *edit.Site, v *types.Var) (list *ast.FieldList, field *ast.Field) {
	for _, file := range s.Match.Pkg.Files {
		if v.Pos() < file.FileStart || file.FileEnd <= v.Pos() {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if st, ok := n.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					if f.Pos() <= v.Pos() && v.Pos() < f.Type.Pos() {
						list, field = st.Fields, f
					}
				}
			}
			return n == nil || field == nil && n.Pos() <= v.Pos() && v.Pos() < n.End()
		})
	}
	return list, field
}

// endOf names the channel that tells of the end of a goroutine, and says when it is closed: by the
// method that runs, which may receive from others, too, or by what it receives from.
func endOf(r *channels.SoleReceiver) (name, comment string) {
	decl, ok := r.Fn.(*ast.FuncDecl)
	if !ok {
		of := r.Field.Name()
		return of + "Done", fmt.Sprintf("// closed when nobody receives from %s any more", of)
	}
	runs := decl.Name.Name
	first, size := utf8.DecodeRuneInString(runs)
	return string(unicode.ToLower(first)) + runs[size:] + "Done", fmt.Sprintf("// closed when %s has ended", runs)
}

// declareEnd declares the channel behind the other one.
func declareEnd(s *edit.Site, list *ast.FieldList, field *ast.Field, told, comment string) {
	empty := &dst.StructType{Fields: &dst.FieldList{Opening: true, Closing: true}}
	own := &dst.Field{Names: []*dst.Ident{edit.Ident(told)}, Type: &dst.ChanType{Dir: dst.SEND | dst.RECV, Value: empty}}
	own.Decs.End = dst.Decorations{comment}
	s.AddField(list, field, own)
}

// makeEnd makes the channel where the other one is made.
func makeEnd(s *edit.Site, made *ast.KeyValueExpr, told string) {
	path := s.PathTo(made)
	lit, ok := s.Node(path[len(path)-1]).(*dst.CompositeLit)
	twin, ok2 := s.Node(made).(*dst.KeyValueExpr)
	if !ok || !ok2 {
		s.Fail("internal: a literal has no twin")
		return
	}
	own := &dst.KeyValueExpr{Key: edit.Ident(told), Value: makeSignal()}
	own.Decs.Before, own.Decs.After = twin.Decs.Before, twin.Decs.After
	i := slices.Index(lit.Elts, dst.Expr(twin))
	lit.Elts = slices.Insert(lit.Elts, i+1, dst.Expr(own))
}
