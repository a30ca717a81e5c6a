package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// StepUp is the login that an API demands: stronger, or fresher, than the one behind the token that it refused
// (RFC 9470 §4).
type StepUp struct{ AuthCode }

// Flags adds the parameters of the authorization request, but for those that the API says.
func (s *StepUp) Flags(f *pflag.FlagSet) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.AuthCode.Flags(all)
	all.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "acr-values" && flag.Name != "max-age" {
			f.AddFlag(flag)
		}
	})
}

// Run signs a person in as demanded, and returns a new token only where the provider says that they did: in the ID token,
// and in the access token where that can be read (RFC 9470 §4, §6.1).
func (s *StepUp) Run(ctx context.Context, env *Env, demand *oauth.StepUp, refused secret.Secret) (*Result, error) {
	if len(demand.ACRValues) == 0 && demand.MaxAge == nil {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "resource.step_up", Spec: "RFC 9470 §3", Want: "acr_values or max_age", Got: "neither",
			Message: "the API demands another login, and does not say which",
			Hint:    "say yourself what it wants: --acr-values and --max-age of oauthctl login",
		}
	}
	s.acrValues = strings.Join(demand.ACRValues, " ")
	if demand.MaxAge != nil {
		s.maxAge = int(*demand.MaxAge / time.Second)
	}
	env.Scopes = demandedScopes(env.Scopes, refused.Reveal(), demand)
	if err := env.verifiable(); err != nil {
		return nil, err
	}
	result, err := s.AuthCode.Run(ctx, env)
	if err != nil {
		return nil, err
	}
	return result, env.judgeLogin(ctx, result, demand)
}

// demandedScopes are those that were given, else those of the token that was refused; those of the challenge, and openid,
// without which nothing says how the person signed in.
func demandedScopes(given []string, refused string, demand *oauth.StepUp) []string {
	scopes := slices.Clone(given)
	if token, _, err := jose.Inspect(refused); err == nil && len(scopes) == 0 {
		scopes = scopesOf(token)
	}
	for _, scope := range append([]string{"openid"}, demand.Scopes...) {
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// judgeLogin judges what the tokens say of the login. The ID token was judged with the rest of it; an access token that is a
// JWT must not contradict it, as it is all that the API sees (RFC 9470 §6.1).
func (env *Env) judgeLogin(ctx context.Context, result *Result, demand *oauth.StepUp) error {
	if result.IDToken == nil {
		return &problem.Error{
			Kind: problem.Verification, Code: "id_token.missing", Spec: "OpenID Connect Core §3.1.3.3",
			Message: "nothing says how the person signed in: no ID token came", Want: "an ID token", Got: "none",
			Hint: "enable OpenID Connect for this client at the provider",
		}
	}
	token, _, err := jose.Inspect(result.Response.AccessToken.Reveal())
	if err != nil {
		env.Observer.Step("the access token is opaque: what it says of the login only the API can ask")
		return nil //nolint:nilerr // an opaque token is one that cannot be read
	}
	want := oauth.StepUp{}
	var silent []string
	if len(demand.ACRValues) > 0 && token.Claims.Has("acr") {
		want.ACRValues = demand.ACRValues
	} else if len(demand.ACRValues) > 0 {
		silent = append(silent, "acr")
	}
	if demand.MaxAge != nil && token.Claims.Has("auth_time") {
		want.MaxAge = demand.MaxAge
	} else if demand.MaxAge != nil {
		silent = append(silent, "auth_time")
	}
	if len(silent) > 0 {
		env.Observer.Checks(verdict.Checks{{
			Rule: "access_token.step_up", Spec: "RFC 9470 §6.1", Status: verdict.Warn, Want: strings.Join(silent, " and ") + " in the access token",
			Got: "none there", Hint: "the API may have to ask by introspection, or refuse the token again",
		}})
	}
	if _, err := env.verifyAccessToken(ctx, result, want); err != nil {
		return fmt.Errorf("verifying the access token: %w", err)
	}
	return nil
}

// stepUp names the login that the API asks for (RFC 9470 §3, §4).
func (r Refused) stepUp(token *jose.Token) explanation {
	e := explanation{why: "the API wants a stronger or a fresher login", got: r.signedIn(token)}
	demand, err := oauth.ParseStepUp(r.Header)
	if err != nil {
		p := problem.As(err)
		e.fixes = []string{"its challenge cannot be read: " + p.Got + ", where it must have " + p.Want}
		return e
	}
	command, want := r.login(), []string{}
	if acr := strings.Join(demand.ACRValues, " "); acr != "" {
		want = append(want, "acr "+text.Escape(acr))
		if value, ok := word(acr); ok {
			command += " --acr-values " + value
		}
	}
	if demand.MaxAge != nil {
		want = append(want, fmt.Sprintf("signed in at most %s ago", *demand.MaxAge))
		command += fmt.Sprintf(" --max-age %d", *demand.MaxAge/time.Second)
	}
	if len(want) == 0 {
		e.fixes = append(e.fixes, "the challenge does not say which: --acr-values and --max-age of oauthctl login ask for one")
		return e
	}
	e.want = strings.Join(want, ", ")
	if r.Again {
		e.why = "the API wants another login still, though the one that it asked for was made and verified"
		e.fixes = []string{"the API judges the login otherwise than the provider says it was: compare what both call it"}
		return e
	}
	scopes := demandedScopes(nil, r.Token.Reveal(), demand)
	if scope, ok := word(strings.Join(scopes, " ")); ok && len(scopes) > 1 { // openid alone is the default
		command += " -s " + scope
	}
	e.fixes = []string{"sign in as it wants, then call again with the new token: " + command, "or let this command do both: --step-up"}
	return e
}

// signedIn is what the token says of its login.
func (r Refused) signedIn(token *jose.Token) string {
	if token == nil {
		return ""
	}
	var got []string
	if acr, err := token.Claims.String("acr"); err == nil && acr != "" {
		got = append(got, "acr "+text.Escape(acr))
	} else {
		got = append(got, "no acr")
	}
	if at := moment(token.Claims, "auth_time"); !at.IsZero() {
		got = append(got, fmt.Sprintf("signed in %s ago", r.Now.Sub(at).Round(time.Second)))
	} else {
		got = append(got, "no auth_time")
	}
	return strings.Join(got, ", ")
}
