package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// Pad puts a cache line of padding between two words that different goroutines write,
// or behind what each of them has of its own in a slice:
//
//	type ring struct {              type ring struct {
//		head atomic.Uint64              head atomic.Uint64
//		tail atomic.Uint64      →       _    [64]byte // keeps head and tail on cache lines of their own
//	}                                   tail atomic.Uint64
//	                                }
//
// A whole line keeps them apart wherever the struct begins. Lines are multiples of 8
// bytes long, and so what lies behind the padding is aligned as it was, on 32 bits too.
// Of a blank field nothing reads or writes the value; who looks at the layout, or makes
// the struct without the names of its fields, is looked for, and refused.
func Pad(s *edit.Site) error {
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return errors.New("internal: the match names no word")
	}
	shared, ok := sharing.Of(s.Match.Pkg).FalseSharingAt(at)
	if !ok {
		return errors.New("internal: nothing lies on the cache line")
	}
	p := &padding{s: s, FalseSharing: shared}
	for _, step := range []func() error{p.find, p.closed, p.unseen} {
		if err := step(); err != nil {
			return err
		}
	}
	s.Downgrade(rules.Unsafe, "the struct grows")
	p.insert()
	return s.Err()
}

// A padding is what is to become of a struct.
type padding struct {
	s *edit.Site
	sharing.FalseSharing
	spec  *ast.TypeSpec // nil for a struct without a name
	st    *ast.StructType
	typ   *types.Struct
	named types.Object // that spec declares
	name  string       // for sentences
}

// find finds the declaration of the struct.
func (p *padding) find() error {
	if p.Before == nil {
		named, ok := types.Unalias(p.Elem).(*types.Named)
		if !ok || named.Obj().Pkg() != p.s.Match.Pkg.Types {
			return errors.New("the elements are no struct of this package, which could be padded: let each goroutine count in a variable of its own, and store it when it is done")
		}
		p.named = named.Obj()
	}
	for _, file := range p.s.Match.Pkg.Files {
		ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if st, ok := n.(*ast.StructType); ok && p.declares(st, stack) {
				p.st = st
				p.typ, _ = p.s.Match.Pkg.TypeOf(st).(*types.Struct)
			}
			return p.st == nil
		})
	}
	if p.st == nil || p.typ == nil {
		return errors.New("the struct is not declared here")
	}
	p.name = "the struct"
	if p.spec != nil {
		p.named, p.name = p.s.Match.Pkg.Def(p.spec.Name), p.spec.Name.Name
	}
	return nil
}

// declares reports whether a struct is the one, and keeps the declaration around it.
func (p *padding) declares(st *ast.StructType, stack []ast.Node) bool {
	info := p.s.Match.Pkg.Info
	var spec *ast.TypeSpec
	if len(stack) > 0 {
		spec, _ = stack[len(stack)-1].(*ast.TypeSpec)
	}
	if p.Before == nil {
		p.spec = spec
		return spec != nil && info.Defs[spec.Name] == p.named
	}
	t, _ := info.TypeOf(st).(*types.Struct)
	if t == nil {
		return false
	}
	for v := range t.Fields() {
		if v == p.Field {
			p.spec = spec
			return true
		}
	}
	return false
}

// closed refuses a struct of which code that is not seen may make values, or knows the layout.
func (p *padding) closed() error {
	pkg := p.s.Match.Pkg
	if p.spec == nil {
		return errors.New("the struct has no name: others of the same fields would be of another type")
	}
	if p.spec.Name.IsExported() && pkg.Types.Name() != "main" && !hidden(p.typ) {
		return fmt.Errorf("%s and all its fields are exported: other packages may make it without the names of the fields", p.name)
	}
	for _, file := range pkg.Files {
		for _, spec := range file.Imports {
			if path, _ := strconv.Unquote(spec.Path.Value); path == "C" {
				return errors.New("the package has to do with C, which may know the layout")
			}
		}
	}
	if p.s.Pkg.Dir == "" {
		return errors.New("only this package is seen here, without what else its directory holds")
	}
	if asm, _ := filepath.Glob(filepath.Join(p.s.Pkg.Dir, "*.[sS]")); len(asm) > 0 {
		return fmt.Errorf("%s is in assembly, and may know the layout", filepath.Base(asm[0]))
	}
	if file := p.s.Pkg.NamedElsewhere(p.name); file != "" {
		return fmt.Errorf("%s, which is not built here, may make %s without the names of its fields", filepath.Base(file), p.name)
	}
	return nil
}

// hidden reports whether a struct has a field that other packages do not see.
func hidden(st *types.Struct) bool {
	for v := range st.Fields() {
		if !v.Exported() {
			return true
		}
	}
	return false
}

// unseen refuses a struct whose layout something in the package looks at.
func (p *padding) unseen() (err error) {
	for _, file := range p.s.Match.Pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if err != nil {
				return false
			}
			switch n := n.(type) {
			case *ast.CompositeLit:
				if len(n.Elts) > 0 && p.is(p.s.Match.Pkg.TypeOf(n)) {
					if _, keyed := n.Elts[0].(*ast.KeyValueExpr); !keyed {
						err = fmt.Errorf("%s is made by a literal without the names of the fields at %s", p.name, p.line(n))
					}
				}
			case *ast.CallExpr:
				if p.looks(n) {
					err = fmt.Errorf("%s at %s may look at the layout of %s", edit.ExprText(n.Fun), p.line(n), p.name)
				}
			}
			return true
		})
	}
	return err
}

// looks reports whether a call gets the struct, or leads to it, and knows more of it
// than its fields: package unsafe, encoding/binary, printing, reflection.
func (p *padding) looks(call *ast.CallExpr) bool {
	info := p.s.Match.Pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() {
		return len(call.Args) == 1 && (isUnsafePointer(tv.Type) && p.leadsTo(info.TypeOf(call.Args[0])) ||
			p.leadsTo(tv.Type) && isUnsafePointer(info.TypeOf(call.Args[0])))
	}
	switch fn := p.s.Match.Pkg.Callee(call).(type) {
	case *types.Builtin:
		return slices.Contains([]string{"Sizeof", "Offsetof", "Alignof"}, fn.Name()) && slices.ContainsFunc(call.Args, p.measured)
	case *types.Func:
		if fn.Pkg() == nil || !looksInside(fn) && !slices.Contains([]string{"encoding/binary", "reflect"}, fn.Pkg().Path()) {
			return false
		}
		return slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return p.leadsTo(info.TypeOf(e)) })
	}
	return false
}

// measured reports whether an operand of unsafe.Sizeof and its kin is the struct, or
// a field of it.
func (p *padding) measured(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	return p.leadsTo(p.s.Match.Pkg.TypeOf(e)) || ok && p.leadsTo(p.s.Match.Pkg.TypeOf(sel.X))
}

func isUnsafePointer(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.UnsafePointer
}

// is reports whether a type is the struct.
func (p *padding) is(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Origin().Obj() == p.named
}

// leadsTo reports whether values of a type hold the struct, or point to it.
func (p *padding) leadsTo(t types.Type) bool {
	return t != nil && p.reaches(t, map[types.Type]bool{})
}

func (p *padding) reaches(t types.Type, seen map[types.Type]bool) bool {
	if t = types.Unalias(t); seen[t] {
		return false
	}
	seen[t] = true
	if p.is(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return p.reaches(u.Elem(), seen)
	case *types.Slice:
		return p.reaches(u.Elem(), seen)
	case *types.Array:
		return p.reaches(u.Elem(), seen)
	case *types.Struct:
		for v := range u.Fields() {
			if p.reaches(v.Type(), seen) {
				return true
			}
		}
	}
	return false
}

func (p *padding) line(n ast.Node) string {
	return (&variable{s: p.s, pkg: p.s.Match.Pkg}).line(n)
}

// insert puts the padding before the second word, or at the end of the struct.
func (p *padding) insert() {
	at := p.s.At(p.st)
	fields, ok := at.Node(p.st.Fields).(*dst.FieldList)
	if !ok || len(fields.List) == 0 {
		at.Fail("internal: a struct has no twin")
		return
	}
	for _, f := range fields.List {
		f.Decs.Before = max(f.Decs.Before, dst.NewLine)
	}
	if p.Before == nil {
		at.InsertField(fields, fields.List[len(fields.List)-1], p.blank("// each goroutine has a cache line of its own"))
		return
	}
	blank := p.blank(fmt.Sprintf("// keeps %s and %s on cache lines of their own", p.Before.Name(), p.Field.Name()))
	for i, field := range p.st.Fields.List {
		k := slices.IndexFunc(field.Names, func(id *ast.Ident) bool { return p.s.Match.Pkg.Def(id) == p.Field })
		switch {
		case k > 0:
			p.split(at, fields, fields.List[i], k, blank)
			return
		case k == 0 && i > 0:
			at.InsertField(fields, fields.List[i-1], blank)
			return
		}
	}
	at.Fail("the field has no name of its own")
}

// split puts the padding between two names of one field.
func (p *padding) split(at *edit.Site, fields *dst.FieldList, field *dst.Field, k int, blank *dst.Field) {
	rest := &dst.Field{Names: slices.Clone(field.Names[k:]), Type: edit.Bare(field.Type)}
	if field.Tag != nil {
		at.Fail("%s is declared with other fields, and a tag", p.Field.Name())
		return
	}
	for _, id := range field.Names {
		if len(id.Decs.Start) > 0 || len(id.Decs.End) > 0 {
			at.Fail("a comment stands between the names of the fields")
			return
		}
	}
	field.Names = field.Names[:k:k]
	at.InsertField(fields, field, blank)
	at.InsertField(fields, blank, rest)
}

// blank builds a line of padding.
func (p *padding) blank(comment string) *dst.Field {
	size := &dst.BasicLit{Kind: token.INT, Value: strconv.FormatInt(p.Line, 10)}
	f := &dst.Field{Names: []*dst.Ident{edit.Ident("_")}, Type: &dst.ArrayType{Len: size, Elt: edit.Ident("byte")}}
	f.Decs.End = dst.Decorations{comment}
	return f
}
