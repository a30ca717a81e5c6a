package cmd

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand returns all commands of the program, cobra's own among them.
func everyCommand() []*cobra.Command {
	root := wholeTree()
	return append([]*cobra.Command{root}, descendants(root)...)
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range everyCommand() {
		t.Run(c.CommandPath(), func(t *testing.T) {
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("Short %q: one line without full stop", c.Short)
			}
			if c.Name() != "help" && !strings.Contains(c.Example, "oauthctl") {
				t.Errorf("no example: %q", c.Example)
			}
			c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
				if f.Usage == "" {
					t.Errorf("--%s has no usage", f.Name)
				}
			})
		})
	}
}

// TestEveryCommandJudgesItsArguments calls each command with a word that it cannot know, and with two.
func TestEveryCommandJudgesItsArguments(t *testing.T) {
	takesOne := map[string]bool{
		"oauthctl jwt decode": true, "oauthctl jwt verify": true, "oauthctl jwks": true, "oauthctl discover": true,
		"oauthctl client metadata": true, "oauthctl profile show": true, "oauthctl profile use": true,
		"oauthctl key public": true, "oauthctl key thumbprint": true, "oauthctl call": true, "oauthctl profile providers": true,
	}
	for _, c := range everyCommand() {
		if !c.Runnable() || c.Name() == "help" {
			continue
		}
		t.Run(c.CommandPath(), func(t *testing.T) {
			args := []string{"no-such-word"}
			if takesOne[c.CommandPath()] {
				args = []string{"one", "two"}
			}
			if c.Args == nil {
				t.Fatal("no argument validation")
			}
			if err := c.Args(c, args); err == nil {
				t.Errorf("%v is accepted", args)
			}
		})
	}
}

// TestHelpRuns shows every command's help, on stdout and with exit code 0.
func TestHelpRuns(t *testing.T) {
	for _, c := range everyCommand() {
		args := slices.Concat(strings.Fields(c.CommandPath())[1:], []string{"--help"})
		if c.Name() == "exit-codes" {
			args = []string{"help", "exit-codes"}
		}
		var out, errs bytes.Buffer
		app := &App{Out: &out, Err: &errs, In: strings.NewReader("")}
		if code := execute(context.Background(), app, args); code != 0 || out.Len() == 0 || errs.Len() != 0 {
			t.Errorf("%v: exit %d, stdout %d bytes, stderr %q", args, code, out.Len(), errs.String())
		}
	}
}

// TestExamplesParse holds each example to the flags that exist.
func TestExamplesParse(t *testing.T) {
	for _, c := range everyCommand() {
		for line := range strings.SplitSeq(c.Example, "\n") {
			_, after, ok := strings.Cut(line, "oauthctl ")
			if !ok {
				continue
			}
			root := wholeTree()
			words := exampleWords(after)
			found, rest, err := root.Find(words)
			if err != nil {
				t.Errorf("%q: %v", line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%q: %v", line, err)
				continue
			}
			if found.Args != nil {
				if err := found.Args(found, found.Flags().Args()); err != nil {
					t.Errorf("%q: %v", line, err)
				}
			}
		}
	}
}

// exampleWords splits a shell line up to its first operator, quotes honoured.
func exampleWords(line string) []string {
	var words []string
	var word strings.Builder
	quote, open := rune(0), false
	flush := func() {
		if open {
			words = append(words, word.String())
		}
		word.Reset()
		open = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case strings.ContainsRune("|<>)&", r):
			flush()
			return words
		case r == ' ':
			flush()
		default:
			word.WriteRune(r)
			open = true
		}
	}
	flush()
	return words
}
