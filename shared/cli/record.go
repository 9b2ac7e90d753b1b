package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/record"
)

// book is the record of a deployment, open to be read.
type book struct {
	record.Reader
	deployment *live.Deployment
	ledger     *dynamo.Ledger
	// names are the clusters of the record.
	names itemNames
}

// book finds the record of a deployment.
func (a *app) book(ctx context.Context, flags liveFlags) (*book, error) {
	d, err := a.deployment(ctx, flags)
	if err != nil {
		return nil, err
	}
	s, err := d.Settings()
	if err != nil {
		return nil, err
	}
	l := deployed.Ledger(d.Config, s)
	b := &book{Reader: record.Reader{Ledger: l}, deployment: d, ledger: l, names: itemNames{}}
	p := a.newProgress("reading the record", unknownLength)
	defer p.end()
	clusters, err := b.Clusters(ctx)
	if err != nil {
		return nil, live.Advise(err)
	}
	for _, arn := range clusters {
		b.names.add(arn)
	}
	return b, nil
}

// cluster gives the ARN of the cluster that a word means; empty for no word.
func (b *book) cluster(word string) (string, error) {
	if word == "" {
		return "", nil
	}
	arn, err := b.names.find(word)
	if err == nil && arn == "" {
		err = fmt.Errorf("--cluster is %q: no run has looked at such a cluster; there are %s", word, listed(b.names))
	}
	return arn, err
}

// listed names the clusters of the record.
func listed(names itemNames) string {
	var all []string
	for short := range names {
		if short != intent.Everything {
			all = append(all, short)
		}
	}
	return fewOf(all)
}

// fewOf names the first of many things, sorted.
func fewOf(all []string) string {
	const named = 10
	slices.Sort(all)
	switch {
	case len(all) == 0:
		return "none"
	case len(all) > named:
		return strings.Join(all[:named], ", ") + fmt.Sprintf(" and %d more", len(all)-named)
	default:
		return strings.Join(all, ", ")
	}
}

// units gives the units that a word names: all, or the one whose name it is, or that of a VPC.
func (b *book) units(ctx context.Context, word, cluster string) ([]network.Unit, error) {
	known, err := b.Units(ctx, cluster)
	if err != nil {
		return nil, live.Advise(err)
	}
	if word == "" {
		return known, nil
	}
	var out []network.Unit
	var all []string
	for _, u := range known {
		all = append(all, u.String())
		if u.String() == word || u.VPC == word {
			out = append(out, u)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("--unit is %q: must be account/Region/VPC, or the VPC alone; there are %s", word, fewOf(all))
	}
	return out, nil
}

var days = regexp.MustCompile(`^([0-9]{1,4})d$`)

// pastTime reads a time that people write for one before now: a duration back ("90m", "7d"), a
// date, or a time of RFC 3339.
func pastTime(flag, text string, now time.Time) (time.Time, error) {
	if found := days.FindStringSubmatch(text); found != nil {
		n, _ := strconv.Atoi(found[1]) // digits, by the pattern
		return now.AddDate(0, 0, -n), nil
	}
	if back, err := time.ParseDuration(text); err == nil && back >= 0 {
		return now.Add(-back), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is %q: must be how long ago (90m, 24h, 7d), a date (2026-11-30), or a time (2026-11-30T14:00:00Z)", flag, text)
}

// when gives a time: to the minute where people read it, else to the second.
func (s *screen) when(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	if s.plain() {
		return t.UTC().Format(time.RFC3339)
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

// labelled prints texts below each other, the first beside a label.
func (s *screen) labelled(label string, texts ...string) {
	const column = 10
	for _, text := range texts {
		s.hanging(0, column, append(padded([]span{in(faint, "%s", label)}, column-2), say("%s", text))...)
		label = ""
	}
}
