package facts

import "go/types"

// A Conduct is what a function does that matters to who calls it on several goroutines:
// what memory it touches that its caller has a name for, and whether it waits.
type Conduct struct {
	Func    string // as types.Func.FullName spells it
	Waits   bool   // it may wait for another goroutine
	Touches []Touch
	Starts  []Started // parameters that it runs on goroutines
}

// A Started is a parameter of func type that a function calls on a goroutine of its own, and
// does nothing else with.
type Started struct {
	Param  int  // from 0
	Rest   bool // and all that follow, each on a goroutine of its own
	Many   bool // on several goroutines at once
	Kept   bool // a field keeps it, of which a goroutine calls what is there
	Joined bool // they have ended when the call has
	Sound  bool // they have where the call returns no error
}

// A Touch is an access of a field, or package variable, that a call makes before it has waited
// for anybody.
type Touch struct {
	Arg    int    // 0 the receiver, i+1 the parameter i, or Global or Result
	Global string // of Global: "net/http.DefaultServeMux"
	Path   string // the fields from there: ".conf.limit"

	Read, Write      bool
	Content, Element bool     // of the entries of a map, the elements of a slice
	Object           bool     // the content is the state of an object whose methods take no lock
	Locks            []Locked // that are held meanwhile
	Go               bool     // a goroutine makes it that the call leaves behind
	By               string   // the function that makes it, as its package calls it
	At               Position
	Deep             int // through how many calls
}

// Result is the root of what the first result of a call leads to.
const Result = -3

// A Locked is a lock that is held, by its class.
type Locked struct {
	Class string
	Read  bool
}

// ConductOf returns what is known of a function of an imported package, nil if nothing is.
func (i Imports) ConductOf(fn *types.Func) *Conduct {
	if fn.Pkg() == nil {
		return nil
	}
	e := i[fn.Pkg().Path()]
	if e == nil {
		return nil
	}
	return e.conducts[fn.FullName()]
}

// GlobalAt returns the package variable of a name, nil if the package cannot see it.
func (p *Package) GlobalAt(name string) *types.Var { return p.global(name) }

// withoutPlaces returns conducts without the places that they name.
func withoutPlaces(conducts []Conduct) []Conduct {
	all := make([]Conduct, len(conducts))
	for i, c := range conducts {
		all[i] = Conduct{Func: c.Func, Waits: c.Waits, Touches: append([]Touch(nil), c.Touches...), Starts: c.Starts}
		for j := range all[i].Touches {
			all[i].Touches[j].At = Position{}
		}
	}
	return all
}
