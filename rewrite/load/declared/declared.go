// Package declared keeps what packages declare, as bytes.
//
// Who imports a package sees its declarations and no more. To read them from
// source takes a parser and a type checker over everything that a program depends
// on; read from here they cost a twentieth of that, so that what is paid after an
// edit is the edit.
//
// A package is kept by itself: what it takes from others is named, by ID and name,
// and is looked up in them when it is read. So a thousand packages are a thousand
// small entries, each of which is read once and by whoever comes first. The export
// data of x/tools would repeat in each package all that it reaches, names no columns,
// and cannot be read by several goroutines at once.
//
// What is read is what was written: the same objects at the same places, in scopes
// that hold the same names; only the scopes of functions are gone, and of packages
// that nobody edits those names that nobody can reach.
package declared

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
)

// format changes with what is written, lest an older entry be taken for a newer one.
const format = 1

// The kinds of types, as they are written.
const (
	ofBasic = iota
	ofUniverse
	ofName
	ofInstance
	ofParameter
	ofPointer
	ofSlice
	ofArray
	ofMap
	ofChan
	ofStruct
	ofInterface
	ofFunc
	ofUnion
	ofSame // of an underlying type: that of another name
	ofAny  // what any stands for
)

// The two basic types that are others under another name.
const (
	ofByte = 100 + iota
	ofRune
)

// The kinds of constants.
const (
	unknownConst = iota
	boolConst
	stringConst
	intConst
	ratConst
	floatConst
	complexConst
)

// The kinds of objects beside types.
const (
	isConst = iota
	isVar
	isFunc
)

// A Source is what it takes to write a package.
type Source struct {
	Fset *token.FileSet
	// ID names a package, so that a reader finds it again; false for one that
	// stands for an import that no declaration needs.
	ID func(*types.Package) (string, bool)
	// All keeps the names that nobody outside can reach, too.
	All bool
}

// Encode writes what a package declares. It fails where that hangs on something
// that has no name.
func Encode(pkg *types.Package, from Source) (data []byte, err error) {
	e := newEncoder(pkg, from)
	defer func() {
		if p := recover(); p != nil {
			data, err = nil, fmt.Errorf("declared: %s: %v", pkg.Path(), p)
		}
	}()
	e.declarations()
	if e.failed != nil {
		return nil, fmt.Errorf("declared: %s: %w", pkg.Path(), e.failed)
	}
	return e.bytes(), nil
}

var errDamaged = errors.New("declared: damaged")

// Decode reads a package again; find returns the one of an ID. Positions are added
// to the file set.
func Decode(data []byte, path string, fset *token.FileSet, find func(id string) *types.Package) (pkg *types.Package, err error) {
	defer func() {
		if p := recover(); p != nil {
			pkg, err = nil, fmt.Errorf("%w: %s: %v", errDamaged, path, p)
		}
	}()
	d := &decoder{in: input{bytes: data}, fset: fset, find: find, context: types.NewContext()}
	return d.pkgAt(path), nil
}
