package batch

import (
	"context"
	"path/filepath"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
)

// An analysis is what is noted of a module.
type analysis struct {
	Report report.Report
	Fixes  []fix
	Failed string // why the module was not analysed
}

// analyse finds what is to be fixed in a module. One that cannot be analysed is
// an error of the report.
func (b *batch) analyse(ctx context.Context, module string) error {
	var a analysis
	name := "module-" + module
	if b.state.recall(name, &a) {
		b.result.Resumed++
	} else {
		if err := b.runModule(ctx, module, &a); err != nil {
			return err
		}
		if err := b.state.note(name, a); err != nil {
			return err
		}
	}
	if a.Failed != "" {
		a.Report.Errors = append(a.Report.Errors, report.Error{Package: orRoot(module), Message: a.Failed})
	}
	all := &b.result.Report
	all.Findings = append(all.Findings, a.Report.Findings...)
	all.Errors = append(all.Errors, a.Report.Errors...)
	all.Counts.Packages += a.Report.Counts.Packages
	all.Counts.Files += a.Report.Counts.Files
	b.wanted = append(b.wanted, a.Fixes...)
	return nil
}

func (b *batch) runModule(ctx context.Context, module string, a *analysis) error {
	result, err := b.run(ctx, module, nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		a.Failed = err.Error()
		return nil
	}
	a.Report = result.Report
	a.Report.Findings = nil
	for _, f := range result.Report.Findings {
		applied := result.Applied(f.ID)
		f = f.Renamed(b.fromRoot(module))
		a.Report.Findings = append(a.Report.Findings, f)
		if applied {
			a.Fixes = append(a.Fixes, fix{module, f})
		}
	}
	for i := range a.Report.Errors {
		a.Report.Errors[i].File = b.fromRoot(module)(a.Report.Errors[i].File)
	}
	return nil
}

// run runs the rules on a module, for the fixes of some findings or of all.
func (b *batch) run(ctx context.Context, module string, only []string) (*rewrite.Result, error) {
	opts, err := b.options(ctx, module, only)
	if err != nil {
		return nil, err
	}
	return rewrite.Run(ctx, opts)
}

// tested is run, without the fixes with which tests fail.
func (b *batch) tested(ctx context.Context, module string, only []string) (*rewrite.Result, error) {
	opts, err := b.options(ctx, module, only)
	if err != nil {
		return nil, err
	}
	result, err := rewrite.Run(ctx, opts)
	if err != nil || b.opts.Tests == "" {
		return result, err
	}
	return rewrite.Tested(ctx, opts, result, b.opts.Tests == "race")
}

// options are those for a module and no other: each has its own turn.
func (b *batch) options(ctx context.Context, module string, only []string) (rewrite.Options, error) {
	dir := filepath.Join(b.opts.Root, filepath.FromSlash(module))
	opts, err := b.opts.Configured(dir)
	opts.Load.Dir, opts.Load.Patterns, opts.Load.OneModule = dir, []string{"./..."}, true
	opts.Load.Env = load.ModuleEnv(ctx, dir, opts.Load.Env)
	opts.Only = only
	return opts, err
}

// fromRoot renames the files of a module's report.
func (b *batch) fromRoot(module string) func(string) string {
	return func(file string) string {
		switch {
		case file == "" || module == "." && !filepath.IsAbs(file):
			return file
		case filepath.IsAbs(file):
			if rel, err := filepath.Rel(b.opts.Root, file); err == nil && filepath.IsLocal(rel) {
				return filepath.ToSlash(rel)
			}
			return file
		}
		return module + "/" + file
	}
}

func orRoot(module string) string {
	if module == "." {
		return "the module at the root"
	}
	return module
}
