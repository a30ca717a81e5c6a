package grant

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

const (
	fuzzIssuer = "https://id.test"
	fuzzClient = "web"
)

// fuzzed is an environment whose provider signs with a key that every fuzz worker has.
func fuzzed(f *testing.F) (*Env, *jose.Signer) {
	f.Helper()
	signer, err := jose.NewSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)), jose.EdDSA, "k")
	if err != nil {
		f.Fatal(err)
	}
	provider, err := metadata.NewProvider(nil, map[string]string{"userinfo": "https://id.test/me"}, wire.LoopbackOnly)
	if err != nil {
		f.Fatal(err)
	}
	provider.Issuer = fuzzIssuer
	return &Env{
		Provider: provider, Keys: jose.Fixed(&jose.KeySet{Keys: []*jose.Key{signer.PublicJWK()}}),
		Client: oauth.Credentials{ID: fuzzClient, Secret: secret.New("sesame")}, Now: func() time.Time { return time.Unix(1795165200, 0) },
		Ring: secret.NewRing(),
	}, signer
}

// answer is a body as it is, or as the payload of what the provider signed.
func answer(t *testing.T, signer *jose.Signer, typ, media string, body []byte) *wire.Response {
	t.Helper()
	if typ != "" {
		header, err := json.Marshal(map[string]string{"alg": "EdDSA", "kid": "k", "typ": typ})
		if err != nil {
			t.Skip()
		}
		compact, err := signer.SignRaw(header, body)
		if err != nil {
			t.Fatal(err)
		}
		body = []byte(compact)
	}
	return &wire.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {media}}, Body: body, URL: "https://id.test/me"}
}

// shown wants an outcome that can be shown to a person as it is.
func shown(t *testing.T, checks verdict.Checks, err error) {
	t.Helper()
	problems := []*problem.Error{}
	for _, c := range checks {
		problems = append(problems, c.Problem())
	}
	if err != nil {
		problems = append(problems, problem.As(err))
	}
	for _, p := range problems {
		for _, s := range []string{p.Message, p.Want, p.Got, p.Hint} {
			if text.Line(s) != s || p.Kind == problem.Internal {
				t.Fatalf("%v %s prints %q", p.Kind, p.Code, s)
			}
		}
	}
}

// meant says whether a member is absent or empty, or is, or holds, the value.
func meant(members map[string]any, name, value string) bool {
	switch got := members[name].(type) {
	case nil:
		_, there := members[name]
		return !there
	case string:
		return got == value || got == ""
	case []any:
		return slices.Contains(got, any(value)) || len(got) == 0 || len(got) == 1 && got[0] == ""
	}
	return false
}

// FuzzUserInfo: claims come out of an answer that is signed only where the provider signed it for this client, and of
// any answer only where they are about the subject.
func FuzzUserInfo(f *testing.F) {
	env, signer := fuzzed(f)
	for _, body := range []string{
		`{"sub":"alice"}`, `{"sub":"aliceinvalid"}`, `{"iss":"https://id.test","aud":"web","sub":"alice","exp":1795165300}`, `{"sub":["alice"]}`,
		`{"sub":"bob","sub":"alice"}`, `{"SUB":"alice"}`, `{"iss":"https://id.test/","aud":["web2"],"sub":"alice"}`, `{"aud":["","web2"],"sub":"alice"}`, "{\"sub\":\"\\ud800\"}", "<html>", "",
		`{"sub":"alice","email_verified":"true","updated_at":"\u001b[2J","address":7,"name":"\u202e"}`, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
	} {
		for _, typ := range []string{"", "JWT", "at+jwt"} {
			f.Add(typ, "application/jwt", []byte(body))
			f.Add(typ, "application/json", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, typ, media string, body []byte) {
		a := answer(t, signer, typ, media, body)
		claims, checks, err := env.readUserInfo(t.Context(), a, secret.New("opaque"))
		if err == nil && !checks.Failed() {
			checks = append(checks, oidc.CheckUserInfo(claims, "alice")...)
		}
		shown(t, checks, err)
		if err != nil || checks.Failed() {
			return
		}
		var said map[string]any
		if err := json.Unmarshal(claims.Raw(), &said); err != nil || said["sub"] != "alice" {
			t.Fatalf("%s is about alice: %v", claims.Raw(), err)
		}
		if jwt := isJWT(a.Body, a.MediaType()); jwt && (typ == "" || !meant(said, "iss", fuzzIssuer) || !meant(said, "aud", fuzzClient)) {
			t.Fatalf("%q gives %s", a.Body, claims.Raw())
		}
	})
}

// FuzzIntrospection: an answer that is signed says what its provider said to this client, or nothing.
func FuzzIntrospection(f *testing.F) {
	env, signer := fuzzed(f)
	for _, body := range []string{
		`{"iss":"https://id.test","aud":"web","iat":1795165200,"token_introspection":{"active":true,"sub":"alice"}}`, `{"active":true}`,
		`{"iss":"https://id.test","aud":"web2","iat":1795165200,"token_introspection":{"active":true}}`, `{"token_introspection":{"active":true}}`,
		`{"iss":"https://id.test","aud":["web"],"iat":1795165200,"token_introspection":{"active":"true"}}`, `{"active":"true"}`, "eyJhbGciOiJub25lIn0.e30.", "opaque",
		`{"iss":"https://id.test","aud":"web","iat":1795165200,"exp":1,"token_introspection":{"active":true}}`, `{"token_introspection":[]}`,
	} {
		for _, typ := range []string{"", "token-introspection+jwt", "JWT", "at+jwt"} {
			f.Add(typ, oauth.IntrospectionJWT, []byte(body))
			f.Add(typ, "application/json", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, typ, media string, body []byte) {
		a := answer(t, signer, typ, media, body)
		result, checks, err := env.readIntrospection(t.Context(), a, Question{})
		if result != nil && err == nil {
			err = checks.Err()
		}
		shown(t, checks, err)
		if err != nil {
			return
		}
		var said map[string]any
		if err := json.Unmarshal(body, &said); typ != "" && err == nil {
			inner, _ := said["token_introspection"].(map[string]any)
			kind := strings.ToLower(strings.TrimPrefix(strings.ToLower(typ), "application/"))
			if kind != "token-introspection+jwt" || said["iss"] != fuzzIssuer || said["aud"] == nil || !meant(said, "aud", fuzzClient) || inner["active"] != result.Active {
				t.Fatalf("typ %q, %s: active %v", typ, body, result.Active)
			}
		}
		if typ == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("eyJ")) {
			t.Fatalf("%q was signed by nobody", body)
		}
		if _, _, err := env.readIntrospection(t.Context(), a, Question{Signed: true}); (err == nil) != (typ != "") {
			t.Fatalf("typ %q, where a signature is demanded: %v", typ, err)
		}
	})
}
