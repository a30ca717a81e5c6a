package jose_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// TestDecryptionKeySelection: by kid, kty, use, key_ops and alg; then each that fits.
func TestDecryptionKeySelection(t *testing.T) {
	compact := sealGCM(t, `{"alg":"dir","enc":"A128GCM","kid":"mine"}`, contentKey, "inside")
	other := map[string]any{"kty": "oct", "k": encoded(bytes.Repeat([]byte{9}, 16)), "kid": "mine"}
	for name, c := range map[string]struct {
		keys []map[string]any
		want string // empty where the token is opened
		got  string
	}{
		"by its kid":         {keys: []map[string]any{shared(map[string]any{"kid": "mine"})}},
		"without a kid":      {keys: []map[string]any{shared(nil)}},
		"by another kid":     {keys: []map[string]any{shared(map[string]any{"kid": "x"})}},
		"the same kid twice": {keys: []map[string]any{other, shared(map[string]any{"kid": "mine"})}},
		"the wrong one first": {keys: []map[string]any{
			{"kty": "oct", "k": encoded(bytes.Repeat([]byte{9}, 16)), "kid": "a"}, shared(map[string]any{"kid": "b"}),
		}},
		"bound to enc":       {keys: []map[string]any{shared(map[string]any{"alg": "A128GCM"})}},
		"key_ops":            {keys: []map[string]any{shared(map[string]any{"key_ops": []string{"decrypt"}})}},
		"none":               {want: "jose.jwe.key", got: "no decryption key"},
		"bound to another":   {keys: []map[string]any{shared(map[string]any{"alg": "A128KW"})}, want: "jose.jwe.key", got: `no key that may be used: ["": it is bound to alg A128KW]`},
		"other key_ops":      {keys: []map[string]any{shared(map[string]any{"key_ops": []string{"encrypt"}})}, want: "jose.jwe.key", got: `no key that may be used: ["": its key_ops do not include decrypt]`},
		"too long":           {keys: []map[string]any{{"kty": "oct", "k": zeros(32)}}, want: "jose.jwe.key", got: `no key that may be used: ["": it has 256 bits instead of 128]`},
		"of another type":    {keys: []map[string]any{rsaMembers(t)}, want: "jose.jwe.key", got: `no key that may be used: ["": its kty is RSA]`},
		"a wrong one":        {keys: []map[string]any{other}, want: "jose.jwe.decrypt", got: "the key that fits does not open it"},
		"of another's names": {keys: []map[string]any{{"kty": "oct", "k": zeros(16), "kid": "x"}}, want: "jose.jwe.decrypt", got: `the key that fits does not open it, and its kid "mine" is not among ["x"]`},
	} {
		t.Run(name, func(t *testing.T) {
			var d jose.Decryption
			for _, members := range c.keys {
				d.Keys = append(d.Keys, decryptionKey(t, members))
			}
			out, checks, err := jose.Decrypt(compact, d)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{"", ""}
			if failed := checks.With(verdict.Fail); len(failed) > 0 {
				got = []string{failed[0].Rule, failed[0].Got}
			}
			if diff := cmp.Diff([]string{c.want, c.got}, got); diff != "" || (out.Plaintext != nil) != (c.want == "") {
				t.Error(diff, string(out.Plaintext))
			}
		})
	}
}

// TestAnotherCurve: a key of an agreement must be on the sender's curve, and the reason says so.
func TestAnotherCurve(t *testing.T) {
	compact := sealGCM(t, `{"alg":"ECDH-ES","enc":"A128GCM","epk":`+publicEPK(t)+`}`, contentKey, "inside")
	value, err := (&jose.PrivateKey{Signer: keyFor(jose.ES384), KeyID: "k"}).JWK()
	if err != nil {
		t.Fatal(err)
	}
	k, err := jose.ParseDecryptionKey([]byte(value.Reveal()), secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	_, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{k}})
	if err != nil {
		t.Fatal(err)
	}
	if got := checks[len(checks)-1].Got; got != `no key that may be used: ["k": its crv is P-384]` {
		t.Error(got)
	}
}

// TestManyDecryptionKeys: a token costs no more than a bounded number of attempts.
func TestManyDecryptionKeys(t *testing.T) {
	compact := sealGCM(t, `{"alg":"dir","enc":"A128GCM"}`, contentKey, "inside")
	var d jose.Decryption
	for range 16 {
		d.Keys = append(d.Keys, decryptionKey(t, map[string]any{"kty": "oct", "k": zeros(16)}))
	}
	d.Keys = append(d.Keys, decryptionKey(t, shared(nil)))
	if out, _, _ := jose.Decrypt(compact, d); out.Plaintext != nil {
		t.Error("the 17th key was tried")
	}
	d.Keys = d.Keys[1:]
	if out, checks, _ := jose.Decrypt(compact, d); out.Plaintext == nil {
		t.Error(checks)
	}
}

func TestUnusableDecryptionKeys(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := (&jose.PrivateKey{Signer: short}).JWK()
	if err != nil {
		t.Fatal(err)
	}
	public := rsaMembers(t)
	delete(public, "d")
	for name, c := range map[string]struct{ data, want string }{
		"a short one":    {weak.Reveal(), "an RSA key of 1024 bits is too short: at least 2048 are needed"},
		"a public one":   {text(t, public), "no private part: no d"},
		"for signatures": {text(t, shared(map[string]any{"use": "sig"})), "its use is sig, not enc"},
		"of an alg":      {text(t, shared(map[string]any{"alg": "HS256"})), "its alg is HS256: it is a key for signatures"},
		"empty":          {`{"kty":"oct","k":""}`, "no k"},
		"a set":          {`{"keys":[]}`, "a key set, and one key is needed: give each key in a file of its own"},
		"Ed25519":        {text(t, privateOKP(t)), "an Ed25519 key signs, and cannot decrypt"},
		"X25519, zero":   {`{"kty":"OKP","crv":"X25519","x":"` + zeros(32) + `","d":"` + zeros(32) + `"}`, "its point has a small order: everybody knows what is agreed with it"},
		"X25519, other":  {`{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08","d":"` + zeros(32) + `"}`, "its private part belongs to another public key"},
		"Ed448":          {`{"kty":"OKP","crv":"Ed448","x":"` + zeros(57) + `","d":"` + zeros(57) + `"}`, "not supported: curve Ed448"},
		"no JSON":        {"x", "invalid character 'x' at start of value at byte 0"},
		"nothing":        {"", "the JSON ends too early"},
	} {
		_, err := jose.ParseDecryptionKey([]byte(c.data), secret.Secret{})
		var p *problem.Error
		if !errors.As(err, &p) || p.Kind != problem.Usage || p.Message != "not a usable decryption key: "+c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func text(t testing.TB, members map[string]any) string {
	t.Helper()
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func privateOKP(t testing.TB) map[string]any {
	t.Helper()
	value, err := (&jose.PrivateKey{Signer: edKey()}).JWK()
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]any{}
	if err := json.Unmarshal([]byte(value.Reveal()), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// TestDecryptionKeyIsNotPrinted holds for every verb.
func TestDecryptionKeyIsNotPrinted(t *testing.T) {
	k := decryptionKey(t, shared(nil))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, *k); got != "[decryption key]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
