package observe

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// sharedWave reads what the cluster's account uses and another one owns: in a shared VPC the
// route tables and the connections are the owner's, who alone sees and changes all of them,
// and a shared security group guards interfaces of every account that it is shared with.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-service-behavior.html
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-sharing.html
func (r *reader) sharedWave(ctx context.Context, req Request) error {
	var tasks []task
	if at, ok := r.ownerOfVPC(); ok {
		vpc := []string{r.snap.Unit.VPC}
		tasks = append(tasks, func(ctx context.Context) error { return r.insides(ctx, at, vpc) })
		if len(intents(req.Intents).crossing()) > 0 {
			tasks = append(tasks, func(ctx context.Context) error { return r.peeringsOf(ctx, at, r.snap.Unit.VPC) })
		}
	}
	if shared := r.sharedGroups(); len(shared) > 0 {
		for _, at := range r.accountsHere(req) {
			tasks = append(tasks, func(ctx context.Context) error { return r.groupsWithMembers(ctx, at, shared) })
		}
	}
	return together(ctx, tasks...)
}

// ownerOfVPC is where the owner of the cache VPC is, if that is another account.
func (r *reader) ownerOfVPC() (network.Location, bool) {
	v := r.snap.VPCs[r.snap.Unit.VPC]
	if v.Owner == "" || v.Owner == r.home.Account {
		return network.Location{}, false
	}
	return network.Location{Account: v.Owner, Region: r.home.Region}, true
}

// sharedGroups are the clusters' groups that another account owns.
func (r *reader) sharedGroups() []string {
	return slices.DeleteFunc(r.guardingGroups(), func(id string) bool {
		g, ok := r.snap.SecurityGroups[id]
		return !ok || g.Home() == r.home
	})
}

// accountsHere are the other accounts in the Region of the caches: those of the deployment,
// and the owners of shared groups.
func (r *reader) accountsHere(req Request) []network.Location {
	var out []network.Location
	add := func(at network.Location) {
		if at != r.home && at.Region == r.home.Region && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	for _, at := range req.Locations {
		add(at)
	}
	for _, id := range r.sharedGroups() {
		add(r.snap.SecurityGroups[id].Home())
	}
	slices.SortFunc(out, compareLocations)
	return out
}
