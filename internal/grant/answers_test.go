package grant_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// provider is what signs and encrypts in these tests.
type provider struct {
	t      *testing.T
	signer *jose.Signer
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(key, jose.ES256, "k")
	if err != nil {
		t.Fatal(err)
	}
	return &provider{t, signer}
}

// sign writes claims; @N is a time N seconds from noon.
func (p *provider) sign(typ, claims string) string {
	p.t.Helper()
	token, err := p.signer.SignRaw([]byte(`{"alg":"ES256","kid":"k","typ":"`+typ+`"}`), []byte(timed(claims)))
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

// timed fills the times in.
func timed(claims string) string {
	return regexp.MustCompile(`@-?\d+`).ReplaceAllStringFunc(claims, func(at string) string {
		seconds, _ := strconv.Atoi(at[1:])
		return strconv.FormatInt(noon().Unix()+int64(seconds), 10)
	})
}

// seal encrypts for the client of envAt, whose secret is the key (OpenID Connect Core §10.2).
func (p *provider) seal(text, cty string) string {
	p.t.Helper()
	header := map[string]any{}
	if cty != "" {
		header["cty"] = cty
	}
	sum := sha256.Sum256([]byte("sesame"))
	key, err := jose.ParseLocalKeys([]byte(`{"kty":"oct","k":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	compact, err := jose.Encrypt([]byte(text), key.Keys[0], "dir", "A256GCM", header)
	if err != nil {
		p.t.Fatal(err)
	}
	return compact
}

// env is envAt with the provider's keys, and a userinfo endpoint.
func (p *provider) env(handler http.HandlerFunc) (*grant.Env, *notes) {
	p.t.Helper()
	env, n := envAt(p.t, handler)
	server := httptest.NewServer(handler)
	p.t.Cleanup(server.Close)
	known, err := metadata.NewProvider(nil, map[string]string{
		"userinfo": server.URL + "/userinfo", "introspection": server.URL + "/introspect",
	}, wire.LoopbackOnly)
	if err != nil {
		p.t.Fatal(err)
	}
	known.Issuer, env.Provider = "https://id.test", known
	env.Keys = jose.Fixed(&jose.KeySet{Keys: []*jose.Key{p.signer.PublicJWK()}})
	return env, n
}

func giving(mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = fmt.Fprint(w, body)
	}
}

// These change what the client knows and allows.
func withHMAC(env *grant.Env)      { env.Trust.Algorithms = jose.Algorithms{jose.HS256} }
func withoutSecret(env *grant.Env) { env.Client.Secret = secret.Secret{} }
func withoutIssuer(env *grant.Env) { env.Provider.Issuer = "" }
func withKey(env *grant.Env) {
	env.Trust.Decryption.Keys = []*jose.DecryptionKey{{}}
}

// TestUserInfoJWT is userinfo that is signed, encrypted, or both.
func TestUserInfoJWT(t *testing.T) {
	const jwt, claims = "application/jwt", `{"iss":"https://id.test","aud":"web","sub":"alice"}`
	p := newProvider(t)
	signed := p.sign("JWT", claims)
	hmac, err := jose.NewSecretSigner(secret.New("sesame"), jose.HS256).Sign("JWT", map[string]any{"sub": "alice", "iss": "https://id.test", "aud": "web"})
	if err != nil {
		t.Fatal(err)
	}
	nobody := "eyJhbGciOiJub25lIn0." + strings.Split(signed, ".")[1] + "."
	for name, test := range map[string]struct {
		media, body string
		change      func(*grant.Env)
		want        string // the claims, or the code of the error
		warnings    []string
	}{
		"signed":                  {jwt, signed, nil, claims, nil},
		"with a line break":       {jwt, "\n" + signed + "\n", nil, claims, nil},
		"as JSON":                 {"application/json", signed, nil, claims, []string{"userinfo.content_type: the answer came as application/json"}},
		"JSON as a JWT":           {jwt, `{"sub":"alice"}`, nil, `{"sub":"alice"}`, []string{"userinfo.content_type: the answer came as application/jwt"}},
		"neither iss nor aud":     {jwt, p.sign("JWT", `{"sub":"alice"}`), nil, `{"sub":"alice"}`, []string{"jwt.iss: no iss", "jwt.aud: no aud"}},
		"another iss":             {jwt, p.sign("JWT", `{"iss":"https://id.test/","aud":"web","sub":"alice"}`), nil, "jwt.iss", nil},
		"another aud":             {jwt, p.sign("JWT", `{"iss":"https://id.test","aud":["web2"],"sub":"alice"}`), nil, "jwt.aud", nil},
		"another aud, and none":   {jwt, p.sign("JWT", `{"iss":"https://id.test","aud":["","web2"],"sub":"alice"}`), nil, "jwt.aud", nil},
		"another sub":             {jwt, p.sign("JWT", `{"iss":"https://id.test","aud":"web","sub":"bob"}`), nil, "userinfo.sub", nil},
		"expired":                 {jwt, p.sign("JWT", `{"iss":"https://id.test","aud":"web","sub":"alice","exp":@-360}`), nil, "jwt.exp", nil},
		"an access token":         {jwt, p.sign("at+jwt", claims), nil, "jwt.typ", nil},
		"signed by nobody":        {jwt, nobody, nil, "jose.alg", nil},
		"signed by another":       {jwt, newProvider(t).sign("JWT", claims), nil, "jose.signature", nil},
		"HS256":                   {jwt, hmac, nil, "jose.alg", nil},
		"HS256, allowed":          {jwt, hmac, withHMAC, `{"aud":"web","iss":"https://id.test","sub":"alice"}`, []string{"jose.key_strength: oct, 48 bits"}},
		"no issuer is known":      {jwt, signed, withoutIssuer, "userinfo.keys", nil},
		"a page":                  {jwt, "<p>", nil, "jose.parts", nil},
		"nothing":                 {jwt, "", nil, "network.not_oauth", nil},
		"encrypted":               {jwt, p.seal(signed, "JWT"), nil, claims, nil},
		"encrypted, without cty":  {jwt, p.seal(signed, ""), nil, claims, []string{`jose.jwe.nested: cty ""`}},
		"encrypted alone":         {jwt, p.seal(`{"sub":"alice"}`, ""), nil, `{"sub":"alice"}`, nil},
		"encrypted, another sub":  {jwt, p.seal(`{"sub":"bob"}`, ""), nil, "userinfo.sub", nil},
		"encrypted, sub twice":    {jwt, p.seal(`{"sub":"alice","sub":"bob"}`, ""), nil, "userinfo.json", nil},
		"encrypted, alg none":     {jwt, p.seal(nobody, "JWT"), nil, "jose.alg", nil},
		"encrypted, another aud":  {jwt, p.seal(p.sign("JWT", `{"aud":"web2","sub":"alice"}`), "JWT"), nil, "jwt.aud", nil},
		"encrypted, nonsense":     {jwt, p.seal("nonsense", ""), nil, "jose.jwe.nested", nil},
		"encrypted, and no key":   {jwt, p.seal(signed, "JWT"), withoutSecret, "jose.jwe.key", nil},
		"in the clear, with keys": {"application/json", `{"sub":"alice"}`, withKey, `{"sub":"alice"}`, []string{"jose.jwe.missing: plain JSON"}},
	} {
		t.Run(name, func(t *testing.T) {
			env, notes := p.env(giving(test.media, test.body))
			if test.change != nil {
				test.change(env)
			}
			got, err := env.UserInfo(t.Context(), secret.New("token"), "alice")
			result := string(got.Raw())
			if err != nil {
				if result != "" {
					t.Error("claims beside an error:", result)
				}
				result = problem.As(err).Code
			}
			if diff := cmp.Diff(test.want, result); diff != "" {
				t.Error(diff, err)
			}
			if diff := cmp.Diff(test.warnings, notes.warnings()); diff != "" && err == nil {
				t.Error(diff)
			}
		})
	}
}

// TestIntrospectJWT is introspection that is signed, asked for or not (RFC 9701).
func TestIntrospectJWT(t *testing.T) {
	const jwt = "application/token-introspection+jwt"
	p := newProvider(t)
	answer := func(inside string) string {
		return p.sign("token-introspection+jwt", `{"iss":"https://id.test","aud":"web","iat":@0,"token_introspection":`+inside+`}`)
	}
	const inside = `{"active":true,"sub":"alice"}`
	signed := answer(inside)
	const opaque = "introspection.inactive: the token is not active: expired, revoked, or not for this client to ask about; the provider does not say which"
	for name, test := range map[string]struct {
		media, body string
		change      func(*grant.Env)
		want        string // the answer, or the code of the error
		warnings    []string
	}{
		"signed":             {jwt, signed, nil, inside, nil},
		"encrypted":          {jwt, p.seal(signed, "JWT"), nil, inside, nil},
		"as JSON":            {"application/json", signed, nil, inside, []string{"introspection.content_type: a JWT as application/json"}},
		"inactive":           {jwt, answer(`{"active":false}`), nil, `{"active":false}`, []string{opaque}},
		"old":                {jwt, p.sign("token-introspection+jwt", `{"iss":"https://id.test","aud":"web","iat":@-3600,"token_introspection":`+inside+`}`), nil, inside, []string{"jwt.iat: 2026-03-01T11:00:00Z: 1h0m0s ago"}},
		"without iat":        {jwt, p.sign("token-introspection+jwt", `{"iss":"https://id.test","aud":"web","token_introspection":`+inside+`}`), nil, "jwt.iat", nil},
		"without aud":        {jwt, p.sign("token-introspection+jwt", `{"iss":"https://id.test","iat":@0,"token_introspection":`+inside+`}`), nil, "jwt.aud", nil},
		"typ JWT":            {jwt, p.sign("JWT", `{"iss":"https://id.test","aud":"web","iat":@0,"token_introspection":`+inside+`}`), nil, "jwt.typ", nil},
		"active is a string": {jwt, answer(`{"active":"true"}`), nil, "introspection.active", nil},
		"nothing of active":  {jwt, answer(`{}`), nil, "introspection.active", nil},
		"a list inside":      {jwt, answer(`[]`), nil, "introspection.claims", nil},
		"signed by another":  {jwt, newProvider(t).sign("token-introspection+jwt", `{"iss":"https://id.test","aud":"web","iat":@0,"token_introspection":`+inside+`}`), nil, "jose.signature", nil},
		"no issuer is known": {jwt, signed, withoutIssuer, "introspection.keys", nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, asked := range []bool{false, true} {
				accepted := ""
				env, notes := p.env(func(w http.ResponseWriter, r *http.Request) {
					accepted = strings.Join(r.Header.Values("Accept"), ",")
					giving(test.media, test.body)(w, r)
				})
				if test.change != nil {
					test.change(env)
				}
				got, err := env.Introspect(t.Context(), grant.Question{Token: secret.New("token"), Signed: asked})
				var result string
				if err != nil {
					result = problem.As(err).Code
				} else {
					result = string(got.Raw)
				}
				if diff := cmp.Diff(test.want, result); diff != "" {
					t.Error(diff, err)
				}
				if diff := cmp.Diff(test.warnings, notes.warnings()); diff != "" && err == nil {
					t.Error(diff)
				}
				if want := map[bool]string{false: "application/json", true: jwt}[asked]; accepted != want {
					t.Error(accepted)
				}
			}
		})
	}
}

// TestUnsigned: what nobody signed is not taken where a signature was demanded, and a refusal stays a refusal.
func TestUnsigned(t *testing.T) {
	p := newProvider(t)
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{200, `{"active":true}`, "introspection.signed"},
		{200, `{"active":false}`, "introspection.signed"},
		{200, `{"active":"x"}`, "introspection.active"},
		{400, `{"error":"invalid_request"}`, "oauth.invalid_request"},
		{406, "", "network.not_oauth"},
	} {
		env, _ := p.env(answering(test.status, test.body))
		got, err := env.Introspect(t.Context(), grant.Question{Token: secret.New("token"), Signed: true})
		if got != nil || err == nil || problem.As(err).Code != test.want {
			t.Errorf("%+v: %v %v", test, got, err)
		}
	}
}

// TestOpened takes the encryption off an ID token of the user's, and leaves what is not encrypted alone.
func TestOpened(t *testing.T) {
	p := newProvider(t)
	env, _ := p.env(answering(200, ""))
	signed := p.sign("JWT", `{"sub":"alice"}`)
	for given, want := range map[string]string{
		signed: signed, p.seal(signed, "JWT"): signed, "opaque": "opaque", "": "",
		p.seal("x", ""): "jose.jwe.nested", p.seal(`{"sub":"alice"}`, ""): "jose.jwe.nested",
	} {
		got, err := env.Opened(secret.New(given))
		result := got.Reveal()
		if err != nil {
			result = problem.As(err).Code
		}
		if result != want {
			t.Errorf("%.40s, not %.40s (%v)", result, want, err)
		}
	}
}
