package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// mode is the response mode in which the answer must come (OAuth 2.0 Multiple Response Types §2.1).
func (v *visit) mode() string {
	if v.responseMode == "" {
		return v.fallback
	}
	return v.responseMode
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
	r.Claims, r.Extra = claims, env.extra()
	if v.maxAge != noMaxAge {
		r.MaxAge = &v.maxAge
	}
	if slices.Contains(env.Scopes, "openid") {
		r.Nonce = oauth.NewNonce()
	}
	if listed := env.Provider.List("response_modes_supported"); v.responseMode != "" && len(listed) > 0 && !slices.Contains(listed, v.responseMode) {
		env.Observer.Checks(verdict.Checks{{
			Rule: "metadata.response_mode", Spec: "RFC 8414 §2", Status: verdict.Warn,
			Got: "the provider does not list the response mode " + v.responseMode + ", and may never answer; it lists " + strings.Join(listed, ", "),
		}})
	}
	env.Ring.Add(r.PKCE.Verifier)
	env.sent.redirectURI, env.sent.pkce, env.sent.responseMode = v.redirectURI, r.PKCE.Method, v.responseMode
	v.pending = oauth.Pending{
		State: r.State, Issuer: env.Provider.Issuer,
		IssuerRequired: env.Provider.ResponseIssRequired(), ResponseType: r.ResponseType,
	}
	return nil
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
		return "", problem.Usagef("usage.claims", "--claims: %v", err)
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
	if v.par == "never" || v.par == "auto" && !v.env.Provider.PARRequired() {
		return v.request.URL()
	}
	form, err := v.request.Values()
	if err != nil {
		return "", err
	}
	endpoint, err := v.env.Provider.Endpoint("par")
	if err != nil {
		return "", err
	}
	answer, err := v.env.Authenticated(ctx, "par", endpoint, form)
	if err != nil {
		return "", err
	}
	pushed, checks, err := oauth.ParsePushed(answer.Status, answer.Header, answer.Body)
	v.env.Observer.Checks(checks)
	if err != nil {
		return "", fmt.Errorf("pushing the authorization request: %w", err)
	}
	v.env.sent.pushed = pushed.ExpiresIn
	v.env.Observer.Step("the request was pushed; its reference ends in %s", pushed.ExpiresIn)
	return oauth.PushedURL(v.request.Endpoint, v.env.Client.ID, pushed.RequestURI)
}
