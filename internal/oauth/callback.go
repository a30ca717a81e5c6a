package oauth

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Bounds of what comes back through a browser.
const (
	maxCallback = 1 << 20
	maxCode     = 4096
)

// ErrForeign says that a callback does not belong to the pending request: its state is missing, repeated or another.
// Anyone can make a browser send one, so it is to be counted and ignored, whatever else it says.
var ErrForeign = errors.New("the callback does not belong to this login")

// Pending is what is known of the request that an answer is awaited for.
type Pending struct {
	State          string
	Issuer         string // what iss must equal; "" where no issuer is known
	IssuerRequired bool   // the provider announces iss in its answers (RFC 9207 §3)
	ResponseType   string // "" is "code"
}

// Callback is an answer that belongs to the pending request and carries a code. Only ParseCallback makes it.
type Callback struct {
	code   secret.Secret
	issuer string
	values url.Values
	checks verdict.Checks
}

// Code returns the authorization code (RFC 6749 §4.1.2).
func (c *Callback) Code() secret.Secret { return c.code }

// Format prints none of the callback: it holds a code.
func (c Callback) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[callback]") }

// Checks returns what was checked, in order.
func (c *Callback) Checks() verdict.Checks { return slices.Clone(c.checks) }

// TokenRequest returns the parameters that redeem the code; client authentication is added to them (RFC 6749 §4.1.3,
// RFC 7636 §4.5).
func (c *Callback) TokenRequest(redirectURI string, pkce PKCE) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {c.code.Reveal()}}
	if redirectURI != "" {
		form.Set("redirect_uri", redirectURI)
	}
	if pkce.Sends() {
		form.Set("code_verifier", pkce.Verifier.Reveal())
	}
	return form
}

// single are the parameters of an answer that may stand in it once only, state apart.
var single = []string{
	"code", "iss", "error", "error_description", "error_uri", "access_token", "token_type", "expires_in", "scope",
	"id_token", "refresh_token", "response", "session_state",
}

// ParseCallback judges the query or form that a browser brought: first state, which alone decides whether the answer
// is ours, then repeated parameters, iss, error and code. ErrForeign is to be ignored; every other outcome ends the
// login (RFC 6749 §4.1.2, RFC 9207 §2.4).
func ParseCallback(encoded string, p Pending) (*Callback, error) {
	c, err := readCallback(encoded, p)
	if err != nil {
		return nil, err
	}
	if err := c.judgeCode(); err != nil {
		return nil, err
	}
	return c, nil
}

// readCallback judges what every answer of an authorization endpoint has in common, whatever was asked for.
func readCallback(encoded string, p Pending) (*Callback, error) {
	if len(encoded) > maxCallback {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrForeign, maxCallback)
	}
	values, malformed := url.ParseQuery(encoded)
	if err := ownState(values["state"], p.State); err != nil {
		return nil, err
	}
	c := &Callback{values: values}
	c.pass("callback.state", "RFC 6749 §10.12", "state is the one that was sent")
	if malformed != nil {
		return nil, refuseCallback("callback.encoding", "RFC 6749 appendix B", "the callback is not form-encoded", "")
	}
	for _, name := range single {
		if n := len(values[name]); n > 1 {
			return nil, refuseCallback("callback.repeated", "RFC 6749 §3.1", "the callback repeats a parameter",
				fmt.Sprintf("%s %d times", name, n))
		}
	}
	c.pass("callback.repeated", "RFC 6749 §3.1", "no parameter is repeated")
	if err := c.judgeIssuer(p); err != nil {
		return nil, err
	}
	if name := values.Get("error"); name != "" {
		return nil, refusedInBrowser(values)
	}
	if err := c.judgeTokens(p.ResponseType); err != nil {
		return nil, err
	}
	return c, nil
}

func ownState(got []string, want string) error {
	switch {
	case len(got) == 0:
		return fmt.Errorf("%w: it has no state", ErrForeign)
	case len(got) > 1:
		return fmt.Errorf("%w: it has several states", ErrForeign)
	case want == "", subtle.ConstantTimeCompare([]byte(got[0]), []byte(want)) != 1:
		return fmt.Errorf("%w: its state is another one", ErrForeign)
	}
	return nil
}

// isRegistered says whether an error is one of the names of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6, which can
// be shown whoever sent them.
func isRegistered(name string) bool {
	switch name {
	case "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error",
		"temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required",
		"invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported", "registration_not_supported":
		return true
	}
	return false
}

// judgeIssuer compares iss before anything else of the answer is believed: on a mismatch the error's texts are the
// attacker's, so none of them goes into the problem.
func (c *Callback) judgeIssuer(p Pending) error {
	const rule, spec = "callback.iss", "RFC 9207 §2.4"
	got, given := c.values["iss"]
	switch {
	case !given && p.IssuerRequired && c.hasIDToken(p):
		c.add(verdict.Check{
			Rule: rule, Spec: spec, Status: verdict.Warn, Want: text.Escape(p.Issuer), Got: "no iss, which the provider announces",
			Hint: "the iss of the ID token that came with it is compared instead",
		})
	case !given && p.IssuerRequired:
		err := refuseCallback(rule, spec, "the callback does not say which provider it is from", "no iss")
		err.Want = text.Escape(p.Issuer)
		err.Hint = "the provider announces iss in every answer: a proxy in between may drop it, or the answer is another provider's"
		if name := c.values.Get("error"); isRegistered(name) {
			err.Hint += "; the answer carries the error " + name + ", for which nobody vouches"
		}
		return err
	case !given:
		c.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Skip, Got: "no iss; the provider does not announce it"})
	case p.Issuer == "":
		c.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Skip, Got: "iss came, but no issuer is known to compare it with"})
	case got[0] != p.Issuer:
		err := refuseCallback(rule, spec, "the callback is from another provider", text.Escape(got[0]))
		err.Want = text.Escape(p.Issuer)
		err.Hint = "the code was not redeemed; if the provider really names itself so: --expect-issuer VALUE"
		return err
	default:
		c.issuer = got[0]
		c.pass(rule, spec, "iss is the issuer")
	}
	return nil
}

// hasIDToken says whether an ID token came that was asked for: its own iss says which provider the answer is from, and is
// verified with it. Some providers then leave out the parameter.
func (c *Callback) hasIDToken(p Pending) bool {
	return c.values.Get("id_token") != "" && !c.values.Has("error") && slices.Contains(strings.Fields(p.ResponseType), "id_token")
}

func (c *Callback) judgeTokens(responseType string) error {
	asked := strings.Fields(responseType)
	for _, token := range []struct{ name, responseType string }{{"access_token", "token"}, {"id_token", "id_token"}} {
		if c.values.Has(token.name) && !slices.Contains(asked, token.responseType) {
			err := refuseCallback("callback.token", "RFC 9700 §2.1.2", "the callback carries a token that was not asked for", token.name)
			err.Want = "what response_type=" + text.Escape(cmp.Or(responseType, "code")) + " asks for"
			err.Hint = "the token is in the browser's history now: revoke it, and turn the implicit grant off for this client"
			return err
		}
	}
	return nil
}

func (c *Callback) judgeCode() error {
	const rule, spec = "callback.code", "RFC 6749 §4.1.2"
	code := c.values.Get("code")
	switch {
	case code == "":
		err := refuseCallback(rule, spec, "the callback has neither a code nor an error", "no code")
		err.Hint = "where the address in the browser has a # part: --response-mode query"
		return err
	case len(code) > maxCode:
		return refuseCallback(rule, spec, "the authorization code is too long", count(len(code), "byte"))
	case !isVisible(code):
		return refuseCallback(rule, spec, "the authorization code has a character that no code may have",
			"another character at position "+ordinal(firstOutside(code, 0x20, 0x7e)))
	}
	c.code = secret.New(code)
	c.pass(rule, spec, "a code came")
	return nil
}

func (c *Callback) pass(rule, spec, got string) {
	c.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Pass, Got: got})
}

func (c *Callback) add(check verdict.Check) { c.checks = append(c.checks, check) }

func refuseCallback(rule, spec, message, got string) *problem.Error {
	return &problem.Error{Kind: problem.Verification, Code: rule, Message: message, Spec: spec, Got: got}
}

func refusedInBrowser(values url.Values) *problem.Error {
	name, description := values.Get("error"), values.Get("error_description")
	return &problem.Error{
		Kind: problem.Provider, Code: "oauth." + slug(name), Message: sentence(name, description),
		Spec:   "RFC 6749 §4.1.2.1",
		Answer: &problem.Answer{Error: name, Description: description, URI: webAddress(values.Get("error_uri")), Endpoint: authorizePlace.name},
	}
}

// webAddress returns the address of a page for people if it is one; anything else, such as javascript:, is dropped.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return s
}
