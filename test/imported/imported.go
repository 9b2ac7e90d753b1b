// Package imported holds what is drafted of an estate against what it promises: a plan with
// it changes nothing, no access stays undeclared that is not told as left to people, and
// nothing is declared that is wider than what is there.
package imported

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/importing"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/test/oracle"
)

// Result is what became of an import.
type Result struct {
	Draft *importing.Draft
	// Broken says which promises do not hold.
	Broken []string
}

// Check imports what is open in a world in which some intents and policies are declared.
func Check(ctx context.Context, sim *awssim.Sim, set intent.Set, now time.Time) (Result, error) {
	c := &check{ctx: ctx, sim: sim.Clone(), set: set, clock: func() time.Time { return now }}
	before, err := c.plans(set)
	if err != nil {
		return Result{}, err
	}
	session, err := c.session(set)
	if err != nil {
		return Result{}, err
	}
	estate, err := operate.ReadEstate(ctx, session.Clients, session.Runner.Locations)
	if err != nil {
		return Result{}, err
	}
	c.draft, err = session.Import(ctx, estate, nil, func() {})
	if err != nil {
		return Result{}, err
	}
	both, err := c.declared()
	if err != nil {
		return Result{}, err
	}
	after, err := c.plans(both)
	if err != nil {
		return Result{}, err
	}
	c.nothingChanges(before, after)
	c.nothingHidden(after)
	if err := c.nothingWritten(both); err != nil {
		return Result{}, err
	}
	return Result{c.draft, c.broken}, c.nothingWider()
}

type check struct {
	ctx    context.Context
	sim    *awssim.Sim
	set    intent.Set
	clock  func() time.Time
	draft  *importing.Draft
	broken []string
}

func (c *check) breaks(format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

func (c *check) session(set intent.Set) (*replay.Session, error) {
	s := replay.New(c.sim.Clone(), set, replay.Options{Clock: c.clock})
	return s, s.Prepare(c.ctx)
}

// plans gives what a run of each unit would do.
func (c *check) plans(set intent.Set) ([]reconcile.Report, error) {
	session, err := c.session(set)
	if err != nil {
		return nil, err
	}
	units, err := session.Seen(c.ctx)
	if err != nil {
		return nil, err
	}
	var out []reconcile.Report
	for _, u := range units {
		report, err := session.Runner.Preview(c.ctx, u, reconcile.Wake{}, session.At)
		if err != nil {
			return nil, err
		}
		out = append(out, report)
	}
	return out, nil
}

// declared reads the draft as people do, from its file, beside what was declared before.
func (c *check) declared() (intent.Set, error) {
	text := c.draft.YAML(func(arn string) string { return arn }, "drafted")
	read, problems, err := replay.LoadIntents(c.ctx, "imported.yaml", text, c.sim)
	if err != nil {
		return intent.Set{}, fmt.Errorf("what is drafted cannot be read: %w\n%s", err, text)
	}
	for _, p := range problems {
		if !c.tooWide(p) {
			c.breaks("what is drafted is wrong: %v", p)
		}
	}
	drafted := c.draft.Intents()
	if len(read.Intents) != len(drafted) && len(problems) == 0 {
		c.breaks("%d intents are drafted, and the file has %d", len(drafted), len(read.Intents))
	}
	both := c.set
	both.Intents = slices.Concat(c.set.Intents, drafted)
	for _, i := range read.Intents {
		if !slices.ContainsFunc(drafted, func(d intent.Intent) bool { d.Place = i.Place; return fmt.Sprint(d.Fields()) == fmt.Sprint(i.Fields()) }) {
			c.breaks("the file says of %s something else than is drafted: %v", i.Name, i.Fields())
		}
	}
	return both, nil
}

// tooWide says whether a source is refused in the file alone, since the policies that allow
// it are not in it.
func (c *check) tooWide(p intent.Problem) bool {
	return len(c.set.Policies) > 0 && strings.Contains(p.Allowed, "widest")
}

func keys(reports []reconcile.Report) map[string]bool {
	out := map[string]bool{}
	for _, r := range reports {
		for _, ch := range r.Changes {
			out[keyOf(ch)] = true
		}
	}
	return out
}

func keyOf(c change.Change) string {
	return string(c.Action) + " " + c.Resource + " " + c.Rule.ID + " " + c.Key()
}

func (c *check) nothingChanges(before, after []reconcile.Report) {
	was := keys(before)
	for _, r := range after {
		for _, ch := range r.Changes {
			if !was[keyOf(ch)] && !c.told(ch) {
				c.breaks("a run would change something: %s (%s) for %v", ch.Text(), ch.Reason, ch.Intents)
			}
		}
	}
}

// told says whether the draft warns of a change: a policy revokes what stays undeclared.
func (c *check) told(ch change.Change) bool {
	return ch.Reason == change.Undeclared && slices.ContainsFunc(c.draft.Warnings, func(w string) bool { return strings.Contains(w, ch.Rule.ID) })
}

// nothingHidden sees to it that what stays undeclared is told in the draft.
func (c *check) nothingHidden(after []reconcile.Report) {
	for _, r := range after {
		for _, f := range r.Live {
			if f.Kind == finding.AccessUndeclared && f.Intent == "" && f.About.RuleID != "" && !c.left(f.About.RuleID) {
				c.breaks("%s, which the draft does not tell", f.Title)
			}
		}
	}
}

// left says whether a draft says of a rule that it is left to people.
func (c *check) left(rule string) bool {
	for _, k := range c.draft.Clusters {
		if slices.ContainsFunc(k.Notes, func(n string) bool { return strings.Contains(n, rule) }) {
			return true
		}
		for _, i := range k.Items {
			if i.Left != "" && slices.Contains(i.Rules, rule) || slices.Contains(i.Wide, rule) {
				return true
			}
		}
	}
	return false
}

// nothingWritten runs all units with what is drafted, where nothing else is declared: nothing
// is opened. A close that was planned before may go through where fewer are left for
// maxCloses to stop.
func (c *check) nothingWritten(both intent.Set) error {
	if len(c.set.Intents) > 0 {
		return nil
	}
	without, err := c.written(c.set)
	if err != nil {
		return err
	}
	with, err := c.written(both)
	if err != nil {
		return err
	}
	for w := range with {
		closes := strings.Contains(w, ":Revoke") || strings.Contains(w, ":Delete") || strings.Contains(w, ":Disable")
		if !without[w] && !closes {
			c.breaks("a run writes %s", w)
		}
	}
	return nil
}

func (c *check) written(set intent.Set) (map[string]bool, error) {
	session, err := c.session(set)
	if err != nil {
		return nil, err
	}
	if _, err := session.Sweep(c.ctx); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, w := range session.Sim.Writes() {
		out[fmt.Sprintf("%s in %s/%s: %s", w.Operation, w.Account, w.Region, describe(w.Input))] = true
	}
	return out, nil
}

// nothingWider compares each intent with the rules that are there, as the oracle reads them.
func (c *check) nothingWider() error {
	n, err := oracle.Read(c.ctx, c.sim)
	if err != nil {
		return err
	}
	for _, i := range c.draft.Intents() {
		cluster, ok := n.Cluster(i.Cluster)
		if !ok {
			c.breaks("%s is drafted for %s, which is not there", i.Name, i.Cluster)
			continue
		}
		ports := i.Ports
		if ports == nil {
			ports = cluster.Ports
		}
		for _, port := range ports {
			if !opens(n, cluster, i.Sources[0].String(), port) {
				c.breaks("%s declares %s on port %d of %s, and no rule lets it in there", i.Name, i.Sources[0], port, i.Cluster)
			}
		}
	}
	return nil
}

// opens says whether a rule of a cluster's groups lets just this source in on a port.
func opens(n *oracle.Network, c oracle.Cluster, source string, port uint16) bool {
	home := strings.Split(c.ARN, ":")[4] // a cluster may be in a VPC that another account shares
	for _, groups := range c.Groups {
		for _, g := range groups {
			for _, r := range n.Rules(g) {
				touches := aws.ToString(r.IpProtocol) == "-1" || aws.ToInt32(r.FromPort) <= int32(port) && int32(port) <= aws.ToInt32(r.ToPort)
				if !aws.ToBool(r.IsEgress) && touches && peerText(r, home) == source {
					return true
				}
			}
		}
	}
	return false
}

func peerText(r ec2types.SecurityGroupRule, home string) string {
	switch {
	case r.CidrIpv4 != nil:
		return *r.CidrIpv4
	case r.CidrIpv6 != nil:
		return *r.CidrIpv6
	case r.PrefixListId != nil:
		return *r.PrefixListId
	case r.ReferencedGroupInfo == nil:
		return ""
	}
	id, owner := aws.ToString(r.ReferencedGroupInfo.GroupId), aws.ToString(r.ReferencedGroupInfo.UserId)
	if owner == "" || owner == home {
		return id
	}
	return owner + "/" + id
}

// describe gives an input of a call as JSON, without what is drawn at random.
func describe(input any) string {
	text, err := json.Marshal(input)
	if err != nil {
		return fmt.Sprintf("%T", input)
	}
	return string(text)
}
