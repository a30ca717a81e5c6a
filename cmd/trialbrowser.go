package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

func newTestBrowser(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "browser URL",
		Short: "A browser without a person, for the pages of the built-in provider",
		Long: `Open an address as a browser would, without a window and without a person: follow redirects, sign in as alice where
the built-in provider asks for it, agree, and go where that leads. It is for loopback addresses alone. "oauthctl test
client" has clients use it, by BROWSER.`,
		Example: `  oauthctl test browser 'http://127.0.0.1:9400/authorize?...'`,
		Args:    oneAddress,
		RunE:    func(cmd *cobra.Command, args []string) error { return runTestBrowser(cmd.Context(), app, args[0]) },
	}
}

// oneAddress wants one http address on loopback: the robot would hand a password to whoever asks.
func oneAddress(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return problem.Usagef("usage.arguments", "%q takes one address, and was given %d arguments", cmd.CommandPath(), len(args)).
			WithHint("%s --help", cmd.CommandPath())
	}
	u, err := url.Parse(args[0])
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !wire.IsLoopback(u.Hostname()) {
		return problem.Usagef("test.browser", "%q is no http address on loopback", text.Escape(brief(args[0]))).
			WithHint("this browser signs in by itself; it is for the provider of \"oauthctl serve\"")
	}
	return nil
}

func runTestBrowser(ctx context.Context, app *App, address string) error {
	limited, cancel := context.WithTimeout(ctx, app.global.wait)
	defer cancel()
	outcome, err := (&op.Robot{Transport: app.Transport}).SignIn(limited, address, "alice", "wonderland")
	if errors.Is(err, op.ErrForeignPage) { // the client's own page, where a browser would end, too
		return nil
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return &problem.Error{Kind: problem.Network, Code: "network.failed", Message: fmt.Sprintf("opening %s: %v", text.Escape(address), failed.Err), Cause: err}
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", text.Escape(address), err)
	}
	app.observer().Step("%s: %s", outcome.URL, outcome.Text)
	return nil
}
