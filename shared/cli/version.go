package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and what it was built from",
		Example: "  cachegate version",
		Args:    cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(a.stdout, "cachegate %s\n", version())
		},
	}
}

// version is the module's version as the Go toolchain recorded it, "devel" for
// a build from a working tree, with the commit where that is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	text := info.Main.Version
	if text == "" || text == "(devel)" {
		text = "devel"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	details := info.GoVersion
	if details == "" {
		details = runtime.Version()
	}
	if commit := settings["vcs.revision"]; commit != "" {
		const short = 12
		details = "commit " + commit[:min(short, len(commit))] + ", " + details
		if settings["vcs.modified"] == "true" {
			details = "changed since " + details
		}
	}
	return text + " (" + details + ")"
}
