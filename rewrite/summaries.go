package rewrite

import (
	"maps"
	"sync"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
)

// summaries keeps what the packages of a run told of their functions.
type summaries struct {
	mu      sync.Mutex
	exports map[*load.Package]*facts.Export
	imports map[*load.Package]facts.Imports
	given   facts.Imports // what packages outside of the program export
}

// importsOf returns what the packages that pkg needs, directly or not, export.
func (s *summaries) importsOf(pkg *load.Package, needs []*load.Package) facts.Imports {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := facts.Imports{}
	maps.Copy(all, s.given)
	for _, on := range needs {
		maps.Copy(all, s.imports[on])
	}
	for _, on := range needs {
		if e := s.exports[on]; e != nil {
			all[on.Path] = e
		}
	}
	s.imports[pkg] = all
	return all
}

// keep notes what a package exports.
func (s *summaries) keep(pkg *load.Package, e *facts.Export) {
	if e == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exports[pkg] = e
}

// inherit lets a package that was edited know of others what it knew before.
func (s *summaries) inherit(pkg, from *load.Package) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.imports[pkg], s.exports[pkg] = s.imports[from], s.exports[from]
}

// of returns what a package was told.
func (s *summaries) of(pkg *load.Package) facts.Imports {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.imports[pkg]
}

// tell notes what a package was told.
func (s *summaries) tell(pkg *load.Package, imports facts.Imports) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.imports[pkg] = imports
}
