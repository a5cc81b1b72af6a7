package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// PointerReceiver gives a method a pointer as its receiver:
//
//	func (c Counter) Hit() {     →     func (c *Counter) Hit() {
//		c.mu.Lock()                        c.mu.Lock()
//
// The method then works on its caller's object, where it had a copy. Inside it
// nothing else changes, since the receiver is only selected from; calls on a
// variable take its address by themselves. It refuses a call on what has no
// address (an element of a map, a result), a method expression, and a type whose
// values satisfy an interface by the method.
func PointerReceiver(s *edit.Site) error {
	decl, ok := s.Match.Decl.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || len(decl.Recv.List) != 1 {
		return errors.New("it is no method")
	}
	pkg := s.Match.Pkg
	method, ok := pkg.Def(decl.Name).(*types.Func)
	if !ok {
		return errors.New("internal: the method has no object")
	}
	if err := onlySelected(pkg, decl); err != nil {
		return err
	}
	if err := addressed(pkg, method); err != nil {
		return err
	}
	if err := noInterface(pkg, method); err != nil {
		return err
	}
	if askedFor[method.Name()] {
		return fmt.Errorf("fmt, encoders and loggers ask values for %s, and would not find it", method.Name())
	}
	if file := s.Pkg.NamedElsewhere(method.Name()); file != "" {
		return fmt.Errorf("%s, which is not built here, may call %s of a value without an address", filepath.Base(file), method.Name())
	}
	field := s.Node(decl.Recv.List[0]).(*dst.Field)
	field.Type = &dst.StarExpr{X: field.Type}
	return nil
}

// askedFor are the methods that the standard library looks for in any value.
var askedFor = map[string]bool{
	"Error": true, "Format": true, "GoString": true, "String": true, "LogValue": true, "IsZero": true, "Value": true,
	"GobEncode": true, "MarshalBinary": true, "MarshalJSON": true, "MarshalText": true, "MarshalXML": true, "MarshalYAML": true,
}

// onlySelected refuses where the method uses its receiver as a whole.
func onlySelected(pkg *facts.Package, decl *ast.FuncDecl) error {
	names := decl.Recv.List[0].Names
	if len(names) != 1 {
		return errors.New("the receiver has no name")
	}
	return selectedOnly(pkg, decl.Body, pkg.Def(names[0]))
}

// addressed refuses where the package uses the method of a value without an
// address, or as a function.
func addressed(pkg *facts.Package, method *types.Func) error {
	for sel, selection := range pkg.Info.Selections {
		fn, ok := selection.Obj().(*types.Func)
		if !ok || fn.Origin() != method {
			continue
		}
		line := pkg.Fset.Position(sel.Pos()).Line
		if selection.Kind() == types.MethodExpr {
			return fmt.Errorf("line %d names the method of the value", line)
		}
		_, pointer := selection.Recv().Underlying().(*types.Pointer)
		if !pointer && !selection.Indirect() && !pkg.Info.Types[sel.X].Addressable() {
			return fmt.Errorf("%s at line %d has no address to give", edit.ExprText(sel.X), line)
		}
	}
	return nil
}

// noInterface refuses where values of the type satisfy an interface with a name
// that the package mentions, by this method among others.
func noInterface(pkg *facts.Package, method *types.Func) error {
	recv := method.Signature().Recv().Type()
	var found types.Type
	for _, tv := range pkg.Info.Types {
		face, ok := typeOrNil(tv.Type).(*types.Interface)
		if !ok || face.NumMethods() == 0 || !asks(face, method.Name()) || !types.Implements(recv, face) {
			continue
		}
		if _, named := types.Unalias(tv.Type).(*types.Named); named && (found == nil || tv.Type.String() < found.String()) {
			found = tv.Type
		}
	}
	if found != nil {
		return fmt.Errorf("values of %s satisfy %s by it", types.TypeString(recv, types.RelativeTo(pkg.Types)), types.TypeString(found, types.RelativeTo(pkg.Types)))
	}
	return nil
}

func typeOrNil(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// asks reports whether an interface has a method of that name.
func asks(face *types.Interface, name string) bool {
	for m := range face.Methods() {
		if m.Name() == name {
			return true
		}
	}
	return false
}
