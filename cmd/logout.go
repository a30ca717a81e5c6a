package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

type logoutOptions struct {
	provider                            providerOptions
	client                              clientOptions
	tokenFile, refreshFile, idTokenFile string
	redirectURI, loginHint, uiLocales   string
	decryption                          decryptionOptions
	noBrowser                           bool
}

// logoutWait is how long the browser may take to come back, where --wait does not say: many providers end on a page of
// their own and send it nowhere.
const logoutWait = time.Minute

func newLogout(app *App) *cobra.Command {
	o := &logoutOptions{}
	c := &cobra.Command{
		Use:   "logout",
		Short: "Revoke tokens, and end the session at the provider (RFC 7009, RP-Initiated Logout)",
		Long: `Revoke the refresh token and the access token that are given, and end the session at the provider in the browser:
that of --id-token-file, or the browser's own where no token is given at all. With tokens to revoke and no ID token, no
browser is opened.

The browser should come back to --post-logout-redirect-uri. That is waited for, a minute unless --wait says otherwise;
where it does not come, that is no failure.`,
		Example: `  oauthctl logout --issuer https://id.example.com --client-id web --refresh-token-file rt --id-token-file idt
  oauthctl logout -p staging --id-token-file idt --post-logout-redirect-uri none --no-browser`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), app, o) },
	}
	f := c.Flags()
	o.provider.flags(f)
	o.client.flags(f)
	o.decryption.flags(f)
	f.StringVar(&o.tokenFile, "token-file", "", "revoke the access token in `FILE` (- for stdin)")
	f.StringVar(&o.refreshFile, "refresh-token-file", "", "revoke the refresh token in `FILE` (- for stdin)")
	f.StringVar(&o.idTokenFile, "id-token-file", "", "end the session of the ID token in `FILE` (- for stdin)")
	f.StringVar(&o.redirectURI, "post-logout-redirect-uri", "http://127.0.0.1:0/callback", "the `URI` that the browser comes back to, as registered; port 0 is any free port, none asks for nothing")
	f.StringVar(&o.loginHint, "logout-hint", "", "who signs out: a `NAME`, where no ID token is given")
	f.StringVar(&o.uiLocales, "ui-locales", "", "the `LANGUAGES` of the provider's pages, best first, with spaces between them")
	f.BoolVar(&o.noBrowser, "no-browser", false, "print the URL only; open no browser")
	describeOutput(c, textOrJSON, formatText)
	return c
}

// leaving are the tokens that a logout ends or uses.
type leaving struct{ refresh, access, id secret.Secret }

func (l leaving) revokes() bool { return !l.refresh.IsZero() || !l.access.IsZero() }

func (l leaving) endsSession() bool { return !l.id.IsZero() || !l.revokes() }

// tokens reads those that were given.
func (o *logoutOptions) tokens(app *App) (given leaving, err error) {
	for _, t := range []struct {
		what, file string
		into       *secret.Secret
	}{
		{"refresh token", o.refreshFile, &given.refresh},
		{"access token", o.tokenFile, &given.access},
		{"ID token", o.idTokenFile, &given.id},
	} {
		if t.file == "" {
			continue
		}
		if *t.into, err = app.tokenFile(t.what, t.file); err != nil {
			return given, err
		}
	}
	return given, nil
}

func runLogout(ctx context.Context, app *App, o *logoutOptions) error {
	tokens, err := o.tokens(app)
	if err != nil {
		return err
	}
	decryption, err := app.decryption(&o.decryption)
	if err != nil {
		return err
	}
	if !tokens.endsSession() {
		err = app.idle("where no session is ended", "--id-token-file FILE says whose session ends", "post-logout-redirect-uri", "logout-hint")
	}
	if err != nil {
		return err
	}
	env, err := app.connect(ctx, &o.provider, &o.client)
	if err != nil {
		return err
	}
	use := duty{readsSecret: !tokens.id.IsZero()}
	if tokens.revokes() {
		use.endpoint = "revocation"
	}
	app.warnOfIdle(env, use)
	env.Trust.Decryption = decryption
	if tokens.id, err = env.Opened(tokens.id); err != nil {
		return fmt.Errorf("reading the ID token: %w", err)
	}
	report, err := app.leave(ctx, env, tokens)
	if ctx.Err() == nil && tokens.endsSession() {
		report.Session, err = app.endSession(ctx, env, o, tokens.id, err)
	}
	if err != nil {
		return err
	}
	if app.format == formatJSON {
		return app.emit(render.JSON(report))
	}
	return nil
}

// departure is what a logout did.
type departure struct {
	Revoked []string `json:"revoked"`
	Session string   `json:"session,omitempty"` // "returned", "not seen" or "asked for"
}

// leave revokes the tokens: the refresh token first, as much hangs on it. A failure keeps nothing else from being
// ended; the first one is returned.
func (app *App) leave(ctx context.Context, env *grant.Env, tokens leaving) (departure, error) {
	report := departure{Revoked: []string{}}
	var failed error
	for _, t := range []struct {
		token      secret.Secret
		what, hint string
	}{
		{tokens.refresh, "refresh token", "refresh_token"},
		{tokens.access, "access token", "access_token"},
	} {
		if t.token.IsZero() {
			continue
		}
		err := env.Explain("", env.Revoke(ctx, t.token, t.hint))
		if p, ok := errors.AsType[*problem.Error](err); ok && p.Code == "oauth.unsupported_token_type" {
			app.warn(verdict.Check{Rule: p.Code, Spec: p.Spec, Got: "the provider does not revoke the " + t.what, Hint: p.Hint})
			continue
		}
		if err != nil {
			err = fmt.Errorf("revoking the %s: %w", t.what, err)
			failed = app.first(failed, err)
			continue
		}
		report.Revoked = append(report.Revoked, t.hint)
		app.notice("revoked the %s", t.what)
	}
	return report, failed
}

// first keeps the first of several failures to be returned, and tells of the next at once.
func (app *App) first(failed, err error) error {
	if failed == nil || err == nil {
		return cmp.Or(failed, err)
	}
	p := problem.As(err)
	app.warn(verdict.Check{Rule: p.Code, Spec: p.Spec, Got: err.Error(), Hint: p.Hint})
	return failed
}

// judgeAudience warns of an ID token that was issued to another client: the provider refuses it, or ends the session
// of somebody else's login (OIDC RP-Initiated Logout §2).
func (app *App) judgeAudience(idToken secret.Secret, clientID string) {
	token, err := jose.Parse(idToken.Reveal())
	if err != nil || clientID == "" {
		return // no token, or none that can be judged
	}
	audiences, err := token.Claims.Strings("aud")
	if one, single := token.Claims.String("aud"); single == nil && one != "" {
		audiences, err = []string{one}, nil
	}
	if err != nil || len(audiences) == 0 || slices.Contains(audiences, clientID) {
		return
	}
	app.warn(verdict.Check{
		Rule: "logout.aud", Spec: "OIDC RP-Initiated Logout §2", Status: verdict.Warn,
		Got:  "the ID token that was given was issued to another client, " + text.Escape(strings.Join(audiences, ", ")) + ", and not to " + text.Escape(clientID),
		Hint: "check --client-id and --id-token-file; the provider may refuse it",
	})
}

// endSession goes through the browser. What failed before is told in the end.
func (app *App) endSession(ctx context.Context, env *grant.Env, o *logoutOptions, idToken secret.Secret, failed error) (string, error) {
	l := grant.Logout{IDToken: idToken, RedirectURI: o.redirectURI, Hint: o.loginHint, UILocales: o.uiLocales, Wait: logoutWait}
	if o.redirectURI == "none" {
		l.RedirectURI = ""
	}
	if app.sources["wait"].given() {
		l.Wait = app.global.wait
	}
	app.judgeAudience(idToken, env.Client.ID)
	if env.Person = app.person(); o.noBrowser {
		env.Person.Open = nil
	}
	ending, err := env.EndSession(ctx, l)
	if err != nil {
		return "", app.first(failed, fmt.Errorf("ending the session: %w", err))
	}
	switch ending {
	case grant.Returned:
		app.notice("signed out: the browser came back from the provider")
		return "returned", failed
	case grant.Unseen:
		app.notice("note: the browser did not come back within %s; the provider may end on a page of its own, which says whether you are signed out", l.Wait)
		return "not seen", failed
	default:
		app.notice("note: whether the session has ended, the provider says in the browser")
		return "asked for", failed
	}
}
