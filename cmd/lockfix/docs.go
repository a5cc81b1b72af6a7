package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The reference is made from the commands themselves, so that it cannot say
// anything else than --help does.

func (c *CLI) docsCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "docs",
		Short: "Write the reference of all commands: Markdown, or man pages",
	})
	cmd.AddCommand(&cobra.Command{
		Use:   "markdown",
		Short: "Print the reference as one page of Markdown",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.Stdout, markdown(cmd.Root()))
			return err
		},
	}, &cobra.Command{
		Use:   "man DIR",
		Short: "Write a man page of each command to a directory",
		Long:  "Man writes lockfix.1, lockfix-check.1 and so on. `man -l FILE` shows one; in a\ndirectory man1 below one of MANPATH, `man lockfix` finds it.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("%stakes the directory to write to", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := c.path(args[0])
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			for _, one := range documented(cmd.Root()) {
				name := strings.ReplaceAll(one.CommandPath(), " ", "-") + ".1"
				if err := replaceFile(filepath.Join(dir, name), []byte(manPage(one))); err != nil {
					return err
				}
			}
			return nil
		},
	})
	return cmd
}

// documented are a command and those below it that a user may call.
func documented(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" {
			all = append(all, documented(sub)...)
		}
	}
	return all
}

// markdown is the reference on one page.
func markdown(root *cobra.Command) string {
	var out strings.Builder
	out.WriteString("# The commands of lockfix\n\nWritten by `lockfix docs markdown`; `lockfix docs man DIR` writes man pages, and `lockfix completion` the completion of\nbash, zsh, fish and PowerShell.\n")
	for _, cmd := range documented(root) {
		fmt.Fprintf(&out, "\n## %s\n\n%s.\n", cmd.CommandPath(), strings.TrimSuffix(cmd.Short, "."))
		if cmd.Long != "" {
			fmt.Fprintf(&out, "\n```\n%s\n```\n", cmd.Long)
		}
		if cmd.Runnable() && !cmd.HasSubCommands() {
			fmt.Fprintf(&out, "\n```\n%s\n```\n", cmd.UseLine())
		}
		out.WriteString(flagTable(cmd))
	}
	return out.String()
}

// flagTable is the flags of a command that are its own; those of lockfix itself
// stand with it.
func flagTable(cmd *cobra.Command) string {
	var out strings.Builder
	ownFlags(cmd, func(f *pflag.Flag) {
		if out.Len() == 0 {
			out.WriteString("\n| flag | meaning |\n|---|---|\n")
		}
		name, usage := described(f)
		fmt.Fprintf(&out, "| `%s` | %s |\n", name, strings.ReplaceAll(strings.ReplaceAll(usage, "|", "\\|"), "<", "&lt;"))
	})
	return out.String()
}

// ownFlags calls do for the flags of a command, without --help.
func ownFlags(cmd *cobra.Command, do func(*pflag.Flag)) {
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			do(f)
		}
	})
}

// described is a flag as it is written, and what it means.
func described(f *pflag.Flag) (name, usage string) {
	value, usage := pflag.UnquoteUsage(f)
	name = "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if value != "" {
		name += " " + value
	}
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return name, usage
	}
	return name, fmt.Sprintf("%s (default %s)", usage, f.DefValue)
}

// manPage is a command as man(7) wants it.
func manPage(cmd *cobra.Command) string {
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	var out strings.Builder
	fmt.Fprintf(&out, ".TH %q 1 \"\" %q \"lockfix\"\n.ad l\n.SH NAME\n%s \\- %s\n", strings.ToUpper(name), "lockfix "+version(), roff(name), roff(cmd.Short))
	fmt.Fprintf(&out, ".SH SYNOPSIS\n.B %s\n", roff(strings.TrimSuffix(cmd.UseLine(), " [flags]")+" [flags]"))
	if cmd.Long != "" {
		fmt.Fprintf(&out, ".SH DESCRIPTION\n.nf\n%s\n.fi\n", roff(cmd.Long))
	}
	section := ".SH OPTIONS\n"
	ownFlags(cmd, func(f *pflag.Flag) {
		name, usage := described(f)
		fmt.Fprintf(&out, "%s.TP\n.B %s\n%s\n", section, roff(name), roff(usage))
		section = ""
	})
	var also []string
	if cmd.HasParent() {
		also = append(also, strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-"))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" {
			also = append(also, strings.ReplaceAll(sub.CommandPath(), " ", "-"))
		}
	}
	if len(also) > 0 {
		fmt.Fprintf(&out, ".SH SEE ALSO\n.BR %s (1)\n", roff(strings.Join(also, " (1), ")))
	}
	return out.String()
}

// roff is text that means nothing to roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\[u2026]`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
