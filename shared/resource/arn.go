package resource

import (
	"errors"
	"regexp"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// ARN is the ARN of a protected resource, or of a part of one. It is comparable.
type ARN struct {
	Partition, Service, Region, Account string
	Kind                                network.ClusterKind
	Name                                string
}

// ErrNotARN says that a text is not the ARN of a protected resource. Its text says
// what is allowed.
var ErrNotARN = errors.New(Allowed())

// Allowed says what the ARN of a protected resource must be.
func Allowed() string {
	var nouns []string
	for _, s := range Services() {
		nouns = append(nouns, s.nouns()...)
	}
	return "must be the ARN of a " + OrList(nouns) + ", such as " + Example()
}

// Example is an ARN, for messages.
func Example() string { return Services()[0].Example }

var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// NewARN makes the ARN that AWS gives a resource of a service.
func NewARN(service string, at network.Location, kind network.ClusterKind, name string) ARN {
	return ARN{Partition: partitionOf(at.Region), Service: service, Region: at.Region, Account: at.Account, Kind: kind, Name: name}
}

// ParseARN reads the ARN of a resource that an intent may name. The error's text
// says what is allowed.
func ParseARN(text string) (ARN, error) {
	arn, ok := Split(text)
	if !ok || !IsAccount(arn.Account) || !regionPattern.MatchString(arn.Region) || arn.Partition != partitionOf(arn.Region) {
		return ARN{}, ErrNotARN
	}
	if err := arn.Of().checkName(arn.Name); err != nil {
		return ARN{}, err
	}
	return arn, nil
}

// Split takes the ARN of a resource that an intent may name apart, whatever its
// account, Region and name are.
func Split(text string) (ARN, bool) {
	part := strings.SplitN(text, ":", 6)
	if len(part) != 6 || part[0] != "arn" {
		return ARN{}, false
	}
	s, ok := service(part[2])
	if !ok {
		return ARN{}, false
	}
	t, name, ok := strings.Cut(part[5], s.Separator)
	arn := ARN{Partition: part[1], Service: part[2], Region: part[3], Account: part[4], Kind: network.ClusterKind(t), Name: name}
	kind, known := s.kind(arn.Kind)
	return arn, ok && known && kind.Noun != ""
}

// CheckName says what is wrong with the bare name of a resource: ErrNotARN where it
// is none of any service.
func CheckName(name string) error {
	wrong := ErrNotARN
	for _, s := range Services() {
		err := s.checkName(name)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrNotARN) {
			wrong = err // it would be one, were it not for its capitals
		}
	}
	return wrong
}

// LongestName is how long the name of a resource may be.
func LongestName() int {
	longest := 0
	for _, s := range Services() {
		longest = max(longest, s.LongestName)
	}
	return longest
}

// LocationOf gives the account and Region of an ARN that an intent may name.
func LocationOf(text string) (at network.Location, ok bool) {
	arn, err := ParseARN(text)
	return arn.Location(), err == nil
}

// String gives the ARN as AWS writes it.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, string(a.Kind) + Separator(a.Service) + a.Name}, ":")
}

// Location is the resource's account and Region.
func (a ARN) Location() network.Location {
	return network.Location{Account: a.Account, Region: a.Region}
}

// Of gives the resource's service; one without a name where it is of none.
func (a ARN) Of() *Service {
	if s, ok := service(a.Service); ok {
		return s
	}
	return &Service{}
}

// Sibling is the ARN of another resource of the same service, account and Region.
func (a ARN) Sibling(kind network.ClusterKind, name string) ARN {
	a.Kind, a.Name = kind, name
	return a
}

// Key is the dependency key of the resource: that of its name.
func (a ARN) Key() string {
	k, _ := a.Of().kind(a.Kind)
	return network.NameKey(a.Location(), k.Name, a.Name)
}

// Nodes gives the ARNs of a cluster's members: each stands for the cluster.
func Nodes(c network.Cluster) []ARN {
	arn, ok := Split(c.ARN)
	if !ok {
		return nil
	}
	out := make([]ARN, 0, len(c.Members))
	for _, m := range c.Members {
		out = append(out, arn.Sibling(arn.Of().Node, m))
	}
	return out
}

// Keys gives the dependency keys of a cluster: its name, and those of its nodes and of
// its subnet group.
func Keys(c network.Cluster) []string {
	arn, ok := Split(c.ARN)
	if !ok {
		return nil
	}
	keys := []string{arn.Key()}
	for _, n := range Nodes(c) {
		keys = append(keys, n.Key())
	}
	if c.SubnetGroup != "" {
		keys = append(keys, network.NameKey(c.Location, arn.Of().SubnetGroup, c.SubnetGroup))
	}
	return keys
}

// partitionOf gives the partition that a Region belongs to. An ARN that mixes them
// is a typing error that would otherwise only show as a resource that does not exist.
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// IsAccount says whether a text can be the id of an AWS account.
func IsAccount(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
