package sharing

import (
	"go/types"
	"strings"
)

// settleStandIns notes which methods of the types of tests the code under test calls: a test that
// puts an object of its own in the place of another says by each exported method that nobody calls
// by its name what others may call at any time, as by the method of a package.
//
//	type fakeStream struct { mu sync.Mutex; sent []string }
//	func (f *fakeStream) Send(s string) error { f.mu.Lock(); … }
//	func (f *fakeStream) Recv() (string, error) { if len(f.sent) == 0 { … } }
func (f *Facts) settleStandIns() {
	for _, fn := range f.order {
		fn.public = fn.public || fn.standsIn()
	}
}

// standsIn reports whether a function is an exported method of a test's type that no test calls.
func (fn *function) standsIn() bool {
	if !fn.test || fn.obj == nil || !fn.obj.Exported() || fn.obj.Signature().Recv() == nil || fn.valued || fn.ofSuite() {
		return false
	}
	for _, s := range fn.sites {
		if s.in == nil || s.in.outermost().test {
			return false
		}
	}
	return true
}

// ofSuite reports whether a method belongs to a suite of tests, whose methods are run one after
// the other.
//
//	func (s *storeSuite) TestPut() { … }
func (fn *function) ofSuite() bool {
	methods := types.NewMethodSet(fn.obj.Signature().Recv().Type())
	for m := range methods.Methods() {
		if strings.HasPrefix(m.Obj().Name(), "Test") || strings.HasPrefix(m.Obj().Name(), "Benchmark") {
			return true
		}
	}
	return false
}
