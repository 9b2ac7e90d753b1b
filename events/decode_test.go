package events_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
)

// ec2Call is the envelope of a call to EC2 with the given further fields in its record.
func ec2Call(name, fields string) string {
	return call("ec2", name, fields)
}

func call(service, name, fields string) string {
	return fmt.Sprintf(`{"id":"envelope-1","source":"aws.%[1]s","detail-type":"AWS API Call via CloudTrail",
		"account":"111122223333","region":"us-east-1","time":"2026-03-02T09:00:00Z","resources":[],
		"detail":{"eventSource":"%[1]s.amazonaws.com","eventName":"%[2]s","eventID":"record-1",
		"awsRegion":"us-east-1","recipientAccountId":"111122223333","eventTime":"2026-03-02T08:59:58Z",%[3]s}}`,
		service, name, fields)
}

func native(source, detailType, detail string) string {
	return fmt.Sprintf(`{"id":"envelope-1","source":%q,"detail-type":%q,"account":"111122223333",
		"region":"us-east-1","time":"2026-03-02T09:00:00Z","resources":[],"detail":%s}`, source, detailType, detail)
}

func decodeOne(t *testing.T, text string) events.Event {
	t.Helper()
	e, err := events.DecodeOne([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestARecordOfCloudTrailSaysWhatWhoWhenAndWhere(t *testing.T) {
	t.Parallel()
	e := decodeOne(t, ec2Call("DeleteRoute", `"requestParameters":{"routeTableId":"rtb-0c"},
		"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/deploy/carol","accountId":"444455556666",
		"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::444455556666:role/team/deploy"}}}`))
	want := events.Event{
		ID: "record-1", Source: "aws.ec2", DetailType: "AWS API Call via CloudTrail", Name: "DeleteRoute",
		Time: time.Date(2026, 3, 2, 8, 59, 58, 0, time.UTC), Account: "111122223333", Region: "us-east-1",
		Actor: events.Actor{
			Type: "AssumedRole", ARN: "arn:aws:sts::444455556666:assumed-role/deploy/carol",
			SessionIssuer: "arn:aws:iam::444455556666:role/team/deploy", Account: "444455556666",
		},
		Resources: []events.Resource{{Kind: events.KindRouteTable, ID: "rtb-0c"}},
	}
	if fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
	if e.Family() != "routes" {
		t.Errorf("family %q", e.Family())
	}
}

func TestTheAccountAndRegionAreWhereTheChangeHappened(t *testing.T) {
	t.Parallel()
	const tgw = `arn:aws:ec2:eu-west-1:444455556666:transit-gateway/tgw-0a`
	for name, c := range map[string]struct{ event, account, region string }{
		"the record knows better than the envelope": {
			ec2Call("DeleteRoute", `"awsRegion":"eu-west-1","recipientAccountId":"444455556666"`), "444455556666", "eu-west-1",
		},
		"a record without them has those of the envelope": {
			ec2Call("DeleteRoute", `"awsRegion":null,"recipientAccountId":null`), "111122223333", "us-east-1",
		},
		"an account written as a number gets its leading zeros back": {
			ec2Call("DeleteRoute", `"recipientAccountId":1122223333`), "001122223333", "us-east-1",
		},
		"Network Manager says the Region in the detail": {
			native("aws.networkmanager", "Network Manager Topology Change", `{"region":"eu-west-1"}`), "111122223333", "eu-west-1",
		},
		"Network Manager says the account in the gateway's ARN": {
			native("aws.networkmanager", "Network Manager Topology Change", `{"transitGatewayArn":"`+tgw+`"}`), "444455556666", "eu-west-1",
		},
		"Network Manager's older keys are hyphenated": {
			native("aws.networkmanager", "Network Manager Routing Update", `{"transit-gateway-arn":"`+tgw+`"}`), "444455556666", "eu-west-1",
		},
		"a core network has an edge location": {
			native("aws.networkmanager", "Network Manager Topology Change", `{"edgeLocation":"eu-west-2"}`), "111122223333", "eu-west-2",
		},
		"an ARN that is a placeholder says nothing": {
			native("aws.networkmanager", "Network Manager Status Update", `{"transit-gateway-arn":"arn-of-tgw"}`), "111122223333", "us-east-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decodeOne(t, c.event)
			if e.Account != c.account || e.Region != c.region {
				t.Errorf("got %s/%s, want %s/%s", e.Account, e.Region, c.account, c.region)
			}
		})
	}
}

func TestTheTimeIsReadInEveryFormInWhichItIsWritten(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 3, 2, 8, 59, 58, 0, time.UTC)
	for _, text := range []string{
		"2026-03-02T08:59:58Z", "2026-03-02T09:59:58+01:00",
		"2026-03-02 08:59:58.000+0000", "2026-03-02 08:59:58.000000000",
	} {
		e := decodeOne(t, ec2Call("DeleteRoute", `"eventTime":"`+text+`"`))
		if !e.Time.Equal(want) {
			t.Errorf("%s is read as %s", text, e.Time)
		}
	}
	envelopes := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if e := decodeOne(t, ec2Call("DeleteRoute", `"eventTime":"yesterday"`)); !e.Time.Equal(envelopes) {
		t.Errorf("without a time in the record, got %s instead of the envelope's", e.Time)
	}
	if e := decodeOne(t, `{"source":"a","detail-type":"b","detail":{},"time":"2022-02-30T00:00:00Z"}`); !e.Time.IsZero() {
		t.Errorf("a date that does not exist is read as %s", e.Time)
	}
}

func TestAnActorIsNamedInAFewWords(t *testing.T) {
	t.Parallel()
	for want, identity := range map[string]string{
		"deploy/carol": `{"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/deploy/carol"}`,
		"user/bob":     `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob"}`,
		"user/dora":    `{"type":"WebIdentityUser","userName":"dora"}`,
		"user/bob via cloudformation.amazonaws.com": `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","invokedBy":"cloudformation.amazonaws.com"}`,
		"elasticache.amazonaws.com":                 `{"type":"AWSService","invokedBy":"elasticache.amazonaws.com"}`,
		"autoscaling.amazonaws.com":                 `{"invokedBy":"autoscaling.amazonaws.com"}`,
		"root of 001122223333":                      `{"type":"Root","arn":"arn:aws:iam::001122223333:root","accountId":1122223333}`,
		"account 444455556666":                      `{"type":"AWSAccount","accountId":"444455556666"}`,
		"Unknown":                                   `{"type":"Unknown"}`,
		"unknown":                                   `null`,
	} {
		if got := decodeOne(t, ec2Call("DeleteRoute", `"userIdentity":`+identity)).Actor.Display(); got != want {
			t.Errorf("%s is named %q, want %q", identity, got, want)
		}
	}
}

func TestAnEventIsIgnoredForOneReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		want  events.IgnoreReason
	}{
		"a watched call that succeeded is not ignored":    {ec2Call("DeleteRoute", `"readOnly":false`), ""},
		"an errorCode of null is success":                 {ec2Call("DeleteRoute", `"errorCode":null,"errorMessage":null`), ""},
		"an empty errorCode is success":                   {ec2Call("DeleteRoute", `"errorCode":""`), ""},
		"a call made by AWS itself is not ignored":        {ec2Call("DeleteRoute", `"eventType":"AwsServiceEvent","requestParameters":null`), ""},
		"an errorCode is a failed call":                   {ec2Call("DeleteRoute", `"errorCode":"Client.UnauthorizedOperation"`), events.IgnoredFailedCall},
		"an errorCode outweighs a response":               {ec2Call("DeleteRoute", `"errorCode":"X","responseElements":{"_return":true}`), events.IgnoredFailedCall},
		"an error in the response is a failed call":       {call("directconnect", "DeleteConnection", `"responseElements":{"errorCode":"DirectConnectClientException"}`), events.IgnoredFailedCall},
		"an error of one part of a batch is no failure":   {call("elasticache", "BatchApplyUpdateAction", `"responseElements":{"unprocessedUpdateActions":[{"errorCode":"X","errorType":"Y"}]}`), ""},
		"a dry run is told by its error":                  {ec2Call("DeleteRoute", `"errorCode":"Client.DryRunOperation"`), events.IgnoredDryRun},
		"a dry run is told without the prefix too":        {ec2Call("DeleteRoute", `"errorCode":"DryRunOperation"`), events.IgnoredDryRun},
		"a dry run without permission is a failed call":   {ec2Call("DeleteRoute", `"requestParameters":{"dryRun":true},"errorCode":"Client.UnauthorizedOperation"`), events.IgnoredFailedCall},
		"readOnly says that it only reads":                {ec2Call("DeleteRoute", `"readOnly":true`), events.IgnoredReadOnly},
		"readOnly may be a string":                        {ec2Call("DeleteRoute", `"readOnly":"true"`), events.IgnoredReadOnly},
		"without readOnly, Describe only reads":           {ec2Call("DescribeVpcs", `"x":1`), events.IgnoredReadOnly},
		"without readOnly, Search only reads":             {ec2Call("SearchTransitGatewayRoutes", `"x":1`), events.IgnoredReadOnly},
		"a write that begins like a read is a write":      {ec2Call("GetReady", `"readOnly":false`), events.IgnoredNotWatched},
		"a call not in the table is not watched":          {ec2Call("CreateInternetGateway", `"readOnly":false`), events.IgnoredNotWatched},
		"a name of another service is not watched":        {call("elasticache", "DeleteRoute", `"readOnly":false`), events.IgnoredNotWatched},
		"a record of another service is not watched":      {ec2Call("DeleteRoute", `"eventSource":"rds.amazonaws.com"`), events.IgnoredNotWatched},
		"a service that is not ours is not watched":       {call("rds", "DeleteDBInstance", `"errorCode":"X"`), events.IgnoredNotWatched},
		"an instance that changed state is watched":       {native("aws.ec2", "EC2 Instance State-change Notification", `{}`), ""},
		"another notification of EC2 is not watched":      {native("aws.ec2", "EC2 Spot Instance Interruption Warning", `{}`), events.IgnoredNotWatched},
		"a cache that was updated is watched":             {native("aws.elasticache", "Cache Updated", `{}`), ""},
		"a snapshot is not watched":                       {native("aws.elasticache", "Snapshot Created", `{}`), events.IgnoredNotWatched},
		"a tunnel that goes down is watched":              {native("aws.networkmanager", "Network Manager Status Update", `{}`), ""},
		"AWS Health is not watched":                       {native("aws.health", "AWS Health Event", `{}`), events.IgnoredNotWatched},
		"a detail of another source may be anything":      {native("example.shop", "Order", `"text"`), events.IgnoredNotWatched},
		"a detail-type of another source means nothing":   {native("example.shop", "Cache Updated", `{}`), events.IgnoredNotWatched},
		"an API name as a native detail-type is not ours": {native("aws.ec2", "EC2 DeleteRoute", `{}`), events.IgnoredNotWatched},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e := decodeOne(t, c.event); e.Ignored != c.want {
				t.Errorf("ignored as %q, want %q", e.Ignored, c.want)
			}
		})
	}
}

func TestEventsAreReadInEveryArrangement(t *testing.T) {
	t.Parallel()
	one := ec2Call("DeleteRoute", `"eventID":"1"`)
	two := ec2Call("CreateRoute", `"eventID":"2"`)
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	record := func(id string) string {
		return `{"eventSource":"ec2.amazonaws.com","eventName":"DeleteRoute","eventID":"` + id +
			`","recipientAccountId":"111122223333","awsRegion":"us-east-1","eventTime":"2026-03-02T09:00:00Z"}`
	}
	for name, c := range map[string]struct {
		input string
		want  []string
	}{
		"one event":                           {one, []string{"1"}},
		"an array":                            {"[" + one + ",\n" + two + "]", []string{"1", "2"}},
		"an array of none":                    {" [ ]\n", nil},
		"one per line":                        {flat(one) + "\n" + flat(two) + "\n", []string{"1", "2"}},
		"one per line, as Windows writes it":  {flat(one) + "\r\n\r\n" + flat(two) + "\r\n", []string{"1", "2"}},
		"one after the other":                 {one + two, []string{"1", "2"}},
		"arrays and events in a row":          {"[" + two + "]" + one + "[" + one + "," + two + "]", []string{"2", "1", "1", "2"}},
		"a byte order mark before it":         {"\xef\xbb\xbf" + one, []string{"1"}},
		"a log file of CloudTrail":            {`{"Records":[` + record("a") + "," + record("b") + `]}`, []string{"a", "b"}},
		"a log file without records":          {`{"Records":[]}`, nil},
		"what LookupEvents answers":           {`{"Events":[{"EventId":"a","CloudTrailEvent":` + strconv.Quote(record("a")) + `}],"NextToken":"x"}`, []string{"a"}},
		"an answer of LookupEvents with none": {`{"Events":[]}`, nil},
		"records of CloudTrail, one per line": {record("a") + "\n" + record("b"), []string{"a", "b"}},
		"records and events mixed":            {"[" + record("a") + "," + one + "]", []string{"a", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, err := events.Decode([]byte(c.input))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range all {
				if got = append(got, e.ID); e.Account != "111122223333" || e.Region != "us-east-1" || e.Ignored != "" || e.Time.IsZero() {
					t.Errorf("read as %+v", e)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestARecordWithoutAnEnvelopeOrAnAccountHasItsCallersAccount(t *testing.T) {
	t.Parallel()
	e := decodeOne(t, `{"eventSource":"ec2.amazonaws.com","eventName":"DeleteRoute","userIdentity":{"accountId":"444455556666"}}`)
	if e.Account != "444455556666" {
		t.Errorf("account %q", e.Account)
	}
}
