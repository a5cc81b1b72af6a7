// Package models says what calls outside the analysed program do, as data.
//
// lockfix does not read the bodies of dependencies. What it must know about a
// call into them (does it block? does it come back? does it run the function
// that it is given, and on which goroutine?) stands in JSON files beside this
// one, a file a module area. What no model names is unknown, and an unknown call
// may do anything.
//
// Words: an object is a function or method as the linker spells it,
// "os.Exit", "sync.(*Mutex).Lock", "time.Time.Add", "io.Reader.Read"; a
// wildcard is an object whose last part is "*": "strings.*" is every function
// of the package (no method), "bytes.(*Buffer).*" every method of the receiver.
// The exact object wins over the wildcard.
package models

import "maps"

// A Model says what a call of one of its objects does.
type Model struct {
	Objects []string `json:"objects"`

	// Pure: the call has no effect that anybody could see, does not block, and
	// its result depends on its arguments alone (for a method also on what the
	// receiver holds). It may panic and allocate.
	// A pure call may still call methods of an argument that it takes as an
	// interface, unless it is Opaque: that is for the asker to look at.
	Pure bool `json:"pure,omitempty"`

	// Opaque: it takes interfaces, and calls no method of what is in them.
	Opaque bool `json:"opaque,omitempty"`

	// Blocks: true, it may wait or take long (Why says for what); false, it
	// does not, and it calls nothing but methods of arguments that it takes as
	// interfaces, and what Runs lists. Absent: unknown, unless Pure.
	Blocks *bool `json:"blocks,omitempty"`

	// Mutates: a method that changes what its receiver holds, without a lock:
	// two goroutines must not call it at once, nor it and any other method. The
	// wildcard of a receiver that mutates says so of its type.
	Mutates bool `json:"mutates,omitempty"`

	// Apart: a method of such a type that works on another part of the receiver, and
	// may be called at the same time as those that mutate: Close, or what reads from a
	// connection while others write. With Mutates, the wildcard of a receiver says that it
	// has such methods.
	Apart bool `json:"apart,omitempty"`

	// Fills: it calls such methods of its first argument, moves the elements of the
	// slice that this is, or writes to the map.
	Fills bool `json:"fills,omitempty"`

	// Reads: during the call it reads what is in the maps that it is given.
	// Sequence: what it gives does, each time that it is run.
	Reads    bool `json:"reads,omitempty"`
	Sequence bool `json:"sequence,omitempty"`

	// Logs: it blocks for nothing but the writer of a log.
	Logs bool `json:"logs,omitempty"`

	// Why says what a blocking call waits for: "waits for the response".
	Why string `json:"why,omitempty"`

	// Until: it returns as soon as this method of its receiver is called, which itself takes
	// longer: net/http's Serve, and Shutdown.
	Until string `json:"until,omitempty"`

	// NoReturn: it never comes back to its caller. Panics: it does so by a
	// panic, which a deferred recover may catch.
	NoReturn bool `json:"noreturn,omitempty"`
	Panics   bool `json:"panics,omitempty"`

	// Runs lists the function arguments that the call runs.
	Runs []Run `json:"runs,omitempty"`

	// Methods lists the methods of its arguments that the call runs, during
	// itself.
	Methods []Methods `json:"methods,omitempty"`
}

// Methods says which methods of an argument a call runs, where the argument has
// them: of all Names the first, or Every one.
type Methods struct {
	Arg   int      `json:"arg"`            // index of the parameter, the receiver not counted
	Rest  bool     `json:"rest,omitempty"` // the arguments behind it, too
	Names []string `json:"names"`
	Every bool     `json:"every,omitempty"`
	// Formatted says that the argument before Arg is a format, by which fmt
	// decides.
	Formatted bool `json:"formatted,omitempty"`
}

// A Run says when a function argument runs.
type Run struct {
	Arg int `json:"arg"` // index of the parameter, the receiver not counted
	How How `json:"how"`
	// Limit is the index of the parameter that says how many workers there are, if some does.
	Limit *int `json:"limit,omitempty"`
}

// How says when, and on which goroutine, a function argument runs.
type How string

const (
	Now       How = "now"       // during the call, on the same goroutine
	Once      How = "once"      // as now, at most once for a receiver
	Later     How = "later"     // kept: any time after, on any goroutine
	Goroutine How = "goroutine" // on a goroutine that the call starts
	Workers   How = "workers"   // on several goroutines at once, for which the call waits
)

// A Set is a collection of models by object. It is immutable and safe for
// concurrent use; the zero value knows nothing.
type Set struct{ byObject map[string]*Model }

// With returns the union of both; where both name an object, over wins.
func (s Set) With(over Set) Set {
	union := maps.Clone(s.byObject)
	if union == nil {
		union = map[string]*Model{}
	}
	maps.Copy(union, over.byObject)
	return Set{union}
}

// Lookup returns the model of an object, or nil where none names it. An exact
// name is looked for first, then the wildcard of its package or receiver.
func (s Set) Lookup(object string) *Model {
	object = Home(object)
	if m := s.byObject[object]; m != nil {
		return m
	}
	return s.byObject[wildcard(object)]
}

// Unsynchronised reports whether the values of a type hold what its methods
// change without a lock: "bytes.(*Buffer)", "net/http.Header".
func (s Set) Unsynchronised(receiver string) bool {
	m := s.byObject[Home(receiver)+".*"]
	return m != nil && m.Mutates
}

// ApartFromReads reports whether some methods of such a type may be called while others change
// what its values hold.
func (s Set) ApartFromReads(receiver string) bool {
	m := s.byObject[Home(receiver)+".*"]
	return m != nil && m.Mutates && m.Apart
}
