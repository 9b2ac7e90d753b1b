package simulation

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// attach asks for an attachment of a VPC to a gateway.
func (w writer) attach() error {
	return until(w, w.Gateways, func(g Gateway) error {
		return until(w, w.VPCs, func(v VPC) error {
			s := cmp.Or(pick(w.drawer, append(w.subnetIDs(v.ID), "")), "subnet-none")
			_, err := w.ec2(v.ID).CreateTransitGatewayVpcAttachment(w.h.ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &g.ID, VpcId: &v.ID, SubnetIds: []string{s}})
			return err
		})
	})
}

// detach deletes attachments of VPCs, so that new ones can be asked for.
func (w writer) detach() {
	for _, a := range w.Attachments {
		if strings.HasPrefix(a.To, "vpc-") && w.chance(50) {
			w.h.foreign(Step{Do: "attachment-delete", On: a.ID})
		}
	}
}

// join asks for a peering of two gateways.
func (w writer) join() error {
	return until(w, w.Gateways, func(g Gateway) error {
		return until(w, w.Gateways, func(to Gateway) error {
			if g.ID == to.ID {
				return errNothing
			}
			_, err := w.h.gatewayClient(g.ID).CreateTransitGatewayPeeringAttachment(w.h.ctx, &ec2.CreateTransitGatewayPeeringAttachmentInput{
				TransitGatewayId: &g.ID, PeerTransitGatewayId: &to.ID, PeerAccountId: &to.Account, PeerRegion: &to.Region,
			})
			return err
		})
	})
}

// part deletes the peerings of gateways, so that new ones can be asked for.
func (w writer) part() {
	for range w.Gateways {
		_ = w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
			_, err := c.DeleteTransitGatewayPeeringAttachment(w.h.ctx, &ec2.DeleteTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
			return err
		})
	}
}

// everyAttachment makes one write on one attachment, as a gateway's account sees it.
func (w writer) everyAttachment(write func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error) error {
	return until(w, w.Gateways, func(g Gateway) error {
		c := w.h.gatewayClient(g.ID)
		out, err := c.DescribeTransitGatewayAttachments(w.h.ctx, &ec2.DescribeTransitGatewayAttachmentsInput{})
		if err != nil {
			return err
		}
		return until(w, out.TransitGatewayAttachments, func(a ec2types.TransitGatewayAttachment) error { return write(c, a) })
	})
}

// everyPair makes one write on an attachment and a route table of its gateway.
func (w writer) everyPair(write func(c *ec2.Client, attachment, table *string) error) error {
	return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
		return until(w, w.tablesOfGateway(aws.ToString(a.TransitGatewayId)), func(table string) error { return write(c, a.TransitGatewayAttachmentId, &table) })
	})
}

var transitWrites = map[string]kindOfWrite{
	"ec2:CreateTransitGatewayVpcAttachment": {ready: func(w writer) error { w.detach(); return nil }, make: func(w writer) error { return w.attach() }},
	"ec2:AcceptTransitGatewayVpcAttachment": {
		ready: func(w writer) error { w.detach(); return w.attach() },
		make: func(w writer) error {
			return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
				_, err := c.AcceptTransitGatewayVpcAttachment(w.h.ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
				return err
			})
		},
	},
	"ec2:RejectTransitGatewayVpcAttachment": {
		ready: func(w writer) error { w.detach(); return w.attach() },
		make: func(w writer) error {
			return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
				_, err := c.RejectTransitGatewayVpcAttachment(w.h.ctx, &ec2.RejectTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
				return err
			})
		},
	},
	"ec2:DeleteTransitGatewayVpcAttachment": {make: func(w writer) error {
		return until(w, w.VPCs, func(v VPC) error {
			return w.everyAttachment(func(_ *ec2.Client, a ec2types.TransitGatewayAttachment) error {
				_, err := w.ec2(v.ID).DeleteTransitGatewayVpcAttachment(w.h.ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
				return err
			})
		})
	}},
	"ec2:ModifyTransitGatewayVpcAttachment": {make: func(w writer) error {
		return until(w, w.Attachments, func(a Attachment) error {
			if !strings.HasPrefix(a.To, "vpc-") {
				return errNothing
			}
			in := &ec2.ModifyTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &a.ID}
			s := pick(w.drawer, w.subnetIDs(a.To))
			switch w.upTo(3) {
			case 0:
				in.AddSubnetIds = []string{s}
			case 1:
				in.RemoveSubnetIds = []string{s}
			case 2:
				in.Options = &ec2types.ModifyTransitGatewayVpcAttachmentRequestOptions{Ipv6Support: ec2types.Ipv6SupportValueDisable}
			default:
				in.Options = &ec2types.ModifyTransitGatewayVpcAttachmentRequestOptions{SecurityGroupReferencingSupport: ec2types.SecurityGroupReferencingSupportValueDisable}
			}
			_, err := w.ec2(a.To).ModifyTransitGatewayVpcAttachment(w.h.ctx, in)
			return err
		})
	}},
	"ec2:ModifyTransitGateway": {make: func(w writer) error {
		return until(w, w.Gateways, func(g Gateway) error {
			return w.h.foreignGateway(Step{On: g.ID, To: map[bool]string{true: "off", false: "on"}[g.Referencing]})
		})
	}},
	"ec2:CreateTransitGatewayPeeringAttachment": {
		ready: func(w writer) error { w.part(); return nil },
		make:  func(w writer) error { return w.join() },
	},
	"ec2:AcceptTransitGatewayPeeringAttachment": {
		ready: func(w writer) error { w.part(); return w.join() },
		make: func(w writer) error {
			return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
				_, err := c.AcceptTransitGatewayPeeringAttachment(w.h.ctx, &ec2.AcceptTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
				return err
			})
		},
	},
	"ec2:RejectTransitGatewayPeeringAttachment": {
		ready: func(w writer) error { w.part(); return w.join() },
		make: func(w writer) error {
			return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
				_, err := c.RejectTransitGatewayPeeringAttachment(w.h.ctx, &ec2.RejectTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
				return err
			})
		},
	},
	"ec2:DeleteTransitGatewayPeeringAttachment": {make: func(w writer) error {
		return w.everyAttachment(func(c *ec2.Client, a ec2types.TransitGatewayAttachment) error {
			_, err := c.DeleteTransitGatewayPeeringAttachment(w.h.ctx, &ec2.DeleteTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId})
			return err
		})
	}},
	"ec2:CreateTransitGatewayRouteTable": {make: func(w writer) error {
		return until(w, w.Gateways, func(g Gateway) error {
			_, err := w.h.gatewayClient(g.ID).CreateTransitGatewayRouteTable(w.h.ctx, &ec2.CreateTransitGatewayRouteTableInput{TransitGatewayId: &g.ID})
			return err
		})
	}},
	"ec2:DeleteTransitGatewayRouteTable": {make: func(w writer) error {
		return until(w, w.GatewayTables, func(t GatewayTable) error {
			_, err := w.h.gatewayClient(t.Gateway).DeleteTransitGatewayRouteTable(w.h.ctx, &ec2.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: &t.ID})
			return err
		})
	}},
	"ec2:CreateTransitGatewayRoute": {make: func(w writer) error {
		return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
			in := &ec2.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String(w.transitBlock()), TransitGatewayAttachmentId: attachment}
			if w.chance(40) {
				in.TransitGatewayAttachmentId, in.Blackhole = nil, aws.Bool(true)
			}
			_, err := c.CreateTransitGatewayRoute(w.h.ctx, in)
			return err
		})
	}},
	"ec2:ReplaceTransitGatewayRoute": {
		ready: func(w writer) error { return w.steadyRoute() },
		make: func(w writer) error {
			return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
				return until(w, w.standingTransit(*table), func(to string) error {
					_, err := c.ReplaceTransitGatewayRoute(w.h.ctx, &ec2.ReplaceTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: &to, TransitGatewayAttachmentId: attachment})
					return err
				})
			})
		},
	},
	"ec2:DeleteTransitGatewayRoute": {
		ready: func(w writer) error { return w.steadyRoute() },
		make: func(w writer) error {
			return w.everyPair(func(c *ec2.Client, _, table *string) error {
				return until(w, w.standingTransit(*table), func(to string) error {
					_, err := c.DeleteTransitGatewayRoute(w.h.ctx, &ec2.DeleteTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: &to})
					return err
				})
			})
		},
	},
	"ec2:AssociateTransitGatewayRouteTable": {
		ready: func(w writer) error { return w.dissociate() },
		make: func(w writer) error {
			return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
				_, err := c.AssociateTransitGatewayRouteTable(w.h.ctx, &ec2.AssociateTransitGatewayRouteTableInput{TransitGatewayAttachmentId: attachment, TransitGatewayRouteTableId: table})
				return err
			})
		},
	},
	"ec2:DisassociateTransitGatewayRouteTable": {make: func(w writer) error { return w.dissociate() }},
	"ec2:EnableTransitGatewayRouteTablePropagation": {
		ready: func(w writer) error { return w.silence() },
		make: func(w writer) error {
			return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
				_, err := c.EnableTransitGatewayRouteTablePropagation(w.h.ctx, &ec2.EnableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: attachment, TransitGatewayRouteTableId: table})
				return err
			})
		},
	},
	"ec2:DisableTransitGatewayRouteTablePropagation": {make: func(w writer) error { return w.silence() }},
}

// steadyRoute makes a static route of a gateway's table to a VPC of an intent.
func (w writer) steadyRoute() error {
	return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
		_, err := c.CreateTransitGatewayRoute(w.h.ctx, &ec2.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String(w.transitBlock()), TransitGatewayAttachmentId: attachment})
		return err
	})
}

// standingTransit gives the destinations of a gateway table's static routes.
func (w writer) standingTransit(table string) []string {
	var out []string
	for _, r := range w.h.read().TransitRoutes(table) {
		if r.Type == ec2types.TransitGatewayRouteTypeStatic {
			out = append(out, aws.ToString(r.DestinationCidrBlock))
		}
	}
	return out
}

func (w writer) dissociate() error {
	return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
		_, err := c.DisassociateTransitGatewayRouteTable(w.h.ctx, &ec2.DisassociateTransitGatewayRouteTableInput{TransitGatewayAttachmentId: attachment, TransitGatewayRouteTableId: table})
		return err
	})
}

func (w writer) silence() error {
	return w.everyPair(func(c *ec2.Client, attachment, table *string) error {
		_, err := c.DisableTransitGatewayRouteTablePropagation(w.h.ctx, &ec2.DisableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: attachment, TransitGatewayRouteTableId: table})
		return err
	})
}
