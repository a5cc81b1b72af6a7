package rewrite

import (
	"fmt"
	"slices"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/match"
)

// concerned finds the roots in which something of the whole program is. For that
// the program is put together, as views, unless it is known from another time when
// its packages added the same to it: then views stays nil.
func (s *survey) concerned(views *map[load.Platform]*match.Program) []bool {
	key, ok := s.pictureKey()
	if ok {
		if value, ok := s.Cache.Get(key); ok && len(value) == len(s.roots) {
			return unpacked(value)
		}
	}
	*views = s.views()
	files := map[load.Platform]map[string]bool{}
	for platform, view := range *views {
		files[platform] = map[string]bool{}
		for _, pos := range view.Places() {
			files[platform][s.listing.Fset().PositionFor(pos, false).Filename] = true
		}
	}
	concerned := make([]bool, len(s.roots))
	for i, r := range s.roots {
		concerned[i] = r.SupersededBy < 0 && slices.ContainsFunc(r.Files, func(path string) bool { return files[r.Platform][path] })
	}
	if ok {
		s.Cache.Put(key, packed(concerned)) // what fails costs the next run a picture
	}
	return concerned
}

// pictureKey hashes what the packages add to the picture of the program, places
// apart: whatever moves within a package stays in its root. It fails where that
// cannot be told.
func (s *survey) pictureKey() (cache.Key, bool) {
	h := cache.NewHash("picture")
	if s.Cache == nil || s.digests == nil || !s.identity(h) {
		return cache.Key{}, false
	}
	for i, r := range s.roots {
		n := s.notes[i]
		if r.SupersededBy < 0 && (n == nil || n.passing || s.digests[i] == (load.Digest{})) {
			return cache.Key{}, false
		}
		h.String(fmt.Sprint(r.ID, r.Platform, r.SupersededBy, n != nil))
		if n != nil {
			h.Bytes(n.SketchHash[:])
		}
	}
	return h.Key(), true
}

func packed(all []bool) []byte {
	out := make([]byte, len(all))
	for i, is := range all {
		if is {
			out[i] = 1
		}
	}
	return out
}

func unpacked(value []byte) []bool {
	out := make([]bool, len(value))
	for i := range value {
		out[i] = value[i] == 1
	}
	return out
}
