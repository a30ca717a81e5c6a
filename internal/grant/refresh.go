package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Refresh gets a new access token for a refresh token (RFC 6749 §6, OpenID Connect Core §12).
type Refresh struct {
	direct
	tokenFile   string
	idTokenFile string
}

// Info describes the grant.
func (*Refresh) Info() Info {
	return Info{
		Name: "refresh", Type: "refresh_token", Spec: "RFC 6749 §6",
		Short: "A new access token for a refresh token",
		Example: `  oauthctl token refresh --issuer https://id.example.com --client-id web --refresh-token-file rt
  oauthctl token refresh -p staging --refresh-token-file rt --id-token-file idt -o json`,
	}
}

// Flags adds the files that the tokens are read from.
func (r *Refresh) Flags(f *pflag.FlagSet) {
	f.StringVar(&r.tokenFile, "refresh-token-file", "", "read the refresh token from `FILE` (- for stdin)")
	f.StringVar(&r.idTokenFile, "id-token-file", "", "the earlier ID token in `FILE`, whose iss, sub and aud the new one must continue")
}

// Validate judges the options.
func (r *Refresh) Validate(clientID string) error {
	if r.tokenFile == "" {
		return problem.Usagef("usage.required", "no refresh token was given").
			WithHint("--refresh-token-file FILE, or - for stdin; login -o refresh-token prints one")
	}
	return needsClient(clientID)
}

// Run sends the token request. A dead refresh token is for a person to mend, by signing in again.
func (r *Refresh) Run(ctx context.Context, env *Env) (*Result, error) {
	token, err := env.token("refresh token", r.tokenFile)
	if err != nil {
		return nil, err
	}
	previous, err := r.previous(env)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.Reveal()}}
	env.scope(form)
	result, err := env.Redeem(ctx, form, Expectation{Previous: previous, Renews: token})
	if err != nil {
		return nil, env.deadRefreshToken(err, token)
	}
	return result, nil
}

func (r *Refresh) previous(env *Env) (*jose.Token, error) {
	if r.idTokenFile == "" {
		return nil, nil //nolint:nilnil // no earlier ID token was given: nothing to continue
	}
	data, err := env.Read(r.idTokenFile)
	if err != nil {
		return nil, err
	}
	token, err := env.parsed(secret.FromInput(string(data)))
	if err != nil {
		return nil, fmt.Errorf("reading the earlier ID token: %w", err)
	}
	return token, nil
}

// parsed reads an ID token of the user's, which may be encrypted.
func (env *Env) parsed(compact secret.Secret) (*jose.Token, error) {
	signed, err := env.Opened(compact)
	if err != nil {
		return nil, err
	}
	return jose.Parse(signed.Reveal())
}

// deadRefreshToken turns invalid_grant into what it means here (RFC 6749 §5.2).
func (env *Env) deadRefreshToken(err error, token secret.Secret) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Answer == nil || p.Answer.Error != "invalid_grant" {
		return err
	}
	dead := *p
	dead.Kind = problem.Interaction
	dead.Message = "the provider refused the refresh token (invalid_grant)"
	if dead.Answer.Description != "" {
		dead.Message += ": " + text.Escape(dead.Answer.Description)
	}
	dead.Hint = "it is expired, revoked, used before or another client's; sign in again: oauthctl login; where refresh tokens rotate, always keep the newest one"
	if other := otherToken(token); other != "" {
		dead.Hint = "what was sent is " + other + ", and no refresh token: sign in for one: oauthctl login -s 'openid offline_access' -o refresh-token"
		return &dead
	}
	if env.sent.authMethod == oauth.AuthNone {
		dead.Hint += "\n" + boundRefresh[env.DPoP != nil]
	}
	return &dead
}

// otherToken is what a JWT is that was sent as a refresh token, where it says so; empty where it may be one, as Keycloak's
// are JWTs too.
func otherToken(token secret.Secret) string {
	t, _, err := jose.Inspect(token.Reveal())
	if err != nil {
		return ""
	}
	typ, _ := t.Claims.String("typ")
	switch kind := oidc.Detect(t, ""); {
	case typ != "" && typ != "ID" && typ != "Bearer":
	case kind == oidc.ID:
		return "an ID token"
	case kind == oidc.Access && (typ == "Bearer" || t.MediaType() == "at+jwt"):
		return "an access token"
	}
	return ""
}

// boundRefresh says what else may be wrong with the refresh token of a public client, without and with a proof: nothing
// but a key shows whose it is (RFC 9449 §5).
var boundRefresh = map[bool]string{
	false: "one that came with a DPoP key is refreshed with that key alone: --dpop-key FILE",
	true:  "one of a public client is bound to the DPoP key that it came with: give that very key with --dpop-key FILE",
}
