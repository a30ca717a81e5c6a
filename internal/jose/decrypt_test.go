package jose_test

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// contentKey is the shared key of dir in these tests, as an oct key has it.
const contentKey = "AAECAwQFBgcICQoLDA0ODw"

// sealGCM makes a token under a content key that the test knows, with whatever header.
func sealGCM(t testing.TB, header, key, plaintext string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, 12)
	first := b64(header)
	sealed := aead.Seal(nil, iv, []byte(plaintext), []byte(first))
	return first + ".." + encoded(iv) + "." + encoded(sealed[:len(plaintext)]) + "." + encoded(sealed[len(plaintext):])
}

func deflated(t testing.TB, plaintext []byte) string {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// decryptionKey makes a key of the user from members.
func decryptionKey(t testing.TB, members map[string]any) *jose.DecryptionKey {
	t.Helper()
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.ParseDecryptionKey(data, secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func shared(over map[string]any) map[string]any {
	members := map[string]any{"kty": "oct", "k": contentKey}
	for name, value := range over {
		members[name] = value
	}
	return members
}

// failures are the rules that failed or warned, each by the last that it said.
func failures(checks verdict.Checks) map[string]verdict.Status {
	out := map[string]verdict.Status{}
	for _, c := range checks {
		if c.Status != verdict.Pass {
			out[c.Rule] = c.Status
		}
	}
	return out
}

// TestHostileEncryption: each header is refused for its own reason, and nothing comes out.
func TestHostileEncryption(t *testing.T) {
	good := sealGCM(t, `{"alg":"dir","enc":"A128GCM"}`, contentKey, "inside")
	_, rest, _ := strings.Cut(good, ".")
	bomb := deflated(t, make([]byte, 1<<30>>4)) // 64 MiB in 64 KiB
	failed := func(rule string) map[string]verdict.Status { return map[string]verdict.Status{rule: verdict.Fail} }
	header := func(s string) string { return sealGCM(t, s, contentKey, "inside") }
	ecdh := func(epk string) string { return header(`{"alg":"ECDH-ES","enc":"A128GCM","epk":` + epk + `}`) }
	cases := map[string]struct {
		compact string
		allow   []string
		want    map[string]verdict.Status
	}{
		"good":                    {compact: good, want: map[string]verdict.Status{}},
		"not allowed alg":         {compact: good, allow: []string{"RSA-OAEP"}, want: failed("jose.jwe.alg")},
		"not allowed enc":         {compact: good, allow: []string{"A256GCM"}, want: failed("jose.jwe.alg")},
		"allowed enc":             {compact: good, allow: []string{"A128GCM"}, want: map[string]verdict.Status{}},
		"RSA1_5":                  {compact: header(`{"alg":"RSA1_5","enc":"A128GCM"}`), want: failed("jose.jwe.alg")},
		"PBES2":                   {compact: header(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":4000000000,"p2s":"AAAA"}`), want: failed("jose.jwe.alg")},
		"none":                    {compact: header(`{"alg":"none","enc":"A128GCM"}`), want: failed("jose.jwe.alg")},
		"unknown enc":             {compact: header(`{"alg":"dir","enc":"A128CTR"}`), want: failed("jose.jwe.alg")},
		"no alg":                  {compact: header(`{"enc":"A128GCM"}`), want: failed("jose.jwe.header")},
		"no enc":                  {compact: header(`{"alg":"dir"}`), want: failed("jose.jwe.header")},
		"ALG":                     {compact: header(`{"ALG":"dir","enc":"A128GCM"}`), want: failed("jose.jwe.header")},
		"alg twice":               {compact: header(`{"alg":"dir","alg":"dir","enc":"A128GCM"}`), want: failed("jose.jwe.header")},
		"alg a number":            {compact: header(`{"alg":1,"enc":"A128GCM"}`), want: failed("jose.jwe.header")},
		"kid a number":            {compact: header(`{"alg":"dir","enc":"A128GCM","kid":1}`), want: failed("jose.jwe.header")},
		"no header":               {compact: "." + rest, want: failed("jose.jwe.header")},
		"crit":                    {compact: header(`{"alg":"dir","enc":"A128GCM","crit":["exp"],"exp":1}`), want: failed("jose.jwe.crit")},
		"empty crit":              {compact: header(`{"alg":"dir","enc":"A128GCM","crit":[]}`), want: failed("jose.jwe.crit")},
		"zip of another name":     {compact: header(`{"alg":"dir","enc":"A128GCM","zip":"GZ"}`), want: failed("jose.jwe.zip")},
		"zip a number":            {compact: header(`{"alg":"dir","enc":"A128GCM","zip":1}`), want: failed("jose.jwe.zip")},
		"zip of what is no zip":   {compact: header(`{"alg":"dir","enc":"A128GCM","zip":"DEF"}`), want: failed("jose.jwe.zip")},
		"zip bomb":                {compact: sealGCM(t, `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`, contentKey, bomb), want: failed("jose.jwe.zip")},
		"zip with a tail":         {compact: sealGCM(t, `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`, contentKey, deflated(t, []byte("x"))+"tail"), want: failed("jose.jwe.zip")},
		"a key where none is":     {compact: strings.Replace(good, "..", ".AAAA.", 1), want: failed("jose.jwe.decrypt")},
		"another header":          {compact: b64(`{"enc":"A128GCM","alg":"dir"}`) + "." + rest, want: failed("jose.jwe.decrypt")},
		"padding":                 {compact: good + "=", want: failed("jose.jwe.base64")},
		"unused bits":             {compact: good[:len(good)-1] + "_", want: failed("jose.jwe.base64")},
		"a line break":            {compact: good[:len(good)-4] + "\n" + good[len(good)-4:], want: failed("jose.jwe.base64")},
		"no key of the size":      {compact: header(`{"alg":"dir","enc":"A256GCM"}`), want: failed("jose.jwe.key")},
		"a key of another type":   {compact: header(`{"alg":"RSA-OAEP","enc":"A128GCM"}`), want: failed("jose.jwe.key")},
		"no epk":                  {compact: header(`{"alg":"ECDH-ES","enc":"A128GCM"}`), want: failed("jose.jwe.header")},
		"epk null":                {compact: ecdh(`null`), want: failed("jose.jwe.header")},
		"epk off the curve":       {compact: ecdh(`{"kty":"EC","crv":"P-256","x":"` + zeros(32) + `","y":"` + zeros(32) + `"}`), want: failed("jose.jwe.header")},
		"epk of X25519, all zero": {compact: ecdh(`{"kty":"OKP","crv":"X25519","x":"` + zeros(32) + `"}`), want: failed("jose.jwe.header")},
		"epk of another type":     {compact: ecdh(strings.Replace(publicEPK(t), `"EC"`, `"RSA"`, 1)), want: failed("jose.jwe.header")},
		"epk with a private part": {compact: ecdh(strings.Replace(publicEPK(t), `{`, `{"d":"AAAA",`, 1)), want: failed("jose.jwe.header")},
		"epk of another curve":    {compact: ecdh(publicEPK(t)), want: failed("jose.jwe.key")},
		"epk too short":           {compact: ecdh(`{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`), want: failed("jose.jwe.header")},
		"apu no base64":           {compact: header(`{"alg":"ECDH-ES","enc":"A128GCM","apu":"=","epk":` + publicEPK(t) + `}`), want: failed("jose.jwe.header")},
		"GCMKW without iv":        {compact: header(`{"alg":"A128GCMKW","enc":"A128GCM","tag":"AAAA"}`), want: failed("jose.jwe.header")},
		"GCMKW with a short iv":   {compact: header(`{"alg":"A128GCMKW","enc":"A128GCM","iv":"AAAA","tag":"AAAA"}`), want: failed("jose.jwe.decrypt")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, checks, err := jose.Decrypt(c.compact, jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, shared(nil))}, Allow: c.allow})
			if err != nil {
				t.Fatal(err)
			}
			got := failures(checks)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff, checks)
			}
			if (out.Plaintext != nil) != (len(c.want) == 0) {
				t.Errorf("plaintext %q", out.Plaintext)
			}
		})
	}
}

// TestPadding: the tag holds, so that its sender made it so; a padding that is none is refused all the same.
func TestPadding(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 32)
	k := decryptionKey(t, map[string]any{"kty": "oct", "k": encoded(key)})
	block := func(last ...byte) []byte { return append(bytes.Repeat([]byte("x"), 16-len(last)), last...) }
	for name, c := range map[string]struct {
		plain []byte
		ok    bool
	}{
		"one":            {block(1), true},
		"three":          {block(3, 3, 3), true},
		"a whole block":  {append(block(), bytes.Repeat([]byte{16}, 16)...), true},
		"zero":           {block(0), false},
		"too long":       {block(17), false},
		"not all equal":  {block(3, 1, 3), false},
		"over two":       {bytes.Repeat([]byte{32}, 32), false},
		"nothing at all": {nil, false},
	} {
		compact := sealCBC(t, key, c.plain)
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{k}})
		if err != nil || (out.Plaintext != nil) != c.ok {
			t.Errorf("%s: %q %v", name, out.Plaintext, checks)
		}
	}
}

// sealCBC makes a token under dir and A128CBC-HS256 of a plaintext that is padded already (RFC 7518 §5.2.2.1).
func sealCBC(t testing.TB, key, padded []byte) string {
	t.Helper()
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		t.Fatal(err)
	}
	iv, first := make([]byte, 16), b64(`{"alg":"dir","enc":"A128CBC-HS256"}`)
	ciphertext := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, padded)
	mac := hmac.New(sha256.New, key[:16])
	mac.Write([]byte(first))
	mac.Write(iv)
	mac.Write(ciphertext)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(first))*8))
	return first + ".." + encoded(iv) + "." + encoded(ciphertext) + "." + encoded(mac.Sum(nil)[:16])
}

// TestKeyWrapIntegrity: a wrapped key that was not wrapped rightly is refused, even where the content would open.
func TestKeyWrapIntegrity(t *testing.T) {
	kek, _ := base64.RawURLEncoding.DecodeString(contentKey)
	block, err := aes.NewCipher(kek)
	if err != nil {
		t.Fatal(err)
	}
	for iv, ok := range map[byte]bool{0xa6: true, 0xa7: false} {
		// RFC 3394 §2.2.1, beginning with another value than the one of §2.2.3.1.
		a, registers := bytes.Repeat([]byte{iv}, 8), bytes.Clone(kek)
		for step := uint64(1); step <= 12; step++ {
			r := registers[8*((step-1)%2):][:8]
			sum := append(bytes.Clone(a), r...)
			block.Encrypt(sum, sum)
			a = binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(sum[:8])^step)
			copy(r, sum[8:])
		}
		direct := sealGCM(t, `{"alg":"A128KW","enc":"A128GCM"}`, contentKey, "inside")
		compact := strings.Replace(direct, "..", "."+encoded(append(a, registers...))+".", 1)
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, shared(nil))}})
		if err != nil || (out.Plaintext != nil) != ok {
			t.Errorf("%x: %v %v", iv, checks, err)
		}
	}
}

func zeros(n int) string { return encoded(make([]byte, n)) }

func publicEPK(t testing.TB) string {
	t.Helper()
	data, err := json.Marshal(jwk(t, jose.ES256, map[string]any{"kid": nil, "use": nil, "alg": nil}))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestNoEncryptedToken(t *testing.T) {
	for name, compact := range map[string]string{
		"nothing": "", "signed": "a.b.c", "four": "a.b.c.d", "six": "a.b.c.d.e.f", "the other serialization": `{"protected":"....","ciphertext":"x"}`,
		"too long": strings.Repeat("a", jose.MaxToken) + "....", "with disclosures": "a.b.c.d.e~f",
	} {
		out, _, err := jose.Decrypt(compact, jose.Decryption{})
		if out != nil || err == nil || problem.As(err).Code != "jose.jwe.parts" {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	longest := strings.Repeat("a", jose.MaxToken-4) + "...."
	if _, checks, err := jose.Decrypt(longest, jose.Decryption{}); err != nil || !checks.Failed() {
		t.Errorf("the longest: %v, %v", checks, err)
	}
	if jose.IsEncrypted("a.b.c") || !jose.IsEncrypted("a.b.c.d.e") {
		t.Error("five parts make an encrypted token")
	}
}

// TestOneDecryptionError: a stranger who changes a token learns nothing from the answer but that it did not work.
func TestOneDecryptionError(t *testing.T) {
	texts := map[string]bool{}
	try := func(compact string, k *jose.DecryptionKey) {
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{k}, Allow: everyEncryption(t)})
		if err != nil || out.Plaintext != nil {
			t.Fatalf("%v %v", out, err)
		}
		last := checks[len(checks)-1]
		texts[fmt.Sprintf("%s %s", last.Rule, last.Got)] = true
	}
	rsaPrivate, ok := rsaKey().(*rsa.PrivateKey)
	if !ok {
		t.Fatal("no RSA key")
	}
	k := decryptionKey(t, rsaMembers(t))
	// Of RSA1_5: a good padding with a wrong key, a bad padding, a key of a wrong length, a ciphertext of a wrong length.
	for _, inner := range [][]byte{make([]byte, 32), make([]byte, 5)} {
		encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, &rsaPrivate.PublicKey, inner) //nolint:staticcheck // to be refused
		if err != nil {
			t.Fatal(err)
		}
		try(withKey(`{"alg":"RSA1_5","enc":"A128CBC-HS256"}`, encrypted), k)
	}
	bad := make([]byte, 256)
	bad[255] = 7
	try(withKey(`{"alg":"RSA1_5","enc":"A128CBC-HS256"}`, bad), k)
	try(withKey(`{"alg":"RSA1_5","enc":"A128CBC-HS256"}`, bad[:100]), k)
	try(withKey(`{"alg":"RSA-OAEP","enc":"A128CBC-HS256"}`, bad), k)
	oct := decryptionKey(t, shared(nil))
	try(withKey(`{"alg":"A128KW","enc":"A128CBC-HS256"}`, bad[:40]), oct)
	try(withKey(`{"alg":"A128KW","enc":"A128CBC-HS256"}`, nil), oct)
	good := sealGCM(t, `{"alg":"dir","enc":"A128GCM"}`, contentKey, "inside")
	parts := strings.Split(good, ".")
	for i := 2; i < 5; i++ { // iv, ciphertext and tag, each changed and each gone
		for _, change := range []string{"AAAAAAAAAAAAAAAAAAAAAA", ""} {
			changed := append([]string(nil), parts...)
			changed[i] = change
			try(strings.Join(changed, "."), oct)
		}
	}
	if diff := cmp.Diff(map[string]bool{"jose.jwe.decrypt the key that fits does not open it": true}, texts); diff != "" {
		t.Error(diff)
	}
}

// TestContentKeySize refuses a content key of another size than enc has, though all else is made with that very key.
func TestContentKeySize(t *testing.T) {
	public, ok := rsaKey().Public().(*rsa.PublicKey)
	if !ok {
		t.Fatal("no RSA key")
	}
	for size, enc := range map[int]string{16: "A128GCM", 24: "A192GCM", 32: "A256GCM"} {
		key := bytes.Repeat([]byte{7}, size)
		wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{"A128GCM", "A192GCM", "A256GCM"} {
			compact := strings.Replace(sealGCM(t, `{"alg":"RSA-OAEP-256","enc":"`+said+`"}`, encoded(key), "inside"), "..", "."+encoded(wrapped)+".", 1)
			out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, rsaMembers(t))}})
			if err != nil || (out.Plaintext != nil) != (enc == said) {
				t.Errorf("%d octets for %s: %v, %v", size, said, checks, err)
			}
		}
	}
}

// TestParts refuses parts of wrong lengths, though the tag holds.
func TestParts(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 32)
	cbc := func(iv, ciphertext []byte) string {
		first := b64(`{"alg":"dir","enc":"A128CBC-HS256"}`)
		mac := hmac.New(sha256.New, key[:16])
		mac.Write([]byte(first))
		mac.Write(iv)
		mac.Write(ciphertext)
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(first))*8))
		return first + ".." + encoded(iv) + "." + encoded(ciphertext) + "." + encoded(mac.Sum(nil)[:16])
	}
	parts := strings.Split(sealGCM(t, `{"alg":"dir","enc":"A256GCM"}`, encoded(key), "inside"), ".")
	sealed, _ := base64.RawURLEncoding.DecodeString(parts[3])
	tag, _ := base64.RawURLEncoding.DecodeString(parts[4])
	gcm := func(ciphertext, tag []byte) string {
		return parts[0] + ".." + parts[2] + "." + encoded(ciphertext) + "." + encoded(tag)
	}
	for name, compact := range map[string]string{
		"CBC, no whole block": cbc(make([]byte, 16), make([]byte, 17)),
		"CBC, nothing":        cbc(make([]byte, 16), nil),
		"CBC, short iv":       cbc(make([]byte, 8), make([]byte, 16)),
		"CBC, long iv":        cbc(make([]byte, 17), make([]byte, 16)),
		"GCM, long tag":       gcm(sealed[:5], append(sealed[5:6:6], tag...)),
		"GCM, short tag":      gcm(append(sealed[:6:6], tag[0]), tag[1:]),
	} {
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, map[string]any{"kty": "oct", "k": encoded(key)})}})
		if err != nil || out.Plaintext != nil || failures(checks)["jose.jwe.decrypt"] != verdict.Fail {
			t.Errorf("%s: %q, %v, %v", name, out.Plaintext, checks, err)
		}
	}
	if out, checks, err := jose.Decrypt(gcm(sealed, tag), jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, map[string]any{"kty": "oct", "k": encoded(key)})}}); err != nil || out.Plaintext == nil {
		t.Error(checks, err)
	}
}

func withKey(header string, encrypted []byte) string {
	return b64(header) + "." + encoded(encrypted) + "." + zeros(16) + "." + zeros(16) + "." + zeros(16)
}

func rsaMembers(t testing.TB) map[string]any {
	t.Helper()
	members := map[string]any{}
	if err := json.Unmarshal([]byte(rfc7515RSA), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// TestZip: what was compressed is read, up to a bound, and warns.
func TestZip(t *testing.T) {
	for size, ok := range map[int]bool{0: true, 100: true, 256 << 10: true, 256<<10 + 1: false} {
		compact := sealGCM(t, `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`, contentKey, deflated(t, make([]byte, size)))
		out, checks, err := jose.Decrypt(compact, jose.Decryption{Keys: []*jose.DecryptionKey{decryptionKey(t, shared(nil))}})
		if err != nil || (out.Plaintext != nil) != ok || checks.Failed() == ok || len(checks.With(verdict.Warn)) != 1 {
			t.Errorf("%d bytes: %v %v", size, checks, err)
		}
		if ok && len(out.Plaintext) != size {
			t.Errorf("%d bytes instead of %d", len(out.Plaintext), size)
		}
	}
}
