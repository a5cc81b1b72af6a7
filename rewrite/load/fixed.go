package load

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Fixed is the reason why a file is never edited.
type Fixed struct {
	Kind    string // "", generated, cgo, vendored, goroot, modcache, outside, link, linedirective, unparsed
	Because string
}

// A classifier says which files are never edited.
type classifier struct {
	goroot, modcache string
	mu               sync.Mutex
	dirs             map[string]string // directory → its real path
}

func newClassifier(env goEnv) *classifier {
	return &classifier{
		goroot:   filepath.Join(env.GOROOT, "src"),
		modcache: env.GOMODCACHE,
		dirs:     make(map[string]string),
	}
}

// file returns why f, a file of package n, is never edited. Where the file
// stands comes before what it holds: the user can change the latter only.
func (c *classifier) file(f *File, n *node) Fixed {
	if fixed := c.place(f.Path, n); fixed.Kind != "" {
		return fixed
	}
	return content(f)
}

func (c *classifier) place(path string, n *node) Fixed {
	switch {
	case within(c.goroot, path):
		return Fixed{"goroot", "the file belongs to the Go distribution"}
	case within(c.modcache, path):
		return Fixed{"modcache", "the file lies in the module cache, which is read-only"}
	case isVendored(n.module.dir, path):
		return Fixed{"vendored", "the file is a vendored copy: change the module it comes from"}
	case n.module.path != "" && !n.module.main:
		return Fixed{"modcache", fmt.Sprintf("the file belongs to module %s, which is not the main module", n.module.path)}
	}
	return c.link(path, n)
}

// link finds files that are not where their names say.
func (c *classifier) link(path string, n *node) Fixed {
	root := n.module.dir
	if root == "" {
		root = n.dir
	}
	real := filepath.Join(c.realDir(filepath.Dir(path)), filepath.Base(path))
	info, err := os.Lstat(real)
	isLink := err == nil && info.Mode()&os.ModeSymlink != 0
	if isLink {
		if target, err := filepath.EvalSymlinks(real); err == nil {
			real = target
		}
	}
	switch {
	case !within(c.realDir(root), real):
		return Fixed{"outside", fmt.Sprintf("the file is a symbolic link to %s, outside of the module", real)}
	case isLink:
		return Fixed{"link", fmt.Sprintf("the file is a symbolic link to %s: change that one", real)}
	}
	return Fixed{}
}

func (c *classifier) realDir(dir string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	real, ok := c.dirs[dir]
	if !ok {
		var err error
		if real, err = filepath.EvalSymlinks(dir); err != nil {
			real = dir
		}
		c.dirs[dir] = real
	}
	return real
}

// within reports whether path lies in dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return dir != "" && err == nil && filepath.IsLocal(rel)
}

// isVendored reports whether path lies in a vendor directory of the module at
// root; with no root, in any vendor directory.
func isVendored(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	if root == "" || err != nil || !filepath.IsLocal(rel) {
		rel = path
	}
	return strings.Contains("/"+filepath.ToSlash(rel), "/vendor/")
}

// content returns why what is in f forbids to edit it.
func content(f *File) Fixed {
	switch {
	case len(f.problems) > 0:
		return Fixed{"unparsed", "the file does not parse"}
	case ast.IsGenerated(f.Syntax) || saysGenerated(f.Syntax):
		return Fixed{"generated", "the file is generated: change its generator"}
	case importsC(f.Syntax):
		return Fixed{"cgo", `the file imports "C", and what comes from C has no type here`}
	case hasLineDirective(f):
		return Fixed{"linedirective", "the file has //line directives: it was made from another one"}
	}
	return Fixed{}
}

// saysGenerated reports whether a comment above the package clause says in other words than
// the marker's that the file is generated, and not to be edited: generators of before the
// convention do.
func saysGenerated(syntax *ast.File) bool {
	for _, group := range syntax.Comments {
		if group.Pos() > syntax.Package {
			break
		}
		if text := group.Text(); generatedWord.MatchString(text) && notToEdit.MatchString(text) {
			return true
		}
	}
	return false
}

var (
	generatedWord = lazyregexp.New(`(?i)\b(auto-?)?generated\b`)
	notToEdit     = lazyregexp.New(`(?i)\bdo\s+not\s+(edit|modify|change)\b`)
)

func importsC(syntax *ast.File) bool {
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"C"` {
			return true
		}
	}
	return false
}

// hasLineDirective reports whether a comment of f moves positions: //line
// file:12 at the beginning of a line, or /*line file:12*/ (`go doc
// cmd/compile`, "Line Directives").
func hasLineDirective(f *File) bool {
	for _, group := range f.Syntax.Comments {
		for _, comment := range group.List {
			at := int(comment.Pos() - f.Syntax.FileStart)
			if lineDirective.MatchString(comment.Text) && (comment.Text[1] == '*' || at == 0 || f.Text[at-1] == '\n') {
				return true
			}
		}
	}
	return false
}

var lineDirective = lazyregexp.New(`^(//line .*:[0-9]+|/\*line .*:[0-9]+\*/)$`)
