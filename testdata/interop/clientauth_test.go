package interop

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// register makes a client at the provider (RFC 7591), and returns its ID.
func register(t *testing.T, issuer string, metadata map[string]any) string {
	t.Helper()
	id, _ := registerSecret(t, issuer, metadata)
	return id
}

// registerSecret is register for a client that is given a secret.
func registerSecret(t *testing.T, issuer string, metadata map[string]any) (id, secret string) {
	t.Helper()
	body, err := json.Marshal(metadata)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(issuer+"/reg", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var made map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("status %d, %v, %v", answer.StatusCode, made, err)
	}
	secret, _ = made["client_secret"].(string)
	return made["client_id"].(string), secret
}

// machine is the registration of a client without people.
func machine(method string, jwk map[string]any) map[string]any {
	return map[string]any{
		"grant_types": []string{"client_credentials"}, "response_types": []string{}, "redirect_uris": []string{},
		"token_endpoint_auth_method": method, "jwks": map[string]any{"keys": []any{jwk}},
	}
}

// public has oauthctl show the public part of a key, as it is handed to a provider.
func public(t *testing.T, file string) map[string]any {
	t.Helper()
	r := oauthctl(t, "", "key", "public", file)
	var jwk map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &jwk); err != nil || r.exit != 0 || jwk["d"] != nil {
		t.Fatalf("exit %d, %v: want a public JWK, %s", r.exit, err, r.stdout)
	}
	return jwk
}

// generate has oauthctl make a key.
func generate(t *testing.T, alg string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.jwk")
	if r := oauthctl(t, "", "key", "generate", "--alg", alg, "--output-file", file); r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	return file
}

// made is generate for a table.
func made(alg string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return generate(t, alg)
	}
}

// encode writes a private key of crypto/* as PEM.
func encode(t *testing.T, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func rsaPEM(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
}

func ecPEM(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	return encode(t, "EC PRIVATE KEY", der, err)
}

func edPEM(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode(t, "PRIVATE KEY", der, err)
}

// jwtFrom demands a run that left a JWT access token, which the provider's keys verify.
func jwtFrom(t *testing.T, p provider, r result, api string) report {
	t.Helper()
	if r.exit != 0 || strings.Count(r.stdout, ".") != 2 {
		t.Fatalf("exit %d, want 0 and a JWT", r.exit)
	}
	return verified(t, oauthctl(t, r.stdout, "jwt", "verify", "--issuer", p.Issuer, "--kind", "access", "--audience", api, "-o", "json"), 0)
}

// refused demands a run that the provider refused with this error.
func refused(t *testing.T, r result, code string) {
	t.Helper()
	if r.exit != 3 || r.stdout != "" || !strings.Contains(r.stderr, code) {
		t.Errorf("exit %d, stdout %q; want 3, nothing, and %s on stderr", r.exit, r.stdout, code)
	}
}

const es256API = "https://es256.api.example"

// credentials asks for a token of the client itself.
func credentials(p provider, id string, more ...string) []string {
	return append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", id, "--resource", es256API}, more...)
}

func TestPrivateKeyJWT(t *testing.T) {
	p := independent(t)
	for _, test := range []struct {
		name, alg string
		key       func(*testing.T) string
	}{
		{"RS256, a key made here", "RS256", made("RS256")},
		{"PS256, a key made here", "PS256", made("PS256")},
		{"ES256, a key made here", "ES256", made("ES256")},
		{"EdDSA, a key made here", "EdDSA", made("EdDSA")},
		{"Ed25519, a key made here", "Ed25519", made("Ed25519")},
		{"RS256, PKCS#1", "RS256", rsaPEM},
		{"PS256, PKCS#1", "PS256", rsaPEM},
		{"ES256, SEC1", "ES256", ecPEM},
		{"EdDSA, PKCS#8", "EdDSA", edPEM},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			key := test.key(t)
			metadata := machine("private_key_jwt", public(t, key))
			metadata["token_endpoint_auth_signing_alg"] = test.alg
			args := credentials(p, register(t, p.Issuer, metadata), "--client-key-alg", test.alg)
			jwtFrom(t, p, oauthctl(t, "", append(args, "--client-key", key)...), es256API)
			refused(t, oauthctl(t, "", append(args, "--client-key", test.key(t))...), "invalid_client")
		})
	}
}

// TestAssertionAudience: the provider takes three audiences, and refuses another.
func TestAssertionAudience(t *testing.T) {
	p := independent(t)
	key := generate(t, "ES256")
	args := credentials(p, register(t, p.Issuer, machine("private_key_jwt", public(t, key))), "--client-key", key)
	for _, audience := range []string{"issuer", "token", "endpoint", p.Issuer + "/token"} {
		jwtFrom(t, p, oauthctl(t, "", append(args, "--assertion-audience", audience)...), es256API)
	}
	refused(t, oauthctl(t, "", append(args, "--assertion-audience", "https://other.example/")...), "invalid_client")
}

// TestOtherAlgorithm: a key cannot sign with the algorithm of another kind of key, nor where the client is registered
// for another one.
func TestOtherAlgorithm(t *testing.T) {
	p := independent(t)
	key := generate(t, "RS256")
	metadata := machine("private_key_jwt", public(t, key))
	metadata["token_endpoint_auth_signing_alg"] = "RS256"
	args := credentials(p, register(t, p.Issuer, metadata), "--client-key", key, "--client-key-alg")
	if r := oauthctl(t, "", append(args, "ES256")...); r.exit != 2 || r.stdout != "" {
		t.Errorf("exit %d, want 2", r.exit)
	}
	refused(t, oauthctl(t, "", append(args, "PS256")...), "invalid_client")
}

// TestClientKeyCommand: openssl signs in the place of a key service.
func TestClientKeyCommand(t *testing.T) {
	p := independent(t)
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		missing(t, "openssl is not installed")
	}
	key, other := rsaPEM(t), rsaPEM(t)
	id := register(t, p.Issuer, machine("private_key_jwt", public(t, key)))
	args := credentials(p, id, "--client-key-alg", "RS256", "--client-key-command")
	jwtFrom(t, p, oauthctl(t, "", append(args, openssl+" dgst -sha256 -sign "+key)...), es256API)
	refused(t, oauthctl(t, "", append(args, openssl+" dgst -sha256 -sign "+other)...), "invalid_client")
	if r := oauthctl(t, "", append(args, openssl+" dgst -sha256 -sign "+key+"-gone")...); r.exit != 2 || r.stdout != "" {
		t.Errorf("a command that fails: exit %d, want 2", r.exit)
	}
}

func TestClientSecretJWT(t *testing.T) {
	p := independent(t)
	args := credentials(p, "secret-jwt", "--auth-method", "client_secret_jwt", "--client-secret-file")
	jwtFrom(t, p, oauthctl(t, "", append(args, write(t, p.Secret))...), es256API)
	r := oauthctl(t, "", append(args, write(t, "another-secret-0123456789-0123456789-0123456789"))...)
	refused(t, r, "invalid_client")
}

// TestTLSClientAuth: the certificate of an authority, by its subject. The token endpoint is the alias for mTLS.
func TestTLSClientAuth(t *testing.T) {
	p := independent(t)
	r := oauthctl(t, "", credentials(p, "tls", client(t, p.CA, "tls-client").flags(p.CA)...)...)
	jwtFrom(t, p, r, es256API)
	for name, bad := range map[string]pair{
		"another subject":   client(t, p.CA, "somebody-else"),
		"another authority": client(t, nil, "tls-client"),
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, oauthctl(t, "", credentials(p, "tls", bad.flags(p.CA)...)...), "invalid_client")
		})
	}
	t.Run("an authority that is not trusted", func(t *testing.T) {
		own := client(t, p.CA, "tls-client")
		r := oauthctl(t, "", credentials(p, "tls", "--cert", own.cert, "--key", own.key)...)
		if r.exit != 5 || r.stdout != "" || !strings.Contains(r.stderr, "--cacert") {
			t.Errorf("exit %d, want 5 and a hint", r.exit)
		}
	})
}

// TestSelfSignedTLSClientAuth: a certificate that the client has registered with its key.
func TestSelfSignedTLSClientAuth(t *testing.T) {
	p := independent(t)
	own := client(t, nil, "self")
	jwk := public(t, own.key)
	jwk["x5c"] = own.x5c()
	id := register(t, p.Issuer, machine("self_signed_tls_client_auth", jwk))
	method := []string{"--auth-method", "self_signed_tls_client_auth"}
	jwtFrom(t, p, oauthctl(t, "", credentials(p, id, append(method, own.flags(p.CA)...)...)...), es256API)
	refused(t, oauthctl(t, "", credentials(p, id, append(method, client(t, nil, "self").flags(p.CA)...)...)...), "invalid_client")
}
