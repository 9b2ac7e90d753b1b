package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/network"
)

// maxInFlight is how many calls run at once. EC2 refills 20 describe calls a
// second, and one takes about 100 ms: eight keep a run short without emptying
// the bucket that other tools of the account share.
const maxInFlight = 8

// maxFilterValues is EC2's limit of values in the filters of one request.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
const maxFilterValues = 200

// Page sizes: the largest that the APIs take.
const (
	pageSize            = 1000 // most EC2 calls
	smallPageSize       = 100  // route tables, prefix lists, Direct Connect
	maxPagesOfOneReader = 10_000
)

// reader is one run of Read: the snapshot under construction and what is shared
// by the concurrent calls that fill it.
type reader struct {
	clients Clients
	home    network.Location
	slots   chan struct{}

	mu       sync.Mutex
	snap     *network.Snapshot
	keys     map[string]struct{}
	failures map[failureKey]network.Failure
	// from is where the stored value of an id was read.
	from  map[string]network.Location
	apis  map[network.Location]*lazyAPI
	dns   map[string]dnsAttributes
	zones map[network.Location]map[string]zone // by name
	// vpcs are the VPCs read so far, on the way or not.
	vpcs map[place]network.VPC
	// listRefs are the prefix lists that rules and routes use, by where these are.
	listRefs map[network.Location]map[string]struct{}
	transit  *transit
	dx       *directConnect
}

// zone is what a zone's name stands for; only a Local or Wavelength Zone has a parent.
type zone struct {
	kind, parent string
}

// place is a VPC and where it is read.
type place struct {
	network.Location
	vpc string
}

func newReader(clients Clients, snap *network.Snapshot) *reader {
	return &reader{
		clients:  clients,
		home:     snap.Unit.Location,
		slots:    make(chan struct{}, inFlight(clients)),
		snap:     snap,
		keys:     map[string]struct{}{},
		failures: map[failureKey]network.Failure{},
		from:     map[string]network.Location{},
		apis:     map[network.Location]*lazyAPI{},
		dns:      map[string]dnsAttributes{},
		zones:    map[network.Location]map[string]zone{},
		vpcs:     map[place]network.VPC{},
		listRefs: map[network.Location]map[string]struct{}{},
		transit:  newTransit(),
		dx:       newDirectConnect(),
	}
}

// inFlight is how many calls to clients run at once.
func inFlight(clients Clients) int {
	if f, ok := clients.(*FromConfig); ok && f.InFlight > 0 {
		return f.InFlight
	}
	return maxInFlight
}

// lazyAPI asks for the clients of a location once a run, also where that fails:
// one refused role is one refusal, not one for every kind of resource.
type lazyAPI struct {
	once sync.Once
	api  API
	err  error
}

func (r *reader) apiOf(ctx context.Context, at network.Location) (API, error) {
	r.mu.Lock()
	l, ok := r.apis[at]
	if !ok {
		l = &lazyAPI{}
		r.apis[at] = l
		r.keys[network.LocationKey(at)] = struct{}{}
	}
	r.mu.Unlock()
	l.once.Do(func() { l.api, l.err = r.clients.For(ctx, at) })
	return l.api, l.err
}

// task is a piece of a wave. Its error is that of the context: what AWS refuses
// is recorded, not returned.
type task func(context.Context) error

// together runs tasks concurrently; the slots bound the calls they make.
func together(ctx context.Context, tasks ...task) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		g.Go(func() error { return t(gctx) })
	}
	return g.Wait()
}

// call is what a read is about: where, of what kind, and by which API.
type call struct {
	at     network.Location
	kind   network.Kind
	action string // IAM action, such as "ec2:DescribeVpcs"
	// resource is set where the call is for one id.
	resource string
}

// page reads one page: the items and the token of the next one.
type page[T any] func(ctx context.Context, api API, token *string) ([]T, *string, error)

// read reads all pages of a call. A refusal is recorded, and what was read before
// it is given; the error is that of the context alone.
func read[T any](ctx context.Context, r *reader, c call, next page[T]) ([]T, error) {
	api, err := r.apiOf(ctx, c.at)
	if err != nil {
		return nil, r.unconfigured(ctx, c, err)
	}
	var items []T
	var token *string
	for range maxPagesOfOneReader {
		got, following, err := inSlot(ctx, r, func() ([]T, *string, error) { return next(ctx, api, token) })
		items = append(items, got...)
		if err != nil {
			return items, r.refused(ctx, c, err)
		}
		if aws.ToString(following) == "" {
			return items, nil
		}
		if aws.ToString(following) == aws.ToString(token) {
			break
		}
		token = following
	}
	return items, r.refused(ctx, c, fmt.Errorf("reading %s of %s: the pages do not end", c.action, c.at))
}

func inSlot[T any](ctx context.Context, r *reader, f func() ([]T, *string, error)) ([]T, *string, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	defer func() { <-r.slots }()
	return f()
}

// filteredPage reads one page of what the filter lets through.
type filteredPage[T any] func(ctx context.Context, ec2 EC2, filters []ec2types.Filter, token *string) ([]T, *string, error)

// readBy reads what a filter with any of the values lets through, in as many
// calls as the number of values needs. Without values nothing is read.
func readBy[T any](ctx context.Context, r *reader, c call, filter string, values []string, next filteredPage[T]) ([]T, error) {
	chunks := slices.Collect(slices.Chunk(network.SortedSet(values), maxFilterValues))
	found := make([][]T, len(chunks))
	var tasks []task
	for i, chunk := range chunks {
		filters := []ec2types.Filter{{Name: aws.String(filter), Values: chunk}}
		tasks = append(tasks, func(ctx context.Context) (err error) {
			found[i], err = read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]T, *string, error) {
				return next(ctx, api.EC2, filters, token)
			})
			return err
		})
	}
	err := together(ctx, tasks...)
	return slices.Concat(found...), err
}
