package exporting

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plaintext"
)

// Terraform writes holdings as resources of Terraform's AWS provider, each with an import
// block (Terraform 1.5), so that the first plan takes them over and makes nothing anew. A
// DNS option of a peering connection is left out: its resource would own all options of the
// connection.
// https://developer.hashicorp.com/terraform/language/import
func Terraform(all []Holding) []byte {
	file := hclwrite.NewEmptyFile()
	body := file.Body()
	settings := body.AppendNewBlock("terraform", nil).Body()
	settings.SetAttributeValue("required_version", cty.StringVal(">= 1.5"))
	settings.AppendNewBlock("required_providers", nil).Body().SetAttributeValue("aws", cty.ObjectVal(map[string]cty.Value{
		"source": cty.StringVal("hashicorp/aws"), "version": cty.StringVal(">= 5.0"),
	}))
	for _, at := range locations(all) {
		body.AppendNewline()
		provider := body.AppendNewBlock("provider", []string{"aws"}).Body()
		provider.SetAttributeValue("alias", cty.StringVal(alias(at)))
		provider.SetAttributeValue("region", cty.StringVal(at.Region))
		provider.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(at.Account)}))
	}
	for i, name := range names(all, "_") {
		writeResource(body, all[i], name)
	}
	return hclwrite.Format(file.Bytes())
}

// alias is the provider of a location.
func alias(at network.Location) string {
	return "account_" + at.Account + "_" + strings.ReplaceAll(at.Region, "-", "_")
}

func writeResource(body *hclwrite.Body, h Holding, name string) {
	body.AppendNewline()
	if by := h.heldBy(); by != "" {
		comment(body, "needed by "+by)
	}
	kind, attributes, id := terraformOf(h)
	if kind == "" {
		comment(body, "left out: "+h.Key())
		return
	}
	resource := body.AppendNewBlock("resource", []string{kind, name}).Body()
	resource.SetAttributeTraversal("provider", hcl.Traversal{hcl.TraverseRoot{Name: "aws"}, hcl.TraverseAttr{Name: alias(h.Location)}})
	for _, a := range attributes {
		resource.SetAttributeValue(a.name, a.value)
	}
	if id == "" {
		comment(body, "Terraform imports no resource of this kind: making it once more changes nothing")
		return
	}
	body.AppendNewline()
	imported := body.AppendNewBlock("import", nil).Body()
	imported.SetAttributeTraversal("to", hcl.Traversal{hcl.TraverseRoot{Name: kind}, hcl.TraverseAttr{Name: name}})
	imported.SetAttributeValue("id", cty.StringVal(id))
}

func comment(body *hclwrite.Body, text string) {
	body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + plaintext.Clean(text) + "\n")}})
}

// attribute is one argument of a resource.
type attribute struct {
	name  string
	value cty.Value
}

func text(name, value string) attribute { return attribute{name, cty.StringVal(value)} }

// terraformOf gives the kind of resource, its arguments in order, and the id by which it is
// imported. The kind is empty where there is none that stands for it alone.
func terraformOf(h Holding) (kind string, attributes []attribute, id string) {
	switch h.Kind {
	case change.Rule:
		// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_security_group_ingress_rule
		port := cty.NumberIntVal(int64(h.Port))
		attributes = []attribute{text("security_group_id", h.Resource), text("ip_protocol", network.TCP), {"from_port", port}, {"to_port", port}, peerOf(h)}
		if h.Description != "" {
			attributes = append(attributes, text("description", h.Description))
		}
		return "aws_vpc_security_group_ingress_rule", attributes, h.RuleID
	case change.Route:
		// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route
		destination := "destination_cidr_block"
		if h.Destination.Addr().Is6() {
			destination = "destination_ipv6_cidr_block"
		}
		return "aws_route", []attribute{text("route_table_id", h.Resource), text(destination, h.Destination.String()), text(routeTarget(h.Target), h.Target.ID)},
			fmt.Sprintf("%s_%s", h.Resource, h.Destination)
	case change.TransitGatewayRoute:
		return "aws_ec2_transit_gateway_route", []attribute{
			text("transit_gateway_route_table_id", h.Resource), text("destination_cidr_block", h.Destination.String()), text("transit_gateway_attachment_id", h.Target.ID),
		}, fmt.Sprintf("%s_%s", h.Resource, h.Destination)
	case change.Propagation:
		return "aws_vpn_gateway_route_propagation", []attribute{text("route_table_id", h.Resource), text("vpn_gateway_id", h.Target.ID)}, ""
	case change.PeeringDNS:
	}
	return "", nil, ""
}

func peerOf(h Holding) attribute {
	p := h.Peer
	switch {
	case p.PrefixList != "":
		return text("prefix_list_id", p.PrefixList)
	case p.SecurityGroup != "" && groupOwner(h) != h.Account:
		return text("referenced_security_group_id", p.Account+"/"+p.SecurityGroup)
	case p.SecurityGroup != "":
		return text("referenced_security_group_id", p.SecurityGroup)
	case p.CIDR.Addr().Is6():
		return text("cidr_ipv6", p.CIDR.String())
	default:
		return text("cidr_ipv4", p.CIDR.String())
	}
}

func routeTarget(t network.Target) string {
	switch t.Kind {
	case network.TargetPeering:
		return "vpc_peering_connection_id"
	case network.TargetTransitGateway:
		return "transit_gateway_id"
	case network.TargetNetworkInterface:
		return "network_interface_id"
	default:
		return "gateway_id"
	}
}
