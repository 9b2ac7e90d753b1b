// Package oracle says whether a TCP connection from a client to a cache works in
// a simulated AWS, packet by packet, as AWS's documentation tells it: security
// groups, network ACLs, route tables, peering connections, transit gateways, and the
// VPN connections and Direct Connect of data centres, both ways.
//
// It is the independent witness of the simulation: it reads the network through
// Describe calls of its own, keeps the SDK's values, and shares no code with
// cachegate's judgement. It is written to be compared with AWS's pages, not to be
// fast, and it never changes the network.
package oracle
