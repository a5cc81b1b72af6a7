package main

import "testing"

func TestFailuresAreReadByTest(t *testing.T) {
	out := `{"Action":"output","Package":"m/a","Test":"TestX","Output":"a.go:1: no\n"}
{"Action":"fail","Package":"m/a","Test":"TestX/sub"}
{"Action":"fail","Package":"m/a","Test":"TestX"}
{"Action":"fail","Package":"m/a"}
{"Action":"pass","Package":"m/b","Test":"TestY"}
{"Action":"pass","Package":"m/b"}
{"Action":"output","Package":"m/c","Output":"exit status 2\n"}
{"Action":"fail","Package":"m/c"}
`
	got := failures([]byte(out))
	if len(got) != 3 || got[1].Test != "TestX" || got[1].output != "a.go:1: no\n" || got[2].Package != "m/c" || got[2].Test != "" {
		t.Errorf("%+v", got)
	}
	if run := patternOf(got[:2]); run != "^(TestX)$" {
		t.Errorf("-run %s", run)
	}
	if run := patternOf(got); run != "" {
		t.Errorf("-run %s, where a whole package failed", run)
	}
}
