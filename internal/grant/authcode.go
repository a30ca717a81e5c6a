package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/hint"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// AuthCode is the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252, OpenID Connect Core §3.1).
type AuthCode struct {
	redirectURI  string
	pkce         string
	responseMode string
	prompt       string
	maxAge       int
	acrValues    string
	loginHint    string
	uiLocales    string
	claims       string
	noBrowser    bool
	paste        bool
}

// Info describes the grant.
func (*AuthCode) Info() Info {
	return Info{
		Name: "auth-code", Type: "authorization_code", Spec: "RFC 6749 §4.1, RFC 7636",
		Short: "One authorization code flow with PKCE in the browser; keeps nothing",
		Example: `  oauthctl token auth-code --issuer https://id.example.com --client-id web -s "openid profile" -o json
  oauthctl token auth-code -p mobile --redirect-uri com.myapp://callback --paste`,
	}
}

const noMaxAge = -1

// Flags adds the parameters of the authorization request.
func (a *AuthCode) Flags(f *pflag.FlagSet) {
	f.StringVar(&a.redirectURI, "redirect-uri", "http://127.0.0.1:0/callback", "the redirect `URI`; port 0 is any free port")
	f.StringVar(&a.pkce, "pkce", "S256", "the PKCE `METHOD`: S256, plain or none")
	f.StringVar(&a.responseMode, "response-mode", "", "how the answer comes back: `MODE` query or form_post")
	f.StringVar(&a.prompt, "prompt", "", "what the provider must ask: `PROMPT` none, login, consent, select_account")
	f.IntVar(&a.maxAge, "max-age", noMaxAge, "the `SECONDS` since the person last signed in, at most")
	f.StringVar(&a.acrValues, "acr-values", "", "authentication context classes asked for, best first")
	f.StringVar(&a.loginHint, "login-hint", "", "who is going to sign in")
	f.StringVar(&a.uiLocales, "ui-locales", "", "languages for the provider's pages, best first")
	f.StringVar(&a.claims, "claims", "", "the claims request parameter: `JSON`, or @FILE")
	f.BoolVar(&a.noBrowser, "no-browser", false, "print the URL only; open no browser")
	f.BoolVar(&a.paste, "paste", false, "read the final URL as one line of stdin; implied where the redirect URI is not on loopback")
}

// flow is one run: what was sent, and where the answer comes in.
type flow struct {
	*AuthCode
	env     *Env
	server  *loopback.Server // nil: the answer is pasted
	pending oauth.Pending
	request oauth.AuthorizationRequest
}

// Run signs a person in and redeems the code. The browser sees success only after every check has held.
func (a *AuthCode) Run(ctx context.Context, env *Env) (*Result, error) {
	if err := a.validate(env); err != nil {
		return nil, err
	}
	f := &flow{AuthCode: a, env: env}
	if !a.paste {
		var options []loopback.Option
		if a.mode() == loopback.ModeFormPost {
			options = append(options, loopback.ExpectFormPost())
		}
		server, err := loopback.Listen(ctx, a.redirectURI, options...)
		if err != nil {
			return nil, err
		}
		defer server.Close()
		f.server, a.redirectURI = server, server.RedirectURI()
	}
	address, err := f.prepare()
	if err != nil {
		return nil, err
	}
	f.open(ctx, address)
	waiting, cancel := context.WithTimeoutCause(ctx, env.Person.Wait, errNobody)
	defer cancel()
	result, err := f.answer(ctx, waiting)
	if errors.Is(err, errNobody) {
		return nil, f.nobody()
	}
	return result, err
}

var errNobody = errors.New("nobody finished the login")

// validate judges the options by themselves and together.
func (a *AuthCode) validate(env *Env) error {
	if env.Client.ID == "" {
		return problem.Usagef("usage.required", "no client was named").WithHint("--client-id ID, or client_id in a profile")
	}
	if !slices.Contains([]string{"S256", "plain", "none"}, a.pkce) {
		return problem.Usagef("usage.pkce", "--pkce is %q, and can be S256, plain or none", a.pkce)
	}
	if !slices.Contains([]string{"", "query", "form_post"}, a.responseMode) {
		return problem.Usagef("usage.response_mode", "--response-mode is %q, and can be query or form_post", a.responseMode)
	}
	if a.maxAge < noMaxAge {
		return problem.Usagef("usage.max_age", "--max-age is %d, and cannot be negative", a.maxAge)
	}
	u, err := url.Parse(a.redirectURI)
	if err != nil || u.Scheme == "" || u.Fragment != "" {
		return problem.Usagef("usage.redirect_uri", "--redirect-uri %q is no absolute URI without fragment (RFC 6749 §3.1.2)", a.redirectURI)
	}
	a.paste = a.paste || !loopback.IsLoopback(a.redirectURI)
	return nil
}

// prepare makes the request and its secrets, fresh for this login.
func (f *flow) prepare() (address string, err error) {
	endpoint, err := f.env.Provider.Endpoint("authorization")
	if err != nil {
		return "", err
	}
	claims, err := f.readClaims()
	if err != nil {
		return "", err
	}
	pkce, err := oauth.NewPKCE(f.pkce)
	if err != nil {
		return "", err
	}
	f.request = oauth.AuthorizationRequest{
		Endpoint: endpoint, ClientID: f.env.Client.ID, RedirectURI: f.redirectURI, ResponseType: "code",
		ResponseMode: f.responseMode, Scopes: f.env.Scopes, State: oauth.NewState(), PKCE: pkce,
		Resources: f.env.Resources, Audiences: f.env.Audiences, Prompt: f.prompt, LoginHint: f.loginHint,
		ACRValues: f.acrValues, UILocales: f.uiLocales, Claims: claims, Extra: f.env.AuthParams,
	}
	if f.maxAge != noMaxAge {
		f.request.MaxAge = &f.maxAge
	}
	if slices.Contains(f.env.Scopes, "openid") {
		f.request.Nonce = oauth.NewNonce()
	}
	f.env.Ring.Add(pkce.Verifier)
	f.env.sent.redirectURI, f.env.sent.pkce, f.env.sent.responseMode = f.redirectURI, pkce.Method, f.responseMode
	f.pending = oauth.Pending{
		State: f.request.State, Issuer: f.env.Provider.Issuer,
		IssuerRequired: f.env.Provider.ResponseIssRequired(), ResponseType: "code",
	}
	return f.request.URL()
}

// readClaims returns the claims parameter, which must be a JSON object (OpenID Connect Core §5.5).
func (f *flow) readClaims() (string, error) {
	claims := f.claims
	if path, ok := strings.CutPrefix(claims, "@"); ok {
		data, err := f.env.Read(path)
		if err != nil {
			return "", err
		}
		claims = strings.TrimSpace(string(data))
	}
	if claims == "" {
		return "", nil
	}
	if _, err := strictjson.Parse([]byte(claims)); err != nil {
		return "", problem.Usagef("usage.claims", "--claims: %v", err)
	}
	return claims, nil
}

// open sends the person to the provider. A browser that cannot be opened is told and waited without.
func (f *flow) open(ctx context.Context, address string) {
	f.env.Observer.Waiting(Waiting{
		URL: address, RedirectURI: f.redirectURI, Paste: f.paste, Until: f.env.Person.Wait,
		Advice: hint.WhileWaiting(f.env.context("authorization_code")),
	})
	if f.noBrowser || f.env.Person.Open == nil {
		return
	}
	f.env.Person.Open(ctx, address)
}

// answer waits for the callback that belongs to this login, and redeems its code.
func (f *flow) answer(ctx, waiting context.Context) (*Result, error) {
	if f.paste {
		return f.pasted(ctx, waiting)
	}
	for ignored := 1; ; {
		visit, err := f.server.Next(waiting)
		if err != nil {
			return nil, err
		}
		callback, err := oauth.ParseCallback(visit.Encoded, f.pending)
		if errors.Is(err, oauth.ErrForeign) {
			f.env.Observer.Ignored(err.Error(), ignored)
			ignored++
			visit.Ignore()
			continue
		}
		if err == nil && visit.Mode != f.mode() {
			err = wrongMode(f.mode(), visit.Mode)
		}
		var result *Result
		if err == nil {
			result, err = f.redeem(ctx, callback)
		}
		visit.Finish(f.page(result, err))
		return result, err
	}
}

// mode is the response mode in which the answer must come (OAuth 2.0 Multiple Response Types §2.1).
func (a *AuthCode) mode() string {
	if a.responseMode == "" {
		return loopback.ModeQuery
	}
	return a.responseMode
}

func wrongMode(want, got string) error {
	return &problem.Error{
		Kind: problem.Verification, Code: "callback.response_mode", Spec: "OAuth 2.0 Multiple Response Types §2.1",
		Message: "the answer came in another response mode than the one asked for", Want: want, Got: got,
		Hint: fmt.Sprintf("if the provider answers this way by design: --response-mode %s", got),
	}
}

func (f *flow) redeem(ctx context.Context, callback *oauth.Callback) (*Result, error) {
	f.env.Observer.Checks(callback.Checks())
	f.env.Observer.Step("redeeming the code")
	f.env.sent.callback = f.env.Now()
	form := callback.TokenRequest(f.redirectURI, f.request.PKCE)
	f.env.Ring.Add(secret.New(form.Get("code")))
	if len(f.env.Resources) > 0 {
		form["resource"] = f.env.Resources
	}
	want := Expectation{Nonce: &f.request.Nonce, Fresh: true, Owed: true, ACRValues: strings.Fields(f.acrValues)}
	if f.maxAge != noMaxAge {
		age := time.Duration(f.maxAge) * time.Second
		want.MaxAge = &age
	}
	return f.env.Redeem(ctx, form, want)
}

// pasted reads the final URL from stdin. A wrong state there is an error: the person pasted it themselves.
func (f *flow) pasted(ctx, waiting context.Context) (*Result, error) {
	line, err := f.env.Person.Line(waiting) // gives up with the context's cause
	if err != nil {
		return nil, err
	}
	encoded, err := oauth.ParsePasted(line, f.redirectURI)
	if err != nil {
		return nil, err
	}
	callback, err := oauth.ParseCallback(encoded, f.pending)
	if errors.Is(err, oauth.ErrForeign) {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "callback.state", Spec: "RFC 6749 §10.12",
			Message: "the pasted URL belongs to another login: its state is missing or differs", Cause: err,
			Hint: "paste the URL to which the provider sent the browser after the address printed by this very command",
		}
	}
	if err != nil {
		return nil, err
	}
	return f.redeem(ctx, callback)
}

// nobody is the error of a login that was not finished in time.
func (f *flow) nobody() error {
	hint := fmt.Sprintf("if the browser showed an error page, register this redirect URI at the provider: %s; --wait gives more time", f.redirectURI)
	if f.paste {
		hint = "paste the final URL and press Enter; --wait gives more time"
	}
	return &problem.Error{
		Kind: problem.Timeout, Code: "login.timeout",
		Message: fmt.Sprintf("waiting for the browser: nobody finished the login within %s", f.env.Person.Wait), Hint: hint,
	}
}

// page is what the browser shows at the end.
func (f *flow) page(result *Result, err error) loopback.Page {
	if err == nil {
		page := loopback.Page{OK: loopback.Succeeded, Title: "You are signed in", Message: "You can close this tab and go back to the terminal."}
		if result.IDToken != nil {
			if sub, serr := result.IDToken.Claims.String("sub"); serr == nil {
				page.Detail = "Signed in as " + sub + "; every check on the ID token has held."
			}
		}
		return page
	}
	p := problem.As(err)
	page := loopback.Page{OK: loopback.Failed, Title: "The login failed", Message: f.env.Ring.Redact(err.Error()), Hint: "The terminal says more."}
	if p.Answer != nil && p.Answer.Description != "" {
		page.Detail = f.env.Ring.Redact(p.Answer.Description)
	}
	return page
}
