package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// object is a JSON object as it was read.
type object = map[string]any

// fault is what is wrong with an event: the field, what it holds, and what it may hold.
type fault struct{ field, problem, expected string }

// detailTypeAPICall is what EventBridge calls a record of CloudTrail.
const detailTypeAPICall = "AWS API Call via CloudTrail"

const expectedEnvelope = "an EventBridge event: an object with source, detail-type and detail"

// fromEnvelope makes an Event of an EventBridge envelope.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
func fromEnvelope(env object) (Event, *fault) {
	source, detailType := text(env["source"]), text(env["detail-type"])
	detail, hasDetail := env["detail"]
	if missing := missingFields(source, detailType, hasDetail); missing != "" {
		return Event{}, &fault{problem: "the event is missing " + missing, expected: expectedEnvelope}
	}
	e := Event{
		ID: text(env["id"]), Source: source, DetailType: detailType, Name: detailType,
		Time: timeOf(env["time"]), Account: account(env["account"]), Region: text(env["region"]),
	}
	record, isObject := detail.(object)
	_, ours := eventSources[source]
	var x extractor
	switch {
	case ours && !isObject:
		return Event{}, &fault{field: "detail", problem: "is " + describe(detail), expected: "an object"}
	case ours && strings.HasSuffix(detailType, " via CloudTrail"):
		if f := e.readCloudTrail(record, &x); f != nil {
			return Event{}, f
		}
	case ours:
		e.readNative(record, &x)
	default:
		e.Ignored = IgnoredNotWatched
		if name := text(record["eventName"]); name != "" {
			e.Name = name
		}
		x.walk("", detail)
	}
	x.walk("resources", env["resources"])
	e.Resources, e.Ranges = x.resources(), x.addressRanges()
	return e, nil
}

func missingFields(source, detailType string, hasDetail bool) string {
	var missing []string
	if source == "" {
		missing = append(missing, "source")
	}
	if detailType == "" {
		missing = append(missing, "detail-type")
	}
	if !hasDetail {
		missing = append(missing, "detail")
	}
	return strings.Join(missing, ", ")
}

// isCloudTrail says whether an object is a CloudTrail record without its
// envelope. Events of S3 and SQS have an eventSource too, but theirs is no host.
func isCloudTrail(record object) bool {
	return strings.HasSuffix(eventSourceOf(record), ".amazonaws.com") && text(record["eventName"]) != ""
}

// eventSourceOf gives the service of a record as it is called in every partition: in China
// some add ".cn".
func eventSourceOf(record object) string {
	return strings.TrimSuffix(text(record["eventSource"]), ".cn")
}

// wrapCloudTrail puts the envelope around a CloudTrail record that EventBridge would.
func wrapCloudTrail(record object) object {
	service := strings.TrimSuffix(eventSourceOf(record), ".amazonaws.com")
	return object{
		"id": record["eventID"], "source": "aws." + service, "detail-type": detailTypeAPICall,
		"account": record["recipientAccountId"], "region": record["awsRegion"], "time": record["eventTime"],
		"detail": record,
	}
}

// readCloudTrail fills in what a CloudTrail record says.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (e *Event) readCloudTrail(record object, x *extractor) *fault {
	name := text(record["eventName"])
	if name == "" {
		return &fault{
			field: "detail.eventName", problem: "is " + describe(record["eventName"]),
			expected: "the name of an API call, as in every record of CloudTrail",
		}
	}
	e.Name = name
	setIf(&e.ID, text(record["eventID"]))
	setIf(&e.Account, account(record["recipientAccountId"]))
	setIf(&e.Region, text(record["awsRegion"]))
	if t := timeOf(record["eventTime"]); !t.IsZero() {
		e.Time = t
	}
	e.Actor = actorOf(record["userIdentity"])
	if e.Account == "" {
		e.Account = e.Actor.Account // the oldest records, outside an envelope, have no other
	}
	e.Ignored = ignoreReason(e.Source, record)
	e.TagKeys = tagKeys(record)

	x.ec2 = e.Source == "aws.ec2"
	// serviceEventDetails stands for both others in an AwsServiceEvent.
	x.walk("requestParameters", record["requestParameters"])
	e.Tagged = x.targets && setsTags[name]
	for _, part := range []string{"responseElements", "serviceEventDetails", "resources"} {
		x.walk(part, record[part])
	}
	return nil
}

// tagKeys gives the keys of a call that sets tags of EC2 resources or takes them away,
// however its lists are wrapped.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
func tagKeys(record object) []string {
	out := keysWithin(record["requestParameters"], false)
	slices.Sort(out)
	return slices.Compact(out)
}

// keysWithin gives the tag keys in a value; tags says that it is a part of a set of tags.
func keysWithin(v any, tags bool) []string {
	var out []string
	switch v := v.(type) {
	case object:
		for name, part := range v {
			if key := text(part); tags && strings.EqualFold(name, "key") && key != "" {
				out = append(out, key)
			}
			out = append(out, keysWithin(part, tags || strings.EqualFold(name, "tagSet"))...)
		}
	case []any:
		for _, part := range v {
			out = append(out, keysWithin(part, tags)...)
		}
	}
	return out
}

// setsTags are the calls that do nothing but set or take away tags.
var setsTags = map[string]bool{"CreateTags": true, "DeleteTags": true, "AddTagsToResource": true, "RemoveTagsFromResource": true}

// ignoreReason says why a call is nothing to act on; empty where it is.
func ignoreReason(source string, record object) IgnoreReason {
	name := text(record["eventName"])
	code := errorCode(record)
	eventSource := eventSourceOf(record)
	switch {
	case strings.HasSuffix(code, "DryRunOperation"):
		return IgnoredDryRun
	case code != "":
		return IgnoredFailedCall
	case isReadOnly(record["readOnly"], name):
		return IgnoredReadOnly
	case familyOf(source, name) == "", eventSource != "" && eventSource != eventSources[source]:
		return IgnoredNotWatched
	default:
		return ""
	}
}

// errorCode is empty for a call that succeeded. Some services write their error
// into the response instead of the record.
func errorCode(record object) string {
	if code := text(record["errorCode"]); code != "" {
		return code
	}
	response, _ := record["responseElements"].(object)
	return text(response["errorCode"])
}

func isReadOnly(flag any, name string) bool {
	switch text(flag) {
	case "true":
		return true
	case "false":
		return false
	}
	for _, verb := range []string{"Describe", "Get", "List", "Search"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

func actorOf(identity any) Actor {
	id, _ := identity.(object)
	session, _ := id["sessionContext"].(object)
	issuer, _ := session["sessionIssuer"].(object)
	return Actor{
		Type: text(id["type"]), ARN: text(id["arn"]), SessionIssuer: text(issuer["arn"]),
		Account: account(id["accountId"]), UserName: text(id["userName"]), InvokedBy: text(id["invokedBy"]),
	}
}

// readNative fills in what a service's own notification says.
func (e *Event) readNative(detail object, x *extractor) {
	if e.Family() == "" {
		e.Ignored = IgnoredNotWatched
	}
	switch e.Source {
	case "aws.networkmanager":
		e.placeNetworkManager(detail)
	default:
		kind := protected.types[e.Source][plainKey(text(detail["SourceType"]))]
		if name := text(detail["SourceIdentifier"]); kind != "" && isName(name) {
			x.add(kind, name)
		}
	}
	x.walk("detail", detail)
}

// placeNetworkManager finds where the change happened. The envelope tells of the
// global network instead: its account, and always us-west-2. Older events have
// hyphens in their keys, and some mix both.
func (e *Event) placeNetworkManager(detail object) {
	for _, key := range []string{"transit-gateway-arn", "transitGatewayArn"} {
		// arn:aws:ec2:us-east-1:111122223333:transit-gateway/tgw-…
		if part := strings.Split(text(detail[key]), ":"); len(part) == 6 {
			setIf(&e.Region, part[3])
			setIf(&e.Account, part[4])
		}
	}
	setIf(&e.Region, text(detail["edgeLocation"]))
	setIf(&e.Region, text(detail["region"]))
}

func setIf(field *string, value string) {
	if value != "" {
		*field = value
	}
}

// text reads a scalar; what is absent, null or a structure is empty.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	default:
		return ""
	}
}

// account reads an account id. Wrapped records write it as a number, which has
// lost its leading zeros.
func account(v any) string {
	id := text(v)
	if _, isNumber := v.(json.Number); isNumber && len(id) < 12 && strings.Trim(id, "0123456789") == "" {
		return strings.Repeat("0", 12-len(id)) + id
	}
	return id
}

// timeOf reads a time in the forms that CloudTrail, EventBridge and tables of
// logs give it.
func timeOf(v any) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, text(v)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// describe names a JSON value for an error message.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing or null"
	case string:
		if v == "" {
			return "empty"
		}
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a truth value"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}
