package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwxkey "github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// oracles verify with other people's code; nil where the library does not know the algorithm's name.
var oracles = map[string]func(alg jose.Algorithm, compact string, key any) error{
	"go-jose": func(alg jose.Algorithm, compact string, key any) error {
		parsed, err := gojose.ParseSignedCompact(compact, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(alg)})
		if err != nil {
			return err
		}
		_, err = parsed.Verify(key)
		return err
	},
	"jwx": func(alg jose.Algorithm, compact string, key any) error {
		known, ok := jwa.LookupSignatureAlgorithm(string(alg))
		if !ok {
			known = jwa.EdDSA()
		}
		_, err := jws.Verify([]byte(compact), jws.WithKey(known, key))
		return err
	},
}

func publicOf(alg jose.Algorithm) any {
	if alg.Symmetric() {
		return []byte(sharedSecret)
	}
	return keyFor(alg).Public()
}

func privateOf(alg jose.Algorithm) any {
	if alg.Symmetric() {
		return []byte(sharedSecret)
	}
	return keyFor(alg)
}

func sourceOf(t *testing.T, alg jose.Algorithm) jose.KeySource {
	t.Helper()
	if alg.Symmetric() {
		return jose.WithSecret(nil, secret.New(sharedSecret))
	}
	return jose.Fixed(keySet(t, signerFor(t, alg, "").PublicJWK()))
}

// TestOthersAcceptOurs: what we sign, the oracles verify, and what is changed they and we refuse.
func TestOthersAcceptOurs(t *testing.T) {
	for _, alg := range everything() {
		compact, err := signerFor(t, alg, "").Sign("JWT", map[string]string{"sub": "alice"})
		if err != nil {
			t.Fatal(err)
		}
		for name, oracle := range oracles {
			if alg == jose.Ed25519 && name == "go-jose" {
				continue // it has no such name
			}
			if err := oracle(alg, compact, publicOf(alg)); err != nil {
				t.Errorf("%s refuses our %s: %v", name, alg, err)
			}
		}
		if got, ok := verify(t, compact, jose.Algorithms{alg}, sourceOf(t, alg)); !ok {
			t.Errorf("%s: %v", alg, got)
		}
		parts := strings.Split(compact, ".")
		changed := parts[0] + "." + b64(`{"sub":"mallory"}`) + "." + parts[2]
		for name, oracle := range oracles {
			if oracle(alg, changed, publicOf(alg)) == nil {
				t.Errorf("%s accepts a changed %s", name, alg)
			}
		}
		if _, ok := verify(t, changed, jose.Algorithms{alg}, sourceOf(t, alg)); ok {
			t.Errorf("a changed %s", alg)
		}
	}
}

// TestWeAcceptOthers: what the oracles sign, we verify.
func TestWeAcceptOthers(t *testing.T) {
	for _, alg := range everything() {
		if alg != jose.Ed25519 {
			signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: gojose.SignatureAlgorithm(alg), Key: privateOf(alg)}, nil)
			if err != nil {
				t.Fatal(alg, err)
			}
			signed, err := signer.Sign([]byte(goodClaims))
			if err != nil {
				t.Fatal(alg, err)
			}
			compact, _ := signed.CompactSerialize()
			if got, ok := verify(t, compact, jose.Algorithms{alg}, sourceOf(t, alg)); !ok {
				t.Errorf("go-jose's %s: %v", alg, got)
			}
		}
		known, ok := jwa.LookupSignatureAlgorithm(string(alg))
		if !ok {
			t.Logf("jwx has no %s", alg)
			continue
		}
		compact, err := jws.Sign([]byte(goodClaims), jws.WithKey(known, privateOf(alg)))
		if err != nil {
			t.Fatal(alg, err)
		}
		if got, ok := verify(t, string(compact), jose.Algorithms{alg}, sourceOf(t, alg)); !ok {
			t.Errorf("jwx's %s: %v", alg, got)
		}
	}
}

// TestOthersReadOurKeys: the public JWK of each kind, and its thumbprint, are what others make of the same key.
func TestOthersReadOurKeys(t *testing.T) {
	for _, alg := range []jose.Algorithm{jose.RS256, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA} {
		data, err := json.Marshal(signerFor(t, alg, "k").PublicJWK())
		if err != nil {
			t.Fatal(err)
		}
		var theirs gojose.JSONWebKey
		if err := theirs.UnmarshalJSON(data); err != nil {
			t.Fatal(alg, err)
		}
		thumb, _ := theirs.Thumbprint(crypto.SHA256)
		if ours := keySet(t, json.RawMessage(data)).Keys[0].Thumbprint(); ours != encoded(thumb) {
			t.Errorf("%s: thumbprint %s, go-jose has %s", alg, ours, encoded(thumb))
		}
		parsed, err := jwxkey.ParseKey(data)
		if err != nil {
			t.Fatal(alg, err)
		}
		var raw any
		if err := jwxkey.Export(parsed, &raw); err != nil {
			t.Fatal(alg, err)
		}
		if key, ok := raw.(*ecdsa.PublicKey); ok && !key.Equal(keyFor(alg).Public()) {
			t.Errorf("%s: jwx reads another key", alg)
		}
	}
}
