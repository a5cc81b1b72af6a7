package load

// Of returns the program of one package that somebody else has checked: what
// go/analysis hands to an analyzer. again checks a package with other contents
// of some of its files, by their paths.
func Of(pkg *Package, again func(pkg *Package, files map[string][]byte) (*Package, error)) *Program {
	return &Program{
		Fset:     pkg.Fset,
		Packages: []*Package{pkg},
		Listed:   Listed{Packages: 1, Files: len(pkg.Files)},
		again:    again,
	}
}

// Refusal returns why what is in f forbids to edit it; zero where nothing does.
func (f *File) Refusal() Fixed { return content(f) }
