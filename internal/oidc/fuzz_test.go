package oidc_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// FuzzJudge: whatever the claims are, nothing panics, two runs say the same, each check is printable, and a token that
// names another issuer or audience never passes as an ID token.
func FuzzJudge(f *testing.F) {
	for _, claims := range []map[string]any{idClaims(), atClaims(), logoutClaims(), {"exp": raw(`1e30`), "aud": []any{1}}} {
		data, err := json.Marshal(claims)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(`{"alg":"RS256","typ":"JWT"}`, string(data))
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
			if iss, _ := parsed.Claims.String("iss"); kind == oidc.ID && iss != issuer && !checks.Failed() {
				t.Errorf("iss %q passes", iss)
			}
		}
	})
}
