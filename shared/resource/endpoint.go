package resource

import (
	"regexp"
	"slices"
	"strings"
)

// NameOfEndpoint gives the name of the resource to which an endpoint leads, which is what
// applications know of it: a host name, with or without a scheme, a user and a port.
func NameOfEndpoint(text string) (name string, ok bool) {
	host := strings.ToLower(strings.TrimSpace(text))
	if _, rest, found := strings.Cut(host, "://"); found {
		host = rest
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if end := strings.IndexAny(host, ":/?"); end >= 0 {
		host = host[:end]
	}
	host = strings.TrimSuffix(host, ".")
	for _, s := range Services() {
		if s.OfEndpoint == nil {
			continue
		}
		if name, ok = s.OfEndpoint(host); ok {
			return name, s.checkName(name) == nil
		}
	}
	return "", false
}

var (
	elastiCacheHost = regexp.MustCompile(`\.cache\.amazonaws\.com(\.cn)?$`)
	// A serverless cache's name is followed by six letters or digits.
	serverlessLabel = regexp.MustCompile(`^(.+)-[a-z0-9]{6}$`)
	// The nodes of a replication group are NAME-001, or NAME-0001-001 in shards.
	nodeSuffix = regexp.MustCompile(`(-\d{4})?-\d{3}$`)
)

// ofElastiCacheEndpoint reads the forms of ElastiCache's endpoints, in front of
// ….REGION.cache.amazonaws.com:
//
//	NAME.HASH.ng.0001, NAME-ro.HASH.ng.0001, NAME-001.HASH.0001   without TLS
//	master.NAME.HASH, replica.NAME.HASH, NAME-001.NAME.HASH       with TLS
//	clustercfg.NAME.HASH, NAME.HASH.clustercfg                    in cluster mode
//	NAME.HASH.cfg, NAME.HASH.0001                                 Memcached
//	NAME-HASH.serverless                                          serverless
//
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Endpoints.html
func ofElastiCacheEndpoint(host string) (string, bool) {
	suffix := elastiCacheHost.FindString(host)
	if suffix == "" {
		return "", false
	}
	labels := strings.Split(strings.TrimSuffix(host, suffix), ".")
	if len(labels) < 3 || slices.Contains(labels, "") {
		return "", false
	}
	name := labels[0]
	switch {
	case labels[1] == "serverless":
		if m := serverlessLabel.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
	case name == "master" || name == "replica" || name == "clustercfg":
		name = labels[1]
	case nodeSuffix.ReplaceAllString(name, "") == labels[1]:
		name = labels[1]
	case slices.Contains(labels, "ng"):
		name = strings.TrimSuffix(name, "-ro")
	}
	return name, true
}
