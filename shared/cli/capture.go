package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/accounts"
	"github.com/cachegate/cachegate/shared/anonymise"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/capture"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/settings"
)

// captureFlags are those of capture.
type captureFlags struct {
	sceneFlags
	output, outputIntents string
	anonymise             bool
	skip                  bool
	pace                  float64
}

func (a *app) captureCommand() *cobra.Command {
	var flags captureFlags
	c := &cobra.Command{
		Use:   "capture --output FILE {--live [--account ACCOUNT] | --world FILE}",
		Short: "Read an account into a world file that replays",
		Long: "capture reads the network and the caches of all accounts and Regions that a deployment watches, or of\n" +
			"--account with the AWS credentials alone, into one world file: what replay, inventory, plan, explain and\n" +
			"graph work on with --world. It only calls what reads, a few times a second in each account and Region, and\n" +
			"drops keys and passwords as it reads them.\n\n" +
			"Where it is stopped, or a call fails, FILE.partial keeps what was read: the same command goes on from there.\n\n" +
			"With --anonymise, accounts, ids, names and addresses are replaced by others, the same by the same, and\n" +
			"all text that people wrote is left out: the file is judged as the account is, and can be shown to others.\n" +
			"With --world, a file that is there is made anonymous; --intents with --output-intents does the same for what\n" +
			"is declared.\n\n" +
			"Exit status: 0 all was read, 2 bad usage, or something could not be read.",
		Example: "  cachegate capture --live --output world.json\n" +
			"  cachegate capture --live --account 111122223333 --region eu-west-1,us-east-1 -o world.json\n" +
			"  cachegate capture --world world.json --intents intents.yaml --anonymise -o shown.json --output-intents shown.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(c, "%s given: capture takes none", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.usage(c); err != nil {
				return err
			}
			return a.capture(c.Context(), flags)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.add(c, a.environment)
	flags.addAccount(c)
	for _, hidden := range []string{"json", "now"} {
		c.Flags().Lookup(hidden).Hidden = true
	}
	c.Flags().Lookup("intents").Usage = "with --world and --anonymise: a `file` with intents to make anonymous too"
	c.Flags().Lookup("verbose").Usage = "print every warning"
	c.Flags().StringVarP(&flags.output, "output", "o", "", "write the world to this `file`, as JSON")
	c.Flags().StringVar(&flags.outputIntents, "output-intents", "", "write the intents to this `file`, as YAML")
	c.Flags().BoolVar(&flags.anonymise, "anonymise", false, "replace accounts, ids, names and addresses, and leave out what people wrote")
	c.Flags().BoolVar(&flags.skip, "skip-unreadable", false, "leave out accounts and Regions where a call is refused, instead of writing nothing")
	c.Flags().Float64Var(&flags.pace, "calls-per-second", capture.CallsPerSecond, "the `number` of calls a second in each account and Region, at most")
	completeFiles(c, "output", "json")
	completeFiles(c, "output-intents", "yaml")
	return c
}

func (f *captureFlags) usage(c *cobra.Command) error {
	if err := f.check(c, false); err != nil {
		return err
	}
	switch {
	case f.output == "":
		return usageError(c, "no file is given to write to: add --output FILE")
	case f.world != "" && !f.anonymise:
		return usageError(c, "--world is there already: with --anonymise it is made anonymous")
	case f.intents != "" && f.world == "":
		return usageError(c, "--intents goes with --world and --anonymise")
	case (f.intents == "") != (f.outputIntents == ""):
		return usageError(c, "--intents and --output-intents go together")
	case f.pace <= 0:
		return usageError(c, "--calls-per-second is %v: must be more than 0", f.pace)
	case c.Flags().Changed("json"), c.Flags().Changed("now"):
		return usageError(c, "--json and --now are not for capture: the world is JSON, as it is now")
	}
	return nil
}

func (a *app) capture(ctx context.Context, flags captureFlags) error {
	if flags.world != "" {
		return a.anonymiseWorld(ctx, flags)
	}
	where, config, locations, err := a.captured(ctx, flags)
	if err != nil {
		return err
	}
	result, err := a.captureAll(ctx, flags, config, locations)
	if err != nil {
		return err
	}
	for _, u := range result.Unreadable {
		fmt.Fprintln(a.stderr, "warning: "+clean(u.String()+": allow it, or the account and Region cannot be captured whole"))
	}
	if len(result.Unreadable) > 0 && !flags.skip {
		return errors.New("something could not be read, and nothing was written: a list that is missing in a world is empty, which would be untrue\n" +
			"allow these calls and run it again, or leave these accounts and Regions out with --skip-unreadable")
	}
	if len(result.World) == 0 {
		return errors.New("no account and Region could be read whole: nothing was written")
	}
	world := result.World
	if flags.anonymise {
		world = anonymise.New(secret(), world).World(world)
		where = "the world"
	}
	if err := a.writeWorld(flags.output, world); err != nil {
		return err
	}
	_ = os.Remove(flags.output + partial) // there may be none
	fmt.Fprintf(a.stderr, "%s: %s\n", clean(flags.output), clean(contents(where, world)))
	if len(result.Unreadable) > 0 {
		a.status = statusBadInput
	}
	return nil
}

// configFor gives the AWS configuration of a location.
type configFor = func(context.Context, network.Location) (aws.Config, error)

// captured gives what is to be captured, and with which configurations.
func (a *app) captured(ctx context.Context, flags captureFlags) (where string, config configFor, at []network.Location, err error) {
	if flags.account != "" {
		account, failure := a.findAccount(ctx, flags.sceneFlags)
		if failure != nil {
			return "", nil, nil, failure
		}
		return account.Where(), account.Config, account.Locations, nil
	}
	d, err := a.deployment(ctx, flags.liveFlags)
	if err != nil {
		return "", nil, nil, err
	}
	s, err := d.Settings()
	if err != nil {
		return "", nil, nil, err
	}
	factory := accounts.New(d.Config, accounts.Options{
		Account: s.Get(settings.Account), Locations: s.Locations(), Roles: s.SpokeRoles(), ExternalID: s.Get(settings.ExternalID),
		Session: "cachegate-capture", Clock: a.clock,
	})
	return d.Where(), factory.Config, s.Locations(), nil
}

// partial is what the file is called that keeps what was read of an unfinished capture.
const partial = ".partial"

// oldCapture is how old a part of a capture may be before it is told: the rest shows another
// time.
const oldCapture = time.Hour

// savedEvery is how often what was read is kept at most: it is written as a whole.
const savedEvery = 2 * time.Second

func (a *app) captureAll(ctx context.Context, flags captureFlags, config configFor, locations []network.Location) (capture.Result, error) {
	state, err := a.resumed(flags.output + partial)
	if err != nil {
		return capture.Result{}, err
	}
	bar := a.newProgress("lists", capture.Steps(len(locations)))
	defer bar.end()
	var last *capture.State
	saved := time.Time{}
	save := func(s *capture.State) error {
		last = s
		if time.Since(saved) < savedEvery {
			return nil
		}
		saved = time.Now()
		return saveState(flags.output+partial, s)
	}
	result, err := capture.Read(ctx, capture.Options{
		Locations: locations, Config: config, CallsPerSecond: flags.pace, State: state, Step: bar.step, Save: save,
	})
	bar.end()
	if err == nil && len(result.Unreadable) == 0 || last == nil || last.Len() == 0 {
		return result, failed(err)
	}
	if kept := saveState(flags.output+partial, last); kept != nil {
		return result, errors.Join(failed(err), kept)
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "what was read is kept in %s: run the same command again to go on from there\n", clean(flags.output+partial))
	}
	return result, failed(err)
}

// resumed reads what an earlier capture kept.
func (a *app) resumed(path string) (*capture.State, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was captured before: %w", err)
	}
	state, err := capture.ParseState(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to begin anew", path, err)
	}
	fmt.Fprintf(a.stderr, "going on with %s: %s read before\n", clean(path), count(state.Len(), "list"))
	if info, err := os.Stat(path); err == nil && a.clock().Sub(info.ModTime()) > oldCapture {
		fmt.Fprintf(a.stderr, "warning: that was at %s: delete it to capture everything as it is now\n", info.ModTime().UTC().Format(time.RFC3339))
	}
	return state, nil
}

func saveState(path string, s *capture.State) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keeping what was captured: %w", err)
	}
	return writePrivate(path, data)
}

// writePrivate writes a file that only its owner may read: it describes a network. It is
// there whole, or as it was.
func writePrivate(path string, data []byte) error {
	const private = 0o600
	if err := os.WriteFile(path+".new", data, private); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func (a *app) writeWorld(path string, world awssim.Accounts) error {
	text, err := json.Marshal(world)
	if err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	if _, _, err := awssim.Load(path, text); err != nil {
		return fmt.Errorf("what was read makes no world, please report it: %w", err)
	}
	var lines bytes.Buffer
	if err := json.Indent(&lines, text, "", " "); err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	lines.WriteByte('\n')
	return writePrivate(path, lines.Bytes())
}

// contents counts what a world holds.
func contents(where string, world awssim.Accounts) string {
	regions, caches, groups := 0, 0, 0
	for _, byRegion := range world {
		for _, r := range byRegion {
			regions++
			caches += len(r.ReplicationGroups) + len(r.ServerlessCaches)
			for _, c := range r.CacheClusters {
				if c.ReplicationGroupId == nil {
					caches++
				}
			}
			groups += len(r.SecurityGroups)
		}
	}
	return strings.Join([]string{where, count(regions, "account and Region"), count(caches, "cluster"), count(groups, "security group")}, "; ")
}

// secret is what an anonymous world is made with. Nobody keeps it.
func secret() []byte { return []byte(rand.Text()) }

// anonymiseWorld makes a world file anonymous, and intents for it.
func (a *app) anonymiseWorld(ctx context.Context, flags captureFlags) error {
	in := &inputs{app: a}
	sim, warnings := in.world(ctx, flags.world, a.clock)
	var records []intent.Record
	if flags.intents != "" {
		records = in.records(ctx, []string{flags.intents})
	}
	a.warn(warnings, flags.verbose)
	if err := in.err(); err != nil {
		return err
	}
	world := sim.World().Accounts()
	anonymiser := anonymise.New(secret(), world, records...)
	if err := a.writeWorld(flags.output, anonymiser.World(world)); err != nil {
		return err
	}
	if flags.outputIntents == "" {
		return nil
	}
	return writePrivate(flags.outputIntents, intentfile.Format(anonymiser.Intents(records)))
}
