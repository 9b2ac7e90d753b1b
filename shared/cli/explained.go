package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
)

// explained is the answer to a question: the way, and who declared it.
type explained struct {
	operate.Explanation
	source string
	// intents is the name of the intents file, empty where none was given.
	intents  string
	covering []intent.Intent
	now      time.Time
}

// covering gives the declared intents that speak of the source, open and closed
// ones, whether their time has come or not.
func covering(e operate.Explanation, declared []intent.Intent) []intent.Intent {
	asked, ok := e.Index.Cluster(e.Intent.Cluster)
	if !ok {
		return nil
	}
	var out []intent.Intent
	for _, i := range declared {
		c, known := e.Index.Cluster(i.Cluster)
		samePath := i.Path == "" || e.Path == "" || i.Path == e.Path || i.Access == intent.Closed
		if !known || c.ARN != asked.ARN || !samePath {
			continue
		}
		if slices.ContainsFunc(i.Sources, func(s intent.Source) bool { return covers(e.Index, s, e.Intent.Sources[0]) }) {
			out = append(out, i)
		}
	}
	return out
}

// covers says whether all of a source lies in a declared one.
func covers(ix *access.Index, declared, asked intent.Source) bool {
	if declared.ID != "" && declared.ID == asked.ID {
		return declared.Account == asked.Account || declared.Account == "" || asked.Account == ""
	}
	if declared.Kind == intent.VPC && asked.Kind == intent.SecurityGroup {
		return ix.SecurityGroups[asked.ID].VPC == declared.ID
	}
	own := addressesOf(ix, asked)
	blocks := addressesOf(ix, declared)
	if len(own) == 0 || declared.Kind == intent.SecurityGroup {
		return false
	}
	for _, p := range own {
		if !slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return network.Covers(b, p) }) {
			return false
		}
	}
	return true
}

// addressesOf gives the addresses of a source, as far as they are known.
func addressesOf(ix *access.Index, s intent.Source) []netip.Prefix {
	switch s.Kind {
	case intent.CIDR:
		return []netip.Prefix{s.Prefix}
	case intent.PrefixList:
		return ix.PrefixLists[s.ID].Entries
	case intent.VPC:
		return ix.VPCs[s.ID].CIDRs
	case intent.SecurityGroup:
		var out []netip.Prefix
		for _, eni := range ix.NetworkInterfaces {
			if !slices.Contains(eni.SecurityGroups, s.ID) {
				continue
			}
			for _, a := range eni.Addresses {
				out = append(out, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		return out
	default:
		return nil
	}
}

// explainView is what explain prints with --json. Its hops go from the source's
// end to the cluster's.
type explainView struct {
	Cluster string   `json:"cluster"`
	ARN     string   `json:"arn"`
	Source  string   `json:"source"`
	Path    string   `json:"path"`
	Ports   []uint16 `json:"ports"`
	State   string   `json:"state"`
	Unit    string   `json:"unit"`
	// Behind is who stands behind the source, as its interfaces show it.
	Behind   []string          `json:"behind,omitempty"`
	Hops     []operate.HopView `json:"hops"`
	Declared []declaredView    `json:"declared"`
}

type declaredView struct {
	Cluster string `json:"cluster"`
	Name    string `json:"name"`
	Access  string `json:"access"`
	Live    bool   `json:"live"`
	Owner   string `json:"owner,omitempty"`
}

func (e explained) view() explainView {
	v := explainView{
		Cluster: intent.ShortName(e.Intent.Cluster), ARN: e.Intent.Cluster, Source: e.Intent.Sources[0].String(), Path: string(e.Path),
		Ports: e.ports(), State: string(e.State), Unit: e.Unit.String(), Hops: operate.HopViews(e.Hops), Declared: []declaredView{},
		Behind: e.behind(),
	}
	for _, i := range e.covering {
		v.Declared = append(v.Declared, declaredView{
			Cluster: intent.ShortName(i.Cluster), Name: i.Name, Access: string(i.Access), Live: i.Live(e.now), Owner: i.Owner,
		})
	}
	return v
}

// behind names who stands behind the source.
func (e explained) behind() []string {
	switch s := e.Intent.Sources[0]; s.Kind {
	case intent.SecurityGroup:
		return e.Index.Behind(network.Peer{SecurityGroup: s.ID})
	case intent.PrefixList:
		return e.Index.Behind(network.Peer{PrefixList: s.ID})
	case intent.CIDR:
		return e.Index.Behind(network.Peer{CIDR: s.Prefix})
	default:
		return nil
	}
}

// ports are those that were judged.
func (e explained) ports() []uint16 {
	if c, ok := e.Index.Cluster(e.Intent.Cluster); ok {
		ports, _ := e.Intent.PortsOf(c.Ports)
		return ports
	}
	return []uint16{}
}

// print draws the way.
func (e explained) print(s *screen) {
	path := string(e.Path)
	if path == "" {
		path = "no path"
	}
	var ports []string
	for _, p := range e.ports() {
		ports = append(ports, fmt.Sprint(p))
	}
	over := path
	if len(ports) > 0 {
		over += ", TCP " + strings.Join(ports, " and ")
	}
	title := e.source + " → " + intent.ShortName(e.Intent.Cluster)
	if everybody(e.source) {
		over = strings.Replace(over, path, "the internet", 1)
	}
	if s.plain() {
		s.line(0, say("way  %s  %s", title, over))
	} else {
		s.rule(heavyLine, title, over)
	}
	for _, who := range e.behind() {
		s.line(0, in(faint, "behind it  "), say("%s", who))
	}
	if everybody(e.source) {
		e.printInternet(s)
		return
	}
	s.hops(0, "hop", hopList{hops: e.Hops, home: e.Unit.Location, sources: 1, numbered: true})
	s.line(0, in(faint, "state  "), in(stateTone(e.State, intent.Open), "%s", e.State), say(": %s", stateText(e.State)))
	e.printBlockers(s)
	e.printDeclared(s)
}

func stateText(state access.State) string {
	switch state {
	case access.StateOpen:
		return "every hop passes"
	case access.StateClosed:
		return "something is missing, all of which cachegate can put in place"
	case access.StatePending:
		return "AWS is still working on it, or someone has to accept it"
	case access.StateUnknown:
		return "part of the path is not known"
	case access.StateBlocked:
		return "something blocks it that a person must fix"
	default:
		return string(state)
	}
}

func (e explained) printBlockers(s *screen) {
	for i, h := range e.Hops {
		if h.Verdict == access.Pass {
			continue
		}
		symbol, word, mark := verdictTone(h, false)
		lead := in(mark, "%s %d  ", symbol, i+1)
		if s.plain() {
			lead = say("%s  %d  %s  ", map[bool]string{true: "advice", false: "blocker"}[h.Passes()], i+1, word)
		}
		s.line(0, lead, say("%s  ", h.Kind), in(strong, "%s", where(h, e.Unit.Location)), in(faint, "  %s", e.whoMends(h)))
		if len(h.Fixes) > 0 {
			s.command(2, []span{in(caution, "fix"), say("  ")}, h.Fix())
		}
	}
}

// whoMends says who has to do something about a hop that does not pass.
func (e explained) whoMends(h access.Hop) string {
	switch {
	case h.Verdict == access.Advice:
		return "the path is open without it"
	case h.Verdict != access.Fail:
		return "not decided"
	case !h.Fixable:
		return "for a person to fix"
	}
	for _, i := range e.covering {
		if i.Access == intent.Open && i.Live(e.now) {
			return "cachegate fixes it for " + i.Key().Short()
		}
	}
	return "cachegate fixes it once an intent declares it"
}

func (e explained) printDeclared(s *screen) {
	if e.intents == "" {
		return
	}
	if len(e.covering) == 0 {
		s.line(0, in(faint, "declared  "), say("by no intent of %s", e.intents))
		return
	}
	for _, i := range e.covering {
		spans := []span{in(faint, "declared  "), in(strong, "%s", i.Key().Short()), say("  %s", i.Access)}
		if text := timeText(i, e.now); text != "" {
			spans = append(spans, in(caution, "  %s", text))
		}
		if i.Owner != "" {
			spans = append(spans, say("  owner %s", i.Owner))
		}
		s.line(0, spans...)
	}
}

// timeText says when an intent counts, where that is not always.
func timeText(i intent.Intent, now time.Time) string {
	switch {
	case now.Before(i.NotBefore):
		return "not before " + i.NotBefore.Format(time.RFC3339)
	case i.ExpiresAt.IsZero():
		return ""
	case i.Live(now):
		return "until " + i.ExpiresAt.Format(time.RFC3339)
	default:
		return "over since " + i.ExpiresAt.Format(time.RFC3339)
	}
}
