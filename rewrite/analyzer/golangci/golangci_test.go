package golangci_test

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"

	_ "github.com/lockfix/lockfix/rewrite/analyzer/golangci"
)

// The host looks for the plugin by name, gives it its settings and takes what it builds.
func TestThePluginIsFound(t *testing.T) {
	made, err := register.GetPlugin("lockfix")
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := made(map[string]any{"disable": []string{"deferlock"}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := plugin.BuildAnalyzers()
	if err != nil || len(all) != 1 || all[0].Name != "lockfix" || all[0].Flags.Lookup("disable").Value.String() != "deferlock" {
		t.Errorf("got %v, %v", all, err)
	}
	if plugin.GetLoadMode() != register.LoadModeTypesInfo {
		t.Error(plugin.GetLoadMode())
	}
	if _, err := made(map[string]any{"disbale": []string{"x"}}); err == nil {
		t.Error("an unknown setting is accepted")
	}
}
