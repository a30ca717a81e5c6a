package oauth

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestLogoutURL(t *testing.T) {
	for name, test := range map[string]struct {
		request    LogoutRequest
		want, code string
	}{
		"all": {
			LogoutRequest{"https://op.example/logout", secret.New("a.b.c"), "web", "http://127.0.0.1:1/cb", "S&", "user@example", "fi en"},
			"https://op.example/logout?client_id=web&id_token_hint=a.b.c&logout_hint=user%40example&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&state=S%26&ui_locales=fi+en", "",
		},
		"nothing":   {LogoutRequest{Endpoint: "https://op.example/logout"}, "https://op.example/logout?", ""},
		"own query": {LogoutRequest{Endpoint: "https://op.example/logout?federated=1", ClientID: "web"}, "https://op.example/logout?federated=1&client_id=web", ""},
		"preset":    {LogoutRequest{Endpoint: "https://op.example/logout?id_token_hint=x", IDTokenHint: secret.New("a.b.c")}, "", "end_session.preset"},
		"fragment":  {LogoutRequest{Endpoint: "https://op.example/#logout"}, "", "end_session.endpoint"},
		"script":    {LogoutRequest{Endpoint: "javascript:alert(1)"}, "", "end_session.endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.request.URL()
			equal(t, "URL", test.want, got)
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if p := problem.As(err); p.Kind != problem.Verification || p.Code != test.code || strings.Contains(p.Message+p.Got+p.Hint, "a.b.c") {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestParseLogout(t *testing.T) {
	const spec = "OIDC RP-Initiated Logout §3"
	odd := func(got string) verdict.Check {
		return verdict.Check{
			Rule: "logout.state", Spec: spec, Status: "warn", Want: "the state that was sent", Got: got,
			Hint: "the browser may not have come from the provider's logout",
		}
	}
	broken := odd("something that cannot be read")
	broken.Rule, broken.Want = "logout.encoding", "a query"
	ours := verdict.Check{Rule: "logout.state", Spec: spec, Status: "pass", Got: "state is the one that was sent"}
	for name, test := range map[string]struct {
		encoded, state string
		want           verdict.Checks
	}{
		"ours":         {"state=S%26", "S&", verdict.Checks{ours}},
		"with more":    {"state=S&x=1", "S", verdict.Checks{ours}},
		"another":      {"state=T", "S", verdict.Checks{odd("another state")}},
		"none":         {"", "S", verdict.Checks{odd("no state")}},
		"empty":        {"state=", "S", verdict.Checks{odd("another state")}},
		"twice":        {"state=S&state=S", "S", verdict.Checks{odd("2 states")}},
		"none sent":    {"", "", verdict.Checks{{Rule: "logout.state", Spec: spec, Status: "skip", Got: "no state was sent"}}},
		"one, unsent":  {"state=x", "", verdict.Checks{odd("another state")}},
		"broken":       {"state=S&x=%zz", "S", verdict.Checks{broken}},
		"far too long": {"state=S&x=" + strings.Repeat("x", maxCallback), "S", verdict.Checks{broken}},
		"with an error": {"state=S&error=access_denied&error_description=%1bno", "S", verdict.Checks{ours, {
			Rule: "logout.error", Spec: spec, Status: "warn", Want: "no error", Got: `access_denied \x1bno`,
			Hint: "the session at the provider may not have ended",
		}}},
	} {
		t.Run(name, func(t *testing.T) { equal(t, "checks", test.want, ParseLogout(test.encoded, test.state)) })
	}
}
