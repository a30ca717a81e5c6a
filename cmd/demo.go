package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func newDemo(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Every flow against the built-in provider, end to end, in seconds",
		Long: `Start the built-in provider, play the user, run every flow with the real commands, and verify everything.
Then turn the provider's faults on, one by one, and see each one refused. The exit code is that of the first failure.`,
		Example: "  oauthctl demo\n  oauthctl demo -v",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), app) },
	}
	describeOutput(c, textOrJSON, formatText)
	return c
}

// demo runs commands of this program against a provider of its own.
type demo struct {
	app    *App
	server *op.Server
	dir    string
	values map[string]string // what earlier steps got, by name
}

// step is one row of the demo: a command, what it must end with, and what to say of its output.
type step struct {
	name  string
	args  []string // {issuer} and the like stand for values
	stdin string   // the name of a value
	key   string   // the client whose secret the command gets by its environment
	keep  string   // the name under which the output is kept
	fault string   // of the provider, which the command must notice
	exit  int
	rule  string // the code of the error where exit is not 0; empty where a report tells
}

// steps is every flow, and then what must be refused.
func steps() []step {
	login := []string{"token", "auth-code", "--issuer", "{issuer}", "-s", "openid profile email offline_access"}
	with := func(args []string, more ...string) []string { return append(append([]string{}, args...), more...) }
	credentials := []string{"token", "client-credentials", "--issuer", "{issuer}", "--client-id", "service"}
	out := []step{
		{name: "discovery", args: []string{"discover", "{issuer}", "-o", "json"}},
		{name: "key set", args: []string{"jwks", "{issuer}", "-o", "json"}},
		{name: "login, public client, PKCE", args: []string{"login", "--issuer", "{issuer}", "--client-id", "cli"}},
		{name: "code + PKCE, public client", args: with(login, "--client-id", "cli", "-o", "refresh-token"), keep: "refresh"},
		{name: "refresh, rotated", args: []string{"token", "refresh", "--issuer", "{issuer}", "--client-id", "cli", "--refresh-token-file", "-"}, stdin: "refresh", keep: "access"},
		{name: "userinfo, sub compared", args: []string{"userinfo", "--issuer", "{issuer}", "--token-file", "-", "--expect-sub", "{subject}"}, stdin: "access"},
		{name: "code + PKCE, client secret (basic)", key: "web", args: with(login, "--client-id", "web", "-o", "claims")},
		{name: "code + PKCE, client secret (post)", key: "web", args: with(login, "--client-id", "web", "--auth-method", "client_secret_post", "-o", "claims")},
		{name: "code + PKCE, form_post", key: "web", args: with(login, "--client-id", "web", "--response-mode", "form_post", "-o", "claims")},
		{name: "client credentials", key: "service", args: credentials, keep: "service"},
		{name: "JWT access token (RFC 9068)", args: []string{"jwt", "verify", "--issuer", "{issuer}", "--audience", op.DefaultAudience, "--kind", "access", "--strict", "-o", "json"}, stdin: "service"},
		{name: "introspection, active", key: "service", args: []string{"introspect", "--issuer", "{issuer}", "--client-id", "service", "--token-file", "-"}, stdin: "service"},
		{name: "revocation", key: "service", args: []string{"revoke", "--issuer", "{issuer}", "--client-id", "service", "--token-file", "-", "-o", "json"}, stdin: "service"},
		{name: "introspection, revoked", key: "service", args: []string{"introspect", "--issuer", "{issuer}", "--client-id", "service", "--token-file", "-"}, stdin: "service", exit: 4},
		{name: "an API called with the token", args: []string{"call", "--token-file", "-", "{issuer}/userinfo"}, stdin: "access"},
		{name: "an API that refuses a revoked token", args: []string{"call", "--token-file", "-", "--fail=false", "{issuer}/userinfo"}, stdin: "service"},
		{name: "ID token for a logout", args: with(login, "--client-id", "cli", "-o", "id-token"), keep: "id"},
		{name: "logout, the browser comes back", args: []string{"logout", "--issuer", "{issuer}", "--client-id", "cli", "--id-token-file", "-", "-o", "json"}, stdin: "id"},
	}
	for _, alg := range []string{"rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa", "ed25519"} {
		out = append(out, step{name: "ID token signed with " + strings.ToUpper(alg), key: "web-" + alg, args: with(login, "--client-id", "web-"+alg, "-o", "claims")})
	}
	refused := func(name, fault, rule string) step {
		return step{name: "refused: " + name, fault: fault, rule: rule, exit: 4, args: with(login, "--client-id", "cli", "-o", "json")}
	}
	return append(out,
		step{name: "refused: a refresh token used twice", args: []string{"token", "refresh", "--issuer", "{issuer}", "--client-id", "cli", "--refresh-token-file", "-", "-o", "json"}, stdin: "refresh", exit: 7, rule: "oauth.invalid_grant"},
		refused("an issuer that differs by a slash", "disc-issuer-slash", "metadata.issuer"),
		refused("an unsigned ID token", "jose-none", "jose.alg"),
		refused("an ID token that was changed", "sig-payload-mutate", "jose.signature"),
		refused("an ID token for somebody else's login", "cl-nonce-suffix", "id_token.nonce"),
		refused("a callback from another issuer", "cb-iss-missing", "callback.iss"),
		refused("a redirect from the token endpoint", "tok-307-host", "wire.redirect"),
	)
}

// outcome is what came of a step.
type outcome struct {
	Name    string  `json:"name"`
	Command string  `json:"command"`
	OK      bool    `json:"ok"`
	Exit    int     `json:"exit"`
	Rule    string  `json:"rule,omitempty"`
	Millis  float64 `json:"ms"`
	stderr  string
}

func runDemo(ctx context.Context, app *App) error {
	format, err := app.format(textOrJSON, formatText)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "oauthctl-demo-*")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d := &demo{app: app, dir: dir, values: make(map[string]string)}
	var outcomes []outcome
	for _, s := range steps() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := d.run(ctx, s)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, o)
	}
	if d.server != nil {
		_ = d.server.Close()
	}
	result := render.JSON(outcomes)
	if format == formatText {
		result = demoTable(app, outcomes)
	}
	if err := app.emit(result); err != nil {
		return err
	}
	return firstFailure(outcomes)
}

// run starts the provider that the step needs and runs its command.
func (d *demo) run(ctx context.Context, s step) (outcome, error) {
	server, err := d.provider(ctx, s.fault)
	if err != nil {
		return outcome{}, err
	}
	if s.fault != "" {
		defer func() { _ = server.Close() }()
	}
	user := server.Info().Users[0]
	replace := strings.NewReplacer("{issuer}", server.Issuer(), "{subject}", op.DefaultConfig().Users[0].Subject)
	args := make([]string, len(s.args))
	for i, arg := range s.args {
		args[i] = replace.Replace(arg)
	}
	var stdout, stderr bytes.Buffer
	child := &App{
		In: strings.NewReader(d.values[s.stdin]), Out: &stdout, Err: &stderr, GOOS: d.app.GOOS, Now: d.app.Now,
		Environ: []string{"HOME=" + d.dir, "XDG_CONFIG_HOME=" + d.dir, "CI=1"},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = op.SignIn(ctx, url, user.Username, user.Password) }() // what went wrong shows in the command's result
		},
	}
	for _, c := range server.Info().Clients {
		if c.ID == s.key {
			child.Environ = append(child.Environ, "OAUTHCTL_CLIENT_SECRET="+c.Secret)
		}
	}
	start := d.app.Now()
	exit := execute(ctx, child, slices.Concat(args, []string{"--wait", "20s"}))
	o := outcome{
		Name: s.name, Command: "oauthctl " + quoteAll(args), Exit: exit, Rule: s.rule,
		Millis: float64(d.app.Now().Sub(start).Microseconds()) / 1000, stderr: stderr.String(),
	}
	if s.exit == 0 {
		o.OK = exit == 0 && stdout.Len() > 0
		d.values[s.keep] = stdout.String()
		return o, nil
	}
	report := s.rule == "" // bad news that is the result itself
	o.OK = exit == s.exit && (stdout.Len() > 0) == report && errorCode(stderr.Bytes()) == s.rule
	return o, nil
}

// errorCode is the code of the JSON error on the last line of stderr.
func errorCode(stderr []byte) string {
	lines := bytes.Split(bytes.TrimSpace(stderr), []byte("\n"))
	var last struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(lines[len(lines)-1], &last) != nil {
		return ""
	}
	return last.Error.Code
}

// provider starts a provider, one for all steps without a fault, and one for each fault.
func (d *demo) provider(ctx context.Context, fault string) (*op.Server, error) {
	if fault == "" && d.server != nil {
		return d.server, nil
	}
	config := op.DefaultConfig()
	config.Now = d.app.Now
	if fault != "" {
		config.Faults = []string{fault}
	}
	server, err := op.Start(ctx, "127.0.0.1:0", config)
	if err != nil {
		return nil, fmt.Errorf("starting the provider: %w", err)
	}
	if fault == "" {
		d.server = server
	}
	return server, nil
}

// quoteAll is a command line that can be pasted.
func quoteAll(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = arg
		if strings.ContainsAny(arg, " '\"$") {
			out[i] = shellQuote(arg)
		}
	}
	return strings.Join(out, " ")
}

// demoTable shows every step, and of a failed one its command and what it said.
func demoTable(app *App, outcomes []outcome) []byte {
	theme := app.theme(app.Out, app.OutTTY)
	var out bytes.Buffer
	rows := make([][]string, 0, len(outcomes))
	good := 0
	for _, o := range outcomes {
		status, detail := verdict.Fail, "exit "+strconv.Itoa(o.Exit)
		if o.OK {
			status, good = verdict.Pass, good+1
		}
		if o.Rule != "" {
			detail += ", " + o.Rule
		}
		rows = append(rows, []string{theme.Mark(status), o.Name, detail, fmt.Sprintf("%.1f ms", o.Millis)})
	}
	render.Table(&out, theme, []string{"", "FLOW", "RESULT", "TIME"}, rows)
	for _, o := range outcomes {
		if !o.OK {
			fmt.Fprintf(&out, "\n%s %s\n  %s\n%s", theme.Mark(verdict.Fail), o.Name, o.Command, o.stderr)
		} else if app.global.verbose {
			fmt.Fprintf(&out, "\n%s\n  %s\n", o.Name, o.Command)
		}
	}
	fmt.Fprintf(&out, "\n%d of %d as they must be\n", good, len(outcomes))
	return out.Bytes()
}

// demoFailure ends a demo in which a step failed, with that step's exit code.
type demoFailure struct{ exit int }

func (demoFailure) Error() string { return "a flow of the demo failed" }

// firstFailure is the error of the first step that failed. A step
// that ended with 0 where it had to refuse counts as 1.
func firstFailure(outcomes []outcome) error {
	for _, o := range outcomes {
		if !o.OK {
			return demoFailure{max(o.Exit, 1)}
		}
	}
	return nil
}
