package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	maxSecret      = 64 << 10         // bytes of a secret file or of a command's output
	commandTime    = 30 * time.Second // for a command: it may ask a person to touch a key
	commandLinger  = 2 * time.Second  // for what a command leaves behind with our pipes
	secretSources  = "{env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT…]}"
	sourceKeysText = "one of env, file, command, keyring"
)

// SecretSource says where a secret is to be had from. It holds the secret itself only where the file does.
type SecretSource struct {
	Key string // the profile's key, such as client_secret
	Position

	path  string // of the configuration file
	kind  string // env, file, command, keyring, or plain
	name  string // of the environment variable, or the file's path
	argv  []string
	plain secret.Secret
}

// String names the source without the secret and without a command's arguments.
func (s *SecretSource) String() string {
	switch s.kind {
	case "plain":
		return "plain text in the configuration file"
	case "command":
		return "command " + text.Escape(s.argv[0])
	case "env":
		return "environment variable " + text.Escape(s.name)
	}
	return s.kind + " " + text.Escape(s.name)
}

// Deps is what the process lends for finding a secret.
type Deps struct {
	Env    func(string) string
	Home   string              // for ~; empty where there is none
	Stderr io.Writer           // where a command's own words go; nil drops them
	Warn   func(verdict.Check) // may be nil
}

// Resolve returns the secret. Its errors name the place in the file, never what was found there.
func (s *SecretSource) Resolve(ctx context.Context, deps Deps) (secret.Secret, error) {
	var value secret.Secret
	var err error
	switch s.kind {
	case "plain":
		s.warnPlain(deps)
		value = s.plain
	case "env":
		value = secret.FromInput(deps.Env(s.name))
		if value.IsZero() {
			err = s.fault("environment variable %s is not set", text.Escape(s.name)).WithHint("export %s, or give the secret with --client-secret-file", text.Escape(s.name))
		}
	case "file":
		value, err = s.fromFile(deps)
	case "command":
		value, err = s.fromCommand(ctx, deps)
	default:
		err = s.fault("the keyring is not available in this build").WithHint("use %s", secretSources)
	}
	if err == nil && value.IsZero() {
		err = s.fault("the secret from %s is empty", s)
	}
	if err != nil {
		return secret.Secret{}, err
	}
	return value, nil
}

// fault is an error about this source.
func (s *SecretSource) fault(format string, args ...any) *problem.Error {
	return problem.Usagef("profile.secret", "%s: %s: %s", place(s.path, s.Position), s.Key, fmt.Sprintf(format, args...))
}

// warn reports one weakness of where a secret is kept.
func (s *SecretSource) warn(deps Deps, rule, hint, format string, args ...any) {
	if deps.Warn == nil {
		return
	}
	got := fmt.Sprintf("%s: %s: %s", place(s.path, s.Position), s.Key, fmt.Sprintf(format, args...))
	deps.Warn(verdict.Check{Rule: rule, Status: verdict.Warn, Got: got, Hint: hint})
}

// warnPlain says that the secret stands in the file, and who can read it there.
func (s *SecretSource) warnPlain(deps Deps) {
	info, err := os.Stat(s.path)
	if err == nil && readable(info) {
		s.warn(deps, "profile.plain_secret", fmt.Sprintf("chmod 600 %s, or use %s", text.Escape(s.path), secretSources),
			"the secret is plain text in a file that others can read (mode %04o)", info.Mode().Perm())
		return
	}
	s.warn(deps, "profile.plain_secret", "use "+secretSources, "the secret is plain text in the configuration file")
}

// readable says whether others than the owner can read a file, where modes mean anything.
func readable(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0
}

// fromFile reads the secret's file; a relative path counts from the configuration file.
func (s *SecretSource) fromFile(deps Deps) (secret.Secret, error) {
	path := ExpandHome(s.name, deps.Home)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.path), path)
	}
	file, err := os.Open(path)
	if err != nil {
		return secret.Secret{}, s.wrap(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return secret.Secret{}, s.wrap(err)
	}
	if len(data) > maxSecret {
		return secret.Secret{}, s.fault("%s is larger than 64 KiB", text.Escape(path))
	}
	if info, err := file.Stat(); err == nil && readable(info) {
		s.warn(deps, "profile.secret_mode", "chmod 600 "+text.Escape(path),
			"others can read %s (mode %04o)", text.Escape(path), info.Mode().Perm())
	}
	return secret.FromInput(string(data)), nil
}

// wrap is the error for a file that cannot be read.
func (s *SecretSource) wrap(err error) error {
	e := s.fault("%s", text.Escape(err.Error()))
	e.Cause = err
	return e
}

// fromCommand runs the command without a shell and takes its output for the secret.
func (s *SecretSource) fromCommand(ctx context.Context, deps Deps) (secret.Secret, error) {
	argv := append([]string{ExpandHome(s.argv[0], deps.Home)}, s.argv[1:]...)
	out, err := Command{Argv: argv, Stderr: deps.Stderr, Limit: commandTime}.Output(ctx)
	if ctx.Err() != nil {
		return secret.Secret{}, ctx.Err()
	}
	if failed, ok := errors.AsType[CommandFailed](err); ok {
		return secret.Secret{}, s.fault("command %s %s", text.Escape(s.argv[0]), string(failed))
	}
	if words := strings.Fields(s.argv[0]); err != nil && len(s.argv) == 1 && len(words) > 1 {
		return secret.Secret{}, s.fault("command %s… is one name with blanks in it, and no program has that", text.Escape(words[0])).
			WithHint("no shell takes it apart: write a list, command: [%s, ARGUMENT…]", text.Escape(words[0]))
	}
	if err != nil {
		return secret.Secret{}, s.wrap(err)
	}
	return secret.FromInput(out), nil
}

// ExpandHome replaces a leading ~ by the home directory, where one is known.
func ExpandHome(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return path
}

// source decodes a secret's source.
func (d *decoder) source(p pair) (*SecretSource, error) {
	s := &SecretSource{Key: p.key, Position: position(p.value), path: d.path}
	if _, ok := p.value.(*ast.MappingNode); !ok {
		plain, err := d.scalar(p.value, p.key, Secret)
		s.kind, s.plain = "plain", secret.New(plain)
		return s, err
	}
	members, err := d.mapping(p.value, p.key, string(Secret))
	if err != nil {
		return nil, err
	}
	if len(members) != 1 {
		return nil, d.fault("profile.secret", s.Position, "%s: exactly %s is wanted", p.key, sourceKeysText)
	}
	m := members[0]
	s.kind = m.key
	switch m.key {
	case "env", "file":
		s.name, err = d.scalar(m.value, p.key+"."+m.key, String)
		if err == nil && s.name == "" {
			err = d.fault("profile.secret", position(m.value), "%s.%s is empty", p.key, m.key)
		}
	case "keyring": // understood by later builds; whatever it says, it is reported when it is used
	case "command":
		s.argv, err = d.list(m.value, p.key+".command", List)
		if err == nil && (len(s.argv) == 0 || s.argv[0] == "") {
			err = d.fault("profile.secret", position(m.value), "%s.command is empty", p.key)
		}
	default:
		err = d.unknown(m, p.key, Schema{"env": String, "file": String, "command": List, "keyring": String})
	}
	return s, err
}
