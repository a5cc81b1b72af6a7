package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// findServed finds the writes of objects that serve: their methods run on a
// goroutine for each request, at the same time as themselves.
func (f *Facts) findServed() {
	var single map[*types.TypeName]bool
	for _, m := range f.order {
		if m.test || m.obj == nil || !f.servesMany(m) {
			continue
		}
		if single == nil {
			single = f.madePerRequest()
		}
		if recv := m.obj.Signature().Recv(); !single[namedOf(recv.Type())] {
			f.findServedBy(m, recv)
		}
	}
}

func (f *Facts) findServedBy(m *function, recv *types.Var) {
	told := map[place]bool{}
	for _, p := range f.passagesOf(m) {
		if p.by != nil || p.waited || p.at.root != recv || !p.access.Write || p.access.Element || !p.sure || told[p.at] || f.early(p.access) {
			continue
		}
		a := p.access
		if len(p.locks.with(f.stateAt(a.fn, a.Expr).locks)) > 0 || f.ordered(a, a) {
			continue
		}
		if f.atOnceByContract(m) && (!f.restsOnItself(a) || testOnly.MatchString(a.Var.Name())) {
			continue // it may be made for one call, to hold what came of it
		}
		told[p.at] = true
		deepest := 1
		if m.name() == "ServeHTTP" {
			deepest = deepestHandled
		}
		f.report(a, a, nil, p.deep > deepest)
	}
}

// servesMany reports whether a method is one that a server calls for each request:
// ServeHTTP, or one of a gRPC service; or one that many may call by its contract.
func (f *Facts) servesMany(m *function) bool {
	sig := m.obj.Signature()
	if sig.Recv() == nil || f.namedEarly(m) {
		return false
	}
	pointer, ok := types.Unalias(sig.Recv().Type()).(*types.Pointer)
	if !ok || namedOf(pointer) == nil {
		return false
	}
	if m.name() == "ServeHTTP" {
		return handlesRequests(sig)
	}
	return m.obj.Exported() && takesCall(sig) && implementsService(pointer) && !beginsName.MatchString(m.name()) || f.atOnceByContract(m)
}

// beginsName is of methods of a service by which one client begins: by its protocol they are called once.
var beginsName = lazyregexp.New(`^(Handshake|Attach|Hello|Negotiate)$`)

// takesCall reports whether a function is given a call of a gRPC service: its context first, or
// the stream last.
func takesCall(sig *types.Signature) bool {
	n := sig.Params().Len()
	return n > 0 && (sig.Params().At(0).Type().String() == "context.Context" || isStream(sig.Params().At(n-1).Type()))
}

// isStream reports whether a type is that of a stream of gRPC, as its server has it.
func isStream(t types.Type) bool {
	if !types.IsInterface(t) {
		return false
	}
	for _, method := range []string{"SendMsg", "RecvMsg", "SetTrailer"} {
		if obj, _, _ := types.LookupFieldOrMethod(t, false, nil, method); obj == nil {
			return false
		}
	}
	return true
}

// implementsService reports whether a struct embeds what the implementations of a gRPC service do.
func implementsService(pointer *types.Pointer) bool {
	st, ok := structOf(pointer)
	if !ok {
		return false
	}
	for field := range st.Fields() {
		if field.Embedded() && serviceName.MatchString(field.Name()) {
			return true
		}
	}
	return false
}

// serviceName is of what the generated code of a gRPC service has its
// implementations embed.
var serviceName = lazyregexp.New(`^(Unimplemented|Unsafe)\w+Server$`)

// madePerRequest returns the types of which objects are made where a request is
// at hand, and those whose methods the package calls itself on what it has made.
func (f *Facts) madePerRequest() map[*types.TypeName]bool {
	made := map[*types.TypeName]bool{}
	for _, fn := range f.order {
		sig := fn.signature(f.pkg.Info)
		if sig == nil || !ofOneRequest(sig) {
			continue
		}
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				made[namedOf(f.pkg.TypeOf(lit))] = true
			}
			if call, ok := n.(*ast.CallExpr); ok {
				if t := f.pkg.TypeOf(call); t != nil {
					made[namedOf(t)] = true
				}
			}
			return true
		})
	}
	return made
}
