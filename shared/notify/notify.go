// Package notify tells people what they should know: it turns findings into an
// e-mail, a chat message and an event, and publishes them.
//
// Turning is pure (Messages); publishing is Publisher's. The package decides
// neither what is worth telling nor whether it was told before, and it never
// retries beyond what the SDK does: what could not be told is handed back.
package notify

import (
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

// Channel is a way on which findings go out; several may be joined by |.
type Channel uint8

// The channels.
const (
	// Alerts is the topic for e-mail and for programs.
	Alerts Channel = 1 << iota
	// Chat is the topic that Amazon Q Developer in chat applications reads.
	Chat
	// Events is the event bus.
	Events

	AllChannels = Alerts | Chat | Events
)

// Note is a finding to be told.
type Note struct {
	Finding finding.Finding
	// Changes are those of the run that found it; what was done about the finding is
	// looked up in them.
	Changes []change.Change
	// Channels are those that still have to tell it.
	Channels Channel
}

// Notes gives the notes for what one run has to tell, on all channels.
func Notes(told []finding.Finding, changes []change.Change) []Note {
	notes := make([]Note, 0, len(told))
	for _, f := range told {
		notes = append(notes, Note{Finding: f, Changes: changes, Channels: AllChannels})
	}
	return notes
}

// Topic is what is published to an SNS topic.
type Topic struct {
	Subject string
	// Body is the message; where Structured says so, one for each protocol.
	Body       string
	Structured bool
	// Attributes are what subscriptions filter on; none is empty.
	Attributes map[string]string
}

// Event is what is put on the event bus.
type Event struct {
	Source, DetailType string
	// Detail is the finding as JSON, the same as e-mail topics carry as default.
	Detail string
	// Resources are ARNs.
	Resources []string
}

// Bundle is a finding in all its forms.
type Bundle struct {
	Alert, Chat Topic
	Event       Event
}

// The event's names, by which rules find it.
const (
	EventSource     = "cachegate"
	EventDetailType = "Cachegate Finding"
)

// Messages gives a finding in all its forms. Whatever a text of it holds, each
// message is within the size that SNS and EventBridge take, and free of control
// characters; what had to be cut says so.
func Messages(n Note) Bundle {
	w := newWords(n)
	data := w.json()
	attributes := w.attributes()
	b := Bundle{
		Alert: Topic{Subject: w.subject(), Body: structured(data, w.email()), Structured: true, Attributes: attributes},
		Chat:  Topic{Body: w.chat(), Attributes: attributes},
		Event: Event{Source: EventSource, DetailType: EventDetailType, Detail: data},
	}
	if n.Finding.Cluster != "" && w.cluster == n.Finding.Cluster {
		b.Event.Resources = []string{w.cluster}
	}
	return b
}
