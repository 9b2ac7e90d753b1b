package fix_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

func TestText(t *testing.T) {
	at := network.Location{Account: "111122223333", Region: "eu-west-1"}
	for name, tt := range map[string]struct {
		fixes []fix.Fix
		want  string
	}{
		"nothing":             {nil, ""},
		"words":               {[]fix.Fix{fix.Say("wait")}, "wait"},
		"a command":           {[]fix.Fix{fix.Run(at, "aws ec2 x")}, "in account 111122223333: aws ec2 x --region eu-west-1"},
		"why a command":       {[]fix.Fix{fix.Run(at, "aws ec2 x").Because("narrow it")}, "narrow it: in account 111122223333: aws ec2 x --region eu-west-1"},
		"a command somewhere": {[]fix.Fix{fix.Run(network.Location{}, "aws ec2 x").Because("in the source's account")}, "in the source's account: aws ec2 x"},
		"one after the other": {
			[]fix.Fix{fix.Say("first"), fix.Say("second")}, "first; second",
		},
		"one or the other": {
			[]fix.Fix{fix.Say("this"), fix.Run(at, "aws ec2 x").Alternative()}, "this; or in account 111122223333: aws ec2 x --region eu-west-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fix.Text(tt.fixes); got != tt.want {
				t.Errorf("the text is %q, want %q", got, tt.want)
			}
		})
	}
}
