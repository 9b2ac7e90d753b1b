package notify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/notify"
)

// sample is what a run says of a kind.
type sample struct{ title, detail, fix, resource, intent string }

// samples are the words of each kind as the planner makes them.
var samples = map[finding.Kind]sample{
	finding.AccessMissing: {
		"intent orders of sessions is not open", "security-group-ingress sg-0c: no rule lets sg-0a in on TCP 6379",
		"set the mode to enforce (cachegate mode enforce), and a run opens it: a rule or route made by hand would outlive the intent", "", "orders",
	},
	finding.AccessBlocked: {
		"intent orders of sessions is blocked", "network-acl acl-0c: rule 90 denies TCP 6379 from 10.0.1.0/24",
		"in account 111122223333: aws ec2 delete-network-acl-entry --network-acl-id acl-0c --rule-number 90 --ingress --region us-east-1", "", "orders",
	},
	finding.AccessUnknown: {
		"intent orders of sessions cannot be judged", "network-acl network ACLs of vpc-0b in 444455556666: account 444455556666 in us-east-1 cannot be read: the deployment does not list it, or has no role there",
		"let the deployment read account 444455556666 in us-east-1: name it in -c spokeAccounts and -c regions of the hub, and deploy the spoke stack there", "", "orders",
	},
	finding.AccessUndeclared: {
		"0.0.0.0/0 may reach sessions by sgr-0714 of sg-0c, and no intent declares it", `rule sgr-0714: tcp port 6379 from 0.0.0.0/0 ("temporary, debugging")`,
		"declare it, or revoke it: aws ec2 revoke-security-group-ingress --group-id sg-0c --security-group-rule-ids sgr-0714 --region us-east-1", "sg-0c", "",
	},
	finding.AccessContested: {
		"the rule of sg-0c for TCP 6379 from sg-0a is contested: somebody undoes what cachegate repairs", "the rule of sg-0c for TCP 6379 from sg-0a was repaired at least three times in 24 hours",
		"agree with the other actor on who owns it: terraform/ci", "sg-0c", "orders",
	},
	finding.AccessClosed: {
		"access of sessions/orders was closed: removed the rule for TCP 6379 from sg-0a at sg-0c (sgr-0714)", "the time of sessions/orders is over",
		"where it is needed still, declare it (cachegate intents apply); or bring it back for a day: cachegate undo 1a2b3c4d5e6f", "", "orders",
	},
	finding.ExpiredButOpen: {
		"intent orders of sessions is over, but sgr-0714 still lets sg-0a in and is not cachegate's", "rule sgr-0714: tcp port 6379 from sg-0a",
		"revoke it: aws ec2 revoke-security-group-ingress --group-id sg-0c --security-group-rule-ids sgr-0714 --region us-east-1", "sg-0c", "orders",
	},
	finding.IntentEnds: {
		"intent orders of sessions ends within a week, at 2026-03-11 12:00 UTC", "access from sg-0a closes then; it was declared for: the migration",
		"where it is needed longer, give it a later expiresAt (cachegate intents apply); else there is nothing to do", "", "orders",
	},
	finding.IntentInvalid: {
		"intent orders of sessions is malformed: it opens nothing new and keeps what it has", `table item cluster=sessions name=orders: field "source" is "nonsense": must be a security group, a CIDR, a prefix list or a VPC`,
		"correct the item, or delete it", "", "orders",
	},
	finding.IntentConflict: {
		"intent keep-out of sessions declares closed what an open intent needs; open wins", "on security group sg-0c: open intents there are sessions/orders",
		"make the sources of the two intents disjoint, or delete one of them", "sg-0c", "keep-out",
	},
	finding.GroupShared: {
		"intent orders of sessions is refused for a shared group", "security-group-ingress sg-0c: the group also guards cluster carts",
		"give the cluster a security group of its own, or set sharedGroups to allow", "", "orders",
	},
	finding.ClaimChanged: {
		"the rule of sg-0c for TCP 6379 from sg-0a was changed by someone else and is no longer cachegate's", "the claim is released; what stands there now is left alone",
		"check who changed it; what is declared is opened again beside it where that is possible", "sg-0c", "orders",
	},
	finding.RuleUnclaimed: {
		`sgr-0714 of sg-0c carries the tag of another deployment of cachegate, "staging"`, "rule sgr-0714: TCP 6379 from sg-0a, tag cachegate:managed=staging/0123456789abcdef",
		"ask whoever runs it; where nobody does, revoke the rule by hand", "sg-0c", "",
	},
	finding.ChangeRefused: {
		"25 closes in 111122223333/us-east-1/vpc-0abc wait for a person: they are more than maxCloses allows",
		"this run would close 25 of the 40 rules and routes that are open, more than the policy's maxCloses of 20; it waits (list 1a2b3c4d5e6f7081)",
		"check the intents and policies that changed last; if the list is right, cachegate approve 1a2b3c4d5e6f7081 lets the next run make these changes and no others", "", "",
	},
	finding.UnitUnreadable: {
		"part of unit 111122223333/us-east-1/vpc-0abc cannot be read: ec2:DescribeRouteTables", "ec2:DescribeRouteTables gave UnauthorizedOperation: you may not; nothing that it hides is closed",
		"allow ec2:DescribeRouteTables to cachegate's role in account 111122223333, or wait if AWS is throttling", "vpc-0abc", "",
	},
	finding.UnitFirstSeen: {
		"unit 111122223333/us-east-1/vpc-0abc is looked at for the first time: 12 findings, 1 critical, 11 medium",
		"critical: 0.0.0.0/0 may reach sessions by sgr-0714 of sg-0c, and no intent declares it; medium: sg-0a may reach carts by sgr-0715 of sg-0d, and no intent declares it; and 10 more",
		"list all of them: cachegate findings --unit 111122223333/us-east-1/vpc-0abc; see who can reach what: cachegate inventory", "vpc-0abc", "",
	},
	finding.SystemUnhealthy: {
		"unit 111122223333/us-east-1/vpc-0abc was not looked at for 3 hours", "its last run ended at 2026-03-04 09:00 UTC; the sweep is every hour",
		"look at the dead-letter queue and the alarms; cachegate run vpc-0abc looks at it now", "vpc-0abc", "",
	},
}

// statuses are those that people are told.
var statuses = []finding.Status{finding.Opened, finding.Changed, finding.Resolved, finding.Done}

func sampleOf(k finding.Kind, s finding.Status) notify.Note {
	words := samples[k]
	f := finding.Finding{
		ID: string(k) + "|111122223333/us-east-1/vpc-0abc|" + words.resource + "|" + words.intent, Kind: k, Status: s, Severity: k.Severity(), Unit: unit,
		Cluster: sessions, Intent: words.intent, Resource: words.resource, Title: words.title, Detail: words.detail, Fix: words.fix, Since: noon,
	}
	if words.intent != "" {
		f.Owner = "team-orders"
	}
	if s == finding.Done {
		f.Status, f.Unannounced = finding.Resolved, true
	}
	n := notify.Note{Finding: f}
	if over := s == finding.Done || s == finding.Resolved; over && k.Mender() == finding.ByOpening {
		n.Changes = []change.Change{open("sg-0c", "sg-0a")}
	}
	return n
}

func TestEveryKindAndStatusReadsAsItDidWhenSomebodyLastLooked(t *testing.T) {
	var out strings.Builder
	for _, k := range finding.Kinds() {
		if samples[k].title == "" {
			t.Fatalf("there is no sample of the kind %s", k)
		}
		for _, s := range statuses {
			var body map[string]string
			b := notify.Messages(sampleOf(k, s))
			unmarshal(t, b.Alert.Body, &body)
			fmt.Fprintf(&out, "=== %s %s\n%s\n\n", k, s, body["email"])
			head, rest, _ := strings.Cut(body["email"], "\n")
			_, title, _ := strings.Cut(head, ": ")
			title = strings.TrimSpace(title)
			if strings.Count(body["email"], "\n") >= 15 || strings.Contains(rest, title) {
				t.Errorf("%s %s has more than fifteen lines, or says its title twice:\n%s", k, s, body["email"])
			}
			if !strings.Contains(body["email"], "cachegate show f-") {
				t.Errorf("%s %s names no command that shows more", k, s)
			}
		}
	}
	file := filepath.Join("testdata", "every-kind.golden")
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("the messages changed (-golden +now); if they read well, go test -update:\n%s", diff)
	}
}
