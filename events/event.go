package events

import (
	"net/netip"
	"strings"
	"time"
)

// Event is one decoded event: a call recorded by CloudTrail, or a notification
// that a service sends on its own ("native").
type Event struct {
	// ID is detail.eventID for a CloudTrail record, on which repeats are
	// recognised, and the envelope's id otherwise.
	ID string
	// Source and DetailType are the envelope's: "aws.ec2", "AWS API Call via CloudTrail".
	Source, DetailType string
	// Name is the API name of a CloudTrail record, and the detail-type of a
	// native event: the name by which it is watched, or not.
	Name string
	// Time is when the call was made (CloudTrail) or the event was sent. It is
	// zero where the event holds no time that can be read: nothing depends on it.
	Time time.Time
	// Account and Region say where the change happened. For CloudTrail these are
	// recipientAccountId and awsRegion. Network Manager reports everything from
	// us-west-2 and from the account of the global network; there they are those
	// of the transit gateway.
	Account, Region string
	Actor           Actor
	// Own says that a role of cachegate's made the call. Decode does not know it.
	Own bool
	// Ignored is empty for an event to act on.
	Ignored IgnoreReason
	// Resources holds everything that the event names, sorted by ID, each once;
	// for ignored events too.
	Resources []Resource
	// TagKeys are the keys of the tags that the call sets or takes away: CreateTags and
	// DeleteTags name what is tagged, and nothing that it belongs to.
	TagKeys []string
	// Tagged says that the call sets or takes away the tags of something that it names,
	// whatever that is.
	Tagged bool
	// Ranges are the address ranges of the rules, routes and entries that a call of
	// EC2 names, sorted, each once: they tell which of a group's or table's it changed.
	Ranges []netip.Prefix
}

// IgnoreReason says why nothing is done about an event. Decode gives the first
// four. The last two take knowledge that an event does not hold, and are given
// by dispatch.
type IgnoreReason string

const (
	// IgnoredFailedCall marks a call that AWS refused: it changed nothing.
	IgnoredFailedCall IgnoreReason = "failed-call"
	// IgnoredDryRun marks a call with DryRun: it changed nothing.
	IgnoredDryRun IgnoreReason = "dry-run"
	// IgnoredReadOnly marks a call that only reads.
	IgnoredReadOnly IgnoreReason = "read-only"
	// IgnoredNotWatched marks what cannot change a path to a cache.
	IgnoredNotWatched IgnoreReason = "not-watched"
	// IgnoredOwnChange marks a call that cachegate made, where only the unit that made it depends on it.
	IgnoredOwnChange IgnoreReason = "own-change"
	// IgnoredNoDependents marks an event that names nothing any unit depends on.
	IgnoredNoDependents IgnoreReason = "no-dependents"
)

// ResourceIDs lists the ids and names in Resources, sorted, each once, as the
// event spells them.
func (e Event) ResourceIDs() []string {
	ids := make([]string, 0, len(e.Resources))
	for _, r := range e.Resources {
		if len(ids) == 0 || ids[len(ids)-1] != r.ID {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Mentions says whether the event names anything that leads to a unit. CloudTrail
// leaves out requests over 100 KB altogether, and some calls name no resource,
// so a watched event that mentions nothing has to wake every unit that depends
// on its account and Region. A security group's name alone is no mention: names
// are unique only within a VPC, and the event does not say which. A call that tags a
// volume, a snapshot or an image names all that it changes, and that leads to no unit.
func (e Event) Mentions() bool {
	if e.Tagged {
		return true
	}
	for _, r := range e.Resources {
		if r.Kind != KindGroupName && !protected.kinds[r.Kind].Common {
			return true
		}
	}
	return false
}

// Family is the name of the family of watched events that this one belongs to
// (see Families), and empty for an event that is not watched.
func (e Event) Family() string { return familyOf(e.Source, e.Name) }

// Actor is who made a call, from CloudTrail's userIdentity. It is zero for
// native events, which do not say.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type Actor struct {
	// Type is userIdentity.type: AssumedRole, IAMUser, Root, AWSService, AWSAccount, …
	Type string
	// ARN is the caller's own; an assumed role's holds the session name, which
	// the caller chooses: never compare it to tell who it was.
	ARN string
	// SessionIssuer is the ARN of the role behind an assumed-role session.
	SessionIssuer string
	// Account is the caller's account.
	Account string
	// UserName is the IAM user's name, where there is one.
	UserName string
	// InvokedBy is the AWS service that made the call on someone's behalf.
	InvokedBy string
}

// Display names the actor for people in a few words, such as
// "platform-deploy/alice", "user/bob via cloudformation.amazonaws.com" or
// "elasticache.amazonaws.com". An actor that is not known is "unknown".
func (a Actor) Display() string {
	who := a.principal()
	switch {
	case who == "" && a.InvokedBy == "":
		return "unknown"
	case who == "":
		return a.InvokedBy
	case a.InvokedBy == "" || a.InvokedBy == who:
		return who
	default:
		return who + " via " + a.InvokedBy
	}
}

func (a Actor) principal() string {
	// arn:aws:sts::111122223333:assumed-role/NAME/SESSION, arn:aws:iam::111122223333:user/NAME
	parts := strings.SplitN(a.ARN, ":", 6)
	switch {
	case a.Type == "Root" && a.Account != "":
		return "root of " + a.Account
	case len(parts) == 6 && parts[5] != "":
		return strings.TrimPrefix(parts[5], "assumed-role/")
	case a.UserName != "":
		return "user/" + a.UserName
	case a.Type == "AWSService":
		return a.InvokedBy
	case a.Account != "":
		return "account " + a.Account
	default:
		return a.Type
	}
}
