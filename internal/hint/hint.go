// Package hint says what an OAuth error means and how to mend it: a table of errors with their causes and cures, and
// advice made from what was sent.
package hint

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The authentication methods and grant types that advice differs for (RFC 6749, RFC 7523, RFC 8628, RFC 8693, CIBA).
const (
	basic         = "client_secret_basic"
	post          = "client_secret_post"
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantImplicit = "implicit"
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	grantJWT      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantCIBA     = "urn:openid:params:grant-type:ciba"
)

// Context is what was sent, and what the provider's metadata says. Whatever is not known stays empty.
type Context struct {
	Provider string // built-in provider's name; else the issuer's host tells it
	Issuer   string
	Grant    string // grant_type of the flow
	ClientID string
	Command  string // that was run, such as "oauthctl login"

	RedirectURI string
	CodeAge     time.Duration // between the callback and the token request

	AuthMethod        string   // client authentication used
	AuthMethods       []string // advertised for the endpoint
	BasicEncoding     string   // form or raw
	SecretEncoding    Encoding // what form-encoding does to the secret
	SecretFlaw        string   // what stands in the secret that hardly belongs to it
	AssertionAudience string   // of --assertion-audience; empty is the issuer

	Scopes, ScopesSupported []string
	GrantTypes              []string // advertised
	PKCE                    string   // challenge method sent, or empty
	PKCEMethods             []string // advertised
	ResponseMode            string
	ResponseModes           []string // advertised
	ResponseType            string
	ResponseTypes           []string // advertised
	Audiences, Resources    []string
}

// Encoding says what form-encoding does to a client secret (RFC 6749 §2.3.1).
type Encoding int

// Whether the secret reads the same form-encoded as raw.
const (
	Unchanged Encoding = iota // or not known
	Changed
)

// FlawOf says what stands in a client secret that is hardly a part of it, and comes from how its file was written.
func FlawOf(s secret.Secret) string {
	value := s.Reveal()
	if mark := text.Marked(value); mark != "" {
		return "the secret has " + mark + ": " + text.UnmarkedHint
	}
	if strings.TrimSpace(value) != value {
		return "there is white space around the secret, and it was sent: write the file without it"
	}
	return ""
}

// EncodingOf says whether form-encoding changes a secret, so that a server that does not undo it refuses the secret.
func EncodingOf(s secret.Secret) Encoding {
	if url.QueryEscape(s.Reveal()) != s.Reveal() {
		return Changed
	}
	return Unchanged
}

// For returns the next step after an error, most specific line first, or empty where there is nothing to say.
// The provider's own words are judged and never repeated.
func For(e *problem.Error, c Context) string {
	if e == nil {
		return ""
	}
	if e.Answer == nil {
		if e.Hint != "" {
			return e.Hint
		}
		return own(e.Code)
	}
	found, ok := best(symptom{
		provider: c.provider(), code: e.Answer.Error, status: e.Answer.Status, endpoint: e.Answer.Endpoint, method: c.AuthMethod,
		text: withoutName(e.Answer.Description, c.ClientID),
	})
	if !ok {
		return e.Hint
	}
	advice := c.advice(found.topic)
	if found.exact() {
		return strings.Join(append([]string{c.expand(found.fix)}, advice...), "\n")
	}
	return strings.Join(append(advice, c.expand(found.fix)), "\n")
}

// WhileWaiting returns what to do when the browser shows an error page instead of coming back: most providers tell of
// a redirect URI that is not registered on a page of their own.
func WhileWaiting(c Context) string {
	return strings.Join(append([]string{
		"if the browser shows an error page, the usual cause is a redirect URI that is not registered",
	}, c.redirect()...), "\n")
}

// NoRefreshToken returns how to get a refresh token where none came.
func NoRefreshToken(c Context) string {
	switch c.provider() {
	case "google":
		return "google gives one for --auth-param access_type=offline --auth-param prompt=consent"
	case "github":
		return "github gives one to GitHub Apps with expiring user tokens only"
	case "cognito":
		return "cognito gives one for the authorization code grant only, to every client"
	}
	if slices.Contains(c.Scopes, "offline_access") {
		if c.prompts() {
			return "offline_access was asked for: enable the refresh token grant for the client, and try --prompt consent"
		}
		return "offline_access was asked for: enable the refresh token grant for the client"
	}
	if len(c.ScopesSupported) > 0 && !slices.Contains(c.ScopesSupported, "offline_access") {
		return "enable the refresh token grant for the client: this provider does not list the scope offline_access"
	}
	return "ask for it: --scope offline_access"
}
