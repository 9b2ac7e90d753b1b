package stacks_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/settings"
	"github.com/cachegate/cachegate/shared/wake"
)

const (
	functionType = "AWS::Lambda::Function"
	mappingType  = "AWS::Lambda::EventSourceMapping"
)

var prefixes = map[string]string{settings.Dispatch: "Dispatch", settings.Reconcile: "Reconcile"}

func environmentOf(t *testing.T, hub template, function string) map[string]string {
	t.Helper()
	_, f := hub.one(t, functionType, prefixes[function])
	out := map[string]string{}
	for name, value := range object(dig(f.Properties, "Environment", "Variables")) {
		out[name] = fmt.Sprint(value)
	}
	return out
}

func TestEachFunctionHasTheSettingsThatItReadsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{narrow, wide} {
		hub := synthesised(t, name).at(hubAccount, hubRegion)
		for function := range prefixes {
			env := environmentOf(t, hub, function)
			got, want := slices.Sorted(maps.Keys(env)), settings.Of(function)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s of %s has %v, want %v", function, name, got, want)
			}
			if _, err := settings.Read(function, func(n string) (string, bool) { v, ok := env[n]; return v, ok }); err != nil {
				t.Errorf("%s of %s cannot read its settings: %v", function, name, err)
			}
		}
		if n := len(hub.of(t, functionType)); n != len(prefixes) {
			t.Errorf("%s has %d functions", name, n)
		}
	}
}

func TestTheSettingsSayWhatTheContextSaid(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, wide).at(hubAccount, hubRegion)
	s, err := settings.New(environmentOf(t, hub, settings.Reconcile))
	if err != nil {
		t.Fatal(err)
	}
	var want []network.Location
	for _, account := range []string{hubAccount, spokeAccount, otherSpoke} {
		for _, region := range []string{hubRegion, "us-east-1", "us-west-2"} {
			want = append(want, network.Location{Account: account, Region: region})
		}
	}
	if got := s.Locations(); !slices.Equal(got, want) {
		t.Errorf("the locations are %v, want %v", got, want)
	}
	roles := map[string]string{
		spokeAccount: "arn:aws:iam::444455556666:role/Wide-spoke-eu-west-1",
		otherSpoke:   "arn:aws:iam::777788889999:role/Wide-spoke-eu-west-1",
	}
	if got := s.SpokeRoles(); !maps.Equal(got, roles) {
		t.Errorf("the spokes' roles are %v, want %v", got, roles)
	}
	if s.DefaultMode() != intent.Enforce || s.Get(settings.ExternalID) != "cachegate/111122223333/Wide" || s.Get(settings.Deployment) != "Wide" {
		t.Errorf("the settings are %v, %s, %s", s.DefaultMode(), s.Get(settings.ExternalID), s.Get(settings.Deployment))
	}
	own := strings.Split(environmentOf(t, hub, settings.Dispatch)[settings.OwnRoles], ",")
	if !slices.Equal(own, []string{"arn:aws:iam::111122223333:role/Wide-reconcile-eu-west-1", roles[spokeAccount], roles[otherSpoke]}) {
		t.Errorf("the own roles are %v", own)
	}
	if _, role := hub.one(t, roleType, "ReconcileRole"); role.Properties["RoleName"] != "Wide-reconcile-eu-west-1" {
		t.Errorf("reconcile's role is called %v", role.Properties["RoleName"])
	}
	if mode := environmentOf(t, synthesised(t, narrow), settings.Reconcile)[settings.DefaultMode]; mode != "observe" {
		t.Errorf("a fresh deployment is in mode %s", mode)
	}
}

func TestEveryEnvironmentFitsLambda(t *testing.T) {
	t.Parallel()
	// What CloudFormation makes of references is longer than they are.
	const maxEnvironment, longest = 4096, 130
	for _, name := range []string{narrow, wide} {
		for function := range prefixes {
			size := 0
			for n, v := range environmentOf(t, synthesised(t, name).at(hubAccount, "ap-southeast-2"), function) {
				size += len(n) + max(len(v), longest)
			}
			if size > maxEnvironment {
				t.Errorf("%s of %s may have an environment of %d bytes, of %d", function, name, size, maxEnvironment)
			}
		}
	}
}

func TestFunctionsRunWhatWasBuiltForTheirArchitecture(t *testing.T) {
	t.Parallel()
	for name, architecture := range map[string]string{narrow: "arm64", wide: "x86_64"} {
		hub := synthesised(t, name).at(hubAccount, hubRegion)
		for function, prefix := range prefixes {
			_, f := hub.one(t, functionType, prefix)
			logs, group := hub.one(t, "AWS::Logs::LogGroup", prefix+"Logs")
			if !slices.Equal(texts(f.Properties["Architectures"]), []string{architecture}) || f.Properties["Runtime"] != "provided.al2023" ||
				f.Properties["Handler"] != "bootstrap" || dig(f.Properties, "LoggingConfig", "LogGroup") != logs ||
				dig(f.Properties, "LoggingConfig", "LogFormat") != "JSON" {
				t.Errorf("%s of %s: %v", function, name, f.Properties)
			}
			if group.Properties["RetentionInDays"] == nil || group.DeletionPolicy != "Retain" {
				t.Errorf("the log of %s: %v, %s", function, group.Properties, group.DeletionPolicy)
			}
		}
	}
}

func TestEventSourcesFitTheirQueuesAndFunctions(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	number := func(v any) float64 { n, _ := v.(float64); return n }
	for mapping, of := range map[string]struct{ queue, function string }{
		"EventsSource": {"EventsQueue", "Dispatch"}, "WakeSource": {"WakeQueue", "Reconcile"}, "LaterSource": {"LaterQueue", "Reconcile"},
	} {
		_, m := hub.one(t, mappingType, mapping)
		queueID, q := hub.one(t, queueType, of.queue)
		functionID, f := hub.one(t, functionType, of.function)
		if m.Properties["EventSourceArn"] != queueID+".Arn" || m.Properties["FunctionName"] != functionID+".Arn" {
			t.Errorf("%s leads from %v to %v", mapping, m.Properties["EventSourceArn"], m.Properties["FunctionName"])
		}
		if number(q.Properties["VisibilityTimeout"]) <= number(f.Properties["Timeout"]) {
			t.Errorf("a message of %s is received again while %s is still at it", of.queue, of.function)
		}
		if n := number(dig(m.Properties, "ScalingConfig", "MaximumConcurrency")); n < 2 {
			t.Errorf("%s runs %v at once", mapping, n)
		}
	}
	for id, m := range hub.of(t, mappingType) {
		if !slices.Equal(texts(m.Properties["FunctionResponseTypes"]), []string{"ReportBatchItemFailures"}) {
			t.Errorf("%s takes the functions' answer as success, whatever it says", id)
		}
	}
	for _, of := range []struct {
		queue, source string
		delay         time.Duration
	}{{"WakeQueue", "WakeSource", 0}, {"LaterQueue", "LaterSource", wake.Delay}} {
		_, q := hub.one(t, queueType, of.queue)
		_, source := hub.one(t, mappingType, of.source)
		if number(q.Properties["DelaySeconds"]) != of.delay.Seconds() || q.Properties["ContentBasedDeduplication"] != false ||
			q.Properties["DeduplicationScope"] != "messageGroup" || q.Properties["FifoThroughputLimit"] != "perMessageGroupId" {
			t.Errorf("%s is %v", of.queue, q.Properties)
		}
		if number(source.Properties["BatchSize"]) != 1 || source.Properties["MaximumBatchingWindowInSeconds"] != nil {
			t.Errorf("reconcile takes %v", source.Properties)
		}
	}
	table, _ := hub.one(t, "AWS::DynamoDB::Table", "IntentsTable")
	dispatch, _ := hub.one(t, functionType, "Dispatch")
	_, stream := hub.one(t, mappingType, "IntentsSource")
	for property, want := range map[string]any{
		"EventSourceArn": table + ".StreamArn", "FunctionName": dispatch + ".Arn", "BisectBatchOnFunctionError": true,
		"StartingPosition": "TRIM_HORIZON",
	} {
		if stream.Properties[property] != want {
			t.Errorf("%s of the stream's source is %v, want %v", property, stream.Properties[property], want)
		}
	}
	for _, bounded := range []string{"MaximumRetryAttempts", "MaximumRecordAgeInSeconds"} {
		if n := number(stream.Properties[bounded]); n <= 0 {
			t.Errorf("%s of the stream's source is %v: one bad record would hold all others up", bounded, n)
		}
	}
}

func TestTheSweepComesAsOftenAsTheContextSays(t *testing.T) {
	t.Parallel()
	for name, rate := range map[string]string{narrow: "rate(60 minutes)", wide: "rate(5 minutes)"} {
		hub := synthesised(t, name).at(hubAccount, hubRegion)
		_, sweep := hub.one(t, "AWS::Scheduler::Schedule", "Sweep")
		_, group := hub.one(t, "AWS::Scheduler::ScheduleGroup", "ScheduleGroup")
		inbox, _ := hub.one(t, queueType, "EventsQueue")
		role, _ := hub.one(t, roleType, "ScheduleRole")
		if sweep.Properties["ScheduleExpression"] != rate || sweep.Properties["GroupName"] != group.Properties["Name"] {
			t.Errorf("the sweep of %s is %v of group %v", name, sweep.Properties["ScheduleExpression"], sweep.Properties["GroupName"])
		}
		target := object(sweep.Properties["Target"])
		if target["Arn"] != inbox+".Arn" || target["RoleArn"] != role+".Arn" {
			t.Errorf("the sweep of %s goes to %v as %v", name, target["Arn"], target["RoleArn"])
		}
		call, ok := wake.ParseCall([]byte(fmt.Sprint(target["Input"])))
		if !ok || call.Trigger != wake.TriggerSweep {
			t.Errorf("the sweep of %s says %v", name, target["Input"])
		}
		if env := environmentOf(t, hub, settings.Reconcile); env[settings.ScheduleGroup] != group.Properties["Name"] {
			t.Errorf("units' schedules are put into group %s, of %v", env[settings.ScheduleGroup], group.Properties["Name"])
		}
	}
}

func TestTheOutputsAreWhatTheCommandLineReads(t *testing.T) {
	t.Parallel()
	want := []string{
		settings.OutputAlertTopic, settings.OutputBus, settings.OutputChatTopic, settings.OutputDashboard, settings.OutputDefaultMode,
		settings.OutputDeployment, settings.OutputEventsQueue, settings.OutputExternalID, settings.OutputIntentsTable, settings.OutputLaterQueue,
		settings.OutputLedgerTable, settings.OutputLocations, settings.OutputReconcileRole, settings.OutputWakeQueue,
	}
	for name, more := range map[string][]string{narrow: nil, wide: {settings.OutputSpokeRoles, "TeamPolicyOrders"}} {
		got := slices.Sorted(maps.Keys(synthesised(t, name).Outputs))
		if all := slices.Sorted(slices.Values(slices.Concat(want, more))); !slices.Equal(got, all) {
			t.Errorf("the outputs of %s are %v, want %v", name, got, all)
		}
	}
	for name, o := range synthesised(t, wide).Outputs {
		if value := resolve(o.Value, hubAccount, hubRegion); value == "" || value == nil {
			t.Errorf("output %s is empty, which CloudFormation refuses", name)
		}
	}
}

func TestPeopleAreSubscribedWhereTheContextNamesThem(t *testing.T) {
	t.Parallel()
	topic, _ := synthesised(t, wide).one(t, "AWS::SNS::Topic", "AlertTopic")
	for _, s := range synthesised(t, wide).at(hubAccount, hubRegion).of(t, "AWS::SNS::Subscription") {
		if s.Properties["Protocol"] != "email" || s.Properties["Endpoint"] != "team@example.com" || s.Properties["TopicArn"] != topic {
			t.Errorf("the subscription is %v", s.Properties)
		}
	}
	for id, r := range synthesised(t, narrow).Resources {
		if r.Type == "AWS::SNS::Subscription" {
			t.Errorf("%s subscribes somebody", id)
		}
	}
}
