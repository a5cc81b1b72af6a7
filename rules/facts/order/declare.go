package order

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A Declaration is one //lockfix:order A.mu < B.mu: whoever needs both takes A.mu
// first. Names are those of classes without the package, "Store.mu" or
// "registryMu", or with its import path or last element before them.
type Declaration struct {
	Package string
	Names   []string // two or more, first to last
	Pos     token.Pos
	Wrong   string // what is wrong with its form
}

// A Mistake is a declaration that cannot be used.
type Mistake struct {
	Pos     token.Pos
	Message string
}

const directive = "//lockfix:order"

// declarations reads the directives of the package.
func (c *collector) declarations() {
	for _, file := range c.pkg.Files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				if text, ok := cutDirective(comment.Text); ok {
					c.sketch.Declared = append(c.sketch.Declared, readDeclaration(c.pkg.Types.Path(), text, comment))
				}
			}
		}
	}
}

// cutDirective returns what stands behind the directive.
func cutDirective(comment string) (string, bool) {
	text, ok := strings.CutPrefix(comment, directive)
	return strings.TrimSpace(text), ok && (text == "" || text[0] == ' ' || text[0] == '\t')
}

func readDeclaration(pkg, text string, at *ast.Comment) Declaration {
	d := Declaration{Package: pkg, Pos: at.Pos()}
	for _, name := range strings.Split(text, "<") {
		name = strings.TrimSpace(name)
		if name == "" || strings.ContainsAny(name, " \t") {
			d.Wrong = fmt.Sprintf("%q is not an order of locks: write %s A.mu < B.mu", text, directive)
			return d
		}
		d.Names = append(d.Names, name)
	}
	if len(d.Names) < 2 {
		d.Wrong = fmt.Sprintf("%q names one lock, an order needs two: write %s A.mu < B.mu", text, directive)
	}
	return d
}

// declare takes the declared orders into the graph. Order is transitive.
func (g *Graph) declare(sketches []*Sketch) {
	g.declared = make(map[[2]Class]bool)
	known := knownClasses(sketches)
	for _, s := range sketches {
		for _, d := range s.Declared {
			if message := g.declareOne(d, known); message != "" {
				g.Mistakes = append(g.Mistakes, Mistake{d.Pos, message})
			}
		}
	}
}

// declareOne returns what is wrong with a declaration, "" if nothing is.
func (g *Graph) declareOne(d Declaration, known []Class) string {
	if d.Wrong != "" {
		return d.Wrong
	}
	var classes []Class
	for _, name := range d.Names {
		found := named(name, d.Package, known)
		if len(found) != 1 {
			return unclearName(name, d.Package, found)
		}
		classes = append(classes, found[0])
	}
	for i := range classes[1:] {
		before, after := classes[i], classes[i+1]
		if before == after || g.declared[[2]Class{after, before}] {
			return fmt.Sprintf("%s comes before %s by another declaration: the two contradict each other", d.Names[i+1], d.Names[i])
		}
		g.order(before, after)
	}
	return ""
}

// order notes that one class comes before another, and all that follows.
func (g *Graph) order(before, after Class) {
	firsts, lasts := []Class{before}, []Class{after}
	for key := range g.declared {
		if key[1] == before {
			firsts = append(firsts, key[0])
		}
		if key[0] == after {
			lasts = append(lasts, key[1])
		}
	}
	for _, first := range firsts {
		for _, last := range lasts {
			g.declared[[2]Class{first, last}] = true
		}
	}
}

func knownClasses(sketches []*Sketch) (all []Class) {
	for _, s := range sketches {
		for class := range s.Classes {
			all = append(all, class)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// named returns the classes that a name means: of the package itself if there
// are any, else of any package.
func named(name, pkg string, known []Class) []Class {
	if own := Class(pkg + separator + name); slices.Contains(known, own) {
		return []Class{own}
	}
	var found []Class
	for _, c := range known {
		if c.Long() == name || c.String() == name {
			found = append(found, c)
		}
	}
	return found
}

// unclearName is the sentence for a name that means no lock, or several.
func unclearName(name, pkg string, found []Class) string {
	if len(found) > 1 {
		return fmt.Sprintf("%s is the name of %d locks: write the import path before it, %s", name, len(found), found[0].Long())
	}
	return fmt.Sprintf("there is no lock %s: no function of the loaded packages takes one of that name (a field is Type.field, another package's is pkg.Type.field)", name)
}

// against reports whether an edge goes against a declared order.
func (g *Graph) against(e *Edge) bool { return g.declared[[2]Class{e.To, e.From}] }

// Declares reports whether an order of two classes is declared.
func (g *Graph) Declares(before, after Class) bool { return g.declared[[2]Class{before, after}] }

// againstDeclared returns the edges against a declared order that are part of
// no cycle: somebody will rely on the declaration. Each is a cycle of one edge.
func (g *Graph) againstDeclared(found []*Cycle) (all []*Cycle) {
	reported := make(map[[2]Class]bool)
	for _, c := range found {
		reported[[2]Class{c.Edges[0].From, c.Edges[0].To}] = c.Declared
	}
	for _, key := range sortedPairs(g.pairs) {
		edges := g.pairs[key]
		if reported[key] || !g.against(edges[0]) {
			continue
		}
		c := &Cycle{Edges: edges[:1:1], Declared: true}
		seen := map[*Func]bool{edges[0].Func: true}
		for _, e := range edges[1:] {
			if !seen[e.Func] {
				seen[e.Func] = true
				c.Others = append(c.Others, e)
			}
		}
		all = append(all, c)
	}
	return all
}
