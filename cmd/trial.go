package cmd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

func newTest(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "test",
		Short: "Test a client of your own against a provider that misbehaves",
		Example: `  oauthctl test client --exec 'myclient --issuer {issuer}'
  oauthctl serve --list-faults`,
		Args: noSubcommand, RunE: showHelp,
	}
	c.AddCommand(newTestClient(app), newTestBrowser(app))
	return c
}

type trialOptions struct {
	addr           string
	faults, groups []string
	exec           []string
	each           time.Duration
	jobs           int
}

func newTestClient(app *App) *cobra.Command {
	o := &trialOptions{}
	c := &cobra.Command{
		Use:   "client",
		Short: "Runs your client against every fault and grades it",
		Long: `Run your client against a provider that misbehaves in one way after the other, and grade it: caught, missed, or not
exercised where it never came to the place. Each fault has an issuer of its own, below one address, and so have
issuers that behave: a client that refuses these scores nothing. "oauthctl serve --list-faults" lists the faults.

With --exec, a command line is run for every fault. It must go through the flow and end with 0 where all is well, with
another code where it refuses. There is no shell: words are split as a shell splits them, and these are replaced:

  {issuer}        the issuer of the fault
  {client_id}     a client that is registered there, with the secret in the file {secret_file}
  {redirect_uri}  http://127.0.0.1/callback: any port will do, and ::1 and localhost too
  {fault}         the name of the fault

The same is in the environment, as OAUTH_TEST_ISSUER, OAUTH_TEST_CLIENT_ID, OAUTH_TEST_CLIENT_SECRET,
OAUTH_TEST_REDIRECT_URI and OAUTH_TEST_FAULT. BROWSER is a browser without a person: "oauthctl test browser".
Nobody has to sign in: the provider agrees at once.

A command is taken for the authorization code flow, unless names of flows stand in front of it:
--exec 'device=mydevice {issuer}' --exec 'refresh,userinfo=sh -c "..."'. Faults of flows without a command are not
exercised. The flows: ` + strings.Join(op.Flows(), ", ") + `.

Without --exec, the issuers are listed, and you take the client to them. Go to one that behaves first. The report comes
when all of them were visited, or by SIGINT, Enter, or after --wait without a request. What a client makes of an ID
token is seen when it goes on to call userinfo.

A fault that must be refused is missed when the client takes it for good (exit code 0), or is seen to do what it must
not: it follows a redirect with its secret, redeems the code of a wrong answer, uses a token that it should have
dropped. Where a client may go on, stopping counts as caught, too. A fault of the keys is missed by a client that
takes an ID token and never fetches them. The exit code is 0 when something was caught and nothing missed, else 4.`,
		Example: `  oauthctl test client --exec 'oauthctl login --issuer {issuer} --client-id {client_id} --client-secret-file {secret_file} --timeout 3s --wait 3s'
  oauthctl test client --exec 'python3 client.py {issuer}' --group jose-header,signature -o junit --output-file report.xml
  oauthctl test client --fault cb-mixup`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runTestClient(cmd.Context(), app, o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "the loopback `ADDRESS` to listen on; port 0 is any free port")
	listVar(f, &o.faults, "fault", "these faults alone, by a `LIST` of names with commas; repeatable")
	listVar(f, &o.groups, "group", "the faults of these groups alone, by a `LIST` with commas; repeatable")
	listVar(f, &o.exec, "exec", "the `COMMAND` line of the client, after names of flows and an equals sign if it is not for the code flow; repeatable")
	f.DurationVar(&o.each, "each", time.Minute, "how long one run of --exec may take, a `DURATION`")
	f.IntVar(&o.jobs, "jobs", 4, "how many runs of --exec go on at a time, `N`")
	describeOutput(c, cardFormats, formatText)
	return c
}

func runTestClient(ctx context.Context, app *App, o *trialOptions) error {
	if err := loopbackOnly(o.addr); err != nil {
		return err
	}
	commands, err := parseTrialCommands(o.exec)
	if err != nil {
		return err
	}
	if len(commands) == 0 {
		if err := app.idle("without --exec", "--exec COMMAND is what is run for each fault", "each", "jobs"); err != nil {
			return err
		}
	}
	if o.jobs < 1 || o.each <= 0 {
		return problem.Usagef("usage.value", "--jobs and --each must be more than nothing")
	}
	config := op.DefaultConfig()
	config.AutoApprove, config.PollInterval, config.Now = true, time.Second, app.Now
	if config.Trials, err = selectTrials(o.faults, o.groups); err != nil {
		return err
	}
	config.Trials = withControls(config.Trials)
	seen := newActivity()
	config.Observe = func(e op.Event) {
		seen.note()
		app.observer().Step("%s %s: %d%s", e.Method, e.Path, e.Status, eventDetail(e))
	}
	server, err := op.Start(ctx, o.addr, config)
	if err != nil {
		return fmt.Errorf("starting the provider: %w", err)
	}
	defer func() { _ = server.Close() }()
	var card reportCard
	if len(commands) > 0 {
		card, err = app.driveTrials(ctx, o, commands, server)
	} else {
		card, err = app.watchTrials(ctx, server, seen)
	}
	if err != nil {
		return err
	}
	if err := app.emit(card.render(app)); err != nil {
		return err
	}
	if !card.passed() {
		return errReported
	}
	return nil
}

// selectTrials returns the faults of the names and groups; all of them where there are neither.
func selectTrials(names, groups []string) ([]op.Fault, error) {
	names, groups = splitCommas(names), splitCommas(groups)
	out, err := op.SelectFaults(names)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, f := range op.Faults() {
		if !slices.Contains(known, f.Group) {
			known = append(known, f.Group)
		}
		chosen := slices.Contains(groups, f.Group) || len(names)+len(groups) == 0
		if chosen && !slices.Contains(names, f.Name) {
			out = append(out, f)
		}
	}
	for _, group := range groups {
		if slices.Contains(known, group) {
			continue
		}
		return nil, noSuch("group", group, known)
	}
	return out, nil
}

// noSuch refuses a name that is none of those known.
func noSuch(what, name string, known []string) error {
	err := problem.Usagef("test."+what, "there is no %s %q", what, text.Escape(name))
	if near := text.Suggest(name, known); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("there are: %s", strings.Join(known, " "))
}

// withControls puts before the faults an issuer that behaves for each flow of theirs.
func withControls(faults []op.Fault) []op.Fault {
	var controls []op.Fault
	for _, f := range faults {
		if !slices.ContainsFunc(controls, func(c op.Fault) bool { return c.Flow == f.Flow }) {
			controls = append(controls, op.Control(f.Flow))
		}
	}
	return append(controls, faults...)
}

// activity says when somebody last came.
type activity struct {
	mu   sync.Mutex
	last time.Time
}

func newActivity() *activity { return &activity{last: time.Now()} }

func (a *activity) note() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = time.Now()
}

func (a *activity) quiet() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.last)
}

// quietEnough is how long nobody must have come, once all issuers were visited, for the report.
const quietEnough = 5 * time.Second

// watchTrials lists the issuers, and waits for a client that somebody takes to them.
func (app *App) watchTrials(ctx context.Context, server *op.Server, seen *activity) (reportCard, error) {
	app.heeding.Store(true)
	fmt.Fprintf(app.stderr(), "client  web, with the secret %s, or cli without one; redirect URI http://127.0.0.1/callback, any port\n\n",
		clientSecret(server, "web"))
	for _, t := range server.Trials() {
		fmt.Fprintf(app.stderr(), "%s  %s\n", t.Issuer, text.Escape(t.Fault.Short))
	}
	app.notice("\nTake your client to each, to one that behaves first. The report comes when all were visited, or by Ctrl-C or Enter.")
	entered := make(chan struct{})
	if app.InTTY {
		go func() {
			_, err := bufio.NewReader(app.In).ReadString('\n')
			if err == nil || err == io.EOF {
				close(entered)
			}
		}()
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-ctx.Done(): // a signal, which is one way to ask for the report
			waiting = false
		case <-entered:
			waiting = false
		case <-tick.C:
			visited := !slices.ContainsFunc(server.Trials(), func(t *op.Trial) bool { return len(t.Events()) == 0 })
			waiting = seen.quiet() < app.global.wait && !(visited && seen.quiet() >= quietEnough)
		}
	}
	var card reportCard
	controls := make(map[string]*op.Trial)
	for _, t := range server.Trials() {
		if t.Fault.Group == op.GroupControl {
			controls[t.Fault.Flow] = t
		}
		card.add(t, t.Watch(controls[t.Fault.Flow]))
	}
	return card, nil
}

func clientSecret(server *op.Server, id string) string {
	for _, c := range server.Info().Clients {
		if c.ID == id {
			return c.Secret
		}
	}
	return ""
}
