package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/scripts/internal/pinned"
)

// A subject is a module that the tools are run on. Leaf and core are files of
// it: no package depends on that of the one, many on that of the other.
type subject struct {
	name, leaf, core string
	module           pinned.Module
}

var subjects = []*subject{
	{"nats", "main.go", "conf/parse.go", pinned.Module{Path: "github.com/nats-io/nats-server/v2", Version: "v2.15.2"}},
	{"apiserver", "main.go", "pkg/apis/wardle/types.go", pinned.Module{Path: "k8s.io/sample-apiserver", Version: "v0.37.2"}},
	{"grpc", "internal/wrr/edf.go", "internal/grpcsync/event.go", pinned.Module{Path: "google.golang.org/grpc", Version: "v1.85.0"}},
	{"etcd", "etcdmain/main.go", "auth/store.go", pinned.Module{Path: "go.etcd.io/etcd/server/v3", Version: "v3.7.3"}},
	{"prometheus", "cmd/promtool/main.go", "tsdb/chunks/chunks.go", pinned.Module{Path: "github.com/prometheus/prometheus", Version: "v0.305.0"}},
}

func subjectNames() (names []string) {
	for _, s := range subjects {
		names = append(names, s.name)
	}
	return names
}

func subjectNamed(name string) *subject {
	return subjects[slices.Index(subjectNames(), name)]
}

// prepare returns a copy of the module that may be edited.
func (s *subject) prepare(root, to string) (string, error) {
	dir, err := s.module.Prepare(root)
	if err != nil {
		return "", err
	}
	return to, pinned.Copy(to, dir)
}

// describe tells how much there is. It also reads every file once, so that the
// first tool does not pay for the disk.
func (s *subject) describe(dir string) (string, error) {
	text := fmt.Sprint(s.module)
	for _, q := range []struct {
		what string
		args []string
	}{
		{"packages", []string{"list", "./..."}},
		{"with dependencies and tests", []string{"list", "-deps", "-test", "./..."}},
	} {
		cmd := exec.Command("go", q.args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("go %s: %w", strings.Join(q.args, " "), err)
		}
		text += fmt.Sprintf(", %d %s", strings.Count(string(out), "\n"), q.what)
	}
	return text, nil
}

func (s *subject) file(name string) string { return filepath.FromSlash(name) }
