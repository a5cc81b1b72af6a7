// Command lockfix finds concurrency hazards in Go packages and rewrites them.
//
// It is thin: each command turns flags into the options of one call, renders
// what comes back and chooses an exit code. Findings and diffs go to standard
// output, everything else to standard error. Called as go vet calls its tools, it
// is one of them.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/lockfix/lockfix/rewrite/analyzer"
)

func main() {
	pace()
	if analyzer.IsVetTool(os.Args[1:]) {
		analyzer.VetTool()
	}
	// Without a handler a write to a closed pipe ends the process by a signal;
	// with one it is an error that can be told from others.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	cli := CLI{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(cli.Run(os.Args[1:]))
}
