package grant

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/hint"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// visit is one run of an authorization request: what was sent, and where the answer comes in.
type visit struct {
	*Authorization
	env      *Env
	server   *loopback.Server // nil: the answer is pasted
	fallback string           // the response mode where none was asked for
	request  oauth.AuthorizationRequest
	pending  oauth.Pending
	judge    judge
	ignored  int     // answers that ended nothing
	sealed   *sealed // the first that could not be opened
}

// judge takes the answer of the authorization endpoint, and the mode in which it came, to a result. oauth.ErrForeign
// says that the answer belongs to another request.
type judge func(ctx context.Context, encoded, mode string) (*Result, error)

var errNobody = errors.New("nobody finished the login")

// run holds the whole conversation in the browser.
func (v *visit) run(ctx context.Context) (*Result, error) {
	if err := v.demand(); err != nil {
		return nil, err
	}
	endpoint, err := v.env.Provider.Endpoint("authorization")
	if err != nil {
		return nil, err
	}
	if err := v.env.verifiable(); err != nil {
		return nil, err
	}
	if v.inJWT() && !v.env.canVerify() {
		return nil, noKeys("callback.keys", "the answer is to come in a JWT, which cannot be verified: the issuer or its keys are not known")
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

// listen opens the loopback server for the response mode at hand.
func (v *visit) listen(ctx context.Context, endpoint string) error {
	if u, err := url.Parse(v.redirectURI); err == nil {
		v.env.sent.anyPort = u.Port() == "0"
	}
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
		options = append(options, loopback.ExpectWebMessage(loopback.Origin(endpoint)))
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

// open sends the person to the provider. A browser that cannot be opened is told and waited without.
func (v *visit) open(ctx context.Context, address string) {
	v.env.Observer.Waiting(Waiting{
		URL: address, RedirectURI: v.redirectURI, Paste: v.paste, Until: v.env.Person.Wait,
		Advice: hint.WhileWaiting(v.env.context("authorization_code")), Device: v.env.Provider.Has("device"),
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
	for {
		callback, err := v.server.Next(waiting)
		if err != nil {
			return nil, err
		}
		result, err := v.read(ctx, callback.Encoded, callback.Mode)
		if errors.Is(err, oauth.ErrForeign) {
			callback.Ignore(v.ignore(err))
			continue
		}
		callback.Finish(v.page(result, err))
		return result, err
	}
}

// ignore tells of an answer that ends nothing, and returns the page for its browser.
func (v *visit) ignore(err error) loopback.Page {
	v.ignored++
	shut, ok := errors.AsType[*sealed](err)
	switch {
	case ok && v.sealed == nil:
		v.sealed = shut
		v.env.Observer.Checks(verdict.Checks{shut.warning()})
	default:
		v.env.Observer.Ignored(err.Error(), v.ignored)
	}
	if ok {
		return shut.page()
	}
	return loopback.Foreign()
}

// inMode refuses an answer in another response mode than the one asked for. Ask it of an answer that belongs to this
// request: any page can send others.
func (v *visit) inMode(mode string) error {
	if mode == v.mode() {
		return nil
	}
	p := &problem.Error{
		Kind: problem.Verification, Code: "callback.response_mode", Spec: "OAuth 2.0 Multiple Response Types §2.1",
		Message: "the answer came in another response mode than the one asked for", Want: v.mode(), Got: mode,
		Hint: "if the provider answers this way by design: --response-mode " + mode,
	}
	switch {
	case v.inJWT():
		p.Hint += ".jwt"
	case mode == loopback.ModeQuery && v.fallback != mode:
		p.Hint = "the tokens in it are in the browser's history and in logs now: revoke them, and tell the provider's operator"
	}
	return p
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
	result, err := v.read(ctx, encoded, v.mode())
	if shut, ok := errors.AsType[*sealed](err); ok {
		return nil, fmt.Errorf("reading the pasted answer: %w", failed(verdict.Checks{shut.why}))
	}
	if errors.Is(err, oauth.ErrForeign) {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "callback.state", Spec: "RFC 6749 §10.12",
			Message: "the pasted URL belongs to another login: its state is missing or differs", Cause: err,
			Hint: "paste the URL to which the provider sent the browser after the address printed by this very command",
		}
	}
	return result, err
}

// nobody is the error of a login that was not finished in time.
func (v *visit) nobody() error {
	advice := hint.NobodyCame(v.env.context("authorization_code"))
	if v.paste {
		advice = "paste the final URL and press Enter; --wait gives more time"
	}
	if env := v.env; env.sent.pushed > 0 {
		advice = fmt.Sprintf("the pushed request ended %s after it was made; start again, and --wait gives more time", env.sent.pushed)
	}
	if v.ignored > 0 {
		advice = "an answer came that belongs to another login: close old tabs, start again, and finish the login in the page that opens then\n" +
			"a provider that changes or loses the state that it was sent is at fault"
	}
	if v.sealed != nil {
		advice = unopened + v.sealed.why.Hint
	}
	if v.server != nil && v.mode() == loopback.ModeWebMessage {
		advice = "press the button on the page that was opened, and allow its popup; --wait gives more time"
		if strangers := v.server.Strangers(); len(strangers) > 0 {
			advice = fmt.Sprintf("messages came from %s and were ignored: the provider answers from %s",
				strings.Join(strangers, ", "), loopback.Origin(v.request.Endpoint))
		}
	}
	return &problem.Error{
		Kind: problem.Timeout, Code: "login.timeout", Hint: advice,
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
	return loopback.Page{OK: loopback.Failed, Title: "The login failed", Message: v.env.Ring.Redact(err.Error()), Hint: "The terminal says more."}
}
