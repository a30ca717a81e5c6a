package oidc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// recipient is a key to encrypt for, and what opens it.
func recipient(t testing.TB) (*jose.Key, jose.Decryption) {
	t.Helper()
	key, err := jose.GenerateKey("ECDH-ES")
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicJWK()
	if err != nil {
		t.Fatal(err)
	}
	value, err := key.JWK()
	if err != nil {
		t.Fatal(err)
	}
	own, err := jose.ParseDecryptionKey([]byte(value.Reveal()), secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	return public, jose.Decryption{Keys: []*jose.DecryptionKey{own}}
}

func encrypted(t testing.TB, to *jose.Key, inside, cty string) string {
	t.Helper()
	header := map[string]any{}
	if cty != "" {
		header["cty"] = cty
	}
	compact, err := jose.Encrypt([]byte(inside), to, "ECDH-ES", "A128GCM", header)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// TestEncryptedTokens: whatever a token came in, its signature and claims are judged like any other's, and what nobody
// signed is refused.
func TestEncryptedTokens(t *testing.T) {
	to, d := recipient(t)
	_, others := recipient(t)
	s := signer(t, "k1")
	inner := signed(t, s, "JWT", idClaims())
	changed := inner[:len(inner)-10] + "AAAA" + inner[len(inner)-6:]
	deep := func(layers int) string {
		out := inner
		for range layers {
			out = encrypted(t, to, out, "JWT")
		}
		return out
	}
	for name, c := range map[string]struct {
		compact string
		d       jose.Decryption
		kind    oidc.Kind
		want    outcomes
	}{
		"nested":           {deep(1), d, oidc.ID, outcomes{}},
		"two layers":       {deep(2), d, oidc.ID, outcomes{}},
		"three layers":     {deep(3), d, oidc.ID, outcomes{}},
		"four layers":      {deep(4), d, oidc.ID, failed("jose.jwe.nested")},
		"cty in full":      {encrypted(t, to, inner, "application/jwt"), d, oidc.ID, outcomes{}},
		"no cty":           {encrypted(t, to, inner, ""), d, oidc.ID, warned("jose.jwe.nested")},
		"another cty":      {encrypted(t, to, inner, "json"), d, oidc.ID, warned("jose.jwe.nested")},
		"claims unsigned":  {encrypted(t, to, `{"iss":"`+issuer+`","sub":"alice","aud":"client-1"}`, ""), d, oidc.ID, failed("jose.jwe.nested")},
		"claims, two dots": {encrypted(t, to, `{"iss":"https://a.b.example"}`, "JWT"), d, oidc.ID, failed("jose.jwe.nested")},
		"claims as JWT":    {encrypted(t, to, ` {"sub":"alice"}`, "JWT"), d, oidc.ID, failed("jose.jwe.nested")},
		"alg none inside":  {encrypted(t, to, "eyJhbGciOiJub25lIn0."+strings.Split(inner, ".")[1]+".", "JWT"), d, oidc.ID, failed("jose.alg", "jose.signature")},
		"a bad signature":  {encrypted(t, to, changed, "JWT"), d, oidc.ID, failed("jose.signature")},
		"something inside": {encrypted(t, to, "hello", "JWT"), d, oidc.ID, failed("jose.jwe.nested")},
		"nothing inside":   {encrypted(t, to, "", "JWT"), d, oidc.ID, failed("jose.jwe.nested")},
		"no key":           {deep(1), jose.Decryption{}, oidc.ID, failed("jose.jwe.key")},
		"another's key":    {deep(1), others, oidc.ID, failed("jose.jwe.decrypt")},
		"not encrypted":    {inner, d, oidc.ID, warned("jose.jwe.missing")},
		"no key, no need":  {inner, jose.Decryption{}, oidc.ID, outcomes{}},
		"not owed":         {signed(t, s, "at+jwt", atClaims()), d, oidc.Access, outcomes{}},
	} {
		t.Run(name, func(t *testing.T) {
			want := expected()
			want.Kind, want.Decryption = c.kind, c.d
			report, verified, err := oidc.Verify(t.Context(), c.compact, asymmetric, published(t, nil, s), want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, odd(report.Checks)); diff != "" {
				t.Error(diff)
			}
			good := !report.Checks.Failed()
			if report.Valid != good || (verified != nil) != good || (report.Encryption != nil) != jose.IsEncrypted(c.compact) {
				t.Errorf("valid %v, verified %v, %+v", report.Valid, verified != nil, report.Encryption)
			}
			if report.Encryption != nil && report.Encryption.Algorithm != "ECDH-ES" {
				t.Errorf("%+v", report.Encryption)
			}
		})
	}
}

// TestEncryptedNonsense: what cannot be a token is an error, and not a report.
func TestEncryptedNonsense(t *testing.T) {
	long := strings.Repeat("a", jose.MaxToken) + "...."
	if report, _, err := oidc.Verify(t.Context(), long, asymmetric, nil, expected()); report != nil || err == nil || problem.As(err).Code != "jose.jwe.parts" {
		t.Error(report, err)
	}
	report, verified, err := oidc.Verify(t.Context(), "....", asymmetric, nil, expected())
	if err != nil || verified != nil || report.Valid || len(odd(report.Checks)) == 0 {
		t.Errorf("%v %v", report, err)
	}
}

// TestJARMOrder: who answered, for whom and until when comes before the signature, and the content after all of it.
func TestJARMOrder(t *testing.T) {
	s := signer(t, "k1")
	claims := map[string]any{"iss": issuer, "aud": client, "exp": at(time.Minute), "code": "c", "state": "s"}
	verify := func(over map[string]any, keys jose.KeySource) []string {
		merged := map[string]any{}
		for _, m := range []map[string]any{claims, over} {
			for name, value := range m {
				merged[name] = value
			}
		}
		want := expected()
		want.Kind, want.State = oidc.JARM, secret.New("s")
		report, _, err := oidc.Verify(t.Context(), signed(t, s, "", merged), asymmetric, keys, want)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, c := range report.Checks {
			switch c.Rule {
			case "jwt.iss", "jwt.aud", "jwt.exp", "jose.signature", "jarm.response", "jarm.state":
				order = append(order, c.Rule+" "+string(c.Status))
			}
		}
		return order
	}
	all := []string{"jwt.iss pass", "jwt.aud pass", "jwt.exp pass", "jose.signature pass", "jarm.response pass", "jarm.state pass"}
	if diff := cmp.Diff(all, verify(nil, published(t, nil, s))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"jwt.iss fail", "jwt.aud fail", "jwt.exp pass", "jose.signature pass"}, verify(map[string]any{"iss": "x", "aud": "y"}, published(t, nil, s))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"jwt.iss pass", "jwt.aud pass", "jwt.exp pass", "jose.signature fail"}, verify(nil, published(t, nil, signer(t, "k1")))); diff != "" {
		t.Error(diff)
	}
}

// TestSignedUserInfo: iss and aud should be there; where they are, they must be right.
func TestSignedUserInfo(t *testing.T) {
	claims := map[string]any{"iss": issuer, "aud": client, "sub": "alice"}
	run(t, oidc.UserInfo, claims, map[string]judgement{
		"good":           {},
		"no iss":         {claims: map[string]any{"iss": absent{}}, want: warned("jwt.iss")},
		"no aud":         {claims: map[string]any{"aud": absent{}}, want: warned("jwt.aud")},
		"another issuer": {claims: map[string]any{"iss": "x"}, want: failed("jwt.iss")},
		"another client": {claims: map[string]any{"aud": "x"}, want: failed("jwt.aud")},
		"aud of nobody":  {claims: map[string]any{"aud": []string{""}}, want: failed("jwt.aud")},
		"aud a number":   {claims: map[string]any{"aud": 1}, want: failed("jwt.aud")},
		"no sub":         {claims: map[string]any{"sub": absent{}}, want: failed("jwt.sub")},
		"expired":        {claims: map[string]any{"exp": at(-time.Hour)}, want: failed("jwt.exp")},
		"an at+jwt":      {typ: "at+jwt", want: failed("jwt.typ")},
		"a logout token": {typ: "logout+jwt", want: failed("jwt.typ")},
	})
	for _, kind := range oidc.Kinds() {
		if kind == oidc.UserInfo {
			t.Error("a kind that is nowhere asked for")
		}
	}
}

// TestConfirmation: bound to the key whose holder we are, or not bound at all.
func TestConfirmation(t *testing.T) {
	both := oidc.Confirmation{JKT: "key", X5T: "certificate"}
	for name, c := range map[string]struct {
		claims string
		want   oidc.Confirmation
		rows   []verdict.Status
	}{
		"the key":              {`{"cnf":{"jkt":"key"}}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Pass}},
		"another key":          {`{"cnf":{"jkt":"KEY"}}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Fail}},
		"no cnf":               {`{}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Fail}},
		"a certificate only":   {`{"cnf":{"x5t#S256":"certificate"}}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Fail}},
		"the certificate":      {`{"cnf":{"x5t#S256":"certificate"}}`, oidc.Confirmation{X5T: "certificate"}, []verdict.Status{verdict.Pass}},
		"another certificate":  {`{"cnf":{"x5t#S256":"x"}}`, oidc.Confirmation{X5T: "certificate"}, []verdict.Status{verdict.Fail}},
		"both":                 {`{"cnf":{"jkt":"key","x5t#S256":"certificate"}}`, both, []verdict.Status{verdict.Pass, verdict.Pass}},
		"one of both":          {`{"cnf":{"jkt":"key"}}`, both, []verdict.Status{verdict.Pass, verdict.Fail}},
		"a number":             {`{"cnf":{"jkt":1}}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Fail}},
		"a number, not known":  {`{"cnf":{"jkt":1}}`, oidc.Confirmation{}, []verdict.Status{verdict.Fail}},
		"a list, not known":    {`{"cnf":{"x5t#S256":[]}}`, oidc.Confirmation{}, []verdict.Status{verdict.Fail}},
		"by other means":       {`{"cnf":{"kid":"1"}}`, oidc.Confirmation{}, []verdict.Status{verdict.Skip}},
		"cnf a string":         {`{"cnf":"key"}`, oidc.Confirmation{JKT: "key"}, []verdict.Status{verdict.Fail}},
		"nothing is known":     {`{"cnf":{"jkt":"key"}}`, oidc.Confirmation{}, []verdict.Status{verdict.Skip}},
		"nothing is to be had": {`{}`, oidc.Confirmation{}, nil},
	} {
		claims, err := strictjson.Parse([]byte(c.claims))
		if err != nil {
			t.Fatal(err)
		}
		var got []verdict.Status
		for _, row := range oidc.CheckConfirmation(claims, c.want) {
			if row.Rule != "access_token.cnf" {
				t.Error(row.Rule)
			}
			got = append(got, row.Status)
		}
		if diff := cmp.Diff(c.rows, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
