package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// ToShards makes a map one in parts, each with a lock of its own, of a type that
// it declares with the methods that are needed:
//
//	hits map[string]int            hits hitsShards
//	s.hits[page]++            →    s.hits.Update(page, func(v int) int { return v + 1 })
//	for p, n := range s.hits       for p, n := range s.hits.All()
//
// A step of one entry is one step under the lock of its part; what rests on an
// entry that was read before, and a comparison with nil, refuse. A loop runs over
// a copy, and may delete the entry that it is at. A map that may be nil where
// it is written refuses. One goroutine alone does what it did. It is done on request only:
// it costs memory, and is worth it where very many goroutines write.
func ToShards(s *edit.Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	if !s.AtLeast("go1.24") {
		return errors.New("maphash.Comparable needs Go 1.24")
	}
	if !u.v.IsField() && u.v.Kind() != types.PackageVar {
		return around.Aside(u.name + " is a local variable")
	}
	if u.v.IsField() && (u.owner == nil || u.owner.TypeParams != nil) {
		return fmt.Errorf("%s is a field of a type that has parameters, or no name", u.name)
	}
	m := &syncMapVar{variable: u, parts: &shards{}}
	for _, step := range []func() error{m.choose, u.unmoved, m.entriesStay, m.stepsOfParts, m.restsOnParts, m.rewriteParts, m.declareParts, u.notNil} {
		if err := step(); err != nil {
			return err
		}
	}
	s.Downgrade(rules.Unsafe, "a map in parts takes more memory, and a loop runs over a copy")
	for _, edit := range m.edits {
		edit()
	}
	return nil
}

// shards are the names of what is declared for a map in parts.
type shards struct {
	typ, part, seed string
	methods         []string // that are called
}

// needs notes that a method of the map in parts is called.
func (m *syncMapVar) needs(method string) {
	if m.parts != nil && !slices.Contains(m.parts.methods, method) {
		m.parts.methods = append(m.parts.methods, method)
	}
}

// stepsOfParts plans the writes of an entry that rest on the entry.
func (m *syncMapVar) stepsOfParts() error {
	for _, x := range m.uses {
		ix, ok := x.up(0).(*ast.IndexExpr)
		if !ok || ast.Unparen(ix.X) != x.expr || m.done[x] {
			continue
		}
		var err error
		switch st := x.up(1).(type) {
		case *ast.IncDecStmt:
			op := token.ADD
			if st.Tok == token.DEC {
				op = token.SUB
			}
			err = m.update(x, ix, st, nil, op)
		case *ast.AssignStmt:
			if len(st.Lhs) != 1 || ast.Unparen(st.Lhs[0]) != ast.Expr(ix) {
				continue
			}
			if op, ok := assignOps[st.Tok]; ok {
				err = m.update(x, ix, st, st.Rhs[0], op)
			} else if m.useIn(st.Rhs[0]) != nil {
				err = m.update(x, ix, st, st.Rhs[0], token.ILLEGAL)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var assignOps = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL, token.QUO_ASSIGN: token.QUO,
	token.REM_ASSIGN: token.REM, token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR,
	token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR, token.AND_NOT_ASSIGN: token.AND_NOT,
}

// update plans m[k] = f(m[k]): op is the operator of m[k] op= by, ILLEGAL where by
// is the new value.
func (m *syncMapVar) update(x *use, ix *ast.IndexExpr, st ast.Stmt, by ast.Expr, op token.Token) error {
	if _, ok := m.s.At(st).ListAround(st); !ok || !m.pkg.Pure(ix.Index) {
		return fmt.Errorf("the statement at %s is part of another one, or has a key with an effect", m.line(st))
	}
	old, err := m.entriesIn(by, ix)
	if err != nil {
		return err
	}
	if op != token.ILLEGAL && len(old) > 0 {
		return fmt.Errorf("the step at %s rests on another entry", m.line(st))
	}
	elem, err := m.typeName(m.typ.Elem(), m.spelled.Value, ix)
	if err != nil {
		return err
	}
	m.done[x] = true
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		v := at.Fresh("old", st)
		for _, e := range old {
			at.ReplaceExpr(at.Expr(e), edit.Ident(v))
		}
		var value dst.Expr = &dst.BasicLit{Kind: token.INT, Value: "1"}
		if by != nil {
			value = at.Use(by)
		}
		if op != token.ILLEGAL {
			value = &dst.BinaryExpr{X: edit.Ident(v), Op: op, Y: edit.Parenthesised(value, op.Precedence()+1)}
		}
		step := edit.FuncLit(edit.ReturnStmt(value))
		step.Type.Params.List = []*dst.Field{{Names: []*dst.Ident{edit.Ident(v)}, Type: elem(at)}}
		step.Type.Results = &dst.FieldList{List: []*dst.Field{{Type: elem(at)}}}
		at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(m.method(at, x, "Update", at.Use(ix.Index), step)))
	})
	return nil
}

// entriesIn returns the mentions, in a value, of the entry that gets it. It refuses
// what must not run with the lock of the part held, and other entries.
func (m *syncMapVar) entriesIn(by ast.Expr, ix *ast.IndexExpr) (old []ast.Expr, err error) {
	if by == nil {
		return nil, nil
	}
	if because := m.touches(by, map[*ast.FuncDecl]bool{}); because != "" {
		return nil, fmt.Errorf("line %d %s", m.pkg.Fset.Position(by.Pos()).Line, because)
	}
	if because, yes := m.pkg.Waits(by); yes {
		return nil, fmt.Errorf("%s %s: the lock would be held meanwhile", m.line(by), because)
	}
	for _, x := range m.uses {
		if !edit.StandsIn(x.id, by) {
			continue
		}
		read, ok := x.up(0).(*ast.IndexExpr)
		if !ok || edit.Spelling(read) != edit.Spelling(ix) || !m.pkg.Stable(ix.Index) {
			return nil, fmt.Errorf("the value at %s rests on more than the entry", m.line(by))
		}
		m.done[x] = true
		old = append(old, read)
	}
	return old, nil
}

// restsOnParts refuses a write that may rest on what was read before.
func (m *syncMapVar) restsOnParts() error {
	for _, w := range m.uses {
		access := m.shared.AccessAt(w.expr)
		if access == nil || !access.Write || w.fn == nil || m.early(w) {
			continue
		}
		flow := m.pkg.Flow(w.fn)
		for _, r := range m.inFunction(w.fn) {
			read := m.shared.AccessAt(r.expr)
			if r == w || read == nil || read.Write || m.done[r] {
				continue
			}
			if loop, ok := r.up(0).(*ast.RangeStmt); ok && edit.StandsIn(w.id, loop.Body) && isDelete(w) && deletesKeyOf(m.variable, w.stmt(), loop) {
				continue
			}
			if some, _ := flow.Follows(r.expr, w.stmt()); some && (m.done[w] || !m.loadOrStore(r, w)) {
				return fmt.Errorf("the write at %s may rest on what %s reads: two calls of a map in parts are not one step", m.line(w.id), m.line(r.id))
			}
		}
	}
	return nil
}

func (m *syncMapVar) rewriteParts() error { return m.rewriteUses(m.usePart) }

// usePart plans one use.
func (m *syncMapVar) usePart(x *use) error {
	switch p := x.up(0).(type) {
	case *ast.IndexExpr:
		return m.entryOfPart(x, p)
	case *ast.RangeStmt:
		m.call(x, x.expr, "All")
		return nil
	case *ast.CallExpr:
		b, builtin := m.pkg.Callee(p).(*types.Builtin)
		switch {
		case builtin && b.Name() == "len":
			m.call(x, p, "Len")
			return nil
		case builtin:
			return m.builtin(x, p)
		case (&newGuard{variable: m.variable}).readBy(p, x):
			m.call(x, x.expr, "All")
			return nil
		}
	}
	return fmt.Errorf("%s is used as a whole at %s: a map in parts is no map", m.name, m.line(x.id))
}

// call puts the call of a method in the place of an expression.
func (m *syncMapVar) call(x *use, in ast.Expr, name string) {
	m.edits = append(m.edits, func() {
		at := m.s.At(x.id)
		at.ReplaceExpr(at.Expr(in), m.method(at, x, name))
	})
}

// entryOfPart plans a use of one entry, which is no step of it.
func (m *syncMapVar) entryOfPart(x *use, ix *ast.IndexExpr) error {
	if ast.Unparen(ix.X) != x.expr {
		return fmt.Errorf("%s is used as a whole at %s: a map in parts is no map", m.name, m.line(x.id))
	}
	name := "Get"
	if st, ok := x.up(1).(*ast.AssignStmt); ok {
		if len(st.Lhs) == 1 && ast.Unparen(st.Lhs[0]) == ast.Expr(ix) {
			return m.store(x, ix, st)
		}
		if slices.ContainsFunc(st.Lhs, func(e ast.Expr) bool { return ast.Unparen(e) == ast.Expr(ix) }) {
			return fmt.Errorf("more than one variable is assigned at once at %s", m.line(st))
		}
		if len(st.Lhs) == 2 && len(st.Rhs) == 1 {
			name = "Load"
		}
	}
	if spec, ok := x.up(1).(*ast.ValueSpec); ok && len(spec.Names) == 2 && len(spec.Values) == 1 {
		name = "Load"
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(ix)
		at.ReplaceExpr(at.Expr(ix), m.method(at, x, name, at.Use(ix.Index)))
	})
	return nil
}

// declareParts plans the type in parts and the methods that are called.
func (m *syncMapVar) declareParts() error {
	names := &newGuard{variable: m.variable}
	p, name := m.parts, m.ownName()
	p.typ, p.part, p.seed = around.FreshName(names.s, name+"Shards"), around.FreshName(names.s, name+"Shard"), around.FreshName(names.s, name+"Seed")
	if spec, ok := m.parent(0).(*ast.ValueSpec); ok && len(spec.Values) == 1 && m.emptyMap(spec.Values[0]) == nil {
		return fmt.Errorf("%s has an initial value at %s", m.name, m.line(spec))
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(m.ident)
		switch twin := at.Node(m.parent(0)).(type) {
		case *dst.Field:
			setType(twin, edit.Ident(p.typ))
		case *dst.ValueSpec:
			twin.Type, twin.Values = edit.Ident(p.typ), nil
		}
		decls, err := edit.ParseDecls(m.partsText(), map[string]func() dst.Expr{
			"KEY":     func() dst.Expr { return at.Copy(m.spelled.Key) },
			"VALUE":   func() dst.Expr { return at.Copy(m.spelled.Value) },
			"RWMUTEX": func() dst.Expr { return at.Qualified("sync", "RWMutex") },
			"SEED":    func() dst.Expr { return at.Qualified("hash/maphash", "MakeSeed") },
			"HASH":    func() dst.Expr { return at.Qualified("hash/maphash", "Comparable") },
			"COPY":    func() dst.Expr { return at.Qualified("maps", "Copy") },
		})
		if err != nil {
			at.Fail("%v", err)
			return
		}
		at.AddDecls(m.ident, decls)
	})
	return nil
}

// ownName returns the name of the map, with that of its struct where other fields or
// variables of the package are called so: several may be made maps in parts at once.
func (m *syncMapVar) ownName() string {
	for _, obj := range m.pkg.Info.Defs {
		v, ok := obj.(*types.Var)
		if ok && v != m.v && v.Name() == m.name && m.owner != nil && (v.IsField() || v.Kind() == types.PackageVar) {
			return firstLower(m.owner.Name.Name) + firstUpper(m.name)
		}
	}
	return m.name
}

func firstLower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
func firstUpper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// besideTypes gives the names in the methods another one where the key or value has a type
// that is called so.
func (m *syncMapVar) besideTypes(text string) string {
	ast.Inspect(m.spelled, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || !slices.Contains([]string{"s", "p", "f", "n", "i", "m", "mu", "key", "value", "ok", "all", "parts", "part"}, id.Name) {
			return true
		}
		word := regexp.MustCompile(`\b` + id.Name + `\b`)
		var lines []string
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "//") {
				line = word.ReplaceAllString(line, id.Name+"Of")
			}
			lines = append(lines, line)
		}
		text = strings.Join(lines, "")
		return true
	})
	return text
}

// partsText spells the declarations.
func (m *syncMapVar) partsText() string {
	text := partsType
	for _, name := range []string{"Get", "Load", "Store", "LoadOrStore", "Update", "Delete", "Len", "All", "Clear"} {
		if slices.Contains(m.parts.methods, name) {
			text += partsMethods[name]
		}
	}
	text = m.besideTypes(text)
	return strings.NewReplacer("TYPE", m.parts.typ, "PART", m.parts.part, "SOURCE", m.parts.seed, "NAME", m.name).Replace(text)
}

const partsType = `// TYPE is the map NAME in parts, each with a lock of its own: who uses different
// keys rarely waits for each other.
type TYPE struct {
	parts [16]PART
}

type PART struct {
	mu RWMUTEX
	m  map[KEY]VALUE
}

var SOURCE = SEED()

func (s *TYPE) part(key KEY) *PART {
	return &s.parts[HASH(SOURCE, key)%uint64(len(s.parts))]
}
`

var partsMethods = map[string]string{
	"Get": `
// Get returns the value of a key, the zero value if it has none.
func (s *TYPE) Get(key KEY) VALUE {
	p := s.part(key)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.m[key]
}
`,
	"Load": `
// Load returns the value of a key, and whether it has one.
func (s *TYPE) Load(key KEY) (VALUE, bool) {
	p := s.part(key)
	p.mu.RLock()
	defer p.mu.RUnlock()
	value, ok := p.m[key]
	return value, ok
}
`,
	"Store": `
// Store gives a key its value.
func (s *TYPE) Store(key KEY, value VALUE) {
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[KEY]VALUE{}
	}
	p.m[key] = value
}
`,
	"LoadOrStore": `
// LoadOrStore gives a key a value if it has none.
func (s *TYPE) LoadOrStore(key KEY, value VALUE) {
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[KEY]VALUE{}
	}
	if _, ok := p.m[key]; !ok {
		p.m[key] = value
	}
}
`,
	"Update": `
// Update gives a key what f makes of its value.
func (s *TYPE) Update(key KEY, f func(VALUE) VALUE) {
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[KEY]VALUE{}
	}
	p.m[key] = f(p.m[key])
}
`,
	"Delete": `
// Delete takes a key out.
func (s *TYPE) Delete(key KEY) {
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.m, key)
}
`,
	"Len": `
// Len returns how many keys there are.
func (s *TYPE) Len() int {
	n := 0
	for i := range s.parts {
		p := &s.parts[i]
		p.mu.RLock()
		n += len(p.m)
		p.mu.RUnlock()
	}
	return n
}
`,
	"All": `
// All returns a copy of all parts in one map.
func (s *TYPE) All() map[KEY]VALUE {
	all := map[KEY]VALUE{}
	for i := range s.parts {
		p := &s.parts[i]
		p.mu.RLock()
		COPY(all, p.m)
		p.mu.RUnlock()
	}
	return all
}
`,
	"Clear": `
// Clear takes all keys out.
func (s *TYPE) Clear() {
	for i := range s.parts {
		p := &s.parts[i]
		p.mu.Lock()
		clear(p.m)
		p.mu.Unlock()
	}
}
`,
}
