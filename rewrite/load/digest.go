package load

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// A Digest is the hash of all that decides how a root is type-checked: its files,
// and what the packages that it imports declare. A package whose declarations
// are what they were leaves the digests of those that import it as they were,
// whatever else was edited in it.
type Digest [sha256.Size]byte

// Digests returns those of the roots. A root has none, the zero value, where one
// of the files cannot be read. What a listing knows of declarations that are no
// more what they were at the last call, it forgets.
func (l *Listing) Digests(ledger *cache.Ledger) []Digest {
	digests := make([]Digest, len(l.roots))
	shapes := make([]map[string]Digest, len(l.graphs))
	for i, g := range l.graphs {
		s := &shaper{loader: l.loader, graph: g, ledger: ledger, shapes: map[string]Digest{}}
		for _, n := range g.inOrder() {
			s.shape(n)
		}
		shapes[i] = s.shapes
	}
	l.forget(shapes)
	l.nameKept(shapes, ledger)
	for i, r := range l.roots {
		n := l.graphs[r.graph].nodes[r.ID]
		s := &shaper{loader: l.loader, graph: l.graphs[r.graph], ledger: ledger, shapes: shapes[r.graph]}
		digests[i] = s.whole(n)
	}
	return digests
}

// nameKept tells every node where in the cache its declarations are.
func (l *Listing) nameKept(shapes []map[string]Digest, ledger *cache.Ledger) {
	program, ok := l.loader.kept.Program()
	if l.loader.kept == nil || !ok {
		return
	}
	for i, g := range l.graphs {
		s := &shaper{loader: l.loader, graph: g, ledger: ledger, shapes: shapes[i]}
		for _, n := range g.nodes {
			n.key = s.keyOf(n, program)
		}
	}
}

// forget drops the types of what has another shape now, or cannot be told.
func (l *Listing) forget(shapes []map[string]Digest) {
	for i, g := range l.graphs {
		for id, n := range g.nodes {
			if now, ok := shapes[i][id]; l.shapes != nil && n.types != nil && (!ok || now != l.shapes[i][id]) {
				g.nodes[id] = &node{listed: n.listed, once: new(sync.Once)}
			}
		}
	}
	l.shapes = shapes
}

// A shaper hashes the packages of one platform.
type shaper struct {
	loader *loader
	graph  *graph
	ledger *cache.Ledger
	shapes map[string]Digest // what importers see of a node; zero: it cannot be told
}

// shape notes what importers see of a node, whose imports have been looked at.
func (s *shaper) shape(n *node) {
	h := cache.NewHash("shape")
	s.identity(h, n)
	if !n.root && s.loader.immutable(n.dir) {
		h.String(s.loader.goenv.GOVERSION)
		h.Strings(n.files)
	} else if !s.files(h, n.files, func(r cache.Reading) [sha256.Size]byte { return r.More["shape"] }) {
		return
	}
	if s.imports(h, n) {
		s.shapes[n.id] = Digest(h.Key())
	}
}

// whole is the digest of a root, bodies and all, and of the files that are not
// built: [Package.Facts] looks into them.
func (s *shaper) whole(n *node) (d Digest) {
	h := cache.NewHash("whole")
	s.identity(h, n)
	content := func(r cache.Reading) [sha256.Size]byte { return r.Content }
	if len(n.errors) > 0 || !s.files(h, n.files, content) || !s.files(h, n.ignored, content) || !s.imports(h, n) {
		return d
	}
	return Digest(h.Key())
}

func (s *shaper) identity(h *cache.Hash, n *node) {
	h.String(fmt.Sprint(n.id, " ", n.path, " ", n.name, " ", n.dir, " ", n.version, " ", n.root, n.variant, n.supersededBy, n.supersedes))
	h.String(fmt.Sprint(s.graph.platform, s.loader.tests, n.module, s.loader.goenv.OldTimers))
	h.Strings(n.ignored)
}

func (s *shaper) files(h *cache.Hash, paths []string, hash func(cache.Reading) [sha256.Size]byte) bool {
	h.Strings(paths)
	for _, path := range paths {
		r, err := s.read(path)
		if err != nil {
			return false
		}
		sum := hash(r)
		h.Bytes(sum[:])
	}
	return true
}

func (s *shaper) read(path string) (cache.Reading, error) { return s.loader.read(path, s.ledger) }

// read is what a file holds as this load sees it.
func (l *loader) read(path string, ledger *cache.Ledger) (cache.Reading, error) {
	text, ok := l.overlay[path]
	switch {
	case !ok:
		return ledger.Read(path, DigestsOf)
	case text == nil:
		return cache.Reading{}, fs.ErrNotExist
	}
	return cache.Reading{Content: sha256.Sum256(text), More: DigestsOf(text)}, nil
}

// Content is the hash of a file as the listing sees it; zero if it cannot be read.
func (l *Listing) Content(path string, ledger *cache.Ledger) cache.Key {
	reading, err := l.loader.read(path, ledger)
	if err != nil {
		return cache.Key{}
	}
	return reading.Content
}

// imports adds what a node sees of others. It fails where that cannot be told.
func (s *shaper) imports(h *cache.Hash, n *node) bool {
	for _, path := range slices.Sorted(maps.Keys(n.imports)) {
		id := n.imports[path]
		if id == "unsafe" {
			continue
		}
		seen, ok := s.shapes[id]
		if !ok {
			return false
		}
		h.Strings([]string{path, id})
		h.Bytes(seen[:])
	}
	return true
}

// DigestsOf hashes what others see of a file; the ledger of Digests keeps it.
func DigestsOf(text []byte) map[string][sha256.Size]byte {
	return map[string][sha256.Size]byte{"shape": shapeOf(text), "header": headerOf(text)}
}

// shapeOf hashes what importers may see of a file: its tokens, but for those in
// function bodies and in the elements of literals, and its build constraints.
func shapeOf(text []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(constraints(text)))
	blanked := bytes.Clone(text)
	blankBodies(blanked)
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(blanked)), blanked, nil, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON {
			lit = ""
		}
		fmt.Fprintf(h, "%d %q\n", tok, lit)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// headerOf hashes what the go command reads of a file: all up to the end of its
// imports, and the directives that name files to embed.
func headerOf(text []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(text[:importsEnd(text)])
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("//go:embed")) {
			h.Write(line)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// importsEnd is where the first declaration begins that is no import; the length
// of a text that has none, or that is not Go.
func importsEnd(text []byte) int {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	wrong := false
	s.Init(file, text, func(token.Position, string) { wrong = true }, 0)
	for depth := 0; ; {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		case token.EOF:
			return len(text)
		case token.FUNC, token.VAR, token.CONST, token.TYPE:
			if depth == 0 && !wrong {
				return file.Offset(pos)
			}
		}
		if wrong {
			return len(text)
		}
	}
}
