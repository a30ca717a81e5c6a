package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/pkg/browser"

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
	// The child's output must not reach stdout, which carries the result alone.
	browser.Stdout, browser.Stderr = app.Err, app.Err
	go func() {
		if err := browser.OpenURL(address); err != nil {
			app.openFailed(opener(app.GOOS), err)
		}
	}()
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
		child := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...)
		child.Stdout, child.Stderr = app.Err, app.Err
		err := child.Run()
		if err == nil {
			return
		}
		failed = fmt.Errorf("%s: %w", argv[0], err)
	}
	app.openFailed("BROWSER", failed)
}

// opener names what pkg/browser runs, for the warning.
func opener(goos string) string {
	switch goos {
	case "darwin":
		return "open"
	case "windows":
		return "ShellExecute"
	}
	return "xdg-open, x-www-browser, www-browser"
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
