package dynamo

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// The beginnings of partition and sort keys; the package comment lists them all.
const (
	pointPrefix = "point#"
	unitPrefix  = "unit#"
	depPrefix   = "dep#"
	wrotePrefix = "wrote#"
	headsPK     = "units"

	claimPrefix  = "claim#"
	claimsSK     = "claims"
	holdsPrefix  = "holds#"
	keysPrefix   = "keys#"
	needsPrefix  = "needs#"
	runPrefix    = "run#"
	findingsSK   = "findings#"
	repairsSK    = "repairs#"
	noticesSK    = "notices#"
	begunSK      = "begun#"
	trippedSK    = "closes#"
	eventsPrefix = "seen#"
	leaseSK      = "a-lease" // sorts before what is written under it
	depSK        = "dep"
	wroteSK      = "wrote"
)

// lastRune sorts behind all that a sort key holds: DynamoDB compares the bytes of
// UTF-8, whose order is that of the code points.
const lastRune = "\U0010FFFF"

func unitPK(u network.Unit) string { return unitPrefix + u.String() }

// pointPK is where the claims of an enforcement point are.
func pointPK(p change.Point) string { return pointPrefix + p.Location.String() + "/" + p.ID }

// claimKey finds a claim by its key, which begins with its enforcement point:
// account, Region and resource.
func claimKey(claim string) (key, error) {
	p, ok := change.PointOfKey(claim)
	if !ok {
		return key{}, fmt.Errorf("reading claim key %q: it must begin with account/Region/resource/", claim)
	}
	return key{pk: pointPK(p), sk: claimPrefix + claim}, nil
}

func holdsKey(unit network.Unit, claim string) key {
	return key{pk: unitPK(unit), sk: holdsPrefix + claim}
}

func depKey(dependency string) key { return key{pk: depPrefix + dependency, sk: depSK} }

func wroteKey(resource string) key { return key{pk: wrotePrefix + resource, sk: wroteSK} }

func headKey(unit network.Unit) key { return key{pk: headsPK, sk: unitPK(unit)} }

func leaseKey(unit network.Unit) key { return key{pk: unitPK(unit), sk: leaseSK} }

// sortable gives a time as a text that sorts as times do.
func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// memberPrefix begins the attributes that stand for units, so that none can take
// the name of another attribute.
const memberPrefix = "u#"

func member(unit network.Unit) string { return memberPrefix + unit.String() }

// members gives the units that an item names, with their numbers.
func members(i item) (map[network.Unit]int64, error) {
	out := map[network.Unit]int64{}
	for name := range i {
		of, ok := strings.CutPrefix(name, memberPrefix)
		if !ok {
			continue
		}
		unit, err := network.ParseUnit(of)
		if err != nil {
			return nil, fmt.Errorf("reading item %s: %w", textOf(i, PartitionKey), err)
		}
		out[unit] = numberOf(i, name)
	}
	return out, nil
}
