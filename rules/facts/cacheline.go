package facts

import "go/types"

// CacheLine returns how many bytes a processor takes from another one at a time.
func (p *Package) CacheLine() int64 {
	if p.Line == 0 {
		return CacheLineOf("amd64")
	}
	return p.Line
}

// CacheLineOf returns the length of the cache lines of an architecture, as
// internal/cpu has it.
func CacheLineOf(goarch string) int64 {
	switch goarch {
	case "arm", "mips", "mipsle", "mips64", "mips64le":
		return 32
	case "arm64", "ppc64", "ppc64le":
		return 128
	case "s390x":
		return 256
	}
	return 64
}

// SizesOf returns the sizes of types where the package runs.
func (p *Package) SizesOf() types.Sizes {
	if p.Sizes == nil {
		return types.SizesFor("gc", "amd64")
	}
	return p.Sizes
}
