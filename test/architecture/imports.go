package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
)

const (
	module      = "github.com/cachegate/cachegate/"
	pictureFile = "shared/architecture.svg"
)

// imports are the packages of the product by name, with those that each imports.
type imports map[string][]string

// readImports asks go list, at the root of the module. Tests, the simulator and the
// CDK app are left out: they import what they test.
func readImports(ctx context.Context) (imports, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Imports",
		"./functions/...", "./shared/...", "./events").Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	all := imports{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what go list says: %w", err)
		}
		name, ok := shown(p.ImportPath)
		if !ok {
			continue
		}
		all[name] = append(all[name], nil...)
		for _, i := range p.Imports {
			if used, ok := shown(i); ok && used != name && !slices.Contains(all[name], used) {
				all[name] = append(all[name], used)
			}
		}
		slices.Sort(all[name])
	}
}

// shown names the box of a package: a folder of shared with all that is below it.
func shown(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, module)
	if !ok {
		return "", false
	}
	part := strings.Split(rest, "/")
	name := part[0]
	if name == "shared" && len(part) > 1 {
		name = part[1]
	} else if name == "functions" && len(part) > 1 {
		name = "functions/" + part[1]
	}
	hidden := []string{"awssim", "awstest", "infra", "test"}
	return name, !slices.Contains(hidden, name) && !strings.HasSuffix(name, "test")
}

// layers puts each package above all that it imports: the lowest import nothing.
func (g imports) layers() [][]string {
	level := map[string]int{}
	var of func(name string) int
	of = func(name string) int {
		if n, ok := level[name]; ok {
			return n
		}
		level[name] = 0
		n := 0
		for _, used := range g[name] {
			n = max(n, of(used)+1)
		}
		level[name] = n
		return n
	}
	var out [][]string
	for _, name := range slices.Sorted(maps.Keys(g)) {
		n := of(name)
		for len(out) <= n {
			out = append(out, nil)
		}
		out[n] = append(out[n], name)
	}
	slices.Reverse(out)
	return out
}

// direct leaves out what is imported through another package too, so that the picture
// has no more lines than it needs.
func (g imports) direct(name string) []string {
	return slices.DeleteFunc(slices.Clone(g[name]), func(used string) bool {
		return slices.ContainsFunc(g[name], func(other string) bool { return other != used && g.reaches(other, used) })
	})
}

func (g imports) reaches(from, to string) bool {
	return slices.ContainsFunc(g[from], func(used string) bool { return used == to || g.reaches(used, to) })
}
