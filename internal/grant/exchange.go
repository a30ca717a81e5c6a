package grant

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Exchange is token exchange: impersonation with a subject token, delegation with an actor token too (RFC 8693).
type Exchange struct {
	direct
	subjectFile, subjectType string
	actorFile, actorType     string
	requestedType            string
	actorTypeGiven           *pflag.Flag
}

const (
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
	tokenTypes    = "urn:ietf:params:oauth:token-type:"
	accessToken   = "access_token"
)

// Info describes the grant.
func (*Exchange) Info() Info {
	return Info{
		Name: "exchange", Type: exchangeGrant, Spec: "RFC 8693",
		Short: "Exchange a token for another: impersonation, or delegation with an actor",
		Example: `  oauthctl token exchange -p api --subject-token-file user.token --audience https://orders.example.com
  oauthctl token exchange -p api --subject-token-file user.token --actor-token-file service.token --requested-token-type jwt`,
	}
}

// Flags adds the tokens and their types. A type without a colon is the last word of a registered one (RFC 8693 §3).
func (e *Exchange) Flags(f *pflag.FlagSet) {
	const types = ": access_token, refresh_token, id_token, saml1, saml2, jwt, or a URI"
	f.StringVar(&e.subjectFile, "subject-token-file", "", "the token of the one on whose behalf is asked, in `FILE` (- for stdin)")
	f.StringVar(&e.subjectType, "subject-token-type", accessToken, "what the subject token is, a `TYPE`"+types)
	f.StringVar(&e.actorFile, "actor-token-file", "", "the token of the one who acts, in `FILE` (- for stdin)")
	f.StringVar(&e.actorType, "actor-token-type", accessToken, "what the actor token is, a `TYPE`"+types)
	e.actorTypeGiven = f.Lookup("actor-token-type")
	f.StringVar(&e.requestedType, "requested-token-type", "", "what is wanted, a `TYPE`"+types)
}

// tokenType spells a registered type in full.
func tokenType(short string) string {
	if short == "" || strings.Contains(short, ":") {
		return short
	}
	return tokenTypes + short
}

// Validate judges the options.
func (e *Exchange) Validate(clientID string) error {
	if e.subjectFile == "" {
		return problem.Usagef("usage.required", "no subject token was given").WithHint("--subject-token-file FILE, or - for stdin")
	}
	if e.actorFile == "" && e.actorTypeGiven.Changed {
		return problem.Usagef("usage.actor", "--actor-token-type says what an actor token is, and none was given (RFC 8693 §2.1)").
			WithHint("--actor-token-file FILE, or - for stdin")
	}
	return needsClient(clientID)
}

// Run sends the exchange, and shows for whom and by whom the new token acts.
func (e *Exchange) Run(ctx context.Context, env *Env) (*Result, error) {
	subject, err := env.token("subject token", e.subjectFile)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"grant_type": {exchangeGrant}, "subject_token": {subject.Reveal()}, "subject_token_type": {tokenType(e.subjectType)},
	}
	if e.actorFile != "" {
		actor, err := env.token("actor token", e.actorFile)
		if err != nil {
			return nil, err
		}
		form.Set("actor_token", actor.Reveal())
		form.Set("actor_token_type", tokenType(e.actorType))
	}
	if e.requestedType != "" {
		form.Set("requested_token_type", tokenType(e.requestedType))
	}
	env.scope(form)
	result, err := env.Redeem(ctx, form, Expectation{})
	if err != nil {
		return nil, err
	}
	checks := oauth.CheckExchange(result.Response, tokenType(e.requestedType))
	env.Observer.Checks(checks)
	result.Checks = append(result.Checks, checks...)
	if result.Response.IssuedTokenType == tokenTypes+"id_token" {
		if err := env.exchangedIDToken(ctx, result); err != nil {
			return nil, err
		}
	}
	if token, _, err := jose.Inspect(result.Response.AccessToken.Reveal()); err == nil {
		result.Actors = oauth.Actor(token.Claims)
	}
	return result, failed(checks)
}

// exchangedIDToken verifies an ID token that came in the place of the access token (RFC 8693 §2.2.1). It is for the
// audience that was asked for, else for this client.
func (env *Env) exchangedIDToken(ctx context.Context, result *Result) error {
	target := *env
	if len(env.Audiences) > 0 {
		target.Client.ID = env.Audiences[0]
	}
	report, err := target.verify(ctx, result.Response.AccessToken.Reveal(), Expectation{}, &oauth.Response{})
	if err != nil {
		return err
	}
	env.Observer.Checks(report.Checks)
	result.Checks = append(result.Checks, report.Checks...)
	return failed(report.Checks)
}
