package jose_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// rfc8037 is the key of RFC 8037 appendix A.1 to A.3, with its thumbprint.
const (
	rfc8037Key        = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	rfc8037Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
)

func privateKey(t *testing.T, data string) *jose.PrivateKey {
	t.Helper()
	key, err := jose.ParsePrivateKey([]byte(data), secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestPublicJWK(t *testing.T) {
	const public = `"crv":"Ed25519","kid":"KID","kty":"OKP","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for name, test := range map[string]struct{ key, kid, want string }{
		"the thumbprint": {rfc8037Key + `}`, "", `{` + strings.Replace(public, "KID", rfc8037Thumbprint, 1)},
		"its own":        {rfc8037Key + `,"kid":"mine","alg":"EdDSA"}`, "", `{"alg":"EdDSA",` + strings.Replace(public, "KID", "mine", 1)},
		"another":        {rfc8037Key + `,"kid":"mine"}`, "yours", `{` + strings.Replace(public, "KID", "yours", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			named, err := privateKey(t, test.key).WithKeyID(test.kid)
			if err != nil {
				t.Fatal(err)
			}
			key, err := named.PublicJWK()
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want, rfc8037Thumbprint}, []string{string(got), key.Thumbprint()}); diff != "" {
				t.Error(diff)
			}
			private, err := named.JWK()
			if err != nil {
				t.Fatal(err)
			}
			if again := privateKey(t, private.Reveal()); again.KeyID != key.KeyID {
				t.Errorf("the private JWK has kid %q, the public one %q", again.KeyID, key.KeyID)
			}
		})
	}
}

// A private key in a document by accident is its public half, as value, pointer and member.
func TestPrivateKeyMarshalsPublicly(t *testing.T) {
	key := privateKey(t, rfc8037Key+`}`)
	rsa := privateKey(t, rfc7515RSA)
	for _, v := range []any{key, *key, map[string]any{"k": key}, struct{ K jose.PrivateKey }{*key}, rsa, *rsa} {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, private := range []string{"nWGxne", `"d"`, `"D"`, `"p"`, "Primes"} {
			if strings.Contains(string(out), private) {
				t.Errorf("%T: %s", v, out)
			}
		}
		if !strings.Contains(string(out), `"kty":`) {
			t.Errorf("%T: no public half: %s", v, out)
		}
	}
}

func TestSignerFor(t *testing.T) {
	ec := func(alg jose.Algorithm) *jose.PrivateKey { return &jose.PrivateKey{Signer: keyFor(alg)} }
	bound := privateKey(t, rfc8037Key+`,"kid":"mine","alg":"Ed25519"}`)
	for name, test := range map[string]struct {
		key  *jose.PrivateKey
		alg  jose.Algorithm
		kid  string
		want []string // alg, kid; nil = refused
	}{
		"RSA":             {ec(jose.RS256), "", "", []string{"RS256", ""}},
		"RSA, PSS":        {ec(jose.RS256), jose.PS384, "k", []string{"PS384", "k"}},
		"P-256":           {ec(jose.ES256), "", "", []string{"ES256", ""}},
		"P-384":           {ec(jose.ES384), "", "", []string{"ES384", ""}},
		"P-521":           {ec(jose.ES512), "", "", []string{"ES512", ""}},
		"Ed25519":         {ec(jose.EdDSA), "", "", []string{"EdDSA", ""}},
		"its own":         {bound, "", "", []string{"Ed25519", "mine"}},
		"by another name": {bound, jose.EdDSA, "yours", []string{"EdDSA", "yours"}},
		"given":           {&jose.PrivateKey{Signer: keyFor(jose.RS256), Algorithm: jose.RS256}, jose.PS256, "", []string{"PS256", ""}},
		"wrong curve":     {ec(jose.ES256), jose.ES384, "", nil},
		"wrong type":      {ec(jose.ES256), jose.RS256, "", nil},
		"a secret's":      {ec(jose.ES256), jose.HS256, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := test.key.SignerFor(test.alg, test.kid)
			if test.want == nil {
				if p := problem.As(err); signer != nil || p.Kind != problem.Usage || p.Code != "usage.key" {
					t.Errorf("%v", p)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, []string{string(signer.Algorithm()), signer.PublicJWK().KeyID}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
