package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// maxFile is the size above which a configuration file is refused.
const maxFile = 1 << 20

// File is a configuration file that has been read and found well formed.
type File struct {
	Path     string // empty where there is no file
	Absent   string // where one was looked for and is none
	Current  string // the profile that is used when none is named, or empty
	Warnings verdict.Checks

	current  Position
	names    []string
	profiles map[string]*Profile
}

// Profile is one named set of values.
type Profile struct {
	Name string
	Path string // of the file in which it stands
	Position

	values  map[string]Value
	secrets map[string]*SecretSource
}

// Values returns the profile's values by key; secrets are not among them.
func (p *Profile) Values() map[string]Value {
	if p == nil {
		return nil
	}
	return p.values
}

// Secret returns the source of the secret under a key, or nil.
func (p *Profile) Secret(key string) *SecretSource {
	if p == nil {
		return nil
	}
	return p.secrets[key]
}

// Keys returns every key of the profile, secrets too, sorted.
func (p *Profile) Keys() []string {
	if p == nil {
		return nil
	}
	keys := make([]string, 0, len(p.values)+len(p.secrets))
	for key := range p.values {
		keys = append(keys, key)
	}
	for key := range p.secrets {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Load reads and checks the configuration file that the user named.
func Load(path string, schema Schema) (*File, error) {
	data, mode, err := read(path)
	if err != nil {
		return nil, err
	}
	file, err := decode(data, path, schema)
	if err != nil {
		return nil, err
	}
	if mode.IsRegular() && mode.Perm()&0o022 != 0 && runtime.GOOS != "windows" {
		file.Warnings = append(file.Warnings, verdict.Check{
			Rule: "profile.mode", Status: verdict.Warn, Want: "0600",
			Got:  fmt.Sprintf("%s can be changed by others (mode %04o)", text.Escape(path), mode.Perm()),
			Hint: "chmod 600 " + text.Escape(path),
		})
	}
	return file, nil
}

// LoadDefault reads the file at the default path, which need not be there.
func LoadDefault(path string, schema Schema) (*File, error) {
	if path == "" {
		return &File{}, nil
	}
	file, err := Load(path, schema)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{Absent: path}, nil
	}
	return file, err
}

// Names returns the profiles' names in the order of the file.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Profile returns the profile of that name; names are compared with case.
func (f *File) Profile(name string) (*Profile, error) {
	if p, ok := f.profiles[name]; ok {
		return p, nil
	}
	where, next := "there is no configuration file", "oauthctl profile --help shows one"
	switch {
	case f.Path != "":
		where, next = "not in "+text.Escape(f.Path), "oauthctl profile list"
	case f.Absent != "":
		where = "there is no " + text.Escape(f.Absent)
	}
	e := problem.Usagef("profile.not_found", "no profile %s: %s", quote(name), where)
	if near := text.Suggest(name, f.names); near != "" {
		return nil, e.WithHint("did you mean %s?", quote(near))
	}
	return nil, e.WithHint("%s", next)
}

// Active returns the named profile, else the current one, else nil.
func (f *File) Active(name string) (*Profile, error) {
	if name != "" {
		return f.Profile(name)
	}
	if f.Current == "" {
		return nil, nil
	}
	p, err := f.Profile(f.Current)
	if err != nil {
		e := *problem.As(err)
		e.Message = fmt.Sprintf("%s: current names no profile: %s", place(f.Path, f.current), quote(f.Current))
		if e.Hint == "oauthctl profile list" && len(f.names) > 0 {
			e.Hint = "oauthctl profile use NAME"
		}
		return nil, &e
	}
	return p, nil
}

// DefaultPath returns where the configuration file is looked for, or empty where no directory is known.
func DefaultPath(env func(string) string, goos string) string {
	dir := ""
	if goos == "windows" {
		dir = env("AppData")
	} else if xdg := env("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) { // relative ones are to be ignored, says XDG
		dir = xdg
	} else if home := env("HOME"); home != "" {
		dir = filepath.Join(home, ".config")
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "oauthctl", "config.yaml")
}

// read returns the file's bytes and its mode.
func read(path string) ([]byte, fs.FileMode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, unreadable(path, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, unreadable(path, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, 0, unreadable(path, err)
	}
	if len(data) > maxFile {
		return nil, 0, problem.Usagef("profile.size", "%s: larger than 1 MiB", text.Escape(path))
	}
	return data, info.Mode(), nil
}

// unreadable is the error for a file that cannot be opened or read.
func unreadable(path string, err error) error {
	cause := err
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	e := problem.Usagef("profile.file", "%s: %s", text.Escape(path), strings.ToLower(err.Error())).
		WithHint("check the path and who may read it; --config FILE names another")
	e.Cause = cause
	return e
}

// place is how an error names a position: file:line:column.
func place(path string, at Position) string {
	return fmt.Sprintf("%s:%d:%d", text.Escape(path), at.Line, at.Column)
}

// quote shows a name of the user's file in an error.
func quote(name string) string { return `"` + text.Escape(name) + `"` }

// bom is the byte order mark, which some editors put before the first line.
const bom = "\ufeff"

// plain returns the text without what would move the parser's positions: a byte order mark, carriage returns.
func plain(data []byte) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(data), bom), "\r\n", "\n")
}
