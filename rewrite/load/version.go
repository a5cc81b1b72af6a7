package load

import (
	"go/version"
	"runtime"
)

// packageVersion returns the language version of the packages of m.
func (env goEnv) packageVersion(m module) string {
	switch {
	case m.goVersion != "":
		return "go" + m.goVersion
	case m.path != "":
		return "go1.16" // a go.mod without a go line (go.dev/ref/mod#go-mod-file-go)
	}
	// The standard library, or files outside of a module. The type checker
	// cannot do more than its own version.
	lang := version.Lang(env.GOVERSION)
	if version.Compare(lang, version.Lang(runtime.Version())) > 0 {
		return ""
	}
	return lang
}

// fileVersion returns the language version of f, a file of package n: its
// //go:build line may raise or lower the package's, but not below go1.21
// (go.dev/ref/spec, "Build constraints"; go/types does the same).
func fileVersion(f *File, n *node) string {
	lang := version.Lang(n.version)
	if f.Syntax != nil && version.IsValid(f.Syntax.GoVersion) {
		lang = version.Lang(f.Syntax.GoVersion)
		if version.Compare(lang, "go1.21") < 0 {
			lang = "go1.21"
		}
	}
	if lang == "" {
		lang = version.Lang(runtime.Version())
	}
	return lang
}
