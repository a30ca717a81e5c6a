package cmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

type callOptions struct {
	tokenFile      string
	method         string
	headers        []string
	data, dataFile string
	include, fail  bool
	stepUp         bool
	login          grant.StepUp
	flow           flowOptions // of the login
}

const formatBody = "body"

func newCall(app *App) *cobra.Command {
	o := &callOptions{}
	c := &cobra.Command{
		Use:   "call URL",
		Short: "One API request with the token; explains what a refusal means (RFC 6750)",
		Long: `Send one request with the access token to an API, and hand its answer on as it comes. The token goes to URL alone:
redirects are not followed. Exit 0 for a status below 400, else 3; of a refusal the challenge is explained.

A token that is bound to a DPoP key is sent with a proof by that key, --dpop-key; one that is bound to a certificate
needs --cert. Where the API demands a nonce in the proof, the call is made once more with it: of a body from stdin up to
1 MiB is kept for that.

An API may want a stronger or a fresher login than the one behind the token (RFC 9470). --step-up signs in as it
demands, with --client-id and the provider's flags, verifies that the tokens say so, and repeats the request once.

A body that begins like JSON is sent as application/json, any other as a form, unless -H says what it is. With -o json
errors are JSON; the answer is as it came in any case.`,
		Example: `  oauthctl token client-credentials -p job | oauthctl call --token-file - https://api.example.com/orders
  oauthctl call --token-file token -d '{"amount": 7}' https://api.example.com/orders
  oauthctl call --token-file token --dpop-key dpop.jwk https://api.example.com/orders
  oauthctl call -p staging --token-file token --step-up https://api.example.com/payments
  oauthctl call --token-file token -X PUT -H 'Content-Type: image/png' -d @photo.png https://api.example.com/photo`,
		Args: oneURL,
		RunE: func(cmd *cobra.Command, args []string) error { return runCall(cmd.Context(), app, o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.tokenFile, "token-file", "", "read the access token from `FILE` (- for stdin)")
	f.StringVarP(&o.method, "request", "X", "", "the `METHOD` (default: GET, with a body POST)")
	listVarP(f, &o.headers, "request-header", "H", "a header of the request, as `"+headerPlaceholder+"`; repeatable")
	f.VarP(parts{&o.data}, "data", "d", "the request's body: `DATA`, @FILE, or @- for stdin; several DATA are joined by &")
	f.StringVar(&o.dataFile, "data-file", "", "the request's body is in `FILE` (- for stdin)")
	o.loginFlags(f)
	f.BoolVarP(&o.include, "include", "i", false, "show the answer's status and headers before its body")
	f.BoolVar(&o.fail, "fail", true, "exit 3 for a status of 400 or above; --fail=false exits 0")
	describeOutput(c, []string{formatBody, formatJSON}, formatBody)
	return c
}

func oneURL(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return problem.Usagef("usage.arguments", "no URL was given").WithHint("oauthctl call --token-file FILE https://api.example.com/orders")
	}
	return atMost(1)(cmd, args)
}

// call is a request with a token.
type call struct {
	request wire.Request
	body    func() (io.Reader, error) // opens it each time that it is sent; nil where there is none
	sent    grant.Refused             // what is known of the token, should it be refused
}

func runCall(ctx context.Context, app *App, o *callOptions, address string) error {
	target, err := callTarget(address)
	if err != nil {
		return err
	}
	if err := o.validate(app); err != nil {
		return err
	}
	token, err := app.tokenFile("access token", o.tokenFile)
	if err != nil {
		return err
	}
	env, err := app.callEnv(o)
	if err != nil {
		return err
	}
	if err := env.Fits(token); err != nil {
		return err
	}
	c := &call{sent: grant.Refused{Token: token, Scheme: env.Scheme()}}
	if target.Scheme == "https" {
		c.sent.Certificate = grant.CertificateThumbprint(env.Wire.Certificate())
	}
	if c.request, c.body, err = app.callRequest(o, target, env); err != nil {
		return err
	}
	app.observer().Step("%s %s with the token as %s", c.request.Method, shortURL(target), env.Scheme())
	answer, err := env.Stream(ctx, c.request, token, c.body)
	if err == nil && o.stepUp {
		answer, err = app.steppedUp(ctx, o, env, c, answer)
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if err := app.pour(func(w io.Writer) error { return o.handOn(w, answer) }); err != nil {
		return err
	}
	return app.judgeCall(o, c, answer)
}

// validate judges the options, those of a login too, before anything is sent.
func (o *callOptions) validate(app *App) error {
	if o.tokenFile == "" {
		return noToken("no access token was given")
	}
	if err := app.holdCall(o); err != nil {
		return err
	}
	if !o.stepUp {
		return app.idleLogin()
	}
	if !o.flow.provider.named() {
		return problem.Usagef("usage.required", "--step-up signs in, and no provider was named").WithHint("--issuer URL, or a profile with -p")
	}
	return o.login.Validate(o.flow.client.id)
}

// handOn writes the answer as it comes.
func (o *callOptions) handOn(w io.Writer, answer *http.Response) error {
	if o.include {
		if err := writeHead(w, answer); err != nil {
			return err
		}
	}
	_, err := io.Copy(w, answer.Body)
	return err
}

// callEnv is all that a call needs: no provider is asked anything.
func (app *App) callEnv(o *callOptions) (*grant.Env, error) {
	prover, err := app.holder(&o.flow.dpop) // before the client, which learns nonces for it
	if err != nil {
		return nil, err
	}
	env, err := app.newEnv(nil)
	if err != nil {
		return nil, err
	}
	env.DPoP = prover
	return env, nil
}

// callTarget reads the URL. What is no address at all is the user's mistake; plain http is refused by the wire.
func callTarget(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		what, whole := "the argument", "https://api.example.com/orders" // which may be a token in the wrong place
		if len(address) <= 32 {
			what = strconv.Quote(address)
			if bare, err := url.Parse("http://" + address); err == nil && bare.User == nil && wire.IsLoopback(bare.Hostname()) {
				whole = text.Argument(text.Escape(bare.String()))
			} else if err == nil && bare.User == nil && strings.Contains(bare.Hostname(), ".") {
				whole = text.Argument(text.Escape("https://" + address))
			}
		}
		return nil, problem.Usagef("usage.url", "%s is no http or https URL", what).
			WithHint("oauthctl call --token-file FILE %s", whole)
	case u.User != nil:
		return nil, problem.Usagef("usage.url", "the URL has a user name before its host, which is %s", text.Escape(u.Host))
	}
	return u, nil
}

// shortURL is a URL as it is shown: escaped, and without what may be secret in it.
func shortURL(u *url.URL) string {
	return text.Escape(text.Spelled(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}))
}

// callRequest makes the request, and what opens its body each time that it is sent: nil where there is none.
func (app *App) callRequest(o *callOptions, target *url.URL, env *grant.Env) (wire.Request, func() (io.Reader, error), error) {
	r := wire.Request{Doing: "calling " + shortURL(target), Method: strings.ToUpper(o.method), URL: target.String()}
	if !httpguts.ValidHeaderFieldName(o.method) && o.method != "" { // both are tokens (RFC 9110 §9.1)
		return r, nil, problem.Usagef("usage.method", "-X %q is no HTTP method", text.Escape(o.method)).WithHint("-X POST")
	}
	var err error
	if r.Header, err = callHeaders(o.headers); err != nil {
		return r, nil, err
	}
	body, length, err := app.callBody(o)
	if err != nil {
		return r, nil, err
	}
	r.Length = length
	if body != nil && body != http.NoBody && r.Header.Get("Content-Type") == "" {
		if body, err = guessType(body, r.Header); err != nil {
			return r, nil, err
		}
	}
	if r.Method == "" {
		if r.Method = http.MethodGet; body != nil {
			r.Method = http.MethodPost
		}
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "*/*")
	}
	if env.DPoP == nil && !o.stepUp {
		return r, once(body), nil
	}
	open, err := o.reopening(body, length)
	return r, open, err
}

// callHeaders reads -H. The token alone authorizes: a header of the user's would replace it silently.
func callHeaders(lines []string) (http.Header, error) {
	header, err := parseHeaders("-H", lines)
	switch {
	case err != nil:
		return nil, err
	case header["Authorization"] != nil:
		return nil, problem.Usagef("usage.header", "-H cannot set Authorization: the token that was given is sent in it").
			WithHint("give the token with --token-file; for another kind of authentication use another program")
	case header["Dpop"] != nil:
		return nil, problem.Usagef("usage.header", "-H cannot set DPoP: a proof is made for each request").WithHint("--dpop-key FILE")
	}
	return header, nil
}

// writeHead shows the status and the headers as HTTP has them, hostile characters escaped.
func writeHead(w io.Writer, answer *http.Response) error {
	lines := []string{fmt.Sprintf("%s %s", answer.Proto, strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))))}
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		for _, value := range answer.Header[name] {
			lines = append(lines, text.Line(name+": "+value))
		}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\r\n")+"\r\n\r\n")
	return err
}

// judgeCall says what an answer means beyond its body, which is handed over by now.
func (app *App) judgeCall(o *callOptions, c *call, answer *http.Response) error {
	r, status := c.request, answer.StatusCode
	if location := answer.Header.Get("Location"); status/100 == 3 && location != "" {
		app.warn(redirected(r.URL, location, status))
	}
	if status < http.StatusBadRequest {
		return nil
	}
	sent := c.sent
	sent.URL, sent.Status, sent.Header, sent.Now, sent.Login = r.URL, status, answer.Header, app.Now(), app.loginCommand(o)
	p := sent.Explain()
	if o.fail {
		return fmt.Errorf("%s: %w", r.Doing, p)
	}
	what := p.Message
	if p.Got != "" {
		what += "; got: " + p.Got
	}
	if p.Want != "" {
		what += "; want: " + p.Want
	}
	app.warn(verdict.Check{Rule: p.Code, Spec: p.Spec, Status: verdict.Warn, Got: what, Hint: strings.ReplaceAll(p.Hint, "\n", "; ")})
	return nil
}

// redirected tells of a redirect, which is never followed: the token is for the URL that was given.
func redirected(from, location string, status int) verdict.Check {
	c := verdict.Check{
		Rule: "wire.redirect", Spec: "RFC 9700 §4.12", Status: verdict.Warn,
		Got: fmt.Sprintf("the API answered %d and sends the call elsewhere; that was not followed, as the token is for the URL given alone", status),
	}
	base, _ := url.Parse(from) // it was called
	if to, err := base.Parse(location); err == nil && to.Host != "" && to.User == nil {
		c.Got += ": to " + shortURL(to)
	}
	return c
}
