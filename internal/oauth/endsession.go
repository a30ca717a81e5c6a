package oauth

import (
	"crypto/subtle"
	"net/url"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// LogoutRequest asks the provider to end the user's session there (OIDC RP-Initiated Logout §2).
type LogoutRequest struct {
	Endpoint              string
	IDTokenHint           secret.Secret // may have expired
	ClientID              string
	PostLogoutRedirectURI string
	State                 string
	LogoutHint            string
	UILocales             string
}

// URL returns the address that the browser opens; the ID token is in it (OIDC RP-Initiated Logout §2).
func (r LogoutRequest) URL() (string, error) {
	values := url.Values{}
	for _, p := range []struct{ name, value string }{
		{"id_token_hint", r.IDTokenHint.Reveal()},
		{"client_id", r.ClientID},
		{"post_logout_redirect_uri", r.PostLogoutRedirectURI},
		{"state", r.State},
		{"logout_hint", r.LogoutHint},
		{"ui_locales", r.UILocales},
	} {
		if p.value != "" {
			values.Set(p.name, p.value)
		}
	}
	return openable(endSessionPlace, r.Endpoint, values)
}

// ParseLogout judges the query that a browser brought to the post-logout redirect URI; state is the one that was sent.
// Nothing in it fails: nothing is handed over there, and the session has ended whoever sent the browser (OIDC
// RP-Initiated Logout §3).
func ParseLogout(encoded, state string) verdict.Checks {
	const spec = "OIDC RP-Initiated Logout §3"
	values, err := url.ParseQuery(encoded)
	check := verdict.Check{Rule: "logout.state", Spec: spec, Status: verdict.Warn, Want: "the state that was sent"}
	got := values["state"]
	switch {
	case len(encoded) > maxCallback || err != nil:
		check.Rule, check.Want, check.Got = "logout.encoding", "a query", "something that cannot be read"
	case state == "" && len(got) == 0:
		check.Status, check.Want, check.Got = verdict.Skip, "", "no state was sent"
	case len(got) == 0:
		check.Got = "no state"
	case len(got) > 1:
		check.Got = count(len(got), "state")
	case subtle.ConstantTimeCompare([]byte(got[0]), []byte(state)) != 1:
		check.Got = "another state"
	default:
		check.Status, check.Want, check.Got = verdict.Pass, "", "state is the one that was sent"
	}
	if check.Status == verdict.Warn {
		check.Hint = "the browser may not have come from the provider's logout"
	}
	checks := verdict.Checks{check}
	if said := values.Get("error"); said != "" {
		checks = append(checks, verdict.Check{
			Rule: "logout.error", Spec: spec, Status: verdict.Warn, Want: "no error",
			Got: text.Escape(said + " " + values.Get("error_description")), Hint: "the session at the provider may not have ended",
		})
	}
	return checks
}
