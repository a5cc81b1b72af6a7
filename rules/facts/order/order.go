// Package order knows in which order a program takes its locks, and where two
// orders meet so that goroutines can wait for each other for ever.
//
// # Theory
//
// A lock-order graph has lock classes as nodes, and an edge from A to B where B
// is acquired, in the same function or in a callee, while A is held (RacerX,
// Engler and Ashcraft, SOSP 2003; Williams, Thies, Ernst, ECOOP 2005). Where no
// cycle is, no deadlock of mutexes is. A cycle is a hazard only if goroutines
// can stand on all of its edges at once, each holding one lock and waiting for
// the next. It is none if
//
//   - a gate, some other lock, is held on two of its edges: one of them waits
//     for the gate before it takes anything;
//   - an edge cannot run beside the others: in package initialisation, or both
//     in the one goroutine of main or of a test;
//   - the lock that is waited for is only tried for;
//   - all locks at one node are taken to read and nobody ever takes it to write;
//   - the locks are those of an object that nobody else can reach yet;
//   - the locks are those of one class, and their instances are put in order.
//
// The work is done in two steps, so that a package can be forgotten once it has
// been looked at. [Collect] makes the sketch of a package: what its functions
// take and call, with which locks held. [Build] links the sketches of a program,
// follows calls from the bottom up, and answers.
//
// # Words
//
// A class is a lock whatever instance it belongs to: a named type and the path
// of fields that leads to the mutex, or a package variable. A ref is a class
// with what is known of the instance within one function. A take is a call that
// acquires a lock, a hold a lock that is held at some point. The chain of an
// edge is the calls that lead from where A is held to where B is taken.
//
// # What it cannot see
//
// Locks without a name (the result of a call, a computed index) are never held,
// they can only be taken. Calls through func values are followed for literals
// that are called where they stand or through a variable that holds nothing
// else; interface calls where the program has few implementations. A class is
// one lock for the gates: two instances of one gate are taken for the same.
package order
