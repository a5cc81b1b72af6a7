package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite/cache"
)

func (c *CLI) cacheCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "cache",
		Short: "Show or empty the cache of results",
		Long: `lockfix keeps the result of a run, with the state of every file that decided
it. A run with the same options over the same files is answered from there: a
check of unchanged code costs a look at its file times.

The folder is that of the variable ` + cache.Environment + ` (a path from the root), or lockfix/cache in
the user's cache folder; ` + cache.Environment + `=off keeps nothing. It never grows over 512 MB.`,
	})
	cmd.AddCommand(c.cacheInfoCommand(), c.cacheCleanCommand())
	return cmd
}

func (c *CLI) cacheInfoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Say where the cache is and how much it holds",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := cache.Dir()
			if err != nil {
				return err
			}
			if dir == "" {
				_, err := fmt.Fprintln(c.Stdout, "there is no cache: "+cache.Environment+" is off, or the system names no cache folder")
				return err
			}
			info, err := cache.Open(dir).Info()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.Stdout, "%s: %d entries, %d kB\n", dir, info.Entries, (info.Bytes+1023)/1024)
			return err
		},
	}
}

func (c *CLI) cacheCleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove every entry of the cache",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := cache.Dir()
			if err != nil {
				return err
			}
			return cache.Open(dir).Clean()
		},
	}
}
