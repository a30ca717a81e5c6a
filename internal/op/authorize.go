package op

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/text"
)

// authorization is a checked authorization request.
type authorization struct {
	client              *Client
	redirectURI         string // where the answer goes
	redirectParameter   string // the same, where it was sent
	state, responseMode string
	scopes, audiences   []string
	nonce, challenge    string
	prompts             []string
	maxAge              time.Duration // negative means that none was sent
	loginHint, acr      string
	subject             string // whom id_token_hint names, or empty
	details             details
	device              *device // that waits for the decision, where no client is told of it
	types               []string
	jkt                 string // the DPoP key that the code is bound to, or empty
}

func (a *authorization) prompt(value string) bool { return slices.Contains(a.prompts, value) }

// authorize answers an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2).
func (x *exchange) authorize() answer {
	form, bad := x.authorizationForm()
	if bad != nil {
		return x.errorPage(http.StatusBadRequest, "This sign-in cannot start", bad.description)
	}
	sent := form
	x.event.ClientID = form.Get("client_id")
	var p *pushed
	if x.p.on(FeaturePAR) && form.Has("request_uri") {
		if p, bad = x.pushedRequest(form); bad != nil {
			return x.errorPage(http.StatusBadRequest, "This sign-in cannot start", bad.description)
		}
		form = p.form
	}
	var objection *refusal
	if p == nil {
		form, objection = x.unwrapped(form)
	}
	a, bad := x.recipient(form)
	if bad != nil {
		if objection != nil {
			bad = objection // which is why the rest is not known
		}
		return x.errorPage(http.StatusBadRequest, "This sign-in cannot start", bad.description)
	}
	// From here on the client is told.
	switch {
	case p != nil:
		bad = x.redeemPushed(p)
	case objection != nil:
		bad = objection
	case x.p.config.RequirePAR:
		bad = refused("invalid_request", "this provider wants authorization requests pushed to %s first (RFC 9126 section 5)", x.p.endpoint(atPAR))
	}
	if bad == nil && p == nil {
		bad = x.unsigned(a.client, sent)
	}
	if bad == nil {
		bad = x.judge(a, form)
	}
	if bad != nil {
		return x.deliverError(a, bad)
	}
	return x.proceed(&interaction{request: a, began: x.now})
}

// authorizationForm reads the request from the query, or from the body of a POST.
func (x *exchange) authorizationForm() (url.Values, *refusal) {
	if x.r.Method == http.MethodPost {
		form, bad := x.readForm("resource", "audience")
		if form != nil {
			bad = nil // repetitions are judged once it is known whom to tell
		}
		return form, bad
	}
	form, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, refused("invalid_request", "the query cannot be decoded: %v", err)
	}
	return apart(form), nil
}

// recipient finds out whom to tell of errors: without a known client and one of its redirect URIs only the person
// at the browser is told (RFC 6749 §4.1.2.1).
func (x *exchange) recipient(form url.Values) (*authorization, *refusal) {
	refuse := func(format string, args ...any) (*authorization, *refusal) {
		return nil, refused("invalid_request", format, args...)
	}
	ids, uris := form["client_id"], form["redirect_uri"]
	if len(ids) > 1 || len(uris) > 1 {
		return refuse("client_id or redirect_uri was sent more than once")
	}
	if form.Get("client_id") == "" {
		return refuse("client_id is missing")
	}
	client, err := x.clientNamed(form.Get("client_id"))
	switch {
	case err != nil:
		return refuse("%s", err)
	case len(client.RedirectURIs) == 0:
		return refuse("client %q has no redirect URI: it may use %s only", client.ID, strings.Join(client.GrantTypes, ", "))
	}
	a := &authorization{client: client, redirectParameter: form.Get("redirect_uri"), state: form.Get("state"), maxAge: -1}
	a.redirectURI = a.redirectParameter
	if a.redirectURI == "" {
		if len(client.RedirectURIs) > 1 || strings.HasSuffix(client.RedirectURIs[0], "*") {
			return refuse("redirect_uri is missing, and client %q has several: %s", client.ID, strings.Join(client.RedirectURIs, " "))
		}
		a.redirectURI = client.RedirectURIs[0]
	}
	if !slices.ContainsFunc(client.RedirectURIs, func(r string) bool { return matches(r, a.redirectURI) }) {
		return refuse("redirect_uri %q is not registered for client %q. Registered: %s", a.redirectURI, client.ID,
			strings.Join(client.RedirectURIs, " "))
	}
	a.types = strings.Fields(form.Get("response_type"))
	a.responseMode = a.defaultMode()
	// judge refuses every other one.
	if mode := form.Get("response_mode"); len(form["response_mode"]) == 1 && x.judgeMode(a, mode) == nil {
		a.responseMode = mode
	}
	return a, nil
}

func (x *exchange) suggestClient(id string) string {
	ids := make([]string, 0, len(x.p.config.Clients))
	for _, c := range x.p.config.Clients {
		ids = append(ids, c.ID)
	}
	if near := text.Suggest(id, ids); near != "" {
		return "; is " + near + " meant?"
	}
	return ". Registered: " + strings.Join(ids, " ")
}

// judge checks the rest of the request, in the order in which a client's author meets the problems.
func (x *exchange) judge(a *authorization, form url.Values) *refusal {
	if bad := once(form, []string{"resource", "audience"}); bad != nil {
		return bad
	}
	for _, rule := range []func(*exchange, *authorization, url.Values) *refusal{
		judgeType, judgeMode, judgeNonce, judgeObjects, strictRequest, judgePKCE, judgeScope, judgePrompt, judgeMaxAge, judgeHints, judgeTargets, judgeKey, judgeDetails,
	} {
		if bad := rule(x, a, form); bad != nil {
			return bad
		}
	}
	return nil
}

// judgeObjects refuses what would change the meaning of the rest (OpenID Connect Core §3.1.2.6).
func judgeObjects(_ *exchange, _ *authorization, form url.Values) *refusal {
	for _, name := range []string{"request", "request_uri", "registration"} {
		if form.Get(name) != "" {
			return refused(name+"_not_supported", "the parameter %s is not supported", name)
		}
	}
	return nil
}

// judgePKCE wants S256, and from a public client in any case (RFC 7636 §4.3, RFC 9700 §2.1.1).
func judgePKCE(_ *exchange, a *authorization, form url.Values) *refusal {
	if !a.gives("code") {
		return nil
	}
	challenge, method := form.Get("code_challenge"), form.Get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return refused("invalid_request", "code_challenge_method was sent without code_challenge")
	case challenge == "" && a.client.public():
		return refused("invalid_request", "code_challenge is missing; client '%s' is public and must use PKCE with S256", a.client.ID)
	case challenge == "":
		return nil
	case method == "":
		return refused("invalid_request", "code_challenge_method is missing, which means plain; send code_challenge_method=S256")
	case method != "S256":
		return refused("invalid_request", "code_challenge_method '%s' is not supported; only S256 is", method)
	case len(challenge) != 43 || !visible(challenge, unreserved):
		return refused("invalid_request", "code_challenge has %d characters; S256 makes 43 of base64url without padding", len(challenge))
	}
	a.challenge = challenge
	return nil
}

const unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

// visible says whether s is made of the characters of set alone.
func visible(s, set string) bool { return strings.Trim(s, set) == "" }

// judgeScope reduces what is asked for to what the client may have (RFC 6749 §3.3).
func judgeScope(_ *exchange, a *authorization, form url.Values) *refusal {
	var bad *refusal
	a.scopes, bad = a.client.reduce(form.Get("scope"))
	return bad
}

// reduce returns the scopes that a client gets, in the order of the request. Without any it is what the client may
// have beyond the scopes that are about a person.
func (c *Client) reduce(requested string) ([]string, *refusal) {
	asked := strings.Fields(requested)
	var out []string
	if len(asked) == 0 {
		for _, s := range c.Scopes {
			if !slices.Contains(aboutPerson, s) {
				out = append(out, s)
			}
		}
		return out, nil
	}
	if out = among(c.Scopes, asked); len(out) == 0 {
		return nil, refused("invalid_scope", "client '%s' may have none of the scopes '%s'; it may have: %s", c.ID, requested, strings.Join(c.Scopes, " "))
	}
	return out, nil
}

// among returns those of a list that are asked for, in that order and each once. They are the list's own: what is kept of
// a request must not keep all of it.
func among(have, asked []string) []string {
	var out []string
	for _, s := range asked {
		if i := slices.Index(have, s); i >= 0 && !slices.Contains(out, s) {
			out = append(out, have[i])
		}
	}
	return out
}

func judgePrompt(_ *exchange, a *authorization, form url.Values) *refusal {
	a.prompts = strings.Fields(form.Get("prompt"))
	for _, p := range a.prompts {
		if !slices.Contains([]string{"none", "login", "consent", "select_account"}, p) {
			return refused("invalid_request", "prompt '%s' is not supported; none, login, consent and select_account are", p)
		}
	}
	if a.prompt("none") && len(a.prompts) > 1 {
		return refused("invalid_request", "prompt=none cannot be combined with another prompt")
	}
	return nil
}

func judgeMaxAge(_ *exchange, a *authorization, form url.Values) *refusal {
	value := form.Get("max_age")
	if value == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return refused("invalid_request", "max_age '%s' is not a whole number of seconds", value)
	}
	a.maxAge = time.Duration(seconds) * time.Second
	return nil
}

const notOurIDToken = "id_token_hint is no ID token that this provider issued of late"

// judgeHints takes the hints. An id_token_hint must be an ID token of ours; it may have expired (Core §3.1.2.1).
func judgeHints(x *exchange, a *authorization, form url.Values) *refusal {
	a.loginHint = form.Get("login_hint")
	a.acr = grantedACR(form.Get("acr_values"))
	hint := form.Get("id_token_hint")
	if hint == "" {
		return nil
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	t, ok := x.p.state.idTokens.get(hint, x.now)
	if !ok {
		return refused("invalid_request", notOurIDToken)
	}
	a.subject = t.grant.user.Subject
	return nil
}

// grantedACR is the first known of the classes that were asked for, else what a login here amounts to: acr_values is a
// wish, not a condition.
func grantedACR(values string) string {
	asked := strings.Fields(values)
	if len(asked) == 0 {
		return ""
	}
	if known := among(acrs, asked); len(known) > 0 {
		return known[0]
	}
	return acrs[0]
}

func judgeDetails(x *exchange, a *authorization, form url.Values) *refusal {
	var bad *refusal
	a.details, bad = x.detailsOf(a.client, form)
	return bad
}

func judgeTargets(_ *exchange, a *authorization, form url.Values) *refusal {
	var bad *refusal
	a.audiences, bad = targets(form)
	return bad
}

// The bounds of what is kept with every token of a grant, of which there may be tens of thousands.
const (
	maxTarget = 512
	maxNonce  = 1024
)

// targets returns what access tokens are for: resource (RFC 8707 §2) and audience, which other providers call it.
func targets(form url.Values) ([]string, *refusal) {
	for _, resource := range form["resource"] {
		u, err := url.Parse(resource)
		if err != nil || u.Scheme == "" || strings.Contains(resource, "#") {
			return nil, refused("invalid_target", "resource '%s' is not an absolute URI without fragment", resource)
		}
	}
	var out []string
	for _, target := range append(slices.Clone(form["resource"]), form["audience"]...) {
		if len(target) > maxTarget {
			return nil, refused("invalid_target", "a resource or audience has %d bytes; no more than %d are taken", len(target), maxTarget)
		}
		if target != "" && !slices.Contains(out, target) {
			out = append(out, target)
		}
	}
	if len(out) > 8 {
		return nil, refused("invalid_target", "more than 8 resources and audiences")
	}
	return out, nil
}
