package grant

import (
	"bytes"
	"context"
	"net/http"
	"slices"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// UserInfo asks what the provider says of the user, with the token in the header and never in the address. The answer
// is returned only where its sub is the subject; an empty subject is not compared (OpenID Connect Core §5.3,
// RFC 6750 §2.1).
func (env *Env) UserInfo(ctx context.Context, token secret.Secret, subject string) (strictjson.Object, error) {
	endpoint, err := env.Provider.Endpoint("userinfo")
	if err != nil {
		return strictjson.Object{}, err
	}
	if err := env.Fits(token); err != nil {
		return strictjson.Object{}, err
	}
	answer, err := env.Resource(ctx, wire.Request{
		Method: http.MethodGet, URL: endpoint, Header: http.Header{"Accept": {"application/json, application/jwt"}},
	}, token)
	if err != nil {
		return strictjson.Object{}, err
	}
	claims, checks, err := env.readUserInfo(ctx, answer, token)
	if err == nil && !checks.Failed() {
		checks = append(checks, oidc.CheckUserInfo(claims, subject)...)
	}
	env.Observer.Checks(checks)
	if err == nil {
		err = failed(checks)
	}
	if err != nil {
		return strictjson.Object{}, err
	}
	return claims, nil
}

// readUserInfo reads the answer of a userinfo endpoint (OpenID Connect Core §5.3.2, §5.3.3).
func (env *Env) readUserInfo(ctx context.Context, answer *wire.Response, token secret.Secret) (claims strictjson.Object, checks verdict.Checks, err error) {
	switch {
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		return claims, nil, env.refusedToken(answer, token)
	case answer.Status != http.StatusOK, len(bytes.TrimSpace(answer.Body)) == 0:
		return claims, nil, answer.NotOAuth("asking for userinfo")
	case isJWT(answer.Body, answer.MediaType()):
		compact := string(bytes.TrimSpace(answer.Body))
		claims, checks, err = env.userInfoJWT(ctx, compact)
		return claims, slices.Concat(oddType(answer, "application/jwt"), checks), err
	}
	claims, err = parseUserInfo(answer.Body)
	if err != nil && answer.MediaType() != "application/json" {
		return claims, nil, answer.NotOAuth("asking for userinfo")
	}
	return claims, slices.Concat(oddType(answer, "application/json"), env.inTheClear()), err
}

func parseUserInfo(body []byte) (strictjson.Object, error) {
	claims, err := strictjson.Parse(body)
	if err != nil {
		return claims, &problem.Error{
			Kind: problem.Verification, Code: "userinfo.json", Spec: "OpenID Connect Core §5.3.2",
			Message: "the answer is malformed: " + text.Escape(err.Error()), Cause: err,
		}
	}
	return claims, nil
}

func oddType(answer *wire.Response, mediaType string) verdict.Checks {
	got := answer.MediaType()
	if got == mediaType {
		return nil
	}
	return verdict.Checks{{
		Rule: "userinfo.content_type", Spec: "OpenID Connect Core §5.3.2", Status: verdict.Warn,
		Want: mediaType, Got: "the answer came as " + text.Escape(got),
	}}
}

// inTheClear warns of claims that nobody encrypted where there is a key to open them with.
func (env *Env) inTheClear() verdict.Checks {
	if len(env.Trust.Decryption.Keys) == 0 {
		return nil
	}
	return verdict.Checks{{
		Rule: "jose.jwe.missing", Spec: "OpenID Connect Core §5.3.2", Status: verdict.Warn,
		Want: "an encrypted answer, as a decryption key was given", Got: "plain JSON",
		Hint: "if encryption was agreed at registration, do not use the claims; else leave --decryption-key out",
	}}
}

// Describe completes what a person is shown of a login: where the ID token does not name them, userinfo may
// (OpenID Connect Core §5.4). It is for showing alone, so a failure is a warning, but for the claims of another person.
func (env *Env) Describe(ctx context.Context, result *Result) (*strictjson.Object, error) {
	if result.IDToken == nil {
		return nil, nil //nolint:nilnil // nobody signed in
	}
	claims := result.IDToken.Claims
	if claims.Has("name") || claims.Has("email") || claims.Has("preferred_username") || !env.Provider.Has("userinfo") {
		return &claims, nil
	}
	subject, err := claims.String("sub")
	if err != nil {
		return &claims, err
	}
	more, err := env.UserInfo(ctx, result.Response.AccessToken, subject)
	if err != nil {
		if problem.As(err).Code == "userinfo.sub" {
			return nil, err
		}
		env.Observer.Checks(verdict.Checks{{
			Rule: "userinfo", Spec: "OpenID Connect Core §5.3", Status: verdict.Warn, Got: "no name to show: " + err.Error(),
		}})
		return &claims, nil
	}
	return &more, nil
}
