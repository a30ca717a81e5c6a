// Package cmd is the command line: flags in, one call, rendering out.
package cmd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// App is what the process gives to a command: streams, environment, clock, transport. Tests give their own.
type App struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// InTTY, OutTTY and ErrTTY say which streams are terminals.
	InTTY, OutTTY, ErrTTY bool

	Columns int // of the terminal that stdout is; 0 where it is none

	inFD int // of stdin, where it is a terminal

	Environ   []string
	GOOS      string
	Now       func() time.Time
	Transport http.RoundTripper                     // nil: the network
	Browser   func(ctx context.Context, url string) // nil: BROWSER, else the system's

	state
}

// state is what becomes known while one command line runs.
type state struct {
	ring          *secret.Ring
	global        globalOptions
	sources       map[string]Source                                // where each flag's value came from
	format        string                                           // of the result
	profileSecret func(ctx context.Context) (secret.Secret, error) // nil: the profile has none

	heeding atomic.Bool // a signal is how the command is meant to end: it ends by itself, however long that takes

	mutex sync.Mutex
	shown map[string]bool // warnings already given, each once
	stdin string          // the flag or argument that reads stdin, which can be read once

	held        grant.Held                  // the profile that this run is held to
	nonces      *oauth.Nonces               // of DPoP proofs; nil where nothing is proven
	privateKeys map[string]*jose.PrivateKey // that were read, by file
	presented   []tls.Certificate           // that were read; nil until then

	output, archive *draft         // of --output-file and --har; nil without them
	recording       *wire.Recorder // of all exchanges; nil until the first, and where nobody asked
}

// System returns the App of the running process.
func System() *App {
	return &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		inFD: int(os.Stdin.Fd()), InTTY: isTerminal(os.Stdin), OutTTY: isTerminal(os.Stdout), ErrTTY: isTerminal(os.Stderr),
		Columns: columnsOf(os.Stdout), Environ: os.Environ(), GOOS: runtime.GOOS, Now: time.Now,
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// columnsOf is the width of a terminal; 0 of what is none, or does not say.
func columnsOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Main runs the command line and returns the exit code.
func Main(app *App, args []string) int {
	log.SetOutput(io.Discard) // net/http has words of its own for stderr
	ctx, stop := withSignals(context.Background())
	defer stop()
	return execute(ctx, app, args)
}

// execute runs one command line.
func execute(ctx context.Context, app *App, args []string) int {
	app.state = state{
		ring: secret.NewRing(), shown: make(map[string]bool), privateKeys: make(map[string]*jose.PrivateKey), recording: app.recording,
	}
	app.In = interruptible{ctx, app.In}
	defer app.discardFiles()
	root := newRoot(app, only(args))
	root.SetArgs(args)
	root.SetIn(app.In)
	root.SetErr(app.Err)
	command, err := app.interruptibly(ctx, root)
	switch help, _ := root.OutOrStdout().(*noting); {
	case errors.Is(err, errVersion): // before what the command demands, as --help
		err = app.emit([]byte(versionLine()))
	case err == nil:
		err = help.failure
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && err != errReported { //nolint:errorlint // a report that came is not interrupted
		err = cause
	}
	err = app.writeHAR(err)
	app.report(withNextStep(err, command, &app.global), args)
	return exitCode(err)
}

// withSignals returns a context that SIGINT and SIGTERM end, with the signal as its cause. A second signal kills.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(signalError{s})
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// interruptible is a reader that a signal ends: a read of stdin may wait for ever.
type interruptible struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no place for it, and this one lives as long as the run
	from io.Reader
}

func (r interruptible) Read(p []byte) (int, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() { // what is read after the end of the run is nobody's
		buffer := make([]byte, len(p))
		n, err := r.from.Read(buffer)
		done <- result{buffer[:n], err}
	}()
	select {
	case got := <-done:
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
}

// report prints an error on stderr, in the format that was asked for.
func (app *App) report(err error, args []string) {
	if err == nil || err == errReported { //nolint:errorlint // a wrapped errReported has something to say
		return
	}
	if _, shown := errors.AsType[demoFailure](err); shown {
		return
	}
	if s, ok := errors.AsType[signalError](err); ok {
		err = &problem.Error{Kind: problem.Interrupted, Code: "interrupted", Message: s.Error()}
	}
	app.global.noColor = app.global.noColor || app.sources == nil && app.wantsNoColour(args)
	if app.wantsJSON(args) {
		render.ErrorJSON(app.stderr(), err)
		return
	}
	render.Error(app.stderr(), app.errTheme(), err)
}

// wantsJSON says whether errors are JSON; where flags could not be parsed the arguments themselves tell.
func (app *App) wantsJSON(args []string) bool {
	if app.global.output != "" {
		return app.global.output == "json"
	}
	for i, arg := range args {
		switch {
		case arg == "--":
			return false
		case arg == "--output" || shorthand(arg) == "o":
			return i+1 < len(args) && args[i+1] == "json"
		case arg == "--output=json" || shorthand(arg) == "ojson" || shorthand(arg) == "o=json":
			return true
		}
	}
	return app.env("OAUTHCTL_OUTPUT") == "json"
}

// shorthand is what follows the switches in an argument such as -qvo.
func shorthand(arg string) string {
	letters, ok := strings.CutPrefix(arg, "-")
	if !ok || strings.HasPrefix(letters, "-") {
		return ""
	}
	return strings.TrimLeft(letters, "qvk")
}

// wantsNoColour is --no-color where flags could not be parsed.
func (app *App) wantsNoColour(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	on, _ := strconv.ParseBool(app.env("OAUTHCTL_NO_COLOR"))
	return on || slices.Contains(args, "--no-color")
}

// env returns a variable of the environment; empty where it is unset.
func (app *App) env(name string) string {
	for _, entry := range app.Environ {
		if key, value, ok := strings.Cut(entry, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// redacting takes known secrets out of all that is written through it.
type redacting struct {
	to   io.Writer
	ring *secret.Ring
}

func (r redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.to, r.ring.Redact(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// stderr is the way to stderr for everything but traces: no secret that the run has seen gets through.
func (app *App) stderr() io.Writer { return redacting{app.Err, app.ring} }

// outTheme and errTheme are the styles of the two streams, which may be terminals or not.
func (app *App) outTheme() render.Theme { return app.theme(app.Out, app.OutTTY) }

func (app *App) errTheme() render.Theme { return app.theme(app.Err, app.ErrTTY) }

func (app *App) theme(w io.Writer, terminal bool) render.Theme {
	plain := !terminal || app.global.noColor || app.env("NO_COLOR") != "" || app.env("TERM") == "dumb"
	if plain {
		return render.NewTheme(w, render.Plain)
	}
	return render.NewTheme(w, render.Colour)
}

// warn prints a warning once, unless -q hides it.
func (app *App) warn(c verdict.Check) {
	if !app.global.quiet {
		app.warnAlways(c)
	}
}

// warnAlways prints a security warning, which -q does not hide.
func (app *App) warnAlways(c verdict.Check) {
	app.mutex.Lock()
	defer app.mutex.Unlock()
	key := c.Rule + "\x00" + c.Got
	if app.shown[key] {
		return
	}
	app.shown[key] = true
	render.Warning(app.stderr(), app.errTheme(), c)
}

// notice prints a line about the work on stderr, unless -q hides it.
func (app *App) notice(format string, args ...any) {
	if !app.global.quiet {
		fmt.Fprintf(app.stderr(), format+"\n", args...)
	}
}
