package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unproven reads the tables of a threat model that have a column of tests, and returns what is wrong with them: a row
// without a test, or a test that is not there.
func unproven(document string, exists func(name string) bool) []string {
	var out []string
	named := regexp.MustCompile("`([^`]+)`")
	rows, inTable := 0, false
	for line := range strings.Lines(document) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "|") && strings.HasSuffix(line, "| test |"):
			inTable = true
			continue
		case !strings.HasPrefix(line, "|"):
			inTable = false
		}
		if !inTable || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|"), "|")
		tests := named.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != 3 || len(tests) == 0 {
			out = append(out, "no test proves: "+line)
		}
		for _, test := range tests {
			if !exists(test[1]) {
				out = append(out, fmt.Sprintf("there is no %s: %s", test[1], line))
			}
		}
	}
	if rows == 0 {
		out = append(out, "there is no table with a column of tests")
	}
	return out
}

// TestSecurityModel holds that every line of docs/security.md is proven by a test that exists.
func TestSecurityModel(t *testing.T) {
	root := filepath.Join("..", "..")
	document, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string) // of all tests, by package
	for _, pattern := range []string{"internal/*/*_test.go", "cmd/*_test.go"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.Base(filepath.Dir(file))] += string(text)
		}
	}
	exists := func(name string) bool {
		if strings.HasSuffix(name, ".txtar") {
			_, err := os.Stat(filepath.Join(root, "testdata", "script", name))
			return err == nil
		}
		in, test, _ := strings.Cut(name, ".")
		return strings.Contains(texts[in], "\nfunc "+test+"(")
	}
	for _, violation := range unproven(string(document), exists) {
		t.Error(violation)
	}
}

func TestUnproven(t *testing.T) {
	const document = "| who | can |\n| --- | --- |\n| a | `x.TestOther` |\n\n| threat | what | test |\n| --- | --- | --- |\n" +
		"| a | b | `x.TestThere` |\n| c | d | by hand |\n| e | f | `x.TestThere`, `x.TestGone` |\n| g | `x.TestThere` |\n"
	want := []string{
		"no test proves: | c | d | by hand |",
		"there is no x.TestGone: | e | f | `x.TestThere`, `x.TestGone` |",
		"no test proves: | g | `x.TestThere` |",
	}
	exists := func(name string) bool { return name == "x.TestThere" }
	if diff := cmp.Diff(want, unproven(document, exists)); diff != "" {
		t.Error(diff)
	}
	if got := unproven("no table", exists); len(got) != 1 {
		t.Errorf("an empty model is proven: %v", got)
	}
}
