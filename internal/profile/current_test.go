package profile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestSetCurrent(t *testing.T) {
	const rest = "profiles:\n  # kept\n  a: {scope: [x,   y]}   # and this\n  b b: {}\n\n\n"
	tests := []struct{ name, before, use, after string }{
		{"plain", "current: x\n" + rest, "a", "current: a\n" + rest},
		{"comment and spaces stay", "# top\n\ncurrent:   'x y'  # mine\n" + rest, "a", "# top\n\ncurrent:   a  # mine\n" + rest},
		{"quotes", "current: \"x\"\n" + rest, "b b", "current: \"b b\"\n" + rest},
		{"below the profiles", rest + "current: x", "a", rest + "current: a"},
		{"no such line", "# top\n---\n" + rest, "a", "# top\n---\ncurrent: a\n" + rest},
		{"empty", "current:\n" + rest, "a", "current: a\n" + rest},
		{"empty with a comment", "current: # none\n" + rest, "a", "current: a # none\n" + rest},
		{"null", "current: ~\n" + rest, "a", "current: a\n" + rest},
		{"already", "current: a #\n" + rest, "a", "current: a #\n" + rest},
		{"carriage returns", "current: x\r\nprofiles:\r\n  a: {}\r\n", "a", "current: a\r\nprofiles:\r\n  a: {}\r\n"},
		{"carriage returns, no line", "# c\r\nprofiles:\r\n  a: {}\r\n", "a", "# c\r\ncurrent: a\r\nprofiles:\r\n  a: {}\r\n"},
		{"byte order mark", "\ufeffcurrent: x\n" + rest, "a", "\ufeffcurrent: a\n" + rest},
		{"byte order mark, no line", "\ufeff" + rest, "a", "\ufeffcurrent: a\n" + rest},
		{"indented", "  current: x\n  profiles: {a: {}}\n", "a", "  current: a\n  profiles: {a: {}}\n"},
		{"indented, no line", "  profiles: {a: {}}\n", "a", "  current: a\n  profiles: {a: {}}\n"},
		{"a name that YAML takes for something else", "profiles: {no: {}, '12': {}, 'null': {}}\n", "null", "current: \"null\"\nprofiles: {no: {}, '12': {}, 'null': {}}\n"},
		{"a number", "profiles: {'12': {}}\n", "12", "current: \"12\"\nprofiles: {'12': {}}\n"},
		{"beyond ASCII", "profiles: {\"é:#\": {}}\n", "é:#", "current: \"é:#\"\nprofiles: {\"é:#\": {}}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.before, 0o640)
			if err := SetCurrent(path, tt.use, sample()); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, string(after)); diff != "" {
				t.Error(diff)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("the mode is %v, %v", info.Mode(), err)
			}
			entries, _ := os.ReadDir(filepath.Dir(path))
			if len(entries) != 1 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestSetCurrentRefuses(t *testing.T) {
	tests := []struct{ name, before, use, code, message, hint string }{
		{"no such profile", "profiles: {prod: {}}\n", "prdo", "profile.not_found", `no profile "prdo": not in PATH`, `did you mean "prod"?`},
		{"a broken file", "profiles: [\n", "a", "profile.yaml", "PATH:1:11: sequence end token ']' not found", ""},
		{
			"all on one line", "{current: x, profiles: {a: {}}}\n", "a", "profile.edit",
			"PATH:1:1: only a file with one key a line can be edited", "write it yourself: current: a",
		},
		{
			"a value of many lines", "current: |-\n  x\nprofiles: {a: {}}\n", "a", "profile.edit",
			"PATH: current cannot be changed without touching the rest of the file", "write the line yourself: current: a",
		},
		{
			"a value on the next line", "current:\n  x\nprofiles: {a: {}}\n", "a", "profile.edit",
			"PATH:2:3: the value of current is not on the line of its key", "write it yourself: current: a",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.before, 0o600)
			err := SetCurrent(path, tt.use, sample())
			if err == nil {
				t.Fatal("accepted")
			}
			e := problem.As(err)
			message := strings.ReplaceAll(e.Message, path, "PATH")
			if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message, tt.hint}, []any{e.Kind, e.Code, message, e.Hint}); diff != "" {
				t.Error(diff)
			}
			after, _ := os.ReadFile(path)
			if diff := cmp.Diff(tt.before, string(after)); diff != "" {
				t.Errorf("the file was touched: %s", diff)
			}
		})
	}
}

func TestSetCurrentFollowsLinks(t *testing.T) {
	unixOnly(t)
	target := write(t, "profiles: {a: {}}\n", 0o600)
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := SetCurrent(link, "a", sample()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(target)
	if err != nil || string(after) != "current: a\nprofiles: {a: {}}\n" {
		t.Errorf("%q, %v", after, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if err := SetCurrent(filepath.Join(t.TempDir(), "none"), "a", sample()); problem.As(err).Code != "profile.file" {
		t.Errorf("a missing file: %v", err)
	}
}
