package profile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// hidden stands for every value that no message may repeat.
const hidden = "hunter22"

func sample() Schema {
	return Schema{
		"issuer": String, "client_id": String, "client_secret": Secret, "scope": List, "timeout": Duration,
		"no_browser": Bool, "max_age": Int, "vars": Map,
	}
}

// write makes a file in a new folder and returns its path.
func write(t *testing.T, body string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(body), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

func TestDecode(t *testing.T) {
	const body = "\ufeff# a comment\r\ncurrent: Staging\r\nprofiles:\r\n" + `  Staging:
    issuer: https://id.example.com # behind
    client_id: 0123
    scope: [openid, "a,b"]
    timeout: 1m30s
    no_browser: True
    max_age: 0
    vars: {realm: Main, host: 'Id.example.com'}
    client_secret: {env: WEB_SECRET}
  staging:
    scope: openid profile
    vars: [a=b]
    client_id: |
      two
      lines
  2024:
  empty: {}
`
	file, err := decode([]byte(body), "c.yaml", sample())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Staging", "staging", "2024", "empty"}, file.Names()); diff != "" {
		t.Error(diff)
	}
	if file.Current != "Staging" {
		t.Errorf("current is %q", file.Current)
	}
	got := map[string]map[string]Value{}
	for _, name := range file.Names() {
		p, err := file.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = p.Values()
	}
	want := map[string]map[string]Value{
		"Staging": {
			"issuer":     {[]string{"https://id.example.com"}, Position{5, 13}},
			"client_id":  {[]string{"0123"}, Position{6, 16}},
			"scope":      {[]string{"openid", "a,b"}, Position{7, 12}},
			"timeout":    {[]string{"1m30s"}, Position{8, 14}},
			"no_browser": {[]string{"true"}, Position{9, 17}},
			"max_age":    {[]string{"0"}, Position{10, 14}},
			"vars":       {[]string{"realm=Main", "host=Id.example.com"}, Position{11, 11}},
		},
		"staging": {
			"scope":     {[]string{"openid profile"}, Position{14, 12}},
			"vars":      {[]string{"a=b"}, Position{15, 11}},
			"client_id": {[]string{"two\nlines\n"}, Position{16, 16}},
		},
		"2024":  {},
		"empty": {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p, _ := file.Profile("Staging")
	if s := p.Secret("client_secret"); s == nil || s.String() != "environment variable WEB_SECRET" || s.Position != (Position{12, 20}) {
		t.Errorf("client_secret: %+v", s)
	}
	if diff := cmp.Diff([]string{"client_id", "client_secret", "issuer", "max_age", "no_browser", "scope", "timeout", "vars"}, p.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	in := func(lines string) string { return "profiles:\n  p:\n    " + lines + "\n" }
	const general = "keys are the flags in snake_case: oauthctl login --help"
	tests := []struct{ name, body, code, message, hint string }{
		{"unknown key", in("isuer: x"), "profile.unknown_key", `c.yaml:3:5: unknown key "isuer" in profile "p"`, `did you mean "issuer"?`},
		{"kebab-case", in("client-id: x"), "profile.unknown_key", `c.yaml:3:5: unknown key "client-id" in profile "p"`, `did you mean "client_id"?`},
		{"no such key", in("x: y"), "profile.unknown_key", `c.yaml:3:5: unknown key "x" in profile "p"`, general},
		{"case", in("Issuer: x"), "profile.unknown_key", `c.yaml:3:5: unknown key "Issuer" in profile "p"`, `did you mean "issuer"?`},
		{"unknown at the top", "curent: x\n", "profile.unknown_key", `c.yaml:1:1: unknown key "curent" in the configuration file`, `did you mean "current"?`},
		{"a profile's key at the top", "issuer: https://id.test\n", "profile.unknown_key", `c.yaml:1:1: unknown key "issuer" in the configuration file`, `it belongs into a profile: profiles: {NAME: {issuer: …}}`},
		{"a profile at the top", "staging:\n  issuer: https://id.test\n", "profile.unknown_key", `c.yaml:1:1: unknown key "staging" in the configuration file`, `profiles stand under profiles:, each under its name; oauthctl profile --help shows such a file`},
		{"a space is missing", in("client_secret:" + hidden + ": x"), "profile.unknown_key", `c.yaml:3:5: unknown key "client_secret:…" in profile "p"`, `a space is missing after "client_secret:"`},
		{"escapes in a key", in(`"a\eb": x`), "profile.unknown_key", `c.yaml:3:5: unknown key "a\x1bb" in profile "p"`, general},
		{"duplicate key", in("issuer: x\n    issuer: y"), "profile.duplicate_key", `c.yaml:4:5: key "issuer" is already at line 3, column 5`, ""},
		{"duplicate profile", "profiles:\n  a: {}\n  a: {}\n", "profile.duplicate_key", `c.yaml:3:3: key "a" is already at line 2, column 3`, ""},
		{"duplicate top", "current: a\ncurrent: b\n", "profile.duplicate_key", `c.yaml:2:1: key "current" is already at line 1, column 1`, ""},
		{"list for text", in("issuer: [a]"), "profile.type", "c.yaml:3:13: issuer: text is wanted, not a list", ""},
		{"nothing", in("issuer:"), "profile.type", "c.yaml:3:13: issuer: text is wanted, not nothing", ""},
		{"mapping in a list", in("scope: [{a: b}]"), "profile.type", "c.yaml:3:13: scope[0]: text is wanted, not a mapping", ""},
		{"mapping for a list", in("scope: {a: b}"), "profile.type", "c.yaml:3:12: scope: a list of texts is wanted, not a mapping", ""},
		{"text for bool", in("no_browser: yes"), "profile.type", "c.yaml:3:17: no_browser: true or false is wanted, not text", ""},
		{"number for duration", in("timeout: 30"), "profile.type", "c.yaml:3:14: timeout: a duration such as 30s is wanted, not a number", ""},
		{"text for int", in("max_age: x"), "profile.type", "c.yaml:3:14: max_age: a whole number is wanted, not text", ""},
		{"fraction for int", in("max_age: 1.5"), "profile.type", "c.yaml:3:14: max_age: a whole number is wanted, not a number", ""},
		{"list in a map", in("vars: {a: [b]}"), "profile.type", "c.yaml:3:15: vars.a: text is wanted, not a list", ""},
		{"profile is text", "profiles:\n  p: " + hidden + "\n", "profile.type", `c.yaml:2:6: profile "p": a mapping of keys to values is wanted, not text`, ""},
		{"profiles is a list", "profiles: [a]\n", "profile.type", "c.yaml:1:11: profiles: a mapping of names to profiles is wanted, not a list", ""},
		{"the file is text", hidden + "\n", "profile.type", "c.yaml:1:1: the configuration file: a mapping with current and profiles is wanted, not text", ""},
		{"secret from nowhere", in("client_secret: {}"), "profile.secret", "c.yaml:3:20: client_secret: exactly one of env, file, command, keyring is wanted", ""},
		{"secret from two", in("client_secret: {env: A, file: b}"), "profile.secret", "c.yaml:3:20: client_secret: exactly one of env, file, command, keyring is wanted", ""},
		{"secret source misspelt", in("client_secret: {envv: A}"), "profile.unknown_key", `c.yaml:3:21: unknown key "envv" in client_secret`, `did you mean "env"?`},
		{"secret list", in("client_secret: [" + hidden + "]"), "profile.type", "c.yaml:3:20: client_secret: a secret's source is wanted, not a list", ""},
		{"empty command", in("client_secret: {command: []}"), "profile.secret", "c.yaml:3:30: client_secret.command is empty", ""},
		{"command without a name", in("client_secret: {command: ['', a]}"), "profile.secret", "c.yaml:3:30: client_secret.command is empty", ""},
		{"empty variable", in("client_secret: {env: ''}"), "profile.secret", "c.yaml:3:26: client_secret.env is empty", ""},
		{"anchor", in("issuer: &a " + hidden), "profile.type", "c.yaml:3:13: issuer: text is wanted, not a YAML anchor or alias", ""},
		{"alias", in("issuer: &a x\n    client_id: *a"), "profile.type", "c.yaml:3:13: issuer: text is wanted, not a YAML anchor or alias", ""},
		{"tag", in("issuer: !!binary " + hidden), "profile.type", "c.yaml:3:13: issuer: text is wanted, not a YAML tag", ""},
		{"merge key", in("<<: {issuer: x}"), "profile.yaml", "c.yaml:3:5: only plain keys are understood here", ""},
		{"two documents", "current: a\n---\ncurrent: b\n", "profile.yaml", "c.yaml:3:1: only one YAML document is allowed", ""},
		{"deep", strings.Repeat("[", 100000), "profile.yaml", "c.yaml:1:17: nested deeper than 16 levels", ""},
		{"just too deep", strings.Repeat("[", 17) + strings.Repeat("]", 17), "profile.yaml", "c.yaml:1:17: nested deeper than 16 levels", ""},
		{"deep enough", strings.Repeat("[", 16) + strings.Repeat("]", 16), "profile.type", "c.yaml:1:1: the configuration file: a mapping with current and profiles is wanted, not a list", ""},
		{"deep dashes", strings.Repeat("- ", 100000), "profile.yaml", "c.yaml:1:33: nested deeper than 16 levels", ""},
		{"quote not closed", in(`client_secret: "` + hidden), "profile.yaml", "c.yaml:3:20: could not find end character of double-quoted text", ""},
		{"reserved character", in("client_secret: @" + hidden), "profile.yaml", "c.yaml:3:20: '@' is a reserved character", ""},
		{"two colons", in("client_secret: a: " + hidden), "profile.yaml", "c.yaml:3:20: mapping value is not allowed in this context", ""},
		{"tab", "profiles:\n\tp: " + hidden + "\n", "profile.yaml", `c.yaml:2:1: found character '\t' that cannot start any token`, ""},
		{"a version that YAML never had", "%YAML " + hidden + "\n---\na: b\n", "profile.yaml", "c.yaml:1:7: not valid YAML", ""},
		{"empty name", "profiles:\n  '': {}\n", "profile.name", "c.yaml:2:3: a profile's name is empty", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decode([]byte(tt.body), "c.yaml", sample())
			if err == nil {
				t.Fatal("accepted")
			}
			e := problem.As(err)
			if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message, tt.hint}, []any{e.Kind, e.Code, e.Message, e.Hint}); diff != "" {
				t.Error(diff)
			}
			if all := strings.Join([]string{e.Message, e.Hint, e.Want, e.Got}, "\n"); strings.Contains(all, hidden) {
				t.Errorf("a value is quoted: %s", all)
			}
		})
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, body := range []string{"", "\n", "# nothing\n", "---\n", "\ufeff", "profiles:\n", "profiles: {}\n"} {
		file, err := decode([]byte(body), "c.yaml", sample())
		if err != nil || len(file.Names()) != 0 {
			t.Errorf("%q: %v, %v", body, file, err)
		}
	}
}

func TestActive(t *testing.T) {
	const body = "current: Prod\nprofiles:\n  prod: {}\n  staging: {}\n"
	tests := []struct{ name, current, profile, want, message, hint string }{
		{"named", "current: prod", "staging", "staging", "", ""},
		{"current", "current: prod", "", "prod", "", ""},
		{"none", "", "", "", "", ""},
		{"case differs", "current: prod", "Prod", "", `no profile "Prod": not in c.yaml`, `did you mean "prod"?`},
		{"far off", "current: prod", "development", "", `no profile "development": not in c.yaml`, "oauthctl profile list"},
		{"current is gone", "current: Prod", "", "", `c.yaml:1:10: current names no profile: "Prod"`, `did you mean "prod"?`},
		{"current is far off", "current: development", "", "", `c.yaml:1:10: current names no profile: "development"`, "oauthctl profile use NAME"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, err := decode([]byte(strings.Replace(body, "current: Prod", tt.current, 1)), "c.yaml", sample())
			if err != nil {
				t.Fatal(err)
			}
			p, err := file.Active(tt.profile)
			got := []string{"", "", ""}
			if p != nil {
				got[0] = p.Name
			}
			if err != nil {
				e := problem.As(err)
				got[1], got[2] = e.Message, e.Hint
				if e.Code != "profile.not_found" || e.Kind != problem.Usage {
					t.Errorf("%v %s", e.Kind, e.Code)
				}
			}
			if diff := cmp.Diff([]string{tt.want, tt.message, tt.hint}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for file, where := range map[*File]string{{}: "there is no configuration file", {Absent: "/a/config.yaml"}: "there is no /a/config.yaml"} {
		_, err := file.Profile("x")
		if p := problem.As(err); p.Message != `no profile "x": `+where || p.Hint != "oauthctl profile --help shows one" {
			t.Errorf("%q, %q", p.Message, p.Hint)
		}
	}
}

func TestLoad(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if file, err := LoadDefault(missing, sample()); err != nil || file.Path != "" || file.Absent != missing {
		t.Errorf("a default file that is missing: %+v, %v", file, err)
	}
	if file, err := LoadDefault("", sample()); err != nil || file.Path != "" {
		t.Errorf("no default path: %+v, %v", file, err)
	}
	tests := []struct{ name, path, code, message string }{
		{"missing", missing, "profile.file", missing + ": no such file or directory"},
		{"folder", filepath.Dir(missing), "profile.file", filepath.Dir(missing) + ": is a directory"},
	}
	big := write(t, "# "+strings.Repeat("x", maxFile), 0o600)
	tests = append(tests, struct{ name, path, code, message string }{"too big", big, "profile.size", big + ": larger than 1 MiB"})
	for _, tt := range tests {
		_, err := Load(tt.path, sample())
		e := problem.As(err)
		if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message}, []any{e.Kind, e.Code, e.Message}); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	const most = 1 << 20
	if _, err := Load(write(t, "#"+strings.Repeat("x", most-1), 0o600), sample()); err != nil {
		t.Errorf("the largest file: %v", err)
	}
	for size, want := range map[int]string{most: "", most + 1: "serve.size"} {
		code := ""
		if _, err := ParseYAML([]byte("#"+strings.Repeat("x", size-1)), "s.yaml", "serve", "the file"); err != nil {
			code = problem.As(err).Code
		}
		if code != want {
			t.Errorf("%d bytes of YAML: %q, want %q", size, code, want)
		}
	}
	if _, err := Load(missing, sample()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestLoadWarnsOfWritableFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	for mode, warned := range map[fs.FileMode]bool{0o600: false, 0o644: false, 0o660: true, 0o602: true} {
		path := write(t, "profiles: {}\n", mode)
		file, err := Load(path, sample())
		if err != nil {
			t.Fatal(err)
		}
		var want verdict.Checks
		if warned {
			want = verdict.Checks{{
				Rule: "profile.mode", Status: verdict.Warn, Want: "0600", Hint: "chmod 600 " + path,
				Got: path + " can be changed by others (mode 0" + map[fs.FileMode]string{0o660: "660", 0o602: "602"}[mode] + ")",
			}}
		}
		if diff := cmp.Diff(want, file.Warnings); diff != "" {
			t.Errorf("%o: %s", mode, diff)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	tests := []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", map[string]string{"XDG_CONFIG_HOME": "/x", "HOME": "/home/u"}, "/x/oauthctl/config.yaml"},
		{"linux", map[string]string{"XDG_CONFIG_HOME": "x", "HOME": "/home/u"}, "/home/u/.config/oauthctl/config.yaml"},
		{"darwin", map[string]string{"HOME": "/Users/u"}, "/Users/u/.config/oauthctl/config.yaml"},
		{"windows", map[string]string{"AppData": "/r", "HOME": "/home/u"}, "/r/oauthctl/config.yaml"},
		{"linux", nil, ""},
		{"windows", nil, ""},
	}
	for _, tt := range tests {
		if got := DefaultPath(func(name string) string { return tt.env[name] }, tt.goos); got != filepath.FromSlash(tt.want) {
			t.Errorf("%s %v: got %q, want %q", tt.goos, tt.env, got, tt.want)
		}
	}
}

// Whatever the file holds, it is accepted or refused with a place in it, and nothing hangs or panics.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "current: a\nprofiles:\n  a:\n    scope: [x, y]\n    client_secret: {command: [a, b]}\n", "a: &x b\n<<: *x\n",
		"? a\n: b\n", "a: |\n  b\n", "- - -\n", "{a: {b: [c]}}", "a: \"\\x\"", "%YAML 1.2\n---\n", "a: !!int 1",
		"profiles: {\"../../.ssh/x\": {}, \"\\x00\": {}, CON: {}}", "profiles:\n  \"\\e[31m\": {issuer: 1}\n", "profiles: {a: {issuer: \u202e, ISSUER: b}}",
		"profiles: {a: {issuer: b, issuer: c}}", "profiles: {a: {client_secret: hush}}", "current: [" + strings.Repeat("[", 100),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := decode(data, "p.yaml", sample())
		if err == nil {
			for _, name := range file.Names() {
				if _, err := file.Profile(name); err != nil {
					t.Error(err)
				}
			}
			return
		}
		assertRefused(t, err, "profile.")
	})
}
