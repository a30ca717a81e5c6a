package op

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// opened decrypts by go-jose and by jwx, which share no code with what encrypts, and wants the same of both.
func opened(t *testing.T, compact string, e Encryption, key any) string {
	t.Helper()
	parsed, err := gojose.ParseEncryptedCompact(compact, []gojose.KeyAlgorithm{gojose.KeyAlgorithm(e.Alg)}, []gojose.ContentEncryption{gojose.ContentEncryption(e.Enc)})
	if err != nil {
		t.Fatal(err)
	}
	first, err := parsed.Decrypt(key)
	if err != nil {
		t.Fatalf("go-jose: %v", err)
	}
	alg, _ := jwa.LookupKeyEncryptionAlgorithm(e.Alg)
	second, err := jwe.Decrypt([]byte(compact), jwe.WithKey(alg, key))
	if err != nil {
		t.Fatalf("jwx: %v", err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Error(diff)
	}
	return string(first)
}

// decryptionKey is what a default client decrypts with.
func (w *world) decryptionKey(client string, e Encryption) any {
	w.t.Helper()
	if _, key := TestDecryptionKey(e.Alg); key != "" {
		return privateKey(w.t, key)
	}
	size := wrapKeySize(e.Alg)
	if e.Alg == "dir" {
		size = contentKeySize(e.Enc)
	}
	return keyFromSecret([]byte(w.clients[client].Secret.Reveal()), size)
}

// TestEncryptedIDToken decrypts the ID tokens of every default client that has them encrypted.
func TestEncryptedIDToken(t *testing.T) {
	w := newWorld(t, nil)
	var algs, encs []string
	for _, client := range w.config.Clients {
		e := client.IDTokenEncryption
		if e.Alg == "" {
			continue
		}
		algs, encs = append(algs, e.Alg), append(encs, e.Enc)
		t.Run(client.ID, func(t *testing.T) {
			code := w.authorize("client_id", client.ID, "scope", "openid").Get("code")
			tokens := w.token(changed(redemption, "code", code, "client_id", client.ID, "client_secret", client.Secret.Reveal()))
			compact := str(tokens, "id_token")
			if diff := cmp.Diff([]any{e.Alg, e.Enc, "JWT"}, headers(t, compact, "alg", "enc", "cty")); diff != "" {
				t.Error(diff)
			}
			inner := opened(t, compact, e, w.decryptionKey(client.ID, e))
			if _, ok := w.verified(inner); !ok {
				t.Error("the inner token is not signed:", inner)
			}
			if aud := part(t, inner, 1)["aud"]; aud != client.ID {
				t.Error(aud)
			}
			// As a hint it is sent decrypted (RP-Initiated Logout §2).
			if got := w.do("GET", "/logout?id_token_hint="+inner, nil); got.Status != 200 {
				t.Error(got.Status, got.Body)
			}
		})
	}
	for _, alg := range slices.Concat(keyEncryptions, secretEncryptions) {
		if !slices.Contains(algs, alg) {
			t.Error("no client for", alg)
		}
	}
	for _, enc := range contentEncryptions {
		if !slices.Contains(encs, enc) {
			t.Error("no client for", enc)
		}
	}
}

func headers(t *testing.T, compact string, names ...string) (out []any) {
	t.Helper()
	header := part(t, compact, 0)
	for _, name := range names {
		out = append(out, header[name])
	}
	return out
}

// TestEncryptions is every key encryption with every content encryption.
func TestEncryptions(t *testing.T) {
	w := newWorld(t, nil)
	x := &exchange{p: w.Provider, client: w.clients["web-encrypted"]}
	for _, alg := range slices.Concat(keyEncryptions, secretEncryptions) {
		for _, enc := range contentEncryptions {
			e := Encryption{alg, enc}
			for _, text := range []string{"x", strings.Repeat("x", 16), strings.Repeat("y", 1000)} {
				compact, bad := x.encrypt("id", "", text, e)
				if bad != nil {
					t.Fatal(bad)
				}
				if got := opened(t, compact, e, w.decryptionKey("web-encrypted", e)); got != text {
					t.Error(e, got)
				}
			}
		}
	}
	compact, _ := x.encrypt("id", "", "x", Encryption{Alg: "ECDH-ES"})
	if enc := part(t, compact, 0)["enc"]; enc != defaultEnc {
		t.Error(enc)
	}
}

// TestDecrypt opens what go-jose encrypts to the keys that the provider publishes.
func TestDecrypt(t *testing.T) {
	w := newWorld(t, nil)
	encrypt := func(alg, enc, kid string, key crypto.PublicKey, options *gojose.EncrypterOptions) string {
		t.Helper()
		e, err := gojose.NewEncrypter(gojose.ContentEncryption(enc),
			gojose.Recipient{Algorithm: gojose.KeyAlgorithm(alg), KeyID: kid, Key: key}, options)
		if err != nil {
			t.Fatal(err)
		}
		object, err := e.Encrypt([]byte("a request"))
		if err != nil {
			t.Fatal(err)
		}
		compact, err := object.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	var set gojose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.do("GET", "/jwks", nil).Body), &set); err != nil {
		t.Fatal(err)
	}
	published := make(map[string]any)
	for _, key := range set.Keys {
		if key.Use == "enc" {
			published[key.KeyID] = key.Key
		}
	}
	key := func(alg string) (string, any) {
		if strings.HasPrefix(alg, "RSA") {
			return "test-enc-rsa", published["test-enc-rsa"]
		}
		return "test-enc-p256", published["test-enc-p256"]
	}
	for _, alg := range keyEncryptions {
		for _, enc := range contentEncryptions {
			kid, public := key(alg)
			for _, kid := range []string{kid, ""} {
				got, bad := w.decrypt(encrypt(alg, enc, kid, public, nil))
				if bad != nil || string(got) != "a request" {
					t.Error(alg, enc, kid, string(got), bad)
				}
			}
		}
	}
	good := encrypt("ECDH-ES", "A128GCM", "test-enc-p256", published["test-enc-p256"], nil)
	parts := strings.Split(good, ".")
	with := func(i int, value string) string {
		changed := slices.Clone(parts)
		changed[i] = value
		return strings.Join(changed, ".")
	}
	head := func(text string) string { return with(0, b64([]byte(text))) }
	epk := func(x, y string) string {
		return head(`{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"}}`)
	}
	zero := b64(make([]byte, 32))
	cbc := strings.Split(encrypt("ECDH-ES", "A128CBC-HS256", "test-enc-p256", published["test-enc-p256"], nil), ".")
	cbcWith := func(i int, value []byte) string {
		changed := slices.Clone(cbc)
		changed[i] = b64(value)
		return strings.Join(changed, ".")
	}
	tag, _ := base64.RawURLEncoding.DecodeString(parts[4])
	text, _ := base64.RawURLEncoding.DecodeString(parts[3])
	shifted := slices.Clone(parts) // the same octets, cut elsewhere
	shifted[3], shifted[4] = b64(text[:len(text)-1]), b64(append(text[len(text)-1:], tag...))
	const another = "it was encrypted to another key than test-enc-p256, or was changed since"
	for _, test := range []struct{ name, compact, want string }{
		{"parts", "a.b.c", "it is no encrypted JWT of five parts"},
		{"padding", with(4, parts[4]+"="), "its tag is not base64url without padding"},
		{"header", head("x"), "its header is no JSON object: "},
		{"alg", head(`{"alg":1}`), "alg in its header is no string"},
		{"rsa1_5", head(`{"alg":"RSA1_5","enc":"A128GCM"}`), "its alg is 'RSA1_5'; 'RSA-OAEP', "},
		{"enc", head(`{"alg":"ECDH-ES","enc":"A64GCM"}`), "its enc is 'A64GCM'; 'A128CBC-HS256', "},
		{"crit", head(`{"alg":"ECDH-ES","enc":"A128GCM","crit":["x"],"x":1}`), "its header has crit, "},
		{"zip", encrypt("ECDH-ES", "A128GCM", "", published["test-enc-p256"], &gojose.EncrypterOptions{Compression: gojose.DEFLATE}), "its header has zip, "},
		{"kid", encrypt("ECDH-ES", "A128GCM", "other", published["test-enc-p256"], nil), "there is no key 'other' for ECDH-ES; there are: test-enc-p256"},
		{"signing key", encrypt("RSA-OAEP", "A128GCM", "", w.keys.keys["test-rsa"].Public(), nil), "it was encrypted to another key than test-enc-rsa, "},
		{"tag", with(4, b64(make([]byte, 16))), another},
		{"short tag", with(4, parts[4][:4]), another},
		{"shifted tag", strings.Join(shifted, "."), another},
		{"iv", with(2, ""), another},
		{"CBC, tag", cbcWith(4, make([]byte, 16)), another},
		{"CBC, no tag", cbcWith(4, nil), another},
		{"CBC, content", cbcWith(3, make([]byte, 16)), another},
		{"CBC, half a block", cbcWith(3, make([]byte, 8)), another},
		{"CBC, nothing", cbcWith(3, nil), another},
		{"no epk", head(`{"alg":"ECDH-ES","enc":"A128GCM"}`), another},
		{"epk off the curve", epk(zero, zero), another},
		{"epk short", epk("AA", zero), another},
		{"a key beside", with(1, "AAAA"), another},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, bad := w.decrypt(test.compact)
			if got != nil || bad == nil || bad.code != "invalid_request_object" ||
				!strings.HasPrefix(bad.description, "the request object cannot be decrypted: "+test.want) {
				t.Error(string(got), bad)
			}
		})
	}
}

// TestWrapKey is RFC 3394 §4.1 and §4.6, and what was changed since.
func TestWrapKey(t *testing.T) {
	for _, test := range []struct{ with, key, wrapped string }{
		{"000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"},
		{
			"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
			"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
			"28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
		},
	} {
		octets := func(text string) []byte {
			b, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		with, key := octets(test.with), octets(test.key)
		wrapped, err := wrapKey(with, key)
		if err != nil || !bytes.Equal(wrapped, octets(test.wrapped)) {
			t.Errorf("%x %v", wrapped, err)
		}
		if got, err := unwrapKey(with, wrapped); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%x %v", got, err)
		}
		for i := range wrapped {
			wrapped[i] ^= 1
			if got, err := unwrapKey(with, wrapped); err == nil {
				t.Errorf("octet %d was changed: %x", i, got)
			}
			wrapped[i] ^= 1
		}
		for _, short := range [][]byte{nil, wrapped[:8], wrapped[:16], wrapped[:23]} {
			if _, err := unwrapKey(with, short); err == nil {
				t.Errorf("%x", short)
			}
		}
	}
}

// TestPadding refuses padding that is none, though it is authentic (RFC 7518 §5.2.2.2, RFC 5652 §6.3).
func TestPadding(t *testing.T) {
	key, iv, aad := make([]byte, 32), make([]byte, 16), []byte("a")
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		t.Fatal(err)
	}
	for last, good := range map[string]bool{"\x01": true, "\x02\x02": true, "\x00": false, "\x11": false, "\xff": false, "\x03\x02": false} {
		sealed := append(bytes.Repeat([]byte("x"), 16-len(last)), last...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, sealed)
		got, ok := openContent("A128CBC-HS256", key, iv, sealed, contentTag(key, aad, iv, sealed), aad)
		if ok != good {
			t.Errorf("%q: %q %v", last, got, ok)
		}
	}
}

// TestEncryptionKeySignsNothing: what a client is written to with does not speak for it.
func TestEncryptionKeySignsNothing(t *testing.T) {
	w := newWorld(t, nil)
	kid, text := TestDecryptionKey("ECDH-ES")
	parsed, wrong := parseJWS(signWith(t, "ES256", kid, privateKey(t, text), "", map[string]any{"sub": "web-encrypted"}))
	if wrong != "" {
		t.Fatal(wrong)
	}
	x := &exchange{p: w.Provider}
	if got := x.verifies(w.clients["web-encrypted"], parsed); got != "client 'web-encrypted' has no key 'client-enc-p256'; it has: " {
		t.Error(got)
	}
}

// FuzzDecrypt finds no token that panics, and none that opens but the one that was made.
func FuzzDecrypt(f *testing.F) {
	config := DefaultConfig()
	config.Issuer = testIssuer
	provider, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	for _, alg := range keyEncryptions {
		for _, enc := range []string{"A128GCM", "A256CBC-HS512"} {
			id := "test-enc-rsa"
			if strings.HasPrefix(alg, "ECDH") {
				id = "test-enc-p256"
			}
			s := &sealing{header: document{{"alg", alg}, {"enc", enc}}, plaintext: []byte("x"), alg: alg, enc: enc, key: provider.keys.keys[id].Public()}
			compact, err := s.seal()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(compact)
		}
	}
	f.Fuzz(func(t *testing.T, compact string) {
		got, bad := provider.decrypt(compact)
		if (got == nil) == (bad == nil) && len(got) > 0 {
			t.Errorf("%q and %v", got, bad)
		}
	})
}

// TestEncryptionRefused is what cannot be registered.
func TestEncryptionRefused(t *testing.T) {
	const start = `client "x": encryption of userinfo: `
	for _, test := range []struct {
		name    string
		e       Encryption
		secret  string
		keys    string
		message string
	}{
		{"unknown alg", Encryption{Alg: "RSA1_5"}, "", "", start + `there is no alg "RSA1_5"; there are: RSA-OAEP RSA-OAEP-256 ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW dir A128KW A192KW A256KW`},
		{"unknown enc", Encryption{"ECDH-ES", "none"}, "", "", start + `there is no enc "none"; there are: A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM`},
		{"enc alone", Encryption{Enc: "A128GCM"}, "", "", start + "enc A128GCM without alg"},
		{"no secret", Encryption{Alg: "dir"}, "", "", start + "alg dir needs a secret"},
		{"no key", Encryption{Alg: "ECDH-ES"}, "secret", "", start + "alg ECDH-ES needs a key that fits it among the client's keys"},
		{"keys that sign", Encryption{Alg: "ECDH-ES"}, "secret", clientKeySet, start + "alg ECDH-ES needs a key that fits it among the client's keys"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(Config{Issuer: testIssuer, Clients: []Client{{
				ID: "x", Secret: secret.New(test.secret), Keys: test.keys, UserInfoEncryption: test.e,
			}}})
			if err == nil || problem.As(err).Message != test.message || problem.As(err).Kind != problem.Usage {
				t.Error(err)
			}
		})
	}
}
