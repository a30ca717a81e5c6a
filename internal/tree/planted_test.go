package tree

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlanted shows every rule catching what it is for, and letting the nearest allowed thing pass.
func TestPlanted(t *testing.T) {
	tests := []struct {
		rule, name, path, text string
		want                   []string
	}{
		{
			"layers", "upward", "internal/jose/x.go", "package jose\nimport _ \"" + module + "/internal/wire\"\n",
			[]string{"internal/jose/x.go:2: jose imports wire, which is above it: lower layers never import higher ones"},
		},
		{
			"layers", "rightward in a row", "internal/oidc/x.go", "package oidc\nimport _ \"" + module + "/internal/wire\"\n",
			[]string{"internal/oidc/x.go:2: oidc imports wire, which is above it: lower layers never import higher ones"},
		},
		{"layers", "leftward in a row", "internal/metadata/x.go", "package metadata\nimport _ \"" + module + "/internal/wire\"\n", nil},
		{"layers", "downward", "cmd/x.go", "package cmd\nimport _ \"" + module + "/internal/op\"\nimport _ \"" + module + "/profiles\"\n", nil},
		{
			"layers", "the provider outside cmd", "internal/grant/x.go", "package grant\nimport _ \"" + module + "/internal/op\"\n",
			[]string{"internal/grant/x.go:2: grant imports op: the embedded provider is for cmd and for tests"},
		},
		{
			"layers", "a package without a layer", "internal/util/x.go", "package util\n",
			[]string{"internal/util/x.go:1: package util has no layer: give it a place in rows() of internal/tree"},
		},
		{
			"layers", "an import without a layer", "cmd/x.go", "package cmd\nimport _ \"" + module + "/internal/util\"\n",
			[]string{"cmd/x.go:2: import of util, which has no layer: give it a place in rows() of internal/tree"},
		},
		{
			"only main ends the process", "os.Exit under another name", "cmd/x.go", "package cmd\nimport sys \"os\"\nfunc f() { sys.Exit(1) }\n",
			[]string{"cmd/x.go:3: os.Exit ends the process: return an error, main alone turns it into an exit code"},
		},
		{
			"only main ends the process", "log.Fatalf", "internal/op/x.go", "package op\nimport \"log\"\nfunc f() { log.Fatalf(\"\") }\n",
			[]string{"internal/op/x.go:3: log.Fatalf ends the process: return an error, main alone turns it into an exit code"},
		},
		{"only main ends the process", "main", "cmd/oauthctl/main.go", "package main\nimport \"os\"\nfunc main() { os.Exit(1) }\n", nil},
		{
			"only cmd/config.go knows Viper", "elsewhere", "cmd/root.go", "package cmd\nimport _ \"github.com/spf13/viper\"\n",
			[]string{"cmd/root.go:2: imports viper: settings reach a command as filled flags, see cmd/config.go"},
		},
		{"only cmd/config.go knows Viper", "there", "cmd/config.go", "package cmd\nimport _ \"github.com/spf13/viper\"\n", nil},
		{
			"forbidden libraries", "a sub-package", "cmd/x.go", "package cmd\nimport _ \"github.com/charmbracelet/huh/spinner\"\n",
			[]string{"cmd/x.go:2: imports github.com/charmbracelet/huh/spinner: keep it out of the binary (blocks at start on a silent terminal)"},
		},
		{"forbidden libraries", "a name that starts alike", "cmd/x.go", "package cmd\nimport _ \"github.com/charmbracelet/huhu\"\n", nil},
		{
			"no init and no state at package level", "init", "cmd/x.go", "package cmd\nfunc init() {}\n",
			[]string{"cmd/x.go:2: func init: do it where it is needed, start-up pays for it every time"},
		},
		{"no init and no state at package level", "a method called init", "cmd/x.go", "package cmd\ntype t int\nfunc (t) init() {}\n", nil},
		{
			"no init and no state at package level", "a counter", "cmd/x.go", "package cmd\nvar n int\n",
			[]string{"cmd/x.go:2: var n: mutable state at package level; hand it down from cmd"},
		},
		{
			"no init and no state at package level", "a number", "cmd/x.go", "package cmd\nvar n = 3\n",
			[]string{"cmd/x.go:2: var n: it is not a literal; only sentinels, regexps and literal tables live at package level"},
		},
		{
			"no init and no state at package level", "work", "cmd/x.go", "package cmd\nvar table = []T{{a: load()}}\n",
			[]string{"cmd/x.go:2: var table: it calls load at start-up; only sentinels, regexps and literal tables live at package level"},
		},
		{
			"no init and no state at package level", "a client", "cmd/x.go", "package cmd\nimport \"net/http\"\nvar c = http.NewServeMux()\n",
			[]string{"cmd/x.go:3: var c: it calls http.NewServeMux at start-up; only sentinels, regexps and literal tables live at package level"},
		},
		{"no init and no state at package level", "what is allowed", "internal/op/x.go", `package op
import ("embed"; "errors"; "regexp")
//go:embed *.html
var pages embed.FS
var ErrGone = errors.New("gone")
var word = regexp.MustCompile("^[a-z]+$")
var _ error = (*E)(nil)
var table = map[Kind]row{Kind("a"): {do: func() { work() }}, "b": {raw: []byte("x")}}
var one = &row{}
`, nil},
		{"no init and no state at package level", "what the linker fills", "cmd/version.go", "package cmd\nvar version = \"dev\"\n", nil},
		{
			"no init and no state at package level", "the same elsewhere", "cmd/root.go", "package cmd\nvar version = \"dev\"\n",
			[]string{"cmd/root.go:2: var version: it is not a literal; only sentinels, regexps and literal tables live at package level"},
		},
		{
			"the message packages have no clock and no I/O", "a clock", "internal/oidc/x.go", "package oidc\nimport \"time\"\nvar f = time.Now\n",
			[]string{"internal/oidc/x.go:3: time.Now: take the time as an argument"},
		},
		{
			"the message packages have no clock and no I/O", "a request", "internal/oauth/x.go",
			"package oauth\nimport \"net/http\"\nfunc f(h http.Header) { http.Get(\"\") }\n",
			[]string{"internal/oauth/x.go:3: http.Get: requests are sent by internal/wire"},
		},
		{
			"the message packages have no clock and no I/O", "a file", "internal/jose/x.go", "package jose\nimport _ \"os\"\n",
			[]string{"internal/jose/x.go:2: imports os: a message package does no I/O"},
		},
		{"the message packages have no clock and no I/O", "elsewhere", "internal/wire/x.go", "package wire\nimport \"time\"\nvar f = time.Now\n", nil},
		{
			"files stay short", "401 lines", "cmd/x.go", "package cmd" + strings.Repeat("\n", 401),
			[]string{"cmd/x.go:400: the file has 401 lines, more than 400: split it by subject"},
		},
		{"files stay short", "400 lines", "cmd/x.go", "package cmd" + strings.Repeat("\n", 400), nil},
		{
			"nothing is left to be done later", "a note", "cmd/x.go", "package cmd\n// FIXME: later\n",
			[]string{"cmd/x.go:2: FIXME in a comment: finish it, or say why it is as it is"},
		},
		{"nothing is left to be done later", "a string", "cmd/x.go", "package cmd\nconst s = \"TODO\"\n", nil},
	}
	judges := make(map[string]func(source) []string)
	for _, r := range rules() {
		judges[r.name] = r.judge
	}
	caught := make(map[string]bool)
	for _, test := range tests {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			s, err := parse(test.path, []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, judges[test.rule](s)); diff != "" {
				t.Error(diff)
			}
			caught[test.rule] = caught[test.rule] || test.want != nil
		})
	}
	for name := range judges {
		if !caught[name] {
			t.Errorf("no planted violation for the rule %q", name)
		}
	}
}
