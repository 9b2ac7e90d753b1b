package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/replay"
)

// standardInput is the file name that stands for the standard input.
const standardInput = "-"

// inputs reads what the command line names, and collects all that is wrong with
// it, so that people hear of every mistake at once.
type inputs struct {
	*app
	// reader is the argument that the standard input was read for already.
	reader string
	wrong  []error
}

// read gives the content of a file and its name for messages.
func (in *inputs) read(ctx context.Context, what, path string) (name string, data []byte, ok bool) {
	if path != standardInput {
		content, err := os.ReadFile(path)
		if err != nil {
			in.fail(fmt.Errorf("reading %s: %w", what, err))
			return path, nil, false
		}
		return path, content, true
	}
	if in.reader != "" {
		in.fail(fmt.Errorf("reading %s: the standard input (-) was given for %s already; it can be read once", what, in.reader))
		return "", nil, false
	}
	in.reader = what
	content, err := readAll(ctx, in.stdin)
	if err != nil {
		in.fail(fmt.Errorf("reading %s from the standard input: %w", what, err))
		return "", nil, false
	}
	return "standard input", content, true
}

// readAll reads to the end, or until the context is cancelled: a terminal may
// never come to an end.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		return got.data, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (in *inputs) fail(err error) { in.wrong = append(in.wrong, leaves(err)...) }

// leaves gives the single errors of a joined one, so that each file and line
// stands at the beginning of a line of its own.
func leaves(err error) []error {
	if wrong, ok := errors.AsType[*awssim.FileError](err); ok && !joins(err) {
		return []error{wrong}
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		joined, ok := inner.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, leaves(e)...)
		}
		return out
	}
	return []error{err}
}

// joins says whether an error holds several.
func joins(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if _, ok := err.(interface{ Unwrap() []error }); ok {
			return true
		}
	}
	return false
}

// err joins everything that is wrong; nothing is run then.
func (in *inputs) err() error {
	if len(in.wrong) == 0 {
		return nil
	}
	return &badInput{wrong: in.wrong}
}

// badInput is input that cannot be used. Each of its lines names a file and,
// where there are some, the line and the field.
type badInput struct{ wrong []error }

func (b *badInput) Error() string {
	lines := make([]string, 0, len(b.wrong)+1)
	for _, err := range b.wrong {
		lines = append(lines, err.Error())
	}
	return strings.Join(append(lines, "nothing was run: correct the input and run it again"), "\n")
}

// events reads the events of all files, in order.
func (in *inputs) events(ctx context.Context, paths []string) []events.Event {
	var out []events.Event
	for _, path := range paths {
		name, data, ok := in.read(ctx, "events", path)
		if !ok {
			continue
		}
		decoded, err := events.Decode(data)
		if err != nil {
			in.fail(inFile(name, err))
			continue
		}
		out = append(out, decoded...)
	}
	return out
}

// inFile names the file of an error of decoding, as compilers do.
func inFile(name string, err error) error {
	wrong, ok := errors.AsType[*events.DecodeError](err)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	subject := wrong.Problem
	if wrong.Field != "" {
		subject = fmt.Sprintf("field %q %s", wrong.Field, wrong.Problem)
	}
	return fmt.Errorf("%s:%d: event %d, column %d: %s: expected %s", name, wrong.Line, wrong.Event, wrong.Column, subject, wrong.Expected)
}

// world reads a world and starts a simulation of it, on a clock.
func (in *inputs) world(ctx context.Context, path string, clock func() time.Time) (*awssim.Sim, []awssim.Warning) {
	name, data, ok := in.read(ctx, "the world", path)
	if !ok {
		return nil, nil
	}
	world, warnings, err := awssim.Load(name, data)
	if err != nil {
		in.fail(err)
		return nil, warnings
	}
	return awssim.New(world, awssim.WithClock(clock)), warnings
}

// intents reads what is declared. The problems are those of single items, which
// do not keep the others from being run.
func (in *inputs) intents(ctx context.Context, path string, sim *awssim.Sim) (intent.Set, []intent.Problem) {
	name, data, ok := in.read(ctx, "the intents", path)
	if !ok {
		return intent.Set{}, nil
	}
	if sim == nil { // the names of its clusters cannot be looked up, but the file can be
		sim = emptySim()
	}
	set, problems, err := replay.LoadIntents(ctx, name, data, sim)
	if err != nil {
		in.fail(err)
	}
	return set, problems
}

func emptySim() *awssim.Sim {
	world, _, err := awssim.Build(awssim.Accounts{})
	if err != nil {
		return nil
	}
	return awssim.New(world)
}

// fewWarnings are reported one by one.
const fewWarnings = 5

// warn tells what was ignored or filled in while a world was read.
func (a *app) warn(warnings []awssim.Warning, verbose bool) {
	shown := warnings
	if len(warnings) > fewWarnings && !verbose {
		shown = warnings[:fewWarnings]
	}
	for _, w := range shown {
		fmt.Fprintln(a.stderr, "warning: "+clean(w.String()))
	}
	if rest := len(warnings) - len(shown); rest > 0 {
		fmt.Fprintf(a.stderr, "warning: and %d more of the world; --verbose prints them all\n", rest)
	}
}

// tellProblems tells what is wrong with single items of the intents file.
func (a *app) tellProblems(problems []intent.Problem) {
	for _, p := range problems {
		fmt.Fprintln(a.stderr, clean(p.Error()))
	}
	if len(problems) > 0 {
		fmt.Fprintln(a.stderr, "cachegate: wrong items open nothing new and keep what they have; the others were run. Correct them and run it again.")
	}
}
