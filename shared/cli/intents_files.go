package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/operate"
)

// records reads the items of files. What keeps a file from being read as items is
// collected among the wrong.
func (in *inputs) records(ctx context.Context, paths []string) []intent.Record {
	var out []intent.Record
	for _, path := range paths {
		name, data, ok := in.read(ctx, "the intents", path)
		if !ok {
			continue
		}
		records, err := intentfile.Parse(name, data)
		if err != nil {
			in.fail(err)
			continue
		}
		out = append(out, records...)
	}
	return out
}

// wrongItems are items that keep a command from doing anything at all.
type wrongItems struct {
	problems []intent.Problem
	// end says what that means.
	end string
}

func (w *wrongItems) Error() string {
	lines := make([]string, 0, len(w.problems)+1)
	for _, p := range w.problems {
		lines = append(lines, p.Error())
	}
	return strings.Join(append(lines, w.end), "\n")
}

// alone reads items without looking any cluster up.
func alone(records []intent.Record) operate.Understood {
	u := operate.Understood{Records: records, Set: intent.Parse(records, intent.Options{BareNames: true})}
	for _, i := range u.Set.Invalid {
		u.Problems = append(u.Problems, i.Problems...)
	}
	for _, i := range u.Set.InvalidPolicies {
		u.Problems = append(u.Problems, i.Problems...)
	}
	operate.SortProblems(u.Problems)
	return u
}

// named says whether any item names its cluster otherwise than by an ARN.
func named(records []intent.Record) bool {
	for _, r := range records {
		field := intent.FieldCluster
		if r.Fields[field].Text == intent.Everything {
			field = intent.FieldName
		}
		if v := r.Fields[field]; v.Kind == intent.String && v.Text != intent.Everything && !strings.Contains(v.Text, ":") {
			return true
		}
	}
	return false
}

// itemsText counts the right and the wrong items of a set.
func itemsText(records []intent.Record) string {
	policies := 0
	for _, r := range records {
		if r.Fields[intent.FieldCluster].Text == intent.Everything {
			policies++
		}
	}
	parts := []string{count(len(records)-policies, "intent")}
	switch {
	case policies == 1:
		parts = append(parts, "1 policy")
	case policies > 1:
		parts = append(parts, fmt.Sprintf("%d policies", policies))
	}
	return strings.Join(parts, " and ")
}

// completeIntentFiles makes the shell offer files with intents.
func completeIntentFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}
