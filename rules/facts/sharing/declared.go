package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// fieldDecl is where a struct type declares a field.
type fieldDecl struct {
	in    *ast.StructType
	field *ast.Field
}

// fieldDecls returns the declarations of the fields of this package's structs.
func (f *Facts) fieldDecls() map[*types.Var]fieldDecl {
	if f.fields != nil {
		return f.fields
	}
	f.fields = map[*types.Var]fieldDecl{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			st, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range st.Fields.List {
				f.noteField(st, field)
			}
			return true
		})
	}
	return f.fields
}

func (f *Facts) noteField(st *ast.StructType, field *ast.Field) {
	for _, name := range field.Names {
		if v, ok := f.pkg.Def(name).(*types.Var); ok {
			f.fields[v] = fieldDecl{st, field}
		}
	}
	if len(field.Names) > 0 {
		return
	}
	if t, ok := f.pkg.TypeOf(st).(*types.Struct); ok {
		for v := range t.Fields() {
			if v.Embedded() && v.Pos() >= field.Pos() && v.Pos() < field.End() {
				f.fields[v] = fieldDecl{st, field}
			}
		}
	}
}

// structOfField returns the struct type that declares a field, nil for one of
// another package.
func (f *Facts) structOfField(v *types.Var) *ast.StructType { return f.fieldDecls()[v].in }

// declares reports whether a comment at a field names the lock as its guard, or one at the lock
// the field: "guarded by mu", "protected by s.mu", "+checklocks:mu".
func (f *Facts) declares(v *types.Var, lock types.Object) bool {
	decl, ok := f.fieldDecls()[v]
	if !ok {
		return false
	}
	if f.lockDeclares(v, lock) {
		return true
	}
	for _, group := range []*ast.CommentGroup{decl.field.Doc, decl.field.Comment} {
		if group == nil {
			continue
		}
		for _, comment := range group.List {
			for _, match := range guardedBy.FindAllStringSubmatch(comment.Text, -1) {
				path := strings.TrimRight(match[1], ".")
				if path[strings.LastIndexByte(path, '.')+1:] == lock.Name() {
					return true
				}
			}
		}
	}
	return false
}

// commentExcuses reports whether the comment at a field says why it needs no lock, or whose it is.
//
//	seq int // only the flusher counts
func (f *Facts) commentExcuses(v *types.Var) bool {
	decl, ok := f.fieldDecls()[v]
	if !ok {
		return false
	}
	said := decl.field.Doc.Text() + decl.field.Comment.Text()
	return excuses(said) || ofOne.MatchString(said)
}

// ofOne says that a field belongs to one goroutine.
var ofOne = lazyregexp.New(`(?i)\b(only (one|the|its|by)|(one|single) (goroutine|thread|reader|writer) only)\b`)

var guardedBy = lazyregexp.New(`(?i)(?:guarded by|protected by|synchronized by|\+checklocks:|GUARDED_BY\()\s*` + "`?" + `([A-Za-z_][\w.]*)`)

// lockDeclares reports whether the comment of a lock names a field of its struct as what it guards,
// or the fields below it, up to an empty line.
//
//	mu sync.Mutex // protects tasks and next
//	mu sync.Mutex // guards the following fields
func (f *Facts) lockDeclares(v *types.Var, lock types.Object) bool {
	mutex, ok := lock.(*types.Var)
	if !ok {
		return false
	}
	at, field := f.fieldDecls()[mutex], f.fieldDecls()[v]
	if at.in == nil || at.in != field.in {
		return false
	}
	comment := at.field.Doc.Text() + at.field.Comment.Text()
	if !guardsWord.MatchString(comment) || deniesWord.MatchString(comment) {
		return false
	}
	if slices.Contains(strings.FieldsFunc(comment, notInName), v.Name()) {
		return !commonWord.MatchString(v.Name())
	}
	return belowWord.MatchString(comment) && f.rightBelow(at.in, at.field, field.field)
}

var (
	belowWord  = lazyregexp.New(`(?i)\b(below|following|next (field|few|two|three))\b`)
	deniesWord = lazyregexp.New(`(?i)\b(not|never|except|without|unless|but|only (actively |really )?(used|needed|required|taken|held))\b|n't\b`) // a field is left out, and which is not clear
	commonWord = lazyregexp.New(`^(state|data|access|value|values|it|this|all)$`)                                                                 // said of anything
)

// rightBelow reports whether a field stands below another, without an empty line between.
func (f *Facts) rightBelow(in *ast.StructType, above, below *ast.Field) bool {
	last, found := 0, false
	for _, field := range in.Fields.List {
		if found && f.line(startOf(field)) > last+1 {
			return false
		}
		if found && field == below {
			return true
		}
		found = found || field == above
		last = f.line(field.End())
	}
	return false
}

// startOf is where a field begins, with its comment.
func startOf(field *ast.Field) token.Pos {
	if field.Doc != nil {
		return field.Doc.Pos()
	}
	return field.Pos()
}

// declaresGlobal reports whether the comment of a package's lock names a variable of the
// package as what it guards.
//
//	sinkMu sync.RWMutex // guards sink
func (f *Facts) declaresGlobal(v *types.Var, lock types.Object) bool {
	for _, file := range f.pkg.Files {
		for _, decl := range file.Decls {
			vars, ok := decl.(*ast.GenDecl)
			if !ok || lock.Pos() < vars.Pos() || vars.End() <= lock.Pos() {
				continue
			}
			for _, spec := range vars.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if !ok || lock.Pos() < value.Pos() || value.End() <= lock.Pos() {
					continue
				}
				comment := value.Doc.Text() + value.Comment.Text()
				if !vars.Lparen.IsValid() {
					comment += vars.Doc.Text()
				}
				return guardsWord.MatchString(comment) && slices.Contains(strings.FieldsFunc(comment, notInName), v.Name())
			}
		}
	}
	return false
}

func notInName(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

var guardsWord = lazyregexp.New(`(?i)\b(guard(s|ing)?|protect(s|ing)?|synchroni[sz]es)\b`)
