package cli

import "github.com/spf13/cobra"

// completeFiles makes the shell offer files of some kinds for a flag. An error
// can only mean that the flag does not exist, which the tests would show.
func completeFiles(c *cobra.Command, flag string, extensions ...string) {
	_ = c.MarkFlagFilename(flag, extensions...)
}
