package git

import (
	"context"
	"path/filepath"
	"slices"
)

// manyPaths is how many paths go into one run of git: the length of a command
// line has a limit.
const manyPaths = 400

// Unheld returns those of files, absolute paths, that git cannot give back as
// they are: they differ from the index, or git does not know them. Files
// outside of any repository are not among them; where there is no git, none is.
func Unheld(ctx context.Context, files []string, env []string) (all []string, err error) {
	byDir := make(map[string][]string)
	for _, file := range files {
		dir, err := filepath.EvalSymlinks(filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		byDir[dir] = append(byDir[dir], file)
	}
	repos := make(map[string]*Repo)
	byRepo := make(map[*Repo]map[string]string) // path as git knows it → as we do
	for dir, files := range byDir {
		repo := openOnce(ctx, repos, dir, env)
		if repo == nil {
			continue
		}
		if byRepo[repo] == nil {
			byRepo[repo] = make(map[string]string)
		}
		for _, file := range files {
			if rel, err := filepath.Rel(repo.Top, filepath.Join(dir, filepath.Base(file))); err == nil {
				byRepo[repo][filepath.ToSlash(rel)] = file
			}
		}
	}
	for repo, names := range byRepo {
		unheld, err := repo.unheld(ctx, names)
		if err != nil {
			return nil, err
		}
		all = append(all, unheld...)
	}
	slices.Sort(all)
	return all, ctx.Err()
}

// openOnce asks once for each directory, and has one Repo for each repository.
func openOnce(ctx context.Context, repos map[string]*Repo, dir string, env []string) *Repo {
	for _, r := range repos {
		if r.Top == dir {
			return r
		}
	}
	repo, err := Open(ctx, dir, env)
	if err != nil {
		return nil
	}
	if known := repos[repo.Top]; known != nil {
		return known
	}
	repos[repo.Top] = repo
	return repo
}

func (r *Repo) unheld(ctx context.Context, names map[string]string) (all []string, err error) {
	var paths []string
	for name := range names {
		paths = append(paths, name)
	}
	slices.Sort(paths)
	for some := range slices.Chunk(paths, manyPaths) {
		found, err := r.list(ctx, append([]string{"ls-files", "-z", "--modified", "--others", "--"}, some...)...)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Compact(found) {
			if file, ok := names[name]; ok {
				all = append(all, file)
			}
		}
	}
	return all, nil
}
