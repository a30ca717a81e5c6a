package op

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// signedAs signs claims with a key of web-jwt, by go-jose, which shares no code with what verifies them.
func signedAs(t *testing.T, alg jose.Algorithm, typ string, claims any) string {
	t.Helper()
	id, text := TestClientKey(alg)
	return signWith(t, alg, id, privateKey(t, text), typ, claims)
}

func privateKey(t *testing.T, text string) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		t.Fatalf("%T", key)
	}
	return signer
}

func signWith(t *testing.T, alg jose.Algorithm, id string, key any, typ string, claims any) string {
	t.Helper()
	options := &gojose.SignerOptions{}
	if typ != "" {
		options = options.WithType(gojose.ContentType(typ))
	}
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: gojose.SignatureAlgorithm(alg), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// asserting sends a client credentials request with an assertion.
func (w *world) asserting(assertion string, changes ...string) reply {
	w.t.Helper()
	return w.token(changed(url.Values{
		"grant_type": {grantCredentials}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
	}, changes...))
}

// claims are those of a good assertion of web-jwt, with changes; nil removes.
func (w *world) claims(changes ...any) map[string]any {
	out := map[string]any{
		"iss": "web-jwt", "sub": "web-jwt", "aud": testIssuer, "jti": random(), "iat": w.now().Unix(), "exp": w.now().Add(time.Minute).Unix(),
	}
	for i := 0; i < len(changes); i += 2 {
		name, _ := changes[i].(string)
		if out[name] = changes[i+1]; changes[i+1] == nil {
			delete(out, name)
		}
	}
	return out
}

func TestPrivateKeyJWT(t *testing.T) {
	w := newWorld(t, nil)
	for _, alg := range []jose.Algorithm{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(string(alg), func(t *testing.T) {
			got := w.asserting(signedAs(t, alg, "client-authentication+jwt", w.claims()))
			if e := w.events[len(w.events)-1]; got.Status != http.StatusOK || e.AuthMethod != authPrivateKey || e.ClientID != "web-jwt" {
				t.Error(got.Body, e)
			}
		})
	}
	for name, claims := range map[string]map[string]any{
		"token endpoint": w.claims("aud", testIssuer+"/token"), "list of one": w.claims("aud", []string{testIssuer}),
		"no iat": w.claims("iat", nil), "clock ahead": w.claims("iat", w.now().Add(20*time.Second).Unix()),
	} {
		if got := w.asserting(signedBy(t, "ES256", claims)); got.Status != http.StatusOK {
			t.Error(name, got.Body)
		}
	}
	id, text := TestClientKey("ES256")
	for _, kid := range []string{"", id} { // without a kid every key is tried
		if got := w.asserting(signWith(t, "ES256", kid, privateKey(t, text), "", w.claims())); got.Status != http.StatusOK {
			t.Error(got.Body)
		}
	}
	if id, text := TestClientKey("HS256"); id != "" || text != "" {
		t.Error(id)
	}
}

func TestClientSecretJWT(t *testing.T) {
	w := newWorld(t, nil)
	key := []byte(w.clients["web-secret-jwt"].Secret.Reveal())
	claims := func() map[string]any { return w.claims("iss", "web-secret-jwt", "sub", "web-secret-jwt") }
	for _, alg := range []jose.Algorithm{"HS256", "HS384", "HS512"} {
		long := key
		for len(long) < 64 && alg != "HS256" { // go-jose wants keys as long as the hash
			long = append(long, 'x')
		}
		w := newWorld(t, func(c *Config) {
			for i := range c.Clients {
				if c.Clients[i].ID == "web-secret-jwt" {
					c.Clients[i].Secret = secret.New(string(long))
				}
			}
		})
		got := w.asserting(signWith(t, alg, "", long, "JWT", claims()))
		if e := w.events[len(w.events)-1]; got.Status != http.StatusOK || e.AuthMethod != authSecretJWT {
			t.Error(alg, got.Body)
		}
	}
	wrong := w.asserting(signWith(t, "HS256", "", bytes.Repeat([]byte("x"), 32), "JWT", claims()))
	if str(wrong, "error_description") != "client_assertion is refused: its signature by HS256 was not made with the secret of client 'web-secret-jwt'" {
		t.Error(wrong.Body)
	}
	other := w.asserting(signWith(t, "HS256", "", []byte(w.clients["web"].Secret.Reveal()), "JWT", w.claims("iss", "web", "sub", "web")))
	if str(other, "error_description") != "client 'web' authenticated by client_secret_jwt, but is registered for client_secret_basic or client_secret_post" {
		t.Error(other.Body)
	}
	// The public key of a client is no secret (RFC 8725 §2.1).
	confused := w.asserting(signWith(t, "HS256", "", []byte(clientKeySet), "JWT", w.claims()))
	if str(confused, "error_description") != "client 'web-jwt' authenticated by client_secret_jwt, but is registered for private_key_jwt" {
		t.Error(confused.Body)
	}
}

func TestAssertionRefusals(t *testing.T) {
	w := newWorld(t, nil)
	now := w.now()
	refused := func(why string) string { return "client_assertion is refused: " + why }
	_, p256 := TestClientKey("ES256")
	_, rsa := TestClientKey("RS256")
	used := signedBy(t, "ES256", w.claims("jti", "used"))
	w.asserting(used)
	tests := []struct {
		name      string
		assertion string
		changes   []string
		want      string
	}{
		{"no JWT", "x", nil, "client_assertion cannot be read: it is no signed JWT of three parts"},
		{"no base64url", "a.b+.c", nil, "client_assertion cannot be read: its header is not base64url without padding"},
		{"no JSON", "e30.e30e.e30", nil, "client_assertion cannot be read: its payload is no JSON object: "},
		{"alg is a number", b64([]byte(`{"alg":7}`)) + ".e30.e30", nil, "client_assertion cannot be read: alg in its header is no string"},
		{"crit", b64([]byte(`{"alg":"ES256","crit":["x"]}`)) + ".e30.e30", nil, "client_assertion cannot be read: its header has crit, and no extension is known here"},
		{"no sub", signedBy(t, "ES256", w.claims("sub", nil)), nil, "client_assertion has no sub; iss and sub are the client_id"},
		{"unknown client", signedBy(t, "ES256", w.claims("sub", "web-jwtt")), nil, "no client 'web-jwtt' is registered; is web-jwt meant?"},
		{"client of a secret", signedBy(t, "ES256", w.claims("sub", "web")), nil, "client 'web' authenticated by private_key_jwt, but is registered for client_secret_basic or client_secret_post"},
		{"public client", signedBy(t, "ES256", w.claims("sub", "cli")), nil, "client 'cli' is public and has no secret; send client_id in the body alone"},
		{"alg none", b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(`{"sub":"web-jwt"}`)) + ".", nil, refused("its alg is 'none', which is not supported")},
		{"no such key", signWith(t, "ES256", "other", privateKey(t, p256), "", w.claims()), nil, refused("client 'web-jwt' has no key 'other'; it has: client-rsa client-p256 client-p384 client-p521 client-ed25519")},
		{"key of another kid", signWith(t, "ES256", "client-rsa", privateKey(t, p256), "", w.claims()), nil, refused("its signature by ES256 fits no key of client 'web-jwt'")},
		{"another's key", signWith(t, "ES256", "", w.keys.keys["test-p256"], "", w.claims()), nil, refused("its signature by ES256 fits no key of client 'web-jwt'")},
		{"changed", changedSignature(signWith(t, "RS256", "", privateKey(t, rsa), "", w.claims())), nil, refused("its signature by RS256 fits no key of client 'web-jwt'")},
		{"typ", signedAs(t, "ES256", "at+jwt", w.claims()), nil, refused("its typ is 'at+jwt', not client-authentication+jwt or JWT")},
		{"iss", signedBy(t, "ES256", w.claims("iss", "web")), nil, refused("its iss is 'web', not the client_id 'web-jwt' as its sub is")},
		{"no aud", signedBy(t, "ES256", w.claims("aud", nil)), nil, refused("it has no aud; send 'http://op.test'")},
		{"other aud", signedBy(t, "ES256", w.claims("aud", testIssuer+"/")), nil, refused("its aud is 'http://op.test/'; send 'http://op.test'")},
		{"two auds", signedBy(t, "ES256", w.claims("aud", []string{testIssuer, "https://evil.test"})), nil, refused("its aud names several: http://op.test https://evil.test; send 'http://op.test' alone")},
		{"aud is a number", signedBy(t, "ES256", w.claims("aud", 7)), nil, refused("its aud is neither a string nor a list of strings")},
		{"no exp", signedBy(t, "ES256", w.claims("exp", nil)), nil, refused("it has no exp")},
		{"exp is a date", signedBy(t, "ES256", w.claims("exp", "2099-01-01")), nil, refused("its exp is no number of seconds since 1970")},
		{"expired", signedBy(t, "ES256", w.claims("exp", now.Add(-time.Minute).Unix())), nil, refused("it expired 1m0s ago")},
		{"for ever", signedBy(t, "ES256", w.claims("exp", now.Add(2*time.Hour).Unix())), nil, refused("its exp is 2h0m0s ahead; an assertion is for one request, 1h0m0s is the most")},
		{"from the future", signedBy(t, "ES256", w.claims("iat", now.Add(time.Minute).Unix())), nil, refused("its iat is 1m0s ahead")},
		{"not yet", signedBy(t, "ES256", w.claims("nbf", now.Add(time.Minute).Unix())), nil, refused("its nbf is 1m0s ahead")},
		{"no jti", signedBy(t, "ES256", w.claims("jti", nil)), nil, refused("it has no jti, by which a replay would be known")},
		{"replayed", used, nil, refused("its jti was used before: make a new one for every request")},
		{"type", used, []string{"client_assertion_type", "x"}, "client_assertion_type is 'x', not '" + assertionType + "'"},
		{"other client_id", used, []string{"client_id", "web"}, "client_id is 'web' in the body, but 'web-jwt' in client_assertion"},
		{"and a secret", used, []string{"client_secret", "x"}, "more than one client authentication: client_secret in the body, client_assertion in the body; use exactly one (RFC 6749 section 2.3)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.asserting(test.assertion, test.changes...)
			if !strings.HasPrefix(str(got, "error_description"), test.want) {
				t.Errorf("%d\n got %s\nwant %s", got.Status, str(got, "error_description"), test.want)
			}
			if code := str(got, "error"); (got.Status != 401 || code != "invalid_client") && (got.Status != 400 || code != "invalid_request") {
				t.Error(got.Status, code)
			}
		})
	}
}

// changedSignature flips a bit.
func changedSignature(compact string) string {
	cut := strings.LastIndexByte(compact, '.') + 1
	if compact[cut] == 'A' {
		return compact[:cut] + "B" + compact[cut+1:]
	}
	return compact[:cut] + "A" + compact[cut+1:]
}

// TestAssertionElsewhere shows that every endpoint where clients authenticate takes its own URL as audience.
func TestAssertionElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	for path, form := range map[string]url.Values{"/par": changed(login, "client_id", "-"), "/introspect": {"token": {"x"}}, "/revoke": {"token": {"x"}}} {
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", signedBy(t, "EdDSA", w.claims("aud", testIssuer+path)))
		if got := w.do("POST", path, form); got.Status/100 != 2 {
			t.Error(path, got.Body)
		}
	}
	if got := w.asserting(signedBy(t, "EdDSA", w.claims("aud", testIssuer+"/par"))); got.Status != http.StatusUnauthorized {
		t.Error("the token endpoint takes the audience of another", got.Body)
	}
}

// TestKeysOfClients holds the published halves to the private ones.
func TestKeysOfClients(t *testing.T) {
	set, err := jose.ParseLocalKeys([]byte(clientKeySet))
	if err != nil || len(set.Rejected) != 0 {
		t.Fatal(err, set)
	}
	for i, alg := range []jose.Algorithm{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		id, text := TestClientKey(alg)
		public := privateKey(t, text).Public()
		if key, ok := set.Keys[i].Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !key.Equal(public) || set.Keys[i].KeyID != id {
			t.Error(alg, id)
		}
	}
}
