package cli

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// nearEnough is how many letters may be wrong for a word to be suggested.
const nearEnough = 2

// usageError is an error in how a command was called, with where to read on.
func usageError(c *cobra.Command, format string, args ...any) error {
	return fmt.Errorf("%w\nrun '%s --help' to see how it is used", fmt.Errorf(format, args...), c.CommandPath())
}

// rootArguments refuses a word that is no command, and names those that are near.
func rootArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError(c, "there is no command %q; did you mean %q?", args[0], near[0])
	}
	return usageError(c, "there is no command %q", args[0])
}

var unknownFlag = regexp.MustCompile(`^unknown flag: (--[^\s=]+)`)

// flagError is told for a flag that is unknown or cannot be understood.
func flagError(c *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	found := unknownFlag.FindStringSubmatch(err.Error())
	if found == nil {
		return usageError(c, "%w", err)
	}
	if near := nearestFlag(c, found[1]); near != "" {
		return usageError(c, "there is no flag %s; did you mean %s?", found[1], near)
	}
	return usageError(c, "there is no flag %s", found[1])
}

func nearestFlag(c *cobra.Command, name string) string {
	best, nearest := nearEnough+1, ""
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if d := distance(name, "--"+f.Name); d < best && !f.Hidden {
			best, nearest = d, "--"+f.Name
		}
	})
	return nearest
}

// distance is how many letters have to be put in, taken out or exchanged to
// make one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, diagonal+1, cost)
		}
	}
	return row[len(b)]
}
