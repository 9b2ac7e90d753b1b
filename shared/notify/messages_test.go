package notify_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

const sessions = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

var (
	home = network.Location{Account: "111122223333", Region: "us-east-1"}
	unit = network.Unit{Location: home, VPC: "vpc-0abc"}
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

func open(group, source string) change.Change {
	return change.Change{
		Action: change.AuthorizeIngress, Reason: change.Repaired, Outcome: change.Applied,
		Requirement: change.Requirement{Kind: change.Rule, Location: home, Resource: group, Port: 6379, Peer: network.Peer{SecurityGroup: source}},
		Intents:     []intent.Key{{Cluster: sessions, Name: "orders"}},
	}
}

func undeclared() finding.Finding {
	return finding.Finding{
		ID:   "access-undeclared|111122223333/us-east-1/vpc-0abc|sg-0c|sgr-0714",
		Kind: finding.AccessUndeclared, Status: finding.Opened, Severity: finding.Critical, Unit: unit,
		Cluster: sessions, Resource: "sg-0c", Actor: "platform-admin/dave", Since: noon,
		Title:  "0.0.0.0/0 may reach sessions by sgr-0714 of sg-0c, and no intent declares it",
		Detail: `rule sgr-0714: tcp port 6379 from 0.0.0.0/0 ("temporary, debugging")`,
		Fix:    "declare it, or revoke it: aws ec2 revoke-security-group-ingress --group-id sg-0c --security-group-rule-ids sgr-0714 --region us-east-1  # account 111122223333",
	}
}

func missing() finding.Finding {
	return finding.Finding{
		ID:   "access-missing|111122223333/us-east-1/vpc-0abc||" + sessions + "|orders",
		Kind: finding.AccessMissing, Status: finding.Opened, Severity: finding.Medium, Unit: unit,
		Cluster: sessions, Intent: "orders", Owner: "team-orders", Actor: "security-audit/erin", Since: noon,
		Title: "intent orders of sessions is not open yet",
		Detail: "route rtb-0a: no route to 10.20.0.0/16 to the cluster; route rtb-0c: no route to 10.30.0.0/16 back to the client; " +
			"peering-dns pcx-01: the peer may not resolve names of vpc-0abc; security-group-ingress sg-0c: no rule lets sg-0a in on TCP 6379",
		Fix: "aws ec2 create-route --route-table-id rtb-0a; aws ec2 create-route --route-table-id rtb-0c; " +
			"aws ec2 modify-vpc-peering-connection-options; aws ec2 authorize-security-group-ingress --group-id sg-0c",
	}
}

func undeclaredRevoked() change.Change {
	return change.Change{
		Action: change.RevokeIngress, Reason: change.Undeclared, Outcome: change.Applied,
		Requirement: change.Requirement{Kind: change.Rule, Location: home, Resource: "sg-0c"},
		Rule: network.Rule{
			ID: "sgr-0714", SecurityGroup: "sg-0c", Protocol: "tcp", FromPort: 6379, ToPort: 6379,
			Peer: network.Peer{CIDR: netip.MustParsePrefix("198.51.100.0/24")},
		},
	}
}

// examples are notes whose messages people have read and found good.
func examples() map[string]notify.Note {
	revoked := undeclared()
	revoked.Status, revoked.Severity = finding.Resolved, finding.High
	mended := missing()
	mended.Status = finding.Resolved
	watched := missing()
	refused, planned := open("sg-0c", "sg-0a"), open("sg-0c", "sg-0a")
	withdrawn := open("sg-0c", "sg-0b")
	withdrawn.Action, withdrawn.Reason = change.RevokeIngress, change.Withdrawn
	planned.Outcome = change.Planned
	refused.Outcome, refused.Why = change.Refused, "sg-0c has room for 0 more rules and 1 is needed"
	done := mended
	done.Unannounced = true
	gone := revoked
	gone.Unannounced = true
	closed := finding.Finding{
		ID:   "access-closed|111122223333/us-east-1/vpc-0abc||" + sessions + "|orders",
		Kind: finding.AccessClosed, Status: finding.Resolved, Unannounced: true, Severity: finding.Low, Unit: unit,
		Cluster: sessions, Intent: "orders", Owner: "team-orders", Since: noon,
		Title:  "access of sessions/orders was closed: removed the rule for TCP 6379 from sg-0b at sg-0c (sgr-0714)",
		Detail: "the time of sessions/orders is over",
		Fix:    "where it is needed still, declare it (cachegate intents apply); or bring it back for a day: cachegate undo 1a2b3c4d5e6f",
	}
	return map[string]notify.Note{
		"missing-done":       {Finding: done, Changes: []change.Change{open("sg-0c", "sg-0a"), withdrawn}},
		"undeclared-done":    {Finding: gone, Changes: []change.Change{undeclaredRevoked()}},
		"closed-done":        {Finding: closed, Changes: []change.Change{withdrawn}},
		"undeclared-opened":  {Finding: undeclared()},
		"undeclared-revoked": {Finding: revoked, Changes: []change.Change{open("sg-0d", "sg-0x"), undeclaredRevoked()}},
		"missing-mended": {Finding: mended, Changes: []change.Change{
			{
				Action: change.CreateRoute, Outcome: change.Applied, Intents: []intent.Key{{Cluster: sessions, Name: "orders"}},
				Requirement: change.Requirement{
					Kind: change.Route, Location: home, Resource: "rtb-0c",
					Destination: netip.MustParsePrefix("10.30.0.0/16"), Target: network.TargetOf("pcx-01"),
				},
			}, open("sg-0c", "sg-0a"), open("sg-0d", "sg-0a"),
		}},
		"missing-withdrawn": {Finding: mended, Changes: []change.Change{withdrawn}},
		"missing-observed":  {Finding: watched, Changes: []change.Change{planned}},
		"missing-refused":   {Finding: watched, Changes: []change.Change{refused}},
		"unit-unreadable": {Finding: finding.Finding{
			ID: "unit-unreadable|111122223333/us-east-1/vpc-0abc|ec2:DescribeRouteTables|", Kind: finding.UnitUnreadable,
			Status: finding.Changed, Severity: finding.High, Unit: unit, Resource: unit.VPC, Since: noon,
			Title:  "part of unit 111122223333/us-east-1/vpc-0abc cannot be read: ec2:DescribeRouteTables",
			Detail: "ec2:DescribeRouteTables gave UnauthorizedOperation: you may not; nothing that it hides is closed",
		}},
	}
}

// golden shows a bundle as people would want to read it.
func golden(t *testing.T, b notify.Bundle) string {
	t.Helper()
	var body map[string]string
	unmarshal(t, b.Alert.Body, &body)
	var out strings.Builder
	section := func(title, text string) { out.WriteString("--- " + title + "\n" + text + "\n") }
	section("subject", b.Alert.Subject)
	section("email", body["email"])
	section("attributes", indented(t, b.Alert.Attributes))
	section("default", indented(t, json.RawMessage(body["default"])))
	section("chat", indented(t, json.RawMessage(b.Chat.Body)))
	section("event", indented(t, map[string]any{"source": b.Event.Source, "detail-type": b.Event.DetailType, "resources": b.Event.Resources}))
	if b.Event.Detail != body["default"] {
		t.Error("the event's detail is not the default message")
	}
	return out.String()
}

func indented(t *testing.T, value any) string {
	t.Helper()
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatalf("encoding: %v", err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func unmarshal(t interface{ Fatalf(string, ...any) }, text string, into any) {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
}

func TestMessagesReadAsTheyDidWhenSomebodyLastLooked(t *testing.T) {
	for name, note := range examples() {
		t.Run(name, func(t *testing.T) {
			got := golden(t, notify.Messages(note))
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("reading the golden file (go test -update writes it): %v", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the messages changed (-golden +now); if they read well, go test -update:\n%s", diff)
			}
		})
	}
}

// hostile draws texts of what hurts most of all, some of them as long as can be.
func hostile(long int) *rapid.Generator[string] {
	unit := rapid.OneOf(
		rapid.SampledFrom([]string{
			`"`, `\`, "\x00", "\x1b[2J", "\r\n", "\u202e", "\u2028", "\xff", "<!channel>", "@here", "[a](http://b)", "; ", "é", "🚨", "", " ",
			"\u007f", "\ufffe", "\u2066",
		}),
		rapid.String(),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(strings.Join(rapid.SliceOfN(unit, 0, 4).Draw(t, "texts"), ""), rapid.SampledFrom([]int{1, 1, 2, long}).Draw(t, "times"))
	})
}

func drawNote(t *rapid.T) notify.Note {
	s, long := hostile(100), hostile(3000)
	n := notify.Note{Finding: finding.Finding{
		ID: s.Draw(t, "id"), Kind: finding.Kind(s.Draw(t, "kind")), Status: finding.Status(s.Draw(t, "status")), Severity: finding.Severity(s.Draw(t, "severity")),
		Unit:    network.Unit{Location: network.Location{Account: s.Draw(t, "account"), Region: s.Draw(t, "region")}, VPC: s.Draw(t, "vpc")},
		Cluster: s.Draw(t, "cluster"), Intent: s.Draw(t, "intent"), Resource: s.Draw(t, "resource"), Owner: s.Draw(t, "owner"),
		Title: long.Draw(t, "title"), Detail: long.Draw(t, "detail"), Fix: long.Draw(t, "fix"), Actor: s.Draw(t, "actor"), Since: noon,
	}}
	for range rapid.SampledFrom([]int{0, 1, 3, 100}).Draw(t, "changes") {
		c := open(s.Draw(t, "group"), s.Draw(t, "source"))
		c.Outcome, c.Why = rapid.SampledFrom([]change.Outcome{change.Applied, change.Refused, change.Failed, ""}).Draw(t, "outcome"), long.Draw(t, "why")
		c.Intents = []intent.Key{{Cluster: n.Finding.Cluster, Name: n.Finding.Intent}}
		n.Changes = append(n.Changes, c)
	}
	return n
}

// harmful are characters that could forge what a terminal or mail client shows.
func harmful(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) && r != '\n'
}

func TestNoFindingMakesAMessageThatIsTooLongOrDoesHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := notify.Messages(drawNote(t))
		var body map[string]string
		unmarshal(t, b.Alert.Body, &body)
		for what, topic := range map[string]notify.Topic{"the alert": b.Alert, "the chat message": b.Chat} {
			size := len(topic.Subject) + len(topic.Body)
			for k, v := range topic.Attributes {
				size += len(k) + len("String") + len(v)
				if strings.TrimSpace(v) == "" || strings.ContainsFunc(v, harmful) || strings.Contains(v, "\n") {
					t.Errorf("%s has the attribute %s=%q", what, k, v)
				}
			}
			if size > 256<<10 {
				t.Errorf("%s has %d bytes, and SNS takes %d", what, size, 256<<10)
			}
		}
		if size := len(b.Event.Detail) + len(b.Event.Source) + len(b.Event.DetailType) + len(strings.Join(b.Event.Resources, "")); size > 256<<10 {
			t.Errorf("the event has %d bytes, and EventBridge takes %d", size, 256<<10)
		}
		if len(b.Alert.Subject) > 99 || strings.ContainsFunc(b.Alert.Subject, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the subject is %q", b.Alert.Subject)
		}
		email := body["email"]
		if lines := strings.Count(email, "\n") + 1; lines > 15 || !utf8.ValidString(email) || strings.ContainsFunc(email, harmful) {
			t.Errorf("the e-mail has %d lines:\n%q", lines, email)
		}
		for _, text := range []string{body["default"], b.Chat.Body} {
			wantHarmless(t, text)
		}
	})
}

// wantHarmless looks at every string of a JSON text.
func wantHarmless(t *rapid.T, text string) {
	var value any
	unmarshal(t, text, &value)
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.ContainsFunc(v, harmful) {
				t.Errorf("%q could forge what is shown", v)
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			for _, e := range v {
				look(e)
			}
		}
	}
	look(value)
}

func TestAChatMessageMentionsNobodyAndHidesNoLink(t *testing.T) {
	f := undeclared()
	f.Owner = "team@example.com @here"
	f.Detail = "<!channel> <@U123> [innocent](https://example.com) @everyone"
	f.Fix = "<https://example.com|click>"
	b := notify.Messages(notify.Note{Finding: f})
	var message struct{ Content map[string]any }
	unmarshal(t, b.Chat.Body, &message)
	text := indented(t, message.Content)
	for _, bad := range []string{"<", ">", "](", " @", "\"@"} {
		if strings.Contains(text, bad) {
			t.Errorf("the chat message holds %q:\n%s", bad, text)
		}
	}
	if !strings.Contains(text, "team@example.com") {
		t.Errorf("an address lost its @:\n%s", text)
	}
}

func TestWhatIsCutSaysSo(t *testing.T) {
	f := undeclared()
	f.Detail = strings.Repeat("x", 100_000)
	var body map[string]string
	unmarshal(t, notify.Messages(notify.Note{Finding: f}).Alert.Body, &body)
	var data struct {
		Detail    string
		Truncated []string
	}
	unmarshal(t, body["default"], &data)
	if len(data.Truncated) != 1 || data.Truncated[0] != "detail" || !strings.HasSuffix(data.Detail, " more characters)") {
		t.Errorf("truncated is %v, the detail ends with %q", data.Truncated, data.Detail[len(data.Detail)-40:])
	}
	kept, left := strings.Count(data.Detail, "x"), 0
	if _, err := fmt.Sscanf(strings.TrimLeft(data.Detail, "x"), "… (%d more", &left); err != nil {
		t.Fatalf("reading how much is left out: %v", err)
	}
	if kept < 7000 || left < 100_000-kept-50 || left > 100_000-kept {
		t.Errorf("%d characters of 100000 are kept, and %d are said to be left out", kept, left)
	}
}
