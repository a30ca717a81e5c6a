package grant

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// verifyAnswer verifies an answer that came as a JWT: decrypted, signed by the provider, and meant for this client
// (OpenID Connect Core §5.3.2, RFC 9701 §5).
func (env *Env) verifyAnswer(ctx context.Context, kind oidc.Kind, compact string) (*oidc.Report, error) {
	if !env.canVerify() {
		return nil, noKeys(string(kind)+".keys", "the answer is a JWT, which cannot be verified: the issuer or its keys are not known")
	}
	allow := env.algorithms(kind)
	report, _, err := oidc.Verify(
		ctx, compact, func(oidc.Kind) jose.Algorithms { return allow }, jose.WithSecret(env.Keys, env.Client.Secret),
		oidc.Expected{
			Kind: kind, Issuers: []string{env.Provider.Issuer}, ClientID: env.Client.ID,
			Leeway: env.Trust.Leeway, Now: env.Now(), Skew: env.Provider.Skew(), Decryption: env.Decryption(),
		},
	)
	if err != nil {
		return nil, fmt.Errorf("verifying the answer: %w", err)
	}
	return report, nil
}

// Opened returns an ID token of the user's as it is sent to its issuer and read here: without its encryption, which was
// for this client alone (OIDC RP-Initiated Logout §2).
func (env *Env) Opened(value secret.Secret) (secret.Secret, error) {
	if !jose.IsEncrypted(value.Reveal()) {
		return value, nil
	}
	u, err := oidc.Unwrap(value.Reveal(), env.Decryption())
	if err == nil {
		err = failed(u.Checks)
	}
	if err != nil {
		return value, err
	}
	signed := secret.New(u.Signed)
	env.Ring.Add(signed)
	return signed, nil
}

// isJWT says whether a body is a JWT, or claims to be: many come with another type, and JSON as application/jwt.
func isJWT(body []byte, mediaType string) bool {
	body = bytes.TrimSpace(body)
	return bytes.HasPrefix(body, []byte("eyJ")) || mediaType == "application/jwt" && !bytes.HasPrefix(body, []byte("{"))
}

// userInfoJWT verifies userinfo that came as a JWT and returns its claims: decrypted first, then the signature and whom
// it is from and for. What is encrypted alone says as much as plain JSON does, and is judged as that
// (OpenID Connect Core §5.3.2, §5.3.4).
func (env *Env) userInfoJWT(ctx context.Context, compact string) (claims strictjson.Object, checks verdict.Checks, err error) {
	if jose.IsEncrypted(compact) {
		opened, layer, err := jose.Decrypt(compact, env.Decryption())
		if err != nil {
			return claims, nil, fmt.Errorf("decrypting the answer: %w", err)
		}
		if inside := bytes.TrimSpace(opened.Plaintext); bytes.HasPrefix(inside, []byte("{")) {
			claims, err = parseUserInfo(inside)
			return claims, append(layer, verdict.Check{
				Rule: "userinfo.signed", Spec: "OpenID Connect Core §5.3.2", Status: verdict.Skip,
				Got: "encrypted and not signed: the connection alone says who wrote it",
			}), err
		}
	}
	report, err := env.verifyAnswer(ctx, oidc.UserInfo, compact)
	if err != nil {
		return claims, nil, err
	}
	return report.Claims, report.Checks, nil
}

// introspectionJWT verifies a signed introspection answer, and returns what it says of the token (RFC 9701 §5).
func (env *Env) introspectionJWT(ctx context.Context, compact string) (*oauth.Introspection, verdict.Checks, error) {
	report, err := env.verifyAnswer(ctx, oidc.Introspection, compact)
	if err != nil {
		return nil, nil, err
	}
	var checks verdict.Checks
	for _, c := range report.Checks {
		if c.Rule != "introspection.active" || c.Status == verdict.Fail { // judged once, as in a plain answer
			checks = append(checks, c)
		}
	}
	if err := failed(checks); err != nil {
		return nil, checks, fmt.Errorf("verifying the answer: %w", err)
	}
	env.sent.signed = report.Key.Algorithm
	members, _, err := report.Claims.Object("token_introspection")
	if err != nil {
		return nil, checks, err
	}
	result, more, err := oauth.JudgeIntrospection(members)
	return result, append(checks, more...), err
}

// unsigned refuses a plain answer where a signed one was demanded: nothing shows later who gave it (RFC 9701 §1).
func (env *Env) unsigned() error {
	p := &problem.Error{
		Kind: problem.Verification, Code: "introspection.signed", Spec: "RFC 9701 §5", Want: "a JWT", Got: "JSON",
		Message: "a signed answer was asked for, and the introspection endpoint gave a plain one",
		Hint:    "the provider must sign for this client: introspection_signed_response_alg in its registration",
	}
	listed := env.Provider.Algs(algorithmMember(oidc.Introspection))
	if env.Provider.Document != nil && len(listed) == 0 {
		p.Hint = "the metadata do not say that the provider signs such answers: ask without --signed"
	} else if len(listed) > 0 {
		p.Hint += "; the metadata list " + strings.Join(escaped(listed), ", ")
	}
	return p
}
