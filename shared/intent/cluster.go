package intent

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// Everything is the cluster of policy items, and the name of the policy for all clusters.
const Everything = "*"

// Key identifies an item: a cluster's ARN and a name that is unique for that cluster. Of a
// policy, Cluster is Everything and Name is Everything or a cluster's ARN.
type Key struct{ Cluster, Name string }

// ShortName returns the name in a cluster's ARN, and a bare name as it is: what people
// call the cluster.
func ShortName(cluster string) string {
	if arn, ok := resource.Split(cluster); ok {
		return arn.Name
	}
	return cluster[strings.LastIndexByte(cluster, ':')+1:]
}

// checkCluster says whether a text can name a cluster; bare names only count where they are
// accepted.
func checkCluster(text string, bareNames bool) error {
	if name, is := resource.NameOfEndpoint(text); is {
		if bareNames {
			return fmt.Errorf("is the endpoint of %s: write its name, %q, or its ARN", name, name)
		}
		return fmt.Errorf("is the endpoint of %s: write its ARN, such as %s", name, resource.Example())
	}
	if !bareNames || strings.Contains(text, ":") {
		_, err := resource.ParseARN(text)
		return err
	}
	err := resource.CheckName(text)
	if errors.Is(err, resource.ErrNotARN) {
		return errors.New(resource.Allowed() + ", or the cluster's bare name")
	}
	return err
}

// Short returns what people call an intent: the cluster's short name and its own.
func (k Key) Short() string { return ShortName(k.Cluster) + "/" + k.Name }
