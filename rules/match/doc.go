// Package match finds the places that a rule library describes, in one indexed
// pass over a package.
//
// # Theory
//
// Compile turns each rule into a tree of matchers and puts it into one index:
// by the type of the node at which a match can begin, then by the name that says
// most about that node (pattern.Key). Find walks each file once and asks, at a
// node, the rules that the index holds for it; a file that lacks a name which
// every match of a rule has is never searched for that rule. So a rule costs
// something only where its names stand.
//
// Matching is a search with continuations, as in Prolog: every step calls the
// next one for each way in which it holds, with the holes that it has bound, and
// goes on to its next way when that fails. Of several ways in which a rule
// matches at one node and reports at one place, the first is the match.
//
// # A Match, in the order in which it is decided
//
//   - its subject: a pattern (package pattern), an event, all or any. The parts
//     of all are of the same node; the first anchors, and what it matched is
//     what the whole matched. The alternatives of any are tried in order; a hole
//     is bound after it only if every alternative binds it.
//   - bind: one more hole for what the subject matched.
//   - where, as far as its holes are bound.
//   - inside, has, follows, precedes: see below. They may bind holes.
//   - the rest of where.
//   - not: the same node, with what is bound by now, does not match. Holes that
//     it binds are its own.
//
// # Relations
//
// All four stay within one function: what stands in a function literal runs at
// another time than what stands around it, so the literal itself is as far as
// one sees from either side. To look further, relate the literal in turn:
// {"pattern": "func() { $*_ }", "inside": …}.
//
// With path syntax, the default, the text decides:
//
//   - inside: a node around, the function included; or a run of statements of
//     which the node is in one. From the inside out.
//   - has: a node within, in the order of the text.
//   - follows: a statement before it in its own list, or in a list around it, or
//     the header (init, condition, tag, operand) of a statement around it; or an
//     expression of these, but nothing in a block of theirs. The nearest first.
//   - precedes: the same for statements after it.
//
// With path some or all, the control-flow graph of the function decides, and
// blocks are looked into:
//
//   - follows: on some path, the operand ran before; on all: on every path from
//     the entry of the function it did (one of several operands on each).
//   - precedes: on some path, it runs later; on all: on every path to a normal
//     exit (a return or the closing brace; not a panic, not os.Exit).
//   - has: some path through the node runs the operand; all: every path does
//     that leaves the node or the function normally.
//   - inside: the converse: some path through what is around runs the node; all.
//
// without, in the operand of follows and precedes, names what must not stand on
// the way: with path syntax nowhere in the text between, with some on a path
// there is that avoids it, with all on no path. A deferred call stands where it
// is deferred.
//
// # Constraints
//
// A constraint on a hole asks all its nodes; types are compared as Go identifies
// them, aliases looked through; packages are named as pattern.Names says. The
// words of is, the events and the predicates are tables with their documentation
// ([Vocabulary]), one idea a file. A predicate may hold in several ways, bind
// holes, and add evidence.
//
// # What it cannot see
//
// Other packages than the one it is given, generated code as such, suppressions:
// these are the caller's business.
package match
