package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/graph"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
)

//go:embed page.html
var page string

// pages is the page of a report.
var pages = template.Must(template.New("page").Parse(page))

// mostPictures is how many clusters have their picture in the page: those that are exposed
// most. A page with a thousand pictures opens in no browser.
const mostPictures = 40

// mostLanes is how many ways a picture has.
const mostLanes = 12

// htmlPage is what the page shows.
type htmlPage struct {
	Where, At string
	Counts    []htmlCount
	Unread    []string
	Top       []htmlAccess
	Ends      []end
	Clusters  []htmlCluster
	Pictures  int
	All       bool
}

type htmlCount struct {
	Label string
	N     int
	Bad   bool
}

type htmlCluster struct {
	Name, About, Nobody string
	Accesses            []htmlAccess
	Picture             template.HTML
	Open                bool
}

type htmlAccess struct {
	Cluster, Source, Path, Ports, Rule, Declared, Reachable, Severity string
	// Class is how the row is marked.
	Class string
}

// HTML writes the report as one page that needs nothing beside it.
func (r Report) HTML(w io.Writer) error {
	p := htmlPage{Where: clean(r.Where), At: r.At.UTC().Format("2006-01-02 15:04 UTC"), Ends: r.ends()}
	for _, c := range r.counts() {
		p.Counts = append(p.Counts, htmlCount{c.label, c.n, c.bad && c.n > 0})
	}
	for _, u := range r.Unread {
		p.Unread = append(p.Unread, clean(u))
	}
	for _, t := range inventory.Top(r.Clusters, most) {
		p.Top = append(p.Top, shown(t.Cluster, t.Access))
	}
	drawn := r.drawn()
	for _, c := range r.Clusters {
		p.Clusters = append(p.Clusters, htmlOf(c, drawn[c.ARN]))
	}
	p.Pictures, p.All = len(drawn), len(drawn) == len(r.Clusters)
	if err := pages.Execute(w, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

func htmlOf(c inventory.Cluster, picture bool) htmlCluster {
	out := htmlCluster{Name: clean(c.Name), About: clean(about(c))}
	if len(c.Accesses) == 0 {
		out.Nobody = nobody(c)
	}
	for _, a := range c.Accesses {
		out.Accesses = append(out.Accesses, shown(c, a))
	}
	if drawn := Picture(c); picture && len(drawn.Judgements) > 0 {
		out.Picture = template.HTML(drawn.SVG()) //nolint:gosec // the picture escapes every text that it draws
	}
	return out
}

func shown(c inventory.Cluster, a inventory.Access) htmlAccess {
	row := accessRow(c, a)
	out := htmlAccess{
		Cluster: clean(c.Name), Source: clean(row.source), Path: row.path, Ports: row.ports, Rule: clean(row.rule),
		Declared: clean(row.declared), Reachable: clean(row.reachable), Severity: string(a.Exposure),
	}
	switch {
	case a.Declared:
		out.Class = "declared"
	case a.Reachable == network.Off:
		out.Class = "unreachable"
	default:
		out.Class = string(a.Exposure)
	}
	return out
}

// drawn gives the clusters that have a picture.
func (r Report) drawn() map[string]bool {
	out := map[string]bool{}
	for _, t := range inventory.Top(r.Clusters, len(r.Clusters)*mostLanes) {
		if len(out) == mostPictures {
			return out
		}
		out[t.Cluster.ARN] = true
	}
	for _, c := range r.Clusters {
		if len(out) < mostPictures && len(c.Accesses) > 0 {
			out[c.ARN] = true
		}
	}
	return out
}

// Picture draws the ways to a cluster, a lane for each access.
func Picture(c inventory.Cluster) graph.Picture {
	p := graph.Picture{Cluster: c.Name}
	for _, a := range c.Accesses[:min(mostLanes, len(c.Accesses))] {
		j := a.Judgement
		if a.Group == "" {
			continue
		}
		j.Intent.Name = a.Rule.Peer.String()
		if a.Name != "" {
			j.Intent.Name += " (" + a.Name + ")"
		}
		j.Hops = slices.DeleteFunc(slices.Clone(j.Hops), func(h access.Hop) bool { return h.Verdict == access.Advice })
		p.Judgements = append(p.Judgements, j)
	}
	return p
}
