package intent

import (
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// MaxDescription is the length that EC2 accepts for the description of a security group rule.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRuleDescription.html
const MaxDescription = 255

// maxNamed bounds the cluster and the intent's name in a description, so that there is always
// room for the owner: the longest that both may be, with "/" between them.
var maxNamed = resource.LongestName() + 1 + maxName

// Description returns the text for the rules that an intent opens: intent, owner and reason, in
// the characters that EC2 accepts (`a-zA-Z0-9 ._-:/()#,@[]+=;{}!$*`, others become "_"), cut to
// MaxDescription.
func Description(i Intent) string {
	text := "cachegate: " + cut(ShortName(i.Cluster)+"/"+i.Name, maxNamed)
	if i.Owner != "" {
		text += ", owner " + i.Owner
	}
	if i.Reason != "" {
		text += ": " + i.Reason
	}
	return strings.TrimSpace(cut(describable(text), MaxDescription))
}

// OwnerIn gives the owner that a description names, empty where it names none, or was cut before
// its end. A reason that begins like one is not told from it: nothing but messages leans on it.
func OwnerIn(description string) string {
	_, rest, found := strings.Cut(description, ", owner ")
	if !found || !strings.HasPrefix(description, "cachegate: ") || len(description) >= MaxDescription && !strings.Contains(rest, ": ") {
		return ""
	}
	owner, _, _ := strings.Cut(rest, ": ")
	return owner
}

// describable replaces every character that EC2 refuses in a description.
func describable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		case strings.ContainsRune(" ._-:/()#,@[]+=;{}!$*", r):
			return r
		}
		return '_'
	}, text)
}

// cut returns the first characters of a text.
func cut(text string, characters int) string {
	for i := range text {
		if characters == 0 {
			return text[:i]
		}
		characters--
	}
	return text
}
