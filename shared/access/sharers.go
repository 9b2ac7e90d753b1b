package access

import (
	"fmt"
	"strings"
)

// Sharers are what a security group guards beside one cluster: opening the group for
// one opens it for all.
type Sharers struct {
	Group string
	// Names are those of other clusters, then the ids of interfaces.
	Names []string
}

// SharedWith gives what else a group guards beside a cluster.
func (ix *Index) SharedWith(group, cluster string) Sharers {
	s := Sharers{Group: group}
	for _, arn := range ix.guarded[group] {
		if arn != cluster {
			s.Names = append(s.Names, ix.Known(arn).Name)
		}
	}
	for _, eni := range ix.Bystanders(group) {
		s.Names = append(s.Names, eni.ID)
	}
	return s
}

// None says whether the group guards the cluster alone.
func (s Sharers) None() bool { return len(s.Names) == 0 }

// String says who shares the group, and what can be done about it.
func (s Sharers) String() string {
	const shown = 3
	names, more := s.Names, ""
	if len(names) > shown {
		more = fmt.Sprintf(" and %d more", len(names)-shown)
		names = names[:shown]
	}
	return fmt.Sprintf("group %s also guards %s%s: opening it for one opens it for all; give the cluster a group of its own, or set sharedGroups: allow in its policy",
		s.Group, strings.Join(names, ", "), more)
}
