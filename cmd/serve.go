package cmd

import (
	"bytes"
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
	addr        string
	autoApprove bool
	faults      []string
}

func newServe(app *App) *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve",
		Short: "An OpenID provider on loopback, for trying and testing",
		Long: `Run an OpenID provider on loopback: discovery, login and consent pages, authorization code with PKCE,
client credentials, refresh tokens that rotate, userinfo. It is as strict as a good provider. Its keys are
published test keys: nothing that it signs proves anything. Ends with SIGINT or SIGTERM.`,
		Example: `  oauthctl serve
  oauthctl serve --addr 127.0.0.1:0 --auto-approve -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), app, o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:9400", "the loopback `ADDRESS` to listen on; port 0 is any free port")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "sign in and consent without a page")
	f.StringSliceVar(&o.faults, "fault", nil, "misbehave on purpose, by a `LIST` of names with commas")
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runServe(ctx context.Context, app *App, o *serveOptions) error {
	format, err := app.format(textOrJSON, formatText)
	if err != nil {
		return err
	}
	if err := loopbackOnly(o.addr); err != nil {
		return err
	}
	config := op.DefaultConfig()
	config.AutoApprove, config.Faults, config.Now = o.autoApprove, o.faults, app.Now
	config.Observe = func(e op.Event) { app.observer().Step("%s %s: %d%s", e.Method, e.Path, e.Status, eventDetail(e)) }
	server, err := op.Start(ctx, o.addr, config)
	if err != nil {
		return fmt.Errorf("starting the provider: %w", err)
	}
	defer func() { _ = server.Close() }()
	ready := render.JSON(server.Info())
	if format == formatText {
		ready = readyText(app.theme(app.Out, app.OutTTY), server.Info())
	}
	if err := app.emit(ready); err != nil {
		return err
	}
	<-ctx.Done() // a signal, which is how serve is meant to end
	return nil
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

// readyText is what serve prints for a person: who can sign in, and commands to paste.
func readyText(theme render.Theme, info op.Info) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "issuer  %s\n\n", theme.Bold.Render(info.Issuer))
	var rows [][]string
	for _, c := range info.Clients {
		rows = append(rows, []string{c.ID, orDash(c.Secret), c.AuthMethod, strings.Join(c.GrantTypes, " ")})
	}
	render.Table(&out, theme, []string{"CLIENT", "SECRET", "AUTHENTICATION", "GRANTS"}, rows)
	rows = nil
	for _, u := range info.Users {
		rows = append(rows, []string{u.Username, u.Password})
	}
	fmt.Fprintln(&out)
	render.Table(&out, theme, []string{"USER", "PASSWORD"}, rows)
	fmt.Fprintf(&out, "\n%s\n", theme.Heading.Render("Try it, in another terminal:"))
	for _, line := range readyCommands(info) {
		fmt.Fprintf(&out, "  %s\n", line)
	}
	return out.Bytes()
}

func readyCommands(info op.Info) []string {
	secrets := make(map[string]string)
	for _, c := range info.Clients {
		secrets[c.ID] = shellQuote(c.Secret)
	}
	return []string{
		"oauthctl login --issuer " + info.Issuer + " --client-id cli -s 'openid profile email offline_access'",
		"OAUTHCTL_CLIENT_SECRET=" + secrets["service"] + " oauthctl token client-credentials --issuer " + info.Issuer + " --client-id service",
		"OAUTHCTL_CLIENT_SECRET=" + secrets["service"] + " oauthctl token client-credentials --issuer " + info.Issuer +
			" --client-id service | oauthctl jwt verify --issuer " + info.Issuer + " --audience " + op.DefaultAudience,
		"oauthctl discover " + info.Issuer,
		"oauthctl jwks " + info.Issuer,
	}
}
