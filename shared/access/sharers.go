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
	return fmt.Sprintf("group %s also guards %s: opening it for one opens it for all; give the cluster a group of its own, or set sharedGroups: allow in its policy",
		s.Group, s.Few())
}

// Few names the first of the sharers.
func (s Sharers) Few() string {
	const shown = 3
	if len(s.Names) <= shown {
		return strings.Join(s.Names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(s.Names[:shown], ", "), len(s.Names)-shown)
}
