package cmd

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/wire"
)

type serveOptions struct {
	addr           string
	persona        string
	providerConfig string
	autoApprove    bool
	faults         []string
	listFaults     bool
	faultIssuers   bool
	keysFolder     string
}

func newServe(app *App) *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve",
		Short: "An OpenID provider on loopback, for trying and testing",
		Long: `Run an OpenID provider on loopback for every flow that this program has, with pages to sign in and to consent. It is
as strict as a good provider. Its keys are published test keys: nothing that it signs proves anything. It ends with SIGINT
or SIGTERM.

The clients that sign, decrypt or show a certificate have published test keys, too; --write-keys puts them into a folder, as
files for --client-key, --cert and --cacert.

A person who is asked by CIBA answers on the page /ciba; its address is printed with each request. At /api is an API for
trying a token; with acr_values or max_age in its query it demands such a login (RFC 9470).

--fault misbehaves on purpose, to see whether a client notices: --list-faults says how, and "oauthctl test client" grades a
client by all of them.

--as plays a system as its documentation describes it. --provider-config changes clients, users, lifetimes,
algorithms, token formats and features, of that system or of the provider without a role:

  lifetimes: {access_token: 5m}
  access_token: opaque            # or jwt; also for one client
  id_token_alg: ES256             # also access_token_alg, userinfo_alg; also for one client
  approve_after: 2                # questions of a device or by CIBA, with auto_approve
  features: [device, ciba, api, par, introspection, revocation, registration]     # and no others
  initial_access_token: secret    # of those who may register clients; without it everybody may
  rotate_registration_tokens: true
  users:
    - {username: carol, password: secret, email: carol@example.com}
  clients:
    - client_id: web
      client_secret: secret
      grant_types: [authorization_code, refresh_token]
      redirect_uris: [http://127.0.0.1/callback]
      scopes: [openid, profile, offline_access]`,
		Example: `  oauthctl serve
  oauthctl serve --addr 127.0.0.1:0 --auto-approve -o json
  oauthctl serve --write-keys keys
  oauthctl serve --as limosa
  oauthctl serve --fault cb-mixup,tok-slow
  oauthctl serve --list-faults
  oauthctl serve --provider-config provider.yaml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), app, o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:9400", "the loopback `ADDRESS` to listen on; port 0 is any free port")
	f.StringVar(&o.persona, "as", "", "play a `SYSTEM`: "+strings.Join(op.Personas(), ", "))
	f.StringVar(&o.providerConfig, "provider-config", "", "clients, users, lifetimes, algorithms and features from this YAML `FILE`")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "sign in and consent without a page")
	listVar(f, &o.faults, "fault", "misbehave on purpose, by a `LIST` of names with commas; repeatable")
	f.BoolVar(&o.listFaults, "list-faults", false, "list the faults, with what a correct client does, and end")
	f.BoolVar(&o.faultIssuers, "fault-issuers", false, "give each fault an issuer of its own besides, at /f/NAME below this one; /f/none behaves")
	f.StringVar(&o.keysFolder, "write-keys", "", "write the private keys and certificates of the test clients to a `FOLDER`")
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runServe(ctx context.Context, app *App, o *serveOptions) error {
	if o.listFaults {
		if err := app.idle("beside --list-faults, which starts nothing", "leave one of them out",
			"addr", "as", "auto-approve", "fault", "fault-issuers", "provider-config", "write-keys"); err != nil {
			return err
		}
		return app.emit(faultList(app.outTheme(), app.format))
	}
	if err := loopbackOnly(o.addr); err != nil {
		return err
	}
	config, err := app.serveConfig(o)
	if err != nil {
		return err
	}
	var keys []op.KeyFile
	if o.keysFolder != "" {
		if keys, err = writeKeys(o.keysFolder, config); err != nil {
			return err
		}
	}
	config.Observe = func(e op.Event) {
		app.observer().Step("%s %s: %d%s", e.Method, e.Path, e.Status, eventDetail(e))
		if e.Confirm != "" {
			app.notice("%s", e.Confirm)
		}
	}
	server, err := op.Start(ctx, o.addr, config)
	if err != nil {
		return fmt.Errorf("starting the provider: %w", err)
	}
	defer func() { _ = server.Close() }()
	out := render.JSON(server.Info())
	if app.format == formatText {
		out = ready{server.Info(), config, o, keys}.text(app.outTheme())
	}
	app.heeding.Store(true) // before anybody knows that it is ready
	if err := app.emit(out); err != nil {
		return err
	}
	<-ctx.Done() // a signal, which is how serve is meant to end
	return nil
}

// serveConfig is the persona's configuration or the default one, the file's over it, and the flags over both.
func (app *App) serveConfig(o *serveOptions) (config op.Config, err error) {
	if config, err = configOf(o.persona); err != nil {
		return config, err
	}
	if o.providerConfig != "" {
		data, err := app.readInput(o.providerConfig)
		if err != nil {
			return config, err
		}
		if config, err = op.ParseConfig(config, data, inputName(o.providerConfig)); err != nil {
			return config, err
		}
	}
	config.AutoApprove = config.AutoApprove || o.autoApprove
	if o.faultIssuers {
		config.Trials = withControls(op.Faults())
	}
	config.Faults, config.Now = append(config.Faults, splitCommas(o.faults)...), app.Now
	return config, nil
}

// configOf is a persona's configuration; the default one where none is named.
func configOf(persona string) (op.Config, error) {
	if persona == "" {
		return op.DefaultConfig(), nil
	}
	return op.Persona(persona)
}

// loopbackOnly refuses addresses that others could reach: the keys and passwords are public.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return problem.Usagef("serve.addr", "--addr %q is no HOST:PORT", addr).WithHint("--addr 127.0.0.1:9400, or port 0 for any free one")
	}
	if !wire.IsLoopback(host) {
		return problem.Usagef("serve.addr", "--addr %s is not on loopback, and this provider's keys and passwords are public", addr).
			WithHint("--addr 127.0.0.1:9400; for another machine forward the port: ssh -L 9400:127.0.0.1:9400 HOST")
	}
	return nil
}

func eventDetail(e op.Event) string {
	var out []string
	for _, part := range []string{e.ClientID, e.AuthMethod, e.GrantType, e.Error, e.Description} {
		if part != "" {
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}
