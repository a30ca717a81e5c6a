package grant

import (
	"context"
	"errors"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Logout ends the user's session at the provider, in the browser (OIDC RP-Initiated Logout §2).
type Logout struct {
	IDToken     secret.Secret // whose session; may have expired
	RedirectURI string        // where the browser comes back to; empty is nowhere
	Hint        string        // who signs out
	UILocales   string
	Wait        time.Duration // bound of waiting for the browser to come back
}

// Ending says how far the end of a session was seen.
type Ending int

// The endings. A provider may show a page of its own and send the browser nowhere: that is no failure.
const (
	Unseen   Ending = iota // nobody came back within the bound
	Unasked                // the browser comes back elsewhere, or nowhere
	Returned               // the browser came back
)

// EndSession opens the provider's logout and waits, for a bounded time, until the browser comes back.
func (env *Env) EndSession(ctx context.Context, l Logout) (Ending, error) {
	endpoint, err := env.Provider.Endpoint("end_session")
	if err != nil {
		return Unseen, err
	}
	env.Ring.Add(l.IDToken)
	if err := env.judgeHint(l.IDToken); err != nil {
		return Unseen, err
	}
	request := oauth.LogoutRequest{
		Endpoint: endpoint, IDTokenHint: l.IDToken, ClientID: env.Client.ID, PostLogoutRedirectURI: l.RedirectURI,
		LogoutHint: l.Hint, UILocales: l.UILocales,
	}
	var server *loopback.Server
	if loopback.IsLoopback(l.RedirectURI) {
		if server, err = loopback.Listen(ctx, l.RedirectURI, loopback.ExpectNothing()); err != nil {
			return Unseen, err
		}
		defer server.Close()
		request.PostLogoutRedirectURI = server.RedirectURI()
	}
	if request.PostLogoutRedirectURI != "" {
		request.State = oauth.NewState()
	}
	address, err := request.URL()
	if err != nil {
		return Unseen, err
	}
	waiting := Waiting{URL: address, RedirectURI: request.PostLogoutRedirectURI, Until: l.Wait}
	if request.PostLogoutRedirectURI != "" {
		waiting.Advice = "if the browser shows an error page, the usual cause is a post-logout redirect URI that is not registered: " +
			text.Escape(request.PostLogoutRedirectURI)
	}
	env.Observer.Waiting(waiting)
	if env.Person.Open != nil {
		env.Person.Open(ctx, address)
	}
	if server == nil {
		return Unasked, nil
	}
	return env.comeBack(ctx, server, request.State, l.Wait)
}

var errStayed = errors.New("the browser did not come back")

// comeBack waits for the post-logout redirect. Nothing in it is a failure: the session has ended whoever sent the
// browser (OIDC RP-Initiated Logout §3).
func (env *Env) comeBack(ctx context.Context, server *loopback.Server, state string, wait time.Duration) (Ending, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, wait, errStayed)
	defer cancel()
	visit, err := server.Next(bounded)
	if errors.Is(err, errStayed) {
		return Unseen, nil
	}
	if err != nil {
		return Unseen, err
	}
	checks := oauth.ParseLogout(visit.Encoded, state)
	env.Observer.Checks(checks)
	page := loopback.Page{OK: loopback.Succeeded, Title: "You are signed out", Message: "You can close this tab and go back to the terminal."}
	if checks.Count(verdict.Warn) > 0 {
		page.OK, page.Title, page.Message = loopback.Failed, "You may not be signed out", "The browser came back, but not as it was sent out."
		page.Detail, page.Hint = checks.With(verdict.Warn)[0].Got, "The terminal says more."
	}
	visit.Finish(page)
	return Returned, nil
}

// judgeHint refuses an ID token of another issuer: it would be sent to somebody who has no business with it (OIDC
// RP-Initiated Logout §2).
func (env *Env) judgeHint(value secret.Secret) error {
	if value.IsZero() {
		return nil
	}
	token, err := jose.Parse(value.Reveal())
	if err != nil {
		return problem.Usagef("usage.id_token", "the ID token that was given is none: %s", problem.As(err).Message)
	}
	iss, err := token.Claims.String("iss")
	if err == nil && env.Provider.Issuer != "" && iss != env.Provider.Issuer {
		return &problem.Error{
			Kind: problem.Verification, Code: "logout.issuer", Spec: "OIDC RP-Initiated Logout §2",
			Message: "the ID token that was given is of another issuer, and was not sent", Want: env.Provider.Issuer, Got: text.Escape(iss),
			Hint: "check --issuer and --id-token-file; where the issuer really differs: --expect-issuer VALUE",
		}
	}
	return nil
}
