package order

import (
	"go/token"
	"strings"
)

// A Sketch is what one package adds to the order of a program: plain data, but
// for positions, which are those of the file set of the program.
type Sketch struct {
	Package  string
	Imports  []string // import paths
	Funcs    []*Func
	Types    []Implementer
	Ifaces   map[string][]string // by the name of an interface: its methods
	Classes  map[Class]bool      // that are declared here or used here
	Declared []Declaration
	Stores   []Store
	Handings []Handing
	Rings    []Ring
}

// An Implementer is a named type with its methods.
type Implementer struct {
	Name    string
	Package string
	Test    bool              // declared in a test file
	Methods map[string]string // name and signature → the function
}

// A Func is a function, method or function literal that takes locks or calls.
type Func struct {
	ID    string // unique in the program
	Name  string // as a reader would say it: (*T).Put
	Pos   token.Pos
	Entry Entry
	Takes []*Take
	Calls []*Call
	Drops []Class // locks of its callers that it releases
	// Ordered says that the function puts two things into an order before it
	// locks: by a comparison, or by sorting.
	Ordered []Comparison
	Params  []string // what tells them apart; the receiver first, "" if there is none
	Names   []string // of the parameters, likewise
	Package string
	Around  string // the ID of the function that a literal stands in
	Test    bool   // in a test file
}

// within reports whether fn is a literal of the other function, which then
// means the same by the same variables.
func (fn *Func) within(other *Func) bool {
	return fn == other || fn.Around != "" && strings.HasPrefix(fn.ID, other.ID+"·")
}

// Entry says from where a function can be entered beside the calls that are
// seen.
type Entry int

// The ways into a function.
const (
	Called Entry = 0         // only by the calls that are seen
	Init   Entry = 1 << iota // by the initialisation of its package
	Main                     // by the start of the program
	Test                     // by the testing package, one test at a time
	Open                     // by anybody at any time, on any goroutine
)

// A Take is a call that acquires a lock.
type Take struct {
	Lock     Ref
	Read     bool
	Try      bool
	Held     []Hold // of the same function
	If       []Condition
	Gated    bool // by a flag that was read since the locks were taken
	Pos, End token.Pos
}

// A Condition is a bool parameter that must have a value for code to run.
type Condition struct {
	Param int // 0 the receiver, i+1 parameter i
	Is    bool
}

// A Hold is a lock that is held at some point.
type Hold struct {
	Lock Ref
	Read bool
	Must bool // on every path
	By   []token.Pos
}

// A Call is a call of a function that may take locks.
type Call struct {
	Callee   string // the function's ID; "" for a method of an interface
	Iface    string // the interface, for its method
	Method   string // name and signature
	Args     []*Ref // the receiver first, then the arguments; many calls share one
	Bools    []Bool // of the arguments that are bool, by the parameter they are for
	Held     []Hold
	If       []Condition
	Gated    bool
	Go       bool   // on a goroutine of its own
	KeptIn   string // what keeps the function, if Callee is "" and it is one that is kept
	Kept     *Ref   // what that is bound to, if there is something
	Elem     Key    // the element whose method it is, where a lock is held
	Pos, End token.Pos
}

// A Bool is an argument that is a constant, or a parameter of the caller.
type Bool struct {
	For   int // the callee's parameter
	Known bool
	Is    bool // the constant; or the parameter is negated
	Param int  // of the caller, if not Known
}

// A Ref is a lock, or what leads to one, within a function.
type Ref struct {
	Class Class // "" where only a caller can say
	Root  Root
	Path  string // fields and indices from the root, as facts.Lock has them
	Fresh bool   // made by this function, and known to nobody else yet
	// Captured says that the root is a variable around the literal that uses it.
	Captured bool
	Outer    bool // the class of what holds the parameter that is the root says more than Class
	Holds    bool // it is the thing itself, and not a pointer to it
	// Slot is the fields in which it lies, one in the other, since the last
	// pointer on the way; Far says that this is another than the root.
	Slot string
	Far  bool
	// Owns is the field that leads to it, with its type, where that is a pointer of its own.
	Owns string
	// Kin says that the way leads from an object to another one of its type: a parent, an
	// owner, the next of a list. Which that is, nothing tells.
	Kin bool
	// From is what a local variable was derived from: the root of its value's
	// expression. Many says that it is one of many there.
	From Root
	Many bool
	// Up says that it was derived by a field that leads to those above, Beside by one that leads to
	// its peers, Made that this function has made it: who holds the lock of what it was put into
	// keeps the others out.
	Up, Beside, Made bool
	// Asked is what the function has asked by for it, where that is of the same type: of two such,
	// one is the one that is known, and the other stands for it.
	Asked Root
	// Key is that of the element that it lies in, where the function itself takes
	// the lock.
	Key Key
}

// A Root is what a path begins at. It is comparable.
type Root struct {
	Kind  RootKind
	Index int    // of a parameter: 0 the receiver, i+1 parameter i
	ID    string // of a variable: unique in the program
}

// RootKind says what a root is.
type RootKind int

// The kinds of roots.
const (
	Nowhere  RootKind = iota // no name
	Param                    // receiver or parameter
	Global                   // package variable
	Variable                 // local variable, maybe of the function around a literal
)

// same reports whether two refs of one function surely name one lock.
func (r Ref) same(s Ref) bool {
	return r.Root.Kind != Nowhere && r.Root == s.Root && r.Path == s.Path
}

// origin is the root of a ref, or what that was derived from.
func (r Ref) origin() Root {
	if r.Root.Kind == Variable && r.From.Kind != Nowhere || r.Root.Kind == Nowhere {
		return r.From
	}
	return r.Root
}

// in returns r, a ref of a callee, in terms of the caller that passes args.
func (r Ref) in(args []*Ref) Ref {
	if r.Root.Kind == Variable && r.From.Kind == Param && r.From.Index < len(args) {
		from := args[r.From.Index]
		r.From = from.origin()
		r.Many = r.Many || from.Many
		return r
	}
	switch r.Root.Kind {
	case Global, Variable:
		return r
	case Param:
		if r.Root.Index >= len(args) {
			break
		}
		arg := args[r.Root.Index]
		class := r.Class
		if class == "" && r.Path == "" || r.Outer && arg.Holds && arg.Class != "" {
			class = arg.Class
		}
		if arg.Root.Kind != Nowhere {
			slot, far, owns := r.Slot, true, r.Owns
			switch {
			case arg.Holds && !r.Far:
				slot, far = arg.Slot+r.Slot, arg.Far
			case !r.Far:
				slot = arg.Owns + r.Slot
			}
			if r.Path == "" {
				owns = arg.Owns
			}
			return Ref{
				Class: class, Root: arg.Root, Path: arg.Path + r.Path, Fresh: arg.Fresh, Captured: arg.Captured,
				From: arg.From, Many: r.Many || arg.Many, Slot: slot, Far: far, Holds: r.Holds, Owns: owns, Kin: r.Kin || arg.Kin, Up: r.Up || arg.Up, Beside: r.Beside || arg.Beside, Made: arg.Made,
			}
		}
		return Ref{Class: class}
	}
	return Ref{Class: r.Class, Slot: r.Slot, Far: true}
}

// maybe reports whether two refs of one class can be one lock: not if they lie
// in different fields of what holds them.
func (r Ref) maybe(s Ref) bool {
	return strings.HasSuffix(r.Slot, s.Slot) || strings.HasSuffix(s.Slot, r.Slot)
}
