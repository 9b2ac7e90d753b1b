package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/settings"
)

// addOutputs tells the command line what it needs to know.
func (h *hub) addOutputs() {
	values := h.values()
	outputs := map[string]string{
		settings.OutputDeployment:    values[settings.Deployment],
		settings.OutputDefaultMode:   values[settings.DefaultMode],
		settings.OutputLocations:     values[settings.Locations],
		settings.OutputSpokeRoles:    values[settings.SpokeRoles],
		settings.OutputExternalID:    values[settings.ExternalID],
		settings.OutputReconcileRole: h.options.reconcileRoleARN(h.place),
		settings.OutputIntentsTable:  values[settings.IntentsTable],
		settings.OutputLedgerTable:   values[settings.LedgerTable],
		settings.OutputWakeQueue:     values[settings.WakeQueue],
		settings.OutputLaterQueue:    values[settings.LaterQueue],
		settings.OutputEventsQueue:   *h.events.QueueUrl(),
		settings.OutputAlertTopic:    values[settings.AlertTopic],
		settings.OutputChatTopic:     values[settings.ChatTopic],
		settings.OutputBus:           values[settings.Bus],
		settings.OutputDashboard:     h.dashboard,
	}
	scope := constructs.NewConstruct(h.stack, jsii.String("Outputs"))
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		addOutput(scope, name, outputs[name])
	}
}

// addOutput adds an output of this very name, unless it is empty.
func addOutput(scope constructs.Construct, name, value string) {
	if value == "" {
		return
	}
	awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value)}).OverrideLogicalId(jsii.String(name))
}
