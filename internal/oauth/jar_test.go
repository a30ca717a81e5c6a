package oauth

import (
	"net/url"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// every parameter stands inside with its own type, beside what makes the object good for one provider and five minutes.
func TestRequestObject(t *testing.T) {
	t.Parallel()
	r := RequestObject{Issuer: "web", Audience: "https://as.example", Params: url.Values{
		"client_id": {"web"}, "response_type": {"code"}, "scope": {"openid profile"}, "max_age": {"0"},
		"claims": {`{"userinfo":{"email":null}}`}, "authorization_details": {`[{"type":"payment"}]`},
		"resource": {"https://a.example", "https://b.example"}, "state": {"1"}, "client_secret": {"hidden"},
	}}
	compact, err := r.Sign(keyed(t, "ES256"), time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	token := asserted(t, compact)
	equal(t, "typ", "oauth-authz-req+jwt", token.Type)
	id, _ := token.Claims.String("jti")
	if len(id) < 26 {
		t.Errorf("jti %q", id)
	}
	got := make(map[string]string)
	for _, m := range token.Claims.Members() {
		if m.Name != "jti" {
			got[m.Name] = string(m.Value)
		}
	}
	equal(t, "claims", map[string]string{
		"iss": `"web"`, "client_id": `"web"`, "aud": `"https://as.example"`,
		"iat": "1700000000", "nbf": "1700000000", "exp": "1700000300",
		"response_type": `"code"`, "scope": `"openid profile"`, "max_age": "0", "state": `"1"`,
		"claims": `{"userinfo":{"email":null}}`, "authorization_details": `[{"type":"payment"}]`,
		"resource": `["https://a.example","https://b.example"]`,
	}, got)
}

func TestRequestObjectRefuses(t *testing.T) {
	t.Parallel()
	signer := jose.NewSecretSigner(secretFor("HS256"), jose.HS256)
	for name, params := range map[string]url.Values{
		"issuer":  {"iss": {"other"}},
		"expiry":  {"exp": {"1"}},
		"request": {"request": {"a.b.c"}},
		"claims":  {"claims": {"{"}},
		"details": {"authorization_details": {"payment"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := RequestObject{Issuer: "web", Params: params}.Sign(signer, time.Unix(1, 0))
			equal(t, "code", "usage.param", outcomeOf(t, err).Code)
		})
	}
}
