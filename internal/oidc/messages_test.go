package oidc_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

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
		Hint: "a key set cannot verify HS256, only the shared secret can: --secret-file FILE --algs HS256; where the provider alone has it, as for its access tokens, ask it: oauthctl introspect",
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
		"expired, by a clock ahead": {oidc.ID, map[string]any{"exp": at(-6 * time.Minute)}, func(e *oidc.Expected) { e.Skew = -10 * time.Minute }, verdict.Check{
			Rule: "jwt.exp", Spec: "RFC 7519 §4.1.4", Status: verdict.Fail, Want: "after 2026-11-20T09:00:00Z",
			Got: "2026-11-20T08:54:00Z: expired 6m0s ago", Hint: "this machine's clock is 10m0s ahead of the provider's Date: set it",
		}},
		"early, by a clock behind": {oidc.ID, map[string]any{"nbf": at(2 * time.Minute)}, func(e *oidc.Expected) { e.Skew = 2 * time.Minute }, verdict.Check{
			Rule: "jwt.nbf", Spec: "RFC 7519 §4.1.5", Status: verdict.Fail, Want: "not after 2026-11-20T09:00:00Z",
			Got: "2026-11-20T09:02:00Z: not valid for another 2m0s", Hint: "this machine's clock is 2m0s behind the provider's Date: set it",
		}},
		"early, by clocks alike": {oidc.ID, map[string]any{"nbf": at(2 * time.Minute)}, func(e *oidc.Expected) { e.Skew = 10 * time.Second }, verdict.Check{
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
		"an ID token for an API": {oidc.ID, nil, func(e *oidc.Expected) { e.ClientID, e.Audiences = "", []string{"https://api.example"} }, verdict.Check{
			Rule: "jwt.aud", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: "https://api.example", Got: client,
			Hint: "this is an ID token, which tells a client who signed in: what is for an API is the access token",
		}},
		"empty audience": {oidc.ID, map[string]any{"aud": []string{""}}, nil, verdict.Check{
			Rule: "jwt.aud", Spec: "OpenID Connect Core §3.1.3.7", Status: verdict.Fail, Want: client, Got: `aud is [""]: an empty audience is nobody`,
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

// TestForSomebodyElse: what is not for this client at all is made good by no trust in those whom it is for.
func TestForSomebodyElse(t *testing.T) {
	var got verdict.Checks
	for _, c := range oidc.Judge(token(t, "", idClaims(), map[string]any{"aud": "https://api.example"}), oidc.ID, expected()) {
		if c.Status == verdict.Fail {
			got = append(got, c)
		}
	}
	const spec = "OpenID Connect Core §3.1.3.7"
	want := verdict.Checks{
		{Rule: "jwt.aud", Spec: spec, Status: verdict.Fail, Want: client, Got: "https://api.example", Hint: "the token is for another client: check --client-id"},
		{Rule: "id_token.aud", Spec: spec, Status: verdict.Fail, Want: client + " alone", Got: "for https://api.example"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
