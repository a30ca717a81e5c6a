package cmd

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

func newClientMetadata(app *App) *cobra.Command {
	o := &clientMetadataOptions{}
	var id string
	c := &cobra.Command{
		Use:   "metadata [URL]",
		Short: "Print a client ID metadata document, or check the one at a URL",
		Long: `A client ID metadata document stands at the URL that is the client's ID: a provider that supports it needs no
registration (draft-ietf-oauth-client-id-metadata-document). Without an argument one is printed, made of the flags and
the profile; what no provider may accept is refused. With a URL the document there is fetched and checked, as a provider
would: redirects are not followed, and every check is listed. A document that is printed is JSON with both formats.`,
		Example: `  oauthctl client metadata --client-id https://app.example.com/oauth-client --name Example --redirect-uri http://127.0.0.1/callback > oauth-client.json
  oauthctl client metadata --client-id https://app.example.com/oauth-client --client-key client.jwk --redirect-uri https://app.example.com/callback
  oauthctl client metadata https://app.example.com/oauth-client`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				var names []string
				cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
				if err := app.idle("where the document at a URL is checked", "without the URL a document is printed", names...); err != nil {
					return err
				}
				return runCheckDocument(cmd.Context(), app, args[0])
			}
			return runPrintDocument(app, o, id)
		},
	}
	o.flags(c.Flags())
	c.Flags().StringVar(&id, "client-id", "", "the `ID` of the client: the URL where the document will stand")
	describeOutput(c, textOrJSON, formatText)
	return c
}

// runPrintDocument makes a document, and refuses one that its own check would refuse.
func runPrintDocument(app *App, o *clientMetadataOptions, id string) error {
	if id == "" {
		return problem.Usagef("usage.required", "no client ID was given").
			WithHint("--client-id https://app.example.com/oauth-client: the URL where the document will stand; a URL alone is checked")
	}
	document, err := app.document(o, id)
	if err != nil {
		return err
	}
	report := oauth.JudgeClientDocument(oauth.ClientDocument{
		URL: id, Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: document.JSON(),
	})
	if bad := report.Checks.With(verdict.Fail); len(bad) > 0 {
		p := bad[0].Problem()
		p.Kind, p.Message = problem.Usage, "such a client ID metadata document is refused by providers"
		return p
	}
	app.observer().Checks(report.Checks)
	return app.emit(asItCame(document.JSON()))
}

// document collects the members, with those spelt out that would otherwise mean what such a client cannot do.
func (app *App) document(o *clientMetadataOptions, id string) (oauth.ClientMetadata, error) {
	var document oauth.ClientMetadata
	wanted, err := o.read(app, Source.given)
	if err == nil && wanted.Has("client_id") {
		err = problem.Usagef("usage.client_metadata", "--client-id and --metadata both give client_id")
	}
	if err != nil {
		return document, err
	}
	if err := completeMetadata(&wanted); err != nil {
		return document, err
	}
	for _, m := range []struct {
		name  string
		value any
	}{
		{"client_id", id},
		{"token_endpoint_auth_method", oauth.AuthNone},
		{"grant_types", []string{"authorization_code"}},
		{"response_types", []string{"code"}},
	} {
		if wanted.Has(m.name) {
			continue
		}
		if err := document.Set(m.name, m.value); err != nil {
			return document, err
		}
	}
	return document.With(wanted), nil
}

// runCheckDocument fetches a document and checks it.
func runCheckDocument(ctx context.Context, app *App, address string) error {
	client, err := app.newWire(nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(ctx, wire.Request{Doing: "fetching the client's metadata document", URL: address, Redirects: wire.KeepRedirects})
	if err != nil {
		return err
	}
	report := oauth.JudgeClientDocument(oauth.ClientDocument{URL: address, Status: answer.Status, Header: answer.Header, Body: answer.Body})
	out := render.JSON(report)
	if app.format == formatText {
		out = render.ClientDocumentText(app.outTheme(), report, app.Now())
	}
	if err := app.emit(out); err != nil || report.Valid {
		return err
	}
	return errReported
}
