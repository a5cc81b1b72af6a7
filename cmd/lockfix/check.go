package main

import "github.com/spf13/cobra"

func (c *CLI) checkCommand() *cobra.Command {
	s := selection{brief: true}
	fixes := true
	cmd := &cobra.Command{
		Use:   "check [packages]",
		Short: "Report the findings in packages",
		Long:  "Check reports the findings in packages (\".\" if none is named), and for each\nwhat its fix would be or why there is none. It writes nothing.\n\nEach fix is type-checked, vetted, and looked at again in what is near to it: what it\nchanges, what that calls, who calls it, and who shares a variable with it. Diff and\nfix look at whole packages again.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			s.noFixes = !fixes
			result, err := c.run(cmd.Context(), &s, packages)
			if err != nil {
				return err
			}
			if err := c.render(result.Report, result, s.format); err != nil {
				return err
			}
			return asExit(outcome(result.Report, left(result.Report, nil)))
		},
	}
	s.bind(cmd)
	cmd.Flags().BoolVar(&fixes, "fixes", true, "say what the fix of each finding would be; false: the findings alone, which takes less time")
	return cmd
}
