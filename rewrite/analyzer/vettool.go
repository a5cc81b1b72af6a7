package analyzer

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
)

// IsVetTool reports whether arguments are those with which go vet and go fix
// call a tool: "-V=full", "-flags", or a file that describes one package.
func IsVetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return slices.Contains(args, "-V=full") || slices.Contains(args, "-flags") || strings.HasSuffix(args[len(args)-1], ".cfg")
}

// VetTool is the main function of a tool of go vet: it runs the suite and ends
// the process.
func VetTool() { unitchecker.Main(Suite()...) }
