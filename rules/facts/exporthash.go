package facts

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// Hash is the same for exports that differ in nothing but places. It is the same
// in every process, which the encoding is not: gob numbers types as they come.
func (e *Export) Hash() [sha256.Size]byte {
	placeless := &Export{Path: e.Path, Funcs: slices.Clone(e.Funcs), Conducts: withoutPlaces(e.Conducts)}
	for i := range placeless.Funcs {
		takes := slices.Clone(placeless.Funcs[i].Takes)
		for j := range takes {
			takes[j].At = Position{}
		}
		placeless.Funcs[i].Takes = takes
		placeless.Funcs[i].Calls = placelessCalls(placeless.Funcs[i].Calls)
	}
	text, err := json.Marshal(placeless)
	if err != nil {
		return [sha256.Size]byte{} // it holds nothing that cannot be told
	}
	return sha256.Sum256(text)
}

func placelessCalls(calls []Invocation) []Invocation {
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].At = Position{}
		calls[i].Held = slices.Clone(calls[i].Held)
		for j := range calls[i].Held {
			calls[i].Held[j].By = Position{}
		}
	}
	return calls
}
