package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// instanceState is a state with EC2's code for it.
func instanceState(name ec2types.InstanceStateName) *ec2types.InstanceState {
	codes := map[ec2types.InstanceStateName]int32{
		ec2types.InstanceStateNamePending: 0, ec2types.InstanceStateNameRunning: 16, ec2types.InstanceStateNameShuttingDown: 32,
		ec2types.InstanceStateNameTerminated: 48, ec2types.InstanceStateNameStopping: 64, ec2types.InstanceStateNameStopped: 80,
	}
	return &ec2types.InstanceState{Code: new(codes[name]), Name: name}
}

// runInstances launches instances with one network interface each. They run at once; AWS shows them pending first.
func runInstances(c *call, in *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error) {
	lowest, highest := int(aws.ToInt32(in.MinCount)), int(aws.ToInt32(in.MaxCount))
	if lowest < 1 || highest < lowest {
		return nil, invalidParameter("Value (%d) for parameter minCount is invalid. Expecting a number from 1 to maxCount.", lowest)
	}
	subnet, groups, address := in.SubnetId, in.SecurityGroupIds, in.PrivateIpAddress
	if len(in.NetworkInterfaces) > 0 {
		n := in.NetworkInterfaces[0]
		subnet, groups, address = firstOf(n.SubnetId, subnet), n.Groups, firstOf(n.PrivateIpAddress, address)
	}
	if subnet == nil {
		return nil, apiError("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
	}
	var tags []ec2types.Tag
	for _, s := range in.TagSpecifications {
		if s.ResourceType == ec2types.ResourceTypeInstance {
			tags = append(tags, s.Tags...)
		}
	}
	tags, err := mergeTags(nil, tags)
	if err != nil {
		return nil, err
	}
	out := &ec2.RunInstancesOutput{ReservationId: new(c.newID("r")), OwnerId: &c.r.account}
	for range highest {
		eni, err := c.newInterface(subnet, groups, address)
		if err != nil {
			return nil, err
		}
		instance := &ec2types.Instance{
			InstanceId: new(c.newID("i")), ImageId: in.ImageId, InstanceType: in.InstanceType, SubnetId: eni.SubnetId, VpcId: eni.VpcId,
			PrivateIpAddress: eni.PrivateIpAddress, SecurityGroups: eni.Groups, State: instanceState(ec2types.InstanceStateNameRunning), Tags: tags,
			LaunchTime: new(c.sim.now()), SourceDestCheck: new(true),
			Placement: &ec2types.Placement{AvailabilityZone: eni.AvailabilityZone},
		}
		c.attach(eni, instance, 0, true)
		shown := *c.r.Instances.get(*instance.InstanceId)
		shown.State = instanceState(ec2types.InstanceStateNamePending)
		out.Instances, out.Groups = append(out.Instances, shown), eni.Groups
	}
	return out, nil
}

// eachInstance changes the state of the instances that a request names, and tells of each change.
func (c *call) eachInstance(ids []string, change func(*ec2types.Instance) (from, to *ec2types.InstanceState, err error)) ([]ec2types.InstanceStateChange, error) {
	found, err := pick(&c.r.Instances, ids, errInstanceNotFound, "instance ID")
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, missingParameter("InstanceId")
	}
	var changes []ec2types.InstanceStateChange
	for _, instance := range found {
		from, to, err := change(instance)
		if err != nil {
			return nil, err
		}
		changes = append(changes, ec2types.InstanceStateChange{InstanceId: instance.InstanceId, PreviousState: from, CurrentState: to})
	}
	return changes, nil
}

// settleInstance stores an instance's new state and judges the routes that lead to its interfaces.
func (c *call) settleInstance(instance *ec2types.Instance, state *ec2types.InstanceState) {
	changed := *instance
	changed.State = state
	r := c.edit()
	r.Instances.put(c.state.owner, *instance.InstanceId, &changed)
	works := state.Name == ec2types.InstanceStateNameRunning
	for _, n := range instance.NetworkInterfaces {
		id := aws.ToString(n.NetworkInterfaceId)
		for _, table := range r.RouteTables.vals {
			routes := slices.Clone(table.Routes)
			for i := range routes {
				if targetOf(&routes[i]) != id {
					continue
				}
				if routes[i].State = ec2types.RouteStateBlackhole; works {
					routes[i].State = ec2types.RouteStateActive
				}
			}
			settled := *table
			settled.Routes = routes
			r.RouteTables.put(c.state.owner, *table.RouteTableId, &settled)
		}
	}
}

func stopInstances(c *call, in *ec2.StopInstancesInput) (*ec2.StopInstancesOutput, error) {
	changes, err := c.eachInstance(in.InstanceIds, func(i *ec2types.Instance) (from, to *ec2types.InstanceState, err error) {
		if i.State.Name == ec2types.InstanceStateNameTerminated {
			return nil, nil, apiError("IncorrectInstanceState", "This instance '%s' is not in a state from which it can be stopped.", *i.InstanceId)
		}
		c.settleInstance(i, instanceState(ec2types.InstanceStateNameStopped))
		return i.State, instanceState(ec2types.InstanceStateNameStopped), nil
	})
	return &ec2.StopInstancesOutput{StoppingInstances: changes}, err
}

func startInstances(c *call, in *ec2.StartInstancesInput) (*ec2.StartInstancesOutput, error) {
	changes, err := c.eachInstance(in.InstanceIds, func(i *ec2types.Instance) (from, to *ec2types.InstanceState, err error) {
		if i.State.Name == ec2types.InstanceStateNameTerminated {
			return nil, nil, apiError("IncorrectInstanceState", "The instance '%s' is not in a state from which it can be started.", *i.InstanceId)
		}
		c.settleInstance(i, instanceState(ec2types.InstanceStateNameRunning))
		return i.State, instanceState(ec2types.InstanceStateNamePending), nil
	})
	return &ec2.StartInstancesOutput{StartingInstances: changes}, err
}

// terminateInstances ends instances for good. They stay to be described for a while, without their place in the VPC;
// the interfaces that came with them go along.
func terminateInstances(c *call, in *ec2.TerminateInstancesInput) (*ec2.TerminateInstancesOutput, error) {
	changes, err := c.eachInstance(in.InstanceIds, func(i *ec2types.Instance) (from, to *ec2types.InstanceState, err error) {
		if i.State.Name == ec2types.InstanceStateNameTerminated {
			return i.State, i.State, nil
		}
		gone := *i
		gone.State, gone.VpcId, gone.SubnetId, gone.PrivateIpAddress = instanceState(ec2types.InstanceStateNameTerminated), nil, nil, nil
		gone.NetworkInterfaces, gone.SecurityGroups = nil, nil
		c.edit().Instances.put(c.state.owner, *i.InstanceId, &gone)
		for _, n := range i.NetworkInterfaces {
			eni := c.r.NetworkInterfaces.lookup(n.NetworkInterfaceId)
			if eni == nil {
				continue
			}
			if eni.Attachment != nil && !aws.ToBool(eni.Attachment.DeleteOnTermination) {
				free := *eni
				free.Attachment, free.Status = nil, ec2types.NetworkInterfaceStatusAvailable
				c.r.NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, &free)
				c.r.settleTarget(c.state.owner, *eni.NetworkInterfaceId)
				continue
			}
			c.dropInterface(*eni.NetworkInterfaceId)
		}
		return i.State, instanceState(ec2types.InstanceStateNameShuttingDown), nil
	})
	return &ec2.TerminateInstancesOutput{TerminatingInstances: changes}, err
}

// modifyInstanceAttribute sets the groups or the source/destination check of an instance's first interface.
func modifyInstanceAttribute(c *call, in *ec2.ModifyInstanceAttributeInput) (*ec2.ModifyInstanceAttributeOutput, error) {
	instance := c.r.Instances.lookup(in.InstanceId)
	if instance == nil {
		return nil, notFound(errInstanceNotFound, "instance ID", aws.ToString(in.InstanceId))
	}
	if len(in.Groups) == 0 && in.SourceDestCheck == nil {
		return nil, apiError(NotImplemented, "awssim models the attributes groupSet and sourceDestCheck of instances only")
	}
	if len(instance.NetworkInterfaces) == 0 {
		return nil, apiError("IncorrectInstanceState", "The instance '%s' has no network interface", *instance.InstanceId)
	}
	eni, err := c.networkInterface(instance.NetworkInterfaces[0].NetworkInterfaceId)
	if err != nil {
		return nil, err
	}
	changed := *eni
	if len(in.Groups) > 0 {
		if changed.Groups, err = c.groupsIn(eni.VpcId, in.Groups); err != nil {
			return nil, err
		}
	}
	if in.SourceDestCheck != nil {
		changed.SourceDestCheck = new(aws.ToBool(in.SourceDestCheck.Value))
	}
	c.putInterface(&changed)
	return &ec2.ModifyInstanceAttributeOutput{}, nil
}
