package awssim

import (
	"reflect"
	"strings"
)

// eventShape is how CloudTrail writes down an operation's request and response. EC2 has two ways: its older
// operations are flat with lowerCamel names and {"items": […]} for lists; its newer ones keep a wrapper
// <Operation>Request with the names of the query protocol, in which a list of one is written as its element.
// The other services write their own members in lowerCamel.
type eventShape uint8

const (
	flatShape eventShape = iota
	wrappedShape
	memberShape
)

// shapeOf tells which way an operation is written: a matter of when it came to EC2, not of anything it says.
func shapeOf(op *operation) eventShape {
	if op.service != ec2Service {
		return memberShape
	}
	for _, newer := range [...]string{
		"TransitGateway", "ManagedPrefixList", "ModifySecurityGroupRules", "UpdateSecurityGroupRuleDescriptions",
		"VpcCidrBlock", "SubnetCidrBlock", "SecurityGroupVpc",
	} {
		if strings.Contains(op.name, newer) {
			return wrappedShape
		}
	}
	return flatShape
}

func (s eventShape) request(r *record) any {
	switch s {
	case wrappedShape:
		return map[string]any{r.op.name + "Request": wrappedRequest{}.value(reflect.ValueOf(r.input), "")}
	case memberShape:
		return members{}.value(reflect.ValueOf(r.input), "")
	case flatShape:
	}
	request, ok := flat{names: flatRequestNames, request: true}.value(reflect.ValueOf(r.input), "").(map[string]any)
	if ok && strings.Contains(r.op.name, "uthorizeSecurityGroup") || strings.HasPrefix(r.op.name, "RevokeSecurityGroup") {
		if _, given := request["ipPermissions"]; !given {
			request["ipPermissions"] = map[string]any{}
		}
	}
	if r.op.name == "RunInstances" {
		nestInstances(request)
	}
	return request
}

// nestInstances puts what a launch says of its instances where EC2's records have it.
func nestInstances(request map[string]any) {
	item := map[string]any{}
	for _, name := range [...]string{"imageId", "minCount", "maxCount", "keyName"} {
		if value, ok := request[name]; ok {
			item[name] = value
			delete(request, name)
		}
	}
	request["instancesSet"] = map[string]any{"items": []any{item}}
}

func (s eventShape) response(r *record) any {
	out := reflect.ValueOf(r.output)
	switch s {
	case wrappedShape:
		response, _ := wrappedResponse{}.value(out, "").(map[string]any)
		response["requestId"], response["xmlns"] = r.requestID, "http://ec2.amazonaws.com/doc/2016-11-15/"
		return map[string]any{r.op.name + "Response": response}
	case memberShape:
		response, _ := members{}.value(out, "").(map[string]any)
		// ElastiCache answers with the resource itself, not with an object around it.
		if only := onlyObject(response); only != nil && r.op.service == elasticacheService {
			return only
		}
		return response
	case flatShape:
	}
	response, _ := flat{names: flatResponseNames}.value(out, "").(map[string]any)
	response["requestId"] = r.requestID
	if len(response) == 1 {
		response["_return"] = true
	}
	return response
}

func onlyObject(response map[string]any) map[string]any {
	if len(response) != 1 {
		return nil
	}
	for _, value := range response {
		object, _ := value.(map[string]any)
		return object
	}
	return nil
}
