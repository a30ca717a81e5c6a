package op

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// flows play what a client does to meet a fault, and record it.
func flows() map[string]func(*testing.T, *tape) {
	return map[string]func(*testing.T, *tape){
		FlowDevice: recordDevice, FlowCIBA: recordCIBA, FlowStepUp: recordStepUp, FlowPAR: recordPAR, FlowAssertion: recordAssertion, FlowCertificate: recordCertificate,
		FlowIntrospection: recordIntrospection, FlowRevocation: recordRevocation, FlowLogout: recordLogout,
		FlowExchange: recordExchange, FlowMessage: recordMessage,
		FlowDPoP: recordDPoP, FlowDPoPAPI: recordDPoPAPI, FlowBound: recordBound,
		FlowRegistration: recordRegistration, FlowManagement: recordManagement,
		FlowEncrypted: recordEncrypted, FlowEncryptedUserInfo: recordEncryptedUserInfo, FlowSignedUserInfo: recordSignedUserInfo,
		FlowSignedIntrospection: recordSignedIntrospection,
		FlowObject:              recordObject, FlowJARM: recordJARM, FlowHybrid: recordHybrid, FlowDetails: recordDetails, FlowFAPI2: recordFAPI2,
	}
}

// recordFlow plays one flow against a provider with a fault.
func recordFlow(t *testing.T, flow string, faults ...string) []string {
	t.Helper()
	w := newWorld(t, func(c *Config) { c.Faults, c.MTLS = faults, "https://op.test:9443" })
	ctx := t.Context()
	if len(faults) > 0 && faults[0] == "dev-hang" {
		ctx = ended(t)
	}
	r := &tape{world: w, ctx: ctx}
	r.members("discovery", r.ask("discovery", "GET", "/.well-known/openid-configuration", nil).Body.Bytes())
	flows()[flow](t, r)
	return r.lines
}

// hide names a value that differs from run to run.
func (r *tape) hide(value, name string) {
	if value != "" && value != "<"+name+">" {
		r.hidden = append(r.hidden, value, "<"+name+">", url.QueryEscape(value), "<"+name+">")
	}
}

// post sends a form as a client with a secret, and records the answer without what is random.
func (r *tape) post(what, path, client string, form url.Values, random ...string) map[string]string {
	form = changed(form, "client_id", client)
	if secret := r.clients[client].Secret; !secret.IsZero() {
		form.Set("client_secret", secret.Reveal())
	}
	return r.answered(what, r.ask(what, "POST", path, form).Body.Bytes(), random...)
}

// answered records the members of an answer; the values of those that are random are hidden from then on.
func (r *tape) answered(what string, body []byte, random ...string) map[string]string {
	var members map[string]any
	_ = json.Unmarshal(body, &members)
	for _, name := range random {
		if s, ok := members[name].(string); ok && !strings.ContainsAny(s, ":\x1b") {
			r.hide(s, name)
		}
	}
	return r.members(what, body, random...)
}

// tokens signs in with web and returns its tokens.
func (r *tape) tokens() map[string]string {
	code := r.authorize("client_id", "web").Get("code")
	form := changed(redemption, "code", code)
	out := make(map[string]string)
	body := r.do("POST", "/token", changed(form, "client_id", "web", "client_secret", r.clients["web"].Secret.Reveal()))
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		out[name] = str(body, name)
	}
	return out
}

func recordDevice(t *testing.T, r *tape) {
	t.Helper()
	w := r.ask("device", "POST", "/device_authorization", url.Values{"client_id": {"device"}, "scope": {"openid"}})
	var codes struct {
		User     string `json:"user_code"`
		Complete string `json:"verification_uri_complete"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &codes)
	if len(codes.User) == 9 {
		r.hide(codes.User, "user_code")
	}
	if u, err := url.Parse(codes.Complete); err == nil {
		r.hide(u.Query().Get("user_code"), "user_code") // also where a fault writes another
	}
	given := r.answered("device", w.Body.Bytes(), "device_code")
	form := url.Values{"grant_type": {grantDevice}, "device_code": {given["device_code"]}}
	for _, question := range []string{"first", "second", "third"} {
		r.advance(30 * time.Second)
		r.post(question, "/token", "device", form)
	}
	if outcome, err := r.Device(t.Context(), testIssuer+"/device", given["user_code"], "alice", "wonderland"); err == nil {
		r.say("page: %d %.60s", outcome.Status, outcome.Text)
	}
	r.advance(30 * time.Second)
	r.post("last", "/token", "device", form, "access_token", "id_token")
}

func recordCIBA(t *testing.T, r *tape) {
	t.Helper()
	given := r.post("asked", "/bc-authorize", "ciba", url.Values{"scope": {"openid"}, "login_hint": {"alice"}, "binding_message": {"pay 42"}}, "auth_req_id")
	r.say("asked auth_req_id is of base64url: %v", visible(given["auth_req_id"], unreserved))
	form := url.Values{"grant_type": {grantCIBA}, "auth_req_id": {given["auth_req_id"]}}
	for _, question := range []string{"first", "second", "third"} {
		r.advance(30 * time.Second)
		r.post(question, "/token", "ciba", form)
	}
	if outcome, err := r.Backchannel(t.Context(), testIssuer+"/ciba", "alice", "wonderland"); err == nil {
		r.say("page: %d %.60s", outcome.Status, outcome.Text)
	}
	r.advance(20 * time.Second)
	last := r.post("last", "/token", "ciba", form, "access_token", "id_token")
	r.jwt("last id_token", last["id_token"])
}

func recordStepUp(_ *testing.T, r *tape) {
	const api = "/api?acr_values=gold&max_age=60"
	for _, login := range [][]string{nil, {"acr_values", "gold"}} {
		form := changed(redemption, "code", r.authorize(append([]string{"client_id", "web"}, login...)...).Get("code"))
		token := r.post("token", "/token", "web", form, "access_token", "id_token", "refresh_token")
		r.jwt("id_token", token["id_token"])
		r.jwt("access_token", token["access_token"])
		answer := r.ask("api", "GET", api, nil, "Authorization", "Bearer "+token["access_token"])
		r.say("api challenge %s", answer.Header().Get("WWW-Authenticate"))
		r.answered("api", answer.Body.Bytes())
	}
}

func recordPAR(t *testing.T, r *tape) {
	t.Helper()
	form := changed(login, "client_id", "-")
	given := r.post("par", "/par", "web", form, "request_uri")
	if strings.HasPrefix(given["request_uri"], requestURIPrefix) {
		r.hide(given["request_uri"], "request_uri")
	}
	outcome, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+url.Values{"client_id": {"web"}, "request_uri": {given["request_uri"]}}.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(outcome.URL)
	r.hide(u.Query().Get("code"), "code")
	r.say("callback: %d %.200s", outcome.Status, outcome.URL)
	unpushed, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+login.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ = url.Parse(unpushed.URL)
	r.hide(u.Query().Get("code"), "code")
	r.say("unpushed: %d %.200s", unpushed.Status, unpushed.URL)
}

// recordFAPI2 looks at what the profile has a say in, without its flow: the faults do not depend on that.
func recordFAPI2(t *testing.T, r *tape) {
	t.Helper()
	r.answered("par", []byte(r.do("POST", "/par", login).Body), "request_uri")
	body := r.do("POST", "/token", changed(redemption, "code", r.authorize().Get("code")))
	r.jwt("id_token", str(body, "id_token"))
	r.jwt("access_token", str(body, "access_token"))
	r.say("refresh token: %d characters", len(str(body, "refresh_token")))
}

func recordAssertion(t *testing.T, r *tape) {
	t.Helper()
	form := url.Values{"grant_type": {grantCredentials}, "client_assertion_type": {assertionType}}
	for _, audience := range []string{testIssuer, testIssuer + "/token"} {
		what := "assertion for " + audience
		path := "/token"
		if r.metadata("token_endpoint") != testIssuer+path {
			path = strings.TrimPrefix(r.metadata("token_endpoint"), "http://localhost")
		}
		form.Set("client_assertion", signedBy(t, jose.ES256, map[string]any{
			"iss": "web-jwt", "sub": "web-jwt", "aud": audience, "jti": random(), "exp": r.now().Add(time.Minute).Unix(),
		}))
		r.answered(what, r.ask(what, "POST", path, form).Body.Bytes(), "access_token")
	}
}

// metadata reads one member of the document anew.
func (r *tape) metadata(name string) string {
	return str(r.do("GET", "/.well-known/openid-configuration", nil), name)
}

func recordCertificate(_ *testing.T, r *tape) {
	r.post("token", "/token", "web-tls", url.Values{"grant_type": {grantCredentials}}, "access_token")
}

func recordIntrospection(_ *testing.T, r *tape) {
	r.post("introspection", "/introspect", "web", url.Values{"token": {r.tokens()["access_token"]}}, "jti")
}

func recordRevocation(_ *testing.T, r *tape) {
	r.post("revocation", "/revoke", "web", url.Values{"token": {r.tokens()["access_token"]}})
}

func recordLogout(t *testing.T, r *tape) {
	t.Helper()
	query := url.Values{"id_token_hint": {r.tokens()["id_token"]}, "post_logout_redirect_uri": {testRedirect}, "state": {"st"}}
	outcome, err := r.Open(t.Context(), testIssuer+"/logout?"+query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Status != 0 {
		outcome.URL = "a page"
	}
	r.say("logout: %d %s %.40s", outcome.Status, outcome.URL, outcome.Text)
}

func recordExchange(_ *testing.T, r *tape) {
	form := url.Values{"grant_type": {grantExchange}, "subject_token": {r.tokens()["access_token"]}, "subject_token_type": {typeAccess}}
	r.post("exchange", "/token", "exchange", form, "access_token")
}

func recordMessage(t *testing.T, r *tape) {
	t.Helper()
	outcome, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "response_mode", "web_message").Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(outcome.URL)
	r.hide(outcome.Form.Get("code"), "code")
	for _, e := range r.events[len(r.events)-1:] {
		r.say("the page at %s: %d %s", u.Host+u.Path, outcome.Status, e.Endpoint)
	}
	r.say("message to %s: %s", outcome.MessageOrigin, outcome.Form.Encode())
	page := r.do("GET", "/authorize?"+changed(login, "response_mode", "web_message", "prompt", "none", "max_age", "0").Encode(), nil)
	_, message, _ := strings.Cut(page.Body, `data-message="`)
	message, _, _ = strings.Cut(message, `"`)
	r.say("an error as message: %.60s", message)
}

// signedBy signs claims with the key of web-jwt.
func signedBy(t *testing.T, alg jose.Algorithm, claims map[string]any) string {
	t.Helper()
	return signedAs(t, alg, "", claims)
}
