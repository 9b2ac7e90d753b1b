// Package intenttest draws random intents and policies for the tests of other packages. Only tests
// import it.
package intenttest

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid" //nolint:depguard // this package is for tests alone

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Intent draws valid intents for clusters given by ARN, in their canonical form and without a
// place.
func Intent() *rapid.Generator[intent.Intent] {
	return rapid.Custom(func(t *rapid.T) intent.Intent {
		i := intent.Intent{
			Cluster: Cluster().Draw(t, "cluster"),
			Name:    name().Draw(t, "name"),
			Access:  rapid.SampledFrom([]intent.Access{intent.Open, intent.Closed}).Draw(t, "access"),
			Path:    rapid.SampledFrom(append(intent.Paths(), "")).Draw(t, "path"),
			Owner:   text().Draw(t, "owner"),
			Reason:  text().Draw(t, "reason"),
		}
		i.Sources = rapid.SliceOfNDistinct(Source(i.Access), 1, 6, rapid.ID[intent.Source]).Draw(t, "sources")
		if rapid.Bool().Draw(t, "has via") {
			i.Via = via(i.Path).Draw(t, "via")
		}
		if rapid.Bool().Draw(t, "has ports") {
			i.Ports = rapid.SliceOfNDistinct(rapid.Uint16Range(1, 65535), 1, 3, rapid.ID[uint16]).Draw(t, "ports")
			slices.Sort(i.Ports)
		}
		if rapid.Bool().Draw(t, "has start") {
			i.NotBefore = moment().Draw(t, "start")
		}
		if rapid.Bool().Draw(t, "has expiry") {
			i.ExpiresAt = moment().Draw(t, "expiry")
			if !i.ExpiresAt.After(i.NotBefore) {
				i.ExpiresAt = i.NotBefore.Add(time.Nanosecond)
			}
		}
		return i
	})
}

// Cluster draws ARNs of ElastiCache clusters.
func Cluster() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return resource.ARN{
			Partition: "aws", Service: resource.ElastiCache,
			Region:  rapid.SampledFrom([]string{"us-east-1", "eu-central-1", "ap-southeast-2"}).Draw(t, "region"),
			Account: rapid.SampledFrom([]string{"111122223333", "444455556666", "123456789012"}).Draw(t, "account"),
			Kind:    rapid.SampledFrom([]network.ClusterKind{resource.ReplicationGroup, resource.CacheCluster, resource.ServerlessCache}).Draw(t, "kind"),
			Name:    rapid.StringMatching(`[a-z](-?[a-z0-9]){0,20}`).Draw(t, "cluster name"),
		}.String()
	})
}

// Source draws sources that an intent with this access may have under the default policy.
func Source(access intent.Access) *rapid.Generator[intent.Source] {
	return rapid.Custom(func(t *rapid.T) intent.Source {
		kind := rapid.SampledFrom([]intent.SourceKind{intent.SecurityGroup, intent.CIDR, intent.PrefixList, intent.VPC}).Draw(t, "kind")
		digits := rapid.StringMatching(`[0-9a-f]{17}`)
		switch kind {
		case intent.SecurityGroup:
			return intent.Source{
				Kind: kind, ID: "sg-" + digits.Draw(t, "id"),
				Account: rapid.SampledFrom([]string{"", "111122223333", "444455556666"}).Draw(t, "account"),
			}
		case intent.PrefixList:
			return intent.Source{Kind: kind, ID: "pl-" + digits.Draw(t, "id")}
		case intent.VPC:
			return intent.Source{Kind: kind, ID: "vpc-" + digits.Draw(t, "id")}
		case intent.CIDR:
		}
		return intent.Source{Kind: intent.CIDR, Prefix: prefix(access).Draw(t, "prefix")}
	})
}

// prefix draws CIDRs, everything only where access is closed.
func prefix(access intent.Access) *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		widest := intent.DefaultPolicy().Widest
		if access == intent.Closed {
			widest = intent.Widths{}
		}
		if rapid.Bool().Draw(t, "IPv4") {
			address := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
			bits := rapid.IntRange(widest.V4, 32).Draw(t, "length")
			return netip.PrefixFrom(netip.AddrFrom4(address), bits).Masked()
		}
		address := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		address[0] |= 0x20 // no address of this range is mapped from IPv4
		bits := rapid.IntRange(widest.V6, 128).Draw(t, "length")
		return netip.PrefixFrom(netip.AddrFrom16(address), bits).Masked()
	})
}

// via draws what a path may go over; nothing in the same VPC.
func via(path intent.Path) *rapid.Generator[string] {
	prefixes := map[intent.Path][]string{
		intent.Peering: {"pcx-"}, intent.TransitGateway: {"tgw-"}, intent.TransitVPC: {"vgw-", "eni-"},
		intent.VPN: {"vgw-", "tgw-"}, intent.DirectConnect: {"vgw-", "tgw-"}, "": {"pcx-", "tgw-", "vgw-", "eni-"},
	}
	if path == intent.SameVPC {
		return rapid.Just("")
	}
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(prefixes[path]).Draw(t, "kind") + rapid.StringMatching(`[0-9a-f]{17}`).Draw(t, "id")
	})
}

// name draws names that YAML would like to take for something else, and any other.
func name() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"orders", "off", "null", "~", "1e3", "*", "- a", "a: b", "a #b", "été", "日本", `"`, `\`, "[a", "{a", "&a", "!a", "%a", "@a", "=", "<<"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019 .:/#,'\"{}[]&*!|>%@`-_é✓")), 1, 40, 128).
			Filter(func(s string) bool { return strings.TrimSpace(s) == s }),
	)
}

// text draws owners and reasons.
func text() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019 .:/#,'\"{}[]&*!|>%@`-_é✓👩\u200d\u00a0\u00ad")), 0, 30, -1)
}

// moment draws times of this century, some with fractions of a second.
func moment() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		seconds := rapid.Int64Range(1_000_000_000, 4_000_000_000).Draw(t, "seconds")
		nanoseconds := rapid.SampledFrom([]int64{0, 0, 1, 250_000_000, 999_999_999}).Draw(t, "nanoseconds")
		return time.Unix(seconds, nanoseconds).UTC()
	})
}

// Policy draws valid policies as their items say them, without a place: what is not explicit holds
// its default.
func Policy() *rapid.Generator[intent.Policy] {
	return rapid.Custom(func(t *rapid.T) intent.Policy {
		p := intent.DefaultPolicy()
		p.Target = rapid.OneOf(rapid.Just(intent.Everything), Cluster()).Draw(t, "target")
		set := func(attribute intent.Attributes, draw func()) {
			if rapid.Bool().Draw(t, "is set") {
				p.Explicit |= attribute
				draw()
			}
		}
		number := func(what string, least, most int) int { return rapid.IntRange(least, most).Draw(t, what) }
		set(intent.AttributeMode, func() {
			p.Mode = rapid.SampledFrom([]intent.Mode{intent.Off, intent.Observe, intent.Enforce}).Draw(t, "mode")
		})
		set(intent.AttributeUndeclared, func() {
			p.Undeclared = rapid.SampledFrom([]intent.Undeclared{intent.Ignore, intent.Report, intent.Revoke}).Draw(t, "undeclared")
		})
		set(intent.AttributeApproval, func() {
			p.Approval = rapid.SampledFrom([]intent.Approval{intent.ApproveNone, intent.ApproveCloses, intent.ApproveAll}).Draw(t, "approval")
		})
		set(intent.AttributeSharedGroups, func() {
			p.SharedGroups = rapid.SampledFrom([]intent.SharedGroups{intent.Refuse, intent.Allow}).Draw(t, "sharedGroups")
		})
		set(intent.AttributeWrites, func() { p.Writes = intent.Writes(number("writes", 0, 31)) })
		set(intent.AttributeWidestV4, func() { p.Widest.V4 = number("widest v4", 1, 32) })
		set(intent.AttributeWidestV6, func() { p.Widest.V6 = number("widest v6", 1, 128) })
		set(intent.AttributeMaxCloses, func() {
			if p.MaxCloses = (intent.Limit{Percent: number("maxCloses percent", 0, 100)}); p.MaxCloses.Percent == 0 {
				p.MaxCloses.Number = number("maxCloses", 0, 10_000)
			}
		})
		set(intent.AttributeRulesPerGroup, func() { p.RulesPerGroup = number("rulesPerGroup", 1, 1_000) })
		set(intent.AttributeRoutesPerTable, func() { p.RoutesPerTable = number("routesPerTable", 1, 1_000) })
		return p
	})
}
