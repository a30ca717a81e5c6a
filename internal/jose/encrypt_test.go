package jose_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

var contentAlgorithms = []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"}

// reader is somebody that others encrypt for: our key, and the same for other libraries.
type reader struct {
	alg     string
	public  *jose.Key
	own     *jose.DecryptionKey
	private any
	shared  any
}

// readers are one for each alg with a key pair, on each curve.
func readers(t testing.TB) []reader {
	t.Helper()
	var out []reader
	for alg, signing := range map[string][]jose.Algorithm{
		"RSA-OAEP": {jose.RS256}, "RSA-OAEP-256": {jose.RS256},
		"ECDH-ES":        {jose.ES256, jose.ES384, jose.ES512},
		"ECDH-ES+A128KW": {jose.ES256, jose.ES384, jose.ES512},
		"ECDH-ES+A192KW": {jose.ES256}, "ECDH-ES+A256KW": {jose.ES384, jose.ES512},
	} {
		for _, s := range signing {
			value, err := (&jose.PrivateKey{Signer: keyFor(s), Algorithm: jose.Algorithm(alg), KeyID: "reader"}).JWK()
			if err != nil {
				t.Fatal(err)
			}
			own, err := jose.ParseDecryptionKey([]byte(value.Reveal()), secret.Secret{})
			if err != nil {
				t.Fatal(err)
			}
			public := keySet(t, jwk(t, s, map[string]any{"use": "enc", "alg": alg, "kid": "reader"})).Keys[0]
			out = append(out, reader{alg: alg, public: public, own: own, private: keyFor(s), shared: keyFor(s).Public()})
		}
	}
	return append(out, edwardsReaders(t)...)
}

// edwardsReaders are those of X25519, whose key signs nothing (RFC 8037 §3.2).
func edwardsReaders(t testing.TB) []reader {
	t.Helper()
	key, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var out []reader
	for _, alg := range []string{"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"} {
		own := map[string]any{"kty": "OKP", "crv": "X25519", "x": encoded(key.PublicKey().Bytes()), "d": encoded(key.Bytes()), "use": "enc", "alg": alg, "kid": "reader"}
		public := maps.Clone(own)
		delete(public, "d")
		out = append(out, reader{alg: alg, public: keySet(t, public).Keys[0], own: decryptionKey(t, own), private: key, shared: key.PublicKey()})
	}
	return out
}

// theirs open with other people's code.
func theirs(t testing.TB, alg, enc, compact string, key any) map[string]string {
	t.Helper()
	out := map[string]string{}
	if _, edwards := key.(*ecdh.PrivateKey); edwards {
		out["go-jose"] = "inside" // it has no X25519
	} else {
		out["go-jose"] = openedByGoJose(t, alg, enc, compact, key)
	}
	known, ok := jwa.LookupKeyEncryptionAlgorithm(alg)
	if !ok {
		t.Fatal("jwx has no " + alg)
	}
	plaintext, err := jwe.Decrypt([]byte(compact), jwe.WithKey(known, key))
	if err != nil {
		t.Fatal(alg, enc, err)
	}
	out["jwx"] = string(plaintext)
	return out
}

// openedByGoJose is what go-jose finds inside.
func openedByGoJose(t testing.TB, alg, enc, compact string, key any) string {
	t.Helper()
	parsed, err := gojose.ParseEncryptedCompact(compact, []gojose.KeyAlgorithm{gojose.KeyAlgorithm(alg)}, []gojose.ContentEncryption{gojose.ContentEncryption(enc)})
	if err != nil {
		t.Fatal(alg, enc, err)
	}
	plaintext, err := parsed.Decrypt(key)
	if err != nil {
		t.Fatal(alg, enc, err)
	}
	return string(plaintext)
}

// TestOthersOpenOurs: what we encrypt, go-jose and jwx open, and so do we.
func TestOthersOpenOurs(t *testing.T) {
	want := map[string]string{"go-jose": "inside", "jwx": "inside"}
	for _, r := range readers(t) {
		for _, enc := range contentAlgorithms {
			compact, err := jose.Encrypt([]byte("inside"), r.public, r.alg, enc, map[string]any{"cty": "JWT"})
			if err != nil {
				t.Fatal(r.alg, enc, err)
			}
			if diff := cmp.Diff(want, theirs(t, r.alg, enc, compact, r.private)); diff != "" {
				t.Error(r.alg, enc, diff)
			}
			out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{r.own}})
			if err != nil || string(out.Plaintext) != "inside" || out.Algorithm != r.alg || out.Encryption != enc || out.KeyID != "reader" {
				t.Errorf("%s %s: %v %v", r.alg, enc, checks, err)
			}
			if cty, _ := out.Header.String("cty"); cty != "JWT" {
				t.Errorf("cty %q", cty)
			}
		}
	}
}

// TestWeOpenOthers: what go-jose and jwx encrypt, we open.
func TestWeOpenOthers(t *testing.T) {
	open := func(r reader, enc, compact string) {
		t.Helper()
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{r.own}})
		if err != nil || string(out.Plaintext) != "inside" {
			t.Errorf("%s %s: %v %v", r.alg, enc, checks, err)
		}
	}
	for _, r := range append(readers(t), sharedReaders(t)...) {
		for _, enc := range contentAlgorithms {
			if r.alg == "dir" && enc != "A128GCM" {
				continue // the key is as long as that
			}
			if _, edwards := r.shared.(*ecdh.PublicKey); !edwards {
				open(r, enc, encryptedByGoJose(t, r, enc))
			}
			known, _ := jwa.LookupKeyEncryptionAlgorithm(r.alg)
			content, _ := jwa.LookupContentEncryptionAlgorithm(enc)
			data, err := jwe.Encrypt([]byte("inside"), jwe.WithKey(known, r.shared), jwe.WithContentEncryption(content))
			if err != nil {
				t.Fatal(r.alg, enc, err)
			}
			open(r, enc, string(data))
		}
	}
}

func encryptedByGoJose(t testing.TB, r reader, enc string) string {
	t.Helper()
	encrypter, err := gojose.NewEncrypter(gojose.ContentEncryption(enc), gojose.Recipient{Algorithm: gojose.KeyAlgorithm(r.alg), Key: r.shared}, &gojose.EncrypterOptions{})
	if err != nil {
		t.Fatal(r.alg, err)
	}
	made, err := encrypter.Encrypt([]byte("inside"))
	if err != nil {
		t.Fatal(r.alg, err)
	}
	compact, err := made.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// sharedReaders are one for each alg with a shared key.
func sharedReaders(t testing.TB) []reader {
	t.Helper()
	var out []reader
	for alg, size := range map[string]int{
		"A128KW": 16, "A192KW": 24, "A256KW": 32, "A128GCMKW": 16, "A192GCMKW": 24, "A256GCMKW": 32, "dir": 16,
	} {
		key := []byte(sharedSecret)[:size]
		out = append(out, reader{alg: alg, shared: key, private: key, own: decryptionKey(t, map[string]any{"kty": "oct", "k": encoded(key)})})
	}
	return out
}

// TestClientSecretOpens: the key is the left of the secret's hash, as others compute it too.
func TestClientSecretOpens(t *testing.T) {
	s := secret.New("a client secret")
	derived := map[string]string{ // by printf 'a client secret' | openssl dgst -sha256, -sha384 and -sha512
		"A128KW": "0WaTEOXsBcO4b14DnB1v2w", "A192KW": "0WaTEOXsBcO4b14DnB1v22PeRGk-k5Rk", "A256KW": "0WaTEOXsBcO4b14DnB1v22PeRGk-k5RkMyrU9MBbdhk",
		"A128GCM": "0WaTEOXsBcO4b14DnB1v2w", "A192GCM": "0WaTEOXsBcO4b14DnB1v22PeRGk-k5Rk", "A256GCM": "0WaTEOXsBcO4b14DnB1v22PeRGk-k5RkMyrU9MBbdhk",
		"A128CBC-HS256": "0WaTEOXsBcO4b14DnB1v22PeRGk-k5RkMyrU9MBbdhk", "A192CBC-HS384": "VQzuIG47EdT_AQFyxEde1TeUQN1aukt1p0jZ2X0SQZJcVH1yN-HuRU2xT_bDCDjD", "A256CBC-HS512": "01AGk-QeqFnY17wF7xz90jTqYJ5LHh6Jhw8GOXtI_RGiFyspD5-OhR520oup4gWQPlv9BPsNlUr6wbSCjheKIA",
	}
	for _, alg := range []string{"A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"} {
		for _, enc := range contentAlgorithms {
			name := strings.TrimSuffix(alg, "GCMKW")
			if name != alg {
				name += "KW"
			}
			if alg == "dir" {
				name = enc
			}
			key, err := jose.ParseLocalKeys([]byte(`{"kty":"oct","k":"` + derived[name] + `"}`))
			if err != nil {
				t.Fatal(alg, enc, err)
			}
			compact, err := jose.Encrypt([]byte("inside"), key.Keys[0], alg, enc, nil)
			if err != nil {
				t.Fatal(alg, enc, err)
			}
			out, checks, err := jose.Decrypt(compact, jose.Decryption{Secret: s})
			if err != nil || string(out.Plaintext) != "inside" {
				t.Errorf("%s %s: %v %v", alg, enc, checks, err)
			}
			if out, _, _ = jose.Decrypt(compact, jose.Decryption{Secret: secret.New("another")}); out.Plaintext != nil {
				t.Errorf("%s %s opens with another secret", alg, enc)
			}
		}
	}
}

func TestNothingToEncryptWith(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	value, err := (&jose.PrivateKey{Signer: weak}).JWK()
	if err != nil {
		t.Fatal(err)
	}
	local, err := jose.ParseLocalKeys([]byte(value.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	public := func(alg jose.Algorithm, over map[string]any) *jose.Key { return keySet(t, jwk(t, alg, over)).Keys[0] }
	free := map[string]any{"use": nil, "alg": nil}
	for name, c := range map[string]struct {
		key      *jose.Key
		alg, enc string
		want     string
	}{
		"RSA1_5":         {public(jose.RS256, free), "RSA1_5", "A128GCM", `nothing is encrypted by "RSA1_5" with "A128GCM" here`},
		"no enc":         {public(jose.RS256, free), "RSA-OAEP", "", `nothing is encrypted by "RSA-OAEP" with "" here`},
		"another type":   {public(jose.ES256, free), "RSA-OAEP", "A128GCM", "the key cannot encrypt by RSA-OAEP: its kty is EC"},
		"for signatures": {public(jose.RS256, map[string]any{"alg": nil}), "RSA-OAEP", "A128GCM", "the key cannot encrypt by RSA-OAEP: its use is sig"},
		"of another alg": {public(jose.RS256, map[string]any{"use": nil, "alg": "RSA-OAEP-256"}), "RSA-OAEP", "A128GCM", "the key cannot encrypt by RSA-OAEP: it is bound to alg RSA-OAEP-256"},
		"other key_ops":  {public(jose.RS256, map[string]any{"use": nil, "alg": nil, "key_ops": []string{"verify"}}), "RSA-OAEP", "A128GCM", "the key cannot encrypt by RSA-OAEP: its key_ops are for something else"},
		"too short":      {local.Keys[0], "RSA-OAEP", "A128GCM", "the key cannot encrypt by RSA-OAEP: it has 1024 bits, and at least 2048 are needed"},
	} {
		_, err := jose.Encrypt([]byte("x"), c.key, c.alg, c.enc, nil)
		if err == nil || problem.As(err).Kind != problem.Usage || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	set, err := jose.ParseLocalKeys([]byte(`{"kty":"oct","k":"` + contentKey + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jose.Encrypt([]byte("x"), set.Keys[0], "dir", "A256GCM", nil); err == nil || err.Error() != "A256GCM needs a key of 256 bits, and this one has 128" {
		t.Error(err)
	}
}

// TestForEncryption: a key for encryption goes before one that says nothing, and one for signatures is never taken.
func TestForEncryption(t *testing.T) {
	signing := jwk(t, jose.RS256, map[string]any{"kid": "sig"})
	plain := jwk(t, jose.ES256, map[string]any{"kid": "plain", "use": nil, "alg": nil})
	rsaEnc := jwk(t, jose.RS256, map[string]any{"kid": "rsa", "use": "enc", "alg": nil})
	ecEnc := jwk(t, jose.ES384, map[string]any{"kid": "ec", "use": "enc", "alg": "ECDH-ES"})
	for name, c := range map[string]struct {
		keys []any
		algs []string
		want [2]string // kid and alg
	}{
		"the strongest":     {[]any{signing, plain, ecEnc, rsaEnc}, nil, [2]string{"rsa", "RSA-OAEP-256"}},
		"what is listed":    {[]any{signing, plain, ecEnc, rsaEnc}, []string{"ECDH-ES", "ECDH-ES+A128KW"}, [2]string{"ec", "ECDH-ES"}},
		"what says nothing": {[]any{signing, plain}, nil, [2]string{"plain", "ECDH-ES+A256KW"}},
		"signatures alone":  {[]any{signing}, nil, [2]string{}},
		"RSA1_5 alone":      {[]any{rsaEnc}, []string{"RSA1_5"}, [2]string{}},
		"none":              {nil, nil, [2]string{}},
	} {
		key, alg, err := keySet(t, c.keys...).ForEncryption(c.algs)
		got := [2]string{"", alg}
		if key != nil {
			got[0] = key.KeyID
		}
		if got != c.want || (err != nil) != (c.want == [2]string{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err != nil && (problem.As(err).Kind != problem.Verification || problem.As(err).Code != "jose.jwe.key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGeneratedKeysDecrypt: a key that is made for an alg opens what is encrypted for its public half.
func TestGeneratedKeysDecrypt(t *testing.T) {
	for _, alg := range jose.EncryptionAlgorithms() {
		key, err := jose.GenerateKey(alg)
		if err != nil {
			t.Fatal(alg, err)
		}
		public, err := key.PublicJWK()
		if err != nil {
			t.Fatal(alg, err)
		}
		data, err := json.Marshal(public)
		if err != nil {
			t.Fatal(err)
		}
		object, err := strictjson.Parse(data)
		if use, _ := object.String("use"); use != "enc" || err != nil {
			t.Errorf("%s: %s", alg, data)
		}
		value, err := key.JWK()
		if err != nil {
			t.Fatal(err)
		}
		own, err := jose.ParseDecryptionKey([]byte(value.Reveal()), secret.Secret{})
		if err != nil {
			t.Fatal(alg, err)
		}
		compact, err := jose.Encrypt([]byte("inside"), keySet(t, json.RawMessage(data)).Keys[0], string(alg), "A256GCM", nil)
		if err != nil {
			t.Fatal(alg, err)
		}
		if out, checks, _ := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{own}}); string(out.Plaintext) != "inside" {
			t.Errorf("%s: %v", alg, checks)
		}
		if _, err := key.SignerFor("", ""); err == nil {
			t.Errorf("%s signs", alg)
		}
	}
}

func TestParseEncryptionAlgorithms(t *testing.T) {
	for name, c := range map[string]struct {
		names []string
		hint  string // empty where they are accepted
	}{
		"some":    {[]string{" RSA1_5", "A256GCM"}, ""},
		"none":    {nil, "leave the list out, or name some of: "},
		"a typo":  {[]string{"RSA-OAEP256"}, "did you mean RSA-OAEP-256?"},
		"another": {[]string{"blowfish"}, "supported: "},
	} {
		got, err := jose.ParseEncryptionAlgorithms(c.names)
		if c.hint == "" && (err != nil || len(got) != len(c.names)) || c.hint != "" && (err == nil || !strings.HasPrefix(problem.As(err).Hint, c.hint)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
