package profile

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestBuiltinProviders holds each file to what a user of it relies on.
func TestBuiltinProviders(t *testing.T) {
	for _, name := range ProviderNames() {
		t.Run(name, func(t *testing.T) {
			p, err := LoadProvider(name)
			if err != nil {
				t.Fatal(err)
			}
			vars := make(map[string]string)
			for _, v := range p.Variables {
				vars[v.Name] = v.Example
			}
			address, err := p.Address(vars)
			if err != nil {
				t.Fatal(err)
			}
			for key, values := range address {
				for _, value := range values {
					if u, err := url.Parse(value); err != nil || u.Host == "" || strings.ContainsAny(value, "{}") {
						t.Errorf("%s: %q is no address: %v", key, value, err)
					}
				}
			}
			if len(p.Grants) == 0 || len(p.AuthMethods) == 0 || len(p.Notes) == 0 || len(p.Documentation) == 0 || len(p.RedirectURIs) == 0 {
				t.Errorf("something is missing: %+v", p)
			}
			for _, note := range p.Notes {
				if !strings.HasSuffix(note, ".") || strings.ContainsAny(note, "\n\t") {
					t.Errorf("a note is no sentence: %q", note)
				}
			}
		})
	}
}

const made = `title: Made
issuer: https://{host}{prefix}/realms/{realm}
metadata_url: https://{host}/metadata
variables:
  host: {meaning: the host, example: id.example.com}
  realm: {meaning: the realm, example: main, default: main}
  prefix: {meaning: the prefix, example: /auth, default: /auth, values: [/auth, ""]}
endpoint: {token: "https://{host}/token", jwks: https://keys.example.com/jwks}
scope: [openid, email]
auth_method: client_secret_post
param: {a: b}
auth_param: {c: d}
token_param: {e: "1"}
`

func TestProviderAddress(t *testing.T) {
	p, err := decodeProvider([]byte(made), "made.yaml", "made")
	if err != nil {
		t.Fatal(err)
	}
	at := func(issuer, host string) map[string][]string {
		return map[string][]string{
			"issuer": {issuer}, "metadata_url": {"https://" + host + "/metadata"},
			"endpoint": {"token=https://" + host + "/token", "jwks=https://keys.example.com/jwks"},
		}
	}
	tests := []struct {
		name string
		vars map[string]string
		want map[string][]string
	}{
		{"defaults", map[string]string{"host": "id"}, at("https://id/auth/realms/main", "id")},
		{
			"all",
			map[string]string{"host": "id.example.com:8443", "realm": "Main", "prefix": ""},
			at("https://id.example.com:8443/realms/Main", "id.example.com:8443"),
		},
		{"escaped", map[string]string{"host": "id", "realm": "a b;c"}, at("https://id/auth/realms/a%20b%3Bc", "id")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.Address(tt.vars)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	want := map[string][]string{
		"scope": {"openid", "email"}, "auth_method": {"client_secret_post"},
		"param": {"a=b"}, "auth_param": {"c=d"}, "token_param": {"e=1"},
	}
	if diff := cmp.Diff(want, p.Defaults()); diff != "" {
		t.Error(diff)
	}
}

func TestProviderVariables(t *testing.T) {
	p, err := decodeProvider([]byte(made), "made.yaml", "made")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, message, hint string
		vars                map[string]string
	}{
		{
			"missing", "provider made needs the variable host: the host",
			"--var host=id.example.com, or --issuer URL instead of all variables", nil,
		},
		{
			"unknown", `provider made has no variable "hots"`, "did you mean host?",
			map[string]string{"hots": "x", "host": "id"},
		},
		{
			"nothing like it", `provider made has no variable "tenant_of_mine"`, "it has: host, realm, prefix",
			map[string]string{"tenant_of_mine": "x"},
		},
		{
			"a path where a name is wanted", `the variable host is "evil.example.com/x", which is no plain name: the host`,
			"--var host=id.example.com",
			map[string]string{"host": "evil.example.com/x"},
		},
		{
			"userinfo", `the variable host is "a@b", which is no plain name: the host`, "--var host=id.example.com",
			map[string]string{"host": "a@b"},
		},
		{
			"a space in a host", `the variable host is "x y", which is no plain name: the host`, "--var host=id.example.com",
			map[string]string{"host": "x y"},
		},
		{
			"a list of hosts", `the variable host is "a,b;c", which is no plain name: the host`, "--var host=id.example.com",
			map[string]string{"host": "a,b;c"},
		},
		{
			"empty", `the variable realm is "", which is no plain name: the realm`, "--var realm=main",
			map[string]string{"host": "id", "realm": ""},
		},
		{
			"dots", `the variable realm is "..", which is no plain name: the realm`, "--var realm=main",
			map[string]string{"host": "id", "realm": ".."},
		},
		{
			"control characters", `the variable host is "a\x9b", which is no plain name: the host`, "--var host=id.example.com",
			map[string]string{"host": "a\u009b"},
		},
		{
			"control characters in a path", `the variable realm is "a\x01", which is no plain name: the realm`, "--var realm=main",
			map[string]string{"host": "id", "realm": "a\x01"},
		},
		{
			"beyond ASCII in a path", `the variable realm is "é", which is no plain name: the realm`, "--var realm=main",
			map[string]string{"host": "id", "realm": "é"},
		},
		{
			"not in the list", `the variable prefix cannot be "auth"`, "--var prefix=/auth or --var prefix=",
			map[string]string{"host": "id", "prefix": "auth"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := p.CheckVars(tt.vars)
			if err == nil {
				_, err = p.Address(tt.vars)
			}
			if err == nil {
				t.Fatal("accepted")
			}
			e := problem.As(err)
			want := []any{problem.Usage, "provider.variable", tt.message, tt.hint}
			if diff := cmp.Diff(want, []any{e.Kind, e.Code, e.Message, e.Hint}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeProviderRefuses(t *testing.T) {
	change := func(old, now string) string {
		if !strings.Contains(made, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(made, old, now, 1)
	}
	tests := []struct{ name, data, code, message, hint string }{
		{
			"unknown key", change("scope:", "scopes:"), "provider.unknown_key",
			`made.yaml:9:1: unknown key "scopes" in provider "made"`, `did you mean "scope"?`,
		},
		{
			"unknown key of a variable", change("meaning: the host", "meanin: the host"), "provider.unknown_key",
			`made.yaml:5:10: unknown key "meanin" in variables.host`, `did you mean "meaning"?`,
		},
		{
			"no meaning", change("meaning: the host, ", ""), "provider.value",
			`made.yaml:5:9: variables.host: meaning and example are wanted`, "",
		},
		{
			"type", change("scope: [openid, email]", "scope: {a: b}"), "provider.type",
			`made.yaml:9:8: scope: a list of texts is wanted, not a mapping`, "",
		},
		{
			"http", change("issuer: https:", "issuer: http:"), "provider.value",
			`made.yaml:2:9: issuer: an https URL is wanted`, "",
		},
		{
			"twice", made + "title: Again\n", "provider.duplicate_key",
			`made.yaml:14:1: key "title" is already at line 1, column 1`, "",
		},
		{
			"undeclared variable", change("{realm}", "{relam}"), "provider.value",
			`made.yaml:1:1: provider "made": https://{host}{prefix}/realms/{relam} has a variable that is not declared: relam`, "",
		},
		{
			"unused variable", change("{realm}", "x"), "provider.value",
			`made.yaml:1:1: provider "made": the variable realm is used nowhere`, "",
		},
		{
			"nothing that names it", "title: Made\n", "provider.value",
			`made.yaml:1:1: provider "made": title, and one of issuer, metadata_url and endpoint, are wanted`, "",
		},
		{
			"empty", "", "provider.value",
			`made.yaml:1:1: provider "made": title, and one of issuer, metadata_url and endpoint, are wanted`, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeProvider([]byte(tt.data), "made.yaml", "made")
			if err == nil {
				t.Fatal("accepted")
			}
			e := problem.As(err)
			if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message, tt.hint}, []any{e.Kind, e.Code, e.Message, e.Hint}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadProviderSuggests(t *testing.T) {
	for name, hint := range map[string]string{
		"Traffitech":  `did you mean "traffitech"?`,
		"cidas":       `did you mean "cidaas"?`,
		"../embed.go": "oauthctl profile providers lists them; any other is named by --issuer URL",
		"":            "oauthctl profile providers lists them; any other is named by --issuer URL",
	} {
		_, err := LoadProvider(name)
		if err == nil {
			t.Fatalf("%q is accepted", name)
		}
		if e := problem.As(err); e.Kind != problem.Usage || e.Code != "provider.not_found" || e.Hint != hint {
			t.Errorf("%q: %+v", name, e)
		}
	}
}
