package cmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// filled runs a command line up to the point where its flags hold all that they are given, and returns what the
// built-in provider gave.
func filled(t *testing.T, line string, env map[string]string) map[string]string {
	t.Helper()
	root := wholeTree()
	c, rest, err := root.Find(strings.Fields(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	sources, err := fill(c.Flags(), layers{env: lookup(env), provider: builtinFor(c, nil).values})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if sources[f.Name].Layer == FromProvider {
			got[f.Name] = f.Value.String()
		}
	})
	return got
}

func TestBuiltinValues(t *testing.T) {
	const limosa = "--provider limosa --var host=login.example.com"
	const issuer = "https://login.example.com"
	const asked = "[openid,profile,email]"
	none := map[string]string{}
	tests := []struct {
		name, line string
		env        map[string]string
		want       map[string]string
	}{
		{"a person signs in", "login " + limosa, nil, map[string]string{"issuer": issuer, "scope": asked}},
		{"a person signs in elsewhere", "token device " + limosa, nil, map[string]string{"issuer": issuer, "scope": asked}},
		{"nobody does", "token client-credentials " + limosa, nil, map[string]string{"issuer": issuer}},
		{"a refresh would be narrowed", "token refresh " + limosa, nil, map[string]string{"issuer": issuer}},
		{
			"with a secret", "token client-credentials --client-secret-file s " + limosa, nil,
			map[string]string{"issuer": issuer, "auth-method": "client_secret_post"},
		},
		{
			"with the environment's secret", "login " + limosa,
			map[string]string{"OAUTHCTL_CLIENT_SECRET": "x", "OAUTHCTL_SCOPE": "openid"},
			map[string]string{"issuer": issuer, "auth-method": "client_secret_post"},
		},
		{
			"a method of the user's own", "login --client-secret-file s --auth-method client_secret_basic " + limosa, nil,
			map[string]string{"issuer": issuer, "scope": asked},
		},
		{"another issuer", "login --provider limosa --issuer https://id.example.com", nil, map[string]string{"scope": asked}},
		{"metadata of another place", "discover --provider limosa --metadata-url https://id.example.com/m", nil, none},
		{"another issuer as an argument", "discover --provider limosa https://id.example.com", nil, none},
		{"verifying, where --issuer may be repeated", "jwt verify " + limosa, nil, map[string]string{"issuer": "[" + issuer + "]"}},
		{
			"from the environment alone", "jwks",
			map[string]string{"OAUTHCTL_PROVIDER": "limosa", "OAUTHCTL_VAR": "host=login.example.com"},
			map[string]string{"issuer": issuer},
		},
		{"no provider", "login --issuer https://id.example.com", nil, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, filled(t, tt.line, tt.env)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// --endpoint overrides one endpoint of the provider and leaves the others.
func TestMergeEndpoints(t *testing.T) {
	var o providerOptions
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.flags(f)
	if err := f.Parse([]string{"--endpoint", "token=https://b.example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := mergeEndpoints(f, []string{"token=https://a.example.com", "jwks=https://a.example.com/keys"}); err != nil {
		t.Fatal(err)
	}
	got, err := lastPairs("endpoint", o.endpoints)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"token": "https://b.example.com", "jwks": "https://a.example.com/keys"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReplacedIssuer(t *testing.T) {
	flag, env, file := Source{FromFlag, "--provider"}, Source{FromEnv, "OAUTHCTL_ISSUER"}, Source{FromProfile, "c.yaml:3:5"}
	for name, tt := range map[string]struct {
		provider, issuer Source
		want             string
	}{
		"issuer below":     {flag, env, "the issuer comes from the environment OAUTHCTL_ISSUER, not from the provider that --provider names"},
		"in a profile":     {flag, file, "the issuer comes from the profile c.yaml:3:5, not from the provider that --provider names"},
		"side by side":     {file, file, ""},
		"issuer above":     {file, Source{FromFlag, "--issuer"}, ""},
		"the provider's":   {flag, Source{FromProvider, "limosa"}, ""},
		"no issuer at all": {flag, Source{Layer: FromDefault}, ""},
		"no provider":      {Source{Layer: FromDefault}, env, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := replacedIssuer(map[string]Source{"provider": tt.provider, "issuer": tt.issuer})
			var want verdict.Checks
			if tt.want != "" {
				want = verdict.Checks{{Rule: "provider.issuer", Status: verdict.Warn, Got: tt.want, Hint: "name the issuer beside the provider, or take it out there"}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
