package intent

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Everything is the cluster of policy items, and the name of the policy for all clusters.
const Everything = "*"

// Key identifies an item: a cluster's ARN and a name that is unique for that cluster. Of a
// policy, Cluster is Everything and Name is Everything or a cluster's ARN.
type Key struct{ Cluster, Name string }

// ClusterARN is an ElastiCache ARN taken apart.
type ClusterARN struct {
	Partition, Region, Account string
	// Kind is "replicationgroup", "cluster" or "serverlesscache".
	Kind string
	Name string
}

const allowedARN = "must be the ARN of a replication group, cache cluster or serverless cache, " +
	"such as arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

var (
	errNotClusterARN = errors.New(allowedARN)
	errUpperCase     = errors.New("must be in lower case, as ElastiCache keeps its names")

	regionPattern = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}$`)
	// ElastiCache names: letters, digits and single hyphens, beginning with a letter; 40 characters
	// for replication groups, 50 for cache clusters.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html
	namePattern = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
)

const maxClusterName = 50

// ParseClusterARN takes the ARN of a replication group, cache cluster or serverless cache apart.
// The error's text says what is allowed.
func ParseClusterARN(text string) (ClusterARN, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "elasticache" {
		return ClusterARN{}, errNotClusterARN
	}
	arn := ClusterARN{Partition: parts[1], Region: parts[3], Account: parts[4], Kind: parts[5], Name: parts[6]}
	known := slices.Contains([]string{"replicationgroup", "cluster", "serverlesscache"}, arn.Kind)
	if !known || !isAccount(arn.Account) || !regionPattern.MatchString(arn.Region) || arn.Partition != partitionOf(arn.Region) {
		return ClusterARN{}, errNotClusterARN
	}
	if err := checkClusterName(arn.Name); err != nil {
		return ClusterARN{}, err
	}
	return arn, nil
}

// String returns the ARN.
func (a ClusterARN) String() string {
	return strings.Join([]string{"arn", a.Partition, "elasticache", a.Region, a.Account, a.Kind, a.Name}, ":")
}

// ShortName returns the last part of a cluster's ARN, and a bare name as it is: what people
// call the cluster.
func ShortName(cluster string) string {
	return cluster[strings.LastIndexByte(cluster, ':')+1:]
}

// partitionOf returns the partition that a Region belongs to. An ARN that mixes them is a typing
// error that would otherwise only show as a cluster that does not exist.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func checkClusterName(name string) error {
	if lower := strings.ToLower(name); lower != name && namePattern.MatchString(lower) {
		return errUpperCase
	}
	if len(name) > maxClusterName || !namePattern.MatchString(name) {
		return errNotClusterARN
	}
	return nil
}

// checkCluster says whether a text can name a cluster; bare names only count where they are
// accepted.
func checkCluster(text string, bareNames bool) error {
	if !bareNames || strings.Contains(text, ":") {
		_, err := ParseClusterARN(text)
		return err
	}
	if err := checkClusterName(text); errors.Is(err, errNotClusterARN) {
		return errors.New(allowedARN + ", or the cluster's bare name")
	} else if err != nil {
		return err
	}
	return nil
}

func isAccount(text string) bool {
	if len(text) != 12 {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

// Short returns what people call an intent: the cluster's short name and its own.
func (k Key) Short() string { return ShortName(k.Cluster) + "/" + k.Name }
