package rewrite

import (
	"go/token"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/order"
)

// A note is what is remembered of a package once it was looked at: what it tells
// other packages, what it adds to the picture of the program, and whether there
// is anything in it that the report or a fix could be about.
type note struct {
	Below      cache.Key // of what the packages that it needs told when it was looked at
	Silent     bool      // nothing is found in it, and no directive is
	Export     []byte    // nil if nobody needed it, or if it is kept and export stands for it
	ExportHash cache.Key
	Sketch     []byte // nil if no rule needed it, or as above
	SketchHash cache.Key

	staged  *cache.Staged // the note as it is to be kept; nil: its bytes are here
	export  *facts.Export
	sketch  *order.Sketch // its positions are those of the file set of the listing
	passing bool          // not to be kept: it hangs on more than can be told
}

// newNote writes down what a package tells; as bytes, too, where it may be kept.
func newNote(seen look, below cache.Key, kept bool) *note {
	n := &note{Below: below, export: seen.export}
	if seen.export != nil && kept {
		data, err := seen.export.Encode()
		n.Export, n.ExportHash, n.passing = data, seen.export.Hash(), err != nil
	}
	return n
}

// complete writes down what else was seen in the package.
func (n *note) complete(pkg *load.Package, seen look, kept bool) {
	n.sketch, n.Silent = seen.sketch, len(seen.found)+len(seen.faults) == 0
	n.passing = n.passing || len(seen.faults) > 0
	for _, f := range pkg.Files {
		n.Silent = n.Silent && len(ignoresOf(pkg.Fset, f.Syntax)) == 0
	}
	if seen.sketch != nil && kept {
		n.Sketch, n.SketchHash = seen.sketch.Encode(pkg.Fset)
	}
}

// stage writes down the note where it is to be kept, and lets go of its bytes: whether it
// is to be kept is known once all packages have been looked at.
func (n *note) stage(c *cache.Cache, base cache.Key) {
	if n.passing || base == (cache.Key{}) {
		return
	}
	staged, err := c.Stage(base, n.bytes())
	if err != nil {
		return // keep tries again
	}
	n.staged = staged
	n.release()
}

// release lets go of the bytes that stand for what the note holds.
func (n *note) release() {
	if n.export != nil {
		n.Export = nil
	}
	if n.sketch != nil {
		n.Sketch = nil
	}
}

// recallNote returns nil where nothing is kept.
func recallNote(c *cache.Cache, base cache.Key) *note {
	value, ok := c.Get(base)
	if !ok {
		return nil
	}
	return noteOf(value)
}

// keep remembers the note, if it is not passing. What fails costs the next run a look.
func (n *note) keep(c *cache.Cache, base cache.Key) {
	switch {
	case n.passing:
		n.staged.Drop()
	case n.staged != nil:
		n.staged.Keep()
	default:
		c.Put(base, n.bytes())
	}
	n.staged = nil
	n.release()
}

// exports is what the package tells others.
func (n *note) exports() *facts.Export {
	if n.export == nil && n.Export != nil {
		n.export, _ = facts.Decode(n.Export) // the cache has checked the bytes
	}
	return n.export
}

// adds is what the package adds to the picture of the program.
func (n *note) adds(fset *token.FileSet) *order.Sketch {
	if n.sketch == nil && n.Sketch != nil {
		n.sketch, _ = order.Decode(n.Sketch, fset)
	}
	return n.sketch
}
