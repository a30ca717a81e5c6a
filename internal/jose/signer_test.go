package jose_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

func TestSignHeader(t *testing.T) {
	public, _ := json.Marshal(jwk(t, jose.EdDSA, map[string]any{"kid": nil, "alg": nil, "use": nil}))
	tests := map[string]struct {
		signer *jose.Signer
		typ    string
		want   string
	}{
		"plain":    {signerFor(t, jose.RS256, ""), "", `{"alg":"RS256"}`},
		"typ, kid": {signerFor(t, jose.RS256, "k1"), "at+jwt", `{"alg":"RS256","typ":"at+jwt","kid":"k1"}`},
		"secret":   {signerFor(t, jose.HS256, ""), "JWT", `{"alg":"HS256","typ":"JWT"}`},
		"a proof":  {signerFor(t, jose.EdDSA, "k1").EmbedKey(), "dpop+jwt", `{"alg":"EdDSA","typ":"dpop+jwt","jwk":` + string(public) + `}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			compact, err := test.signer.Sign(test.typ, map[string]int{"exp": 1})
			if err != nil {
				t.Fatal(err)
			}
			token, err := jose.Parse(compact)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{string(token.HeaderRaw), string(token.Payload)}
			if diff := cmp.Diff([]string{test.want, `{"exp":1}`}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSignersThatCannotBe(t *testing.T) {
	weak, err := os.ReadFile("testdata/keys/weak-rsa.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(weak)
	small, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func() error{
		"usage.algs":             func() error { _, err := jose.NewSigner(rsaKey(), "none", ""); return err },
		"usage.key: none":        func() error { _, err := jose.NewSigner(nil, jose.RS256, ""); return err },
		"usage.key: EC as RSA":   func() error { _, err := jose.NewSigner(keyFor(jose.ES256), jose.RS256, ""); return err },
		"usage.key: wrong curve": func() error { _, err := jose.NewSigner(keyFor(jose.ES256), jose.ES384, ""); return err },
		"usage.key: HMAC":        func() error { _, err := jose.NewSigner(rsaKey(), jose.HS256, ""); return err },
		"usage.key: 1024 bits":   func() error { _, err := jose.NewSigner(small, jose.RS256, ""); return err },
	} {
		code, _, _ := strings.Cut(name, ":")
		if p := problem.As(make()); p.Kind != problem.Usage || p.Code != code {
			t.Errorf("%s: %v", name, p)
		}
	}
	for name, signer := range map[string]*jose.Signer{
		"empty secret":        jose.NewSecretSigner(secret.Secret{}, jose.HS256),
		"a secret for RS256":  jose.NewSecretSigner(secret.New("x"), jose.RS256),
		"a secret for no alg": jose.NewSecretSigner(secret.New("x"), "none"),
	} {
		if compact, err := signer.Sign("", struct{}{}); err == nil || compact != "" {
			t.Errorf("%s: signed %q", name, compact)
		}
	}
}

// TestPrivateKeys reads each form of the same keys and makes sure that they sign for the right public key.
func TestPrivateKeys(t *testing.T) {
	const password = "correct horse"
	tests := map[string]struct {
		file, password string
		alg            jose.Algorithm
	}{
		"PKCS#1":               {"rsa-pkcs1.pem", "", jose.RS256},
		"PKCS#8 RSA":           {"rsa-pkcs8.pem", "", jose.PS256},
		"PKCS#8 EC":            {"ec-pkcs8.pem", "", jose.ES256},
		"SEC 1 + parameters":   {"ec-sec1.pem", "", jose.ES256},
		"PKCS#8 Ed25519":       {"ed25519.pem", "", jose.EdDSA},
		"encrypted, AES-256":   {"ec-encrypted.pem", password, jose.ES256},
		"encrypted, AES-128":   {"ec-encrypted-aes128.pem", password, jose.ES256},
		"encrypted, HMAC-SHA1": {"ec-encrypted-sha1.pem", password, jose.ES256},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/keys/" + test.file)
			if err != nil {
				t.Fatal(err)
			}
			key, err := jose.ParsePrivateKey(data, secret.New(test.password))
			if err != nil {
				t.Fatal(problem.As(err).Message)
			}
			signer, err := jose.NewSigner(key, test.alg, "k")
			if err != nil {
				t.Fatal(err)
			}
			compact, err := signer.Sign("", struct{}{})
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := verify(t, compact, jose.Algorithms{test.alg}, jose.Fixed(keySet(t, signer.PublicJWK()))); !ok {
				t.Error(got)
			}
		})
	}
}

func TestPrivateKeysThatCannotBeRead(t *testing.T) {
	encrypted, err := os.ReadFile("testdata/keys/ec-encrypted.pem")
	if err != nil {
		t.Fatal(err)
	}
	ec := `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"%"}`
	ed := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"%"}`
	d := func(jwk, d string) string { return strings.Replace(jwk, "%", d, 1) }
	tests := map[string]struct{ data, password, want string }{
		"nothing":           {"", "", "neither a JWK nor PEM with a private key"},
		"no password":       {string(encrypted), "", "the private key is encrypted"},
		"wrong password":    {string(encrypted), "wrong", "the private key cannot be decrypted: wrong password, or damaged"},
		"public JWK":        {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "", "no private part: no d"},
		"a key set":         {`{"keys":[]}`, "", "a key set, and one key is needed"},
		"symmetric":         {`{"kty":"oct","k":"AAAA"}`, "", "a symmetric key: a secret is given with --client-secret-file"},
		"EC, another d":     {d(ec, "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LE"), "", "its private part belongs to another public key"},
		"Ed25519 another d": {d(ed, strings.Repeat("A", 43)), "", "its private part belongs to another public key"},
		"Ed25519 short d":   {d(ed, "AAAA"), "", "d has 3 octets instead of 32"},
		"RSA without p":     {strings.Replace(rfc7515RSA, `"p":`, `"pp":`, 1), "", "the primes of an RSA key are needed: no p"},
		"RSA of 3 primes":   {strings.Replace(rfc7515RSA, `"p":`, `"oth":[],"p":`, 1), "", "an RSA key of more than two primes"},
		"RSA, another d":    {strings.Replace(rfc7515RSA, `"d":"Eq`, `"d":"Ea`, 1), "", "its private part belongs to another public key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := jose.ParsePrivateKey([]byte(test.data), secret.New(test.password))
			p := problem.As(err)
			want := []any{problem.Usage, "usage.key", "not a usable private key: " + test.want}
			if diff := cmp.Diff(want, []any{p.Kind, p.Code, p.Message}); diff != "" {
				t.Error(diff)
			}
			if p.Hint == "" {
				t.Error("no hint")
			}
		})
	}
}

// TestGeneratedKeysComeBack: the private JWK of a new key reads as the same key.
func TestGeneratedKeysComeBack(t *testing.T) {
	for _, alg := range []jose.Algorithm{jose.RS256, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA} {
		key, err := jose.GenerateKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		key.KeyID = "new"
		out, err := key.JWK()
		if err != nil {
			t.Fatal(err)
		}
		again, err := jose.ParsePrivateKey([]byte(out.Reveal()), secret.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		before, _ := json.Marshal(mustSigner(t, key).PublicJWK())
		after, _ := json.Marshal(mustSigner(t, again).PublicJWK())
		if diff := cmp.Diff(string(before), string(after)); diff != "" || again.KeyID != "new" || again.Algorithm != alg {
			t.Error(alg, diff, again.KeyID, again.Algorithm)
		}
	}
	if _, err := jose.GenerateKey(jose.HS256); problem.As(err).Code != "usage.algs" {
		t.Error(err)
	}
}

func mustSigner(t *testing.T, key *jose.PrivateKey) *jose.Signer {
	t.Helper()
	signer, err := jose.NewSigner(key, key.Algorithm, key.KeyID)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
