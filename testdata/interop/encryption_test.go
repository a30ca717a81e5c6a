package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// b64 is base64url, as JWKs have it.
func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// opener makes a key pair to which a provider may encrypt: the private key in a file, and the public JWK.
func opener(t *testing.T, kind string) (string, map[string]any) {
	t.Helper()
	if kind == "RSA" {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		jwk := map[string]any{"kty": "RSA", "use": "enc", "kid": "opener", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
		return encode(t, "PRIVATE KEY", der, err), jwk
	}
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[kind]
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	size := (len(point) - 1) / 2
	jwk := map[string]any{"kty": "EC", "crv": kind, "use": "enc", "kid": "opener", "x": b64(point[1 : 1+size]), "y": b64(point[1+size:])}
	scalar, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	private := map[string]any{"d": b64(scalar)}
	for name, value := range jwk {
		private[name] = value
	}
	text, err := json.Marshal(private)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, string(text)), jwk
}

// TestEncryptedAnswers has the provider encrypt in each of its ways; the answer of introspection stands for all, for it
// needs no person.
func TestEncryptedAnswers(t *testing.T) {
	t.Parallel()
	p := independent(t)
	file := serviceToken(t, p)
	for _, test := range []struct{ kind, alg, enc string }{
		{"RSA", "RSA-OAEP", "A128CBC-HS256"},
		{"RSA", "RSA-OAEP-256", "A256GCM"},
		{"P-256", "ECDH-ES", "A128GCM"},
		{"P-256", "ECDH-ES", "A256CBC-HS512"},
		{"P-384", "ECDH-ES+A128KW", "A192CBC-HS384"},
		{"P-384", "ECDH-ES+A192KW", "A192GCM"},
		{"P-521", "ECDH-ES+A256KW", "A256GCM"},
	} {
		t.Run(test.kind+" "+test.alg+" "+test.enc, func(t *testing.T) {
			t.Parallel()
			opening, jwk := opener(t, test.kind)
			other, _ := opener(t, test.kind)
			key := generate(t, "ES256")
			metadata := machine("private_key_jwt", public(t, key))
			metadata["jwks"] = map[string]any{"keys": []any{public(t, key), jwk}}
			metadata["introspection_signed_response_alg"] = "ES256"
			metadata["introspection_encrypted_response_alg"], metadata["introspection_encrypted_response_enc"] = test.alg, test.enc
			id := register(t, p.Issuer, metadata)
			args := []string{"introspect", "--issuer", p.Issuer, "--client-id", id, "--client-key", key, "--token-file", file, "--signed"}
			if out := introspected(t, oauthctl(t, "", append(args, "--decryption-key", opening)...), true); out["client_id"] != "service" {
				t.Errorf("the answer is %v", out)
			}
			for of, more := range map[string][]string{"another key": {"--decryption-key", other}, "no key": nil} {
				if r := oauthctl(t, "", slices.Concat(args, more)...); r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "RFC 7516 §5.2") {
					t.Errorf("%s: exit %d, stdout %q", of, r.exit, r.stdout)
				}
			}
		})
	}
}

// TestEncryptedLogin: the answer in the browser, the ID token and userinfo are all encrypted, each signed before.
func TestEncryptedLogin(t *testing.T) {
	t.Parallel()
	p := independent(t)
	opening, jwk := opener(t, "P-256")
	key := generate(t, "ES256")
	metadata := app(t, key, map[string]any{"jwks": map[string]any{"keys": []any{public(t, key), jwk}}})
	for _, what := range []string{"id_token", "userinfo", "authorization"} {
		metadata[what+"_signed_response_alg"] = "ES256"
		metadata[what+"_encrypted_response_alg"] = "ECDH-ES+A256KW"
		metadata[what+"_encrypted_response_enc"] = "A256GCM"
	}
	id := register(t, p.Issuer, metadata)
	args := []string{"--issuer", p.Issuer, "--client-id", id, "--client-key", key}
	able := []string{"--decryption-key", opening}
	login := slices.Concat([]string{"token", "auth-code", "--scope", "openid profile", "-o", "json"}, args)

	shown, r := visit(t, p, approve, slices.Concat(login, able, []string{"--response-mode", "jwt"})...)
	settled(t, p, shown, r, 0)
	var have tokens
	if err := json.Unmarshal([]byte(r.stdout), &have); err != nil || strings.Count(have.ID, ".") != 4 {
		t.Fatalf("exit %d, %v: want an encrypted ID token, %s", r.exit, err, have.ID)
	}
	verify := []string{"jwt", "verify", "--issuer", p.Issuer, "--client-id", id, "--kind", "id", "-o", "json"}
	if out := verified(t, oauthctl(t, have.ID, append(verify, able...)...), 0); out.Claims["sub"] != "alice" {
		t.Errorf("signed in as %v", out.Claims["sub"])
	}
	me := slices.Concat([]string{"userinfo", "--token-file", write(t, have.Access), "--expect-sub", "alice"}, args)
	if r := oauthctl(t, "", append(me, able...)...); r.exit != 0 || !strings.Contains(r.stdout, "alice of Interop") {
		t.Errorf("userinfo: exit %d, stdout %q", r.exit, r.stdout)
	}
	if r := oauthctl(t, "", me...); r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "--decryption-key") {
		t.Errorf("userinfo without a key: exit %d, stdout %q", r.exit, r.stdout)
	}
	if _, r := visit(t, p, approve, login...); r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "--decryption-key") {
		t.Errorf("login without a key: exit %d, stdout %q", r.exit, r.stdout)
	}
	// Whose answer it is cannot be read either, so it is passed over.
	waiting := begin(t, slices.Concat(login, []string{"--response-mode", "jwt"})...)
	b := open(t)
	b.signIn(t, waiting.url)
	b.do(t, chromedp.Click(submit), chromedp.WaitReady(chromedp.CSS("body.failure")))
	if err := waiting.interrupt(); err != nil {
		t.Fatal(err)
	}
	if r := waiting.finish(); r.exit != 130 || r.stdout != "" || !strings.Contains(r.stderr, "warning: an encrypted answer came, and cannot be opened") {
		t.Errorf("login by an encrypted answer without a key: exit %d, stdout %q", r.exit, r.stdout)
	}
}

// TestSymmetric: keys made from the client's secret (OpenID Connect Core §10.2).
func TestSymmetric(t *testing.T) {
	t.Parallel()
	p := independent(t)
	file := serviceToken(t, p)
	for _, test := range []struct{ alg, enc string }{
		{"A128KW", "A128CBC-HS256"},
		{"A192KW", "A192GCM"},
		{"A256KW", "A256GCM"},
		{"A128GCMKW", "A128GCM"},
		{"A192GCMKW", "A192CBC-HS384"},
		{"A256GCMKW", "A256CBC-HS512"},
		{"dir", "A128CBC-HS256"},
		{"dir", "A192GCM"},
		{"dir", "A256GCM"},
		{"dir", "A256CBC-HS512"},
	} {
		t.Run(test.alg+" "+test.enc, func(t *testing.T) {
			t.Parallel()
			metadata := machine("client_secret_basic", nil)
			delete(metadata, "jwks")
			metadata["introspection_signed_response_alg"] = "RS256"
			metadata["introspection_encrypted_response_alg"], metadata["introspection_encrypted_response_enc"] = test.alg, test.enc
			id, secret := registerSecret(t, p.Issuer, metadata)
			r := oauthctl(t, "", "introspect", "--issuer", p.Issuer, "--client-id", id, "--client-secret-file", write(t, secret), "--token-file", file, "--signed")
			if out := introspected(t, r, true); out["client_id"] != "service" {
				t.Errorf("the answer is %v", out)
			}
		})
	}
}

// serviceToken is the file of an access token that may be asked about.
func serviceToken(t *testing.T, p provider) string {
	t.Helper()
	return write(t, tokenOf(t, append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service"}, secretFlags(t, p)...)...))
}

// TestSignedUserInfo: the answer is addressed to one client.
func TestSignedUserInfo(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key := generate(t, "ES256")
	id := register(t, p.Issuer, app(t, key, map[string]any{"userinfo_signed_response_alg": "PS256"}))
	_, r := visit(t, p, approve, "token", "auth-code", "--issuer", p.Issuer, "--client-id", id, "--client-key", key, "--scope", "openid profile")
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	me := []string{"userinfo", "--issuer", p.Issuer, "--token-file", write(t, strings.TrimSpace(r.stdout)), "--expect-sub", "alice", "--client-id"}
	if r := oauthctl(t, "", append(me, id)...); r.exit != 0 || !strings.Contains(r.stdout, "alice of Interop") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	if r := oauthctl(t, "", append(me, "another")...); r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "aud") {
		t.Errorf("for another client: exit %d, stdout %q; want 4", r.exit, r.stdout)
	}
}

// TestSignedIntrospection: RFC 9701.
func TestSignedIntrospection(t *testing.T) {
	t.Parallel()
	p := independent(t)
	file := serviceToken(t, p)
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			key := generate(t, "ES256")
			metadata := machine("private_key_jwt", public(t, key))
			metadata["introspection_signed_response_alg"] = alg
			args := []string{"introspect", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--client-key", key, "--signed", "--token-file"}
			if out := introspected(t, oauthctl(t, "", append(args, file)...), true); out["client_id"] != "service" {
				t.Errorf("the answer is %v", out)
			}
			introspected(t, oauthctl(t, "", append(args, write(t, "never-issued"))...), false)
		})
	}
}
