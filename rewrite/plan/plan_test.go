package plan

import (
	"testing"

	"github.com/lockfix/lockfix/rewrite/edit/edittest"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

const planned = "package p\n\nfunc a() {}\n\nfunc f() {\n\ta()\n}\n"

func TestMakeTakesTheFirstThatDoesNotRefuse(t *testing.T) {
	e := edittest.Open(t, planned)
	unknown := &rules.Fix{Strategy: "nosuchstrategy"}
	alts := []match.Alternative{{Fix: unknown}, {Fix: unknown}}
	p := Make(e.Pkg, e.Match, alts)
	if p.Fix != nil || p.Edits != nil || len(p.Refused) != 2 || p.Refused[1].Fix != unknown {
		t.Errorf("the plan is %+v", p)
	}
	if p := Make(e.Pkg, e.Match, nil); p.Refused != nil || p.Match != e.Match {
		t.Errorf("without alternatives the plan is %+v", p)
	}
}

func TestMakeRefusesWholeFiles(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*load.Package)
		want   string
	}{
		{"of a package with errors", func(p *load.Package) { p.IllTyped = true }, "the package does not type-check: repair that first"},
		{"that are generated", func(p *load.Package) {
			p.Files[0].Fixed = load.Fixed{Kind: "generated", Because: "the file is generated"}
		}, "the file is generated"},
		{"of another package", func(p *load.Package) { p.Files = nil }, "internal: the match lies in no file of its package"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := edittest.Open(t, planned)
			test.change(e.Pkg)
			p := Make(e.Pkg, e.Match, []match.Alternative{{Fix: &rules.Fix{}}})
			if len(p.Refused) != 1 || p.Refused[0].Because != test.want {
				t.Errorf("refused because of %v, want %q", p.Refused, test.want)
			}
		})
	}
}
