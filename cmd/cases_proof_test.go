package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/oauthctl/oauthctl/internal/op"
)

// proof is where a case is held: by what is run here, or by another test that is known to exist.
type proof struct {
	run     func(t *testing.T, group string, c hostile)
	missing string // pending: nothing holds it, for the reason that follows
	why     string
}

const pending = "pending"

// later is a case of something that the client does not do yet.
func later(why string) proof { return proof{missing: pending, why: why} }

// fault is the provider's misbehaviour of the case's own name.
func fault() proof {
	return proof{run: func(t *testing.T, group string, c hostile) {
		t.Helper()
		c.atProvider(t, group, c.id)
	}}
}

// faults are misbehaviours of other names, each a row of its own, too.
func faults(names ...string) proof {
	return proof{run: func(t *testing.T, _ string, _ hostile) {
		t.Helper()
		rows := cases()
		for _, name := range names {
			if c, ok := rows[name]; !ok || c.held.missing != "" {
				t.Errorf("no row holds %s", name)
			}
		}
	}}
}

// atProvider runs the commands of a flow against a fault.
func (c hostile) atProvider(t *testing.T, group, name string) {
	t.Helper()
	patience := c.patience()
	misbehaviour, got, seen := playFault(t, name, patience)
	if patience != patient && !seen.acted(name) { // the machine was so busy that time was up before
		misbehaviour, got, seen = playFault(t, name, c.longer())
	}
	c.judge(t, got)
	if report := misbehaviour.Judge(seen.seen(), op.Run{Exit: got.code}); report.Verdict != op.Caught {
		t.Errorf("the report card says %s: %s %q", report.Verdict, report.Reason, report.Did)
	}
	if n := seen.at("token"); c.must == reject && group == "authz-response" && n > 0 {
		t.Errorf("%d requests to the token endpoint", n)
	}
}

// does is a command line that is played here, and judged by the row.
func does(play func(t *testing.T) run) proof {
	return proof{run: func(t *testing.T, _ string, c hostile) {
		t.Helper()
		c.judge(t, play(t))
	}}
}

// holds is a test that judges by itself.
func holds(test func(t *testing.T)) proof {
	return proof{run: func(t *testing.T, _ string, _ hostile) {
		t.Helper()
		test(t)
	}}
}

// all is several proofs of one case.
func all(proofs ...proof) proof {
	return proof{run: func(t *testing.T, group string, c hostile) {
		t.Helper()
		for _, p := range proofs {
			p.run(t, group, c)
		}
	}}
}

// by is a test elsewhere, with the names of its rows: it must exist, and name them.
func by(dir, test string, rows ...string) proof {
	return proof{run: func(t *testing.T, _ string, _ hostile) {
		t.Helper()
		literals, ok := testsIn(t, dir)[test]
		if !ok {
			t.Fatalf("%s has no %s", dir, test)
		}
		for _, row := range rows {
			if !literals[row] {
				t.Errorf("%s of %s has no row %q", test, dir, row)
			}
		}
	}}
}

// told is a story that says these words.
func told(file string, words ...string) proof {
	return proof{run: func(t *testing.T, _ string, _ hostile) {
		t.Helper()
		story, err := os.ReadFile(filepath.Join("..", "testdata", "script", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(story), w) {
				t.Errorf("%s does not say %q", file, w)
			}
		}
	}}
}

// testsIn returns the tests of a package with the strings that each holds.
func testsIn(t *testing.T, dir string) map[string]map[string]bool {
	t.Helper()
	parsed, _ := readTests.LoadOrStore(dir, sync.OnceValues(func() (map[string]map[string]bool, error) {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(dir), "*_test.go"))
		out := map[string]map[string]bool{}
		for _, name := range files {
			var file *ast.File
			if file, err = parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err != nil {
				break
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
					out[f.Name.Name] = stringsIn(f)
				}
			}
		}
		return out, err
	}))
	tests, err := parsed.(func() (map[string]map[string]bool, error))()
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// readTests holds the packages that were read, by folder.
var readTests sync.Map

func stringsIn(f *ast.FuncDecl) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				out[s] = true
			}
		}
		return true
	})
	return out
}
