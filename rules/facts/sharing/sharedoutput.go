package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// FillsTooAt returns what else fills, at the same time, a buffer that the command fills
// which a call starts: another command that still runs, or the other output of the same
// one. A command copies each of its outputs on a goroutine of its own, but where both
// are one and the same writer.
//
//	a.Stdout, b.Stdout = &out, &out         cmd.Stdout = io.MultiWriter(w, &out)
//	a.Start()                               cmd.Stderr = &out
//	b.Run()                                 cmd.Run()
func (f *Facts) FillsTooAt(call *ast.CallExpr) (buffer types.Object, other ast.Node) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Start" && sel.Sel.Name != "Run" || !isCommand(f.pkg.TypeOf(sel.X)) {
		return nil, nil
	}
	fn := f.around(call)
	if fn == nil {
		return nil, nil
	}
	for _, b := range f.fillerSearchOf(fn).begun {
		if b.call != call {
			continue
		}
		if buffer, other := f.bothOutputs(b); other != nil {
			return buffer, other
		}
		return f.stillFilled(fn, b)
	}
	return nil, nil
}

// bothOutputs returns the buffer that both outputs of a command fill by writers that are
// not one: then two goroutines copy into it.
func (f *Facts) bothOutputs(b begun) (buffer types.Object, other ast.Node) {
	last := map[string]output{}
	for _, out := range b.outputs {
		last[out.field] = out
	}
	one, two := last["Stdout"], last["Stderr"]
	if one.buffer == nil || one.buffer != two.buffer {
		return nil, nil
	}
	_, wrapped := ast.Unparen(one.value).(*ast.CallExpr)
	if _, too := ast.Unparen(two.value).(*ast.CallExpr); !wrapped && !too {
		return nil, nil // one writer, one goroutine
	}
	return one.buffer, one.value
}

// stillFilled returns the start of another command that fills a buffer of this one, where
// nobody has waited for that since.
func (f *Facts) stillFilled(fn *function, b begun) (types.Object, ast.Node) {
	flow := f.pkg.Flow(fn.node)
	to, known := flow.At(b.call)
	for _, out := range b.outputs {
		for _, r := range f.fillers(fn) {
			from, start := flow.At(r.Start)
			if r.cmd == nil || r.cmd == b.cmd || r.buffer != out.buffer || !known || !start || f.awaitedAside(fn, r.cmd) {
				continue
			}
			barrier := func(n ast.Node) bool { return f.awaits(n, r) }
			if f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) && f.possible(fn, r.Start, b.call, barrier) {
				return out.buffer, r.Start
			}
		}
	}
	return nil, nil
}
