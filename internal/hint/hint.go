// Package hint says what an OAuth error means and how to mend it: a table of errors with their causes and cures, and
// advice made from what was sent.
package hint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

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
	AnyPort     bool          // the port of the redirect URI is another one at each login
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
	Prompt                  string   // sent
	ResponseMode            string
	ResponseModes           []string // advertised
	ResponseType            string
	ResponseTypes           []string // advertised
	Audiences, Resources    []string
	DPoP                    bool     // a proof was sent
	DPoPAlgorithms          []string // advertised
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
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "the secret has line breaks or other control characters in it, which hardly belong there: write the file anew"
	}
	if n := len(value); n > 1 && strings.ContainsAny(value[:1], "\"'`") && value[0] == value[n-1] {
		return "the secret was sent with quotation marks around it: write the file without them"
	}
	if regexp.MustCompile(`^(\$\w+|\$?\{+[^{}]+\}+|%\w+%)$`).MatchString(value) {
		return "the secret looks like the name of a variable in which nobody put the value: let the shell do it, or in a profile {env: NAME}"
	}
	if regexp.MustCompile(`^(export )?[A-Z_]*SECRET[A-Z_]*=.`).MatchString(value) {
		return "the secret was sent with a name and = before it: write the file with the value alone"
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
	if wanted := c.wanted(e.Answer.Description); found.topic == "client" && wanted != "" {
		return wanted
	}
	fix, advice := c.expand(found.fix), c.advice(found.topic)
	var lines []string
	switch {
	case found.topic == "client", found.topic == "secret": // what is checked first is what is wrong most often
		lines = append([]string{c.flaw(), c.strange(), fix}, advice...)
	case found.spare && len(advice) > 0:
		lines = advice
	case found.exact():
		lines = append([]string{fix}, advice...)
	default:
		lines = slices.Concat(advice, []string{fix})
	}
	return strings.Join(without(lines, ""), "\n")
}

// WhileWaiting returns what to do when the browser shows an error page instead of coming back: most providers tell of
// a redirect URI that is not registered on a page of their own.
func WhileWaiting(c Context) string {
	return strings.Join(append([]string{
		"if the browser shows an error page, the usual causes are a redirect URI that is not registered, and a wrong --client-id",
	}, c.redirect()...), "\n")
}

// NobodyCame returns what to do after waiting for the browser in vain.
func NobodyCame(c Context) string {
	return strings.Join(append([]string{
		"if the browser showed an error page, the usual causes are a redirect URI that is not registered, and a wrong --client-id",
	}, append(c.redirect(), "if it showed none, finish the login there; --wait 10m gives more time")...), "\n")
}

// NoRefreshToken returns how to get a refresh token where none came.
func NoRefreshToken(c Context) string {
	switch c.Grant {
	case grantClient:
		return "client credentials never give one: ask for a new access token in the same way"
	case grantImplicit:
		return "the implicit grant never gives one: oauthctl login"
	}
	switch c.provider() {
	case "google":
		return "google gives one for --auth-param access_type=offline --auth-param prompt=consent"
	case "github":
		return "github gives one to GitHub Apps with expiring user tokens only"
	case "cognito":
		return "cognito gives one for the authorization code grant only, to every client"
	}
	if slices.Contains(c.Scopes, "offline_access") {
		if c.prompts() && !strings.Contains(c.Prompt, "consent") {
			return "offline_access was asked for: try --prompt consent, and enable the refresh token grant for the client"
		}
		return "offline_access was asked for: enable the refresh token grant for the client"
	}
	if len(c.ScopesSupported) > 0 && !slices.Contains(c.ScopesSupported, "offline_access") {
		return "enable the refresh token grant for the client: this provider does not list the scope offline_access"
	}
	return "ask for it: --scope " + text.Argument(text.Escape(strings.Join(append(without(c.Scopes, "offline_access"), "offline_access"), " ")))
}
