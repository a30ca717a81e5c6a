package grant

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Question asks what a token means. An empty hint is not sent. A signed answer comes as a JWT (RFC 9701 §4).
type Question struct {
	Token  secret.Secret
	Hint   string
	Signed bool
}

// Introspect asks the provider what a token means there. What the answer says is compared with what is known here. A
// JWT is verified also where none was asked for (RFC 7662 §2, RFC 9701 §5).
func (env *Env) Introspect(ctx context.Context, q Question) (*oauth.Introspection, error) {
	accept := http.Header{}
	if q.Signed {
		accept.Set("Accept", oauth.IntrospectionJWT)
	}
	answer, err := env.present(ctx, "introspection", q.Token, q.Hint, accept)
	if err != nil {
		return nil, err
	}
	result, checks, err := env.readIntrospection(ctx, answer, q)
	if err == nil {
		err = failed(checks)
	}
	if err != nil {
		env.Observer.Checks(checks)
		return nil, env.unauthenticated("introspection", answer, err)
	}
	if result.Active {
		checks = append(checks, env.judgeActive(result.Members)...)
		bound := env.judgeConfirmation(result.Members)
		if err := failed(bound); err != nil {
			return nil, err
		}
		checks = append(checks, bound...)
	} else {
		checks = append(checks, env.judgeInactive(ctx, q.Token, q.Hint))
	}
	held := env.Held.checks(&fapi.Outcome{AuthMethod: env.sent.authMethod, Introspected: true, IntrospectionAlg: env.sent.signed})
	env.Observer.Checks(append(checks, held...))
	if err := failed(held); err != nil {
		return nil, err
	}
	return result, nil
}

func (env *Env) readIntrospection(ctx context.Context, answer *wire.Response, q Question) (*oauth.Introspection, verdict.Checks, error) {
	if compact, odd := oauth.SignedIntrospection(answer.Status, answer.Header, answer.Body); compact != "" {
		result, checks, err := env.introspectionJWT(ctx, compact)
		return result, append(odd, checks...), err
	}
	result, checks, err := oauth.ParseIntrospection(answer.Status, answer.Header, answer.Body)
	if err == nil && q.Signed {
		return nil, checks, env.unsigned()
	}
	return result, checks, err
}

// present posts a token to an endpoint that judges or ends it (RFC 7662 §2.1, RFC 7009 §2.1).
func (env *Env) present(ctx context.Context, name string, token secret.Secret, hint string, header http.Header) (*wire.Response, error) {
	endpoint, err := env.Provider.Endpoint(name)
	if err != nil {
		return nil, err
	}
	if env.Client.ID == "" {
		return nil, problem.Usagef("usage.required", "no client was named, and the %s endpoint wants to know who asks", name).
			WithHint("--client-id ID, with --client-secret-file FILE or whatever the client authenticates with")
	}
	env.Ring.Add(token)
	form := url.Values{"token": {token.Reveal()}}
	if hint != "" {
		form.Set("token_type_hint", hint)
	}
	return env.authenticated(ctx, name, wire.Request{Method: http.MethodPost, URL: endpoint, Header: header}, same(form))
}

// unauthenticated says what a refusal means for a client that gave nothing to authenticate with (RFC 7662 §2.1,
// RFC 7009 §2.1).
func (env *Env) unauthenticated(name string, answer *wire.Response, err error) error {
	p := problem.As(err)
	refused := answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden ||
		p.Answer != nil && p.Answer.Error == "invalid_client"
	if env.sent.authMethod != oauth.AuthNone || !refused {
		return err
	}
	out := &problem.Error{
		Kind: problem.Provider, Code: p.Code, Spec: map[string]string{"introspection": "RFC 7662 §2.1", "revocation": "RFC 7009 §2.1"}[name],
		Message: fmt.Sprintf("the %s endpoint wants the client to authenticate, and nothing was given for that", name),
		Got:     fmt.Sprintf("status %d", answer.Status), Answer: p.Answer, Cause: err,
		Hint: "give a secret (--client-secret-file FILE), a key (--client-key FILE) or a certificate (--cert FILE)",
	}
	if p.Answer != nil {
		out.Got = p.Message
	}
	if methods := env.Provider.AuthMethods(name); len(methods) > 0 {
		out.Hint += "; the provider lists " + strings.Join(escaped(methods), ", ")
	}
	return out
}

// judgeActive compares an answer with what every reader of a token compares: a provider that calls it active may still
// be wrong about it (RFC 7662 §4).
func (env *Env) judgeActive(members strictjson.Object) verdict.Checks {
	const spec = "RFC 7662 §2.2"
	var out verdict.Checks
	now := env.Now()
	if exp := moment(members, "exp"); !exp.IsZero() && exp.Add(env.Trust.Leeway).Before(now) {
		out = append(out, verdict.Check{
			Rule: "introspection.exp", Spec: spec, Status: verdict.Warn, Want: "after " + stamp(now),
			Got: "the answer says active, and that the token expired at " + stamp(exp),
		})
	}
	if nbf := moment(members, "nbf"); nbf.After(now.Add(env.Trust.Leeway)) {
		out = append(out, verdict.Check{
			Rule: "introspection.nbf", Spec: spec, Status: verdict.Warn, Want: "not after " + stamp(now),
			Got: "the answer says active, and that the token is not valid before " + stamp(nbf),
		})
	}
	if iss, err := members.String("iss"); err == nil && iss != "" && env.Provider.Issuer != "" && iss != env.Provider.Issuer {
		out = append(out, verdict.Check{
			Rule: "introspection.iss", Spec: spec, Status: verdict.Warn, Want: env.Provider.Issuer,
			Got: "the answer names another issuer, " + text.Escape(iss),
		})
	}
	return out
}

// judgeInactive says why a token may be inactive, by what it says of itself. One whose signature holds and whose end
// has not come was revoked, which a reader that looks at the signature alone never learns (RFC 7009 §3).
func (env *Env) judgeInactive(ctx context.Context, value secret.Secret, hint string) verdict.Check {
	check := verdict.Check{
		Rule: "introspection.inactive", Spec: "RFC 7662 §2.2", Status: verdict.Warn,
		Got: "the token is not active: expired, revoked, or not for this client to ask about; the provider does not say which",
	}
	token, err := jose.Parse(value.Reveal())
	if err != nil {
		return check
	}
	exp := moment(token.Claims, "exp")
	switch now := env.Now(); {
	case exp.IsZero():
		return check
	case !exp.After(now):
		check.Got = fmt.Sprintf("the token is not active: decoded here, it expired at %s, %s ago", stamp(exp), now.Sub(exp).Round(time.Second))
		return check
	}
	check.Spec = "RFC 7009 §3"
	check.Got = "the token is not active, though decoded here it is not expired before " + stamp(exp) + ": it was revoked, or is not for this client to ask about"
	if owner := holder(token); owner != "" && owner != env.Client.ID {
		check.Spec = "RFC 7662 §2.1"
		check.Got = "the token is not active for this client, or not at all: decoded here, it is not expired before " + stamp(exp) +
			" and was issued to another client, " + text.Escape(owner)
		check.Hint = "ask as that client, or as one that may introspect all tokens: --client-id"
		return check
	}
	switch signed := env.signed(ctx, token); {
	case signed && hint != "" && hint != "access_token": // a server may look where the hint says, and nowhere else
		check.Spec = "RFC 7662 §2.1"
		check.Got = "the token's signature verifies, and it is not expired before " + stamp(exp) +
			"; introspection says all the same that it is not active: it was revoked, or it is no " + text.Escape(hint) + ", as which alone the provider may have looked for it"
		check.Hint = "ask again with --token-file, and without --token-type-hint"
	case signed:
		check.Got = "the token's signature verifies, and it is not expired before " + stamp(exp) +
			"; introspection says all the same that it is not active: a revoked JWT still verifies by signature"
		check.Hint = "an API that checks signatures alone accepts it until then"
	}
	return check
}

// holder is the client that a token says it was issued to; empty where it does not say (RFC 9068 §2.2, OpenID Connect
// Core §2).
func holder(token *jose.Token) string {
	for _, name := range []string{"client_id", "azp"} {
		if id, err := token.Claims.String(name); err == nil && id != "" {
			return id
		}
	}
	return ""
}

// signed says whether the provider's keys verify a token. What cannot be found out is no.
func (env *Env) signed(ctx context.Context, token *jose.Token) bool {
	if env.Keys == nil {
		return false
	}
	allow := env.Trust.Algorithms
	if allow == nil {
		allow = jose.Asymmetric()
	}
	verified, checks, err := jose.Verify(ctx, token, allow, env.Keys)
	if err != nil {
		env.Observer.Step("the signature was not checked: %v", err)
		return false
	}
	return verified != nil && !checks.Failed()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
