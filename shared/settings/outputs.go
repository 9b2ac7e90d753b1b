package settings

// The outputs of the hub's stack, from which the command line makes the settings
// it runs with. One whose value would be empty is left out of the stack:
// CloudFormation has no empty outputs.
const (
	OutputDeployment    = "Deployment"
	OutputDefaultMode   = "DefaultMode"
	OutputLocations     = "Locations"
	OutputSpokeRoles    = "SpokeRoles"
	OutputExternalID    = "ExternalId"
	OutputReconcileRole = "ReconcileRole"

	OutputIntentsTable = "IntentsTable"
	OutputLedgerTable  = "LedgerTable"
	// OutputWakeQueue, OutputLaterQueue and OutputEventsQueue are URLs.
	OutputWakeQueue   = "WakeQueue"
	OutputLaterQueue  = "LaterQueue"
	OutputEventsQueue = "EventsQueue"
	// OutputAlertTopic and OutputChatTopic are ARNs, OutputBus and OutputDashboard names.
	OutputAlertTopic = "AlertTopic"
	OutputChatTopic  = "ChatTopic"
	OutputBus        = "Bus"
	OutputDashboard  = "Dashboard"
)
