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
)

// explainFlags are those that make an intent of a question.
type explainFlags struct {
	sceneFlags
	path, via string
	ports     []uint
}

func (a *app) explainCommand() *cobra.Command {
	var flags explainFlags
	c := &cobra.Command{
		Use:   "explain CLUSTER SOURCE {--world FILE | --live} [--intents FILE]",
		Short: "Show the path from a source to a cluster, hop by hop, and what blocks it",
		Long: "explain judges on a world, or on a live account, whether a source reaches a cluster: every hop from the\n" +
			"source's end to the cluster's, every blocker with its fix, and which declared intents cover it. Nothing has\n" +
			"to be declared, and nothing is written.\n\n" +
			"CLUSTER is the name of a cache, or its ARN. SOURCE is sg-…, account/sg-…, a CIDR or an\n" +
			"address, pl-… or vpc-…. Of 0.0.0.0/0 and ::/0 it says who of the internet is let in, and by which rule.\n\n" +
			"Exit status: 0 the path is open, 1 it is not, 2 bad usage or bad input.",
		Example: "  cachegate explain sessions sg-0a1b2c3d4e5f60718 --world world.yaml\n" +
			"  cachegate explain sessions 10.8.0.0/24 --path vpn --world world.yaml --intents intents.yaml\n" +
			"  cachegate explain catalog 444455556666/sg-0b --live --json",
		Args: explainArguments,
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if err := flags.check(c, false); err != nil {
				return err
			}
			return a.explain(c.Context(), args[0], args[1], flags, clock)
		},
		ValidArgsFunction: a.completeScene(&flags.sceneFlags, true),
	}
	flags.add(c, a.environment)
	flags.addProposed(c)
	flags.addAccount(c)
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
	s, err := a.scene(ctx, flags.sceneFlags, clock)
	if err != nil {
		return err
	}
	fields := flags.fields(cluster, source)
	if everybody(source) {
		fields[intent.FieldAccess] = intent.TextValue(string(intent.Closed))
	}
	asked, err := a.asking(ctx, s, fields, cluster)
	if err != nil {
		return err
	}
	found, err := a.answer(ctx, s, asked)
	if err != nil {
		return failed(err)
	}
	if wrong := unownedPorts(found); len(wrong) > 0 {
		return wrongQuestion(wrong)
	}
	if everybody(source) {
		found = ofTheInternet(found)
	}
	declared, err := s.session.Declared(ctx)
	if err != nil {
		return failed(err)
	}
	e := explained{Explanation: found, source: source, intents: s.declaredIn, now: clock()}
	e.covering = covering(found, declared)
	if found.State != access.StateOpen {
		a.status = statusUnsatisfied
	}
	if flags.json {
		err = a.printJSON(e.view())
	} else {
		e.print(a.screen())
	}
	a.warnForeign(s.account, s.session, found.Judgement)
	a.tellProblems(s.problems)
	if len(s.problems) > 0 {
		a.status = statusBadInput
	}
	return err
}

// asking makes an intent of a question. Only a cluster's name has to be looked up.
func (a *app) asking(ctx context.Context, s *scene, fields map[string]intent.Value, cluster string) (intent.Intent, error) {
	var in operate.Lookup
	if !strings.Contains(cluster, ":") {
		var err error
		if in, err = s.lookup(ctx); err != nil {
			return intent.Intent{}, err
		}
	}
	asked, wrong := operate.Ask(fields, in)
	if len(wrong) > 0 {
		return intent.Intent{}, wrongQuestion(wrong)
	}
	return asked, nil
}

// answer judges a question.
func (a *app) answer(ctx context.Context, s *scene, asked intent.Intent) (operate.Explanation, error) {
	if err := s.prepare(ctx); err != nil {
		return operate.Explanation{}, err
	}
	p := a.newProgress("reading the path", unknownLength)
	defer p.end()
	return s.session.Explain(ctx, asked)
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
