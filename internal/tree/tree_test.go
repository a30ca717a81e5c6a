package tree

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parse reads one file.
func parse(path string, text []byte) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: path, set: set, file: file, lines: bytes.Count(text, []byte{'\n'})}, err
}

// sources reads every Go file of the module that ends up in the binary. It walks the disk itself: what `go list`
// answers inside a cached test is stale.
func sources(root string) ([]source, error) {
	var out []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			hidden := path != root && (name[0] == '.' || name[0] == '_')
			if hidden || name == "testdata" || name == "node_modules" || name == "dist" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(relative), text)
		out = append(out, s)
		return err
	})
	return out, err
}

func TestTree(t *testing.T) {
	all, err := sources(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("read %d files: the walk does not see the tree", len(all))
	}
	for _, r := range rules() {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			for _, s := range all {
				for _, violation := range r.judge(s) {
					t.Error(violation)
				}
			}
		})
	}
}
