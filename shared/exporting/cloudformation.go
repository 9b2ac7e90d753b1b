package exporting

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Stack is the template of one account and Region, and what CloudFormation has to be given so
// that it imports its resources instead of making them.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
type Stack struct {
	network.Location
	Template json.RawMessage
	Import   json.RawMessage
	// Left are what no resource stands for, or that CloudFormation does not import.
	Left []string
}

// imported is one resource to import.
type imported struct {
	ResourceType       string            `json:"ResourceType"`
	LogicalResourceID  string            `json:"LogicalResourceId"`
	ResourceIdentifier map[string]string `json:"ResourceIdentifier"`
}

// CloudFormation writes holdings as a template for each account and Region. Every resource is
// retained where it leaves its stack, which an import asks for.
func CloudFormation(all []Holding) ([]Stack, error) {
	var out []Stack
	for _, at := range locations(all) {
		var here []Holding
		for _, h := range all {
			if h.Location == at {
				here = append(here, h)
			}
		}
		stack, err := stackOf(at, here)
		if err != nil {
			return nil, err
		}
		out = append(out, stack)
	}
	return out, nil
}

func stackOf(at network.Location, all []Holding) (Stack, error) {
	stack := Stack{Location: at}
	resources, imports := map[string]any{}, []imported{}
	for i, name := range names(all, " ") {
		kind, properties, identifier := cloudFormationOf(all[i])
		if kind == "" {
			stack.Left = append(stack.Left, all[i].Key())
			continue
		}
		id := logicalID(name)
		resources[id] = map[string]any{
			"Type": kind, "Properties": properties, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
			"Metadata": map[string]string{"NeededBy": all[i].heldBy()},
		}
		imports = append(imports, imported{kind, id, identifier})
	}
	var err error
	if stack.Template, err = json.MarshalIndent(map[string]any{
		"AWSTemplateFormatVersion": "2010-09-09", "Description": fmt.Sprintf("Access to ElastiCache clusters in %s, as cachegate left it", at), "Resources": resources,
	}, "", "  "); err != nil {
		return stack, fmt.Errorf("writing the template of %s: %w", at, err)
	}
	if stack.Import, err = json.MarshalIndent(imports, "", "  "); err != nil {
		return stack, fmt.Errorf("writing what is imported of %s: %w", at, err)
	}
	return stack, nil
}

// logicalID makes the name of a resource in a template: letters and digits alone.
func logicalID(name string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(name) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// cloudFormationOf gives the type of resource, its properties, and by what it is imported. The
// type is empty for what CloudFormation has no resource of that can be imported.
func cloudFormationOf(h Holding) (kind string, properties map[string]any, identifier map[string]string) {
	switch h.Kind {
	case change.Rule:
		properties = map[string]any{"GroupId": h.Resource, "IpProtocol": network.TCP, "FromPort": int(h.Port), "ToPort": int(h.Port)}
		if h.Description != "" {
			properties["Description"] = h.Description
		}
		peerProperties(h, properties)
		return "AWS::EC2::SecurityGroupIngress", properties, map[string]string{"Id": h.RuleID}
	case change.Route:
		properties = map[string]any{"RouteTableId": h.Resource, targetProperty(h.Target): h.Target.ID}
		if h.Destination.Addr().Is6() {
			properties["DestinationIpv6CidrBlock"] = h.Destination.String()
		} else {
			properties["DestinationCidrBlock"] = h.Destination.String()
		}
		return "AWS::EC2::Route", properties, map[string]string{"RouteTableId": h.Resource, "CidrBlock": h.Destination.String()}
	case change.TransitGatewayRoute:
		properties = map[string]any{
			"TransitGatewayRouteTableId": h.Resource, "DestinationCidrBlock": h.Destination.String(), "TransitGatewayAttachmentId": h.Target.ID,
		}
		return "AWS::EC2::TransitGatewayRoute", properties, map[string]string{"TransitGatewayRouteTableId": h.Resource, "DestinationCidrBlock": h.Destination.String()}
	case change.Propagation, change.PeeringDNS:
	}
	return "", nil, nil
}

func peerProperties(h Holding, into map[string]any) {
	p := h.Peer
	switch {
	case p.PrefixList != "":
		into["SourcePrefixListId"] = p.PrefixList
	case p.SecurityGroup != "":
		into["SourceSecurityGroupId"] = p.SecurityGroup
		if owner := groupOwner(h); owner != h.Account {
			into["SourceSecurityGroupOwnerId"] = owner
		}
	case p.CIDR.Addr().Is6():
		into["CidrIpv6"] = p.CIDR.String()
	default:
		into["CidrIp"] = p.CIDR.String()
	}
}

func targetProperty(t network.Target) string {
	switch t.Kind {
	case network.TargetPeering:
		return "VpcPeeringConnectionId"
	case network.TargetTransitGateway:
		return "TransitGatewayId"
	case network.TargetNetworkInterface:
		return "NetworkInterfaceId"
	default:
		return "GatewayId"
	}
}
