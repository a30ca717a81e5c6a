package grant

import (
	"context"
	"fmt"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// read judges an answer: first what it is wrapped in, where it was asked for in a JWT.
func (v *visit) read(ctx context.Context, encoded, mode string) (*Result, error) {
	if !v.inJWT() {
		return v.judge(ctx, encoded, mode)
	}
	compact, err := oauth.ParseJARM(encoded, v.pending, v.env.open)
	if err != nil {
		return nil, err
	}
	inner, err := v.env.verifyResponse(ctx, compact, v.pending)
	if err != nil {
		return nil, err
	}
	return v.judge(ctx, inner, mode)
}

// open decrypts an answer, so that its state can be seen; nothing in it is true yet.
func (env *Env) open(compact string) (string, error) {
	inner, checks, err := jose.Decrypt(compact, env.Decryption())
	if err == nil {
		err = checks.Err()
	}
	if err != nil {
		return "", err
	}
	return string(inner.Plaintext), nil
}

// verifyResponse verifies an answer in a JWT, and returns its parameters (JARM §2.4).
func (env *Env) verifyResponse(ctx context.Context, compact string, p oauth.Pending) (string, error) {
	allow := env.algorithms(oidc.JARM)
	report, _, err := oidc.Verify(ctx, compact, func(oidc.Kind) jose.Algorithms { return allow }, jose.WithSecret(env.Keys, env.Client.Secret), oidc.Expected{
		Kind: oidc.JARM, Issuers: []string{env.Provider.Issuer}, ClientID: env.Client.ID, State: secret.New(p.State),
		Decryption: env.Decryption(), Leeway: env.Trust.Leeway, Now: env.Now(),
	})
	if err != nil {
		return "", fmt.Errorf("verifying the response: %w", err)
	}
	env.Observer.Checks(report.Checks)
	if err := failed(report.Checks); err != nil {
		return "", fmt.Errorf("verifying the response: %w", err)
	}
	env.sent.signed = report.Key.Algorithm
	return oauth.ResponseParameters(report.Claims)
}
