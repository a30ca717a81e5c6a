package grant

import (
	"context"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// Revoke ends a token at the provider; an empty hint is not sent. No error means that the token is not valid there any
// more, which is also what a provider answers for one that it never knew (RFC 7009 §2.1, §2.2).
func (env *Env) Revoke(ctx context.Context, token secret.Secret, hint string) error {
	answer, err := env.present(ctx, "revocation", token, hint, nil)
	if err != nil {
		return err
	}
	checks, err := oauth.ParseRevocation(answer.Status, answer.Header, answer.Body)
	env.Observer.Checks(checks)
	if err == nil {
		err = failed(checks)
	}
	if err != nil {
		return env.unauthenticated("revocation", answer, err)
	}
	return nil
}
