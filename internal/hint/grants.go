package hint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// setting is where a provider's administrator enables a grant.
type setting struct{ provider, grant, words string }

// settings are the providers' own names for their switches; an empty grant stands for every other.
var settings = []setting{
	{"keycloak", grantClient, `"Client authentication" and "Service accounts roles" in the client's Capability config`},
	{"keycloak", grantDevice, `"OAuth 2.0 Device Authorization Grant" in the client's Capability config`},
	{"keycloak", grantExchange, `"Standard token exchange" in the client's Capability config`},
	{"keycloak", grantCIBA, `"OIDC CIBA Grant" in the client's Capability config`},
	{"keycloak", grantCode, `"Standard flow" in the client's Capability config`},
	{"auth0", "", "Advanced Settings > Grant Types of the application"},
	{"okta", "", "Grant type in the application's General settings"},
	{"entra-id", grantDevice, `"Allow public client flows" under Authentication`},
	{"cognito", "", "OAuth grant types of the app client"},
	{"github", grantDevice, `"Enable Device Flow" in the application's settings`},
}

// grantName is a grant's name for people, or the grant type itself.
func grantName(grant string) string {
	switch grant {
	case grantCode:
		return "authorization code"
	case grantRefresh:
		return "refresh token"
	case grantClient:
		return "client credentials"
	case grantDevice:
		return "device"
	case grantExchange:
		return "token exchange"
	case grantJWT:
		return "JWT bearer"
	case grantCIBA:
		return "CIBA"
	}
	return text.Escape(grant)
}

// grant is about a grant that the client may not use (RFC 6749 §5.2).
func (c Context) grant() []string {
	if c.Grant == "" {
		return nil
	}
	var out []string
	if len(c.GrantTypes) > 0 && !slices.Contains(c.GrantTypes, c.Grant) {
		out = append(out, fmt.Sprintf("%s is not in grant_types_supported: %s", text.Escape(c.Grant), list(c.GrantTypes)))
	}
	if c.Grant == grantPassword || c.Grant == grantImplicit { // that nobody should enable
		return append(out, "use the authorization code with PKCE instead: oauthctl login")
	}
	for _, s := range settings {
		if s.provider == c.product() && (s.grant == c.Grant || s.grant == "") {
			return append(out, fmt.Sprintf("the %s grant is enabled by %s", grantName(c.Grant), s.words))
		}
	}
	return append(out, fmt.Sprintf("enable the %s grant (%s) for this client%s, in the provider's settings", grantName(c.Grant), text.Escape(c.Grant), c.named()))
}

// expand puts what was sent into a row's text.
func (c Context) expand(fix string) string {
	client := "CLIENT_ID"
	if c.ClientID != "" {
		client = text.Escape(c.ClientID)
	}
	anew := "with another account"
	if c.prompts() {
		anew = "with --prompt consent or another account"
	}
	if strings.Contains(fix, "{again}") && c.again() == "" {
		return ""
	}
	return strings.NewReplacer("{client_id}", client, "{again}", c.again(), "{anew}", anew, "{proof}", c.proof(), "{scopes}", c.allowed()).Replace(fix)
}

// allowed says how to come to scopes that are granted.
func (c Context) allowed() string {
	if c.Grant == grantRefresh {
		return "a refresh gives no more than was granted; sign in for more: oauthctl login -s " + text.Argument(text.Escape(strings.Join(c.Scopes, " ")))
	}
	return "ask for scopes that the provider and the client's registration allow: --scope"
}

// prompts says whether the flow has an authorization request, where --prompt goes, as the flow that is not known does.
func (c Context) prompts() bool {
	return c.Grant == "" || c.Grant == grantCode || c.Grant == grantImplicit
}

// again is the command that starts the flow anew; empty where nothing came of a person who could act again.
func (c Context) again() string {
	switch {
	case c.Command != "":
		return c.Command
	case c.Grant == grantDevice:
		return "oauthctl token device"
	case c.Grant == grantCIBA:
		return "oauthctl token ciba"
	case slices.Contains([]string{grantClient, grantPassword, grantExchange, grantJWT}, c.Grant):
		return ""
	}
	return "oauthctl login"
}
