package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func newClient(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "client",
		Short: "Register a client, manage it, and check its metadata document",
		Example: `  oauthctl client register --issuer https://id.example.com --name Example --redirect-uri http://127.0.0.1/callback --output-file client.json
  oauthctl client read --registration client.json`,
		Args: noSubcommand, RunE: showHelp,
	}
	c.AddCommand(newClientRegister(app), newClientRead(app), newClientUpdate(app), newClientDelete(app), newClientMetadata(app))
	return c
}

// registerOptions say what is registered, and by which right.
type registerOptions struct {
	provider                       providerOptions
	metadata                       clientMetadataOptions
	initialTokenFile, softwareFile string
}

func newClientRegister(app *App) *cobra.Command {
	o := &registerOptions{}
	c := &cobra.Command{
		Use:   "register",
		Short: "Make a new client at the provider (RFC 7591)",
		Long: `Make a new client at the provider. The answer is printed as it came: it holds the client_id, a client secret where
there is one, and the registration access token, with which the client is read, updated and deleted later. Keep it:
--output-file makes the file with mode 0600, and --registration takes it.

What the provider registered is compared with what was asked for. Each member that it changed or dropped is a warning;
other redirect URIs fail, and the client that was made is deleted again.`,
		Example: `  oauthctl client register --issuer https://id.example.com --name Example --redirect-uri http://127.0.0.1/callback --output-file client.json
  oauthctl client register -p staging --grant-type client_credentials --scope api:read --initial-access-token-file token
  oauthctl client register -p staging --auth-method private_key_jwt --client-key client.jwk --redirect-uri https://app.example.com/callback --metadata '{"id_token_signed_response_alg":"ES256"}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runClientRegister(cmd.Context(), app, o) },
	}
	f := c.Flags()
	o.provider.flags(f)
	o.metadata.flags(f)
	f.StringVar(&o.initialTokenFile, "initial-access-token-file", "", "read the initial access token, where the provider wants one, from `FILE` (- for stdin)")
	f.StringVar(&o.softwareFile, "software-statement-file", "", "read the software statement, a JWT that vouches for the client, from `FILE`")
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runClientRegister(ctx context.Context, app *App, o *registerOptions) error {
	wanted, initial, err := o.read(app)
	if err != nil {
		return err
	}
	env, err := app.registrar(ctx, &o.provider)
	if err != nil {
		return err
	}
	r, err := env.Register(ctx, wanted, initial)
	if err != nil {
		return fmt.Errorf("registering the client: %w", env.Explain("registration", err))
	}
	return app.emitRegistration(r)
}

// read collects the request.
func (o *registerOptions) read(app *App) (wanted oauth.ClientMetadata, initial secret.Secret, err error) {
	if wanted, err = o.metadata.read(app, Source.given); err != nil {
		return wanted, initial, err
	}
	if err = completeMetadata(&wanted); err != nil {
		return wanted, initial, err
	}
	if o.softwareFile != "" {
		statement, err := app.tokenFile("software statement", o.softwareFile)
		if err != nil {
			return wanted, initial, err
		}
		if err := wanted.Set("software_statement", statement.Reveal()); err != nil {
			return wanted, initial, err
		}
	}
	if o.initialTokenFile != "" {
		initial, err = app.tokenFile("initial access token", o.initialTokenFile)
	}
	return wanted, initial, err
}

// registrar is what a conversation about clients needs. Without a provider there is none: the client's own address is
// enough to manage it.
func (app *App) registrar(ctx context.Context, o *providerOptions) (*grant.Env, error) {
	env, err := app.newEnv(o.headers)
	if err != nil {
		return nil, err
	}
	env.Builtin = o.builtin.name
	env.Provider, err = app.provider(ctx, env.Wire, o)
	return env, err
}

// emitRegistration hands a registration on as it came.
func (app *App) emitRegistration(r *oauth.Registration) error {
	if app.OutTTY && app.global.outputFile == "" && !(r.ClientSecret.IsZero() && r.AccessToken.IsZero()) {
		app.notice("note: this holds secrets; --output-file FILE keeps them from other eyes")
	}
	return app.emit(asItCame(r.Raw))
}

// manageOptions say which client is managed.
type manageOptions struct {
	provider             providerOptions
	file, uri, tokenFile string
}

func (o *manageOptions) flags(f *pflag.FlagSet) {
	o.provider.flags(f)
	f.StringVar(&o.file, "registration", "", "what client register printed, in `FILE`: it names the client, its address and its token")
	f.StringVar(&o.uri, "registration-client-uri", "", "the client's own `URL` at the provider (default: that of --registration)")
	f.StringVar(&o.tokenFile, "registration-access-token-file", "", "read the registration access token from `FILE` (- for stdin; default: that of --registration)")
}

// target reads which client is meant, and connects.
func (o *manageOptions) target(ctx context.Context, app *App) (*grant.Env, *oauth.Registration, error) {
	r := &oauth.Registration{}
	if o.file != "" {
		data, err := app.readInput(o.file)
		if err != nil {
			return nil, nil, err
		}
		if r, err = oauth.ReadRegistration(data); err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", inputName(o.file), err)
		}
	}
	if o.uri != "" {
		r.URI = o.uri
	}
	if o.tokenFile != "" {
		var err error
		if r.AccessToken, err = app.tokenFile("registration access token", o.tokenFile); err != nil {
			return nil, nil, err
		}
	}
	if r.URI == "" || r.AccessToken.IsZero() {
		return nil, nil, problem.Usagef("usage.required", "the client cannot be managed: its address or its registration access token is missing").
			WithHint("--registration FILE, or --registration-client-uri URL with --registration-access-token-file FILE")
	}
	env, err := o.connect(ctx, app)
	if err != nil {
		return nil, nil, err
	}
	return env, r, o.ours(env, r)
}

func (o *manageOptions) connect(ctx context.Context, app *App) (*grant.Env, error) {
	if o.provider.named() {
		return app.registrar(ctx, &o.provider)
	}
	if err := app.idle("where no provider is named", "--issuer URL", "expect-issuer"); err != nil {
		return nil, err
	}
	env, err := app.newEnv(o.provider.headers)
	if err != nil {
		return nil, err
	}
	env.Provider = &metadata.Provider{}
	return env, nil
}

// ours refuses to send the token to another origin than the provider's, where a provider was named.
func (o *manageOptions) ours(env *grant.Env, r *oauth.Registration) error {
	if !env.Provider.Has("registration") {
		return nil
	}
	endpoint, err := env.Provider.Endpoint("registration")
	if err != nil || oauth.SameOrigin(endpoint, r.URI) {
		return err
	}
	return verdict.Check{
		Rule: "registration.registration_client_uri", Spec: "RFC 7592 §5", Want: "an address at the origin of " + endpoint, Got: r.URI,
		Hint: "the registration access token is not sent there: check --registration-client-uri, and which provider is named",
	}.Problem()
}

func newClientRead(app *App) *cobra.Command {
	o := &manageOptions{}
	c := &cobra.Command{
		Use:   "read",
		Short: "What the provider has registered of a client (RFC 7592 §2.1)",
		Long: `What the provider has registered of a client, as it came. A provider may give a new registration access token with
the answer; the earlier one is dead then, and you are told.`,
		Example: `  oauthctl client read --registration client.json
  oauthctl client read --registration-client-uri https://id.example.com/register/s6BhdRkqt3 --registration-access-token-file token`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runClientRead(cmd.Context(), app, o) },
	}
	o.flags(c.Flags())
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runClientRead(ctx context.Context, app *App, o *manageOptions) error {
	env, r, err := o.target(ctx, app)
	if err != nil {
		return err
	}
	now, err := env.ReadClient(ctx, r)
	if err != nil {
		return fmt.Errorf("reading the client: %w", env.Explain("registration", err))
	}
	return app.emitRegistration(now)
}

func newClientUpdate(app *App) *cobra.Command {
	o, changes := &manageOptions{}, &clientMetadataOptions{}
	c := &cobra.Command{
		Use:   "update",
		Short: "Change what the provider has registered of a client (RFC 7592 §2.2)",
		Long: `Change what the provider has registered of a client. An update replaces everything: what --registration FILE holds is
sent again with the changes made to it, so let it be the newest answer (client read prints it). --metadata changes any
member, and null removes one. Values of a profile are no changes.`,
		Example: `  oauthctl client update --registration client.json --name "Another name" --output-file client.json
  oauthctl client update --registration client.json --metadata '{"logo_uri":null,"contacts":["ops@example.com"]}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runClientUpdate(cmd.Context(), app, o, changes) },
	}
	o.flags(c.Flags())
	changes.flags(c.Flags())
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runClientUpdate(ctx context.Context, app *App, o *manageOptions, changes *clientMetadataOptions) error {
	if o.file == "" {
		return problem.Usagef("usage.required", "what is registered now is not known, and an update replaces everything").
			WithHint("oauthctl client read … --output-file client.json, then --registration client.json")
	}
	changed, err := changes.read(app, Source.asked)
	if err != nil {
		return err
	}
	env, r, err := o.target(ctx, app)
	if err != nil {
		return err
	}
	whole := r.Metadata().With(changed)
	if err := whole.Check(); err != nil {
		return err
	}
	now, err := env.UpdateClient(ctx, r, whole)
	if err != nil {
		return fmt.Errorf("updating the client: %w", env.Explain("registration", err))
	}
	return app.emitRegistration(now)
}

func newClientDelete(app *App) *cobra.Command {
	o := &manageOptions{}
	c := &cobra.Command{
		Use:   "delete",
		Short: "Remove a client at the provider (RFC 7592 §2.3)",
		Long: `Remove a client at the provider, with its secret, its registration access token and its grants. Nothing is asked: who
has the token may do so.`,
		Example: `  oauthctl client delete --registration client.json`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runClientDelete(cmd.Context(), app, o) },
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runClientDelete(ctx context.Context, app *App, o *manageOptions) error {
	env, r, err := o.target(ctx, app)
	if err != nil {
		return err
	}
	if err := env.DeleteClient(ctx, r); err != nil {
		return fmt.Errorf("deleting the client: %w", env.Explain("registration", err))
	}
	app.notice("deleted: the provider does not know the client any more")
	if app.format == formatJSON {
		return app.emit(render.JSON(struct {
			Deleted bool `json:"deleted"`
		}{true}))
	}
	return nil
}
