// Package settings is what a deployment tells its functions: the names in their
// environment, and how their values read. The stacks write them and the
// functions and the command line read them, so that no name is written twice.
package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// The names in the environment of the functions.
const (
	// Deployment names the installation in the tags of its rules: the hub stack's name.
	Deployment = "CACHEGATE_DEPLOYMENT"
	// DefaultMode is the mode where no policy says one: observe, unless the deployment says otherwise.
	DefaultMode = "CACHEGATE_DEFAULT_MODE"
	// Account is the hub's own: there the functions act with their own role.
	Account = "CACHEGATE_ACCOUNT"
	// Locations are the accounts and Regions that may be read: "111122223333/eu-west-1,…".
	Locations = "CACHEGATE_LOCATIONS"
	// SpokeRoles are the ARNs of the roles to assume in other accounts, joined by
	// commas. A role is assumed only because it stands here.
	SpokeRoles = "CACHEGATE_SPOKE_ROLES"
	// ExternalID is what the spokes' roles ask for.
	ExternalID = "CACHEGATE_EXTERNAL_ID"
	// OwnRoles are the ARNs of all roles that cachegate writes with, hub and spokes:
	// by them dispatch knows its own calls.
	OwnRoles = "CACHEGATE_OWN_ROLES"

	IntentsTable = "CACHEGATE_INTENTS_TABLE"
	LedgerTable  = "CACHEGATE_LEDGER_TABLE"
	// WakeQueue is the URL of the FIFO queue with a message group a unit, LaterQueue that of
	// the one for second looks.
	WakeQueue  = "CACHEGATE_WAKE_QUEUE"
	LaterQueue = "CACHEGATE_LATER_QUEUE"
	// AlertTopic and ChatTopic are ARNs; Bus is the event bus that findings go to.
	AlertTopic = "CACHEGATE_ALERT_TOPIC"
	ChatTopic  = "CACHEGATE_CHAT_TOPIC"
	Bus        = "CACHEGATE_BUS"
	// ScheduleGroup is the Scheduler group of the units' own schedules, ScheduleTarget
	// the ARN of the queue that they send to, ScheduleRole the role with which they
	// do, ScheduleDeadLetters the ARN of the queue for what they could not send.
	ScheduleGroup       = "CACHEGATE_SCHEDULE_GROUP"
	ScheduleTarget      = "CACHEGATE_SCHEDULE_TARGET"
	ScheduleRole        = "CACHEGATE_SCHEDULE_ROLE"
	ScheduleDeadLetters = "CACHEGATE_SCHEDULE_DEAD_LETTERS"
)

// Of gives the names that a function needs; the stack sets these, and no others.
func Of(function string) []string {
	switch function {
	case Dispatch:
		return []string{Deployment, Account, Locations, IntentsTable, LedgerTable, WakeQueue, LaterQueue, OwnRoles}
	case Reconcile:
		return []string{
			Deployment, DefaultMode, Account, Locations, SpokeRoles, ExternalID, IntentsTable, LedgerTable, WakeQueue, LaterQueue,
			AlertTopic, ChatTopic, Bus, ScheduleGroup, ScheduleTarget, ScheduleRole, ScheduleDeadLetters,
		}
	default:
		return nil
	}
}

// The functions.
const (
	Dispatch  = "dispatch"
	Reconcile = "reconcile"
)

// mayBeEmpty are the names whose value is empty where the deployment has no other account.
var mayBeEmpty = []string{SpokeRoles, ExternalID}

// Settings are the values, by name.
type Settings struct{ values map[string]string }

// Read takes the settings of a function from its environment. The error names
// every one that is missing or does not read, at once.
func Read(function string, getenv func(string) (string, bool)) (Settings, error) {
	s := Settings{values: map[string]string{}}
	var wrong []error
	for _, name := range Of(function) {
		value, ok := getenv(name)
		if !ok || value == "" && !slices.Contains(mayBeEmpty, name) {
			wrong = append(wrong, fmt.Errorf("environment variable %s is missing: the stack sets it; deploy it again", name))
			continue
		}
		s.values[name] = value
	}
	if len(wrong) > 0 {
		return Settings{}, errors.Join(wrong...)
	}
	return s, s.check()
}

// New makes settings of values, for the command line and for tests.
func New(values map[string]string) (Settings, error) {
	s := Settings{values: values}
	return s, s.check()
}

func (s Settings) check() error {
	_, locationsErr := parseLocations(s.values[Locations])
	_, rolesErr := parseRoles(s.values[SpokeRoles])
	var modeErr error
	switch intent.Mode(s.values[DefaultMode]) {
	case "", intent.Off, intent.Observe, intent.Enforce:
	default:
		modeErr = fmt.Errorf("environment variable %s is %q: must be off, observe or enforce", DefaultMode, s.values[DefaultMode])
	}
	return errors.Join(locationsErr, rolesErr, modeErr)
}

// Get gives a value by its name.
func (s Settings) Get(name string) string { return s.values[name] }

// List gives a value that is separated by commas.
func (s Settings) List(name string) []string { return split(s.values[name]) }

// DefaultMode gives the mode where no policy says one.
func (s Settings) DefaultMode() intent.Mode {
	if m := s.values[DefaultMode]; m != "" {
		return intent.Mode(m)
	}
	return intent.Observe
}

// Locations gives the accounts and Regions that may be read.
func (s Settings) Locations() []network.Location {
	out, _ := parseLocations(s.values[Locations]) // checked when it was read
	return out
}

// SpokeRoles gives the ARNs of the roles to assume, by account.
func (s Settings) SpokeRoles() map[string]string {
	out, _ := parseRoles(s.values[SpokeRoles]) // checked when it was read
	return out
}

func parseLocations(text string) ([]network.Location, error) {
	var out []network.Location
	for _, part := range split(text) {
		account, region, ok := strings.Cut(part, "/")
		if !ok || account == "" || region == "" || strings.Contains(region, "/") {
			return nil, fmt.Errorf("environment variable %s holds %q: must be account/Region, such as 111122223333/eu-west-1", Locations, part)
		}
		// The hub's own Region may be named once more among those beside it.
		if l := (network.Location{Account: account, Region: region}); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

func parseRoles(text string) (map[string]string, error) {
	out := map[string]string{}
	for _, arn := range split(text) {
		parts := strings.Split(arn, ":") // arn:aws:iam::111122223333:role/NAME
		const fields = 6
		if len(parts) != fields || parts[2] != "iam" || parts[4] == "" || !strings.HasPrefix(parts[5], "role/") {
			return nil, fmt.Errorf("environment variable %s holds %q: must be the ARN of a role, such as arn:aws:iam::111122223333:role/cachegate-spoke", SpokeRoles, arn)
		}
		if out[parts[4]] != "" {
			return nil, fmt.Errorf("environment variable %s holds two roles of account %s: there can be one", SpokeRoles, parts[4])
		}
		out[parts[4]] = arn
	}
	return out, nil
}

func split(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
