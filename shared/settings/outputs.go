package settings

// The outputs of the hub's stack: what the command line learns of a deployment.
const (
	OutputDeployment   = "Deployment"
	OutputDefaultMode  = "DefaultMode"
	OutputLocations    = "Locations"
	OutputSpokeRoles   = "SpokeRoles"
	OutputExternalID   = "ExternalId"
	OutputIntentsTable = "IntentsTable"
	OutputLedgerTable  = "LedgerTable"
	OutputWakeQueue    = "WakeQueue"
	OutputEventsQueue  = "EventsQueue"
	OutputAlertTopic   = "AlertTopic"
	OutputChatTopic    = "ChatTopic"
	OutputBus          = "Bus"
	OutputDashboard    = "Dashboard"
	// OutputReconcileRole is the ARN of the role that the reconcile function acts with.
	OutputReconcileRole = "ReconcileRole"
)
