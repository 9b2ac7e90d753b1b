package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"golang.org/x/term"
)

// interactive says whether somebody is there to be asked: both the standard input
// and the standard error are terminals.
func (a *app) interactive() bool {
	if a.asked != nil {
		return a.asked()
	}
	input, ok := a.stdin.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(input.Fd())) {
		return false
	}
	_, ok = a.width(a.stderr)
	return ok
}

// confirm asks a question; only a clear yes is one. Nothing is kept of an answer
// that does not come.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(a.stderr, clean(question)+" [y/N] ")
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := bufio.NewReader(a.stdin).ReadString('\n')
		answers <- answer{text, err}
	}()
	select {
	case got := <-answers:
		if got.err != nil && got.text == "" {
			fmt.Fprintln(a.stderr)
			return false, nil // the end of the input is no yes
		}
		word := strings.ToLower(strings.TrimSpace(got.text))
		return word == "y" || word == "yes", nil
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return false, ctx.Err()
	}
}
