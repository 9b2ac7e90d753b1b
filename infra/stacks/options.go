package stacks

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegate/cachegate/infra/build"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/resource"
)

// Options are what the context says: of cdk.json, or of -c KEY=VALUE.
type Options struct {
	// Name is the hub stack's, and the deployment's.
	Name string
	// Mode is the mode where no policy says one: observe, unless said.
	Mode intent.Mode
	// Architecture is the functions', as package build calls it.
	Architecture string
	// Email is subscribed to the alerts, if there is one; whoever reads it has to confirm.
	Email string
	// SweepMinutes is how often every unit is looked at, whatever events say.
	SweepMinutes int
	// RequireTag narrows what may be written to security groups and route tables with this tag.
	RequireTag Tag
	// Regions are those to look at beside the hub's own.
	Regions       []string
	SpokeAccounts []string
	// Teams get a policy each, with which they declare the access to their own clusters.
	Teams []Team

	// OldTables are the tables of an earlier stack, to go on with; none where Intents is empty.
	OldTables OldTables

	// HubAccount and HubRegion say, in a spoke, where the hub is.
	HubAccount, HubRegion string
	// RoleRegion is the Region of a spoke account whose stack makes the account's
	// role, since roles are global: the hub's Region unless said.
	RoleRegion string
}

// OldTables are tables that an earlier stack left: their names, the label of the stream of
// the intents table, and the ARN of their key.
type OldTables struct{ Intents, Stream, Ledger, Key string }

// Tag is a tag of a resource; none where Key is empty.
type Tag struct{ Key, Value string }

// Team may declare the access to its own clusters.
type Team struct {
	Name     string
	Clusters []string
}

// IsSpoke says whether the app is a spoke's, and not the hub's.
func (o Options) IsSpoke() bool { return o.HubAccount != "" }

const (
	defaultName         = "Cachegate"
	defaultSweepMinutes = 60
	minSweepMinutes     = 5
	maxSweepMinutes     = 24 * 60
)

var (
	// A role's name, which holds this one, a word and a Region, may have 64 characters.
	namePattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,31}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
	tablePattern  = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)
	streamPattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+$`)
	keyPattern    = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	// What tags may hold, of which nothing is special in a policy's condition.
	// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
	tagPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)
)

// ReadOptions reads the context; get gives "" for what it does not say. The error
// names everything that is wrong, and what it may be.
func ReadOptions(get func(key string) string) (Options, error) {
	r := reader{get: get}
	o := Options{
		Name:          r.text("name", defaultName, namePattern, "a letter, then letters, digits and hyphens, at most 32 in all"),
		Mode:          intent.Mode(r.oneOf("mode", string(intent.Observe), string(intent.Off), string(intent.Enforce))),
		Architecture:  r.oneOf("architecture", build.ARM64, build.X8664),
		Email:         r.email("email"),
		SweepMinutes:  r.number("sweepMinutes", defaultSweepMinutes, minSweepMinutes, maxSweepMinutes),
		RequireTag:    r.tag("requireTag"),
		Regions:       r.list("regions", regionPattern, "Regions separated by commas, such as eu-west-1,us-east-1"),
		SpokeAccounts: r.list("spokeAccounts", accountPattern, "accounts of 12 digits separated by commas, such as 111122223333,444455556666"),
		Teams:         r.teams("teams"),
		HubAccount:    r.text("hubAccount", "", accountPattern, "an account of 12 digits"),
		HubRegion:     r.text("hubRegion", "", regionPattern, "a Region, such as eu-west-1"),
	}
	const aTable = "the name of a table in the hub's account and Region"
	o.OldTables = OldTables{
		Intents: r.text("intentsTable", "", tablePattern, aTable), Ledger: r.text("ledgerTable", "", tablePattern, aTable),
		Stream: r.text("intentsStream", "", streamPattern, "the label of the stream of the intents table, such as 2026-11-30T09:00:00.000"),
		Key:    r.text("tablesKey", "", keyPattern, "the ARN of the key of the tables"),
	}
	if t := o.OldTables; t != (OldTables{}) && (t.Intents == "" || t.Stream == "" || t.Ledger == "" || t.Key == "") {
		r.wrong("the tables of an earlier stack need all of the contexts intentsTable, intentsStream, ledgerTable and tablesKey: they are %q, %q, %q and %q", t.Intents, t.Stream, t.Ledger, t.Key)
	}
	o.RoleRegion = r.text("roleRegion", o.HubRegion, regionPattern, "a Region, such as eu-west-1")
	if (o.HubAccount == "") != (o.HubRegion == "") {
		r.wrong("a spoke needs both contexts hubAccount and hubRegion, and the hub neither: hubAccount is %q, hubRegion is %q", o.HubAccount, o.HubRegion)
	}
	return o, errors.Join(append(r.errs, o.check()...)...)
}

// reader reads values and collects what is wrong with them.
type reader struct {
	get  func(string) string
	errs []error
}

func (r *reader) wrong(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

func (r *reader) text(key, otherwise string, pattern *regexp.Regexp, allowed string) string {
	value := strings.TrimSpace(r.get(key))
	if value == "" {
		return otherwise
	}
	if !pattern.MatchString(value) {
		r.wrong("context %s is %q: must be %s", key, value, allowed)
	}
	return value
}

// oneOf takes one of the words, the first where nothing is said.
func (r *reader) oneOf(key string, words ...string) string {
	value := strings.TrimSpace(r.get(key))
	if value == "" {
		return words[0]
	}
	if !slices.Contains(words, value) {
		r.wrong("context %s is %q: must be one of %s", key, value, strings.Join(words, ", "))
	}
	return value
}

func (r *reader) number(key string, otherwise, least, most int) int {
	value := strings.TrimSpace(r.get(key))
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		r.wrong("context %s is %q: must be a whole number from %d to %d", key, value, least, most)
	}
	return n
}

func (r *reader) email(key string) string {
	value := strings.TrimSpace(r.get(key))
	if value == "" {
		return ""
	}
	if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
		r.wrong("context %s is %q: must be an e-mail address alone, such as team@example.com", key, value)
	}
	return value
}

// list takes values separated by commas, each once, in their order.
func (r *reader) list(key string, pattern *regexp.Regexp, allowed string) []string {
	var values []string
	for part := range strings.SplitSeq(r.get(key), ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "" || slices.Contains(values, part):
		case !pattern.MatchString(part):
			r.wrong("context %s holds %q: must be %s", key, part, allowed)
		default:
			values = append(values, part)
		}
	}
	return values
}

func (r *reader) tag(key string) Tag {
	text := strings.TrimSpace(r.get(key))
	if text == "" {
		return Tag{}
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok || !tagPattern.MatchString(name) || !tagPattern.MatchString(value) || strings.HasPrefix(strings.ToLower(name), "aws:") {
		r.wrong("context %s is %q: must be KEY=VALUE, of letters, digits, spaces and _.:/=+-@, such as cachegate=yes", key, text)
	}
	return Tag{Key: name, Value: value}
}

// teams takes NAME=ARN;ARN separated by commas.
func (r *reader) teams(key string) []Team {
	const allowed = "must be NAME=ARN;ARN of the team's clusters, and a comma between teams"
	var teams []Team
	for part := range strings.SplitSeq(r.get(key), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, clusters, _ := strings.Cut(part, "=")
		if !namePattern.MatchString(name) || slices.ContainsFunc(teams, func(t Team) bool { return t.Name == name }) {
			r.wrong("context %s holds %q: %s; a name is a letter, then letters, digits and hyphens, and stands once", key, part, allowed)
			continue
		}
		team := Team{Name: name}
		for cluster := range strings.SplitSeq(clusters, ";") {
			cluster = strings.TrimSpace(cluster)
			if _, err := resource.ParseARN(cluster); err != nil {
				r.wrong("context %s holds cluster %q of team %s: %w; %s", key, cluster, name, err, allowed)
			}
			team.Clusters = append(team.Clusters, cluster)
		}
		teams = append(teams, team)
	}
	return teams
}
