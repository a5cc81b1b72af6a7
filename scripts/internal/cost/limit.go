package cost

import (
	"context"
	"os/exec"
	"time"
)

// Within runs a command, and stops it with all that it has started once it takes
// longer than the limit; zero: none. What it took until then is no more than a
// lower bound. The error is that of cmd.Run of a command that ended by itself.
func Within(limit time.Duration, command func(context.Context) *exec.Cmd) (c Cost, ended bool, err error) {
	ctx := context.Background()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	cmd := command(ctx)
	together(cmd)
	cmd.Cancel = func() error { return stop(cmd) }
	cmd.WaitDelay = 10 * time.Second // for what it leaves behind
	c, err = Of(cmd)
	if ctx.Err() != nil {
		return c, false, nil
	}
	return c, true, err
}
