package op

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// payment asks for one payment, as the example of RFC 9396 §2 does.
const payment = `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]`

// object signs an authorization request of web-jwt, changed as the pairs say; "-" takes a claim away.
func (w *world) object(changes ...any) string {
	w.t.Helper()
	claims := map[string]any{
		"iss": "web-jwt", "client_id": "web-jwt", "aud": testIssuer, "jti": random(),
		"iat": w.now().Unix(), "nbf": w.now().Unix(), "exp": w.now().Add(time.Minute).Unix(),
	}
	for name, values := range login {
		if name != "client_id" {
			claims[name] = values[0]
		}
	}
	for i := 0; i < len(changes); i += 2 {
		name, _ := changes[i].(string)
		if claims[name] = changes[i+1]; changes[i+1] == "-" {
			delete(claims, name)
		}
	}
	return signedAs(w.t, "ES256", "oauth-authz-req+jwt", claims)
}

// parameters records an authorization response name by name, without what is random.
func (r *tape) parameters(what string, values url.Values) {
	r.hide(values.Get("code"), "code")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for i, shown := range values[name] {
			if strings.Count(shown, ".") >= 2 && len(shown) > 100 {
				shown = "<a JWT>"
			}
			r.say("%s %s (%d) = %s", what, name, i, shown)
		}
	}
}

func recordObject(t *testing.T, r *tape) {
	t.Helper()
	object := r.object()
	r.hide(object, "object")
	outcome, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+url.Values{"client_id": {"web-jwt"}, "request": {object}}.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(outcome.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.parameters("signed", u.Query())
	r.parameters("unsigned", r.authorize("client_id", "web"))
}

func recordJARM(t *testing.T, r *tape) {
	t.Helper()
	got := r.authorize("client_id", "web", "response_mode", "jwt")
	r.parameters("callback", got)
	_, code, _ := strings.Cut(claimsOf(got.Get("response")), `"code":"`)
	code, _, _ = strings.Cut(code, `"`)
	r.hide(code, "code")
	r.jwt("response", got.Get("response"))
}

func recordHybrid(t *testing.T, r *tape) {
	t.Helper()
	outcome, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "client_id", "web-hybrid", "response_type", "code id_token token").Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(outcome.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.say("a fragment: %v", u.Fragment != "")
	encoded := u.EscapedFragment()
	if encoded == "" {
		encoded = u.RawQuery
	}
	got, err := url.ParseQuery(encoded)
	if err != nil {
		t.Fatal(err)
	}
	r.parameters("callback", got)
	front := got.Get("id_token")
	for _, claim := range []struct{ name, value string }{
		{"c_hash", got.Get("code")}, {"at_hash", got.Get("access_token")}, {"s_hash", "st"},
	} {
		r.say("front %s: there %v, right %v", claim.name, strings.Contains(claimsOf(front), `"`+claim.name+`"`),
			strings.Contains(claimsOf(front), `"`+claim.name+`":"`+hashClaim("RS256", claim.value)+`"`))
	}
	back := r.do("POST", "/token", changed(redemption, "code", got.Get("code"), "client_id", "web-hybrid",
		"client_secret", r.clients["web-hybrid"].Secret.Reveal()))
	r.jwt("back", str(back, "id_token"))
}

func recordDetails(t *testing.T, r *tape) {
	t.Helper()
	code := r.authorize("client_id", "web", "authorization_details", payment).Get("code")
	r.hide(code, "code")
	given := r.post("token", "/token", "web", changed(redemption, "code", code), "access_token", "refresh_token", "id_token")
	r.jwt("access", given["access_token"])
}
