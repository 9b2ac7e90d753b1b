package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/replay"
)

// explainFlags are those that make an intent of a question.
type explainFlags struct {
	worldFlags
	path, via string
	ports     []uint
}

func (a *app) explainCommand() *cobra.Command {
	var flags explainFlags
	c := &cobra.Command{
		Use:   "explain CLUSTER SOURCE --world FILE",
		Short: "Show the way from a source to a cluster, hop by hop, and what blocks it",
		Long: "explain judges on a world whether a source reaches a cluster: every hop from the source's end to the\n" +
			"cluster's, every blocker with its fix, and which declared intents cover it. Nothing has to be declared.\n\n" +
			"CLUSTER is the name of a cache in the world, or its ARN. SOURCE is sg-…, account/sg-…, a CIDR or an\n" +
			"address, pl-… or vpc-….\n\n" +
			"Exit status: 0 the way is open, 1 it is not, 2 bad usage or bad input.",
		Example: "  cachegate explain sessions sg-0a1b2c3d4e5f60718 --world world.yaml\n" +
			"  cachegate explain sessions 10.8.0.0/24 --path vpn --world world.yaml --intents intents.yaml\n" +
			"  cachegate explain catalog 444455556666/sg-0b --world world.yaml --json",
		Args: explainArguments,
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if flags.world == "" {
				return usageError(c, "no world is given: add --world FILE")
			}
			return a.explain(c.Context(), args[0], args[1], flags, clock)
		},
		ValidArgsFunction: a.completeExplain(&flags),
	}
	flags.add(c)
	c.Flags().StringVar(&flags.path, "path", "", "the `path` to judge: "+pathNames()+" (default: found)")
	c.Flags().StringVar(&flags.via, "via", "", "the `id` of the connection, gateway or interface to go over (default: found)")
	c.Flags().UintSliceVar(&flags.ports, "port", nil, "the `port` to judge; may be given more than once (default: all of the cluster's)")
	c.Flags().Lookup("port").DefValue = ""
	c.Flags().Lookup("verbose").Usage = "print every warning"
	completePaths(c)
	return c
}

func explainArguments(c *cobra.Command, args []string) error {
	const wanted = 2
	if len(args) == wanted {
		return nil
	}
	return usageError(c, "%s given: explain takes a CLUSTER and a SOURCE", count(len(args), "argument"))
}

func pathNames() string {
	names := make([]string, 0, len(intent.Paths()))
	for _, p := range intent.Paths() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// askedName is what the intent is called that a question is judged as.
const askedName = "asked"

// fields makes the item of an intents file that a question stands for.
func (f explainFlags) fields(cluster, source string) map[string]intent.Value {
	fields := map[string]intent.Value{
		intent.FieldCluster: intent.TextValue(cluster), intent.FieldName: intent.TextValue(askedName),
		intent.FieldSource: intent.TextValue(source),
	}
	if f.path != "" {
		fields[intent.FieldPath] = intent.TextValue(f.path)
	}
	if f.via != "" {
		fields[intent.FieldVia] = intent.TextValue(f.via)
	}
	if len(f.ports) > 0 {
		var ports []intent.Value
		for _, p := range f.ports {
			ports = append(ports, intent.Value{Kind: intent.Number, Text: strconv.FormatUint(uint64(p), 10)})
		}
		fields[intent.FieldPorts] = intent.ListValue(ports...)
	}
	return fields
}

func (a *app) explain(ctx context.Context, cluster, source string, flags explainFlags, clock func() time.Time) error {
	in := &inputs{app: a}
	sim, warnings := in.world(ctx, flags.world, clock)
	var set intent.Set
	var problems []intent.Problem
	if flags.intents != "" {
		set, problems = in.intents(ctx, flags.intents, sim)
	}
	a.warn(warnings, flags.verbose)
	if err := in.err(); err != nil {
		return err
	}
	lookup, err := replay.Lookup(ctx, sim)
	if err != nil {
		return err
	}
	asked, wrong := operate.Ask(flags.fields(cluster, source), lookup)
	if len(wrong) > 0 {
		return wrongQuestion(wrong)
	}
	session := replay.New(sim, set, replay.Options{Clock: clock})
	found, err := a.answer(ctx, session, asked)
	if err != nil {
		return err
	}
	if wrong := unownedPorts(found); len(wrong) > 0 {
		return wrongQuestion(wrong)
	}
	e := explained{Explanation: found, source: source, intents: flags.intents, now: clock()}
	e.covering = covering(found, set.Intents)
	if found.State != access.StateOpen {
		a.status = statusUnsatisfied
	}
	if flags.json {
		err = a.printJSON(e.view())
	} else {
		e.print(a.screen())
	}
	a.tellProblems(problems)
	if len(problems) > 0 {
		a.status = statusBadInput
	}
	return err
}

// answer judges a question on a session's world.
func (a *app) answer(ctx context.Context, session *replay.Session, asked intent.Intent) (operate.Explanation, error) {
	if err := a.prepare(ctx, session); err != nil {
		return operate.Explanation{}, err
	}
	return session.Explain(ctx, asked)
}

// unownedPorts are the ports that were asked for and that the cluster has not.
func unownedPorts(found operate.Explanation) []intent.Problem {
	c, ok := found.Index.Cluster(found.Intent.Cluster)
	if !ok {
		return nil
	}
	_, problems := found.Intent.PortsOf(c.Ports)
	return problems
}

// wrongQuestion says which argument or flag is wrong, and what it may be.
func wrongQuestion(problems []intent.Problem) error {
	places := map[string]string{
		intent.FieldCluster: "CLUSTER", intent.FieldSource: "SOURCE", intent.FieldSources: "SOURCE",
		intent.FieldPath: "--path", intent.FieldVia: "--via", intent.FieldPorts: "--port",
	}
	var wrong []error
	for _, p := range problems {
		place, ok := places[p.Field]
		if !ok {
			wrong = append(wrong, p)
			continue
		}
		text := place + " is " + p.Value
		if p.Message != "" {
			text += ", " + p.Message
		}
		wrong = append(wrong, fmt.Errorf("%s: %s", text, p.Allowed))
	}
	return &badInput{wrong: wrong}
}
