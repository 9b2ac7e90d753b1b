package cli

import (
	"io"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// environment is the process's environment, by name.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := environment{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

// colour says whether colours are wanted. https://no-color.org
func (e environment) colour() bool { return e["NO_COLOR"] == "" }

// dumb says whether the terminal understands no escape sequences. Windows has
// no TERM.
func (e environment) dumb() bool {
	name, set := e["TERM"]
	return name == "dumb" || !set && runtime.GOOS != "windows"
}

// widthOf gives the columns of the terminal behind a writer; ok is false where
// there is none.
func (e environment) widthOf(w io.Writer) (columns int, ok bool) {
	file, isFile := w.(interface{ Fd() uintptr })
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
		return columns, true
	}
	if columns, err := strconv.Atoi(e["COLUMNS"]); err == nil && columns > 0 {
		return columns, true
	}
	return standardWidth, true
}
