package cmd

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/render"
)

func newProviders(app *App) *cobra.Command {
	c := &cobra.Command{
		Use: "providers [NAME]", Short: "The built-in providers, for --provider; with a NAME what is known of it",
		Example: "  oauthctl profile providers\n  oauthctl profile providers cidaas", Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return runProvider(app, args[0])
			}
			return runProviders(app)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return profile.ProviderNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runProviders(app *App) error {
	all := []*profile.Provider{}
	var cells [][]string
	for _, name := range profile.ProviderNames() {
		p, err := profile.LoadProvider(name)
		if err != nil {
			return err
		}
		var vars []string
		for _, v := range p.Variables {
			vars = append(vars, v.Name)
		}
		all = append(all, p)
		cells = append(cells, []string{name, p.Title, cmp.Or(p.Issuer, p.MetadataURL, "-"), orDash(strings.Join(vars, " "))})
	}
	if app.format == formatJSON {
		return app.emit(render.JSON(all))
	}
	var out bytes.Buffer
	render.Table(&out, app.outTheme(), []string{"NAME", "SYSTEM", "ISSUER", "VARIABLES"}, cells)
	return app.emit(out.Bytes())
}

func runProvider(app *App, name string) error {
	p, err := profile.LoadProvider(name)
	if err != nil {
		return err
	}
	if app.format == formatJSON {
		return app.emit(render.JSON(p))
	}
	return app.emit(providerText(app.outTheme(), p))
}

// providerText is what a person should know before talking to a provider.
func providerText(theme render.Theme, p *profile.Provider) []byte {
	var out bytes.Buffer
	fmt.Fprintln(&out, theme.Bold.Render(p.Title))
	row := func(name string, values ...string) {
		if value := strings.Join(values, " "); value != "" {
			fmt.Fprintf(&out, "  %s%s\n", theme.Dim.Render(fmt.Sprintf("%-16s", name)), value)
		}
	}
	row("issuer", p.Issuer)
	row("metadata", p.MetadataURL)
	for _, endpoint := range p.Endpoints {
		row("endpoint", endpoint)
	}
	row("scopes", p.Scopes...)
	row("grants", p.Grants...)
	row("authentication", p.AuthMethods...)
	for _, uri := range p.RedirectURIs {
		row("redirect URI", uri)
	}
	row("parameters", append(append(append([]string(nil), p.Params...), p.AuthParams...), p.TokenParams...)...)
	for _, uri := range p.Documentation {
		row("documentation", uri)
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&out, "\n%s\n  %s\n", theme.Heading.Render(title), strings.Join(lines, "\n  "))
		}
	}
	var vars []string
	for _, v := range p.Variables {
		vars = append(vars, variableText(v))
	}
	section("Variables:", vars)
	section("To know:", p.Notes)
	section("Try it:", []string{p.Example()})
	return out.Bytes()
}

func variableText(v profile.Variable) string {
	which := "such as " + v.Example
	if v.Default != nil {
		which = fmt.Sprintf("default %q", *v.Default)
	}
	return fmt.Sprintf("--var %s=…  %s (%s)", v.Name, v.Meaning, which)
}
