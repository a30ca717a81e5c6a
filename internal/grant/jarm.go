package grant

import (
	"context"
	"fmt"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
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
	if v.tokensInQuery() && !jose.IsEncrypted(compact) {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "callback.jarm", Spec: "JARM §2.3.1", Want: "an encrypted JWT", Got: "a signed one, which anybody can read",
			Message: "the answer brought tokens in the address, and is not encrypted",
			Hint:    "they are in the browser's history and in logs now: revoke them, have the provider encrypt the answer, or ask for --response-mode jwt",
		}
	}
	inner, err := v.env.verifyResponse(ctx, compact, v.pending)
	if err != nil {
		return nil, err
	}
	return v.judge(ctx, inner, mode)
}

// opened decrypts an answer, so that its state can be seen; nothing in it is true yet.
func (v *visit) opened(compact string) (string, error) {
	inner, checks, err := jose.Decrypt(compact, v.env.Decryption())
	if err != nil {
		return "", err
	}
	if bad := checks.With(verdict.Fail); len(bad) > 0 {
		return "", &sealed{bad[0]}
	}
	return string(inner.Plaintext), nil
}

// sealed is the error about an answer that could not be opened. It may be the one that is awaited, or anybody's: it ends
// no login, and the person has to know at once.
type sealed struct{ why verdict.Check }

func (s *sealed) Error() string { return s.why.Got }

const unopened = "an encrypted answer came, and cannot be opened: "

// warning is what a waiting terminal says of it.
func (s *sealed) warning() verdict.Check {
	w := s.why
	w.Status, w.Want, w.Got = verdict.Warn, "", unopened+w.Got
	w.Hint += "; if it is the answer that you wait for, end this with Ctrl-C, and start again"
	return w
}

// page is what the browser shows that brought it.
func (s *sealed) page() loopback.Page {
	return loopback.Page{
		Title: "This answer cannot be opened", Detail: s.why.Got,
		Message: "An encrypted answer came, and no key that was given opens it.",
		Hint:    "If it is of your sign-in: end the command in the terminal with Ctrl-C, and start it again with --decryption-key.",
	}
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
