package interop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRows holds rows.tsv, from which the README's table is made, to this suite: a row, the test that proves it, and
// "browser" where that test sits in a real one.
func TestRows(t *testing.T) {
	calls := functions(t)
	data, err := os.ReadFile("rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		row, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		name, where, _ := strings.Cut(rest, "\t")
		if !strings.HasPrefix(name, "Test") || calls[name] == nil {
			t.Errorf("row %q: there is no test %q", row, name)
			continue
		}
		if want := reaches(calls, name, "open", make(map[string]bool)); want != (where == "browser") || !want && where != "" {
			t.Errorf("row %q says %q of %s, which opens a browser: %v", row, where, name, want)
		}
	}
}

// functions lists the functions of the suite, and the names that each of them uses.
func functions(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	set := token.NewFileSet()
	for _, path := range files {
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			names := []string{} // of a function without any, too
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					switch what := call.Fun.(type) {
					case *ast.Ident:
						names = append(names, what.Name)
					case *ast.SelectorExpr:
						names = append(names, what.Sel.Name)
					}
				}
				return true
			})
			out[f.Name.Name] = append(out[f.Name.Name], names...)
		}
	}
	return out
}

func reaches(calls map[string][]string, from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, name := range calls[from] {
		if reaches(calls, name, to, seen) {
			return true
		}
	}
	return false
}
