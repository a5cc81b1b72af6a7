// Package golangci makes lockfix a module plugin of golangci-lint.
//
// Name it in .custom-gcl.yml (`golangci-lint custom` builds the binary):
//
//	plugins:
//	  - module: github.com/lockfix/lockfix
//	    import: github.com/lockfix/lockfix/rewrite/analyzer/golangci
//	    version: latest
//
// and enable the linter lockfix, of type module, in .golangci.yml. Its settings
// are enable and disable: lists of rules.
package golangci

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/rewrite/analyzer"
)

// A plugin is known to golangci-lint by what it registers when it is linked in.
func init() { register.Plugin("lockfix", New) }

// Settings are those of the linter in .golangci.yml.
type Settings struct {
	Enable  []string `json:"enable"`  // only these rules
	Disable []string `json:"disable"` // not these
}

// New returns the plugin with its settings; unknown ones are an error.
func New(settings any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[Settings](settings)
	if err != nil {
		return nil, fmt.Errorf("lockfix: %w", err)
	}
	return plugin{s}, nil
}

type plugin struct{ settings Settings }

// BuildAnalyzers returns lockfix as one analyzer: golangci-lint shows its name
// with each finding, and `//nolint:lockfix` means it.
func (p plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	a := analyzer.Analyzer
	for flag, ids := range map[string][]string{"enable": p.settings.Enable, "disable": p.settings.Disable} {
		if err := a.Flags.Set(flag, strings.Join(ids, ",")); err != nil {
			return nil, err
		}
	}
	return []*analysis.Analyzer{inOne(a)}, nil
}

// inOne puts what a finding rests on into its message: golangci-lint makes an issue
// of its own of each place, which stays when the finding is repaired.
func inOne(a *analysis.Analyzer) *analysis.Analyzer {
	one := *a
	one.Run = func(pass *analysis.Pass) (any, error) {
		own := *pass
		own.Report = func(d analysis.Diagnostic) {
			for _, r := range d.Related {
				at := pass.Fset.Position(r.Pos)
				d.Message += fmt.Sprintf("; %s:%d: %s", filepath.Base(at.Filename), at.Line, r.Message)
			}
			d.Related = nil
			pass.Report(d)
		}
		return a.Run(&own)
	}
	return &one
}

// GetLoadMode says that lockfix needs types.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
