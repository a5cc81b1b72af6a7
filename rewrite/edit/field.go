package edit

import (
	"go/ast"

	"github.com/dave/dst"
)

// AddField puts a new field behind another one, each on a line of its own.
func (s *Site) AddField(list *ast.FieldList, behind *ast.Field, field *dst.Field) {
	fields, ok := s.Node(list).(*dst.FieldList)
	twin, ok2 := s.Node(behind).(*dst.Field)
	if !ok || !ok2 {
		s.Fail("internal: a field has no twin")
		return
	}
	for _, f := range fields.List {
		f.Decs.Before = max(f.Decs.Before, dst.NewLine)
	}
	s.InsertField(fields, twin, field)
}

// InsertField puts a field behind another one.
func (s *Site) InsertField(list *dst.FieldList, behind, field *dst.Field) {
	for i, f := range list.List {
		if f != behind {
			continue
		}
		prev := f.Decorations()
		same, hanging := SplitEnd(prev.End)
		prev.End, field.Decs.End = same, JoinEnd(field.Decs.End, hanging)
		field.Decs.Before, field.Decs.After = dst.NewLine, max(prev.After, dst.NewLine)
		prev.After = dst.NewLine
		list.List = append(list.List[:i+1:i+1], append([]*dst.Field{field}, list.List[i+1:]...)...)
		return
	}
	s.Fail("internal: a field is not in its list")
}
