package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// sample is a command with a flag of every sort.
type sample struct {
	issuer, clientID, secretFile, secret, dpop, cacert, provider string
	scope, param, vars, algs                                     []string
	timeout                                                      time.Duration
	maxAge                                                       int
	noBrowser                                                    bool
}

// method is a flag with a check of its own.
type method string

func (m *method) String() string { return string(*m) }
func (m *method) Type() string   { return "method" }
func (m *method) Set(v string) error {
	if v != "S256" && v != "plain" {
		return errors.New("S256 or plain")
	}
	*m = method(v)
	return nil
}

func (s *sample) command() *cobra.Command {
	root := &cobra.Command{Use: "oauthctl"}
	root.PersistentFlags().String("profile", "", "")
	root.PersistentFlags().String("config", "", "")
	c := &cobra.Command{Use: "login", RunE: func(*cobra.Command, []string) error { return nil }}
	f := c.Flags()
	f.StringVar(&s.provider, "provider", "", "")
	f.StringVar(&s.issuer, "issuer", "https://default.example.com", "")
	f.StringVar(&s.clientID, "client-id", "", "")
	f.StringVar(&s.secret, "client-secret", "", "")
	f.StringVar(&s.secretFile, "client-secret-file", "", "from `FILE`")
	f.StringVar(&s.cacert, "cacert", "", "from `FILE`")
	f.StringVar(&s.dpop, "dpop", "", "")
	f.Lookup("dpop").NoOptDefVal = "ES256"
	f.Var(new(method), "pkce", "")
	listVar(f, &s.scope, "scope", "a `SCOPE`")
	listVar(f, &s.param, "param", "as `KEY=VALUE`")
	listVar(f, &s.vars, "var", "as `key=value`")
	f.StringArrayVar(&s.algs, "algs", nil, "")
	f.DurationVar(&s.timeout, "timeout", 30*time.Second, "")
	f.IntVar(&s.maxAge, "max-age", 0, "")
	f.BoolVar(&s.noBrowser, "no-browser", false, "")
	root.AddCommand(c)
	return root
}

func lookup(environ map[string]string) func(string) string {
	return func(name string) string { return environ[name] }
}

// loadProfile reads a profile "p" with these lines.
func loadProfile(t *testing.T, root *cobra.Command, lines string) *profile.Profile {
	t.Helper()
	if lines == "" {
		return nil
	}
	path := filepath.Join(t.TempDir(), "c.yaml")
	body := "profiles:\n  p:\n    " + strings.ReplaceAll(lines, "\n", "\n    ") + "\n"
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := profile.Load(path, schemaOf(root))
	if err != nil {
		t.Fatal(err)
	}
	p, err := file.Profile("p")
	if err != nil {
		t.Fatal(err)
	}
	p.Path = "c.yaml"
	return p
}

func TestFill(t *testing.T) {
	builtin := func(f *pflag.FlagSet) (string, map[string][]string, error) {
		if f.Lookup("provider").Value.String() != "keycloak" {
			return "", nil, nil
		}
		vars, _ := f.GetStringArray("var")
		return "keycloak", map[string][]string{
			"issuer": {"https://kc.example.com/" + strings.Join(vars, ",")}, "scope": {"openid"}, "timeout": {"9s"},
		}, nil
	}
	base := sample{issuer: "https://default.example.com", timeout: 30 * time.Second}
	tests := []struct {
		name    string
		args    []string
		env     map[string]string
		profile string
		want    func(*sample)
		sources map[string]Source // those that are not a default
	}{
		{"nothing", nil, nil, "", func(*sample) {}, map[string]Source{}},
		{
			"flag over environment over profile over provider",
			[]string{"--client-id", "flag", "--provider", "keycloak"},
			map[string]string{"OAUTHCTL_CLIENT_ID": "env", "OAUTHCTL_TIMEOUT": "2s"},
			"client_id: profile\ntimeout: 3s\nmax_age: 4\nvars: {realm: Main}",
			func(s *sample) {
				s.clientID, s.timeout, s.maxAge, s.provider = "flag", 2*time.Second, 4, "keycloak"
				s.vars, s.issuer, s.scope = []string{"realm=Main"}, "https://kc.example.com/realm=Main", []string{"openid"}
			},
			map[string]Source{
				"client-id": {FromFlag, "--client-id"}, "provider": {FromFlag, "--provider"}, "timeout": {FromEnv, "OAUTHCTL_TIMEOUT"},
				"max-age": {FromProfile, "c.yaml:5:14"}, "var": {FromProfile, "c.yaml:6:11"},
				"issuer": {FromProvider, "keycloak"}, "scope": {FromProvider, "keycloak"},
			},
		},
		{
			"lists keep commas and case, and replace the lower layer's",
			nil,
			map[string]string{"OAUTHCTL_SCOPE": " Openid  a,b ", "OAUTHCTL_ALGS": "RS256,ES256 PS256"},
			"scope: [x]\nparam: [acr_values=Gold, 'claims={\"a\": [1, 2]}']",
			func(s *sample) {
				s.scope, s.algs = []string{"Openid", "a,b"}, []string{"RS256,ES256", "PS256"}
				s.param = []string{"acr_values=Gold", `claims={"a": [1, 2]}`}
			},
			map[string]Source{
				"scope": {FromEnv, "OAUTHCTL_SCOPE"}, "algs": {FromEnv, "OAUTHCTL_ALGS"}, "param": {FromProfile, "c.yaml:4:12"},
			},
		},
		{
			"a profile's scalars, and empty variables",
			nil,
			map[string]string{"OAUTHCTL_ISSUER": "", "OAUTHCTL_NO_BROWSER": "true", "HOME": "/home/u"},
			"issuer: https://p.example.com\nclient_id: 007\nscope: openid profile\nparam: {b: 1, a: x}\ncacert: ~/ca.pem\nalgs: ES256",
			func(s *sample) {
				s.issuer, s.clientID, s.scope, s.noBrowser = "https://p.example.com", "007", []string{"openid profile"}, true
				s.param, s.cacert, s.algs = []string{"b=1", "a=x"}, "/home/u/ca.pem", []string{"ES256"}
			},
			map[string]Source{
				"issuer": {FromProfile, "c.yaml:3:13"}, "client-id": {FromProfile, "c.yaml:4:16"}, "scope": {FromProfile, "c.yaml:5:12"},
				"param": {FromProfile, "c.yaml:6:12"}, "cacert": {FromProfile, "c.yaml:7:13"}, "algs": {FromProfile, "c.yaml:8:11"},
				"no-browser": {FromEnv, "OAUTHCTL_NO_BROWSER"},
			},
		},
		{
			"a flag that may stand alone", nil, nil, "dpop: true",
			func(s *sample) { s.dpop = "ES256" },
			map[string]Source{"dpop": {FromProfile, "c.yaml:3:11"}},
		},
		{
			"a secret file on the command line replaces the environment's secret",
			[]string{"--client-secret-file", "s"},
			map[string]string{"OAUTHCTL_CLIENT_SECRET": "hunter22"},
			"",
			func(s *sample) { s.secretFile = "s" },
			map[string]Source{"client-secret-file": {FromFlag, "--client-secret-file"}},
		},
		{
			"the environment's secret replaces the profile's file",
			nil,
			map[string]string{"OAUTHCTL_CLIENT_SECRET": "hunter22"},
			"client_secret_file: f",
			func(s *sample) { s.secret = "hunter22" },
			map[string]Source{"client-secret": {FromEnv, "OAUTHCTL_CLIENT_SECRET"}},
		},
		{
			"the profile's secret is not a flag's value", nil, nil, "client_secret: {env: X}",
			func(*sample) {},
			map[string]Source{"client-secret": {FromProfile, "c.yaml:3:20"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, want := base, base
			root := got.command()
			login, _, _ := root.Find([]string{"login"})
			if err := login.ParseFlags(tt.args); err != nil {
				t.Fatal(err)
			}
			all, err := fill(login.Flags(), layers{lookup(tt.env), loadProfile(t, root, tt.profile), builtin})
			if err != nil {
				t.Fatal(err)
			}
			tt.want(&want)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
				t.Error(diff)
			}
			given := map[string]Source{}
			for name, source := range all {
				if source.Layer != FromDefault {
					given[name] = source
				}
			}
			if diff := cmp.Diff(tt.sources, given); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	tests := []struct {
		name, profile string
		env           map[string]string
		args          []string
		code, message string
	}{
		{"duration", "", map[string]string{"OAUTHCTL_TIMEOUT": "x"}, nil, "usage.value", `OAUTHCTL_TIMEOUT: invalid duration "x"`},
		{"bool", "", map[string]string{"OAUTHCTL_NO_BROWSER": "maybe"}, nil, "usage.value", `OAUTHCTL_NO_BROWSER: invalid bool "maybe"`},
		{"a flag's own check", "pkce: s256", nil, nil, "usage.value", "c.yaml:3:11: pkce: S256 or plain"},
		{
			"two secrets in one layer", "client_secret_file: f\nclient_secret: {env: X}", nil, nil,
			"usage.secret", "two client secrets come from the profile: a value and a file",
		},
		{
			"two secrets on the command line", "", nil,
			[]string{"--client-secret=hunter22", "--client-secret-file=f"},
			"usage.secret", "two client secrets come from the flag: a value and a file",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s sample
			root := s.command()
			login, _, _ := root.Find([]string{"login"})
			if err := login.ParseFlags(tt.args); err != nil {
				t.Fatal(err)
			}
			_, err := fill(login.Flags(), layers{env: lookup(tt.env), profile: loadProfile(t, root, tt.profile)})
			e, ok := errors.AsType[*problem.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message}, []any{e.Kind, e.Code, e.Message}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A flag that must be given may come from a variable.
// TestHomeOfPaths finds the home of a user whose environment does not name it as a shell does, as on Windows.
func TestHomeOfPaths(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	var s sample
	root := s.command()
	login, _, _ := root.Find([]string{"login"})
	_, err := fill(login.Flags(), layers{env: lookup(nil), profile: loadProfile(t, root, "cacert: ~/ca.pem")})
	if want := filepath.Join(home, "ca.pem"); err != nil || s.cacert != want {
		t.Fatalf("got %q and %v, want %q", s.cacert, err, want)
	}
}

func TestFillSatisfiesRequiredFlags(t *testing.T) {
	var s sample
	root := s.command()
	login, _, _ := root.Find([]string{"login"})
	for _, name := range []string{"client-id", "scope"} {
		if err := login.MarkFlagRequired(name); err != nil {
			t.Fatal(err)
		}
	}
	login.PreRunE = func(c *cobra.Command, _ []string) error {
		_, err := fill(c.Flags(), layers{env: lookup(map[string]string{"OAUTHCTL_CLIENT_ID": "a", "OAUTHCTL_SCOPE": "b"})})
		return err
	}
	root.SetArgs([]string{"login"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
}

func TestSchemaOf(t *testing.T) {
	var s sample
	want := profile.Schema{
		"provider": profile.String, "issuer": profile.String, "client_id": profile.String, "client_secret": profile.Secret,
		"client_secret_file": profile.String, "cacert": profile.String, "dpop": profile.String, "scope": profile.List,
		"param": profile.Map, "var": profile.Map, "vars": profile.Map, "algs": profile.List, "timeout": profile.Duration,
		"pkce": profile.String, "max_age": profile.Int, "no_browser": profile.Bool,
	}
	if diff := cmp.Diff(want, schemaOf(s.command())); diff != "" {
		t.Error(diff)
	}
}

func TestStrangers(t *testing.T) {
	var s sample
	environ := []string{
		"OAUTHCTL_ISUER=hunter22", "OAUTHCTL_CLIENT_SECRET=x", "OAUTHCTL_CONFIG=x", "OAUTHCTL_PROFILE=x", "OAUTHCTL_VAR=x",
		"OAUTHCTL_ABSURD=1", "HOME=/",
	}
	want := verdict.Checks{
		{Rule: "usage.environment", Status: verdict.Warn, Got: "OAUTHCTL_ABSURD stands for no flag"},
		{Rule: "usage.environment", Status: verdict.Warn, Got: "OAUTHCTL_ISUER stands for no flag", Hint: "did you mean OAUTHCTL_ISSUER?"},
	}
	if diff := cmp.Diff(want, strangers(environ, schemaOf(s.command()))); diff != "" {
		t.Error(diff)
	}
}

func TestOpenConfig(t *testing.T) {
	var s sample
	root := s.command()
	login, _, _ := root.Find([]string{"login"})
	home := t.TempDir()
	app := &App{Environ: []string{"HOME=" + home}, GOOS: "linux"}
	file, err := app.openConfig(login.InheritedFlags())
	if err != nil || file.Path != "" {
		t.Fatalf("a default file that is not there: %+v, %v", file, err)
	}
	app.Environ = []string{"OAUTHCTL_CONFIG=" + filepath.Join(home, "x")}
	_, err = app.openConfig(login.InheritedFlags())
	if e := problem.As(err); e.Code != "profile.file" || e.Kind != problem.Usage {
		t.Fatalf("a named file that is not there: %v", err)
	}
}

// TestMasked: what is shown of a profile's values holds no secret, however a header or a parameter is misspelt.
func TestMasked(t *testing.T) {
	for value, want := range map[[2]string]string{
		{"header", "X-Key: s3cr3t"}: "X-Key: …", {"header", "Authorization s3cr3t"}: "…", {"header", "Authorization Bearer s3cr3t:1"}: "…", {"header", "s3cr3t"}: "…",
		{"param", "key=s3cr3t"}: "key=…", {"auth_param", "s3cr3t"}: "…", {"token_param", "a=s3cr3t=b"}: "a=…",
		{"proxy", "http://me:s3cr3t@proxy.example:3128"}: "http://me:xxxxx@proxy.example:3128", {"endpoint", "token=https://me:s3cr3t@id.example/"}: "token=https://me:xxxxx@id.example/",
		{"issuer", "https://id.example"}: "https://id.example", {"scope", "openid"}: "openid",
	} {
		if got := masked(value[0], value[1]); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
