package grant

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Expectation is what a flow knows about the ID token that it is owed.
type Expectation struct {
	Nonce     *string // nil: no nonce belongs to this flow
	MaxAge    *time.Duration
	ACRValues []string
	Code      secret.Secret // and State: of a token that came in the same answer
	State     secret.Secret
	Fresh     bool          // a person has just signed in
	Previous  *jose.Token   // the ID token that a refresh continues
	Hint      *jose.Token   // the ID token by which a person was asked
	Front     *jose.Token   // the ID token that came with the code
	Owed      bool          // openid asked for an ID token
	Required  []string      // claims that this flow demands of it
	RequestID secret.Secret // auth_req_id, where the tokens answer a backchannel request
	Renews    secret.Secret // the refresh token that was sent
}

// Redeem sends a token request and judges the answer: the one path to the token endpoint. Nothing is returned unless
// every check has held (RFC 6749 §5, OpenID Connect Core §3.1.3).
func (env *Env) Redeem(ctx context.Context, form url.Values, want Expectation) (*Result, error) {
	endpoint, err := env.Provider.Endpoint("token")
	if err != nil {
		return nil, err
	}
	if err := addParams(form, env.TokenParams); err != nil {
		return nil, err
	}
	answer, err := env.Authenticated(ctx, "token", endpoint, form)
	if err != nil {
		return nil, err
	}
	response, checks, err := oauth.ParseTokenResponse(answer.Status, answer.Header, answer.Body)
	if err != nil {
		env.Observer.Checks(checks)
		return nil, err
	}
	return env.accept(ctx, response, checks, want)
}

// accept judges a response that has been read, whichever endpoint it came from. Nothing is returned unless every check
// has held.
func (env *Env) accept(ctx context.Context, response *oauth.Response, checks verdict.Checks, want Expectation) (*Result, error) {
	checks = append(checks, env.judgeDetails(response)...)
	env.Observer.Checks(checks)
	env.Ring.Add(response.AccessToken, response.RefreshToken, response.IDToken)
	result := &Result{Response: response, Requested: env.Scopes, Received: env.Now()}
	if err := failed(checks); err != nil {
		return nil, err
	}
	bound := env.judgeBinding(response)
	env.Observer.Checks(bound)
	if err := failed(bound); err != nil {
		return nil, err
	}
	result.Checks = slices.Concat(checks, bound)
	if err := env.judgeIDToken(ctx, result, want); err != nil {
		return nil, err
	}
	next := response.RefreshToken.Reveal()
	result.Rotated = next != "" && !want.Renews.IsZero() && next != want.Renews.Reveal()
	held := env.Held.checks(env.outcome(result))
	env.Observer.Checks(held)
	if err := failed(held); err != nil {
		return nil, err
	}
	result.Checks = append(result.Checks, held...)
	return result, nil
}

// Authenticated posts a form to an endpoint of the authorization server with the client's authentication
// (RFC 6749 §2.3).
func (env *Env) Authenticated(ctx context.Context, name, endpoint string, form url.Values) (*wire.Response, error) {
	return env.authenticated(ctx, name, wire.Request{Method: http.MethodPost, URL: endpoint}, same(form))
}

// makes makes the form of each attempt: what a server may take once only, such as a request object, is made again.
type makes func() (url.Values, error)

// same makes a form that may be sent twice.
func same(form url.Values) makes {
	return func() (url.Values, error) { return maps.Clone(form), nil }
}

// authenticated is Authenticated for a request with headers of its own, or a form that is made anew.
func (env *Env) authenticated(ctx context.Context, name string, r wire.Request, form makes) (*wire.Response, error) {
	endpoint := r.URL
	method, reason, err := env.Client.Choose(env.Provider.AuthMethods(name))
	if err != nil {
		return nil, err
	}
	if byCertificate(method) && !strings.HasPrefix(endpoint, "https://") {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "client_auth.tls", Spec: "RFC 8705 §2", Want: "an https endpoint", Got: endpoint,
			Message: "a certificate cannot be shown to the " + name + " endpoint, which is not https",
			Hint:    "the metadata have no mtls_endpoint_aliases for it: --endpoint " + name + "=https://…",
		}
	}
	env.Observer.Step("client authentication: %s", reason)
	env.sent.authMethod, env.sent.redeemed = method, env.Now()
	attempt := func() (*wire.Response, error) { return env.attempt(ctx, method, name, r, form) }
	if proves(name) {
		return env.proven(attempt)
	}
	return attempt()
}

// proves says whether a proof goes to an endpoint: where tokens come from, and where a request is pushed for them
// (RFC 9449 §5, §10.1).
func proves(name string) bool { return name == "token" || name == "par" }

// attempt sends a form once, with an authentication and a proof of its own.
func (env *Env) attempt(ctx context.Context, method, name string, r wire.Request, form makes) (_ *wire.Response, err error) {
	if r.Form, err = form(); err != nil {
		return nil, err
	}
	if r.Header = r.Header.Clone(); r.Header == nil {
		r.Header = make(http.Header)
	}
	if err := env.Client.Apply(method, env.target(r.URL), r.Form, r.Header); err != nil {
		return nil, err
	}
	_, basic, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	env.Ring.Add(secret.New(basic), secret.New(r.Form.Get("client_assertion"))) // a server may repeat what it was sent
	if proves(name) {
		if err := env.prove(r, secret.Secret{}); err != nil {
			return nil, err
		}
	}
	return env.Wire.Do(ctx, r)
}

func byCertificate(method string) bool {
	return method == oauth.AuthTLS || method == oauth.AuthSelfSignedTLS
}

// target is what an assertion of the client is made for.
func (env *Env) target(endpoint string) oauth.Target {
	token, _ := env.Provider.Endpoint("token") // unknown where only another endpoint was given
	return oauth.Target{
		Endpoint: endpoint, TokenEndpoint: token, Issuer: env.Provider.Issuer,
		SupportedAlgs: env.Provider.Algs("token_endpoint_auth_signing_alg_values_supported"), Now: env.Now(),
	}
}

// addParams adds a user's parameters to a request. What the flow sets itself cannot be overridden.
func addParams(form, extra url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if reserved[name] || form.Has(name) {
			return problem.Usagef("usage.param", "the parameter %q is set by the flow itself and cannot be given", name)
		}
		form[name] = extra[name]
	}
	return nil
}

// CheckParams refuses parameters that the tool alone sets, before anything is sent.
func CheckParams(lists ...url.Values) error {
	for _, list := range lists {
		if err := addParams(url.Values{}, list); err != nil {
			return err
		}
	}
	return nil
}

// reserved are the parameters that the tool alone sets, wherever they would be sent.
var reserved = map[string]bool{
	"client_id": true, "client_secret": true, "client_assertion": true, "client_assertion_type": true,
	"code": true, "code_verifier": true, "code_challenge": true, "code_challenge_method": true, "dpop_jkt": true, "grant_type": true,
	"nonce": true, "redirect_uri": true, "refresh_token": true, "response_type": true, "state": true,
}

// judgeIDToken verifies the ID token of a response, or says that one is missing.
func (env *Env) judgeIDToken(ctx context.Context, result *Result, want Expectation) error {
	compact := result.Response.IDToken.Reveal()
	if compact == "" {
		return missingIDToken(result, want)
	}
	report, err := env.verify(ctx, compact, want, result.Response)
	if err != nil {
		return err
	}
	env.Observer.Checks(report.Checks)
	result.Checks = append(result.Checks, report.Checks...)
	if err := failed(report.Checks); err != nil {
		return fmt.Errorf("verifying the ID token: %w", err)
	}
	result.IDToken = report
	return nil
}

// Ungranted returns the scopes that were asked for and not granted, by the provider's own words. Some name what they grant
// in another way than it is asked for: those are left out, as are scopes whose token came (RFC 6749 §3.3).
func (r *Result) Ungranted() []string {
	response := r.Response
	if !response.ScopeGiven {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Requested), func(asked string) bool {
		switch asked {
		case "openid":
			return r.IDToken != nil || slices.Contains(response.Scopes, asked)
		case "offline_access":
			return !response.RefreshToken.IsZero() || slices.Contains(response.Scopes, asked)
		}
		short := asked[strings.LastIndex(asked, "/")+1:]
		return short == ".default" || slices.ContainsFunc(response.Scopes, func(granted string) bool {
			return granted == asked || granted == short || strings.HasSuffix(granted, "/"+asked) || strings.HasSuffix(granted, "/userinfo."+asked)
		})
	})
}

func missingIDToken(result *Result, want Expectation) error {
	granted := result.Requested
	if result.Response.ScopeGiven {
		granted = result.Response.Scopes
	}
	if !want.Owed || !slices.Contains(result.Requested, "openid") || !slices.Contains(granted, "openid") {
		return nil
	}
	return failed(verdict.Checks{{
		Rule: "id_token.missing", Spec: "OpenID Connect Core §3.1.3.3", Status: verdict.Fail,
		Want: "an ID token, as the scope openid was asked for", Got: "a response without id_token",
		Hint: "enable OpenID Connect for this client at the provider, or ask for other scopes with --scope",
	}})
}

// verify checks an ID token against the provider's keys.
func (env *Env) verify(ctx context.Context, compact string, want Expectation, response *oauth.Response) (*oidc.Report, error) {
	if !env.canVerify() {
		return nil, noKeys("id_token.keys", "an ID token came and cannot be verified: the issuer or its keys are not known")
	}
	expected := oidc.Expected{
		Kind: oidc.ID, Issuers: []string{env.Provider.Issuer}, ClientID: env.Client.ID,
		Nonce: want.Nonce, AccessToken: response.AccessToken, Code: want.Code, State: want.State, MaxAge: want.MaxAge, ACRValues: want.ACRValues,
		Fresh: want.Fresh, Required: want.Required, RequestID: want.RequestID, TrustedAudiences: env.Trust.Audiences, AuthorizedParties: env.Trust.AuthorizedParties,
		Leeway: env.Trust.Leeway, Now: env.Now(), Skew: env.Provider.Skew(), Decryption: env.Decryption(),
	}
	allow := env.algorithms(oidc.ID)
	keys := jose.WithSecret(env.Keys, env.Client.Secret)
	report, verified, err := oidc.Verify(ctx, compact, func(oidc.Kind) jose.Algorithms { return allow }, keys, expected)
	if err != nil {
		return nil, fmt.Errorf("verifying the ID token: %w", err)
	}
	if verified != nil {
		report.Checks = append(report.Checks, want.others(verified.Token())...)
		report.Valid = !report.Checks.Failed()
	}
	return report, nil
}

// others compares an ID token with those that it has to agree with.
func (e Expectation) others(token *jose.Token) (checks verdict.Checks) {
	if e.Front != nil {
		checks = append(checks, oidc.CheckSameLogin(e.Front, token)...)
	}
	if e.Hint != nil {
		checks = append(checks, oidc.CheckHinted(e.Hint, token))
	}
	if e.Previous != nil {
		checks = append(checks, oidc.CheckRefreshed(e.Previous, token)...)
	}
	return checks
}

// algorithms is --algs, else what the metadata lists for a token that is addressed to this client; HMAC where it is
// listed and there is a client secret (OpenID Connect Core §10.1).
func (env *Env) algorithms(kind oidc.Kind) jose.Algorithms {
	return env.Held.Profile.Narrow(env.accepted(kind))
}

func (env *Env) accepted(kind oidc.Kind) jose.Algorithms {
	if env.Trust.Algorithms != nil {
		return env.Trust.Algorithms
	}
	out := Algorithms(env.Provider, kind)
	for _, name := range env.Provider.Algs(algorithmMember(kind)) {
		if alg := jose.Algorithm(name); alg.Symmetric() && !env.Client.Secret.IsZero() {
			out = append(out, alg)
		}
	}
	return out
}

// Decryption is what opens an encrypted answer: the user's keys, and the client secret (OpenID Connect Core §10.2).
func (env *Env) Decryption() jose.Decryption {
	d := env.Trust.Decryption
	d.Secret = env.Client.Secret
	return d
}

// token reads a token from a file or stdin.
func (env *Env) token(what, path string) (secret.Secret, error) {
	value, err := env.secret(what, path)
	if err == nil {
		err = JudgeToken(what, path, value)
	}
	return value, err
}

// JudgeToken refuses what was read for a token and is clearly something else, such as the whole answer that it came in,
// before it is sent anywhere: tokens are printable ASCII without blanks (RFC 6749 appendix A.12, A.17).
func JudgeToken(what, path string, value secret.Secret) error {
	token, name := value.Reveal(), path
	if path == "-" {
		name = "standard input"
	}
	mark := text.Marked(token)
	switch {
	case strings.HasPrefix(strings.TrimSpace(token), "{"):
		return problem.Usagef("usage.token", "%s holds JSON, and no %s", name, what).
			WithHint("oauthctl token … -o token (or -o refresh-token, -o id-token) prints a token alone; jq -r .access_token takes it out of an answer")
	case strings.HasPrefix(strings.TrimSpace(token), "<"):
		return problem.Usagef("usage.token", "%s holds a page in HTML or XML, and no %s", name, what).
			WithHint("whatever was to fetch the token got a page in its place: look at it")
	case len(token) > 1 && strings.ContainsAny(token[:1], "\"'") && token[0] == token[len(token)-1]:
		return problem.Usagef("usage.token", "%s holds a %s in quotation marks", name, what).
			WithHint("the file must hold the token alone: jq -r prints it so")
	case mark != "":
		return problem.Usagef("usage.token", "%s holds no %s: it has %s", name, what, mark).WithHint(text.UnmarkedHint)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return problem.Usagef("usage.token", "%s holds no %s: there are white space or other characters in it that no token has", name, what).
			WithHint("the file must hold the token alone, without the word Bearer before it")
	}
	return nil
}

// secret reads a secret, which must not be empty, from a file or stdin.
func (env *Env) secret(what, path string) (secret.Secret, error) {
	data, err := env.Read(path)
	if err != nil {
		return secret.Secret{}, err
	}
	value := secret.FromInput(string(data))
	if value.IsZero() {
		return value, problem.Usagef("usage.empty", "%s holds no %s", path, what)
	}
	env.Ring.Add(value)
	return value, nil
}

// VerifyAccessToken verifies a JWT access token of the provider (RFC 9068 §4). The audience is judged where one was
// asked for.
func (env *Env) VerifyAccessToken(ctx context.Context, result *Result) (*oidc.Report, error) {
	return env.verifyAccessToken(ctx, result, oauth.StepUp{})
}

// verifyAccessToken is VerifyAccessToken where the token also has to prove a login (RFC 9470 §6.1).
func (env *Env) verifyAccessToken(ctx context.Context, result *Result, login oauth.StepUp) (*oidc.Report, error) {
	if !env.canVerify() {
		return nil, noKeys("access_token.keys", "the token cannot be verified: the issuer or its keys are not known")
	}
	allow := env.Trust.Algorithms
	if allow == nil {
		allow = jose.Asymmetric()
	}
	allow = env.Held.Profile.Narrow(allow)
	report, _, err := oidc.Verify(ctx, result.Response.AccessToken.Reveal(), func(oidc.Kind) jose.Algorithms { return allow }, env.Keys, oidc.Expected{
		Kind: oidc.Access, Issuers: []string{env.Provider.Issuer}, ClientID: env.Client.ID, Confirmation: env.bound(result),
		Audiences: slices.Concat(env.Resources, env.Audiences), Leeway: env.Trust.Leeway, Now: env.Now(), Skew: env.Provider.Skew(),
		Decryption: env.Decryption(), ACRValues: login.ACRValues, MaxAge: login.MaxAge,
	})
	if err != nil {
		return nil, err
	}
	env.Observer.Checks(report.Checks)
	return report, failed(report.Checks)
}
