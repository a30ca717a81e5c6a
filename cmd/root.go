package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globalOptions mean the same on every command.
type globalOptions struct {
	profile, config    string
	output, outputFile string
	verbose, quiet     bool
	trace, showSecrets bool
	har                string
	timeout, wait      time.Duration
	cacert, proxy      string
	insecure           bool
	allowHTTP          bool
	nonInteractive     bool
	noColor            bool
	certificate        certificateOptions
}

func (o *globalOptions) flags(f *pflag.FlagSet) {
	f.StringVarP(&o.profile, "profile", "p", "", "the configured profile `NAME` (default: the current one)")
	f.StringVar(&o.config, "config", "", "the configuration `FILE` (default: oauthctl/config.yaml in $XDG_CONFIG_HOME, else in ~/.config; on Windows in %AppData%)")
	f.StringVarP(&o.output, "output", "o", "", "the `FORMAT` of the result")
	f.StringVar(&o.outputFile, "output-file", "", "write the result to `FILE`, made with mode 0600")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "each step and each check on stderr")
	f.BoolVar(&o.trace, "trace", false, "every HTTP request and response on stderr, secrets redacted")
	f.StringVar(&o.har, "har", "", "every HTTP request and response in a HAR `FILE`, made with mode 0600, secrets redacted")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "leave secrets in the trace and the HAR file; warns")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "only errors and security warnings on stderr")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long one HTTP request may take, a `DURATION` such as 10s or 1m30s")
	f.DurationVar(&o.wait, "wait", 5*time.Minute, "how long to wait for a person, a `DURATION` such as 2m")
	f.StringVar(&o.cacert, "cacert", "", "trust the certificates of this PEM `FILE` too")
	o.certificate.flags(f)
	f.StringVar(&o.proxy, "proxy", "", "send requests through this proxy `URL` (default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY)")
	f.BoolVarP(&o.insecure, "insecure", "k", false, "accept any TLS certificate; always warns")
	f.BoolVar(&o.allowHTTP, "allow-http", false, "accept http:// endpoints off loopback; always warns")
	f.BoolVar(&o.nonInteractive, "non-interactive", false, "never ask a question")
	f.BoolVar(&o.noColor, "no-color", false, "no colour")
	f.VarPF(versionFlag{}, "version", "", "the version of this program").NoOptDefVal = "true"
}

// The groups of the root's help.
const (
	groupFlows   = "flows"
	groupInspect = "inspect"
	groupLocal   = "local"
)

// Declaring some five hundred flags takes longer than most runs: where a command is named, it alone is made.
func newRoot(app *App, alone string) *cobra.Command {
	root := &cobra.Command{
		Use:   "oauthctl",
		Short: "Drive OAuth 2.0 and OpenID Connect flows, verify what comes back, say what is wrong",
		Long: `oauthctl drives OAuth 2.0 and OpenID Connect flows against any provider, verifies everything that
comes back, and says what is wrong and how to mend it.

The result goes to stdout and nothing else does; the exit code says who has to act. Every flag can be
given as OAUTHCTL_<FLAG>, or in a profile of the configuration file: see "oauthctl profile --help".

New here? "oauthctl demo" runs every flow against a provider that is built in, and "oauthctl serve" is
that provider for trying them by hand.`,
		Example: `  oauthctl demo
  oauthctl login --issuer https://id.example.com --client-id web
  oauthctl token client-credentials --issuer https://id.example.com --client-id job --client-secret-file secret
  oauthctl jwt verify --issuer https://id.example.com --audience https://api.example.com token.jwt`,
		Args: noSubcommand, RunE: showHelp,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return app.prepare(cmd)
		},
	}
	root.SetOut(&noting{to: app.Out}) // before completion is added, which keeps it
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(app.showUsage)
	app.global.flags(root.PersistentFlags())
	root.AddGroup(
		&cobra.Group{ID: groupFlows, Title: "Get tokens, and end them:"},
		&cobra.Group{ID: groupInspect, Title: "Look at a provider and its tokens:"},
		&cobra.Group{ID: groupLocal, Title: "On this machine:"},
	)
	for _, e := range branches() {
		if alone != "" && e.name != alone {
			continue
		}
		c := e.build(app)
		c.GroupID = e.group
		root.AddCommand(c)
	}
	if alone == "" {
		addHelp(app, root)
	}
	return root
}

// addHelp adds what is about the other commands: help, its topics, completion.
func addHelp(app *App, root *cobra.Command) {
	root.AddCommand(newTopic("exit-codes", "The exit codes and what they mean", exitTable),
		newTopic("environment", "The environment variables that are read", environmentTable))
	root.SetCompletionCommandGroupID(groupLocal)
	help := newHelp(root)
	help.GroupID = groupLocal
	root.SetHelpCommand(help)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	polishCompletion(root)
	completeFlags(app, root)
}

// branch is one command of the root.
type branch struct {
	group string
	name  string
	build func(*App) *cobra.Command
}

// branches lists the commands, in the order of their groups.
func branches() []branch {
	return []branch{
		{groupFlows, "login", newLogin},
		{groupFlows, "token", newToken},
		{groupFlows, "revoke", newRevoke},
		{groupFlows, "logout", newLogout},
		{groupInspect, "jwt", newJWT},
		{groupInspect, "jwks", newJWKS},
		{groupInspect, "discover", newDiscover},
		{groupInspect, "userinfo", newUserInfo},
		{groupInspect, "introspect", newIntrospect},
		{groupInspect, "call", newCall},
		{groupInspect, "client", newClient},
		{groupLocal, "key", newKey},
		{groupLocal, "serve", newServe},
		{groupLocal, "test", newTest},
		{groupLocal, "demo", newDemo},
		{groupLocal, "profile", newProfile},
		{groupLocal, "version", newVersion},
	}
}

// wholeTree is the root with every command, untouched by any command line: for what is derived from all flags.
func wholeTree() *cobra.Command {
	return newRoot(&App{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, "")
}

// only is the command that the first argument names; empty where it names none, and all may be needed.
func only(args []string) string {
	if len(args) > 0 && slices.ContainsFunc(branches(), func(e branch) bool { return e.name == args[0] }) {
		return args[0]
	}
	return ""
}

// polishCompletion gives cobra's own commands the examples and argument checks that every command has here.
func polishCompletion(root *cobra.Command) {
	completion, _, err := root.Find([]string{"completion"})
	if err != nil || completion == root {
		return
	}
	completion.Example = "  oauthctl completion bash > /etc/bash_completion.d/oauthctl"
	completion.Args, completion.RunE = noSubcommand, showHelp
	for _, shell := range completion.Commands() {
		shell.Example, shell.Args = fmt.Sprintf("  oauthctl completion %s", shell.Name()), noArgs
	}
}

// completeFlags offers the formats of the command at hand, and the names of the configured profiles.
func completeFlags(app *App, root *cobra.Command) {
	formats := func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return strings.Fields(cmd.Annotations[annotationFormats]), cobra.ShellCompDirectiveNoFileComp
	}
	_ = root.RegisterFlagCompletionFunc("output", formats) // fails only for a flag that is not there
	_ = root.RegisterFlagCompletionFunc("profile", func(c *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		return profileNames(app)(c, nil, toComplete)
	})
	completeChoices(root)
}

// newHelp is the help command, which refuses what it has no help for.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help about any command",
		Example: "  oauthctl help token\n  oauthctl help exit-codes",
		Args:    cobra.ArbitraryArgs, ValidArgsFunction: helpTopics(root),
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				if found == nil {
					found = root
				}
				return noSubcommand(found, args[len(args)-max(len(rest), 1):])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// newTopic is something to read: it has no Run, so it stands under "oauthctl help" only.
func newTopic(name, short, long string) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Long: long, Example: "  oauthctl help " + name}
}

// environmentTable is what `oauthctl help environment` shows.
const environmentTable = `Every flag can come from a variable: OAUTHCTL_ and the flag's name in capitals, with _ for -. OAUTHCTL_ISSUER is
--issuer, OAUTHCTL_CLIENT_SECRET is --client-secret, OAUTHCTL_NO_BROWSER=true is --no-browser. Lists are separated by
spaces, and an empty variable is as none. A flag goes before its variable, the variable before the profile, the profile
before the built-in provider. "oauthctl profile show" says where each value comes from.

Besides:

  XDG_CONFIG_HOME     the folder of oauthctl/config.yaml; without it ~/.config, on Windows %AppData%
  BROWSER             the command that opens an address, with %s in the address's place or without; several as in PATH
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                      the proxies, unless --proxy names one; addresses on this machine are asked directly
  NO_COLOR            any value: no colour; TERM=dumb likewise
  SSL_CERT_FILE, SSL_CERT_DIR
                      trusted certificates in place of the system's, except on macOS and Windows; --cacert adds to them
`

// showHelp is what a group of commands does when it is called alone.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }
