package op

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// FuzzParseConfig: a file is refused with the place in it, or it says the same each time that it is read, and what it
// makes is a provider or is refused by name; nothing of it is printed raw.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		configured, "", "issuer: http://x/y\n", "clients: []\nusers: []\n", "clients: [{client_id: a, client_secret: hush, auth_method: none}]\n",
		"users: [{username: a, password: hush}, {username: a, password: b}]\n", "features: [x]\n", "paths: {token: ../x, jwks: \"/\\e\"}\n",
		"faults: [no-such]\n", "lifetimes: {code: -1s}\npoll_interval: 9999999h\n", "keys: \"{}\"\n", "issuer: \u202e\n", "dpop_algs: [none]\napprove_after: 1e9\n",
		"clients: [{client_id: \"a\\x1b\", redirect_uris: [\"javascript:1\"]}]\n", "a: &x b\n", "issuer: a\nissuer: b\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := ParseConfig(DefaultConfig(), data, "p.yaml")
		if err != nil {
			e := problem.As(err)
			if e.Kind != problem.Usage || !strings.HasPrefix(e.Code, "serve.") || !strings.HasPrefix(e.Message, "p.yaml:") {
				t.Fatalf("%v %s: %s", e.Kind, e.Code, e.Message)
			}
			assertShown(t, e)
			return
		}
		again, err := ParseConfig(DefaultConfig(), data, "p.yaml")
		if diff := cmp.Diff(config, again, sameConfig()...); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		if config.Issuer == "" || strings.HasPrefix(config.Issuer, "/") {
			config.Issuer = testIssuer
		}
		if _, err := New(config); err != nil {
			assertShown(t, problem.As(err))
		}
	})
}

func assertShown(t *testing.T, e *problem.Error) {
	t.Helper()
	for _, shown := range []string{e.Message, e.Want, e.Got, e.Hint} {
		if text.Line(shown) != shown {
			t.Fatalf("printed raw: %q", shown)
		}
	}
	if e.Kind == problem.Internal {
		t.Fatalf("not foreseen: %v", e)
	}
}
