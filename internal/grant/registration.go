package grant

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Register makes a client at the provider. A zero token is not sent: many providers register whoever asks. A client
// whose registration is refused here is removed there again (RFC 7591 §3).
func (env *Env) Register(ctx context.Context, metadata oauth.ClientMetadata, initial secret.Secret) (*oauth.Registration, error) {
	endpoint, err := env.Provider.Endpoint("registration")
	if err != nil {
		return nil, err
	}
	answer, err := env.manage(ctx, http.MethodPost, endpoint, initial, metadata.JSON())
	if err != nil {
		return nil, err
	}
	r, checks, err := oauth.ParseRegistration(answer.Status, answer.Header, answer.Body, oauth.RegistrationWanted{
		Status: http.StatusCreated, Endpoint: endpoint, Sent: metadata, Now: env.Now(),
	})
	env.hide(r)
	env.Observer.Checks(checks)
	if err != nil {
		return nil, env.withdraw(ctx, r, err)
	}
	return r, nil
}

// ReadClient asks what is registered of a client (RFC 7592 §2.1).
func (env *Env) ReadClient(ctx context.Context, r *oauth.Registration) (*oauth.Registration, error) {
	return env.configure(ctx, http.MethodGet, r, oauth.ClientMetadata{})
}

// UpdateClient replaces all that is registered of a client by other metadata (RFC 7592 §2.2).
func (env *Env) UpdateClient(ctx context.Context, r *oauth.Registration, metadata oauth.ClientMetadata) (*oauth.Registration, error) {
	return env.configure(ctx, http.MethodPut, r, metadata)
}

func (env *Env) configure(ctx context.Context, method string, r *oauth.Registration, metadata oauth.ClientMetadata) (*oauth.Registration, error) {
	var body []byte
	if method == http.MethodPut {
		body = metadata.JSON()
	}
	env.hide(r) // its secret is sent, and may come back in an error
	answer, err := env.manage(ctx, method, r.URI, r.AccessToken, body)
	if err != nil {
		return nil, err
	}
	now, checks, err := oauth.ParseRegistration(answer.Status, answer.Header, answer.Body, oauth.RegistrationWanted{
		Status: http.StatusOK, Endpoint: r.URI, Sent: metadata, ClientID: r.ClientID, Now: env.Now(),
	})
	env.hide(now)
	env.Observer.Checks(checks)
	if now != nil {
		env.Observer.Checks(replaced(r, now, err))
	}
	return now, err
}

// replaced warns of what an answer about a client changes for whoever keeps its secrets (RFC 7592 §3).
func replaced(was, now *oauth.Registration, err error) verdict.Checks {
	var out verdict.Checks
	differs := func(a, b secret.Secret) bool { return !b.IsZero() && a.Reveal() != b.Reveal() }
	if differs(was.AccessToken, now.AccessToken) {
		out = append(out, rotated(err))
	}
	check := verdict.Check{Rule: "registration.client_secret", Spec: "RFC 7592 §3", Status: verdict.Warn}
	switch {
	case was.ClientSecret.IsZero():
		return out
	case now.ClientSecret.IsZero():
		check.Got, check.Hint = "the answer does not hold the client secret", "keep the one that you have, where the client still authenticates by it"
	case differs(was.ClientSecret, now.ClientSecret):
		check.Got, check.Hint = "the provider replaced the client secret", "the one in this answer is the one to use"
	default:
		return out
	}
	return append(out, check)
}

// rotated warns of a registration access token that took the place of the one that was used (RFC 7592 §3).
func rotated(err error) verdict.Check {
	c := verdict.Check{
		Rule: "registration.rotated", Spec: "RFC 7592 §3", Status: verdict.Warn,
		Got:  "the provider replaced the registration access token: the one that was used is dead, and the new one stands in this answer alone",
		Hint: "keep the answer: --output-file FILE, which --registration takes the next time",
	}
	if err != nil {
		c.Got = "the provider replaced the registration access token in an answer that is refused: the one that was used is dead, and the new one is not kept"
		c.Hint = "ask the provider's operator for a new token"
	}
	return c
}

// DeleteClient removes a client at the provider (RFC 7592 §2.3).
func (env *Env) DeleteClient(ctx context.Context, r *oauth.Registration) error {
	answer, err := env.manage(ctx, http.MethodDelete, r.URI, r.AccessToken, nil)
	if err != nil {
		return err
	}
	checks, err := oauth.ParseDeletion(answer.Status, answer.Header, answer.Body)
	env.Observer.Checks(checks)
	return err
}

// manage sends a request about a client, with the token that allows it (RFC 7591 §3.1, RFC 7592 §2).
func (env *Env) manage(ctx context.Context, method, address string, token secret.Secret, body []byte) (*wire.Response, error) {
	header := make(http.Header)
	if !token.IsZero() {
		env.Ring.Add(token)
		header.Set("Authorization", "Bearer "+token.Reveal())
	}
	request := wire.Request{Method: method, URL: address, Header: header}
	if body != nil {
		header.Set("Content-Type", "application/json")
		request.Body = bytes.NewReader(body)
	}
	return env.Wire.Do(ctx, request)
}

// hide keeps the secrets of a registration out of all that is shown.
func (env *Env) hide(r *oauth.Registration) {
	if r != nil {
		env.Ring.Add(r.ClientSecret, r.AccessToken)
	}
}

// withdraw removes a client that the provider made though its answer is refused, where that can be done: nobody else
// would know of it. The error says what became of the client.
func (env *Env) withdraw(ctx context.Context, r *oauth.Registration, err error) error {
	if r == nil {
		return err
	}
	p := *problem.As(err)
	p.Cause = err
	after := "the client may be registered all the same, and cannot be removed from here"
	if r.URI != "" && !r.AccessToken.IsZero() {
		after = "the client " + text.Escape(r.ClientID) + " is registered all the same: deleting it failed"
		if env.DeleteClient(ctx, r) == nil {
			after = "the client that the provider made was deleted there again"
		}
	}
	p.Hint = strings.TrimPrefix(p.Hint+"\n"+after, "\n")
	return &p
}
