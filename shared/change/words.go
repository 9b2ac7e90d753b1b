package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
)

// Phrase says a change in words: "let sg-0a in on TCP 6379 at sg-0c" is To and
// Object, what became of it is Did and Object.
type Phrase struct{ To, Did, Object string }

// Noun names a requirement for people, as in "the rule of sg-0c for TCP 6379 from sg-0a".
func (r Requirement) Noun() string { return r.Kind.traits().noun(r) }

// Phrase says a change in parts of a sentence.
func (c Change) Phrase() Phrase {
	if !c.Writes() {
		return claimPhrase(c)
	}
	return c.Kind.traits().phrase(c)
}

// Sentence says what a change does.
func (c Change) Sentence() string {
	p := c.Phrase()
	return p.To + " " + p.Object
}

// Story says what became of a change.
func (c Change) Story() string {
	p := c.Phrase()
	var text string
	switch c.Outcome {
	case Applied:
		text = p.Did + " " + p.Object
	case Planned:
		text = "not done, because the mode is observe: " + p.To + " " + p.Object
	case Refused:
		text = "held back: " + p.To + " " + p.Object
	case Failed:
		text = "failed: " + p.To + " " + p.Object
	default:
		text = "not reached: " + p.To + " " + p.Object
	}
	if c.Why != "" {
		text += " (" + c.Why + ")"
	}
	return text
}

// Because says why a change is made.
func (c Change) Because() string {
	names := IntentNames(c.Intents)
	switch c.Reason {
	case Declared:
		return "needed by " + names
	case Repaired:
		return "someone removed it, and it is needed by " + names
	case Expired:
		return "the time of " + names + " is over"
	case Withdrawn:
		if names == "" {
			return "no intent needs it any longer"
		}
		return "no longer needed by " + names
	case ClusterDeleted:
		if names == "" {
			return "the cluster is gone"
		}
		return "the cluster is gone (" + names + ")"
	case Undeclared:
		return "no intent declares it, and the policy revokes that"
	case ClosedIntent:
		return "declared closed by " + names
	case Undone:
		return "an earlier run is undone"
	case Adopted:
		return "it stood already, and is needed by " + names
	case Released:
		return "a person gave its claim up: it stays, and is nobody's"
	case TakenOut:
		return "a person has all revoked that cachegate holds"
	default:
		return string(c.Reason)
	}
}

// Detail gives the fields of a change for programs.
func (c Change) Detail() map[string]any { return c.Kind.traits().detail(c) }

// IntentNames lists intents as people call them: cluster/name.
func IntentNames(keys []intent.Key) string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		names = append(names, k.Short())
	}
	return strings.Join(names, ", ")
}

// IntentsOf gives the intents of holders, each once, in order.
func IntentsOf(holders []Holder) []intent.Key {
	var out []intent.Key
	for _, h := range holders {
		if h.Named() && !slices.Contains(out, h.Intent) {
			out = append(out, h.Intent)
		}
	}
	slices.SortFunc(out, func(a, b intent.Key) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// RevokeCommand gives the AWS CLI command that revokes a rule by its id.
func RevokeCommand(group string, rules ...string) string {
	return fmt.Sprintf("aws ec2 revoke-security-group-ingress --group-id %s --security-group-rule-ids %s", group, strings.Join(rules, " "))
}
