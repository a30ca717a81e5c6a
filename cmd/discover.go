package cmd

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func newDiscover(app *App) *cobra.Command {
	o := &providerOptions{}
	c := &cobra.Command{
		Use:   "discover [ISSUER]",
		Short: "A provider's metadata, every location tried, the issuer check",
		Example: `  oauthctl discover https://id.example.com
  oauthctl discover https://id.example.com/realms/main -o json | jq .token_endpoint`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.issuer = args[0]
			}
			return runDiscover(cmd.Context(), app, o)
		},
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runDiscover(ctx context.Context, app *App, o *providerOptions) error {
	if o.issuer == "" && o.metadataURL == "" {
		return problem.Usagef("usage.required", "no provider was named").WithHint("oauthctl discover https://id.example.com")
	}
	client, err := app.newWire(o.headers)
	if err != nil {
		return err
	}
	source := metadata.Source{Issuer: o.issuer, MetadataURL: o.metadataURL, ExpectIssuer: o.expectIssuer}
	document, attempts, checks, err := metadata.Discover(ctx, client, source, metadata.All)
	if err != nil {
		app.evidence(attempts)
		return fmt.Errorf("discovering the provider: %w", err)
	}
	provider, err := app.complete(document, client, o)
	if err != nil {
		app.evidence(attempts)
		return fmt.Errorf("discovering the provider: %w", err)
	}
	if app.format == formatJSON {
		app.observer().Checks(checks)
		return app.emit(asItCame(document.Raw()))
	}
	return app.emit(discovered(app.outTheme(), provider, attempts, checks))
}

// evidence lists on stderr where metadata was looked for, and what was there.
func (app *App) evidence(attempts []metadata.Attempt) {
	if app.global.quiet || len(attempts) == 0 {
		return
	}
	attemptTable(app, attempts)
}

func attemptTable(app *App, attempts []metadata.Attempt) {
	render.Table(app.stderr(), app.errTheme(), []string{"LOCATION", "STATUS", "OUTCOME"}, attemptRows(attempts))
}

func attemptRows(attempts []metadata.Attempt) [][]string {
	rows := make([][]string, 0, len(attempts))
	for _, a := range attempts {
		status := "-"
		if a.Status != 0 {
			status = strconv.Itoa(a.Status)
		}
		rows = append(rows, []string{text.URL(a.URL), status, text.Escape(a.Outcome)})
	}
	return rows
}

// discovered shows a provider to a person: where its document was, what it offers, what is odd about it.
func discovered(theme render.Theme, provider *metadata.Provider, attempts []metadata.Attempt, checks verdict.Checks) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\n\n", theme.Mark(verdict.Pass), theme.Bold.Render(text.Line(provider.Issuer)))
	render.Table(&out, theme, []string{"LOCATION", "STATUS", "OUTCOME"}, attemptRows(attempts))
	var rows [][]string
	for _, name := range metadata.EndpointNames() {
		if address, err := provider.Endpoint(name); err == nil {
			rows = append(rows, []string{name, text.Line(address)})
		}
	}
	fmt.Fprintln(&out)
	render.Table(&out, theme, []string{"ENDPOINT", "URL"}, rows)
	rows = nil
	for _, l := range capabilities {
		if list := provider.List(l.member); len(list) > 0 {
			rows = append(rows, []string{l.title, text.Escape(strings.Join(list, " "))})
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(&out)
		render.Table(&out, theme, []string{"OFFERS", ""}, rows)
	}
	if len(checks) > 0 {
		fmt.Fprintln(&out)
		render.Checks(&out, theme, checks)
	}
	return out.Bytes()
}

// capabilities are the lists of the metadata that a person asks for first.
//
//nolint:gochecknoglobals // a constant table
var capabilities = []struct{ title, member string }{
	{"grants", "grant_types_supported"},
	{"response types", "response_types_supported"},
	{"response modes", "response_modes_supported"},
	{"scopes", "scopes_supported"},
	{"client auth", "token_endpoint_auth_methods_supported"},
	{"PKCE", "code_challenge_methods_supported"},
	{"ID token algs", "id_token_signing_alg_values_supported"},
}
