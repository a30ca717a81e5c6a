package jose_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// FuzzInspect: nothing panics; what passes every check encodes to the very same token; what fails one is never verified.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "a.b.c", "a.b.c.d.e", "e30.e30.", b64(`{"alg":"none"}`) + ".e30.",
		b64(`{"alg":"RS256","crit":["b64"],"b64":false}`) + ".e30.AA", b64(`{"alg":"HS256","kid":""}`) + ".e30.AA",
	} {
		f.Add(seed)
	}
	for _, alg := range everything() {
		f.Add(sign(f, signerFor(f, alg, ""), `{"alg":"`+string(alg)+`","kid":"k1"}`, benchClaims))
	}
	keys := jose.Fixed(keySet(f, jwk(f, jose.RS256, nil), jwk(f, jose.ES256, nil), jwk(f, jose.EdDSA, nil)))
	f.Fuzz(func(t *testing.T, compact string) {
		token, checks, err := jose.Inspect(compact)
		if (err == nil) != (token != nil) {
			t.Fatal("either a token or an error")
		}
		if err != nil {
			return
		}
		verified, _, err := jose.Verify(t.Context(), token, everything(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if checks.Failed() {
			if verified != nil {
				t.Error("verified in spite of a failed check")
			}
			return
		}
		encode := base64.RawURLEncoding.EncodeToString
		prefix := encode(token.HeaderRaw) + "." + encode(token.Payload) + "."
		if len(compact) < len(prefix) || compact[:len(prefix)] != prefix {
			t.Errorf("%q encodes to %q", compact, prefix)
		}
		var claims map[string]any
		if err := json.Unmarshal(token.Payload, &claims); err != nil || len(claims) != len(token.Claims.Members()) {
			t.Errorf("encoding/json reads %d claims of %d: %v", len(claims), len(token.Claims.Members()), err)
		}
	})
}

// FuzzDecrypt: nothing panics, nothing costs much, a plaintext comes out only where no check failed, and any change of
// the token keeps it closed.
func FuzzDecrypt(f *testing.F) {
	keys := []*jose.DecryptionKey{decryptionKey(f, shared(nil)), decryptionKey(f, rsaMembers(f))}
	for _, r := range readers(f) {
		keys = append(keys, r.own)
		if len(keys) > 8 {
			break
		}
		compact, err := jose.Encrypt([]byte("inside"), r.public, r.alg, "A128CBC-HS256", nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(compact)
	}
	for _, header := range []string{
		`{"alg":"dir","enc":"A128GCM"}`, `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`, `{"alg":"dir","enc":"A128GCM","crit":[]}`,
		`{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"","y":""}}`,
		`{"alg":"A128GCMKW","enc":"A128GCM","iv":"AAAAAAAAAAAAAAAA","tag":"AAAAAAAAAAAAAAAAAAAAAA"}`,
		`{"alg":"RSA1_5","enc":"A128CBC-HS256"}`, `{"alg":"PBES2-HS512+A256KW","enc":"A128GCM","p2c":2147483647}`,
	} {
		f.Add(sealGCM(f, header, contentKey, "inside"))
		f.Add(withKey(header, make([]byte, 256)))
	}
	f.Add("....")
	f.Fuzz(func(t *testing.T, compact string) {
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: keys, Allow: everyEncryption(t)})
		if (err == nil) != jose.IsEncrypted(compact) && len(compact) <= jose.MaxToken {
			t.Fatalf("%v", err)
		}
		if err != nil {
			return
		}
		if (out.Plaintext != nil) == checks.Failed() {
			t.Fatalf("%q and %v", out.Plaintext, checks)
		}
		if out.Plaintext == nil {
			return
		}
		for i := 0; i < len(compact); i += 1 + len(compact)/8 {
			if compact[i] == '.' || compact[i] == 'A' {
				continue
			}
			other, checks, err := jose.Decrypt(compact[:i]+"A"+compact[i+1:], jose.Decryption{Keys: keys, Allow: everyEncryption(t)})
			if err != nil || other.Plaintext != nil {
				t.Fatalf("byte %d may be changed: %v %v", i, checks, err)
			}
		}
	})
}

// FuzzKeySet: nothing panics; every accepted key encodes to a JWK that reads as the same key, and holds no secret.
func FuzzKeySet(f *testing.F) {
	for _, alg := range []jose.Algorithm{jose.RS256, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA} {
		f.Add(jwks(f, jwk(f, alg, nil)))
	}
	f.Add([]byte(rfc7515RSA))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"AKP"},1]}`))
	vectors, err := filepath.Glob("testdata/rfc/*.json")
	if err != nil || len(vectors) == 0 {
		f.Fatal("no vectors to start from")
	}
	for _, name := range vectors {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = jose.ParseLocalKeys(data)
		set, err := jose.ParseKeySet(data)
		if err != nil {
			return
		}
		if len(set.Keys) > jose.MaxKeys {
			t.Fatalf("%d keys", len(set.Keys))
		}
		_ = set.Checks()
		for _, key := range set.Keys {
			if key.Public() == nil || key.Thumbprint() == "" {
				t.Fatal("a published key without a public part")
			}
			encoded, err := json.Marshal(key)
			if err != nil {
				t.Fatal(err)
			}
			again := keySet(t, json.RawMessage(encoded))
			if len(again.Keys) != 1 {
				t.Fatalf("%s is rejected: %+v", encoded, again.Rejected)
			}
			twice, _ := json.Marshal(again.Keys[0])
			if diff := cmp.Diff(string(encoded), string(twice)); diff != "" || again.Keys[0].Thumbprint() != key.Thumbprint() {
				t.Error(diff)
			}
			object, err := strictjson.Parse(encoded)
			if err != nil || object.Has("d") || object.Has("k") {
				t.Errorf("%s: %v", encoded, err)
			}
		}
	})
}
