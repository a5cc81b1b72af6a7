package batch

import (
	"fmt"
	"strings"
)

// A Shard is one of several machines: 1/3 is the first of three.
type Shard struct{ Number, Of int }

// ParseShard reads "i/n".
func ParseShard(text string) (s Shard, err error) {
	if text == "" {
		return s, nil
	}
	if _, err := fmt.Sscanf(strings.ReplaceAll(text, "/", " "), "%d %d", &s.Number, &s.Of); err != nil || s.Number < 1 || s.Number > s.Of {
		return s, fmt.Errorf("shard %q: write i/n, the i-th of n", text)
	}
	return s, nil
}

// of are the modules of the shard: every n-th, so that neighbours, which are
// often alike in size, go to different machines.
func (s Shard) of(modules []string) (own []string) {
	if s.Of == 0 {
		return modules
	}
	for i, m := range modules {
		if i%s.Of == s.Number-1 {
			own = append(own, m)
		}
	}
	return own
}
