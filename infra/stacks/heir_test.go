package stacks_test

import (
	"strings"
	"testing"
)

// A new stack goes on with the tables that an earlier one left, and makes none.
func TestAStackGoesOnWithTheTablesOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, heir).at(hubAccount, hubRegion)
	for id, r := range hub.Resources {
		if r.Type == "AWS::DynamoDB::Table" {
			t.Errorf("it makes table %s", id)
		}
	}
	const ledger, intents = "arn:aws:dynamodb:eu-west-1:111122223333:table/Old-LedgerTable-1", "arn:aws:dynamodb:eu-west-1:111122223333:table/Old-IntentsTable-1"
	_, dispatch := hub.one(t, "AWS::IAM::Role", "DispatchRole")
	_, reconcile := hub.one(t, "AWS::IAM::Role", "ReconcileRole")
	through := map[string][]string{"kms:ViaService": {"dynamodb.eu-west-1.amazonaws.com"}}
	for _, c := range []struct {
		name string
		role resource
		r    request
		want bool
	}{
		{"reconcile keeps the ledger", reconcile, request{action: "dynamodb:UpdateItem", resource: ledger}, true},
		{"reconcile reads the intents", reconcile, request{action: "dynamodb:Scan", resource: intents}, true},
		{"reconcile writes no intents", reconcile, request{action: "dynamodb:UpdateItem", resource: intents}, false},
		{"reconcile uses the tables' key", reconcile, request{action: "kms:GenerateDataKey", resource: oldKey, context: through}, true},
		{"dispatch reads the ledger", dispatch, request{action: "dynamodb:Query", resource: ledger}, true},
		{"dispatch follows the intents", dispatch, request{action: "dynamodb:GetRecords", resource: intents + "/stream/2026-11-30T09:00:00.000"}, true},
	} {
		if got := allows(statementsOf(c.role), c.r); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	streams := 0
	for _, m := range hub.of(t, "AWS::Lambda::EventSourceMapping") {
		if source, _ := m.Properties["EventSourceArn"].(string); strings.HasPrefix(source, intents+"/stream/") {
			streams++
		}
	}
	if streams != 1 {
		t.Errorf("%d functions follow the changes of the old intents table, want one", streams)
	}
	for id, f := range hub.of(t, "AWS::Lambda::Function") {
		variables := object(dig(f.Properties, "Environment", "Variables"))
		if name, ok := variables["CACHEGATE_LEDGER_TABLE"]; ok && name != "Old-LedgerTable-1" {
			t.Errorf("%s uses ledger %v", id, name)
		}
	}
}
