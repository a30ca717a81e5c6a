package jose_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	hostile "github.com/oauthctl/oauthctl/internal/text"
)

// FuzzInspect: nothing panics; what passes every check encodes to the very same token; what fails one is never verified,
// nor is a header or a payload that nobody signed.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "a.b.c", "a.b.c.d.e", "e30.e30.", b64(`{"alg":"none"}`) + ".e30.",
		b64(`{"alg":"RS256","crit":["b64"],"b64":false}`) + ".e30.AA", b64(`{"alg":"HS256","kid":""}`) + ".e30.AA",
	} {
		f.Add(seed)
	}
	issued := map[string]bool{} // what was signed
	for _, alg := range everything() {
		compact := sign(f, signerFor(f, alg, ""), `{"alg":"`+string(alg)+`"}`, benchClaims)
		issued[compact[:strings.LastIndex(compact, ".")]] = true
		f.Add(compact)
		_, signed, _ := strings.Cut(compact, ".")
		for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS256"}`, `{"alg":"` + string(alg) + `","crit":["exp"],"exp":1}`} {
			f.Add(b64(header) + "." + signed)
		}
	}
	keys := jose.WithSecret(jose.Fixed(keySet(f, jwk(f, jose.RS256, nil), jwk(f, jose.ES256, nil), jwk(f, jose.ES512, nil), jwk(f, jose.EdDSA, nil))),
		secret.New(sharedSecret))
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
		if verified != nil && (checks.Failed() || !issued[compact[:strings.LastIndex(compact, ".")]]) {
			t.Errorf("%q is verified", compact)
		}
		if checks.Failed() {
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
	for _, alg := range []string{"A128KW", "A256GCMKW", "PBES2-HS256+A128KW"} {
		f.Add(withKey(`{"alg":"`+alg+`","enc":"A128GCM","p2c":1,"p2s":"AAAA"}`, make([]byte, 24)))
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

// FuzzPrivateKey: what is read as a private key is one, with or without its password: it is written out as it was read,
// its public half is the same for every reader, and no error shows anything of it.
func FuzzPrivateKey(f *testing.F) {
	f.Add([]byte(rfc7515RSA))
	for _, alg := range []jose.Algorithm{jose.ES256, jose.ES384, jose.ES512, jose.EdDSA} {
		value, err := (&jose.PrivateKey{Signer: keyFor(alg), Algorithm: alg, KeyID: "k"}).JWK()
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(value.Reveal()))
		f.Add([]byte(strings.Replace(value.Reveal(), `"d":"A`, `"d":"B`, 1)))
	}
	files, err := filepath.Glob("testdata/keys/*.pem")
	if err != nil || len(files) == 0 {
		f.Fatal("no keys to start from")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"kty":"oct","k":"AAAA"}`))
	f.Add([]byte("{\"kty\":\"EC\",\"crv\":\"\u202e\x1b\",\"d\":\"AQ\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		printable := func(err error) {
			p := problem.As(err)
			for _, shown := range []string{p.Message, p.Want, p.Got, p.Hint} {
				if p.Kind != problem.Usage || hostile.Line(shown) != shown {
					t.Errorf("%v prints %q", p.Kind, shown)
				}
			}
		}
		if _, err := jose.ParseDecryptionKey(data, secret.Secret{}); err != nil {
			printable(err)
		}
		set, setErr := jose.ParseKeyFile(data, secret.Secret{})
		if setErr != nil {
			printable(setErr)
		}
		key, err := jose.ParsePrivateKey(data, secret.Secret{})
		if err != nil {
			printable(err)
			return
		}
		if setErr != nil || len(set.Keys) == 0 {
			t.Fatalf("a private key, and no public one: %v", setErr)
		}
		public, err := key.PublicJWK()
		if err != nil {
			t.Fatal(err)
		}
		if public.Thumbprint() != set.Keys[0].Thumbprint() {
			t.Errorf("%s and %s", public.Thumbprint(), set.Keys[0].Thumbprint())
		}
		value, err := key.JWK()
		if err != nil {
			t.Fatal(err)
		}
		again, err := jose.ParsePrivateKey([]byte(value.Reveal()), secret.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := again.JWK(); err != nil || twice.Reveal() != value.Reveal() {
			t.Errorf("written out again, it differs: %v", err)
		}
		shown, err := json.Marshal(key)
		if object, bad := strictjson.Parse(shown); err != nil || bad != nil || object.Has("d") || object.Has("p") {
			t.Errorf("%s: %v %v", shown, err, bad)
		}
	})
}
