package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
)

func (a *app) diffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two intents files, or revisions of one, by what they mean",
		Long: "diff shows which items of A are created, changed and deleted in B, field by field. It compares meanings: the\n" +
			"order of items and of sources, the spelling of a time and comments make no difference. No AWS account is\n" +
			"needed.\n\n" +
			"A and B are files, or revisions in git as REVISION:PATH, such as main:intents.yaml; - is the standard input.\n" +
			"A revision without the file is as an empty one.\n\n" +
			"Exit status: 0 they mean the same, 1 they differ, 2 bad usage, or an item is wrong.",
		Example: "  cachegate intents diff main:intents.yaml intents.yaml\n" +
			"  cachegate intents diff HEAD~1:teams/orders.yaml HEAD:teams/orders.yaml --json\n" +
			"  cachegate intents list -o yaml | cachegate intents diff - intents.yaml",
		Args: func(c *cobra.Command, args []string) error {
			const wanted = 2
			if len(args) != wanted {
				return usageError(c, "%s given: diff takes two files, or revisions of them", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.diff(c.Context(), args[0], args[1], asJSON)
		},
		ValidArgsFunction: completeIntentFiles,
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one item a line")
	return c
}

func (a *app) diff(ctx context.Context, from, to string, asJSON bool) error {
	in := &inputs{app: a}
	before, after := in.revision(ctx, from), in.revision(ctx, to)
	if err := in.err(); err != nil {
		return err
	}
	var problems []intent.Problem
	for _, records := range [][]intent.Record{before, after} {
		problems = append(problems, alone(records).Problems...)
	}
	if len(problems) > 0 { // two items with one name among them cannot be compared
		return &wrongItems{problems: problems, end: "nothing was compared: correct them and run it again"}
	}
	differences := intentdiff.Compare(before, after)
	var keys []intent.Key
	for _, d := range differences {
		keys = append(keys, d.Key)
	}
	names, s, counts := namesOf(keys), a.screen(), map[intentdiff.Action]int{}
	for _, d := range differences {
		counts[d.Action]++
		if d.Action == intentdiff.Keep {
			continue
		}
		a.status = statusUnsatisfied
		if !asJSON {
			s.difference(names, d)
			continue
		}
		if err := a.printJSON(differenceView(d)); err != nil {
			return err
		}
	}
	if !asJSON {
		text := editCounts(counts, true)
		if a.status == statusDone {
			text = "the same: " + itemsText(after)
		}
		s.line(0, say("%s", text))
	}
	return nil
}

// revision reads a file, or a revision of one in git.
func (in *inputs) revision(ctx context.Context, name string) []intent.Record {
	revision, path, is := strings.Cut(name, ":")
	if _, err := os.Stat(name); !is || err == nil || revision == "" {
		return in.records(ctx, []string{name})
	}
	data, err := showRevision(ctx, revision, path)
	if err != nil {
		in.fail(fmt.Errorf("reading %s: %w", name, err))
		return nil
	}
	records, err := intentfile.Parse(name, data)
	if err != nil {
		in.fail(err)
	}
	return records
}

// errNoGit says what is missing where git is not there.
var errNoGit = errors.New("git is not installed, and there is no file of this name")

// showRevision gives a file as it is in a revision; an empty list where the revision does
// not have it.
func showRevision(ctx context.Context, revision, path string) ([]byte, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("%q is no revision", revision)
	}
	if err := git(ctx, nil, "rev-parse", "--verify", "--quiet", revision+"^{commit}"); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errNoGit
		}
		return nil, fmt.Errorf("there is no file of this name, and git knows no revision %q here", revision)
	}
	// A path is the one from the folder that the command runs in, as for files.
	object := revision + ":./" + strings.TrimPrefix(path, "./")
	if !inGit(ctx, object) {
		return []byte("[]"), nil
	}
	var out bytes.Buffer
	if err := git(ctx, &out, "show", object); err != nil {
		return nil, fmt.Errorf("git show %s: %w", object, err)
	}
	return out.Bytes(), nil
}

// inGit says whether git has an object, such as a file of a revision.
func inGit(ctx context.Context, object string) bool {
	return git(ctx, nil, "cat-file", "-e", object) == nil
}

func git(ctx context.Context, out *bytes.Buffer, args ...string) error {
	command := exec.CommandContext(ctx, "git", args...)
	if out != nil {
		command.Stdout = out
	}
	return command.Run()
}
