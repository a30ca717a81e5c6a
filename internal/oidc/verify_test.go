package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
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

func (b brokenSource) Keys(context.Context) (*jose.KeySet, error) { return nil, b.err }

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
	if odd(report.Checks)["jose.header_key"] != verdict.Fail {
		t.Errorf("detected: nothing says why: %v", odd(report.Checks))
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
		if failing := odd(report.Checks)["jwt.key_issuer"] == verdict.Fail; failing == ok {
			t.Errorf("%s: nothing says why: %v", bound, odd(report.Checks))
		}
	}
}

// TestTally: a token that fails a rule twice failed it once.
func TestTally(t *testing.T) {
	row := func(rule string, status verdict.Status) verdict.Check {
		return verdict.Check{Rule: rule, Status: status}
	}
	invalid := &oidc.Report{Kind: oidc.ID, Checks: verdict.Checks{
		row("a", verdict.Warn), row("a", verdict.Fail), row("b", verdict.Pass), row("a", verdict.Fail), row("c", verdict.Fail), row("d", verdict.Warn),
	}}
	total, part := oidc.NewTally([]string{issuer}), oidc.NewTally([]string{issuer})
	total.Add(invalid)
	part.Add(invalid)
	part.Add(&oidc.Report{Kind: oidc.Access, Valid: true, Claims: token(t, "", idClaims(), nil).Claims, Checks: verdict.Checks{row("a", verdict.Warn)}})
	total.Merge(part)
	want := &oidc.Tally{
		Total: 3, Valid: 1, Invalid: 2, Failed: map[string]int{"a": 2, "c": 2},
		Kinds:   map[oidc.Kind]oidc.Count{oidc.ID: {Invalid: 2}, oidc.Access: {Valid: 1}},
		Issuers: map[string]oidc.Count{issuer: {Valid: 1}, oidc.OtherIssuers: {Invalid: 2}},
	}
	if diff := cmp.Diff(want, total); diff != "" {
		t.Error(diff)
	}
	if none := oidc.NewTally(nil); none.Issuers != nil {
		t.Error("issuers that nobody expects are told apart")
	}
}

// TestAskedForKindWins: the reader's word counts, not the token's looks.
func TestAskedForKindWins(t *testing.T) {
	s := signer(t, "k1")
	claims := atClaims()
	claims["aud"], claims["nonce"] = client, nonce
	want := expected()
	want.Kind = oidc.ID
	report, verified, err := oidc.Verify(t.Context(), signed(t, s, "at+jwt", claims), asymmetric, published(t, nil, s), want)
	if err != nil || verified != nil || report.Kind != oidc.ID {
		t.Fatalf("%v %+v", err, report)
	}
	if diff := cmp.Diff(failed("jwt.typ"), odd(report.Checks)); diff != "" {
		t.Error(diff)
	}
}
