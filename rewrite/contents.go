package rewrite

import (
	"github.com/lockfix/lockfix/diffs"
)

// files returns the contents of every file that the plans change.
func (r *run) files(plans []*proposal) (map[string][]byte, error) {
	sets := map[string][][]diffs.Edit{}
	for _, p := range plans {
		for file, edits := range byFile(p.Edits) {
			sets[file] = append(sets[file], edits)
		}
	}
	out := map[string][]byte{}
	for file, edits := range sets {
		merged, err := diffs.Merge(edits...)
		if err != nil {
			return nil, err
		}
		if out[file], err = diffs.Apply(r.raw(file), merged); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func byFile(edits []diffs.Edit) map[string][]diffs.Edit {
	out := map[string][]diffs.Edit{}
	for _, e := range edits {
		out[e.File] = append(out[e.File], e)
	}
	return out
}

// raw returns a file's bytes as the current program has them.
func (r *run) raw(path string) []byte {
	if text, ok := r.after[path]; ok {
		return text
	}
	return r.before(path)
}

// before returns a file's bytes as they were loaded.
func (r *run) before(path string) []byte {
	for _, pkg := range r.first.Packages {
		for _, f := range pkg.Files {
			if f.Path == path {
				return f.Raw
			}
		}
	}
	return nil
}
