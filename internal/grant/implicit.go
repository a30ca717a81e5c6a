package grant

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Implicit gets tokens straight from the authorization endpoint, which OAuth 2.1 has dropped (RFC 6749 §4.2,
// OpenID Connect Core §3.2).
type Implicit struct{ Authorization }

// Info describes the grant.
func (*Implicit) Info() Info {
	return Info{
		Name: "implicit", Type: "implicit", Spec: "RFC 6749 §4.2",
		Short:   "Tokens in the redirect's fragment; legacy, warns",
		Example: `  oauthctl token implicit -p legacy -s "openid profile" -o claims`,
	}
}

// Flags adds the parameters of the authorization request.
func (i *Implicit) Flags(f *pflag.FlagSet) { i.Authorization.Flags(f) }

// Useless returns the flags that have no meaning without a token request.
func (*Implicit) Useless() []string { return []string{"token-param"} }

// Run signs a person in; the ID token must prove that the access token belongs to it.
func (i *Implicit) Run(ctx context.Context, env *Env) (*Result, error) {
	if env.DPoP != nil {
		return nil, problem.Usagef("usage.dpop", "the implicit grant cannot bind its tokens: no proof goes with a request in the browser").
			WithHint("oauthctl token auth-code, or --dpop=none")
	}
	env.legacy("the implicit grant puts tokens into the browser's address bar and history")
	v := &visit{Authorization: &i.Authorization, env: env, fallback: loopback.ModeFragment}
	v.request.ResponseType, v.request.PKCE = "token", oauth.PKCE{Method: "none"}
	want := Expectation{Fresh: true, ACRValues: strings.Fields(i.acrValues)}
	if slices.Contains(env.Scopes, "openid") {
		v.request.ResponseType = "id_token token"
		want.Owed, want.Required = true, []string{"at_hash"}
	}
	v.judge = func(ctx context.Context, encoded, mode string) (*Result, error) {
		response, checks, err := oauth.ParseImplicit(encoded, v.pending)
		if err == nil {
			err = v.inMode(mode)
		}
		if err != nil {
			return nil, err
		}
		want.Nonce, want.MaxAge = &v.request.Nonce, v.maxAgeGiven()
		return env.accept(ctx, response, checks, want)
	}
	return v.run(ctx)
}
