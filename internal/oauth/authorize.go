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
	refuse := func(code, message, got string) (string, error) {
		return "", &problem.Error{
			Kind: problem.Verification, Code: code, Message: message, Spec: "RFC 6749 §3.1", Got: text.Escape(got),
			Hint: "--endpoint authorization=URL sets another one",
		}
	}
	endpoint, err := url.Parse(r.Endpoint)
	switch {
	case err != nil, endpoint.Host == "", endpoint.Scheme != "https" && endpoint.Scheme != "http":
		return refuse("authorization.endpoint", "the authorization endpoint is no absolute http(s) URL", r.Endpoint)
	case strings.Contains(r.Endpoint, "#"):
		return refuse("authorization.endpoint", "the authorization endpoint has a fragment", r.Endpoint)
	}
	preset, err := url.ParseQuery(endpoint.RawQuery)
	if err != nil {
		return refuse("authorization.endpoint", "the query of the authorization endpoint cannot be read", r.Endpoint)
	}
	for _, name := range slices.Sorted(maps.Keys(preset)) {
		if _, own := owned[name]; own || values.Has(name) {
			return refuse("authorization.preset", "the authorization endpoint already carries a parameter of the request", name)
		}
	}
	base, query, _ := strings.Cut(r.Endpoint, "?")
	if query != "" {
		query += "&"
	}
	return base + "?" + query + values.Encode(), nil
}
