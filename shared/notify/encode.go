package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/cachegate/cachegate/shared/intent"
)

// payload is a finding for programs. Its fields only ever grow in number.
type payload struct {
	ID string `json:"id"`
	// Finding is the short name by which the command line shows it.
	Finding     string          `json:"finding"`
	Kind        string          `json:"kind"`
	Status      string          `json:"status"`
	Severity    string          `json:"severity"`
	Account     string          `json:"account"`
	Region      string          `json:"region"`
	Unit        string          `json:"unit"`
	Cluster     string          `json:"cluster,omitempty"`
	ClusterName string          `json:"clusterName,omitempty"`
	Intent      string          `json:"intent,omitempty"`
	Resource    string          `json:"resource,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Actor       string          `json:"actor,omitempty"`
	Title       string          `json:"title"`
	Detail      string          `json:"detail,omitempty"`
	Impact      string          `json:"impact"`
	Done        []changeSummary `json:"done"`
	Fix         string          `json:"fix,omitempty"`
	Since       string          `json:"since,omitempty"`
	// Truncated names the fields of which only a part is here.
	Truncated []string `json:"truncated,omitempty"`
}

func (w words) json() string {
	p := payload{
		ID: w.id, Finding: w.Handle(), Kind: string(w.Kind), Status: string(w.Status), Severity: string(w.Severity),
		Account: w.account, Region: w.region, Unit: w.unit, Cluster: w.cluster, ClusterName: intent.ShortName(w.cluster),
		Intent: w.intent, Resource: w.resource, Owner: w.owner, Actor: w.actor,
		Title: w.title, Detail: w.detail, Impact: w.impact(), Done: w.done, Fix: w.fix, Truncated: w.truncated,
	}
	if p.Done == nil {
		p.Done = []changeSummary{}
	}
	if !w.Since.IsZero() {
		p.Since = w.Since.UTC().Format(time.RFC3339)
	}
	return encoded(p)
}

// structured joins the forms of a message as SNS takes them apart again:
// MessageStructure=json, one text for each protocol.
// https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
func structured(data, email string) string {
	return encoded(struct {
		Default string `json:"default"`
		Email   string `json:"email"`
	}{data, email})
}

// notification is what Amazon Q Developer in chat applications shows.
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
type notification struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id"`
	Content  content  `json:"content"`
	Metadata metadata `json:"metadata"`
}

type content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

type metadata struct {
	// ThreadID gathers what is told of one finding in one thread.
	ThreadID         string            `json:"threadId"`
	Summary          string            `json:"summary"`
	EventType        string            `json:"eventType"`
	RelatedResources []string          `json:"relatedResources,omitempty"`
	Context          map[string]string `json:"additionalContext,omitempty"`
}

// How much goes into a chat message, where people only glance at it. AWS names no
// limits; what is longer is in the e-mail and in the JSON.
const (
	chatTitle, chatText, chatSteps = 250, 1500, 5
)

func (w words) chat() string {
	short := func(text string, most int) string {
		s, _ := cut(forChat(text), most)
		return s
	}
	lines := []string{
		"*Where* " + short(w.where(), chatTitle),
		"*What* " + short(w.detail, chatText),
		"*Impact* " + w.impact(),
	}
	if who := w.who(); who != "" {
		lines = append(lines, "*Who* "+short(who, chatTitle))
	}
	for _, did := range atMost(w.notInTitle(w.did()), 3) {
		lines = append(lines, "*Done* "+short(did, maxLine))
	}
	n := notification{
		Version: "1.0", Source: "custom", ID: digest(w.ID, string(w.Status), w.title, w.detail, w.Since.String()),
		Content: content{TextType: "client-markdown", Title: short(w.headline(), chatTitle), Description: strings.Join(lines, "\n")},
		Metadata: metadata{
			ThreadID: digest(w.ID), Summary: short(w.title, chatTitle), EventType: string(w.Kind),
			Context: w.attributes(),
		},
	}
	for _, step := range append(atMost(w.next(), chatSteps-1), "cachegate show "+w.Handle()) {
		n.Content.NextSteps = append(n.Content.NextSteps, short(step, maxLine))
	}
	for _, word := range []string{string(w.Severity), string(w.Kind), intent.ShortName(w.cluster), w.intent, w.owner} {
		if word != "" {
			n.Content.Keywords = append(n.Content.Keywords, short(word, chatTitle))
		}
	}
	for _, id := range []string{w.resource, w.cluster} {
		if id != "" {
			n.Metadata.RelatedResources = append(n.Metadata.RelatedResources, id)
		}
	}
	return encoded(n)
}

// forChat takes from a text what a chat would act on: mentions of people and
// channels, and links that show another text than they lead to. An @ within a
// word, as in an address, stays.
func forChat(text string) string {
	text = strings.NewReplacer("<", "‹", ">", "›", "](", "] (").Replace(text)
	var out strings.Builder
	before := ' '
	for _, r := range text {
		if r == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			out.WriteRune('＠')
		} else {
			out.WriteRune(r)
		}
		before = r
	}
	return out.String()
}

func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintln(h, t)
	}
	return "cachegate-" + hex.EncodeToString(h.Sum(nil)[:12])
}

// encoded gives JSON that people can read too: nothing is escaped for HTML.
func encoded(value any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "{}" // strings, and lists and maps of them, always encode
	}
	return strings.TrimSuffix(out.String(), "\n")
}
