package simulation

// Gateway is a transit gateway; its account shares it with the other ones.
type Gateway struct {
	ID, Account, Region string
	// Referencing lets rules refer to groups over it.
	Referencing bool `json:",omitempty"`
}

// Attachment joins something to a transit gateway: a VPC, a VPN connection, a Direct
// Connect gateway, or another transit gateway.
type Attachment struct {
	ID, Gateway, To string
	Status          string `json:",omitempty"` // of AWS's words; empty is available
	// Table is the gateway's route table that it is associated with, Beyond that of the
	// other gateway.
	Table  string `json:",omitempty"`
	Beyond string `json:",omitempty"`
	// Subnets, NoReferencing and IPv6 are a VPC attachment's.
	Subnets       []string `json:",omitempty"`
	NoReferencing bool     `json:",omitempty"`
	IPv6          bool     `json:",omitempty"`
}

// GatewayTable is a route table of a transit gateway; From are the attachments that
// propagate into it.
type GatewayTable struct {
	ID, Gateway string
	From        []string `json:",omitempty"`
}

// GatewayRoute is a static route of such a table; without an attachment it is a blackhole.
type GatewayRoute struct {
	Table, To  string
	Attachment string `json:",omitempty"`
}

// VPNGateway is a virtual private gateway. Learnt is what it hears by BGP.
type VPNGateway struct {
	ID, VPC string
	Status  string   `json:",omitempty"` // of the attachment; empty is attached
	Learnt  []string `json:",omitempty"`
}

// VPN is a VPN connection on a virtual private gateway or on a transit gateway.
type VPN struct {
	ID, Gateway string
	// Appliance is the address at which it ends.
	Appliance string
	// Static connections have Routes; else BGP runs, and Accepted routes are taken.
	Static   bool     `json:",omitempty"`
	Routes   []string `json:",omitempty"`
	Accepted int      `json:",omitempty"`
	Down     bool     `json:",omitempty"` // both tunnels; else one is up
	Status   string   `json:",omitempty"` // empty is available
}

// Circuit is a virtual interface on a virtual private gateway or a Direct Connect
// gateway, in the cache's account and Region.
type Circuit struct {
	ID, Gateway string
	Transit     bool     `json:",omitempty"`
	Status      string   `json:",omitempty"` // empty is available
	Down        bool     `json:",omitempty"` // the BGP session
	Accepted    []string `json:",omitempty"`
}

// DXGateway is a Direct Connect gateway of the cache's account.
type DXGateway struct {
	ID     string
	Status string `json:",omitempty"` // empty is available
}

// DXAssociation joins a Direct Connect gateway to a virtual private gateway or a
// transit gateway.
type DXAssociation struct {
	DXGateway, Gateway string
	Status             string   `json:",omitempty"` // empty is associated
	Allowed            []string `json:",omitempty"`
}

func (c Case) gateway(id string) Gateway {
	for _, g := range c.Gateways {
		if g.ID == id {
			return g
		}
	}
	return Gateway{}
}

func (c Case) gatewayTable(id string) GatewayTable {
	for _, t := range c.GatewayTables {
		if t.ID == id {
			return t
		}
	}
	return GatewayTable{}
}

func (c Case) attachment(id string) Attachment {
	for _, a := range c.Attachments {
		if a.ID == id {
			return a
		}
	}
	return Attachment{}
}

func (c Case) vpnGateway(id string) VPNGateway {
	for _, g := range c.VPNGateways {
		if g.ID == id {
			return g
		}
	}
	return VPNGateway{}
}

// gatewayPlace is the account and the Region of a transit gateway or of the VPC of a
// virtual private gateway.
func (c Case) gatewayPlace(id string) (account, region string) {
	if g := c.gateway(id); g.ID != "" {
		return g.Account, g.Region
	}
	v := c.vpc(c.vpnGateway(id).VPC)
	return v.Account, v.Region
}
