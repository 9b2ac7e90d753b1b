package importing

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/plaintext"
)

// Intents gives what is declared.
func (d *Draft) Intents() []intent.Intent {
	var out []intent.Intent
	for _, i := range d.items() {
		if i.Left == "" {
			out = append(out, i.Intent)
		}
	}
	return out
}

func (d *Draft) items() []*Item {
	var out []*Item
	for _, c := range d.Clusters {
		out = append(out, c.Items...)
	}
	return out
}

// Item gives the item of a key, nil where there is none.
func (d *Draft) Item(key intent.Key) *Item {
	for _, i := range d.items() {
		if i.Intent.Key() == key {
			return i
		}
	}
	return nil
}

// Leave leaves an item to people; false where it was left before, or is none.
func (d *Draft) Leave(key intent.Key, why string) bool {
	i := d.Item(key)
	if i == nil || i.Left != "" {
		return false
	}
	i.Left = why
	return true
}

// Doubt adds a note to an item that is declared.
func (d *Draft) Doubt(key intent.Key, why string) {
	if i := d.Item(key); i != nil && len(i.Notes) == 0 {
		i.note("%s", why)
	}
}

// Undeclared tells of a rule that stays undeclared: what declares it does not, or nothing
// does. It says whether an item was left to people for it.
func (d *Draft) Undeclared(cluster, rule, title string) bool {
	left, told := false, false
	for _, c := range d.Clusters {
		for _, i := range c.Items {
			if !slices.Contains(i.Rules, rule) {
				continue
			}
			told = told || c.ARN == cluster || cluster == ""
			if i.Left == "" && !slices.Contains(i.Wide, rule) {
				i.Left, left = "the plan does not count the rule as declared by it: "+title, true
			}
		}
	}
	if told {
		return left
	}
	for k := range d.Clusters {
		if c := &d.Clusters[k]; c.ARN == cluster {
			c.Notes = append(c.Notes, title)
		}
	}
	return left
}

// Counts gives how many intents are declared, for how many clusters, and how many are left
// to people.
func (d *Draft) Counts() (intents, clusters, left int) {
	for _, c := range d.Clusters {
		declared := 0
		for _, i := range c.Items {
			if i.Left == "" {
				declared++
			} else {
				left++
			}
		}
		intents += declared
		if declared > 0 {
			clusters++
		}
		left += len(c.Notes)
	}
	return intents, clusters, left
}

// YAML writes the draft as an intents file. name gives a cluster as the file calls it, head
// are the first lines of comment.
func (d *Draft) YAML(name func(arn string) string, head ...string) []byte {
	var b bytes.Buffer
	for _, line := range append(head, d.Warnings...) {
		comment(&b, line)
	}
	if len(d.Intents()) == 0 {
		b.WriteString("[]\n")
	}
	for _, c := range d.Clusters {
		if len(c.Items)+len(c.Notes) == 0 {
			continue
		}
		b.WriteString("\n")
		comment(&b, fmt.Sprintf("%s: %s in %s", c.Name, c.Kind, c.Unit))
		for _, n := range c.Notes {
			comment(&b, n)
		}
		for _, i := range c.Items {
			i.write(&b, name)
		}
	}
	return b.Bytes()
}

func (i *Item) write(b *bytes.Buffer, name func(string) string) {
	record := i.Intent.Record()
	record.Fields[intent.FieldCluster] = intent.TextValue(name(i.Intent.Cluster))
	if sources := record.Fields[intent.FieldSources].List; len(sources) == 1 {
		delete(record.Fields, intent.FieldSources)
		record.Fields[intent.FieldSource] = intent.TextValue(sources[0].Text)
	}
	if i.Left != "" {
		comment(b, "left to you: "+i.Left)
	}
	for _, n := range i.Notes {
		comment(b, n)
	}
	mark := ""
	if i.Left != "" {
		mark = "# "
	}
	for line := range strings.Lines(string(intentfile.Format([]intent.Record{record}))) {
		b.WriteString(mark + line)
	}
}

func comment(b *bytes.Buffer, text string) {
	fmt.Fprintf(b, "# %s\n", plaintext.Clean(text))
}

// Add adds the clusters of another draft.
func (d *Draft) Add(other *Draft) {
	d.Clusters = append(d.Clusters, other.Clusters...)
	d.Warnings = append(d.Warnings, other.Warnings...)
}
