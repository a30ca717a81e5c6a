package oidc_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// FuzzJudge: whatever the claims are, nothing panics, two runs say the same, each check is printable, what passes as an
// ID token says what encoding/json reads as one, and a token with a type of its own passes as that kind alone.
func FuzzJudge(f *testing.F) {
	types := []string{"JWT", "at+jwt", "logout+jwt", "dpop+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "client-authentication+jwt"}
	for i, claims := range []map[string]any{
		idClaims(), atClaims(), logoutClaims(),
		{"exp": raw(`1e30`), "aud": []any{1}},
		{"jti": "1", "htm": "POST", "htu": "https://issuer.example/token", "iat": at(0)},
		{"iss": issuer, "aud": client, "iat": at(0), "token_introspection": raw(`{"active":true}`)},
		{"iss": client, "sub": client, "aud": issuer, "client_id": client, "response_type": "code", "exp": at(time.Minute), "iat": at(0), "jti": "1"},
		{"iss": issuer, "aud": client, "exp": at(time.Minute), "code": "C", "state": "S"},
	} {
		data, err := json.Marshal(claims)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(`{"alg":"RS256","typ":"JWT"}`, string(data))
		f.Add(`{"alg":"RS256","typ":"`+types[i%len(types)]+`"}`, string(data))
	}
	good, err := json.Marshal(idClaims())
	if err != nil {
		f.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"aud":"client-1"`, `"aud":["client-1","client-11"]`},
		{`"aud":"client-1"`, `"aud":"xclient-1x"`},
		{`"iss":"https://issuer.example"`, `"iss":"https://issuer.example/"`},
		{`"sub":"alice"`, `"sub":"good","SUB":"evil"`},
		{`"sub":"alice"`, `"sub":"\ud800"`},
		{`"exp":`, `"exp":9`},
		{`"exp":`, `"exp":-`},
		{`"exp":`, `"x":true,"exp":0.`},
		{`"iat":`, `"Iat":`},
		{`"nonce":"`, `"nonce":"1`},
		{`"nonce"`, `"n\u006fnce"`},
		{`"iss"`, `"events":{},"iss"`},
		{`"iss"`, `"nbf":9223372036854775807,"iss"`},
	} {
		f.Add(`{"alg":"RS256"}`, strings.Replace(string(good), change[0], change[1], 1))
	}
	encode := base64.RawURLEncoding.EncodeToString
	f.Fuzz(func(t *testing.T, header, payload string) {
		parsed, _, err := jose.Inspect(encode([]byte(header)) + "." + encode([]byte(payload)) + ".AA")
		if err != nil {
			return
		}
		for _, kind := range append(oidc.Kinds(), oidc.Unknown, oidc.Detect(parsed, client)) {
			want := expected()
			checks := oidc.Judge(parsed, kind, want)
			again, _ := json.Marshal(oidc.Judge(parsed, kind, want))
			if first, _ := json.Marshal(checks); !bytes.Equal(first, again) {
				t.Errorf("%s differs from %s", first, again)
			}
			for _, c := range checks {
				for _, r := range c.Want + c.Got + c.Hint {
					if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
						t.Errorf("%s prints %U", c.Rule, r)
					}
				}
				if c.Status != verdict.Pass && c.Got == "" {
					t.Errorf("%s does not say what it got", c.Rule)
				}
			}
			if checks.Failed() {
				continue
			}
			if kind == oidc.ID {
				assertIDToken(t, payload, want)
			}
			if typ := parsed.MediaType(); strings.Contains(typ, "+") && kind != oidc.Unknown && kind != ofType[typ] {
				t.Errorf("typ %s passes as %s", typ, kind)
			}
		}
	})
}

// ofType is the only kind that a type stands for.
var ofType = map[string]oidc.Kind{
	"at+jwt": oidc.Access, "logout+jwt": oidc.Logout, "dpop+jwt": oidc.DPoP, "token-introspection+jwt": oidc.Introspection,
	"oauth-authz-req+jwt": oidc.Request, "client-authentication+jwt": oidc.Assertion, "dpop+id_token": oidc.ID,
}

// assertIDToken reads the claims of a token that passed with another decoder, which knows none of the rules.
func assertIDToken(t *testing.T, payload string, want oidc.Expected) {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal([]byte(payload), &claims); err != nil {
		t.Fatalf("%s passes: %v", payload, err)
	}
	second := func(name string) float64 { value, _ := claims[name].(float64); return value }
	now, leeway := float64(want.Now.Unix()), want.Leeway.Seconds()
	sub, _ := claims["sub"].(string)
	audiences, several := claims["aud"].([]any)
	if !several {
		audiences = []any{claims["aud"]}
	}
	if claims["iss"] != issuer || sub == "" || !slices.Contains(audiences, any(client)) || claims["nonce"] != nonce ||
		second("exp") <= now-leeway ||
		claims["iat"] == nil || second("iat") > now+leeway || second("nbf") > now+leeway || claims["events"] != nil {
		t.Errorf("%s passes", payload)
	}
	others := slices.ContainsFunc(audiences, func(aud any) bool { return aud != client })
	if others && claims["azp"] != client {
		t.Errorf("%s passes without azp", payload)
	}
}
