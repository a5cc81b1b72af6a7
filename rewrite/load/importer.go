package load

import (
	"errors"
	"fmt"
	"go/types"
	"strings"
)

// An importer finds what a node imports among the nodes checked before it.
type importer struct {
	graph *graph
	node  *node
}

// errReported stands for a reason that the problems hold already.
var errReported = errors.New("reported elsewhere")

func isReported(err error) bool {
	return strings.HasSuffix(err.Error(), "("+errReported.Error()+")")
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	imported := i.graph.nodes[i.node.imports[path]]
	switch err := i.node.importErrors[path]; {
	case err != nil:
		return nil, err
	case imported != nil && imported.types != nil:
		return imported.types, nil
	case len(i.node.errors) > 0:
		return nil, errReported
	case imported == nil:
		return nil, fmt.Errorf("the go command did not list it")
	case len(imported.errors)+len(imported.problems) > 0:
		return nil, errReported
	}
	return nil, fmt.Errorf("it has no Go files for this platform")
}
