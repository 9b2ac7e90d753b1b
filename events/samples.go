package events

import (
	"embed"
	"strings"
)

//go:embed samples/*.json
var sampleFiles embed.FS

// FamilyIgnored is the Family of samples of events that are dropped.
const FamilyIgnored = "ignored"

// Sample is an event as EventBridge delivers it. All samples tell of one
// invented network, whose parts samples/README.md names.
type Sample struct {
	// Name is the name of the call or notification, and of the variant where
	// there are several: "RevokeSecurityGroupIngress-flat".
	Name string
	// Family is one of Families, or FamilyIgnored.
	Family string
	// Data is the event, as JSON.
	Data []byte
}

// Samples returns the sample events, by family and name. The result is the caller's own.
func Samples() []Sample {
	files, _ := sampleFiles.ReadDir("samples") // what is embedded can be read
	out := make([]Sample, 0, len(files))
	for _, f := range files {
		data, _ := sampleFiles.ReadFile("samples/" + f.Name())
		family, name, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".json"), ".")
		out = append(out, Sample{Name: name, Family: family, Data: data})
	}
	return out
}
