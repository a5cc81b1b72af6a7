package facts

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"fmt"
	"go/types"
	"maps"
	"slices"
)

// An Export is what a package tells the packages that import it: the summaries
// of its functions. It is immutable and safe for concurrent use.
type Export struct {
	Path  string
	Funcs []Summary // sorted by name; functions that do nothing to a lock are left out
	// Conducts are those of the functions that others can call, sorted by name. They are
	// those of another family of facts, which adds them: sharing.
	Conducts []Conduct

	byName   map[string]*Summary
	conducts map[string]*Conduct
}

// Imports holds the exports of the packages that a package needs, directly or
// not, by import path. What is missing is unknown.
type Imports map[string]*Export

// Export returns the summaries of the package's functions.
func (p *Package) Export() *Export {
	e := &Export{Path: p.Types.Path()}
	for _, n := range p.graph().order {
		if !n.reaches {
			continue
		}
		if s := p.Summary(n.fn); s != nil {
			e.Funcs = append(e.Funcs, *s)
		}
	}
	slices.SortFunc(e.Funcs, func(a, b Summary) int { return cmp.Compare(a.Func, b.Func) })
	return e.indexed()
}

func (e *Export) indexed() *Export {
	e.byName = make(map[string]*Summary, len(e.Funcs))
	for i := range e.Funcs {
		e.byName[e.Funcs[i].Func] = &e.Funcs[i]
	}
	e.conducts = make(map[string]*Conduct, len(e.Conducts))
	for i := range e.Conducts {
		e.conducts[e.Conducts[i].Func] = &e.Conducts[i]
	}
	return e
}

// With returns the export with what its functions do to what they share.
func (e *Export) With(conducts []Conduct) *Export {
	return (&Export{Path: e.Path, Funcs: e.Funcs, Conducts: conducts}).indexed()
}

// Encode returns the export as bytes: the same for the same package.
func (e *Export) Encode() ([]byte, error) {
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(e); err != nil {
		return nil, fmt.Errorf("facts of %s: %w", e.Path, err)
	}
	return out.Bytes(), nil
}

// Decode returns the export that Encode wrote.
func Decode(data []byte) (*Export, error) {
	e := new(Export)
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(e); err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	return e.indexed(), nil
}

// summary returns what is known of a function of an imported package.
func (i Imports) summary(fn *types.Func) *Summary {
	if fn.Pkg() == nil {
		return nil
	}
	e := i[fn.Pkg().Path()]
	if e == nil {
		return nil
	}
	return e.byName[fn.FullName()]
}

// sorted returns the exports by path.
func (i Imports) sorted() []*Export {
	all := slices.Collect(maps.Values(i))
	slices.SortFunc(all, func(a, b *Export) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// eachName calls visit with the plain name of every function that has a summary.
func (i Imports) eachName(visit func(string)) {
	for _, e := range i {
		for _, s := range e.Funcs {
			visit(s.Func[lastDot(s.Func)+1:])
		}
	}
}

func lastDot(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			return i
		}
	}
	return -1
}
