package stacks_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/test/full"
)

func TestCdkNagFindsNothingThatIsNotExplained(t *testing.T) {
	t.Parallel()
	for name := range contexts {
		stack := synthesised(t, name)
		for _, m := range stack.messages {
			t.Errorf("%s", m)
		}
		for id, r := range stack.Resources {
			for _, rule := range list(dig(r.Metadata, "cdk_nag", "rules_to_suppress")) {
				reason, _ := dig(rule, "reason").(string)
				if len(reason) < 40 {
					t.Errorf("%s %s: %v is suppressed for no good reason: %q", name, id, dig(rule, "id"), reason)
				}
				if len(list(dig(rule, "applies_to"))) == 0 && dig(rule, "id") != "AwsSolutions-SQS3" {
					t.Errorf("%s %s: %v is suppressed whatever it finds", name, id, dig(rule, "id"))
				}
			}
		}
	}
}

// TestCdkNagLooks makes sure that silence is not for want of looking.
func TestCdkNagLooks(t *testing.T) {
	t.Parallel()
	said := strings.Join(synthesised(t, careless).messages, "\n")
	for _, rule := range []string{"AwsSolutions-SQS3", "AwsSolutions-SQS4"} {
		if !strings.Contains(said, rule) {
			t.Errorf("%s does not find the careless queue; found: %s", rule, said)
		}
	}
}

// newerThanCfnLint are IAM actions that the SDK calls and cfn-lint does not know yet.
var newerThanCfnLint = []string{"listvirtualinterfaceroutes"}

func TestCfnLintFindsNothing(t *testing.T) {
	t.Parallel()
	full.Need(t, full.Node)
	if _, err := exec.LookPath("cfn-lint"); err != nil {
		t.Skip("there is no cfn-lint on the PATH")
	}
	var files []string
	for name := range contexts {
		files = append(files, synthesised(t, name).file)
	}
	// It says by its status that it found something, too.
	output, _ := exec.CommandContext(t.Context(), "cfn-lint", append([]string{"--format", "json", "--"}, files...)...).Output()
	var findings []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Path []any }
	}
	if err := json.Unmarshal(output, &findings); err != nil {
		t.Fatalf("reading what cfn-lint printed: %v\n%s", err, output)
	}
	for _, f := range findings {
		known := false
		for _, action := range newerThanCfnLint {
			known = known || f.Rule.ID == "W3037" && strings.HasPrefix(f.Message, "'"+action+"' is not one of")
		}
		if !known {
			t.Errorf("%s: %s %s at %v", f.Filename, f.Rule.ID, f.Message, f.Location.Path)
		}
	}
}
