package stacks_test

import (
	"slices"
	"testing"
)

func TestATeamDeclaresItsOwnClustersAndNothingElse(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, wide).at(hubAccount, hubRegion)
	_, policy := hub.one(t, "AWS::IAM::ManagedPolicy", "Teamorders")
	table, _ := hub.one(t, "AWS::DynamoDB::Table", "IntentsTable")
	ledger, _ := hub.one(t, "AWS::DynamoDB::Table", "LedgerTable")
	statements := list(dig(policy.Properties, "PolicyDocument", "Statement"))
	keys := func(of ...string) map[string][]string { return map[string][]string{"dynamodb:LeadingKeys": of} }
	for _, c := range []struct {
		action, resource string
		context          map[string][]string
		want             bool
	}{
		{"dynamodb:PutItem", table + ".Arn", keys(sessions), true},
		{"dynamodb:UpdateItem", table + ".Arn", keys(catalog), true},
		{"dynamodb:DeleteItem", table + ".Arn", keys(sessions, catalog), true},
		{"dynamodb:GetItem", table + ".Arn", keys(sessions), true},
		{"dynamodb:Query", table + ".Arn", keys(sessions), true},
		{"dynamodb:PutItem", table + ".Arn", keys(sessions + "-other"), false},
		{"dynamodb:PutItem", table + ".Arn", keys(sessions, "arn:aws:elasticache:eu-west-1:444455556666:replicationgroup:other"), false},
		{"dynamodb:PutItem", table + ".Arn", keys("*"), false},
		{"dynamodb:Query", table + ".Arn", keys("*"), false},
		{"dynamodb:PutItem", table + ".Arn", nil, false},
		{"dynamodb:Scan", table + ".Arn", nil, false},
		{"dynamodb:DeleteTable", table + ".Arn", nil, false},
		{"dynamodb:PutItem", ledger + ".Arn", keys(sessions), false},
	} {
		if got := allows(statements, request{action: c.action, resource: c.resource, context: c.context}); got != c.want {
			t.Errorf("that the team may %s on %s with %v is %t, want %t", c.action, c.resource, c.context, got, c.want)
		}
	}
	if n := len(statements); n != 2 {
		t.Errorf("the policy has %d statements, want that of the table and that of its key", n)
	}
	if got := texts(dig(statements[0], "Condition", "ForAllValues:StringEquals", "dynamodb:LeadingKeys")); !slices.Equal(got, []string{sessions, catalog}) {
		t.Errorf("the team's clusters are %v", got)
	}
}
