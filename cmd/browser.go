package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/pkg/browser"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// openBrowser opens an address without waiting for the browser. What goes wrong is a warning: the address is on
// stderr already.
func (app *App) openBrowser(ctx context.Context, address string) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		app.openFailed("", errors.New("it is no http or https address"))
		return
	}
	address = u.String()
	if app.Browser != nil {
		app.Browser(ctx, address)
		return
	}
	if command := app.env("BROWSER"); command != "" {
		go app.runBrowsers(ctx, command, address)
		return
	}
	if app.GOOS == "windows" { // ShellExecute starts no child of ours
		go func() {
			if err := browser.OpenURL(address); err != nil {
				app.openFailed("ShellExecute", err)
			}
		}()
		return
	}
	go func() {
		if err := app.runOpener(ctx, address); err != nil {
			app.openFailed(strings.Join(openers(app.GOOS), ", "), err)
		}
	}()
}

// runOpener runs the first of the system's openers that there is.
func (app *App) runOpener(ctx context.Context, address string) error {
	for _, name := range openers(app.GOOS) {
		if _, err := exec.LookPath(name); err == nil {
			return app.runQuietly(ctx, name, address)
		}
	}
	return exec.ErrNotFound
}

// runQuietly runs an opener of the system, which tries one browser after the other and has words for each: where none
// opens, the last are told. They go to a file and no pipe, whose end the browser would not survive.
func (app *App) runQuietly(ctx context.Context, name, address string) error {
	if app.global.verbose {
		return app.runBrowser(ctx, []string{name, address}, app.Err)
	}
	words, err := os.CreateTemp("", "oauthctl-opener-")
	if err != nil {
		return app.runBrowser(ctx, []string{name, address}, nil)
	}
	defer func() { _ = words.Close() }()
	_ = os.Remove(words.Name()) // it is there for as long as it is open
	if err = app.runBrowser(ctx, []string{name, address}, words); err == nil {
		return nil
	}
	said, _ := io.ReadAll(io.NewSectionReader(words, 0, maxInput)) // none is as good as any
	last := strings.TrimSpace(string(said))
	last = last[strings.LastIndex(last, "\n")+1:]
	if last, _, _ = strings.Cut(last, address); last == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimRight(last, " '\""))
}

// openers are the commands that open an address with the system's browser, in the order in which they are looked for.
func openers(goos string) []string {
	if goos == "darwin" {
		return []string{"open"}
	}
	return []string{"xdg-open", "x-www-browser", "www-browser"}
}

// runBrowser runs a browser, and waits for it. What it prints must not reach stdout, which carries the result alone.
func (app *App) runBrowser(ctx context.Context, argv []string, words io.Writer) error {
	child := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...)
	child.Env = app.foreignEnviron()
	if !app.global.quiet && words != nil {
		child.Stdout, child.Stderr = words, words
	}
	return child.Run()
}

// foreignEnviron is the environment for a program that has no business with our secrets: without our own settings, of
// which one may be a client's secret, and without every other variable that holds a secret of this run.
func (app *App) foreignEnviron() []string {
	return slices.DeleteFunc(slices.Clone(app.Environ), func(setting string) bool {
		_, value, _ := strings.Cut(setting, "=")
		value = secret.FromInput(value).Reveal()
		return strings.HasPrefix(setting, envPrefix) || value != "" && app.ring.Redact(value) == app.ring.Tag(value)
	})
}

// runBrowsers tries the commands of BROWSER, a list as in PATH, in turn. There is no shell: words are split at white
// space, %s is the address, and without %s it comes last.
func (app *App) runBrowsers(ctx context.Context, list, address string) {
	var failed error
	for _, command := range strings.Split(list, string(os.PathListSeparator)) {
		argv := strings.Fields(command)
		if len(argv) == 0 {
			continue
		}
		placed := false
		for i := range argv[1:] {
			if strings.Contains(argv[i+1], "%s") {
				argv[i+1], placed = strings.ReplaceAll(argv[i+1], "%s", address), true
			}
		}
		if !placed {
			argv = append(argv, address)
		}
		err := app.runBrowser(ctx, argv, app.Err)
		if err == nil {
			return
		}
		failed = fmt.Errorf("%s: %w", argv[0], err)
	}
	app.openFailed("BROWSER", failed)
}

func (app *App) openFailed(tried string, err error) {
	got := "the browser could not be opened"
	if tried != "" {
		got += " (tried " + tried + ")"
	}
	if err != nil {
		got += ": " + text.Escape(err.Error())
	}
	app.warn(verdict.Check{Rule: "login.browser", Got: got, Hint: "open the address yourself, set BROWSER, or use --no-browser"})
}
