// Package grant runs the grants of OAuth 2.0 and OpenID Connect: one file each, all over one path to the token
// endpoint and one judgement of what comes back.
package grant

import (
	"context"
	"net/url"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
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

// Grant is one way to get tokens. Flags binds its own options; Run holds the conversation.
type Grant interface {
	Info() Info
	Flags(flags *pflag.FlagSet)
	Run(ctx context.Context, env *Env) (*Result, error)
}

// All returns a new instance of every grant, in the order in which they are listed.
func All() []Grant {
	return []Grant{
		&AuthCode{},
		&ClientCredentials{},
		&Device{},
		&Refresh{},
		&Exchange{},
		&JWTBearer{},
		&Password{},
		&Implicit{},
		&Custom{},
	}
}

// Result is what a grant obtained, after every check on it has held.
type Result struct {
	Response  *oauth.Response
	IDToken   *oidc.Report // nil where none came
	Requested []string     // scopes asked for
	Actors    []string     // of a delegation, the current one first (RFC 8693 §4.1)
	Checks    verdict.Checks
	Received  time.Time
}

// Env is all that a grant may use of the world.
type Env struct {
	Wire     *wire.Client
	Provider *metadata.Provider
	Keys     jose.KeySource
	Client   oauth.Credentials
	Trust    Trust
	Now      func() time.Time
	Ring     *secret.Ring
	Observer Observer

	Scopes      []string
	Audiences   []string
	Resources   []string
	AuthParams  url.Values // further parameters of the first request
	TokenParams url.Values // further parameters of the token request

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
}

// Person is how a flow reaches a human being.
type Person struct {
	Open       func(ctx context.Context, url string)     // nil: only print the address; it does not wait
	OpenDevice func(ctx context.Context, url string)     // the same for the address of a device flow
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
	CompleteURL string // the address with the code in it, where the provider gives one
	RedirectURI string
	Paste       bool
	Until       time.Duration
	Advice      string // what to do when the browser shows an error page
}
