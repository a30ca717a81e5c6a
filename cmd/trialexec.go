package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// testRedirect is a redirect URI that every client of the provider has, with any port.
const testRedirect = "http://127.0.0.1/callback"

// parseTrialCommands reads --exec: the words of a command by flow.
func parseTrialCommands(lines []string) (map[string][]string, error) {
	commands := make(map[string][]string)
	for _, line := range lines {
		flows, rest := []string{op.FlowCode}, line
		if names, after, ok := strings.Cut(line, "="); ok && names != "" && strings.Trim(names, "abcdefghijklmnopqrstuvwxyz_,") == "" {
			flows, rest = splitCommas([]string{names}), after
		}
		words, err := shellWords(rest)
		if err != nil || len(words) == 0 {
			return nil, problem.Usagef("test.exec", "--exec %q is no command line: %s", brief(line), orNothing(err))
		}
		for _, flow := range flows {
			if known := op.Flows(); !slices.Contains(known, flow) {
				return nil, noSuch("flow", flow, known)
			}
			if commands[flow] != nil {
				return nil, problem.Usagef("test.exec", "--exec names the flow %s twice", flow).
					WithHint("the command of other flows has their names in front: --exec 'device=COMMAND'")
			}
			commands[flow] = words
		}
	}
	return commands, nil
}

func orNothing(err error) string {
	if err == nil {
		return "it is empty"
	}
	return err.Error()
}

// shellWords splits a line as a shell does: white space parts words, quotes keep them together, and a backslash takes
// the next character as it is, within double quotes only where that means something. Nothing is expanded.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	open, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`", r) {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, open = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if open {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quotation does not end")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// driver runs the commands that stand for a client.
type driver struct {
	app      *App
	each     time.Duration
	commands map[string][]string
	server   *op.Server
	folder   string // with the secrets, a file each
	browser  string
}

// driveTrials runs the commands at every issuer: first at those that behave, then, for the flows that get on there, at
// the faults, so many at a time.
func (app *App) driveTrials(ctx context.Context, o *trialOptions, commands map[string][]string, server *op.Server) (card reportCard, err error) {
	d := &driver{app: app, each: o.each, commands: commands, server: server}
	if d.folder, err = os.MkdirTemp("", "oauthctl-test-*"); err != nil {
		return card, fmt.Errorf("making a folder for the clients' secrets: %w", err)
	}
	defer func() { _ = os.RemoveAll(d.folder) }()
	for _, c := range server.Info().Clients {
		if err := os.WriteFile(filepath.Join(d.folder, c.ID), []byte(c.Secret), 0o600); err != nil {
			return card, fmt.Errorf("writing a client's secret: %w", err)
		}
	}
	if d.browser, err = ownCommand(); err != nil {
		return card, err
	}
	trials := server.Trials()
	results := make([]op.Result, len(trials))
	behaved := make(map[string]bool)
	for _, controls := range []bool{true, false} {
		err := d.forEach(ctx, o.jobs, trials, func(i int) error {
			t := trials[i]
			if (t.Fault.Group == op.GroupControl) != controls {
				return nil
			}
			result, err := d.try(ctx, t, controls || behaved[t.Fault.Flow])
			results[i] = result
			return err
		})
		if err != nil {
			return card, err
		}
		for i, t := range trials {
			if t.Fault.Group == op.GroupControl {
				behaved[t.Fault.Flow] = results[i].Verdict == op.Caught
			}
		}
	}
	for i, t := range trials {
		card.add(t, results[i])
	}
	return card, nil
}

// forEach calls do for every trial, so many at a time, until one fails.
func (d *driver) forEach(ctx context.Context, jobs int, trials []*op.Trial, do func(int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range trials {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// try runs the command for one issuer, and judges it.
func (d *driver) try(ctx context.Context, t *op.Trial, behaved bool) (op.Result, error) {
	words := d.commands[t.Fault.Flow]
	switch {
	case words == nil:
		return op.Result{Verdict: op.NotExercised, Reason: "no command for the flow " + t.Fault.Flow}, nil
	case t.Fault.Scripted():
		return op.Result{Verdict: op.NotExercised, Reason: "it takes a browser that runs scripts, which that of --exec does not: try it by hand"}, nil
	case !behaved:
		return op.Result{Verdict: op.NotExercised, Reason: "the command for the flow " + t.Fault.Flow + " does not get on where the provider behaves"}, nil
	}
	run, said, err := d.run(ctx, t, words)
	if err != nil {
		return op.Result{}, err
	}
	result := t.Fault.Judge(t.Events(), run)
	if result.Verdict == op.Missed && said != "" {
		result.Reason += "; it said: " + text.Escape(said)
	}
	d.app.observer().Step("%s: %s (%s) %s", t.Fault.Name, result.Verdict, run, said)
	return result, nil
}

// run runs the command once. What it said last on stderr is returned beside how it ended.
func (d *driver) run(ctx context.Context, t *op.Trial, words []string) (op.Run, string, error) {
	client := op.ClientFor(t.Fault.Flow)
	file := filepath.Join(d.folder, client)
	argv := make([]string, len(words))
	replace := strings.NewReplacer("{issuer}", t.Issuer, "{client_id}", client, "{secret_file}", file,
		"{redirect_uri}", testRedirect, "{fault}", t.Fault.Name)
	for i, word := range words {
		argv[i] = replace.Replace(word)
	}
	limited, cancel := context.WithTimeout(ctx, d.each)
	defer cancel()
	child := exec.CommandContext(limited, argv[0], argv[1:]...)
	child.WaitDelay = 2 * time.Second
	child.Env = append(slices.Clone(d.app.Environ), "BROWSER="+d.browser,
		"OAUTH_TEST_ISSUER="+t.Issuer, "OAUTH_TEST_CLIENT_ID="+client, "OAUTH_TEST_CLIENT_SECRET="+clientSecret(d.server, client),
		"OAUTH_TEST_REDIRECT_URI="+testRedirect, "OAUTH_TEST_FAULT="+t.Fault.Name)
	said := &tail{}
	child.Stdout, child.Stderr = io.Discard, said
	err := child.Run()
	if ctx.Err() != nil {
		return op.Run{}, "", context.Cause(ctx)
	}
	if limited.Err() != nil {
		return op.Run{Exit: -1, TimedOut: true}, said.line(), nil
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return op.Run{Exit: exit.ExitCode()}, said.line(), nil
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return op.Run{}, "", problem.Usagef("test.exec", "running %s: %v", text.Escape(argv[0]), err).
			WithHint("--exec takes a program and its arguments; for anything more: --exec 'sh -c \"...\"'")
	}
	return op.Run{}, said.line(), nil
}

// ownCommand is a command line for BROWSER, which plays one.
func ownCommand() (string, error) {
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding this program itself, to play the browser: %w", err)
	}
	return path + " test browser", nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

// tailSize is enough for a line that somebody will read.
const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	t.last = bytes.Clone(t.last[max(0, len(t.last)-tailSize):])
	return len(p), nil
}

// line returns the last line that is not empty, cut to a readable length.
func (t *tail) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.last)), "\n")
	const enough = 200
	last := strings.ToValidUTF8(lines[len(lines)-1], "?")
	if runes := []rune(last); len(runes) > enough {
		last = string(runes[:enough]) + "…"
	}
	return last
}
