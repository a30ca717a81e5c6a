package grant

import (
	"encoding/base64"
	"testing"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// TestOtherToken: only what says that it is another token is one: refresh tokens may be JWTs too.
func TestOtherToken(t *testing.T) {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, test := range map[string]struct{ header, claims, want string }{
		"an access token":               {`{"alg":"RS256","typ":"at+jwt"}`, `{"iss":"a","client_id":"b"}`, "an access token"},
		"an ID token":                   {`{"alg":"RS256"}`, `{"iss":"a","aud":"b","at_hash":"c"}`, "an ID token"},
		"an access token of Keycloak":   {`{"alg":"RS256","typ":"JWT"}`, `{"typ":"Bearer","scope":"openid"}`, "an access token"},
		"an ID token of Keycloak":       {`{"alg":"RS256","typ":"JWT"}`, `{"typ":"ID","aud":"b"}`, "an ID token"},
		"a refresh token of Keycloak":   {`{"alg":"HS512","typ":"JWT"}`, `{"typ":"Refresh","scope":"openid","nonce":"n","aud":"a"}`, ""},
		"an offline token of Keycloak":  {`{"alg":"HS512","typ":"JWT"}`, `{"typ":"Offline","scope":"openid"}`, ""},
		"a JWT that says nothing of it": {`{"alg":"RS256","typ":"JWT"}`, `{"iss":"a","scope":"openid"}`, ""},
	} {
		token := part(test.header) + "." + part(test.claims) + "." + part("signature")
		if got := otherToken(secret.New(token)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if got := otherToken(secret.New("opaque")); got != "" {
		t.Errorf("an opaque token: %q", got)
	}
}
