// Package grant runs the grants of OAuth 2.0 and OpenID Connect: one file each, all over one path to the token
// endpoint and one judgement of what comes back.
package grant

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Info describes a grant: help, completion and the README's table come from it.
type Info struct {
	Name    string // the subcommand of token
	Type    string // the value of grant_type
	Spec    string
	Short   string
	Example string
}

// Grant is one way to get tokens. Flags binds its own options, Validate judges them before anything is sent, and Run
// holds the conversation.
type Grant interface {
	Info() Info
	Flags(flags *pflag.FlagSet)
	Validate(clientID string) error
	Run(ctx context.Context, env *Env) (*Result, error)
}

// All returns a new instance of every grant, in the order in which they are listed.
func All() []Grant {
	return []Grant{
		&AuthCode{},
		&ClientCredentials{},
		&Device{},
		&CIBA{},
		&Refresh{},
		&Exchange{},
		&JWTBearer{},
		&Password{},
		&Implicit{},
		&Custom{},
	}
}

// direct is a grant that is one request to the token endpoint, with no other before it.
type direct struct{}

// Useless returns the flags that have no meaning for such a grant.
func (direct) Useless() []string { return []string{"auth-param"} }

// Result is what a grant obtained, after every check on it has held.
type Result struct {
	Response  *oauth.Response
	IDToken   *oidc.Report // nil where none came
	Front     []string     // tokens that came through the browser too, where they can be found there, and were not used
	Requested []string     // scopes asked for
	Actors    []string     // of a delegation, the current one first (RFC 8693 §4.1)
	Rotated   bool         // the refresh token was replaced, and the one that was sent is spent
	Checks    verdict.Checks
	Received  time.Time
}

// Env is all that a grant may use of the world.
type Env struct {
	Wire     *wire.Client
	Provider *metadata.Provider
	Builtin  string // the name of the built-in provider, where one was named
	Keys     jose.KeySource
	Client   oauth.Credentials
	Key      *SigningKey // the client's; nil where none was given
	Trust    Trust
	Now      func() time.Time
	Ring     *secret.Ring
	Observer Observer

	Scopes      []string
	Audiences   []string
	Resources   []string
	Details     oauth.Details
	AuthParams  url.Values // further parameters of the first request
	TokenParams url.Values // further parameters of the token request

	Held Held // to which profile, and what was chosen under it

	DPoP         *oauth.Prover // nil: bearer tokens
	DPoPOptional bool          // a bearer token is a warning, where a bound one was asked for
	Certificate  []byte        // in DER, the one that is presented in TLS; nil: none

	Person Person
	Read   func(path string) ([]byte, error) // a file, or stdin for "-"

	sent sent
}

// Trust is what the user allows beyond the defaults when a token is judged.
type Trust struct {
	Algorithms        jose.Algorithms // nil: what the metadata lists, asymmetric only
	Leeway            time.Duration
	Audiences         []string
	AuthorizedParties []string
	Decryption        jose.Decryption // keys and algorithms; the client's own secret is added where it is used
}

// Person is how a flow reaches a human being.
type Person struct {
	Open       func(ctx context.Context, url string)     // nil: only print the address; it does not wait
	OpenDevice func(ctx context.Context, url string)     // the same for the address of a device flow
	Reserve    func() error                              // stdin is going to be read by Line
	Line       func(ctx context.Context) (string, error) // one line of stdin
	Wait       time.Duration                             // bound of waiting
}

// Observer is told what a flow does, for -v, warnings and the waiting terminal.
type Observer interface {
	Step(format string, args ...any)  // one step of the flow
	Checks(checks verdict.Checks)     // checks made on the way, warnings among them
	Waiting(w Waiting)                // a person is asked to act
	Ignored(reason string, count int) // a callback that belongs to no login of ours
}

// Waiting is what a person must know while the flow waits for them.
type Waiting struct {
	URL         string
	Code        string // to be typed at URL, of a device flow
	Person      string // who is asked on a device of their own; there is no URL then
	Message     string // what that device shows, too
	CompleteURL string // the address with the code in it, where the provider gives one
	RedirectURI string
	Paste       bool
	Until       time.Duration
	Advice      string // what to do when the browser shows an error page
	Device      bool   // the provider has a device flow, which needs no browser here
}

// needsClient refuses a flow without a client (RFC 6749 §2.2).
func needsClient(clientID string) error {
	if clientID == "" {
		return problem.Usagef("usage.required", "no client was named").WithHint("--client-id ID, or client_id in a profile")
	}
	return nil
}

// ready says whether a flow can be brought to its end, before a person is troubled with it: a code that cannot be
// redeemed, or an ID token that cannot be verified, would be found out too late.
func (env *Env) ready() error {
	if _, err := env.Provider.Endpoint("token"); err != nil {
		return err
	}
	if _, _, err := env.Client.Choose(env.Provider.AuthMethods("token")); err != nil {
		return err
	}
	return env.verifiable()
}

// verifiable says whether the ID token that openid asks for can be verified.
func (env *Env) verifiable() error {
	if slices.Contains(env.Scopes, "openid") && !env.canVerify() {
		return noKeys("id_token.keys", "openid asks for an ID token, which cannot be verified: the issuer or its keys are not known")
	}
	return nil
}

// canVerify says whether there is an issuer to compare with, and a place to fetch its keys from.
func (env *Env) canVerify() bool { return env.Keys != nil && env.Provider.Issuer != "" }

// noKeys is the error for a token that cannot be verified (OpenID Connect Core §3.1.3.7, RFC 9068 §4).
func noKeys(code, message string) error {
	return &problem.Error{
		Kind: problem.Verification, Code: code, Spec: "OpenID Connect Core §3.1.3.7", Message: message,
		Hint: "give --issuer, or --expect-issuer together with --endpoint jwks=URL",
	}
}
