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
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Authorization is what every grant that begins in a browser shares: the parameters of the authorization request, the
// way to the person, and the wait for the answer (RFC 6749 §3.1, RFC 8252, OpenID Connect Core §3.1.2.1).
type Authorization struct {
	redirectURI  string
	responseMode string
	par          string
	prompt       string
	maxAge       int
	acrValues    string
	loginHint    string
	uiLocales    string
	claims       string
	noBrowser    bool
	paste        bool
}

const noMaxAge = -1

// Flags adds the parameters of the authorization request.
func (a *Authorization) Flags(f *pflag.FlagSet) {
	f.StringVar(&a.redirectURI, "redirect-uri", "http://127.0.0.1:0/callback", "the redirect `URI`; port 0 is any free port")
	f.StringVar(&a.responseMode, "response-mode", "", "how the answer comes back: `MODE` query, fragment, form_post or web_message")
	f.StringVar(&a.par, "par", "auto", "push the request to the provider first (RFC 9126): `WHEN` auto, always or never; auto is where the provider requires it")
	f.StringVar(&a.prompt, "prompt", "", "what the provider must ask: `PROMPT` none, login, consent, select_account")
	f.IntVar(&a.maxAge, "max-age", noMaxAge, "the `SECONDS` since the person last signed in, at most")
	f.StringVar(&a.acrValues, "acr-values", "", "authentication context classes asked for, best first")
	f.StringVar(&a.loginHint, "login-hint", "", "who is going to sign in")
	f.StringVar(&a.uiLocales, "ui-locales", "", "languages for the provider's pages, best first")
	f.StringVar(&a.claims, "claims", "", "the claims request parameter: `JSON`, or @FILE")
	f.BoolVar(&a.noBrowser, "no-browser", false, "print the URL only; open no browser")
	f.BoolVar(&a.paste, "paste", false, "read the final URL as one line of stdin; implied where the redirect URI is not on loopback")
}

// Validate judges the options by themselves and together.
func (a *Authorization) Validate(clientID string) error {
	if err := needsClient(clientID); err != nil {
		return err
	}
	for _, choice := range []struct {
		flag, value string
		among       []string
	}{
		{"response-mode", a.responseMode, []string{"", loopback.ModeQuery, loopback.ModeFragment, loopback.ModeFormPost, loopback.ModeWebMessage}},
		{"par", a.par, []string{"auto", "always", "never"}},
	} {
		if !slices.Contains(choice.among, choice.value) {
			return problem.Usagef("usage."+strings.ReplaceAll(choice.flag, "-", "_"), "--%s is %q, and can be %s",
				choice.flag, choice.value, strings.TrimPrefix(strings.Join(choice.among, ", "), ", "))
		}
	}
	if a.maxAge < noMaxAge {
		return problem.Usagef("usage.max_age", "--max-age is %d, and cannot be negative", a.maxAge)
	}
	if prompts := strings.Fields(a.prompt); len(prompts) > 1 && slices.Contains(prompts, "none") {
		return problem.Usagef("usage.prompt", "--prompt none goes with no other value (OpenID Connect Core §3.1.2.1)")
	}
	u, err := url.Parse(a.redirectURI)
	if err != nil || u.Scheme == "" || u.Fragment != "" {
		return problem.Usagef("usage.redirect_uri", "--redirect-uri %q is no absolute URI without fragment (RFC 6749 §3.1.2)", a.redirectURI)
	}
	a.paste = a.paste || !loopback.IsLoopback(a.redirectURI)
	if a.paste && a.responseMode == loopback.ModeWebMessage {
		return problem.Usagef("usage.response_mode", "web_message answers to a page of this program, and cannot be pasted").
			WithHint("--redirect-uri http://127.0.0.1:0/callback")
	}
	return nil
}

// visit is one run of an authorization request: what was sent, and where the answer comes in.
type visit struct {
	*Authorization
	env      *Env
	server   *loopback.Server // nil: the answer is pasted
	fallback string           // the response mode where none was asked for
	request  oauth.AuthorizationRequest
	pending  oauth.Pending
	judge    judge
}

// judge takes the answer of the authorization endpoint, and the mode in which it came, to a result. oauth.ErrForeign
// says that the answer belongs to another request.
type judge func(ctx context.Context, encoded, mode string) (*Result, error)

// listen opens the loopback server for the response mode at hand.
func (v *visit) listen(ctx context.Context, endpoint string) error {
	if v.paste {
		return v.reserve(ctx)
	}
	var options []loopback.Option
	switch v.mode() {
	case loopback.ModeFormPost:
		options = append(options, loopback.ExpectFormPost())
	case loopback.ModeFragment:
		options = append(options, loopback.ExpectFragment())
	case loopback.ModeWebMessage:
		options = append(options, loopback.ExpectWebMessage(origin(endpoint)))
	}
	server, err := loopback.Listen(ctx, v.redirectURI, options...)
	if err != nil {
		return err
	}
	v.server, v.redirectURI = server, server.RedirectURI()
	return nil
}

// reserve makes ready for an answer that is pasted. A redirect URI with port 0 gets a port that is free now: browsers
// do not open port 0, and no provider should have to take it for one.
func (v *visit) reserve(ctx context.Context) error {
	if loopback.IsLoopback(v.redirectURI) {
		server, err := loopback.Listen(ctx, v.redirectURI)
		if err == nil {
			v.redirectURI = server.RedirectURI()
			server.Close()
		}
	}
	return v.env.Person.Reserve()
}

// origin is the origin of an address, as a browser writes it (RFC 6454 §6.2).
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// mode is the response mode in which the answer must come (OAuth 2.0 Multiple Response Types §2.1).
func (v *visit) mode() string {
	if v.responseMode == "" {
		return v.fallback
	}
	return v.responseMode
}

// fill completes the request with what the options say, and with secrets of its own for this one run.
func (v *visit) fill(endpoint string) error {
	claims, err := v.readClaims()
	if err != nil {
		return err
	}
	env, r := v.env, &v.request
	r.Endpoint, r.ClientID, r.RedirectURI, r.ResponseMode = endpoint, env.Client.ID, v.redirectURI, v.responseMode
	r.Scopes, r.State, r.Resources, r.Audiences = env.Scopes, oauth.NewState(), env.Resources, env.Audiences
	r.Prompt, r.LoginHint, r.ACRValues, r.UILocales = v.prompt, v.loginHint, v.acrValues, v.uiLocales
	r.Claims, r.Extra = claims, env.AuthParams
	if v.maxAge != noMaxAge {
		r.MaxAge = &v.maxAge
	}
	if slices.Contains(env.Scopes, "openid") {
		r.Nonce = oauth.NewNonce()
	}
	if listed := env.Provider.List("response_modes_supported"); v.responseMode != "" && len(listed) > 0 && !slices.Contains(listed, v.responseMode) {
		env.Observer.Checks(verdict.Checks{{
			Rule: "metadata.response_mode", Spec: "RFC 8414 §2", Status: verdict.Warn,
			Got: "the provider does not list the response mode " + v.responseMode + ", and may never answer; it lists " + strings.Join(listed, ", "),
		}})
	}
	env.Ring.Add(r.PKCE.Verifier)
	env.sent.redirectURI, env.sent.pkce, env.sent.responseMode = v.redirectURI, r.PKCE.Method, v.responseMode
	v.pending = oauth.Pending{
		State: r.State, Issuer: env.Provider.Issuer,
		IssuerRequired: env.Provider.ResponseIssRequired(), ResponseType: r.ResponseType,
	}
	return nil
}

// readClaims returns the claims parameter, which must be a JSON object (OpenID Connect Core §5.5).
func (v *visit) readClaims() (string, error) {
	claims := v.claims
	if path, ok := strings.CutPrefix(claims, "@"); ok {
		data, err := v.env.Read(path)
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

var errNobody = errors.New("nobody finished the login")

// run holds the whole conversation in the browser.
func (v *visit) run(ctx context.Context) (*Result, error) {
	endpoint, err := v.env.Provider.Endpoint("authorization")
	if err != nil {
		return nil, err
	}
	if err := v.env.verifiable(); err != nil {
		return nil, err
	}
	if err := v.listen(ctx, endpoint); err != nil {
		return nil, err
	}
	if v.server != nil {
		defer v.server.Close()
	}
	if err := v.fill(endpoint); err != nil {
		return nil, err
	}
	address, err := v.address(ctx)
	if err != nil {
		return nil, err
	}
	v.open(ctx, address)
	waiting, cancel := context.WithTimeoutCause(ctx, v.env.Person.Wait, errNobody)
	defer cancel()
	result, err := v.answer(ctx, waiting)
	if errors.Is(err, errNobody) {
		return nil, v.nobody()
	}
	return result, err
}

// address is where the browser begins: the authorization request, pushed first where that is called for, behind a page
// of ours where the answer comes as a message.
func (v *visit) address(ctx context.Context) (string, error) {
	address, err := v.authorizationURL(ctx)
	if err != nil || v.mode() != loopback.ModeWebMessage {
		return address, err
	}
	window := loopback.Popup
	if v.prompt == "none" {
		window = loopback.Frame
	}
	return v.server.Present(address, window)
}

// authorizationURL is the request itself, or a reference to it where it is pushed (RFC 9126 §4).
func (v *visit) authorizationURL(ctx context.Context) (string, error) {
	if v.par == "never" || v.par == "auto" && !v.env.Provider.PARRequired() {
		return v.request.URL()
	}
	form, err := v.request.Values()
	if err != nil {
		return "", err
	}
	endpoint, err := v.env.Provider.Endpoint("par")
	if err != nil {
		return "", err
	}
	answer, err := v.env.Authenticated(ctx, "par", endpoint, form)
	if err != nil {
		return "", err
	}
	pushed, checks, err := oauth.ParsePushed(answer.Status, answer.Header, answer.Body)
	v.env.Observer.Checks(checks)
	if err != nil {
		return "", fmt.Errorf("pushing the authorization request: %w", err)
	}
	v.env.sent.pushed = pushed.ExpiresIn
	v.env.Observer.Step("the request was pushed; its reference ends in %s", pushed.ExpiresIn)
	return oauth.PushedURL(v.request.Endpoint, v.env.Client.ID, pushed.RequestURI)
}

// open sends the person to the provider. A browser that cannot be opened is told and waited without.
func (v *visit) open(ctx context.Context, address string) {
	v.env.Observer.Waiting(Waiting{
		URL: address, RedirectURI: v.redirectURI, Paste: v.paste, Until: v.env.Person.Wait,
		Advice: hint.WhileWaiting(v.env.context("authorization_code")),
	})
	if !v.noBrowser && v.env.Person.Open != nil {
		v.env.Person.Open(ctx, address)
	}
}

// answer waits for the answer that belongs to this request, and lets it be judged. The browser sees success only after
// every check has held.
func (v *visit) answer(ctx, waiting context.Context) (*Result, error) {
	if v.paste {
		return v.pasted(ctx, waiting)
	}
	for ignored := 1; ; {
		callback, err := v.server.Next(waiting)
		if err != nil {
			return nil, err
		}
		result, err := v.judge(ctx, callback.Encoded, callback.Mode)
		if errors.Is(err, oauth.ErrForeign) {
			v.env.Observer.Ignored(err.Error(), ignored)
			ignored++
			callback.Ignore()
			continue
		}
		callback.Finish(v.page(result, err))
		return result, err
	}
}

// inMode refuses an answer in another response mode than the one asked for. Ask it of an answer that belongs to this
// request: any page can send others.
func (v *visit) inMode(mode string) error {
	if mode == v.mode() {
		return nil
	}
	return &problem.Error{
		Kind: problem.Verification, Code: "callback.response_mode", Spec: "OAuth 2.0 Multiple Response Types §2.1",
		Message: "the answer came in another response mode than the one asked for", Want: v.mode(), Got: mode,
		Hint: "if the provider answers this way by design: --response-mode " + mode,
	}
}

// pasted reads the final URL from stdin. A wrong state there is an error: the person pasted it themselves.
func (v *visit) pasted(ctx, waiting context.Context) (*Result, error) {
	line, err := v.env.Person.Line(waiting) // gives up with the context's cause
	if err != nil {
		return nil, err
	}
	encoded, err := oauth.ParsePasted(line, v.redirectURI)
	if err != nil {
		return nil, err
	}
	result, err := v.judge(ctx, encoded, v.mode())
	if errors.Is(err, oauth.ErrForeign) {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "callback.state", Spec: "RFC 6749 §10.12",
			Message: "the pasted URL belongs to another login: its state is missing or differs", Cause: err,
			Hint: "paste the URL to which the provider sent the browser after the address printed by this very command",
		}
	}
	return result, err
}

// maxAgeGiven is --max-age as a duration, nil where it was not given.
func (v *visit) maxAgeGiven() *time.Duration {
	if v.maxAge == noMaxAge {
		return nil
	}
	age := time.Duration(v.maxAge) * time.Second
	return &age
}

// nobody is the error of a login that was not finished in time.
func (v *visit) nobody() error {
	hint := fmt.Sprintf("if the browser showed an error page, register this redirect URI at the provider: %s; --wait gives more time", v.redirectURI)
	if v.paste {
		hint = "paste the final URL and press Enter; --wait gives more time"
	}
	if env := v.env; env.sent.pushed > 0 {
		hint = fmt.Sprintf("the pushed request ended %s after it was made; start again, and --wait gives more time", env.sent.pushed)
	}
	if v.server != nil && v.mode() == loopback.ModeWebMessage {
		hint = "press the button on the page that was opened, and allow its popup; --wait gives more time"
		if strangers := v.server.Strangers(); len(strangers) > 0 {
			hint = fmt.Sprintf("messages came from %s and were ignored: the provider answers from %s",
				strings.Join(strangers, ", "), origin(v.request.Endpoint))
		}
	}
	return &problem.Error{
		Kind: problem.Timeout, Code: "login.timeout", Hint: hint,
		Message: fmt.Sprintf("waiting for the browser: nobody finished the login within %s", v.env.Person.Wait),
	}
}

// page is what the browser shows at the end.
func (v *visit) page(result *Result, err error) loopback.Page {
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
	page := loopback.Page{OK: loopback.Failed, Title: "The login failed", Message: v.env.Ring.Redact(err.Error()), Hint: "The terminal says more."}
	if p.Answer != nil && p.Answer.Description != "" {
		page.Detail = v.env.Ring.Redact(p.Answer.Description)
	}
	return page
}
