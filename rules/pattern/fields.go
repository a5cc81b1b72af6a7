package pattern

import (
	"go/ast"
	"go/token"
	"reflect"
	"slices"
)

// A role is what a field of a syntax node means to a match.
type role int

const (
	ignored role = iota // position, comment, scope
	list                // nodes
	child               // a node
	value               // operator, direction, name: compared
	present             // a position that says whether something is written
)

// A part is one field of a node type.
type part struct {
	index int
	name  string
	role  role
}

// parts says of each node type which fields matter, those that decide soonest first.
var parts = partsOf(
	ast.ArrayType{}, ast.AssignStmt{}, ast.BasicLit{}, ast.BinaryExpr{}, ast.BlockStmt{}, ast.BranchStmt{},
	ast.CallExpr{}, ast.CaseClause{}, ast.ChanType{}, ast.CommClause{}, ast.CompositeLit{}, ast.DeclStmt{},
	ast.DeferStmt{}, ast.Ellipsis{}, ast.EmptyStmt{}, ast.ExprStmt{}, ast.Field{}, ast.FieldList{}, ast.ForStmt{},
	ast.FuncDecl{}, ast.FuncLit{}, ast.FuncType{}, ast.GenDecl{}, ast.GoStmt{}, ast.Ident{}, ast.IfStmt{},
	ast.ImportSpec{}, ast.IncDecStmt{}, ast.IndexExpr{}, ast.IndexListExpr{}, ast.InterfaceType{},
	ast.KeyValueExpr{}, ast.LabeledStmt{}, ast.MapType{}, ast.ParenExpr{}, ast.RangeStmt{}, ast.ReturnStmt{},
	ast.SelectStmt{}, ast.SelectorExpr{}, ast.SendStmt{}, ast.SliceExpr{}, ast.StarExpr{}, ast.StructType{},
	ast.SwitchStmt{}, ast.TypeAssertExpr{}, ast.TypeSpec{}, ast.TypeSwitchStmt{}, ast.UnaryExpr{}, ast.ValueSpec{},
)

func partsOf(types ...any) map[reflect.Type][]part {
	all := map[reflect.Type][]part{}
	for _, zero := range types {
		t := reflect.TypeOf(zero)
		var fields []part
		for f := range t.Fields() {
			if r := roleOf(f); r != ignored {
				fields = append(fields, part{f.Index[0], f.Name, r})
			}
		}
		slices.SortStableFunc(fields, func(a, b part) int { return int(b.role) - int(a.role) })
		all[reflect.PointerTo(t)] = fields
	}
	return all
}

var (
	nodeType    = reflect.TypeFor[ast.Node]()
	commentType = reflect.TypeFor[*ast.CommentGroup]()
	posType     = reflect.TypeFor[token.Pos]()
	fieldsType  = reflect.TypeFor[*ast.FieldList]()
)

func roleOf(f reflect.StructField) role {
	switch t := f.Type; {
	case f.Name == "Ellipsis" && t == posType, f.Name == "Assign" && t == posType:
		return present // f(xs...), type A = B
	case t == posType, t == commentType, f.Name == "Incomplete", f.Name == "Implicit":
		return ignored
	case t == fieldsType:
		return list
	case t.Implements(nodeType):
		return child
	case t.Kind() == reflect.Slice && t.Elem().Implements(nodeType):
		return list
	case t.Kind() == reflect.Int, t.Kind() == reflect.String, t.Kind() == reflect.Bool:
		return value // token.Token, ast.ChanDir, Slice3
	default:
		return ignored // objects and scopes, long deprecated
	}
}

// unifyFields compares two nodes of one type field by field.
func (s *solver) unifyFields(want, got ast.Node, next *goal) (*goal, bool) {
	w, g := reflect.ValueOf(want).Elem(), reflect.ValueOf(got).Elem()
	fields := parts[reflect.TypeOf(want)]
	for i := range fields { // values first: they are cheap
		f := fields[i]
		switch f.role {
		case value:
			if !w.Field(f.index).Equal(g.Field(f.index)) && !s.lenient(want, f.name) {
				return nil, false
			}
		case present:
			if w.Field(f.index).IsZero() != g.Field(f.index).IsZero() && !s.lenient(want, f.name) {
				return nil, false
			}
		}
	}
	for i := len(fields) - 1; i >= 0; i-- { // the first field becomes the first goal
		f := fields[i]
		if f.role > child || s.lenient(want, f.name) {
			continue
		}
		if f.role == child {
			next = &goal{want: nodeOf(w.Field(f.index)), got: nodeOf(g.Field(f.index)), next: next}
		} else {
			next = &goal{isList: true, wants: listOf(w.Field(f.index)), gots: listOf(g.Field(f.index)), next: next}
		}
	}
	return next, true
}

func nodeOf(v reflect.Value) ast.Node {
	if v.IsNil() {
		return nil
	}
	return v.Interface().(ast.Node)
}

// listOf returns the nodes of a slice or of a field list, which may be absent.
func listOf(v reflect.Value) []ast.Node {
	switch list := v.Interface().(type) {
	case *ast.FieldList:
		if list == nil {
			return nil
		}
		return nodes(list.List)
	case []ast.Expr:
		return nodes(list)
	case []ast.Stmt:
		return nodes(list)
	case []*ast.Ident:
		return nodes(list)
	case []*ast.Field:
		return nodes(list)
	case []ast.Spec:
		return nodes(list)
	default:
		return nil
	}
}
