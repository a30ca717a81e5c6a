package cmd

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// flowOptions are the options of every command that gets tokens.
type flowOptions struct {
	provider providerOptions
	client   clientOptions
	trust    trustOptions
	request  requestOptions
	dpop     dpopOptions
	fapi     fapiOptions
}

func (o *flowOptions) flags(f *pflag.FlagSet) {
	o.provider.flags(f)
	o.client.flags(f)
	o.trust.flags(f)
	o.request.flags(f)
	o.dpop.issueFlags(f)
	o.fapi.flags(f)
}

func newToken(app *App) *cobra.Command {
	var names []string
	for _, g := range grant.All() {
		names = append(names, g.Info().Name)
	}
	c := &cobra.Command{
		Use:     "token",
		Short:   "Get a token by one grant, on stdout and nothing else there",
		Example: "  oauthctl token client-credentials --issuer https://id.example.com --client-id job --client-secret-file secret",
		Args:    noSubcommand,
		RunE: func(*cobra.Command, []string) error {
			return problem.Usagef("usage.command", "no grant was named").
				WithHint("oauthctl token %s", strings.Join(names, " | "))
		},
	}
	for _, g := range grant.All() {
		c.AddCommand(newGrant(app, g, use{name: g.Info().Name, format: formatToken}))
	}
	return c
}

func newLogin(app *App) *cobra.Command {
	c := newGrant(app, &grant.Login{}, use{name: "login", format: formatSummary, scopes: []string{"openid"}})
	c.Short = "Sign in through the browser, by authorization code and PKCE"
	c.Long = `Sign in through the browser with the authorization code flow and PKCE, verify everything that comes back, and show who
signed in. An OpenID provider is asked for the scope openid where none is given. No session is kept yet: -o json, -o token
and the like hand the tokens on.

Where no browser is on this machine, --device shows a code to type on another one, --no-browser prints the address alone,
and --paste reads the final address from stdin. --fapi2 turns on and demands all that the FAPI 2.0 Security Profile wants.`
	c.Example = `  oauthctl login --issuer https://id.example.com --client-id web
  oauthctl login -p staging -s "openid profile offline_access" -o json --output-file tokens.json
  oauthctl login -p mobile --redirect-uri com.myapp://callback --paste
  oauthctl login --fapi2 --issuer https://bank.example.com --client-id app --client-key app.jwk`
	return c
}

// use is what a grant is put to by one command.
type use struct {
	name   string
	format string   // the default of -o
	scopes []string // asked of an OpenID provider where no scope was given
}

// newGrant makes the command of a grant.
func newGrant(app *App, g grant.Grant, u use) *cobra.Command {
	o := &flowOptions{}
	info := g.Info()
	c := &cobra.Command{
		Use:     u.name,
		Short:   info.Short + " (" + info.Spec + ")",
		Example: info.Example,
		Args:    noArgs, Annotations: map[string]string{annotationGrant: info.Type},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runGrant(cmd.Context(), app, g, o, u)
		},
	}
	o.flags(c.Flags())
	g.Flags(c.Flags())
	describeOutput(c, tokenFormats, u.format)
	return c
}

// runGrant runs a grant and hands over what it got.
func runGrant(ctx context.Context, app *App, g grant.Grant, o *flowOptions, u use) error {
	if err := app.holdGrant(g, o); err != nil {
		return err
	}
	if err := g.Validate(o.client.id); err != nil {
		return err
	}
	if err := app.refuseUseless(g); err != nil {
		return err
	}
	env, err := app.grantEnv(ctx, o)
	if err != nil {
		return err
	}
	app.warnOfIdle(env, dutyOf(g, env))
	if len(env.Scopes) == 0 && env.Provider.OpenID() {
		env.Scopes = u.scopes
	}
	result, err := g.Run(ctx, env)
	if err != nil {
		return fmt.Errorf("%s: %w", doing(g), env.Explain(g.Info().Type, err))
	}
	if result.Rotated && app.format != formatJSON && app.format != formatRefreshToken {
		app.warn(verdict.Check{
			Rule: "refresh.rotated", Spec: "RFC 6749 §6", Got: "the provider replaced the refresh token, and the new one is not in this output",
			Hint: "keep it: -o json --output-file FILE",
		})
	}
	app.warnOfLostKey(&o.dpop, result)
	if missing := result.Ungranted(); len(missing) > 0 && app.format != formatSummary { // which shows it
		app.warn(verdict.Check{
			Rule: "token.scope", Spec: "RFC 6749 §3.3", Got: "asked for and not granted: " + text.Escape(strings.Join(missing, " ")),
			Hint: "an API that wants it will refuse the token; see which scopes the provider allows this client, and this person",
		})
	}
	rendered, err := app.renderToken(ctx, g.Info().Type, env, result)
	if err != nil {
		return err
	}
	if err := app.emit(rendered); err != nil {
		return err
	}
	if app.format == formatSummary && u.format == formatSummary {
		app.notice("nothing is kept: this version saves no session, and -o json or -o token hands the tokens on")
	}
	return nil
}

// refuseUseless refuses flags that have no meaning for the grant that was chosen.
func (app *App) refuseUseless(g grant.Grant) error {
	chosen, ok := g.(interface{ Useless() []string })
	if !ok {
		return nil
	}
	for _, name := range chosen.Useless() {
		hint := map[string]string{
			"auth-param":  "there is one request alone, to the token endpoint: --token-param KEY=VALUE adds to it",
			"token-param": "there is one request alone, to the authorization endpoint: --auth-param KEY=VALUE adds to it",
		}[name]
		if err := app.idle("for the grant "+g.Info().Name, hint, name); err != nil {
			return err
		}
	}
	return nil
}

// dutyOf is what a grant has of the client's credentials to do.
func dutyOf(g grant.Grant, env *grant.Env) duty {
	p := duty{endpoint: "token", readsSecret: true}
	if signer, ok := g.(interface{ Signs() bool }); ok {
		p.signs = signer.Signs()
	}
	switch g := g.(type) {
	case *grant.Implicit:
		if !g.Pushes(env) {
			p.endpoint = ""
		}
	case *grant.JWTBearer:
		p.makesAudience = p.signs
	}
	return p
}

// doing says what a grant was doing, for the first part of an error.
func doing(g grant.Grant) string {
	switch g.Info().Type {
	case "authorization_code":
		return "signing in"
	case "refresh_token":
		return "refreshing the token"
	}
	return "getting a token"
}

// grantEnv collects all that a grant needs.
func (app *App) grantEnv(ctx context.Context, o *flowOptions) (*grant.Env, error) {
	if err := app.idleProof(&o.dpop); err != nil {
		return nil, err
	}
	trust, err := app.trust(&o.trust)
	if err != nil {
		return nil, err
	}
	authParams, tokenParams, err := o.request.parameters()
	if err != nil {
		return nil, err
	}
	if err := grant.CheckParams(authParams, tokenParams); err != nil {
		return nil, err
	}
	details, err := app.details(o.request.details)
	if err != nil {
		return nil, err
	}
	app.hideParameters(tokenParams)
	if !o.dpop.off() || app.held.Profile != fapi.None {
		app.keepNonces() // of the metadata, too, by which the key is chosen
	}
	env, err := app.connect(ctx, &o.provider, &o.client)
	if err != nil {
		return nil, err
	}
	env.Trust = trust
	app.bind(&o.dpop)
	if env.DPoP, err = app.prover(&o.dpop, env.Provider); err != nil {
		return nil, err
	}
	env.DPoPOptional = o.dpop.optional
	env.Scopes, env.Audiences, env.Resources = splitWords(o.request.scopes), o.request.audiences, o.request.resources
	env.AuthParams, env.TokenParams, env.Person = authParams, tokenParams, app.person()
	env.Asks(details)
	return env, nil
}

// hideParameters keeps the values of a token request's further parameters out of traces and errors: an extension's
// parameter is a password as often as not. One whose name says that it is must not stand in argv either.
func (app *App) hideParameters(params url.Values) {
	for name, values := range params {
		if harmless[name] {
			continue
		}
		for _, value := range values {
			app.ring.Add(secret.New(value))
		}
		source := app.sources["token-param"]
		if !source.given() {
			source = app.sources["param"]
		}
		if source.onCommandLine() && (strings.Contains(name, "password") || strings.Contains(name, "secret")) {
			app.warnAlways(verdict.Check{
				Rule: "usage.secret_in_argv", Got: "the parameter " + name + " stands on the command line, where other processes and the shell's history can read it",
				Hint: "use OAUTHCTL_TOKEN_PARAM",
			})
		}
	}
}

// harmless are the parameters of token requests whose values are no secrets.
//
//nolint:gochecknoglobals // a constant table
var harmless = map[string]bool{
	"scope": true, "audience": true, "resource": true, "prompt": true, "acr_values": true, "login_hint": true,
	"ui_locales": true, "tenant": true, "organization": true, "connection": true, "domain": true, "access_type": true,
	"requested_token_type": true, "requested_token_use": true, "response_mode": true, "realm": true,
}

// connect finds out about the provider and the client: what every conversation with a provider needs.
func (app *App) connect(ctx context.Context, p *providerOptions, c *clientOptions) (*grant.Env, error) {
	if c.basicEncoding != oauth.BasicForm && c.basicEncoding != oauth.BasicRaw {
		return nil, problem.Usagef("usage.basic_encoding", "--basic-encoding is %q, and can be form or raw", c.basicEncoding)
	}
	if err := oauth.CheckAssertionAudience(c.key.audience); err != nil {
		return nil, err
	}
	if c.key.command != "" {
		if err := app.idle("for a key that a command signs with", "the command asks for what it needs", "client-key-password-file"); err != nil {
			return nil, err
		}
	}
	client, err := app.credentials(ctx, c)
	if err != nil {
		return nil, err
	}
	env, err := app.newEnv(p.headers)
	if err != nil {
		return nil, err
	}
	if env.Provider, err = app.provider(ctx, env.Wire, p); err != nil {
		return nil, err
	}
	var listed []string
	if client.Method == oauth.AuthPrivateKeyJWT || client.Method == "" && client.Secret.IsZero() {
		listed = env.Provider.Algs("token_endpoint_auth_signing_alg_values_supported")
	}
	signer, key, err := app.signer(ctx, &c.key, listed)
	if err != nil {
		return nil, err
	}
	env.Key = key
	if signer != nil {
		client.Signer = signer
	}
	if client.SecretAlgorithm, err = c.key.secretAlgorithm(c.authMethod); err != nil {
		return nil, err
	}
	client.Certificate, client.AssertionAudience = env.Wire.MTLS(), c.key.audience
	env.Client, env.Certificate = client, env.Wire.Certificate()
	env.Builtin, env.Keys, env.Held, env.Read = p.builtin.name, keys(env.Provider, env.Wire, app.Now), app.held, app.readInput
	env.CheckClientID()
	return env, nil
}

// person is how a flow reaches whoever sits here. A device flow's address is for another device: it is opened here only
// where somebody looks at the terminal.
func (app *App) person() grant.Person {
	p := grant.Person{
		Open: app.openBrowser, Line: app.readLine, Wait: app.global.wait,
		Reserve: func() error { return app.takeStdin("--paste") },
	}
	if app.ErrTTY {
		p.OpenDevice = app.openBrowser
	}
	return p
}

// algorithms reads --algs; nil where it is not given.
func algorithms(names []string) (jose.Algorithms, error) {
	if len(names) == 0 {
		return nil, nil
	}
	return jose.ParseAlgorithms(splitCommas(names))
}
