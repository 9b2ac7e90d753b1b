package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/settings"
)

// DefaultStack is what the hub's stack is called unless somebody named it otherwise.
const DefaultStack = "Cachegate"

// Options say which deployment is meant.
type Options struct {
	Stack string
	// Region and Profile are those of the AWS SDK where they are empty.
	Region, Profile string
	// IntentsTable names the table itself, for those who may not read stacks; empty:
	// it is read from the stack.
	IntentsTable string
}

// Loader gives the AWS configuration of a Region and a profile, each empty where
// the SDK finds it.
type Loader func(ctx context.Context, region, profile string) (aws.Config, error)

// Load is the Loader of the AWS SDK: flags first, then environment, files and
// what the machine itself offers.
func Load(ctx context.Context, region, profile string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // what goes wrong is in the error, and told once
	}
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	return config.LoadDefaultConfig(ctx, options...)
}

// Deployment is an installation as its stack describes it.
type Deployment struct {
	Stack string
	// Account is empty where the stack was not read.
	Account, Region string
	Config          aws.Config
	outputs         map[string]string
}

// Where names the deployment for people.
func (d *Deployment) Where() string {
	if d.Account == "" {
		return "table " + d.outputs[settings.OutputIntentsTable] + " in " + d.Region
	}
	return "stack " + d.Stack + " in " + d.Account + "/" + d.Region
}

// Find finds a deployment and reads its stack.
func Find(ctx context.Context, load Loader, o Options) (*Deployment, error) {
	cfg, err := configured(ctx, load, o)
	if err != nil {
		return nil, err
	}
	d := &Deployment{Stack: cmp.Or(o.Stack, DefaultStack), Region: cfg.Region, Config: cfg}
	if err := d.read(ctx); err != nil {
		return nil, err
	}
	d.outputs[settings.OutputIntentsTable] = cmp.Or(o.IntentsTable, d.outputs[settings.OutputIntentsTable])
	return d, nil
}

// FindIntents finds a deployment for those who need its intents table alone: the
// stack is not read where the table is named.
func FindIntents(ctx context.Context, load Loader, o Options) (*Deployment, error) {
	if o.IntentsTable == "" {
		return Find(ctx, load, o)
	}
	cfg, err := configured(ctx, load, o)
	if err != nil {
		return nil, err
	}
	return &Deployment{Region: cfg.Region, Config: cfg, outputs: map[string]string{settings.OutputIntentsTable: o.IntentsTable}}, nil
}

// credentialsWait bounds the search for credentials: on a machine that is no EC2
// instance, the SDK waits for one last of all.
const credentialsWait = 10 * time.Second

// configured loads a configuration and sees to it that it has what every call needs.
func configured(ctx context.Context, load Loader, o Options) (aws.Config, error) {
	cfg, err := load(ctx, o.Region, o.Profile)
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return aws.Config{}, advice{
			what: fmt.Sprintf("there is no AWS profile %q", missing.Profile),
			do:   "take one of those that `aws configure list-profiles` prints: --profile NAME, or AWS_PROFILE",
		}
	}
	if err != nil {
		return aws.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, advice{
			what: "no Region is given",
			do:   "add --region REGION, or set AWS_REGION, or `region` in the AWS profile: the one that the hub's stack is in",
		}
	}
	if cfg.Credentials == nil {
		return aws.Config{}, noCredentials(errors.New("none are configured"))
	}
	waiting, stop := context.WithTimeout(ctx, credentialsWait)
	defer stop()
	if _, err := cfg.Credentials.Retrieve(waiting); err != nil && !anonymous(cfg) {
		if ctx.Err() != nil {
			return aws.Config{}, ctx.Err()
		}
		return aws.Config{}, noCredentials(err)
	}
	return cfg, nil
}

// anonymous says whether a configuration does without credentials on purpose.
func anonymous(cfg aws.Config) bool {
	return aws.IsCredentialsProvider(cfg.Credentials, aws.AnonymousCredentials{})
}

func noCredentials(err error) error {
	return advice{
		what: "there are no AWS credentials: " + innermost(err),
		do:   "sign in (`aws sso login`, `aws configure`), or name a profile: --profile NAME, or AWS_PROFILE",
	}
}

func (d *Deployment) read(ctx context.Context) error {
	out, err := cloudformation.NewFromConfig(d.Config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(d.Stack)})
	if code(err) == "ValidationError" {
		return advice{
			what: fmt.Sprintf("there is no stack %s in %s", d.Stack, d.Region),
			do: "name another with --stack (or CACHEGATE_STACK) or --region; `aws cloudformation describe-stacks --query 'Stacks[].StackName' --region " +
				d.Region + "` lists those that are there; `cdk deploy` makes one",
		}
	}
	if err != nil {
		return Advise(fmt.Errorf("reading stack %s in %s: %w", d.Stack, d.Region, err))
	}
	if len(out.Stacks) != 1 {
		return fmt.Errorf("reading stack %s in %s: CloudFormation gave %d stacks, expected one", d.Stack, d.Region, len(out.Stacks))
	}
	d.take(out.Stacks[0])
	if d.outputs[settings.OutputIntentsTable] == "" {
		return d.missing(settings.OutputIntentsTable, out.Stacks[0].StackStatus)
	}
	return nil
}

func (d *Deployment) take(stack types.Stack) {
	d.outputs = map[string]string{}
	for _, o := range stack.Outputs {
		d.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	const account, fields = 4, 6 // arn:aws:cloudformation:eu-west-1:111122223333:stack/…
	if parts := strings.Split(aws.ToString(stack.StackId), ":"); len(parts) == fields {
		d.Account = parts[account]
	}
}

func (d *Deployment) missing(output string, status types.StackStatus) error {
	what := fmt.Sprintf("%s has no output %s", d.Where(), output)
	if status != types.StackStatusCreateComplete && status != types.StackStatusUpdateComplete && status != "" {
		what += " (its status is " + string(status) + ")"
	}
	return advice{what: what, do: "it is not cachegate's hub, or not wholly deployed: name the hub's with --stack, or deploy it again"}
}

// Intents gives the intents table.
func (d *Deployment) Intents() *store.Table {
	return store.NewTable(dynamodb.NewFromConfig(d.Config), d.outputs[settings.OutputIntentsTable])
}

// EventsQueue is the URL of the queue that events come through.
func (d *Deployment) EventsQueue() string { return d.outputs[settings.OutputEventsQueue] }

// DefaultMode is the mode where no policy says one.
func (d *Deployment) DefaultMode() intent.Mode {
	return cmp.Or(intent.Mode(d.outputs[settings.OutputDefaultMode]), intent.Observe)
}

// Settings gives what the stack says in the names that the functions know.
func (d *Deployment) Settings() (settings.Settings, error) {
	if d.Account == "" {
		return settings.Settings{}, advice{
			what: "the stack is not read, since " + settings.IntentsTable + " names the table itself",
			do:   "write clusters as ARNs, or unset " + settings.IntentsTable,
		}
	}
	for _, output := range []string{settings.OutputDeployment, settings.OutputLedgerTable, settings.OutputLocations} {
		if d.outputs[output] == "" {
			return settings.Settings{}, d.missing(output, "")
		}
	}
	roles := slices.DeleteFunc([]string{d.outputs[settings.OutputReconcileRole], d.outputs[settings.OutputSpokeRoles]}, func(r string) bool { return r == "" })
	s, err := settings.New(map[string]string{
		settings.Account:      d.Account,
		settings.Deployment:   d.outputs[settings.OutputDeployment],
		settings.DefaultMode:  d.outputs[settings.OutputDefaultMode],
		settings.Locations:    d.outputs[settings.OutputLocations],
		settings.SpokeRoles:   d.outputs[settings.OutputSpokeRoles],
		settings.ExternalID:   d.outputs[settings.OutputExternalID],
		settings.IntentsTable: d.outputs[settings.OutputIntentsTable],
		settings.LedgerTable:  d.outputs[settings.OutputLedgerTable],
		settings.WakeQueue:    d.outputs[settings.OutputWakeQueue],
		settings.LaterQueue:   d.outputs[settings.OutputLaterQueue],
		settings.OwnRoles:     strings.Join(roles, ","),
		settings.AlertTopic:   d.outputs[settings.OutputAlertTopic],
		settings.ChatTopic:    d.outputs[settings.OutputChatTopic],
		settings.Bus:          d.outputs[settings.OutputBus],
	})
	if err != nil {
		return settings.Settings{}, fmt.Errorf("reading the outputs of %s: %w", d.Where(), err)
	}
	return s, nil
}
