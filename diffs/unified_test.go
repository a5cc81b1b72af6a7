package diffs_test

import (
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
)

func TestUnified(t *testing.T) {
	for _, test := range []struct{ name, path, before, after, want string }{
		{"nothing changed", "a.go", "a\n", "a\n", ""},
		{
			"one line", "pkg/a.go", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
			"diff --git a/pkg/a.go b/pkg/a.go\n--- a/pkg/a.go\n+++ b/pkg/a.go\n" +
				"@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
		},
		{
			"six lines between two changes are shown", "a", "1\n2\n3\n4\n5\n6\n7\n8\n", "one\n2\n3\n4\n5\n6\n7\neight\n",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n",
		},
		{
			"seven lines part them", "a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+nine\n",
		},
		{
			"a file of no lines", "a", "", "x\n",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n",
		},
		{
			"no newline at the end", "a", "x\ny", "x\nz",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n",
		},
		{
			"a newline at the end comes", "a", "x", "x\n",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n",
		},
		{
			"the declaration above", "a", "func f() {\r\n\t1\r\n\t2\r\n\t3\r\n\t4\r\n}\r\n", "func f() {\r\n\t1\r\n\t2\r\n\t3\r\n\tfour\r\n}\r\n",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -2,5 +2,5 @@ func f() {\n \t1\r\n \t2\r\n \t3\r\n-\t4\r\n+\tfour\r\n }\r\n",
		},
		{
			"odd names", "q\"\\ü\t\x01.go", "x\n", "y\n",
			`diff --git "a/q\"\\\303\274\t\001.go" "b/q\"\\\303\274\t\001.go"` + "\n" +
				`--- "a/q\"\\\303\274\t\001.go"` + "\n" + `+++ "b/q\"\\\303\274\t\001.go"` + "\n@@ -1 +1 @@\n-x\n+y\n",
		},
		{
			"a space in the name", "my pkg/a.go", "x\n", "y\n",
			"diff --git a/my pkg/a.go b/my pkg/a.go\n--- a/my pkg/a.go\t\n+++ b/my pkg/a.go\t\n@@ -1 +1 @@\n-x\n+y\n",
		},
	} {
		got := diffs.Unified([]diffs.Change{{Path: test.path, Before: []byte(test.before), After: []byte(test.after)}})
		if got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

func TestUnifiedSortsByPath(t *testing.T) {
	x, y := []byte("x\n"), []byte("y\n")
	changes := []diffs.Change{{Path: "b", Before: x, After: y}, {Path: "c", Before: x, After: x}, {Path: "a", Before: y, After: x}}
	got := diffs.Unified(changes)
	if a, b := strings.Index(got, "diff --git a/a "), strings.Index(got, "diff --git a/b "); a != 0 || b < 0 || strings.Contains(got, "a/c") {
		t.Errorf("got\n%s", got)
	}
	if changes[0].Path != "b" {
		t.Error("Unified changed the order of its argument")
	}
}
