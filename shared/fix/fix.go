// Package fix is what people may do about a hop that fails or about a finding: the
// words, and the command where there is one, each as a value of its own.
package fix

import (
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// Fix is one thing to do.
type Fix struct {
	// Say is what to do in words. Beside a command it says what that is for, and
	// may be empty.
	Say string
	// Command is an AWS CLI command without account and Region; empty where none does
	// it. Location is where it is to be run; zero where Say tells.
	Command  string
	Location network.Location
	// Or says that this is another way to do what the fix before it does. Otherwise it
	// comes after that one.
	Or bool
}

// Say gives a fix that is words alone.
func Say(text string) Fix { return Fix{Say: text} }

// Run gives a fix that is a command in a location.
func Run(l network.Location, command string) Fix { return Fix{Command: command, Location: l} }

// Because gives the fix with what it is for before it.
func (f Fix) Because(say string) Fix {
	f.Say = say
	return f
}

// Alternative gives the fix as another way to do what the one before it does.
func (f Fix) Alternative() Fix {
	f.Or = true
	return f
}

// Line gives the command as it is typed, with its Region where that is known; empty
// without a command.
func (f Fix) Line() string {
	if f.Command == "" || f.Location.IsZero() {
		return f.Command
	}
	return f.Command + " --region " + f.Location.Region
}

// String gives the fix in one line, with the account to run a command in.
func (f Fix) String() string {
	if f.Command == "" {
		return f.Say
	}
	text := f.Line()
	if !f.Location.IsZero() {
		text = "in account " + f.Location.Account + ": " + text
	}
	if f.Say != "" {
		text = f.Say + ": " + text
	}
	return text
}

// Text gives fixes in one line.
func Text(fixes []Fix) string {
	var text strings.Builder
	for i, f := range fixes {
		switch {
		case i == 0:
		case f.Or:
			text.WriteString("; or ")
		default:
			text.WriteString("; ")
		}
		text.WriteString(f.String())
	}
	return text.String()
}
