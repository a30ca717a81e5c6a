package grant

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CIBA is client-initiated backchannel authentication: the client names a person, the provider asks them on a device of
// their own, and the client polls (CIBA Core). The modes ping and push need a server that the provider can reach.
type CIBA struct {
	loginHint, loginHintTokenFile, idTokenHintFile string
	bindingMessage, userCodeFile, acrValues        string
	requestedExpiry                                int
	object                                         requestObject
	hinted                                         *jose.Token // what idTokenHintFile holds; nil where that cannot be read
}

// Info describes the grant.
func (*CIBA) Info() Info {
	return Info{
		Name: "ciba", Type: oauth.GrantCIBA, Spec: "CIBA Core, poll",
		Short: "Let somebody agree on a device of their own, without a browser here",
		Example: `  oauthctl token ciba -p bank --login-hint alice --binding-message "pay 42"
  oauthctl token ciba -p bank --id-token-hint-file id.token --requested-expiry 120 -o json`,
	}
}

// Flags adds who is to be asked, and what.
func (c *CIBA) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.loginHint, "login-hint", "", "who is to be asked: a `NAME` that the provider knows")
	f.StringVar(&c.loginHintTokenFile, "login-hint-token-file", "", "who is to be asked: a token that says so, in `FILE` (- for stdin)")
	f.StringVar(&c.idTokenHintFile, "id-token-hint-file", "", "who is to be asked: an earlier ID token of theirs, in `FILE` (- for stdin)")
	f.StringVar(&c.bindingMessage, "binding-message", "", "a short `TEXT` that both devices show, by which the person knows this request")
	f.StringVar(&c.userCodeFile, "user-code-file", "", "the person's secret code, where the provider wants one, in `FILE` (- for stdin)")
	f.IntVar(&c.requestedExpiry, "requested-expiry", 0, "the `SECONDS` after which the request should expire")
	f.StringVar(&c.acrValues, "acr-values", "", "the authentication context `CLASSES` asked for, best first, with spaces between them")
	f.StringVar(&c.object.sign, "request-object", "", "sign the request with --client-key: `ALG`, or auto for one that the provider lists")
	f.Lookup("request-object").NoOptDefVal = automatic
}

// Validate judges the options: one hint says who is to be asked (CIBA Core §7.1).
func (c *CIBA) Validate(clientID string) error {
	hints := 0
	for _, hint := range []string{c.loginHint, c.loginHintTokenFile, c.idTokenHintFile} {
		if hint != "" {
			hints++
		}
	}
	const flags = "--login-hint NAME, --login-hint-token-file FILE or --id-token-hint-file FILE"
	switch {
	case hints == 0:
		return problem.Usagef("usage.required", "nothing says who is to be asked").WithHint(flags)
	case hints > 1:
		return problem.Usagef("usage.hint", "more than one hint says who is to be asked (CIBA Core §7.1)").WithHint("one of " + flags)
	case c.requestedExpiry < 0:
		return problem.Usagef("usage.requested_expiry", "--requested-expiry is %d, and cannot be negative", c.requestedExpiry)
	}
	if err := c.object.validate(); err != nil {
		return err
	}
	return needsClient(clientID)
}

// Signs says whether the client's key signs the request.
func (c *CIBA) Signs() bool { return c.object.on() }

// Run has the person asked, and polls until they have decided.
func (c *CIBA) Run(ctx context.Context, env *Env) (*Result, error) {
	if len(env.Scopes) == 0 {
		env.Scopes = []string{"openid"} // no request goes without (CIBA Core §7.1)
	}
	if err := env.ready(); err != nil {
		return nil, err
	}
	if err := c.judge(env); err != nil {
		return nil, err
	}
	asked, err := c.ask(ctx, env)
	if err != nil {
		return nil, err
	}
	env.Observer.Waiting(Waiting{Person: c.person(), Message: c.bindingMessage, Until: min(asked.ExpiresIn, env.Person.Wait)})
	return env.await(ctx, pending{
		interval: asked.Interval, lifetime: asked.ExpiresIn, request: asked.TokenRequest,
		expect: Expectation{ACRValues: strings.Fields(c.acrValues), RequestID: asked.RequestID, Hint: c.hinted},
		code:   "ciba.timeout", spec: "CIBA Core §11", waiting: "waiting for the person",
		expired: "the request expired before anybody decided", unconfirmed: "nobody decided",
		again: "start again, and --requested-expiry asks for more time; this request was good for", lives: "the request itself is good for",
	})
}

// person is who is asked, as far as that can be shown.
func (c *CIBA) person() string {
	switch {
	case c.loginHint != "":
		return c.loginHint
	case c.idTokenHintFile != "":
		return "whom the ID token names"
	}
	return "whom the hint token names"
}

// judge finds out before anything is sent what cannot work (CIBA Core §4, §7.1).
func (c *CIBA) judge(env *Env) error {
	modes := env.Provider.List("backchannel_token_delivery_modes_supported")
	if len(modes) > 0 && !slices.Contains(modes, "poll") {
		return &problem.Error{
			Kind: problem.Verification, Code: "metadata.delivery_modes", Spec: "CIBA Core §4",
			Message: "the provider delivers tokens by other modes than poll, which is the one that works without a server",
			Want:    "poll", Got: strings.Join(modes, ", "),
			Hint: "enable the mode poll at the provider; ping and push call a server of the client, and a command line has none",
		}
	}
	checks := oauth.CheckBinding(c.bindingMessage)
	warn := func(rule, got, hint string) {
		checks = append(checks, verdict.Check{Rule: rule, Spec: "CIBA Core §7.1", Status: verdict.Warn, Got: got, Hint: hint})
	}
	if !slices.Contains(env.Scopes, "openid") {
		warn("ciba.scope", "the scopes are without openid, which every request must have", "add it: -s openid")
	}
	if c.userCodeFile != "" && env.Provider.Document != nil && !env.Provider.Document.True("backchannel_user_code_parameter_supported") {
		warn("metadata.user_code", "the provider does not say that it takes a user code", "")
	}
	env.Observer.Checks(checks)
	return nil
}

// ask sends the authentication request (CIBA Core §7.1).
func (c *CIBA) ask(ctx context.Context, env *Env) (*oauth.Backchannel, error) {
	endpoint, err := env.Provider.Endpoint("backchannel")
	if err != nil {
		return nil, err
	}
	form, err := c.form(env)
	if err != nil {
		return nil, err
	}
	answer, err := env.Authenticated(ctx, "backchannel", endpoint, form)
	if err != nil {
		return nil, err
	}
	asked, checks, err := oauth.ParseBackchannel(answer.Status, answer.Header, answer.Body)
	env.Observer.Checks(checks)
	if err != nil {
		return nil, err
	}
	env.Ring.Add(asked.RequestID)
	return asked, failed(checks)
}

// form holds the parameters of the request (CIBA Core §7.1).
func (c *CIBA) form(env *Env) (url.Values, error) {
	form := url.Values{}
	env.scope(form)
	for name, value := range map[string]string{
		"login_hint": c.loginHint, "binding_message": c.bindingMessage, "acr_values": c.acrValues,
	} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if c.requestedExpiry > 0 {
		form.Set("requested_expiry", strconv.Itoa(c.requestedExpiry))
	}
	for _, file := range []struct {
		name, what, path string
		read             func(what, path string) (secret.Secret, error)
	}{
		{"login_hint_token", "hint token", c.loginHintTokenFile, env.token},
		{"id_token_hint", "ID token", c.idTokenHintFile, env.token},
		{"user_code", "user code", c.userCodeFile, env.secret},
	} {
		if file.path == "" {
			continue
		}
		value, err := file.read(file.what, file.path)
		if err != nil {
			return nil, err
		}
		form.Set(file.name, value.Reveal())
		if file.name == "id_token_hint" {
			c.readHint(env, value)
		}
	}
	if err := addParams(form, env.AuthParams); err != nil {
		return nil, err
	}
	return c.signed(env, form)
}

// readHint reads the ID token that says who is asked, to compare who has agreed.
func (c *CIBA) readHint(env *Env, compact secret.Secret) {
	token, err := env.parsed(compact)
	if err == nil {
		if sub, _ := token.Claims.String("sub"); sub != "" {
			c.hinted = token
			return
		}
	}
	env.Observer.Checks(verdict.Checks{{
		Rule: "id_token.hint_sub", Spec: "OpenID Connect Core §3.1.2.2", Status: verdict.Warn,
		Got:  "whom the ID token of the hint names cannot be read, so that who agrees is not compared with it",
		Hint: "--id-token-hint-file takes an ID token; one that is encrypted is opened with --decryption-key FILE",
	}})
}

// signed puts the whole request into one that the client signs, where that is asked for; nothing but the client's
// authentication may stand beside it (CIBA Core §7.1.1).
func (c *CIBA) signed(env *Env, form url.Values) (url.Values, error) {
	if !c.object.on() {
		return form, nil
	}
	signer, err := env.requestSigner(c.object.sign, "backchannel_authentication_request_signing_alg_values_supported")
	if err != nil {
		return nil, err
	}
	if signer.Algorithm().Symmetric() {
		return nil, problem.Usagef("usage.request_object", "a backchannel request is signed with a key, not with the client secret (CIBA Core §7.1.1)").
			WithHint("--client-key FILE")
	}
	compact, err := oauth.RequestObject{Issuer: env.Client.ID, Audience: env.Provider.Issuer, Params: form}.Sign(signer, env.Now())
	if err != nil {
		return nil, err
	}
	env.Observer.Step("the request is signed by %s", signer.Algorithm())
	env.Ring.Add(secret.New(compact)) // it may hold the person's user code
	return url.Values{"request": {compact}}, nil
}
