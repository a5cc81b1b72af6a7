// Package lazyregexp compiles a regular expression when it is first asked, so that
// a command that asks none of them, such as a hook on a commit without a Go file,
// does not wait for all of them. The go command has a package of this name for the
// same reason.
package lazyregexp

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// A Regexp is an expression that is compiled at its first use, by one goroutine.
type Regexp struct {
	compiled func() *regexp.Regexp
	known    sync.Map // what MatchString has said of names
	names    atomic.Int32
}

// New takes an expression as regexp.MustCompile does; a mistake in it is a panic
// at the first use.
func New(text string) *Regexp {
	return &Regexp{compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// Most expressions are asked for the names in a program, which come again and again: up
// to so many bytes of so many names the answer is remembered.
const (
	longestName = 40
	mostNames   = 1 << 12
)

// MatchString is regexp.Regexp.MatchString, as the other methods are those of
// their names.
func (r *Regexp) MatchString(s string) bool {
	if len(s) > longestName {
		return r.compiled().MatchString(s)
	}
	if is, ok := r.known.Load(s); ok {
		return is.(bool)
	}
	is := r.compiled().MatchString(s)
	if r.names.Load() < mostNames {
		r.names.Add(1)
		r.known.Store(strings.Clone(s), is)
	}
	return is
}

// FindStringSubmatch returns the first match and its groups.
func (r *Regexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }

// FindAllStringSubmatch returns the first n matches, all for -1.
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.compiled().FindAllStringSubmatch(s, n)
}

// ReplaceAllString replaces each match by with, in which $1 is its first group.
func (r *Regexp) ReplaceAllString(s, with string) string {
	return r.compiled().ReplaceAllString(s, with)
}

// ReplaceAllStringFunc replaces each match by what with makes of it.
func (r *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return r.compiled().ReplaceAllStringFunc(s, with)
}

// ReplaceAllFunc is ReplaceAllStringFunc for bytes.
func (r *Regexp) ReplaceAllFunc(s []byte, with func([]byte) []byte) []byte {
	return r.compiled().ReplaceAllFunc(s, with)
}
