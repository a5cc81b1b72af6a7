package waits

import "go/ast"

// Closed returns where the package closes the channel that a wait sends on, nil
// if it sends on none or nobody does.
func (f *Facts) Closed(wait ast.Node) ast.Node {
	w := f.wait(wait)
	if w == nil || w.kind != Send {
		return nil
	}
	for _, o := range w.class.ops {
		if o.kind == Close {
			return o.node
		}
	}
	return nil
}

// Fixed reports whether the channel of a wait is set only where its owner is
// made, so that reading it needs no lock.
func (f *Facts) Fixed(wait ast.Node) bool {
	w := f.wait(wait)
	return w != nil && !w.class.unknown && !w.class.replaced
}

func (f *Facts) wait(n ast.Node) *op {
	for _, o := range f.order {
		if o.node == n && o.kind.waits() {
			return o
		}
	}
	return nil
}
