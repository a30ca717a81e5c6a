package grant

import (
	"errors"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/hint"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// sent is what a flow remembers of its requests, so that a refusal can be explained.
type sent struct {
	authMethod   string
	redirectURI  string
	anyPort      bool // of the redirect URI: it is another one at the next login
	pkce         string
	responseMode string
	prompt       string
	pushed       time.Duration // how long the pushed request is good for; 0 where none was
	callback     time.Time     // when the code came; zero where none did
	redeemed     time.Time
	answered     bool // the authorization endpoint has
	code         secret.Secret
	signed       jose.Algorithm // of the answer; empty where it came plain
	downgraded   bool           // a bearer token came for a DPoP proof, and is used
}

// Explain adds to a refusal what it means for what was sent, and how to mend it. An error that brings a hint of its
// own keeps it.
func (env *Env) Explain(grantType string, err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Hint != "" {
		return err
	}
	c := env.context(grantType)
	if p.Answer != nil && p.Answer.Endpoint != "" {
		c.AuthMethods = env.Provider.AuthMethods(p.Answer.Endpoint)
	}
	p.Hint = hint.For(p, c)
	return err
}

// failed returns the first failure of checks as an error that says in a sentence what it means; nil where all held.
func failed(checks verdict.Checks) error {
	bad := checks.With(verdict.Fail)
	if len(bad) == 0 {
		return nil
	}
	p := hint.Failure(bad[0])
	// What "jwt verify" is told by flags of its own, a flow is told by these.
	p.Hint = strings.NewReplacer("--secret-file FILE", "--client-secret-file FILE", "--jwks FILE", "--endpoint jwks=URL").Replace(p.Hint)
	return p
}

// NoRefreshToken says how to get a refresh token where none came.
func (env *Env) NoRefreshToken(grantType string) string {
	return hint.NoRefreshToken(env.context(grantType))
}

// context is what is known of the flow: what was sent, and what the metadata lists.
func (env *Env) context(grantType string) hint.Context {
	c := hint.Context{
		Provider: env.Builtin, Issuer: env.Provider.Issuer, Grant: grantType, ClientID: env.Client.ID,
		RedirectURI: env.sent.redirectURI, PKCE: env.sent.pkce, ResponseMode: env.sent.responseMode, Prompt: env.sent.prompt,
		AuthMethod: env.sent.authMethod, AuthMethods: env.Provider.AuthMethods("token"),
		BasicEncoding: env.Client.BasicEncoding, SecretEncoding: hint.EncodingOf(env.Client.Secret), SecretFlaw: hint.FlawOf(env.Client.Secret),
		AssertionAudience: env.Client.AssertionAudience,
		Scopes:            env.Scopes, ScopesSupported: env.Provider.Scopes(), Audiences: env.Audiences, Resources: env.Resources,
		GrantTypes:    env.Provider.List("grant_types_supported"),
		PKCEMethods:   env.Provider.List("code_challenge_methods_supported"),
		ResponseModes: env.Provider.List("response_modes_supported"),
		AnyPort:       env.sent.anyPort, DPoP: env.DPoP != nil, DPoPAlgorithms: env.Provider.List("dpop_signing_alg_values_supported"),
	}
	if !env.sent.callback.IsZero() {
		c.CodeAge = env.sent.redeemed.Sub(env.sent.callback)
	}
	return c
}
