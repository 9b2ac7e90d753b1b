// Command architecture draws shared/architecture.svg from what imports what, so that
// the picture of the code cannot differ from it: go run ./test/architecture
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	graph, err := readImports(context.Background())
	if err == nil {
		err = os.WriteFile(filepath.FromSlash(pictureFile), []byte(draw(graph)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
