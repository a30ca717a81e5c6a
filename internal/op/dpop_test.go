package op

import (
	"crypto"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// proving is a client's DPoP key, and what its proofs say.
type proving struct {
	key    crypto.Signer
	alg    jose.Algorithm
	header document
	claims document
}

// proving makes the parts of a good proof, for a test to change.
func (w *world) proving(method, path, token string) *proving {
	w.t.Helper()
	_, text := TestClientKey("ES256")
	p := &proving{key: privateKey(w.t, text), alg: "ES256"}
	p.header = document{{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", publicOnly(p.key)}}
	p.claims = document{{"jti", random()}, {"htm", method}, {"htu", testIssuer + path}, {"iat", w.now().Unix()}}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		p.claims.add("ath", b64(sum[:]))
	}
	return p
}

// publicOnly is a JWK with nothing but the key.
func publicOnly(key crypto.Signer) document {
	jwk := publicJWK("", key.Public())
	jwk.remove("kid")
	jwk.remove("use")
	return jwk
}

func (p *proving) compact(t *testing.T) string {
	t.Helper()
	compact, err := (&forgery{header: p.header, claims: p.claims, alg: p.alg, key: p.key}).sign()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// as signs with the client key of another algorithm.
func (p *proving) as(t *testing.T, alg jose.Algorithm) *proving {
	t.Helper()
	_, text := TestClientKey(alg)
	p.key, p.alg = privateKey(t, text), alg
	p.header.set("alg", string(alg))
	p.header.set("jwk", publicOnly(p.key))
	return p
}

// jktOf is the thumbprint of a client key as the proofs name it.
func (p *proving) jkt(t *testing.T) string {
	t.Helper()
	jwk, _ := p.header.get("jwk").(document)
	key, err := jose.ParseLocalKeys([]byte(mustJSON(t, jwk)))
	if err != nil {
		t.Fatal(err)
	}
	return key.Keys[0].Thumbprint()
}

func mustJSON(t *testing.T, d document) string {
	t.Helper()
	raw, err := d.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// proven sends a form with a proof, as the client cli.
func (w *world) proven(path string, form url.Values, p *proving) reply {
	w.t.Helper()
	return w.do("POST", path, form, "DPoP", p.compact(w.t))
}

// boundTokens signs alice in with cli and a proof.
func (w *world) boundTokens() (access, refresh string) {
	w.t.Helper()
	form := changed(redemption, "code", w.authorize().Get("code"))
	got := w.proven("/token", form, w.proving("POST", "/token", ""))
	if got.Status != http.StatusOK || str(got, "token_type") != "DPoP" {
		w.t.Fatal(got.Body)
	}
	return str(got, "access_token"), str(got, "refresh_token")
}

// TestDPoP binds the tokens of a code to the key of its proof, by each algorithm, and lets that key alone use them.
func TestDPoP(t *testing.T) {
	for _, alg := range []jose.Algorithm{"ES256", "ES384", "ES512", "RS256", "PS256", "PS512", "EdDSA", "Ed25519"} {
		t.Run(string(alg), func(t *testing.T) {
			w := newWorld(t, nil)
			form := changed(redemption, "code", w.authorize().Get("code"))
			proof := w.proving("POST", "/token", "").as(t, alg)
			got := w.proven("/token", form, proof)
			access := str(got, "access_token")
			if str(got, "token_type") != "DPoP" || !strings.Contains(claimsOf(access), `"cnf":{"jkt":"`+proof.jkt(t)+`"}`) {
				t.Fatal(got.Body, claimsOf(access))
			}
			info := w.do("GET", "/userinfo", nil, "Authorization", "DPoP "+access, "DPoP", w.proving("GET", "/userinfo", access).as(t, alg).compact(t))
			if str(info, "email") != "alice@example.test" {
				t.Error(info.Body)
			}
			introspected := w.do("POST", "/introspect", url.Values{"token": {access}, "client_id": {"api"}, "client_secret": {w.clients["api"].Secret.Reveal()}})
			if cnf, _ := introspected.JSON["cnf"].(map[string]any); str(introspected, "token_type") != "DPoP" || cnf["jkt"] != proof.jkt(t) {
				t.Error(introspected.Body)
			}
		})
	}
}

// TestProofRefusals breaks one check after the other (RFC 9449 §4.3).
func TestProofRefusals(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, p *proving)
		want   string
	}{
		{"unsigned", func(_ *testing.T, p *proving) { p.alg = "" }, "its signature by ES256 was not made"},
		{"typ", func(_ *testing.T, p *proving) { p.header.set("typ", "JWT") }, "its typ is 'JWT', not dpop+jwt"},
		{"none", func(_ *testing.T, p *proving) { p.header.set("alg", "none") }, "its alg is 'none'"},
		{"HS256", func(_ *testing.T, p *proving) { p.header.set("alg", "HS256") }, "its alg is 'HS256'"},
		{"no key", func(_ *testing.T, p *proving) { p.header.remove("jwk") }, "its header has no jwk"},
		{"another key", func(t *testing.T, p *proving) {
			t.Helper()
			_, text := TestClientKey("RS256")
			p.header.set("jwk", publicOnly(privateKey(t, text)))
		}, "was not made with the key in its header"},
		{"private key", func(_ *testing.T, p *proving) {
			jwk, _ := p.header.get("jwk").(document)
			p.header.set("jwk", append(jwk, member{"d", "AAAA"}))
		}, "the jwk in its header has 'd', which belongs to a private key"},
		{"curve", func(_ *testing.T, p *proving) {
			p.header.set("jwk", document{{"kty", "EC"}, {"crv", "P-256K"}, {"x", "AA"}, {"y", "AA"}})
		}, "its crv is 'P-256K'"},
		{"point", func(_ *testing.T, p *proving) {
			zero := b64(make([]byte, 32))
			p.header.set("jwk", document{{"kty", "EC"}, {"crv", "P-256"}, {"x", zero}, {"y", zero}})
		}, "it is no point of P-256"},
		{"short RSA", func(_ *testing.T, p *proving) {
			p.header.set("jwk", document{{"kty", "RSA"}, {"n", b64(append([]byte{0x80}, make([]byte, 127)...))}, {"e", "AQAB"}})
		}, "an RSA key that is too short"},
		{"jti", func(_ *testing.T, p *proving) { p.claims.remove("jti") }, "it has no jti"},
		{"long jti", func(_ *testing.T, p *proving) { p.claims.set("jti", strings.Repeat("a", 257)) }, "its jti has 257 characters"},
		{"htm", func(_ *testing.T, p *proving) { p.claims.set("htm", "GET") }, "its htm is 'GET', and the request is a POST"},
		{"htu path", func(_ *testing.T, p *proving) { p.claims.set("htu", testIssuer+"/par") }, "its htu is"},
		{"htu host", func(_ *testing.T, p *proving) { p.claims.set("htu", "http://other.test/token") }, "its htu is"},
		{"htu query", func(_ *testing.T, p *proving) { p.claims.set("htu", testIssuer+"/token?a=1") }, "its htu is"},
		{"no iat", func(_ *testing.T, p *proving) { p.claims.remove("iat") }, "it has no iat"},
		{"old", func(_ *testing.T, p *proving) {
			p.claims.set("iat", time.Date(2026, 7, 1, 11, 54, 59, 0, time.UTC).Unix())
		}, "it was made 5m1s ago"},
		{"future", func(_ *testing.T, p *proving) {
			p.claims.set("iat", time.Date(2026, 7, 1, 12, 0, 31, 0, time.UTC).Unix())
		}, "its iat is 31s ahead"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			p := w.proving("POST", "/token", "")
			tt.change(t, p)
			got := w.proven("/token", changed(redemption, "code", w.authorize().Get("code")), p)
			if got.Status != http.StatusBadRequest || str(got, "error") != "invalid_dpop_proof" || !strings.Contains(str(got, "error_description"), tt.want) {
				t.Error(got.Status, got.Body)
			}
		})
	}
	w := newWorld(t, func(c *Config) { c.DPoPAlgs = []string{"PS256"} })
	compact := w.proving("POST", "/token", "").compact(t)
	form := url.Values{"grant_type": {grantCredentials}, "client_id": {"service"}, "client_secret": {w.clients["service"].Secret.Reveal()}}
	if got := w.do("POST", "/token", form, "DPoP", compact); !strings.Contains(str(got, "error_description"), "its alg is 'ES256'; PS256 are taken") {
		t.Error(got.Body)
	}
	w = newWorld(t, nil)
	for _, want := range []string{"", "its jti was used before"} {
		if got := w.do("POST", "/token", form, "DPoP", compact); !strings.Contains(str(got, "error_description"), want) || (want == "") != (got.Status == http.StatusOK) {
			t.Error(want, got.Body)
		}
	}
	for want, headers := range map[string][]string{
		"2 DPoP headers": {"DPoP", compact, "DPoP", compact}, "it is no signed JWT": {"DPoP", "a.b"}, "has 9000 characters": {"DPoP", strings.Repeat("a", 9000)},
	} {
		if got := w.do("POST", "/token", form, headers...); !strings.Contains(str(got, "error_description"), want) {
			t.Error(want, got.Body)
		}
	}
	if got := w.do("POST", "/token", changed(redemption, "client_id", "cli-dpop", "code", "x")); str(got, "error") != "invalid_dpop_proof" {
		t.Error(got.Body)
	}
	off := newWorld(t, func(c *Config) { c.Features = nil })
	if got := off.do("POST", "/token", form, "DPoP", "a.b"); str(got, "token_type") != "Bearer" {
		t.Error(got.Body)
	}
}

// TestProofsAtAPI judges the use of tokens: bound ones, and those that are not.
func TestProofsAtAPI(t *testing.T) {
	w := newWorld(t, nil)
	bound, _ := w.boundTokens()
	code := changed(redemption, "code", w.authorize().Get("code"))
	bearer := str(w.do("POST", "/token", code), "access_token")
	good := func(token string) string { return w.proving("GET", "/userinfo", token).compact(t) }
	for _, tt := range []struct {
		name, authorization, proof, code, want string
	}{
		{"bound as bearer", "Bearer " + bound, "", "invalid_token", "came as a bearer token"},
		{"bearer as bound", "DPoP " + bearer, good(bearer), "invalid_token", "it is a bearer token"},
		{"no proof", "DPoP " + bound, "", "invalid_dpop_proof", "no DPoP header"},
		{"no ath", "DPoP " + bound, good(""), "invalid_dpop_proof", "it has no ath"},
		{"another token's", "DPoP " + bound, good(bearer), "invalid_dpop_proof", "its ath is not the hash"},
		{"another key", "DPoP " + bound, w.proving("GET", "/userinfo", bound).as(t, "EdDSA").compact(t), "invalid_token", "bound to another DPoP key"},
	} {
		headers := []string{"Authorization", tt.authorization}
		if tt.proof != "" {
			headers = append(headers, "DPoP", tt.proof)
		}
		got := w.do("GET", "/userinfo", nil, headers...)
		challenge := got.Header.Get("WWW-Authenticate")
		if got.Status != http.StatusUnauthorized || str(got, "error") != tt.code || !strings.Contains(str(got, "error_description"), tt.want) ||
			!strings.Contains(challenge, `error="`+tt.code+`"`) {
			t.Errorf("%s: %d %s %s", tt.name, got.Status, got.Body, challenge)
		}
		if wants := strings.HasPrefix(challenge, `DPoP algs="RS256 `); wants != (tt.name != "bearer as bound") && tt.name != "bearer as bound" {
			t.Errorf("%s: %s", tt.name, challenge)
		}
	}
	got := w.do("GET", "/userinfo", nil)
	if diff := cmp.Diff([]string{`Bearer realm="http://op.test"`, `DPoP algs="` + strings.Join(w.proofAlgs(), " ") + `"`}, got.Header["Www-Authenticate"]); diff != "" {
		t.Error(diff)
	}
}

// TestKeyOfCode binds codes and refresh tokens to keys (RFC 9449 §5, §10, §10.1).
func TestKeyOfCode(t *testing.T) {
	w := newWorld(t, nil)
	jkt := w.proving("POST", "/token", "").jkt(t)
	redeem := func(code string, p *proving) reply {
		return w.proven("/token", changed(redemption, "code", code), p)
	}
	for want, as := range map[string]jose.Algorithm{"": "ES256", "by another key than that of dpop_jkt": "EdDSA"} {
		got := redeem(w.authorize("dpop_jkt", jkt).Get("code"), w.proving("POST", "/token", "").as(t, as))
		if (want == "") != (got.Status == http.StatusOK) || !strings.Contains(str(got, "error_description"), want) {
			t.Error(want, got.Body)
		}
	}
	got := w.do("POST", "/token", changed(redemption, "code", w.authorize("dpop_jkt", jkt).Get("code")))
	if str(got, "error") != "invalid_grant" || !strings.Contains(str(got, "error_description"), "this request has no DPoP proof") {
		t.Error(got.Body)
	}
	if got := w.authorize("dpop_jkt", "short"); got.Get("error") != "invalid_request" {
		t.Error(got)
	}
	pushed := func(jkt string, p *proving) reply { return w.proven("/par", changed(login, "dpop_jkt", jkt), p) }
	if got := pushed(foreignThumbprint, w.proving("POST", "/par", "")); str(got, "error") != "invalid_dpop_proof" || !strings.Contains(str(got, "error_description"), "dpop_jkt is") {
		t.Error(got.Body)
	}
	uri := str(pushed("-", w.proving("POST", "/par", "")), "request_uri")
	outcome, err := w.SignIn(t.Context(), testIssuer+"/authorize?"+url.Values{"client_id": {"cli"}, "request_uri": {uri}}.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(outcome.URL)
	if got := redeem(u.Query().Get("code"), w.proving("POST", "/token", "").as(t, "RS256")); str(got, "error") != "invalid_grant" {
		t.Error(got.Body)
	}
	_, refresh := w.boundTokens()
	form := url.Values{"grant_type": {grantRefresh}, "client_id": {"cli"}, "refresh_token": {refresh}}
	if got := w.proven("/token", form, w.proving("POST", "/token", "").as(t, "RS256")); str(got, "error") != "invalid_grant" || !strings.Contains(str(got, "error_description"), "bound to another DPoP key") {
		t.Error(got.Body)
	}
	if got := w.do("POST", "/token", form); str(got, "error") != "invalid_grant" {
		t.Error(got.Body)
	}
	if got := w.proven("/token", form, w.proving("POST", "/token", "")); str(got, "token_type") != "DPoP" {
		t.Error(got.Body)
	}
}

// TestNonces holds the rules of nonces: each server has its own, and they end.
func TestNonces(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.DPoPNonce = 4 * time.Minute })
	form := url.Values{"grant_type": {grantCredentials}, "client_id": {"service"}, "client_secret": {w.clients["service"].Secret.Reveal()}}
	send := func(nonce string) reply {
		p := w.proving("POST", "/token", "")
		if nonce != "" {
			p.claims.add("nonce", nonce)
		}
		return w.proven("/token", form, p)
	}
	first := send("")
	nonce := first.Header.Get("DPoP-Nonce")
	if first.Status != http.StatusBadRequest || str(first, "error") != "use_dpop_nonce" || nonce == "" {
		t.Fatal(first.Body)
	}
	if got := send(nonce); got.Status != http.StatusOK || got.Header.Get("DPoP-Nonce") != "" {
		t.Error(got.Body, got.Header)
	}
	if got := send("made-up"); !strings.Contains(str(got, "error_description"), "none of this server's") {
		t.Error(got.Body)
	}
	w.advance(3 * time.Minute)
	if got := send(nonce); got.Status != http.StatusOK || got.Header.Get("DPoP-Nonce") == "" {
		t.Error("a nonce that gets old is not replaced", got.Header)
	}
	w.advance(time.Minute)
	if got := send(nonce); !strings.Contains(str(got, "error_description"), "is 4m0s old") {
		t.Error(got.Body)
	}
	access := str(send(send("").Header.Get("DPoP-Nonce")), "access_token")
	p := w.proving("GET", "/userinfo", access)
	p.claims.add("nonce", w.newNonce(authorizationServer, w.now()))
	got := w.do("GET", "/userinfo", nil, "Authorization", "DPoP "+access, "DPoP", p.compact(t))
	if challenge := got.Header.Get("WWW-Authenticate"); got.Status != http.StatusUnauthorized || !strings.Contains(challenge, `error="use_dpop_nonce"`) || got.Header.Get("DPoP-Nonce") == "" {
		t.Error(got.Status, challenge)
	}
	p = w.proving("GET", "/userinfo", access)
	p.claims.add("nonce", got.Header.Get("DPoP-Nonce"))
	if got := w.do("GET", "/userinfo", nil, "Authorization", "DPoP "+access, "DPoP", p.compact(t)); str(got, "error") != "insufficient_scope" {
		t.Error(got.Body) // the proof was accepted
	}
}

// TestCertificateBound binds tokens to the certificate of the connection, also of a public client (RFC 8705 §3, §4).
func TestCertificateBound(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MTLS = "https://op.test:9443" })
	own := (&exchange{r: &http.Request{TLS: showingTLS(t, "web-tls")}}).certificate()
	got := w.showing(t, "web-tls", url.Values{"grant_type": {grantCredentials}, "client_id": {"service-tls"}})
	if access, _ := got["access_token"].(string); !strings.Contains(claimsOf(access), `"cnf":{"x5t#S256":"`+own+`"}`) || got["token_type"] != "Bearer" {
		t.Error(got)
	}
	form := func() url.Values {
		return changed(redemption, "client_id", "cli-tls", "code", w.authorize("client_id", "cli-tls").Get("code"))
	}
	if got := w.do("POST", "/token", form()); str(got, "error") != "invalid_request" || !strings.Contains(str(got, "error_description"), "no client certificate came") {
		t.Error(got.Body)
	}
	got = w.showing(t, "web-tls-self", form())
	access, _ := got["access_token"].(string)
	if !strings.Contains(claimsOf(access), `"cnf":{"x5t#S256":"`) {
		t.Fatal(got)
	}
	if got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+access); str(got, "error") != "invalid_token" || !strings.Contains(str(got, "error_description"), "bound to another client certificate") {
		t.Error(got.Body)
	}
	refresh, _ := got["refresh_token"].(string)
	next := url.Values{"grant_type": {grantRefresh}, "client_id": {"cli-tls"}, "refresh_token": {refresh}}
	if got := w.showing(t, "web-tls", next); got["error"] != "invalid_grant" {
		t.Error(got)
	}
	if got := w.showing(t, "web-tls-self", next); got["access_token"] == nil {
		t.Error(got)
	}
}
