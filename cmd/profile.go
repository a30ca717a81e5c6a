package cmd

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpguts"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func newProfile(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "profile",
		Short: "The configured profiles: list, show, use, validate; the built-in providers",
		Long: `A profile is a name for flags that belong together, such as a provider and a client. Profiles stand in the file
oauthctl/config.yaml, in $XDG_CONFIG_HOME, else in ~/.config; on Windows in %AppData%. --config names another file.

  current: staging                # the profile without -p
  profiles:
    staging:
      issuer: https://id.example.com
      client_id: web
      client_secret: {env: WEB_SECRET}     # or {file: …}, {command: [pass, show, web]}
      scope: [openid, profile]             # a flag that can be repeated is a list
    job:
      provider: cidaas                     # a built-in one, see "oauthctl profile providers"
      vars: {tenant: acme, tld: de}
      client_id: job

Keys are the flags in snake_case. A flag on the command line goes before its variable OAUTHCTL_<FLAG>, and both before
the profile. What is unknown or misspelt is an error with line and column.`,
		Example: "  oauthctl profile list\n  oauthctl profile show staging",
		Args:    noSubcommand, RunE: showHelp,
	}
	list := &cobra.Command{
		Use: "list", Short: "The profiles of the configuration file, the current one marked",
		Example: "  oauthctl profile list", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProfileList(app, cmd) },
	}
	describeOutput(list, textOrJSON, formatText)
	show := &cobra.Command{
		Use: "show [NAME]", Short: "What a profile sets, and where each value comes from",
		Example: "  oauthctl profile show\n  OAUTHCTL_SCOPE=openid oauthctl profile show staging", Args: atMost(1), ValidArgsFunction: profileNames(app),
		RunE: func(cmd *cobra.Command, args []string) error { return runProfileShow(app, cmd, args) },
	}
	describeOutput(show, textOrJSON, formatText)
	use := &cobra.Command{
		Use: "use NAME", Short: "Make a profile the current one",
		Example: "  oauthctl profile use staging", Args: exactlyOne("a profile's name"), ValidArgsFunction: profileNames(app),
		RunE: func(cmd *cobra.Command, args []string) error { return runProfileUse(app, cmd, args[0]) },
	}
	validate := &cobra.Command{
		Use: "validate", Short: "Check the configuration file, every profile in it",
		Example: "  oauthctl profile validate\n  oauthctl profile validate --config ci.yaml", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProfileValidate(app, cmd) },
	}
	c.AddCommand(list, show, use, validate, newProviders(app))
	return c
}

// exactlyOne demands one argument.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return problem.Usagef("usage.arguments", "%q needs %s", cmd.CommandPath(), what).WithHint("%s", cmd.UseLine())
		}
		return atMost(1)(cmd, args)
	}
}

func runProfileList(app *App, cmd *cobra.Command) error {
	file, err := app.configFile(cmd.Flags())
	if err != nil {
		return err
	}
	type row struct {
		Name    string `json:"name"`
		Current bool   `json:"current"`
		Issuer  string `json:"issuer,omitempty"`
		Builtin string `json:"provider,omitempty"`
		Client  string `json:"client_id,omitempty"`
	}
	rows := []row{}
	var cells [][]string
	for _, name := range file.Names() {
		p, err := file.Profile(name)
		if err != nil {
			return err
		}
		value := func(key string) string { return strings.Join(p.Values()[key].Text, " ") }
		r := row{name, name == file.Current, value("issuer"), value("provider"), value("client_id")}
		mark := " "
		if r.Current {
			mark = "*"
		}
		rows = append(rows, r)
		cells = append(cells, []string{mark, text.Escape(name), orDash(cmp.Or(r.Issuer, r.Builtin)), orDash(r.Client)})
	}
	if app.format == formatJSON {
		return app.emit(render.JSON(rows))
	}
	if len(cells) == 0 {
		app.notice("no profiles: %s", where(file, app))
		return nil
	}
	var out bytes.Buffer
	render.Table(&out, app.outTheme(), []string{"", "NAME", "PROVIDER", "CLIENT"}, cells)
	return app.emit(out.Bytes())
}

func where(file *profile.File, app *App) string {
	if file.Path != "" {
		return text.Escape(file.Path) + " has none"
	}
	return noFile(app)
}

// noFile says where the configuration file is looked for.
func noFile(app *App) string {
	if path := app.defaultConfig(); path != "" {
		return "there is no " + text.Escape(path)
	}
	return "no place for a configuration file is known (XDG_CONFIG_HOME, HOME, on Windows AppData)"
}

// runProfileShow fills the flags that a profile may set, as a command would, and shows where each value came from.
func runProfileShow(app *App, cmd *cobra.Command, args []string) error {
	file, err := app.configFile(cmd.Flags())
	if err != nil {
		return err
	}
	name := app.early(cmd.Flags(), "profile")
	if len(args) == 1 {
		name = args[0]
	}
	active, err := file.Active(name)
	if err != nil {
		return err
	}
	if active == nil {
		return problem.Usagef("profile.none", "no profile was named and none is current: %s", where(file, app)).
			WithHint("oauthctl profile show NAME; oauthctl profile --help shows a configuration file")
	}
	flags := allFlags(wholeTree()) // untouched by this command's own line
	sources, err := fill(flags, layers{app.env, active, builtin{profile: active, signsIn: true}.values})
	if err != nil {
		return err
	}
	settings := settingsOf(flags, sources, active)
	if app.format == formatJSON {
		return app.emit(render.JSON(map[string]any{"name": active.Name, "values": settings}))
	}
	var out bytes.Buffer
	rows := make([][]string, 0, len(settings))
	for _, s := range settings {
		rows = append(rows, []string{s.Key, text.Escape(strings.Join(s.Value, " ")), s.Source})
	}
	render.Table(&out, app.outTheme(), []string{"KEY", "VALUE", "FROM"}, rows)
	return app.emit(out.Bytes())
}

// setting is one value and where it came from; a secret's value is where it is kept.
type setting struct {
	Key    string   `json:"key"`
	Value  []string `json:"value"`
	Source string   `json:"source"`
}

func settingsOf(flags *pflag.FlagSet, sources map[string]Source, active *profile.Profile) []setting {
	var out []setting
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		source := sources[name]
		if apart(name) {
			continue
		}
		f := flags.Lookup(name)
		value := slices.Clone(valuesOf(f))
		for i := range value {
			value[i] = masked(keyName(name), value[i])
		}
		if kindOf(f) == profile.Secret {
			value = []string{"(secret)"}
			if stored := active.Secret(keyName(name)); stored != nil && source.Layer == FromProfile {
				value = []string{"(" + stored.String() + ")"}
			}
		}
		out = append(out, setting{keyName(name), value, source.String()})
	}
	return out
}

// masked hides what may be a secret in a value: that of a header or a parameter, and a password in an address.
func masked(key, value string) string {
	switch key {
	case "header":
		if name, _, ok := strings.Cut(value, ":"); ok && httpguts.ValidHeaderFieldName(name) { // or all of it may be the secret
			return name + ": …"
		}
		return "…"
	case "param", "auth_param", "token_param":
		if name, _, ok := strings.Cut(value, "="); ok {
			return name + "=…"
		}
		return "…"
	}
	name, address, ok := strings.Cut(value, "=")
	if !ok || key != "endpoint" {
		return text.URL(value)
	}
	return name + "=" + text.URL(address)
}

// allFlags returns a set with every flag of every command, for looking at values without a command.
func allFlags(root *cobra.Command) *pflag.FlagSet {
	all := pflag.NewFlagSet("all", pflag.ContinueOnError)
	everyFlag(root, func(f *pflag.Flag) {
		if all.Lookup(f.Name) == nil {
			all.AddFlag(f)
		}
	})
	return all
}

func runProfileUse(app *App, cmd *cobra.Command, name string) error {
	path := cmp.Or(app.early(cmd.Flags(), "config"), app.defaultConfig())
	if path == "" {
		return problem.Usagef("profile.none", "there is nothing to change: %s", noFile(app)).WithHint("--config FILE names one")
	}
	if err := profile.SetCurrent(path, name, schemaOf(wholeTree())); err != nil {
		return err
	}
	app.notice("%s is the current profile now (%s)", text.Escape(name), text.Escape(path))
	return nil
}

// runProfileValidate reads the file strictly, and gives each profile's values to the flags that they are for.
func runProfileValidate(app *App, cmd *cobra.Command) error {
	file, err := app.configFile(cmd.Flags())
	if err != nil {
		return err
	}
	if file.Path == "" {
		return problem.Usagef("profile.none", "there is nothing to check: %s", where(file, app)).
			WithHint("--config FILE names one")
	}
	if _, err := file.Active(""); err != nil {
		return err
	}
	for _, name := range file.Names() {
		p, err := file.Profile(name)
		if err != nil {
			return err
		}
		noEnv := func(string) string { return "" }
		if _, err := fill(allFlags(wholeTree()), layers{noEnv, p, builtin{profile: p}.values}); err != nil {
			return err
		}
		for _, c := range weaknesses(p) {
			app.warn(c)
		}
	}
	app.notice("%s: %d profiles, all well formed", text.Escape(file.Path), len(file.Names()))
	return nil
}

// weaknesses are what a well-formed profile may still get wrong.
func weaknesses(p *profile.Profile) verdict.Checks {
	values := p.Values()
	var out verdict.Checks
	named := func(key string) bool { return len(values[key].Text) > 0 }
	if !slices.ContainsFunc([]string{"issuer", "provider", "endpoint", "metadata_url"}, named) {
		out = append(out, verdict.Check{
			Rule: "profile.provider", Status: verdict.Warn, Got: "profile " + p.Name + " names no provider", Hint: "add issuer: URL, or provider: NAME with its vars",
		})
	}
	for _, key := range []string{"insecure", "allow_http"} {
		if slices.Equal(values[key].Text, []string{"true"}) {
			out = append(out, verdict.Check{
				Rule: "profile." + key, Status: verdict.Warn,
				Got: fmt.Sprintf("profile %s turns transport security off with %s", p.Name, key),
			})
		}
	}
	return out
}
