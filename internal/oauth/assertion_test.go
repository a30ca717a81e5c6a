package oauth

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// keyed returns a signer with a fresh key.
func keyed(t *testing.T, alg jose.Algorithm) *jose.Signer {
	t.Helper()
	key, err := jose.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	named, err := key.WithKeyID("")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := named.SignerFor("", "")
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func asserted(t *testing.T, compact string) *jose.Token {
	t.Helper()
	token, err := jose.Parse(compact)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func target() Target {
	return Target{
		Endpoint: "https://as.example/par", TokenEndpoint: "https://as.example/token", Issuer: "https://as.example",
		Now: time.Unix(1_700_000_000, 900_000_000),
	}
}

// claimsOf returns header and claims with the random jti as its length.
func claimsOf(t *testing.T, token *jose.Token) (header, claims string) {
	t.Helper()
	id, err := token.Claims.String("jti")
	if err != nil || len(id) < 26 { // 26 of 32 characters are 130 bits
		t.Errorf("jti %q: %v", id, err)
	}
	var members []string
	for _, m := range token.Claims.Members() {
		if m.Name != "jti" {
			members = append(members, m.Name+"="+string(m.Value))
		}
	}
	slices.Sort(members)
	for _, m := range members {
		claims += m + " "
	}
	return string(token.HeaderRaw), claims
}

func TestPrivateKeyJWT(t *testing.T) {
	for _, alg := range []jose.Algorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA} {
		t.Run(string(alg), func(t *testing.T) {
			signer := keyed(t, alg)
			c := Credentials{ID: "web", Secret: secret.New("not this"), Signer: signer}
			form, header := url.Values{"grant_type": {"client_credentials"}}, http.Header{}
			if err := c.Apply(AuthPrivateKeyJWT, target(), form, header); err != nil {
				t.Fatal(err)
			}
			compact := form.Get("client_assertion")
			form.Del("client_assertion")
			equal(t, "form", url.Values{
				"grant_type": {"client_credentials"}, "client_id": {"web"},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			}, form)
			equal(t, "header", http.Header{}, header)
			token := asserted(t, compact)
			head, claims := claimsOf(t, token)
			equal(t, "assertion", []string{
				`{"alg":"` + string(alg) + `","typ":"client-authentication+jwt","kid":"` + signer.PublicJWK().KeyID + `"}`,
				`aud="https://as.example" exp=1700000060 iat=1700000000 iss="web" sub="web" `,
			}, []string{head, claims})
			keys := &jose.KeySet{Keys: []*jose.Key{signer.PublicJWK()}}
			if v, checks, err := jose.Verify(context.Background(), token, jose.Algorithms{alg}, jose.Fixed(keys)); v == nil {
				t.Error(checks, err)
			}
		})
	}
}

// A jti is used once: a second assertion of the same second is another one.
func TestAssertionsDiffer(t *testing.T) {
	c := Credentials{ID: "web", Secret: secret.New("hush")}
	var seen []string
	for range 3 {
		form := url.Values{}
		if err := c.Apply(AuthSecretJWT, target(), form, http.Header{}); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, form.Get("client_assertion"))
	}
	if len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 3 {
		t.Error("an assertion came twice")
	}
}

func TestClientSecretJWT(t *testing.T) {
	key := rand.Text() + rand.Text() + rand.Text()
	for name, test := range map[string]struct {
		supported []string
		want      jose.Algorithm
	}{
		"nothing listed":   {nil, jose.HS256},
		"listed":           {[]string{"HS512", "HS256"}, jose.HS256},
		"only others":      {[]string{"RS256", "HS512", "HS384"}, jose.HS384},
		"no HMAC listed":   {[]string{"RS256"}, jose.HS256},
		"in another case":  {[]string{"hs512"}, jose.HS256},
		"HS512, hostile":   {[]string{"none", "HS512\n", "HS512"}, jose.HS512},
		"the empty string": {[]string{""}, jose.HS256},
	} {
		t.Run(name, func(t *testing.T) {
			at := target()
			at.SupportedAlgs = test.supported
			form := url.Values{}
			c := Credentials{ID: "web", Secret: secret.New(key), Signer: keyed(t, jose.ES256)}
			if err := c.Apply(AuthSecretJWT, at, form, http.Header{}); err != nil {
				t.Fatal(err)
			}
			token := asserted(t, form.Get("client_assertion"))
			equal(t, "algorithm", test.want, token.Algorithm)
			keys := jose.WithSecret(nil, secret.New(key))
			if v, checks, err := jose.Verify(context.Background(), token, jose.Algorithms{test.want}, keys); v == nil {
				t.Error(checks, err)
			}
		})
	}
}

func TestAssertionAudience(t *testing.T) {
	const current, legacy = "client-authentication+jwt", "JWT"
	unknown := func(t Target) Target { t.Issuer = ""; return t }
	hostile := target()
	hostile.TokenEndpoint, hostile.Endpoint = "https://victim.example/token", "https://victim.example/token"
	for name, test := range map[string]struct {
		audience string
		at       Target
		want     []string // aud and typ; nil = refused
	}{
		"default":                  {"", target(), []string{"https://as.example", current}},
		"issuer":                   {"issuer", target(), []string{"https://as.example", current}},
		"endpoints of a victim":    {"", hostile, []string{"https://as.example", current}},
		"no issuer":                {"", unknown(target()), []string{"https://as.example/token", legacy}},
		"token":                    {"token", target(), []string{"https://as.example/token", legacy}},
		"endpoint":                 {"endpoint", target(), []string{"https://as.example/par", legacy}},
		"a URL":                    {"https://old.example/", target(), []string{"https://old.example/", legacy}},
		"a URN":                    {"urn:example:as", target(), []string{"urn:example:as", legacy}},
		"the issuer as URL":        {"https://as.example", target(), []string{"https://as.example", current}},
		"nothing known":            {"", Target{Endpoint: "https://as.example/par"}, nil},
		"token, not known":         {"token", Target{Issuer: "https://as.example"}, nil},
		"misspelt":                 {"isuer", target(), nil},
		"a path":                   {"/token", target(), nil},
		"a URL with a newline":     {"https://as.example/\n", target(), nil},
		"a URL with a bidi switch": {"https://as.example/\u202e", target(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := Credentials{ID: "web", Signer: keyed(t, jose.ES256), AssertionAudience: test.audience}
			form := url.Values{}
			err := c.Apply(AuthPrivateKeyJWT, test.at, form, http.Header{})
			if test.want == nil {
				equal(t, "error", outcome{Kind: problem.Usage, Code: "usage.assertion_audience"}, outcomeOf(t, err))
				assertPrintable(t, err)
				equal(t, "form", url.Values{}, form)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			token := asserted(t, form.Get("client_assertion"))
			aud, err := token.Claims.String("aud") // a string, and no list
			equal(t, "aud, typ", test.want, []string{aud, token.Type})
			if err != nil {
				t.Error(err)
			}
		})
	}
	p := problem.As(CheckAssertionAudience("isuer"))
	equal(t, "hint", "--assertion-audience issuer", p.Hint)
}

type broken struct{ err error }

func (b broken) Sign(string, any) (string, error) { return "", b.err }
func (broken) Algorithm() jose.Algorithm          { return jose.ES256 }

// A key that cannot be used now keeps its own error, and nothing is sent.
func TestAssertionNotSigned(t *testing.T) {
	failed := problem.Usagef("usage.client_key_command", "the command failed")
	form := url.Values{}
	err := Credentials{ID: "web", Signer: broken{failed}}.Apply(AuthPrivateKeyJWT, target(), form, http.Header{})
	if !errors.Is(err, failed) || len(form) > 0 {
		t.Errorf("%v, %v", err, form)
	}
}
