package batch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// parts splits what is to be fixed, and makes each part.
func (b *batch) parts(ctx context.Context) error {
	b.done, b.failed = map[string]bool{}, map[string]string{}
	groups := b.split()
	for i, g := range groups {
		b.progress(i, len(groups), g.name)
		if err := b.part(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// A group is the fixes that belong into one part.
type group struct {
	name  string
	fixes []fix
}

// split groups the fixes by name, and cuts groups with too many files.
func (b *batch) split() (all []group) {
	byName := map[string][]fix{}
	for _, f := range b.wanted {
		name := b.nameOf(f)
		byName[name] = append(byName[name], f)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		pieces := cut(byName[name], b.opts.MaxFiles)
		for i, piece := range pieces {
			g := group{name, piece}
			if len(pieces) > 1 {
				g.name = fmt.Sprintf("%s (%d of %d)", name, i+1, len(pieces))
			}
			all = append(all, g)
		}
	}
	return all
}

func (b *batch) nameOf(f fix) string {
	switch b.opts.By {
	case Rule:
		return f.Finding.Rule
	case Module:
		return orRoot(f.Module)
	case Directory:
		return path.Dir(f.Finding.File)
	}
	return cmp.Or(b.opts.Owner(f.Finding.File), "nobody")
}

// cut cuts fixes into pieces with at most so many files each. Fixes that share
// a file stay together: the parts must not stand in each other's way.
func cut(fixes []fix, most int) (pieces [][]fix) {
	if most <= 0 {
		return [][]fix{fixes}
	}
	var files map[string]bool
	for _, together := range sharing(fixes) {
		more := filesOf(together)
		if len(pieces) == 0 || len(files)+len(more) > most {
			pieces, files = append(pieces, nil), map[string]bool{}
		}
		pieces[len(pieces)-1] = append(pieces[len(pieces)-1], together...)
		maps.Copy(files, more)
	}
	return pieces
}

// sharing groups fixes that share files, directly or not, in order.
func sharing(fixes []fix) (all [][]fix) {
	for _, f := range fixes {
		together := []fix{f}
		var apart [][]fix
		for _, other := range all {
			if overlap(filesOf(other), filesOf(together)) {
				together = append(other, together...)
				continue
			}
			apart = append(apart, other)
		}
		all = append(apart, together)
	}
	return all
}

func filesOf(fixes []fix) map[string]bool {
	files := map[string]bool{}
	for _, f := range fixes {
		files[f.Finding.File] = true
		for _, e := range f.Finding.Fix.Edits {
			files[e.File] = true
		}
	}
	return files
}

func overlap(a, b map[string]bool) bool {
	for file := range a {
		if b[file] {
			return true
		}
	}
	return false
}

// part plans the fixes of a group alone, on the tree as it is, and writes what
// comes out.
func (b *batch) part(ctx context.Context, g group) error {
	p := Part{Number: len(b.result.Parts) + 1, Name: g.name}
	name := fmt.Sprintf("part-%d-%s", p.Number, g.name)
	if b.state.recall(name, &p) {
		b.result.Resumed++
	} else {
		if err := b.plan(ctx, g, &p); err != nil {
			return err
		}
		if len(p.Changes) > 0 {
			if err := b.opts.Write(ctx, p); err != nil {
				return fmt.Errorf("part %s: %w", p.Name, err)
			}
		}
		if err := b.state.note(name, p); err != nil {
			return err
		}
	}
	maps.Copy(b.failed, p.Failed)
	if len(p.Changes) == 0 {
		return nil
	}
	for _, f := range p.Findings {
		b.done[f.ID] = true
	}
	b.result.Parts = append(b.result.Parts, p)
	return nil
}

func (b *batch) plan(ctx context.Context, g group, p *Part) error {
	byModule := map[string][]string{}
	for _, f := range g.fixes {
		byModule[f.Module] = append(byModule[f.Module], f.Finding.ID)
	}
	changed := map[string]bool{}
	p.Failed = map[string]string{}
	for _, module := range slices.Sorted(maps.Keys(byModule)) {
		result, err := b.tested(ctx, module, byModule[module])
		if err != nil {
			return err
		}
		if result.Report.Tests != nil {
			p.Tests = append(p.Tests, result.Report.Tests)
		}
		rename := b.fromRoot(module)
		for _, c := range result.Changes {
			if name := rename(c.Path); !changed[name] { // a workspace may show a file twice
				changed[name] = true
				p.Changes = append(p.Changes, diffs.Change{Path: name, Before: c.Before, After: c.After})
			}
		}
		for _, f := range result.Report.Findings {
			if result.Applied(f.ID) {
				p.Findings = append(p.Findings, f.Renamed(rename))
			} else if f.Fix.Status == report.RolledBack {
				p.Failed[f.ID] = f.Fix.Because
			}
		}
	}
	return nil
}
