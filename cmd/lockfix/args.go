package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lockfix/lockfix/rules"
)

// group makes a command that only holds others: without one of them it shows
// its help, and for an unknown one it says which was meant.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var known []string
		for _, sub := range cmd.Commands() {
			known = append(known, sub.Name())
		}
		return fmt.Errorf("there is no command %q%s", words(cmd)+args[0], rules.Suggest(args[0], known))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cmd.SetOut(cmd.ErrOrStderr())
		if err := cmd.Help(); err != nil {
			return err
		}
		return exit(exitUsage)
	}
	return cmd
}

// oneRule takes the id of one rule as the only argument.
func oneRule(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%stakes the id of one rule: `lockfix rules list` shows them", words(cmd))
}

// noArgs takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%stakes no arguments", words(cmd))
}

// someDirs takes at least one directory.
func someDirs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return fmt.Errorf("%stakes directories of *.json rules", words(cmd))
}

// words are those of a command, without "lockfix" and with a space at the end.
func words(cmd *cobra.Command) string {
	_, path, _ := strings.Cut(cmd.CommandPath()+" ", " ")
	return path
}

// flagError adds to an unknown flag the one that was meant, and to a bad value
// where the flags are described.
func flagError(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return fmt.Errorf("%w: %s", err, hint)
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := rules.Nearest(unknown.GetSpecifiedName(), known); near != "" {
		hint = fmt.Sprintf("did you mean --%s?", near)
	}
	return fmt.Errorf("%w: %s", err, hint)
}

// oneOf refuses a flag's value that is not one of its words.
func oneOf(flag, value string, words ...string) error {
	for _, word := range words {
		if value == word {
			return nil
		}
	}
	return fmt.Errorf("%s %q: it is one of %s", flag, value, strings.Join(words, ", "))
}
