package awssim

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// record is one call that CloudTrail would have written down.
type record struct {
	op              *operation
	account, region string
	actor           Actor
	time            time.Time
	eventID         string
	requestID       string
	input, output   any
	code, message   string // of a failed call
}

// record writes a successful call down. The caller holds the lock.
func (s *Sim) record(c *call, out any) {
	at := s.now()
	input := c.op.keep(c.input)
	s.writes = append(s.writes, Write{
		Operation: c.op.qualified, Account: c.account, Region: c.region, Actor: c.actor, Time: at, Input: input, Output: out,
	})
	s.records = append(s.records, s.newRecord(c, at, input, out))
}

func (s *Sim) recordFailure(c *call, err error) {
	r := s.newRecord(c, s.now(), c.op.keep(c.input), nil)
	r.code, r.message = "InternalError", err.Error()
	if failure, ok := errors.AsType[smithy.APIError](err); ok {
		r.code, r.message = failure.ErrorCode(), failure.ErrorMessage()
	}
	if c.op.service == ec2Service {
		r.code = "Client." + r.code // as EC2's records have it; the SDK's error codes do not
	}
	s.records = append(s.records, r)
}

func (s *Sim) newRecord(c *call, at time.Time, input, out any) record {
	return record{
		op: c.op, account: c.account, region: c.region, actor: c.actor, time: at, eventID: s.uuid(), requestID: s.uuid(),
		input: input, output: out,
	}
}

// Events returns the EventBridge events ("AWS API Call via CloudTrail") of all writes so far, oldest first: those of
// failed calls and dry runs too, where WithFailureEvents asks for them.
func (s *Sim) Events() [][]byte {
	s.mu.Lock()
	records := s.records
	s.mu.Unlock()
	return encodeRecords(records)
}

// TakeEvents returns the events since it was last called.
func (s *Sim) TakeEvents() [][]byte {
	s.mu.Lock()
	records := s.records[s.taken:]
	s.taken = len(s.records)
	s.mu.Unlock()
	return encodeRecords(records)
}

func encodeRecords(records []record) [][]byte {
	events := make([][]byte, 0, len(records))
	for i := range records {
		// What is encoded are maps, texts and numbers only, which cannot fail.
		if event, err := json.Marshal(records[i].envelope()); err == nil {
			events = append(events, event)
		}
	}
	return events
}

func (r *record) envelope() map[string]any {
	stamp := r.time.Format(time.RFC3339)
	detail := map[string]any{
		"eventVersion": "1.11", "userIdentity": r.actor.identity(r.account), "eventTime": stamp,
		"eventSource": r.op.service.eventSource, "eventName": r.op.name, "awsRegion": r.region,
		"sourceIPAddress": "203.0.113.17", "userAgent": "awssim", "requestID": r.requestID, "eventID": r.eventID,
		"readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": r.account,
		"eventCategory": "Management", "requestParameters": r.op.shape.request(r), "responseElements": nil,
	}
	if r.actor.InvokedBy != "" {
		detail["sourceIPAddress"], detail["userAgent"] = r.actor.InvokedBy, r.actor.InvokedBy
	}
	if r.code != "" {
		detail["errorCode"], detail["errorMessage"] = r.code, r.message
	} else {
		detail["responseElements"] = r.op.shape.response(r)
	}
	return map[string]any{
		"version": "0", "id": r.eventID, "detail-type": "AWS API Call via CloudTrail", "source": r.op.service.source,
		"account": r.account, "time": stamp, "region": r.region, "resources": []any{}, "detail": detail,
	}
}

// identity is how CloudTrail shows who made a call.
func (a Actor) identity(account string) map[string]any {
	if a.Session == "" {
		a.Session = "someone"
	}
	identity := map[string]any{"accountId": account}
	if a.InvokedBy != "" {
		identity["invokedBy"] = a.InvokedBy
	}
	name := a.RoleARN[strings.LastIndex(a.RoleARN, "/")+1:]
	switch {
	case a.RoleARN != "":
		owner := account
		if parts := strings.Split(a.RoleARN, ":"); len(parts) > 4 {
			owner = parts[4]
		}
		principal := "AROA" + strings.ToUpper(derivedID("", a.RoleARN)[2:])
		identity["type"] = "AssumedRole"
		identity["principalId"] = principal + ":" + a.Session
		identity["arn"] = "arn:aws:sts::" + owner + ":assumed-role/" + name + "/" + a.Session
		identity["accountId"] = owner
		identity["sessionContext"] = map[string]any{
			"sessionIssuer": map[string]any{
				"type": "Role", "principalId": principal, "arn": a.RoleARN, "accountId": owner, "userName": name,
			},
			"attributes": map[string]any{"mfaAuthenticated": "false"},
		}
	case a.InvokedBy != "":
		identity["type"] = "AWSService"
		delete(identity, "accountId")
	default:
		identity["type"] = "IAMUser"
		identity["userName"] = a.Session
		identity["principalId"] = "AIDA" + strings.ToUpper(derivedID("", account, a.Session)[2:])
		identity["arn"] = "arn:aws:iam::" + account + ":user/" + a.Session
	}
	return identity
}
