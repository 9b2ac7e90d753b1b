package awssim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// FileError says what is wrong in a world: the file and line (0 where the world was made in Go), the place as
// account/Region/List[index].Field, the value that stands there, and what is expected.
type FileError struct {
	File    string
	Line    int
	Path    string
	Value   string
	Problem string
}

func (e *FileError) Error() string {
	return place(e.File, e.Line, e.Path, e.Value) + e.Problem
}

// Warning is something in a world file that was ignored, filled in or left out.
type Warning struct {
	File    string
	Line    int
	Path    string
	Text    string
	Further int // how many more places of the same list have the same
	// Unread says that the world holds less than it tells of: reads of that fail, so that whatever leans on it is unknown.
	Unread bool
}

func (w Warning) String() string {
	text := place(w.File, w.Line, w.Path, "") + w.Text
	if w.Further > 0 {
		text += fmt.Sprintf(" (and %d more places)", w.Further)
	}
	return text
}

func place(file string, line int, path, value string) string {
	var b strings.Builder
	if file != "" {
		b.WriteString(file)
		if line > 0 {
			b.WriteString(":" + strconv.Itoa(line))
		}
		b.WriteString(": ")
	}
	if path != "" {
		b.WriteString(path + ": ")
	}
	if value != "" {
		b.WriteString(strconv.Quote(value) + " ")
	}
	return b.String()
}

// problems collects what is found wrong or filled in while a world is read and built.
type problems struct {
	file     string
	lines    map[string]int // of the lists' elements, by path
	strict   bool           // what would be left out is an error
	errors   []error
	unread   []Warning // those that matter most: they come first
	warnings []Warning
	seen     map[string]int  // warning by pattern → index in its list
	wrong    map[string]bool // the lists' elements that could not be read, by path
}

// all are the warnings in the order in which they matter.
func (p *problems) all() []Warning { return slices.Concat(p.unread, p.warnings) }

// maxErrors keeps the report of a file that is wrong throughout readable.
const maxErrors = 20

func (p *problems) failAt(line int, path, value, problem string, args ...any) {
	if len(p.errors) >= maxErrors {
		return
	}
	p.errors = append(p.errors, &FileError{
		File: p.file, Line: line, Path: path, Value: value, Problem: fmt.Sprintf(problem, args...),
	})
}

func (p *problems) warn(path, text string, args ...any) {
	p.warnAt(p.lineOf(path), path, fmt.Sprintf(text, args...), "")
}

// warnAt records a warning; those that share a pattern are told once, with their number.
func (p *problems) warnAt(line int, path, text, pattern string) {
	if pattern != "" {
		if i, ok := p.seen[pattern]; ok {
			p.warnings[i].Further++
			return
		}
		if p.seen == nil {
			p.seen = map[string]int{}
		}
		p.seen[pattern] = len(p.warnings)
	}
	p.warnings = append(p.warnings, Warning{File: p.file, Line: line, Path: path, Text: text})
}

// maxUnread is how many things that are missing or wrong in one list are reported one by one.
const maxUnread = 20

// leaveOut tells what could not be read of an element of a list. A world made in Go has no excuse for it.
func (p *problems) leaveOut(line int, list, path, value, problem string) {
	if p.strict {
		p.failAt(line, path, value, "%s", problem)
		return
	}
	if p.seen == nil {
		p.seen = map[string]int{}
	}
	counter := "unread " + list
	if p.seen[counter]++; p.seen[counter] > maxUnread {
		p.unread[p.seen["last "+list]].Further++
		return
	}
	p.seen["last "+list] = len(p.unread)
	if value != "" {
		problem = strconv.Quote(value) + " " + problem
	}
	p.unread = append(p.unread, Warning{File: p.file, Line: line, Path: path, Text: problem, Unread: true})
}

// lineOf finds the line of the nearest list element around a path.
func (p *problems) lineOf(path string) int {
	for path != "" {
		if line, ok := p.lines[path]; ok {
			return line
		}
		cut := strings.LastIndexAny(path, ".[/")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return 0
}
