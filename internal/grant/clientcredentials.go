package grant

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
)

// ClientCredentials gets a token for the client itself (RFC 6749 §4.4).
type ClientCredentials struct{ direct }

// Info describes the grant.
func (*ClientCredentials) Info() Info {
	return Info{
		Name: "client-credentials", Type: "client_credentials", Spec: "RFC 6749 §4.4",
		Short: "A token for the client itself, for scripts and jobs",
		Example: `  oauthctl token client-credentials --issuer https://id.example.com --client-id job --client-secret-file secret
  TOKEN=$(OAUTHCTL_CLIENT_SECRET=… oauthctl token client-credentials -p job)`,
	}
}

// Flags adds none: the client and the scope say all.
func (*ClientCredentials) Flags(*pflag.FlagSet) {}

// Validate judges the options.
func (*ClientCredentials) Validate(clientID string) error { return needsClient(clientID) }

// Run sends the token request.
func (*ClientCredentials) Run(ctx context.Context, env *Env) (*Result, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	env.scope(form)
	return env.Redeem(ctx, form, Expectation{})
}

// scope adds what the token is for: scope (RFC 6749 §3.3), resource (RFC 8707 §2), audience, and authorization_details
// (RFC 9396 §6).
func (env *Env) scope(form url.Values) {
	if len(env.Scopes) > 0 {
		form.Set("scope", strings.Join(env.Scopes, " "))
	}
	if len(env.Resources) > 0 {
		form["resource"] = env.Resources
	}
	if len(env.Audiences) > 0 {
		form["audience"] = env.Audiences
	}
	if len(env.Details) > 0 {
		form.Set("authorization_details", env.Details.JSON())
	}
}
