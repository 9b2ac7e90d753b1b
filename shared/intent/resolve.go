package intent

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// Resolve replaces bare cluster names by ARNs: those of intents, and those that policies are for.
// The function given returns the ARNs of all caches with a name. A name that no cache has stays as
// it is; one that several have is a problem that lists them. The records given are not changed.
func Resolve(records []Record, arns func(name string) []string) ([]Record, []Problem) {
	result := make([]Record, 0, len(records))
	var problems []Problem
	for _, record := range records {
		field := FieldCluster
		if record.isPolicy() {
			field = FieldName
		}
		v := record.Fields[field]
		if v.Kind == String && v.Text != Everything && resource.CheckName(v.Text) == nil {
			found := slices.Compact(slices.Sorted(slices.Values(arns(v.Text))))
			switch len(found) {
			case 0:
			case 1:
				record.Fields = maps.Clone(record.Fields)
				v.Text = found[0]
				record.Fields[field] = v
			default:
				r := newReader(record)
				r.report(field, v.Line, v.show(), "the name of more than one cache",
					"must be an ARN: "+strings.Join(found, " or "))
				problems = append(problems, r.problems...)
			}
		}
		result = append(result, record)
	}
	return result, problems
}
