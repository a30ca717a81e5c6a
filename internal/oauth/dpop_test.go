package oauth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

var proofTime = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func newProver(t *testing.T, alg jose.Algorithm) *Prover {
	t.Helper()
	key, err := jose.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := key.SignerFor(alg, "a kid that belongs into no proof")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProver(signer, new(Nonces))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// said is what a proof says, but for its jti, which is returned beside it.
func (p *Prover) said(t *testing.T, method, address, token string) (claims proof, jti string) {
	t.Helper()
	compact, err := p.Proof(method, address, secret.New(token), proofTime)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.Parse(compact)
	if err != nil {
		t.Fatal(err)
	}
	for name, into := range map[string]*string{
		"jti": &claims.ID, "htm": &claims.Method, "htu": &claims.Address, "ath": &claims.Token, "nonce": &claims.Nonce,
	} {
		if *into, err = parsed.Claims.String(name); err != nil {
			t.Fatal(err)
		}
	}
	iat, _, _ := parsed.Claims.Number("iat")
	claims.IssuedAt, jti, claims.ID = int64(iat), claims.ID, ""
	return claims, jti
}

// TestProof makes proofs by every algorithm, and reads them as a server does: the key is in the header, and signed.
func TestProof(t *testing.T) {
	for _, alg := range []jose.Algorithm{"RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"} {
		p := newProver(t, alg)
		compact, err := p.Proof("POST", "https://server.example.com/token", secret.Secret{}, proofTime)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jose.Parse(compact)
		if err != nil {
			t.Fatal(err)
		}
		jwk, ok, err := parsed.Header.Object("jwk")
		if !ok || err != nil || jwk.Has("d") || jwk.Has("kid") || parsed.Header.Has("kid") {
			t.Fatalf("%s: header %s", alg, parsed.Header.Raw())
		}
		set, err := jose.ParseLocalKeys(jwk.Raw())
		if err != nil {
			t.Fatal(err)
		}
		typ, _ := parsed.Header.String("typ")
		equal(t, "typ and thumbprint", []string{"dpop+jwt", p.Thumbprint()}, []string{typ, set.Keys[0].Thumbprint()})
		_, checks, err := jose.Verify(t.Context(), parsed, jose.Algorithms{alg}, jose.Fixed(set))
		if err != nil || checks.Failed() {
			t.Errorf("%s: %v %v", alg, err, checks.Err())
		}
	}
	if _, err := NewProver(jose.NewSecretSigner(secret.New("0123456789012345678901234567890123"), jose.HS256), nil); problem.As(err).Code != "usage.dpop" {
		t.Error(err)
	}
}

// TestProofClaims says for what a proof is made: method, address without query, fragment and what else may be left out
// of it, token, and nothing twice.
func TestProofClaims(t *testing.T) {
	p := newProver(t, jose.ES256)
	seen := make(map[string]bool)
	for _, tt := range []struct{ address, want string }{
		{"https://server.example.com/token", "https://server.example.com/token"},
		{"https://api.example.org/a%2Fb?x=1&y=2#part", "https://api.example.org/a%2Fb"},
		{"https://api.example.org:8443?x=1", "https://api.example.org:8443/"},
		{"http://user:word@127.0.0.1:9400/userinfo", "http://127.0.0.1:9400/userinfo"},
		{"https://API.example.org:443/a", "https://api.example.org/a"},
		{"HTTP://127.0.0.1:80", "http://127.0.0.1/"},
		{"https://api.example.org:/a", "https://api.example.org/a"},
		{"http://[::1]:443/a", "http://[::1]:443/a"},
	} {
		got, jti := p.said(t, "GET", tt.address, "")
		equal(t, tt.address, proof{Method: "GET", Address: tt.want, IssuedAt: proofTime.Unix()}, got)
		if len(jti) < 26 || seen[jti] { // 26 characters of base32 are 130 bits
			t.Errorf("jti %q", jti)
		}
		seen[jti] = true
	}
}

// TestProofOfTheRFC compares with the examples of the standard: thumbprint, ath, and what a proof says.
func TestProofOfTheRFC(t *testing.T) {
	var rfc struct {
		JKT         string
		AccessToken string `json:"access_token"`
		ATH         string
		Proofs      []struct {
			Claims struct {
				HTM, HTU, ATH string
				IAT           int64
			}
		}
		Nonce struct {
			AS struct {
				Status int
				Body   struct{ Error string }
			} `json:"as_error"`
			RS struct {
				Status    int
				Challenge string `json:"www_authenticate"`
			} `json:"rs_error"`
		}
	}
	vector(t, "rfc9449-dpop.json", &rfc)
	equal(t, "ath", rfc.ATH, TokenHash(secret.New(rfc.AccessToken)))
	if len(rfc.Proofs) != 3 {
		t.Fatalf("%d proofs", len(rfc.Proofs))
	}
	p := newProver(t, jose.ES256)
	for _, example := range rfc.Proofs {
		want, token := example.Claims, ""
		if want.ATH != "" {
			token = rfc.AccessToken
		}
		got, _ := p.said(t, want.HTM, want.HTU, token)
		equal(t, "claims", proof{Method: want.HTM, Address: want.HTU, Token: want.ATH, IssuedAt: proofTime.Unix()}, got)
	}
	if !NonceDemanded(rfc.Nonce.AS.Status, nil, []byte(`{"error":"`+rfc.Nonce.AS.Body.Error+`"}`)) {
		t.Error("the demand of the authorization server is not seen")
	}
	if !NonceDemanded(rfc.Nonce.RS.Status, http.Header{"Www-Authenticate": {rfc.Nonce.RS.Challenge}}, nil) {
		t.Error("the demand of the resource server is not seen")
	}
}

func TestNonceDemanded(t *testing.T) {
	challenge := func(s string) http.Header { return http.Header{"Www-Authenticate": {s}} }
	for _, tt := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   bool
	}{
		{"another error", 400, nil, `{"error":"invalid_dpop_proof"}`, false},
		{"no JSON", 400, nil, "use_dpop_nonce", false},
		{"a good status", 200, nil, `{"error":"use_dpop_nonce"}`, false},
		{"an array", 400, nil, `["use_dpop_nonce"]`, false},
		{"not a string", 400, nil, `{"error":{"use_dpop_nonce":1}}`, false},
		{"a challenge at 400", 400, challenge(`DPoP error="use_dpop_nonce"`), "", false},
		{"another error in a challenge", 401, challenge(`DPoP error="invalid_token"`), "", false},
		{"of another scheme", 401, challenge(`Bearer error="use_dpop_nonce"`), "", false},
		{"in any case, beside others", 401, challenge(`Bearer realm="x", dpop algs="ES256", error="use_dpop_nonce"`), "", true},
		{"by 401 at the authorization server", 401, nil, `{"error":"use_dpop_nonce"}`, true},
	} {
		if got := NonceDemanded(tt.status, tt.header, []byte(tt.body)); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// TestLearn keeps a nonce for its origin alone, in each spelling, and refuses what can be none.
func TestLearn(t *testing.T) {
	p := newProver(t, jose.ES256)
	learn := func(address string, values ...string) error {
		return p.nonces.Learn(address, http.Header{"Dpop-Nonce": values})
	}
	for _, err := range []error{
		learn("https://Server.example.com:443/token", "as-1"), learn("https://api.example.org/x", "rs-1"), learn("https://api.example.org/x"),
		learn("https://api.example.org:8443/", "other"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for address, want := range map[string]string{
		"https://server.example.com/par": "as-1", "https://api.example.org/y?z": "rs-1", "https://API.example.org:443/": "rs-1",
		"https://api.example.org:8443/": "other", "http://api.example.org/": "", "https://example.org/": "",
	} {
		got, _ := p.said(t, "GET", address, "")
		equal(t, address, want, got.Nonce)
	}
	for _, tt := range []struct{ name, want, got string }{
		{"", "a nonce of 1 to 4096 characters", "0 characters"},
		{strings.Repeat("n", 4097), "a nonce of 1 to 4096 characters", "4097 characters"},
		{"a b", "printable ASCII without blanks, quotes and backslashes", "byte 0x20 at position 2"},
		{`a"`, "printable ASCII without blanks, quotes and backslashes", "byte 0x22 at position 2"},
		{`a\`, "printable ASCII without blanks, quotes and backslashes", "byte 0x5c at position 2"},
		{"a\x7f", "printable ASCII without blanks, quotes and backslashes", "byte 0x7f at position 2"},
		{"a\u202e", "printable ASCII without blanks, quotes and backslashes", "byte 0xe2 at position 2"},
	} {
		err := learn("https://api.example.org/", tt.name)
		equal(t, tt.name, outcome{Kind: problem.Verification, Code: "dpop.nonce", Want: tt.want, Got: tt.got}, outcomeOf(t, err))
	}
	equal(t, "two", "2 of them", outcomeOf(t, learn("https://api.example.org/", "a", "b")).Got)
	if got, _ := p.said(t, "GET", "https://api.example.org/", ""); got.Nonce != "rs-1" {
		t.Errorf("a refused nonce took the place of %q", got.Nonce)
	}
	if err := learn("https://long.example/", strings.Repeat("n", 4096)); err != nil {
		t.Error("the longest nonce:", err)
	}
	for i := range maxOrigins - len(p.nonces.last) {
		_ = learn("https://full"+strings.Repeat("l", i)+".example/", "n")
	}
	equal(t, "origins", maxOrigins, len(p.nonces.last))
	_ = learn("https://one.too.many.example/", "n")
	equal(t, "origins after one too many", 1, len(p.nonces.last))
	for i := range 3 * maxOrigins {
		_ = learn("https://api.example.org:"+strings.Repeat("1", i%5+1)+"/"+"x", "n")
		_ = learn("https://h"+strings.Repeat("o", i)+".example/", "n")
	}
	if len(p.nonces.last) > maxOrigins {
		t.Errorf("%d nonces are kept", len(p.nonces.last))
	}
}

// FuzzLearn holds that whatever was learnt can stand in a header and in a proof.
func FuzzLearn(f *testing.F) {
	f.Add("https://server.example.com/token", "eyJ7S_zG.eyJH0-Z.HX4w-7v")
	f.Add("https://[::1]:443/", "a\x00b")
	f.Add("://", "a")
	key, err := jose.GenerateKey(jose.EdDSA)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := key.SignerFor("", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address, nonce string) {
		p, err := NewProver(signer, new(Nonces))
		if err != nil {
			t.Fatal(err)
		}
		learnt := p.nonces.Learn(address, http.Header{"Dpop-Nonce": {nonce}})
		compact, err := p.Proof("GET", address, secret.Secret{}, proofTime)
		if err != nil {
			return
		}
		parsed, err := jose.Parse(compact)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsed.Claims.String("nonce")
		if err != nil || learnt == nil && got != nonce || learnt != nil && got != "" || strings.ContainsAny(got, " \"\\\x00\x1b\u202e") {
			t.Errorf("learnt %v, sent %q of %q: %v", learnt, got, nonce, err)
		}
	})
}
