package grant

import (
	"context"
	"errors"
	"fmt"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// read judges an answer: first what it is wrapped in, where it was asked for in a JWT.
func (v *visit) read(ctx context.Context, encoded, mode string) (*Result, error) {
	if !v.inJWT() {
		return v.judge(ctx, encoded, mode)
	}
	compact, err := oauth.ParseJARM(encoded, v.pending, v.opened)
	if err != nil {
		return nil, err
	}
	inner, err := v.env.verifyResponse(ctx, compact, v.pending)
	if err != nil {
		return nil, err
	}
	return v.judge(ctx, inner, mode)
}

// opened decrypts an answer, so that its state can be seen; nothing in it is true yet. That one could not be opened is
// remembered: it may have been the one that is awaited.
func (v *visit) opened(compact string) (string, error) {
	inner, checks, err := jose.Decrypt(compact, v.env.Decryption())
	if bad := checks.With(verdict.Fail); err == nil && len(bad) > 0 {
		err = errors.New(bad[0].Got)
	}
	if err != nil {
		v.sealed = true
		return "", err
	}
	return string(inner.Plaintext), nil
}

// verifyResponse verifies an answer in a JWT, and returns its parameters (JARM §2.4).
func (env *Env) verifyResponse(ctx context.Context, compact string, p oauth.Pending) (string, error) {
	allow := env.algorithms(oidc.JARM)
	report, _, err := oidc.Verify(ctx, compact, func(oidc.Kind) jose.Algorithms { return allow }, jose.WithSecret(env.Keys, env.Client.Secret), oidc.Expected{
		Kind: oidc.JARM, Issuers: []string{env.Provider.Issuer}, ClientID: env.Client.ID, State: secret.New(p.State),
		Decryption: env.Decryption(), Leeway: env.Trust.Leeway, Now: env.Now(), Skew: env.Provider.Skew(),
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
