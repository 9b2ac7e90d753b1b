package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestThePicture(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	graph, err := readImports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.FromSlash(pictureFile))
	if err != nil {
		t.Fatal(err)
	}
	if draw(graph) != string(committed) {
		t.Errorf("%s is not what the imports are now: run go run ./test/architecture", pictureFile)
	}
}
