package cmd

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// providerOptions say which provider is talked to.
type providerOptions struct {
	builtin                           builtinOptions
	issuer, metadataURL, expectIssuer string
	endpoints                         []string
	headers                           []string
}

func (o *providerOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.issuer, "issuer", "", "the provider's issuer `URL`, where discovery starts")
	o.furtherFlags(f)
}

// furtherFlags are those beside --issuer.
func (o *providerOptions) furtherFlags(f *pflag.FlagSet) {
	o.builtin.flags(f)
	f.StringVar(&o.metadataURL, "metadata-url", "", "the `URL` of the metadata document itself")
	f.StringVar(&o.expectIssuer, "expect-issuer", "", "the issuer `VALUE` to expect where it really differs from --issuer")
	listVar(f, &o.endpoints, "endpoint", "set or override one endpoint, as `NAME=URL`, of authorization, token, jwks, userinfo, introspection, revocation, device, par, end_session, backchannel or registration; repeatable")
	listVar(f, &o.headers, "header", "an extra header of requests to the provider, as `"+headerPlaceholder+"`; repeatable")
}

// named says that a provider was named, in whatever way.
func (o *providerOptions) named() bool {
	return o.issuer != "" || o.metadataURL != "" || len(o.endpoints) > 0
}

// clientOptions say who asks.
type clientOptions struct {
	id, secret, secretFile    string
	authMethod, basicEncoding string
	key                       clientKeyOptions
}

func (o *clientOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.id, "client-id", "", "the client `ID`")
	f.StringVar(&o.secretFile, "client-secret-file", "", "read the client secret from `FILE` (- for stdin)")
	f.StringVar(&o.secret, "client-secret", "", "the client secret as a `VALUE`; warns, as other processes can read it")
	f.StringVar(&o.authMethod, "auth-method", "", "client authentication `METHOD`: none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth (default: by what is given, client_secret_basic with a secret, private_key_jwt with a key, tls_client_auth with a certificate, else none)")
	f.StringVar(&o.basicEncoding, "basic-encoding", oauth.BasicForm, "the `ENCODING` inside Basic: form (RFC 6749), or raw for servers that need it")
	o.key.flags(f)
}

// requestOptions say what is asked for.
type requestOptions struct {
	scopes, audiences, resources   []string
	params, authParams, tokenParam []string
	details                        string
}

func (o *requestOptions) flags(f *pflag.FlagSet) {
	listVarP(f, &o.scopes, "scope", "s", "a `SCOPE`, or several with spaces; repeatable")
	listVar(f, &o.audiences, "audience", "the `AUDIENCE` that the token is for; repeatable")
	listVar(f, &o.resources, "resource", "the resource `URI` that the token is for (RFC 8707); repeatable")
	f.StringVar(&o.details, "authorization-details", "", "what is asked for in detail (RFC 9396): `JSON`, an array of objects with a type, or @FILE (in a profile a YAML list does too); a grant of less is refused")
	listVar(f, &o.params, "param", "a further parameter of every request, as `KEY=VALUE`; repeatable")
	listVar(f, &o.authParams, "auth-param", "a further parameter of the first request only, as `KEY=VALUE`; repeatable")
	listVar(f, &o.tokenParam, "token-param", "a further parameter of the token request only, as `KEY=VALUE`; repeatable")
}

// parameters returns the further parameters of the first request and of the token request.
func (o *requestOptions) parameters() (first, token url.Values, err error) {
	both, err := parsePairs("param", o.params)
	if err != nil {
		return nil, nil, err
	}
	if first, err = parsePairs("auth-param", o.authParams); err != nil {
		return nil, nil, err
	}
	if token, err = parsePairs("token-param", o.tokenParam); err != nil {
		return nil, nil, err
	}
	for name, values := range both {
		first[name], token[name] = slices.Concat(values, first[name]), slices.Concat(values, token[name])
	}
	return first, token, nil
}

// newEnv is what every conversation needs.
func (app *App) newEnv(headers []string) (*grant.Env, error) {
	client, err := app.newWire(headers)
	if err != nil {
		return nil, err
	}
	return &grant.Env{Wire: client, Now: app.Now, Ring: app.ring, Observer: app.observer()}, nil
}

// newWire makes the one HTTP client of the run.
func (app *App) newWire(headers []string) (*wire.Client, error) {
	g := &app.global
	options := wire.Options{
		CipherSuites: app.held.Profile.CipherSuites(),
		Timeout:      g.timeout, UserAgent: "oauthctl/" + versionNumber(), Transport: app.Transport, Now: app.Now,
	}
	if g.cacert != "" {
		pem, err := app.readInput(g.cacert)
		if err != nil {
			return nil, err
		}
		options.CACertPEM = pem
	}
	if g.proxy != "" {
		proxy, err := url.Parse(g.proxy)
		if err != nil || proxy.Host == "" {
			likely := "http://proxy.example.com:3128"
			if bare, err := url.Parse("http://" + g.proxy); err == nil && bare.Host != "" && bare.User == nil {
				likely = text.Argument(text.Escape(bare.String()))
			}
			return nil, problem.Usagef("usage.proxy", "--proxy is no URL with a host").WithHint("--proxy %s", likely)
		}
		if err := wire.CheckProxy(proxy); err != nil {
			return nil, problem.Usagef("usage.proxy", "--proxy %v, and proxies speak http, https or socks5", err).WithHint("--proxy http://proxy.example.com:3128")
		}
		options.Proxy, options.Unproxied = proxy, app.unproxied
	}
	app.hideProxies()
	var err error
	if options.Header, err = parseHeaders("--header", headers); err != nil {
		return nil, err
	}
	if options.ClientCertificates, err = app.certificates(); err != nil {
		return nil, err
	}
	app.relax(&options)
	options.Recorder = app.recorder()
	if app.nonces != nil {
		options.Answered = grant.Learning(app.nonces, app.observer())
	}
	return wire.New(options)
}

// hideProxies makes the passwords of proxies secrets of the run: a proxy may repeat what it was sent when it refuses.
func (app *App) hideProxies() {
	for _, address := range []string{app.global.proxy, app.env("HTTPS_PROXY"), app.env("https_proxy"), app.env("HTTP_PROXY"), app.env("http_proxy")} {
		proxy, err := url.Parse(address)
		if err != nil || proxy.Host == "" { // net/http takes an address without its scheme too
			proxy, err = url.Parse("http://" + address)
		}
		if err != nil || proxy.User == nil {
			continue
		}
		password, _ := proxy.User.Password()
		app.ring.Add(secret.New(password), secret.New(base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))))
	}
}

// unproxied says that a proxy which was asked for is not used: no proxy knows the way to this machine.
func (app *App) unproxied() {
	if app.sources["proxy"].onCommandLine() {
		app.warn(verdict.Check{Rule: "usage.proxy", Got: "--proxy is not used for addresses on this machine, which are asked directly"})
	}
}

// relax applies the opt-outs of transport security; each warns, with -q too.
func (app *App) relax(options *wire.Options) {
	if app.global.insecure {
		options.Certificates = wire.AcceptAnyCertificate
		app.warnAlways(verdict.Check{Rule: "wire.insecure", Got: "--insecure: any TLS certificate is accepted, so anybody on the way can read and change everything"})
	}
	if app.global.allowHTTP {
		options.PlainHTTP = wire.AllowHTTP
		app.warnAlways(verdict.Check{Rule: "wire.http", Got: "--allow-http: secrets and tokens may travel in clear text"})
	}
}

// provider finds out about the provider.
func (app *App) provider(ctx context.Context, client *wire.Client, o *providerOptions) (*metadata.Provider, error) {
	provider, err := app.lookUp(ctx, client, o)
	if err != nil {
		return nil, fmt.Errorf("asking the provider for its metadata: %w", err)
	}
	return provider, nil
}

// lookUp is by discovery where an issuer or a metadata URL is given, else from the endpoints alone.
func (app *App) lookUp(ctx context.Context, client *wire.Client, o *providerOptions) (*metadata.Provider, error) {
	if !o.named() {
		return nil, problem.Usagef("usage.required", "no provider was named").
			WithHint("--issuer URL, --provider NAME, or --endpoint NAME=URL for each endpoint, or a profile with -p")
	}
	if o.issuer == "" && o.metadataURL == "" {
		return app.complete(nil, client, o)
	}
	source := metadata.Source{Issuer: o.issuer, MetadataURL: o.metadataURL, ExpectIssuer: o.expectIssuer}
	document, attempts, checks, err := metadata.Discover(ctx, client, source, metadata.First)
	app.observer().attempts(attempts)
	app.observer().Checks(checks)
	if err != nil {
		return nil, err
	}
	return app.complete(document, client, o)
}

// complete puts the user's endpoints over those of the document, and the expected issuer in the place of its own.
func (app *App) complete(document *metadata.Document, client *wire.Client, o *providerOptions) (*metadata.Provider, error) {
	overrides, err := lastPairs("endpoint", o.endpoints)
	if err != nil {
		return nil, err
	}
	provider, err := metadata.NewProvider(document, overrides, client.PlainHTTP())
	if err == nil && client.MTLS() {
		provider, err = provider.WithMTLS()
	}
	if err == nil && o.expectIssuer != "" {
		provider.Issuer = o.expectIssuer
	}
	if err == nil {
		for host, who := range provider.Elsewhere() {
			client.Named(host, who)
		}
	}
	if err == nil && app.held.Profile != fapi.None {
		provider.Alone = true
		err = app.held.Profile.Offered(app.held.Choices, provider)
	}
	return provider, err
}

// keys returns the provider's key set, which is fetched when it is first needed; nil where no address is known.
func keys(provider *metadata.Provider, client *wire.Client, now func() time.Time) jose.KeySource {
	address, err := provider.Endpoint("jwks")
	if err != nil {
		return nil
	}
	return metadata.NewRemoteKeys(client, address, now)
}

// credentials returns who the client is. The secret comes from one place; argv warns.
func (app *App) credentials(ctx context.Context, o *clientOptions) (oauth.Credentials, error) {
	value, err := app.clientSecret(ctx, o)
	if err != nil {
		return oauth.Credentials{}, err
	}
	app.ring.Add(value)
	if bare := strings.Trim(o.id, "\"' \t\r\n"); bare != o.id {
		app.warn(verdict.Check{
			Rule: "usage.client_id", Got: fmt.Sprintf("the client ID %q has white space or quotation marks around it, and is sent so", o.id),
			Hint: "--client-id " + text.Argument(text.Escape(bare)),
		})
	}
	return oauth.Credentials{ID: o.id, Secret: value, Method: o.authMethod, BasicEncoding: o.basicEncoding}, nil
}

func (app *App) clientSecret(ctx context.Context, o *clientOptions) (secret.Secret, error) {
	switch {
	case o.secretFile != "":
		return app.secretFile("client secret", o.secretFile)
	case o.secret != "":
		if app.sources["client-secret"].onCommandLine() {
			app.warnAlways(verdict.Check{
				Rule: "usage.secret_in_argv", Got: "the client secret stands on the command line, where other processes and the shell's history can read it",
				Hint: "use --client-secret-file FILE, - for stdin, or OAUTHCTL_CLIENT_SECRET",
			})
		}
		return secret.New(o.secret), nil
	case app.profileSecret != nil:
		return app.profileSecret(ctx)
	}
	return secret.Secret{}, nil
}
