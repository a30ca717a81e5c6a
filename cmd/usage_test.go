package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpOf is a command's help on a terminal of so many columns, or with 0 elsewhere.
func helpOf(t *testing.T, c *cobra.Command, columns int) string {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{Out: &out, Err: &errs, In: strings.NewReader(""), Columns: columns}
	words := append([]string{"help"}, strings.Fields(c.CommandPath())[1:]...)
	if code := execute(t.Context(), app, words); code != 0 {
		t.Fatalf("%v: exit %d\n%s", words, code, &errs)
	}
	return out.String()
}

// TestHelpShowsEveryFlagOnce holds each command's help to its flags: each stands in one group, what it takes is named, and
// what it does is said whole.
func TestHelpShowsEveryFlagOnce(t *testing.T) {
	for _, c := range everyCommand() {
		help := helpOf(t, c, 0)
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if c.HasParent() && c.Root().PersistentFlags().Lookup(f.Name) != nil {
				return
			}
			value, usage := pflag.UnquoteUsage(f)
			if f.Value.Type() != "bool" && slices.Contains([]string{"string", "int", "duration"}, value) {
				t.Errorf("%s: the value of --%s has no name but %q", c.CommandPath(), f.Name, value)
			}
			named := regexp.MustCompile(`(?m)^  (-.,|   ) --` + f.Name + `([ \[].*)?$`)
			if found := named.FindAllString(help, -1); len(found) != 1 || !strings.Contains(help, usage) {
				t.Errorf("%s: --%s is there as %q", c.CommandPath(), f.Name, found)
			}
		})
	}
}

func TestHelpOfFlags(t *testing.T) {
	login, _, err := wholeTree().Find([]string{"login"})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, name := range []string{"dpop", "wait", "scope", "device", "pkce", "max-age", "header"} {
		f := login.Flag(name)
		if f == nil {
			f = login.Root().PersistentFlags().Lookup(name)
		}
		row := flagRow(f)
		got[name] = row[0]
		if _, standard, ok := strings.Cut(row[1], " (default "); ok {
			got[name] += " = " + strings.TrimSuffix(standard, ")")
		}
	}
	want := map[string]string{
		"dpop": "    --dpop[=ALG] = ES256), made on the spot unless --dpop-key gives it; none turns off what a profile turned on",
		"wait": "    --wait DURATION = 5m", "scope": "-s, --scope SCOPE", "device": "    --device", "pkce": "    --pkce METHOD = S256",
		"max-age": "    --max-age SECONDS", "header": "    --header 'NAME: VALUE'",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHelpFitsTheTerminal: no line is longer than the terminal but samples and tables, which stay as they are.
func TestHelpFitsTheTerminal(t *testing.T) {
	const columns = 90
	for _, c := range everyCommand() {
		if strings.HasPrefix(c.CommandPath(), "oauthctl completion") {
			continue // cobra's own words
		}
		for line := range strings.Lines(helpOf(t, c, columns)) {
			line = strings.TrimSuffix(line, "\n")
			sample := strings.Contains(c.Example+trial(c.CommandPath())+"\n"+c.Long, line) && strings.HasPrefix(line, "  ")
			if n := utf8.RuneCountInString(line); n > columns && !sample {
				t.Errorf("%s: %d columns: %s", c.CommandPath(), n, line)
			}
		}
	}
}

// TestHelpNamesTheExitCodes compares the exit codes in each command's help with those that the user stories see.
func TestHelpNamesTheExitCodes(t *testing.T) {
	root := wholeTree()
	stories, err := filepath.Glob("../testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal(err, "no stories")
	}
	seen := 0
	for _, story := range stories {
		data, err := os.ReadFile(story)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^exits (\d+) oauthctl (.*)$`).FindAllStringSubmatch(string(data), -1) {
			c, _, err := root.Find(exampleWords(m[2]))
			codes := ""
			if err == nil {
				codes = codesOf(c.CommandPath())
			}
			if codes == "" || slices.Contains([]string{"1", "130", "143"}, m[1]) {
				continue // a misspelt command, or what is true of all
			}
			if seen++; !slices.Contains(strings.Fields(codes), m[1]) {
				t.Errorf("%s: %q, and the help of %s has %s", story, m[0], c.CommandPath(), codes)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d exit codes were compared", seen)
	}
	for _, c := range everyCommand() {
		codes := codesOf(c.CommandPath())
		if c.Flags().Lookup("output") == nil && c.Annotations[annotationFormats] != "" && codes == "" && c.Name() != "version" && c.Name() != "demo" {
			t.Errorf("%s: its help has no exit codes", c.CommandPath())
		}
		if codes != "" && !strings.Contains(helpOf(t, c, 0), "Exit codes: 0 ") {
			t.Errorf("%s: the exit codes are not shown", c.CommandPath())
		}
	}
}
