package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
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
	dir    string            // with the files that the commands read
	values map[string]string // what earlier steps got, by name

	browser http.RoundTripper // the user's network; nil: the machine's
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
	dir, err := os.MkdirTemp("", "oauthctl-demo-*")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d := &demo{app: app, dir: dir, values: make(map[string]string)}
	defer d.close()
	if err := d.files(); err != nil {
		return fmt.Errorf("preparing the demo: %w", err)
	}
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
	result := render.JSON(outcomes)
	if app.format == formatText {
		result = demoTable(app, outcomes)
	}
	if err := app.emit(result); err != nil {
		return err
	}
	return firstFailure(outcomes)
}

// close ends the provider that steps share.
func (d *demo) close() {
	if d.server != nil {
		_ = d.server.Close()
	}
}

// run starts the provider that the step needs and runs its command.
func (d *demo) run(ctx context.Context, s step) (outcome, error) {
	server, err := d.provider(ctx, s)
	if err != nil {
		return outcome{}, err
	}
	if s.own() {
		defer func() { _ = server.Close() }()
	}
	user := server.Info().Users[0]
	replace := strings.NewReplacer(
		"{issuer}", server.Issuer(), "{subject}", op.DefaultConfig().Users[0].Subject, "{user}", user.Username, "{dir}", d.dir,
	)
	args, err := shellWords(s.args)
	if err != nil {
		return outcome{}, err
	}
	for i, arg := range args {
		args[i] = replace.Replace(arg)
	}
	var stdout bytes.Buffer
	stderr := &watched{
		device: func(address, code string) {
			_, _ = d.robot(s).Device(ctx, address, code, user.Username, user.Password)
		},
		asked: func() { _, _ = d.robot(s).Backchannel(ctx, server.Issuer()+"/ciba", user.Username, user.Password) },
	}
	child := d.child(s, server.Info())
	child.Out, child.Err = &stdout, stderr
	start := d.app.Now()
	exit := execute(ctx, child, slices.Concat(args, []string{"--wait", "20s"}))
	o := outcome{
		Name: s.name, Command: "oauthctl " + quoteAll(args), Exit: exit, Rule: s.rule,
		Millis: float64(d.app.Now().Sub(start).Microseconds()) / 1000, stderr: stderr.text.String(),
	}
	o.OK = exit == s.exit && s.prints() == (stdout.Len() > 0) && (s.rule == "" || errorCode(stderr.text.Bytes()) == s.rule)
	if s.keep == "" {
		return o, nil
	}
	d.values[s.keep] = stdout.String()
	return o, d.write(s.keep, stdout.String())
}

// child is the App of a step's command: with the user before its browser, and the client's secret in its environment.
func (d *demo) child(s step, info op.Info) *App {
	child := &App{
		In: strings.NewReader(d.values[s.stdin]), GOOS: d.app.GOOS, Now: d.app.Now,
		Environ: []string{"HOME=" + d.dir, "XDG_CONFIG_HOME=" + d.dir, "CI=1"},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = d.robot(s).SignIn(ctx, url, info.Users[0].Username, info.Users[0].Password) }() // what went wrong shows in the command's result
		},
		Transport: d.app.Transport, state: state{recording: d.app.recorder()},
	}
	for _, c := range info.Clients {
		if c.ID == s.key {
			child.Environ = append(child.Environ, "OAUTHCTL_CLIENT_SECRET="+c.Secret)
		}
	}
	return child
}

// robot plays the user of a step.
func (d *demo) robot(s step) *op.Robot {
	return &op.Robot{Deny: s.person == refuses, Transport: d.browser}
}

// watched is the stderr of a command. Who finds a code there for another device takes it to that device, and who is asked
// by a backchannel request answers.
type watched struct {
	text   bytes.Buffer
	device func(address, code string)
	asked  func()
}

func (w *watched) Write(data []byte) (int, error) {
	w.text.Write(data)
	if code, ok := strings.CutPrefix(string(data), "code: "); ok {
		_, address, _ := strings.Cut(w.text.String(), "open: ")
		address, _, _ = strings.Cut(address, "\n")
		w.device(address, strings.TrimSpace(code))
	}
	if bytes.HasPrefix(data, []byte("asked: ")) {
		w.asked()
	}
	return len(data), nil
}

// files writes the keys, certificates and passwords that the commands read.
func (d *demo) files() error {
	other, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		return err
	}
	jwk, err := other.JWK()
	if err != nil {
		return err
	}
	files := map[string]string{
		"ca.pem": op.TestCA(), "password": op.DefaultConfig().Users[0].Password.Reveal(), "other.jwk": jwk.Reveal(),
	}
	for _, alg := range entries(clientAlgorithms) {
		_, files[alg+".pem"] = op.TestClientKey(jose.Algorithm(alg))
	}
	_, files["decrypt-rsa.pem"] = op.TestDecryptionKey("RSA-OAEP")
	_, files["decrypt-ec.pem"] = op.TestDecryptionKey("ECDH-ES")
	for _, client := range []string{"web-tls", "web-tls-self"} {
		files[client+".pem"], files[client+".key"] = op.TestCertificate(client)
	}
	for name, content := range files {
		if err := d.write(name, content); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) write(name, content string) error {
	return os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o600)
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

// own says that a step needs a provider of its own.
func (s step) own() bool { return s.fault != "" || s.as != "" }

// provider starts a provider, one for all steps that can share it, and one for each other.
func (d *demo) provider(ctx context.Context, s step) (*op.Server, error) {
	if !s.own() && d.server != nil {
		return d.server, nil
	}
	config, err := configOf(s.as)
	if err != nil {
		return nil, err
	}
	config.Now, config.PollInterval = d.app.Now, time.Second
	if s.fault != "" {
		config.Faults = []string{s.fault}
	}
	server, err := op.Start(ctx, "127.0.0.1:0", config)
	if err != nil {
		return nil, fmt.Errorf("starting the provider: %w", err)
	}
	if !s.own() {
		d.server = server
	}
	return server, nil
}

// quoteAll is a command line that can be pasted.
func quoteAll(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = text.Argument(arg)
	}
	return strings.Join(out, " ")
}

// demoTable shows every step, and of a failed one its command and what it said.
func demoTable(app *App, outcomes []outcome) []byte {
	theme := app.outTheme()
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
