package oauth

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// AuthorizationRequest is what the browser is sent to the provider with (RFC 6749 §4.1.1).
type AuthorizationRequest struct {
	Endpoint     string
	ClientID     string
	RedirectURI  string
	ResponseType string // "" is "code"
	ResponseMode string
	Scopes       []string
	State        string
	Nonce        string
	PKCE         PKCE
	Resources    []string // RFC 8707
	Audiences    []string
	Prompt       string
	LoginHint    string
	ACRValues    string
	UILocales    string
	Claims       string // JSON (OIDC Core §5.5)
	Details      string // JSON (RFC 9396 §2)
	MaxAge       *int
	Extra        url.Values
}

// owned are the parameters that tie a flow together: the flow alone sets them, also where it leaves one out, and each
// names the flag that changes it.
var owned = map[string]string{
	"client_id": "--client-id", "redirect_uri": "--redirect-uri", "response_type": "--response-type",
	"response_mode": "--response-mode", "state": "", "nonce": "", "code_challenge": "--pkce",
	"code_challenge_method": "--pkce", "request": "--request-object", "request_uri": "--par",
}

// Values returns the parameters of the request, as they go into the URL or to the pushed authorization request
// endpoint (RFC 6749 §4.1.1, RFC 9126 §2.1).
func (r AuthorizationRequest) Values() (url.Values, error) {
	if err := r.PKCE.Check(); err != nil {
		return nil, err
	}
	config := oauth2.Config{ClientID: r.ClientID, RedirectURL: r.RedirectURI, Scopes: r.Scopes}
	values, err := url.ParseQuery(strings.TrimPrefix(config.AuthCodeURL(r.State, r.options()...), "?"))
	if err != nil {
		return nil, &problem.Error{Kind: problem.Internal, Code: "internal", Message: "the request cannot be encoded", Cause: err}
	}
	for name, list := range map[string][]string{"resource": r.Resources, "audience": r.Audiences} {
		if len(list) > 0 {
			values[name] = slices.Clone(list)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Extra)) {
		flag, own := owned[name]
		if !own && !values.Has(name) {
			values[name] = slices.Clone(r.Extra[name])
			continue
		}
		p := problem.Usagef("usage.param", "the parameter %q is set by the flow and cannot be overridden", text.Escape(name))
		switch {
		case own && flag == "":
			return nil, p.WithHint("leave it out: a fresh %s is made for every request and checked in the answer", name)
		case own:
			return nil, p.WithHint("use %s", flag)
		}
		return nil, p.WithHint("use --%s", strings.ReplaceAll(name, "_", "-"))
	}
	return values, nil
}

func (r AuthorizationRequest) options() []oauth2.AuthCodeOption {
	var options []oauth2.AuthCodeOption
	set := func(name, value string) {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	set("response_type", r.ResponseType)
	set("response_mode", r.ResponseMode)
	set("nonce", r.Nonce)
	set("prompt", r.Prompt)
	set("login_hint", r.LoginHint)
	set("acr_values", r.ACRValues)
	set("ui_locales", r.UILocales)
	set("claims", r.Claims)
	set("authorization_details", r.Details)
	if r.MaxAge != nil {
		set("max_age", strconv.Itoa(*r.MaxAge))
	}
	switch r.PKCE.Method {
	case PKCES256:
		options = append(options, oauth2.S256ChallengeOption(r.PKCE.Verifier.Reveal()))
	case PKCEPlain:
		set("code_challenge_method", PKCEPlain)
		set("code_challenge", r.PKCE.Challenge())
	}
	return options
}

// URL returns the address that the browser opens. The endpoint's own query is kept; an endpoint that already carries a
// parameter of the protocol is refused, because the provider would see it twice (RFC 6749 §3.1).
func (r AuthorizationRequest) URL() (string, error) {
	values, err := r.Values()
	if err != nil {
		return "", err
	}
	return openable(authorizePlace, r.Endpoint, values)
}

// SignedURL returns the address that the browser opens for a signed request: all of it is inside. OpenID Connect wants
// response_type and scope beside it, so that the rest is still a request of OAuth 2.0 (RFC 9101 §5, OpenID Connect Core
// §6.1).
func (r AuthorizationRequest) SignedURL(object string) (string, error) {
	values := url.Values{"client_id": {r.ClientID}, "request": {object}}
	if slices.Contains(r.Scopes, "openid") {
		values.Set("response_type", r.ResponseType)
		values.Set("scope", strings.Join(r.Scopes, " "))
	}
	return openable(authorizePlace, r.Endpoint, values)
}

// openable adds parameters to the address of an endpoint that a browser is sent to.
func openable(at place, address string, values url.Values) (string, error) {
	refuse := func(rule, message, got string) (string, error) {
		return "", &problem.Error{
			Kind: problem.Verification, Code: at.name + "." + rule, Message: message, Spec: at.granted, Got: text.Escape(got),
			Hint: "--endpoint " + at.name + "=URL sets another one",
		}
	}
	endpoint, err := url.Parse(address)
	switch {
	case err != nil, endpoint.Host == "", endpoint.Scheme != "https" && endpoint.Scheme != "http":
		return refuse("endpoint", at.title+" is no absolute http(s) URL", address)
	case strings.Contains(address, "#"):
		return refuse("endpoint", at.title+" has a fragment", address)
	}
	preset, err := url.ParseQuery(endpoint.RawQuery)
	if err != nil {
		return refuse("endpoint", "the query of "+at.title+" cannot be read", address)
	}
	for _, name := range slices.Sorted(maps.Keys(preset)) {
		if _, own := owned[name]; own || values.Has(name) {
			return refuse("preset", at.title+" already carries a parameter of the request", name)
		}
	}
	base, query, _ := strings.Cut(address, "?")
	if query != "" {
		query += "&"
	}
	return base + "?" + query + values.Encode(), nil
}
