package oidc_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
)

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
