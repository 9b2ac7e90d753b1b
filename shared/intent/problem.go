package intent

import (
	"strconv"
	"strings"
	"time"
)

// Problem is one thing that is wrong with an item.
type Problem struct {
	// Place is the line of the value where it is known, else that of the item.
	Place Place
	// Key is the item's, as far as it can be read.
	Key Key
	// Field is the name of the wrong field, without anything unprintable in it.
	Field string
	// Value is what the field holds, fit for a message: a string in quotes, any other type by its
	// name. It is empty where the field is absent or its name is what is wrong.
	Value string
	// Message says what is wrong where the value alone does not show it.
	Message string
	// Allowed says what the field may hold, or what else to do.
	Allowed string
}

// Error returns the whole message: where, which field of what, what it holds, what is allowed.
func (p Problem) Error() string {
	var text strings.Builder
	if place := p.Place.String(); place != "" {
		text.WriteString(place + ": ")
	}
	text.WriteString("field " + strconv.Quote(p.Field))
	if p.Place.Item == "" { // a table item's place has named it already
		text.WriteString(" of " + p.Key.subject())
	}
	switch {
	case p.Value == "":
		text.WriteString(" " + p.Message)
	case p.Message == "":
		text.WriteString(" is " + p.Value)
	default:
		text.WriteString(" is " + p.Value + ", " + p.Message)
	}
	text.WriteString(": " + p.Allowed)
	return text.String()
}

// subject names the item in a message.
func (k Key) subject() string {
	name, cluster := strconv.Quote(shorten(k.Name)), strconv.Quote(shorten(k.Cluster))
	switch {
	case k.Cluster == Everything && k.Name == Everything:
		return "the policy for all clusters"
	case k.Cluster == Everything && k.Name != "":
		return "the policy for " + name
	case k.Cluster == Everything:
		return "a policy"
	case k.Cluster != "" && k.Name != "":
		return "intent " + name + " for cluster " + cluster
	case k.Cluster != "":
		return "an intent for cluster " + cluster
	case k.Name != "":
		return "intent " + name
	}
	return "an item"
}

// Invalid is an item that cannot be understood in full. An invalid intent opens nothing new and
// holds what it has, until it is valid again, deleted, or past an expiry that can be read: a
// typing error must not cut production.
type Invalid struct {
	// Key is the item's as it stands there, wrong or not; a part that is no string is empty.
	Key      Key
	Place    Place
	Problems []Problem
	// ExpiresAt is zero where there is none, and where it is itself what is wrong (not a time, or
	// not later than notBefore).
	ExpiresAt time.Time
	// Owner is empty where it cannot be read.
	Owner string
	// Whole says that it stands for all intents of its cluster, whatever their names.
	Whole bool
	// Twins are the places of further items with the same key, OnlyTwin says that nothing
	// else is wrong with the first.
	Twins    []Place
	OnlyTwin bool
}

// Overfull stands for the intents of a cluster that has too many to read: all keep what
// they have, and nothing new is opened for them.
func Overfull(cluster string, items, bytes int) Invalid {
	key := Key{Cluster: cluster}
	return Invalid{Key: key, Whole: true, Problems: []Problem{{
		Key: key, Field: FieldCluster, Value: strconv.Quote(shorten(cluster)), Message: "has too many items, or too long ones",
		Allowed: "at most " + strconv.Itoa(items) + " items of " + strconv.Itoa(bytes>>10) + " KB together are read for a cluster: delete some, or shorten them",
	}}}
}

// Wrong counts the items to be corrected: of several with one key, one may stay.
func (i Invalid) Wrong() int {
	if i.OnlyTwin {
		return len(i.Twins)
	}
	return 1 + len(i.Twins)
}

// Holds says whether the invalid intent still keeps what it has.
func (i Invalid) Holds(now time.Time) bool {
	return i.ExpiresAt.IsZero() || now.Before(i.ExpiresAt)
}

// NextMoment returns when the invalid intent ceases to hold, and false where that is past or not
// known.
func (i Invalid) NextMoment(now time.Time) (time.Time, bool) {
	return i.ExpiresAt, i.ExpiresAt.After(now)
}
