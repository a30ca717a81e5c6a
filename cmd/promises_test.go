package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestTextsNameWhatExists reads every string of the program, and holds each flag and command in it to those that
// exist: a hint must never lead to a usage error.
func TestTextsNameWhatExists(t *testing.T) {
	flags, commands := make(map[string]bool), make(map[string]bool)
	for _, c := range everyCommand() {
		c.InitDefaultHelpFlag()
		for _, set := range []*pflag.FlagSet{c.LocalFlags(), c.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
		}
		commands[strings.TrimPrefix(c.CommandPath(), "oauthctl ")] = true
	}
	flag := regexp.MustCompile(`(?:^|[ (=:])--([a-z][a-z0-9-]+)`)
	command := regexp.MustCompile(`(?:^|[ (:\x60])oauthctl ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z]+(?:-[a-z]+)*)?)`)
	alone := regexp.MustCompile(`\boauthctl token(?:$|[;,:)])`) // which needs a grant
	for text, where := range literals(t) {
		if alone.MatchString(text) {
			t.Errorf("%s: \"oauthctl token\" alone does nothing: %q", where, text)
		}
		for _, m := range flag.FindAllStringSubmatch(text, -1) {
			if name := strings.TrimRight(m[1], "-"); !flags[name] {
				t.Errorf("%s: there is no flag --%s: %q", where, name, text)
			}
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			group, _, _ := strings.Cut(m[1], " ")
			if group == "is" || group == "drives" { // the program, in a sentence
				continue
			}
			if !commands[group] && !strings.Contains(text, "oauthctl help") {
				t.Errorf("%s: there is no command %q: %q", where, group, text)
			}
			if sub := m[1]; group != sub && hasSubcommands(commands, group) && !commands[sub] {
				t.Errorf("%s: there is no command %q: %q", where, sub, text)
			}
		}
	}
}

func hasSubcommands(commands map[string]bool, group string) bool {
	for name := range commands {
		if strings.HasPrefix(name, group+" ") {
			return true
		}
	}
	return false
}

// literals returns every string literal of the program outside tests, with its place.
func literals(t *testing.T) map[string]string {
	t.Helper()
	out := make(map[string]string)
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git" || entry.Name() == "dist") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					out[text] = files.Position(literal.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
