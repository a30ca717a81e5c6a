package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func asymmetric(oidc.Kind) jose.Algorithms { return jose.Asymmetric() }

func signer(t testing.TB, kid string) *jose.Signer {
	t.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(key, jose.ES256, kid)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// published returns the signers' keys as a provider publishes them, with members over the first.
func published(t testing.TB, over map[string]any, signers ...*jose.Signer) jose.KeySource {
	t.Helper()
	var keys []map[string]any
	for _, s := range signers {
		data, _ := json.Marshal(s.PublicJWK())
		members := map[string]any{}
		if err := json.Unmarshal(data, &members); err != nil {
			t.Fatal(err)
		}
		if len(keys) == 0 {
			for name, value := range over {
				members[name] = value
			}
		}
		keys = append(keys, members)
	}
	data, _ := json.Marshal(map[string]any{"keys": keys})
	set, err := jose.ParseKeySet(data)
	if err != nil {
		t.Fatal(err)
	}
	return jose.Fixed(set)
}

func signed(t testing.TB, s *jose.Signer, typ string, claims map[string]any) string {
	t.Helper()
	compact, err := s.Sign(typ, claims)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestVerifyReport(t *testing.T) {
	s := signer(t, "k1")
	compact := signed(t, s, "JWT", idClaims())
	report, verified, err := oidc.Verify(t.Context(), compact, asymmetric, published(t, nil, s), expected())
	if err != nil || verified == nil || !report.Valid {
		t.Fatalf("%v, %+v", err, report)
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	token := verified.Token()
	prefix := `{"valid":true,"kind":"id","header":` + string(token.HeaderRaw) + `,"claims":` + string(token.Payload) +
		`,"key":{"kid":"k1","alg":"ES256","thumbprint":"` + verified.Key().Thumbprint() + `"},"checks":[{"rule":"jose.parts",`
	if got := string(data); !strings.HasPrefix(got, prefix) {
		t.Errorf("got  %s\nwant %s…", got, prefix)
	}
	var rules []string
	for _, c := range report.Checks {
		rules = append(rules, c.Rule)
	}
	want := []string{
		"jose.parts", "jose.base64", "jose.header", "jose.payload", "jose.alg", "jose.key", "jose.key_strength", "jose.signature",
		"jwt.typ", "jwt.iss", "jwt.sub", "jwt.aud", "jwt.exp", "jwt.iat", "id_token.nonce",
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Error(diff)
	}
}

func TestVerifyTellsEverything(t *testing.T) {
	s, other := signer(t, "k1"), signer(t, "k1")
	claims := idClaims()
	claims["exp"], claims["nonce"] = at(-6*time.Minute), "x"
	report, verified, err := oidc.Verify(t.Context(), signed(t, s, "", claims), asymmetric, published(t, nil, other), expected())
	if err != nil || verified != nil || report.Valid || report.Key != nil {
		t.Fatalf("%v %v", err, report)
	}
	if diff := cmp.Diff(failed("jose.signature", "jwt.exp", "id_token.nonce"), odd(report.Checks)); diff != "" {
		t.Error(diff)
	}
	data, _ := json.Marshal(report)
	if !strings.Contains(string(data), `"valid":false,"kind":"id"`) || !strings.Contains(string(data), `"key":null`) {
		t.Errorf("%s", data)
	}
}

// TestGoodSignatureBadClaims: a signature alone makes nothing valid, and no Verified leaves.
func TestGoodSignatureBadClaims(t *testing.T) {
	s := signer(t, "k1")
	claims := idClaims()
	claims["aud"] = "x"
	report, verified, err := oidc.Verify(t.Context(), signed(t, s, "", claims), asymmetric, published(t, nil, s), expected())
	if err != nil || verified != nil || report.Valid || report.Key == nil {
		t.Fatalf("%v %+v", err, report)
	}
}

type brokenSource struct{ err error }

func (b brokenSource) Keys(context.Context) (*jose.KeySet, error)    { return nil, b.err }
func (b brokenSource) Refresh(context.Context) (*jose.KeySet, error) { return nil, b.err }

func TestVerifyErrors(t *testing.T) {
	down := errors.New("no network")
	if report, _, err := oidc.Verify(t.Context(), signed(t, signer(t, ""), "", idClaims()), asymmetric, brokenSource{down}, expected()); !errors.Is(err, down) || report != nil {
		t.Errorf("%v, %v", report, err)
	}
	if report, _, err := oidc.Verify(t.Context(), "a.b", asymmetric, nil, expected()); problem.As(err).Code != "jose.parts" || report != nil {
		t.Errorf("%v, %v", report, err)
	}
}

// TestProofsNeedToBeAskedFor: whoever can write a header could sign anything with a key of their own.
func TestProofsNeedToBeAskedFor(t *testing.T) {
	s := signer(t, "k1").EmbedKey()
	claims := map[string]any{"jti": "1", "htm": "POST", "htu": "https://issuer.example/token", "iat": at(0), "sub": "admin", "iss": issuer, "aud": client}
	compact := signed(t, s, "dpop+jwt", claims)
	want := expected()
	want.Nonce = nil
	report, verified, err := oidc.Verify(t.Context(), compact, asymmetric, published(t, nil, signer(t, "other")), want)
	if err != nil || verified != nil || report.Valid || report.Kind != oidc.DPoP {
		t.Errorf("detected: %v %+v", err, report)
	}
	want.Kind = oidc.ID
	if report, verified, _ = oidc.Verify(t.Context(), compact, asymmetric, published(t, nil, signer(t, "other")), want); verified != nil || report.Valid {
		t.Errorf("as an ID token: %+v", report)
	}
	want.Kind = oidc.DPoP
	report, verified, err = oidc.Verify(t.Context(), compact, asymmetric, nil, want)
	if err != nil || verified == nil || !report.Valid {
		t.Fatalf("asked for: %v %+v", err, report)
	}
	// The key in the header serves a proof only, and the issuer's keys do not.
	plain := signed(t, signer(t, "k1"), "dpop+jwt", claims)
	if report, _, _ = oidc.Verify(t.Context(), plain, asymmetric, published(t, nil, s), want); report.Valid {
		t.Errorf("without jwk: %+v", report)
	}
}

func TestKeyBoundToIssuer(t *testing.T) {
	const template = "https://login.microsoftonline.com/{tenantid}/v2.0"
	s := signer(t, "k1")
	claims := idClaims()
	claims["tid"], claims["iss"] = "t-1", "https://login.microsoftonline.com/t-1/v2.0"
	want := expected()
	want.Issuers = []string{template}
	for bound, ok := range map[string]bool{
		template: true, "https://login.microsoftonline.com/t-1/v2.0": true, "https://login.microsoftonline.com/t-2/v2.0": false,
	} {
		report, verified, err := oidc.Verify(t.Context(), signed(t, s, "JWT", claims), asymmetric, published(t, map[string]any{"issuer": bound}, s), want)
		if err != nil || report.Valid != ok || (verified != nil) != ok {
			t.Errorf("%s: %v %v", bound, err, odd(report.Checks))
		}
	}
}

func TestHMACAccessTokens(t *testing.T) {
	hs := jose.NewSecretSigner(secret.New("a client secret that is long enough"), jose.HS256)
	allow := func(k oidc.Kind) jose.Algorithms {
		if k == oidc.Access {
			return jose.Asymmetric()
		}
		return append(jose.Asymmetric(), jose.HS256)
	}
	keys := jose.WithSecret(published(t, nil, signer(t, "k")), secret.New("a client secret that is long enough"))
	want := expected()
	if report, _, err := oidc.Verify(t.Context(), signed(t, hs, "JWT", idClaims()), allow, keys, want); err != nil || !report.Valid {
		t.Errorf("an ID token: %v %v", err, report)
	}
	report, verified, err := oidc.Verify(t.Context(), signed(t, hs, "at+jwt", atClaims()), allow, keys, want)
	if err != nil || verified != nil {
		t.Fatal(err)
	}
	check := report.Checks.With(verdict.Fail)[0]
	wantCheck := verdict.Check{
		Rule: "jose.alg", Spec: "RFC 8725 §3.1", Status: verdict.Fail,
		Want: "one of RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA", Got: "HS256",
		Hint: "a key set cannot verify HS256, only the shared secret can: --secret-file FILE --algs HS256",
	}
	if diff := cmp.Diff(wantCheck, check); diff != "" {
		t.Error(diff)
	}
}

// TestMessages compares whole checks: the words that people act on.
func TestMessages(t *testing.T) {
	tests := map[string]struct {
		kind   oidc.Kind
		claims map[string]any
		expect func(*oidc.Expected)
		want   verdict.Check
	}{
		"expired": {oidc.ID, map[string]any{"exp": at(-6 * time.Minute)}, nil, verdict.Check{
			Rule: "jwt.exp", Spec: "RFC 7519 §4.1.4", Status: verdict.Fail, Want: "after 2026-11-20T09:00:00Z",
			Got: "2026-11-20T08:54:00Z: expired 6m0s ago", Hint: "get a new token; if only the clocks differ: --leeway 6m1s",
		}},
		"long expired": {oidc.ID, map[string]any{"exp": at(-72 * time.Hour)}, nil, verdict.Check{
			Rule: "jwt.exp", Spec: "RFC 7519 §4.1.4", Status: verdict.Fail, Want: "after 2026-11-20T09:00:00Z",
			Got: "2026-11-17T09:00:00Z: expired 3 days ago", Hint: "get a new token",
		}},
		"out of range": {oidc.ID, map[string]any{"exp": raw(`1e30`)}, nil, verdict.Check{
			Rule: "jwt.exp", Spec: "RFC 7519 §4.1.4", Status: verdict.Fail, Want: "a number of seconds since 1970", Got: "exp is 1e30: out of range",
		}},
		"milliseconds": {oidc.ID, map[string]any{"exp": raw(`1795165200000`)}, nil, verdict.Check{
			Rule: "jwt.exp", Spec: "RFC 7519 §4.1.4", Status: verdict.Warn, Want: "a number of seconds since 1970",
			Got:  "13 digits: probably milliseconds, which would be 2026-11-20T09:00:00Z, 0s ago",
			Hint: "the provider must write seconds: as it stands, the token never expires",
		}},
		"early": {oidc.ID, map[string]any{"nbf": at(2 * time.Minute)}, nil, verdict.Check{
			Rule: "jwt.nbf", Spec: "RFC 7519 §4.1.5", Status: verdict.Fail, Want: "not after 2026-11-20T09:00:00Z",
			Got: "2026-11-20T09:02:00Z: not valid for another 2m0s", Hint: "compare this machine's clock; if only the clocks differ: --leeway 2m1s",
		}},
		"slash": {oidc.ID, map[string]any{"iss": issuer + "/"}, nil, verdict.Check{
			Rule: "jwt.iss", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: issuer,
			Got: issuer + "/ (only the trailing slash differs)", Hint: "if the provider is known to name itself so: --expect-issuer https://issuer.example/",
		}},
		"hostile issuer": {oidc.ID, map[string]any{"iss": "https://x/'; rm -rf ~ #\u202e\u009b"}, nil, verdict.Check{
			Rule: "jwt.iss", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: issuer,
			Got: `https://x/'; rm -rf ~ #\u202e\x9b`, Hint: "compare with the issuer in the provider's documentation",
		}},
		"audience": {oidc.ID, map[string]any{"aud": []string{client, "a", "b"}}, nil, verdict.Check{
			Rule: "id_token.aud", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: "client-1 alone", Got: "also for a, b",
			Hint: "if they are trusted: --trust-aud a, --trust-aud b",
		}},
		"party": {oidc.ID, map[string]any{"azp": "x"}, nil, verdict.Check{
			Rule: "id_token.azp", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: client, Got: "x",
			Hint: "if this client may hand its tokens on: --allow-azp x",
		}},
		"no issuer given": {oidc.ID, nil, func(e *oidc.Expected) { e.Issuers = nil }, verdict.Check{
			Rule: "jwt.iss", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Skip, Got: issuer + ": not compared, no issuer was given",
			Hint: "name the issuer that you trust: --issuer URL",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := expected()
			if test.expect != nil {
				test.expect(&want)
			}
			for _, c := range oidc.Judge(token(t, "", idClaims(), test.claims), test.kind, want) {
				if c.Status != verdict.Pass {
					if diff := cmp.Diff(test.want, c); diff != "" {
						t.Error(diff)
					}
					return
				}
			}
			t.Error("all passed")
		})
	}
}

func load[T any](t *testing.T, name string) T {
	t.Helper()
	data, err := os.ReadFile("testdata/rfc/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCoreAppendixA verifies the examples of the specification, hashes included.
func TestCoreAppendixA(t *testing.T) {
	file := load[struct {
		Keys     map[string]json.RawMessage
		ClientID string `json:"client_id"`
		Nonce    string
		VerifyAt int64 `json:"verify_at"`
		Vectors  []struct {
			ID      string
			IDToken string `json:"id_token"`
			Iss     string
			Access  string `json:"access_token"`
			Code    string
		}
	}](t, "oidc-core-appendix-a.json")
	set, err := jose.ParseLocalKeys(file.Keys["a7"])
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, v := range file.Vectors {
		if v.IDToken == "" {
			continue
		}
		seen++
		want := oidc.Expected{
			Kind: oidc.ID, Issuers: []string{v.Iss}, ClientID: file.ClientID, Nonce: &file.Nonce,
			AccessToken: secret.New(v.Access), Code: secret.New(v.Code), Now: time.Unix(file.VerifyAt, 0),
		}
		report, verified, err := oidc.Verify(t.Context(), v.IDToken, asymmetric, jose.Fixed(set), want)
		if err != nil || verified == nil || len(odd(report.Checks)) > 0 {
			t.Errorf("%s: %v %v", v.ID, err, odd(report.Checks))
		}
	}
	if seen != 3 {
		t.Errorf("%d ID tokens", seen)
	}
}

func TestHashClaim(t *testing.T) {
	const access = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
	for alg, want := range map[jose.Algorithm]string{
		jose.RS256: "77QmUPtjPfzWtF2AnpK9RQ", jose.ES256: "77QmUPtjPfzWtF2AnpK9RQ", jose.PS256: "77QmUPtjPfzWtF2AnpK9RQ", jose.HS256: "77QmUPtjPfzWtF2AnpK9RQ",
		jose.RS384: "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs", jose.ES384: "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs",
		jose.RS512: "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM", jose.ES512: "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
		jose.EdDSA: "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM", jose.Ed25519: "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
	} {
		if got, err := oidc.HashClaim(alg, access); err != nil || got != want {
			t.Errorf("%s: %s, %v", alg, got, err)
		}
	}
	if got, err := oidc.HashClaim("none", access); err == nil {
		t.Errorf("none: %s", got)
	}
}

// TestRFC9068 judges the example of the RFC, and its header in the ways that the RFC says.
func TestRFC9068(t *testing.T) {
	file := load[struct {
		Header   struct{ Typ string }
		Claims   map[string]any
		Negative []struct {
			Typ    *string
			Expect string
		}
	}](t, "rfc9068-at-jwt.json")
	file.Claims["exp"], file.Claims["iat"] = 1639528912, 1618354090
	want := oidc.Expected{
		Issuers: []string{"https://authorization-server.example.com/"}, Audiences: []string{"https://rs.example.com/"},
		RequireScopes: []string{"reademail"}, Strict: true, Now: time.Unix(1618354100, 0),
	}
	if got := odd(oidc.Judge(token(t, file.Header.Typ, file.Claims, nil), oidc.Access, want)); len(got) > 0 {
		t.Error(got)
	}
	if len(file.Negative) != 4 {
		t.Fatalf("%d cases", len(file.Negative))
	}
	for _, n := range file.Negative {
		typ := ""
		if n.Typ != nil {
			typ = *n.Typ
		}
		rejected := oidc.Judge(token(t, typ, file.Claims, nil), oidc.Access, want).Failed()
		if rejected != strings.HasPrefix(n.Expect, "reject") {
			t.Errorf("typ %q: rejected %v, want %s", typ, rejected, n.Expect)
		}
	}
	if !oidc.Judge(token(t, "at+jwt", file.Claims, nil), oidc.ID, want).Failed() {
		t.Error("an access token passes for an ID token")
	}
}
