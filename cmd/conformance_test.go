package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/op"
)

const (
	clientTests    = "../testdata/oidf/client-tests.tsv"
	conformanceDoc = "../docs/conformance.md"
)

// clientTest is a test of the OpenID Foundation, and what holds the same here.
type clientTest struct{ suite, name, about, held string }

// faults are the names of the faults that a test has, and of the issuers that behave; none where there is a reason.
func (c clientTest) faults() []string {
	if strings.HasPrefix(c.held, "pending: ") || strings.HasPrefix(c.held, "no: ") {
		return nil
	}
	return strings.Split(c.held, ", ")
}

func readClientTests(t *testing.T) []clientTest {
	t.Helper()
	data, err := os.ReadFile(clientTests)
	if err != nil {
		t.Fatal(err)
	}
	var out []clientTest
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(cells) != 4 || slices.Contains(cells, "") {
			t.Fatalf("%q: four cells are wanted", line)
		}
		out = append(out, clientTest{cells[0], cells[1], cells[2], cells[3]})
	}
	return out
}

// TestConformanceTable holds the table to the faults that there are: every client test of the suites has a row, and
// every row a fault, or a reason for none. The page in docs is made of it: go test ./cmd -run TestConformance -update.
func TestConformanceTable(t *testing.T) {
	known := make(map[string]bool)
	for _, f := range op.Faults() {
		known[f.Name], known[op.Control(f.Flow).Name] = true, true
	}
	count, seen := make(map[string]int), make(map[string]bool)
	tests := readClientTests(t)
	for _, c := range tests {
		if seen[c.name] {
			t.Errorf("%s is there twice", c.name)
		}
		seen[c.name] = true
		count[c.suite]++
		for _, name := range c.faults() {
			if !known[name] {
				t.Errorf("%s: there is no fault %q", c.name, name)
			}
		}
	}
	want := map[string]int{ // of the commit that LICENSE names
		"OpenID Connect": 35, "OpenID Connect: discovery, registration, keys": 8, "OpenID Connect: logout": 14, "FAPI 2.0": 33, "FAPI-CIBA": 29,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}
	page := conformancePage(tests)
	if *updateReadme {
		if err := os.WriteFile(conformanceDoc, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(conformanceDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page, string(got)); diff != "" {
		t.Error(diff)
	}
}

// conformancePage is the page in docs.
func conformancePage(tests []clientTest) string {
	held := 0
	for _, c := range tests {
		if len(c.faults()) > 0 {
			held++
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, `# The client tests of the OpenID Foundation

Which fault of "oauthctl serve --fault" and "oauthctl test client" is what a client test of the OpenID conformance suite
([openid/conformance-suite](https://gitlab.com/openid/conformance-suite), MIT; see [LICENSE](../testdata/oidf/LICENSE)) is
about: %d of %d. The others say why not: "pending" is not built, "no" is not for a program like this one. Names that begin with
"none" are issuers that behave: a client must get on there.

The faults do what the tests do; they are not the tests, and passing them certifies nothing. This page is made from
[client-tests.tsv](../testdata/oidf/client-tests.tsv): go test ./cmd -run TestConformanceTable -update.
`, held, len(tests))
	suite := ""
	for _, c := range tests {
		if c.suite != suite {
			suite = c.suite
			fmt.Fprintf(&out, "\n## %s\n\n| test | about | faults |\n| --- | --- | --- |\n", suite)
		}
		cell := c.held
		if names := c.faults(); len(names) > 0 {
			cell = "`" + strings.Join(names, "`, `") + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", c.name, c.about, cell)
	}
	return out.String()
}
