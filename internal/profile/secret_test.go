package profile

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// sourceIn writes a configuration file with this client_secret and returns its source.
func sourceIn(t *testing.T, dir, value string, mode fs.FileMode) *SecretSource {
	t.Helper()
	path := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(path, []byte("profiles:\n  p:\n    client_secret: "+value+"\n"), mode); err != nil {
		t.Fatal(err)
	}
	file, err := Load(path, sample())
	if err != nil {
		t.Fatal(err)
	}
	p, err := file.Profile("p")
	if err != nil {
		t.Fatal(err)
	}
	return p.Secret("client_secret")
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell and file modes")
	}
}

func TestResolve(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	for name, mode := range map[string]fs.FileMode{"open": 0o644, "closed": 0o600, "group": 0o640, "world": 0o604} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(hidden+"\r\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	const wish = "use {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT…]}"
	warning := func(rule, got, hint string) []verdict.Check {
		return []verdict.Check{{Rule: rule, Status: verdict.Warn, Got: "DIR/c.yaml:3:20: client_secret: " + got, Hint: hint}}
	}
	tests := []struct {
		name, value string
		mode        fs.FileMode
		source      string
		want        string
		stderr      string
		warnings    []verdict.Check
	}{
		{"variable", "{env: WEB_SECRET}", 0o600, "environment variable WEB_SECRET", hidden, "", nil},
		{"file beside the configuration", "{file: closed}", 0o600, "file closed", hidden, "", nil},
		{"file at home", "{file: ~/closed}", 0o600, "file ~/closed", hidden, "", nil},
		{
			"file that others can read", "{file: ./open}", 0o600, "file ./open", hidden, "",
			warning("profile.secret_mode", "others can read DIR/open (mode 0644)", "chmod 600 DIR/open"),
		},
		{
			"file that the group can read", "{file: group}", 0o600, "file group", hidden, "",
			warning("profile.secret_mode", "others can read DIR/group (mode 0640)", "chmod 600 DIR/group"),
		},
		{
			"file that the world can read", "{file: world}", 0o600, "file world", hidden, "",
			warning("profile.secret_mode", "others can read DIR/world (mode 0604)", "chmod 600 DIR/world"),
		},
		{
			"plain text", hidden, 0o600, "plain text in the configuration file", hidden, "",
			warning("profile.plain_secret", "the secret is plain text in the configuration file", wish),
		},
		{
			"plain text that others can read", hidden, 0o640, "plain text in the configuration file", hidden, "",
			warning("profile.plain_secret", "the secret is plain text in a file that others can read (mode 0640)", "chmod 600 DIR/c.yaml, or "+wish),
		},
		{
			"command without a shell", `{command: [printf, '%s|%s\n', '$HOME', 'a b']}`, 0o600, "command printf", "$HOME|a b", "", nil,
		},
		{"command's own words", `{command: [sh, -c, 'echo asking >&2; echo hunter22']}`, 0o600, "command sh", hidden, "asking\n", nil},
		{"command's stdin is closed", `{command: [sh, -c, 'read x || echo hunter22']}`, 0o600, "command sh", hidden, "", nil},
		{"a command that leaves a child behind", `{command: [sh, -c, 'sleep 5 & echo hunter22']}`, 0o600, "command sh", hidden, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sourceIn(t, dir, tt.value, 0o600)
			if err := os.Chmod(filepath.Join(dir, "c.yaml"), tt.mode); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			var warnings []verdict.Check
			got, err := s.Resolve(t.Context(), Deps{
				Env: func(name string) string { return map[string]string{"WEB_SECRET": hidden}[name] }, Home: dir, Stderr: &stderr,
				Warn: func(c verdict.Check) {
					c.Got, c.Hint = strings.ReplaceAll(c.Got, dir, "DIR"), strings.ReplaceAll(c.Hint, dir, "DIR")
					warnings = append(warnings, c)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want, tt.stderr, tt.source}, []string{got.Reveal(), stderr.String(), s.String()}); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	for name, body := range map[string]string{"empty": "\n", "big": strings.Repeat("x", maxSecret+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, value, message, hint string }{
		{"variable", "{env: NONE}", "environment variable NONE is not set", "export NONE, or give the secret with --client-secret-file"},
		{"file", "{file: none}", "open DIR/none: no such file or directory", ""},
		{"file at home, of which nothing is known", "{file: ~/none}", "open DIR/~/none: no such file or directory", ""},
		{"empty file", "{file: empty}", "the secret from file empty is empty", ""},
		{"big file", "{file: big}", "DIR/big is larger than 64 KiB", ""},
		{"exit status", `{command: [sh, -c, 'echo hunter22; echo hunter22 >&2; exit 3']}`, "command sh failed: exit status 3", ""},
		{"signal", `{command: [sh, -c, 'kill -9 $$']}`, "command sh failed: signal: killed", ""},
		{"no such command", "{command: [oauthctl-no-such-command, hunter22]}", `exec: "oauthctl-no-such-command": executable file not found in $PATH`, ""},
		{
			"a command line", `{command: "oauthctl-no-such-command show hunter22"}`, "command oauthctl-no-such-command… is one name with blanks in it, and no program has that",
			"no shell takes it apart: write a list, command: [oauthctl-no-such-command, ARGUMENT…]",
		},
		{"silent command", "{command: ['true']}", "the secret from command true is empty", ""},
		{"endless command", "{command: ['yes', hunter22]}", "command yes printed more than 64 KiB", ""},
		{
			"keyring", "{keyring: {service: a}}", "the keyring is not available in this build",
			"use {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT…]}",
		},
		{"empty text", "''", "the secret from plain text in the configuration file is empty", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sourceIn(t, dir, tt.value, 0o600)
			got, err := s.Resolve(t.Context(), Deps{Env: func(string) string { return "" }})
			if err == nil || !got.IsZero() {
				t.Fatalf("accepted: %v", err)
			}
			e := problem.As(err)
			message := strings.ReplaceAll(e.Message, dir, "DIR")
			want := []any{problem.Usage, "profile.secret", "DIR/c.yaml:3:20: client_secret: " + tt.message, tt.hint}
			if diff := cmp.Diff(want, []any{e.Kind, e.Code, message, e.Hint}); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(e.Message, hidden) {
				t.Errorf("a value is quoted: %s", e.Message)
			}
		})
	}
}

func TestResolveEndsWithItsContext(t *testing.T) {
	unixOnly(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := sourceIn(t, t.TempDir(), "{command: [sleep, '60']}", 0o600)
	if _, err := s.Resolve(ctx, Deps{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestBoundsOfSecrets are the longest ones, and what ends a command that does not end.
func TestBoundsOfSecrets(t *testing.T) {
	unixOnly(t)
	const longest = 64 << 10
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "long"), []byte(strings.Repeat("x", longest)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"{file: long}", "{command: [cat, " + filepath.Join(dir, "long") + "]}"} {
		if got, err := sourceIn(t, dir, value, 0o600).Resolve(t.Context(), Deps{}); err != nil || len(got.Reveal()) != longest {
			t.Errorf("%s: %d bytes, %v", value, len(got.Reveal()), err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // which is not reached
	defer cancel()
	for _, test := range []struct {
		script, want string
		limit        time.Duration
	}{
		{"exec sleep 600", "did not finish in 10ms", 10 * time.Millisecond},
		{"yes | head -c 70000; exec sleep 600", "printed more than 64 KiB", time.Hour},
	} {
		_, err := Command{Argv: []string{"sh", "-c", test.script}, Limit: test.limit}.Output(ctx)
		if failed, ok := errors.AsType[CommandFailed](err); !ok || string(failed) != test.want {
			t.Errorf("%s: %v, want %s", test.script, err, test.want)
		}
	}
	if commandTime != 30*time.Second || commandLinger != 2*time.Second || maxSecret != longest {
		t.Errorf("a command has %s, and %s for %d bytes", commandTime, commandLinger, maxSecret)
	}
}
