package grant

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// mode is how the answer must travel: by the response mode, else by the response type's own one (OAuth 2.0 Multiple
// Response Types §2.1, JARM §2.3.4).
func (v *visit) mode() string {
	transport, _ := oauth.Transport(v.responseMode)
	return cmp.Or(transport, v.fallback)
}

// inJWT says whether the answer must be a signed JWT (JARM §2).
func (v *visit) inJWT() bool {
	_, signed := oauth.Transport(v.responseMode)
	return signed
}

// fill completes the request with what the options say, and with secrets of its own for this one run.
func (v *visit) fill(endpoint string) error {
	claims, err := v.readClaims()
	if err != nil {
		return err
	}
	env, r := v.env, &v.request
	r.Endpoint, r.ClientID, r.RedirectURI, r.ResponseMode = endpoint, env.Client.ID, v.redirectURI, v.responseMode
	r.Scopes, r.State, r.Resources, r.Audiences = env.Scopes, oauth.NewState(), env.Resources, env.Audiences
	r.Prompt, r.LoginHint, r.ACRValues, r.UILocales = v.prompt, v.loginHint, v.acrValues, v.uiLocales
	r.Claims, r.Details, r.Extra = claims, env.Details.JSON(), env.extra()
	if v.maxAge != noMaxAge {
		r.MaxAge = &v.maxAge
	}
	if slices.Contains(env.Scopes, "openid") {
		r.Nonce = oauth.NewNonce()
	}
	env.unlisted("response_mode", v.responseMode)
	env.unlisted("response_type", r.ResponseType)
	env.Ring.Add(r.PKCE.Verifier)
	env.sent.redirectURI, env.sent.pkce, env.sent.responseMode = v.redirectURI, r.PKCE.Method, v.responseMode
	env.sent.prompt = cmp.Or(v.prompt, r.Extra.Get("prompt"))
	v.pending = oauth.Pending{
		State: r.State, Issuer: env.Provider.Issuer,
		IssuerRequired: env.Provider.ResponseIssRequired(), ResponseType: r.ResponseType,
	}
	return nil
}

// unlisted warns of what the provider does not list in its metadata, where it lists anything (RFC 8414 §2).
func (env *Env) unlisted(name, asked string) {
	listed := env.Provider.List(name + "s_supported")
	words := strings.Fields(asked)
	slices.Sort(words)
	known := func(one string) bool { return slices.Equal(slices.Sorted(strings.FieldsSeq(one)), words) } // in any order
	if asked == "" || len(listed) == 0 || slices.ContainsFunc(listed, known) {
		return
	}
	env.Observer.Checks(verdict.Checks{{
		Rule: "metadata." + name, Spec: "RFC 8414 §2", Status: verdict.Warn,
		Got: "the provider does not list the " + strings.ReplaceAll(name, "_", " ") + " " + asked + ", and may never answer; it lists " + strings.Join(listed, ", "),
	}})
}

// readClaims returns the claims parameter, which must be a JSON object (OpenID Connect Core §5.5).
func (v *visit) readClaims() (string, error) {
	claims := v.claims
	if path, ok := strings.CutPrefix(claims, "@"); ok {
		data, err := v.env.Read(path)
		if err != nil {
			return "", err
		}
		claims = strings.TrimSpace(string(data))
	}
	if claims == "" {
		return "", nil
	}
	if _, err := strictjson.Parse([]byte(claims)); err != nil {
		return "", problem.Usagef("usage.claims", "--claims: %v", err).WithHint(`--claims '{"userinfo":{"email":{"essential":true}}}', or @FILE`)
	}
	return claims, nil
}

// maxAgeGiven is --max-age as a duration, nil where it was not given.
func (v *visit) maxAgeGiven() *time.Duration {
	if v.maxAge == noMaxAge {
		return nil
	}
	age := time.Duration(v.maxAge) * time.Second
	return &age
}

// address is where the browser begins: the authorization request, pushed first where that is called for, behind a page
// of ours where the answer comes as a message.
func (v *visit) address(ctx context.Context) (string, error) {
	address, err := v.authorizationURL(ctx)
	if err != nil || v.mode() != loopback.ModeWebMessage {
		return address, err
	}
	window := loopback.Popup
	if v.prompt == "none" {
		window = loopback.Frame
	}
	return v.server.Present(address, window)
}

// authorizationURL is the request itself, or a reference to it where it is pushed (RFC 9126 §4).
func (v *visit) authorizationURL(ctx context.Context) (string, error) {
	form, err := v.request.Values()
	if err != nil {
		return "", err
	}
	signer, err := v.signing()
	if err != nil {
		return "", err
	}
	pushes := v.Pushes(v.env)
	switch {
	case pushes && signer != nil:
		return v.push(ctx, func() (url.Values, error) { // all else is inside (RFC 9126 §3)
			object, err := v.signed(ctx, signer, form)
			return url.Values{"request": {object}}, err
		})
	case pushes:
		return v.push(ctx, same(form))
	case signer == nil:
		return v.request.URL()
	}
	object, err := v.signed(ctx, signer, form)
	if err != nil {
		return "", err
	}
	address, err := v.request.SignedURL(object)
	if len(address) > maxAddress {
		v.env.Observer.Checks(verdict.Checks{{
			Rule: "authorization.length", Spec: "RFC 9110 §4.1", Status: verdict.Warn, Want: fmt.Sprintf("at most %d bytes, which every server takes", maxAddress),
			Got: fmt.Sprintf("an address of %d bytes", len(address)), Hint: "push the request instead: --par always",
		}})
	}
	return address, err
}

// maxAddress is how long an address may be that every server must take (RFC 9110 §4.1).
const maxAddress = 8000

// push hands the request to the provider before the browser opens (RFC 9126 §2.1).
func (v *visit) push(ctx context.Context, form makes) (string, error) {
	endpoint, err := v.env.Provider.Endpoint("par")
	if err != nil {
		return "", err
	}
	answer, err := v.env.authenticated(ctx, "par", wire.Request{Method: http.MethodPost, URL: endpoint}, form)
	if err != nil {
		return "", err
	}
	pushed, checks, err := oauth.ParsePushed(answer.Status, answer.Header, answer.Body)
	v.env.Observer.Checks(checks)
	if err != nil {
		return "", fmt.Errorf("pushing the authorization request: %w", err)
	}
	v.env.sent.pushed = pushed.ExpiresIn
	if err := failed(v.env.Held.checks(&fapi.Outcome{Pushed: pushed.ExpiresIn})); err != nil {
		return "", fmt.Errorf("pushing the authorization request: %w", err)
	}
	v.env.Observer.Step("the request was pushed; its reference ends in %s", pushed.ExpiresIn)
	return oauth.PushedURL(v.request.Endpoint, v.env.Client.ID, pushed.RequestURI)
}
