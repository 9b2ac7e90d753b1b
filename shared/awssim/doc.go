// Package awssim is an AWS in memory: EC2's networking, ElastiCache and Direct Connect, as far as they decide who
// reaches a cache. Real clients of the AWS SDK run against it. It is what cachegate replay runs on, and what the tests
// of everything that calls AWS run on.
//
// A World comes from a file (Load) or from Go (Build): account → Region → the lists that the AWS CLI prints. It is
// checked, AWS's defaults are filled in, and it never changes. New starts a Sim from it, Clone splits one in two; both
// cost about a microsecond, since what is shared is copied only where it is written. Sim.Config gives an aws.Config for
// one account and identity:
//
//	world, warnings, err := awssim.Load("world.yaml", data)
//	sim := awssim.New(world)
//	client := ec2.NewFromConfig(sim.Config("111122223333", "us-east-1", awssim.Actor{RoleARN: role, Session: "run"}))
//
// A call goes through the SDK's client, its paginators and its validation; a smithy middleware at the end of the
// Initialize step then answers it with the SDK's own output or with an error that has AWS's error code. Nothing is
// serialised and nothing goes over a wire. A failure goes through the client's own retry loop, without its pauses.
//
// What behaves like AWS:
//
//   - A call happens wholly or not at all. It checks what AWS checks: ids, states, owners, quotas, duplicates.
//   - What follows from a change follows: routes to what is gone turn blackhole, rules over it turn stale, propagated
//     routes come and go, both sides of a peering and of a shared transit gateway see the same.
//   - Every write leaves the EventBridge event that CloudTrail would, in the shape of its operation (Sim.Events).
//   - An account or Region that the world does not hold cannot be read, nor can an object that is wrong in its file, or
//     that other objects lean on and that is not in it.
//
// What a test can ask for besides: failures, throttling, answers lost after the write (Sim.Fail), reads that come too
// early (Sim.Lag), somebody else who acts in between (Sim.OnCall).
//
// What it leaves out: packets, IAM policies, billing, the time that AWS takes (an attachment is available at once; a
// world may say pending), prefix list versions, IPv6 allocation, and every operation that Operations does not list:
// those fail with the code NotImplemented.
//
// Outputs share memory with the simulation. Callers may keep them, and must not write to what they point to.
package awssim
