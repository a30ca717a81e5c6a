package jose_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"hash"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// locked is a private key under a password, each part of which can be another than openssl makes (RFC 8018 §6.2).
type locked struct {
	prf     []int // of PBKDF2; nil: SHA-1, unsaid
	hash    func() hash.Hash
	cipher  int // the last number of AES-CBC's
	size    int // of its key, in bytes
	rounds  int
	iv      int           // its length; 0: 16
	padding func() []byte // at the end; nil: as it must be
	data    []byte        // instead of the key; nil: the key
}

func (l locked) pem(t *testing.T, plain []byte) string {
	t.Helper()
	marshal := func(v any) asn1.RawValue {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: der}
	}
	salt, iv := []byte("a salt"), bytes.Repeat([]byte{7}, 16)
	key, err := pbkdf2.Key(l.hash, "opensesame", salt, max(1, min(l.rounds, 10)), l.size)
	if err != nil {
		t.Fatal(err)
	}
	if l.padding != nil {
		plain = append(bytes.Clone(plain[:len(plain)/16*16]), l.padding()...)
	} else {
		n := 16 - len(plain)%16
		plain = append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, len(plain))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, plain)
	if l.data != nil {
		data = l.data
	}
	if l.iv != 0 {
		iv = iv[:l.iv]
	}
	parameters := struct {
		Salt       []byte
		Iterations int
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}{Salt: salt, Iterations: l.rounds}
	if l.prf != nil {
		parameters.PRF = pkix.AlgorithmIdentifier{Algorithm: l.prf, Parameters: asn1.NullRawValue}
	}
	scheme := struct{ KDF, Cipher pkix.AlgorithmIdentifier }{
		pkix.AlgorithmIdentifier{Algorithm: []int{1, 2, 840, 113549, 1, 5, 12}, Parameters: marshal(parameters)},
		pkix.AlgorithmIdentifier{Algorithm: []int{2, 16, 840, 1, 101, 3, 4, 1, l.cipher}, Parameters: marshal(iv)},
	}
	outer := struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pkix.AlgorithmIdentifier{Algorithm: []int{1, 2, 840, 113549, 1, 5, 13}, Parameters: marshal(scheme)}, data}
	return string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: marshal(outer).FullBytes}))
}

// TestLockedKeys: what a file asks for is bounded, and nothing that it says brings the program down.
func TestLockedKeys(t *testing.T) {
	private, err := jose.GenerateKey(jose.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private.Signer)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.PublicJWK()
	if err != nil {
		t.Fatal(err)
	}
	const refused, wrong = "not a usable private key: ", "the private key cannot be decrypted: wrong password, or damaged"
	const unread = "the private key is encrypted in a way that is not read here: "
	prf := func(n int) []int { return []int{1, 2, 840, 113549, 2, n} }
	usual := func(change func(*locked)) locked {
		l := locked{prf: prf(9), hash: sha256.New, cipher: 42, size: 32, rounds: 2}
		change(&l)
		return l
	}
	for name, test := range map[string]struct {
		locked  locked
		message string
	}{
		"SHA-1, unsaid":     {locked{hash: sha1.New, cipher: 2, size: 16, rounds: 1}, ""},
		"SHA-1":             {locked{prf: prf(7), hash: sha1.New, cipher: 22, size: 24, rounds: 2}, ""},
		"SHA-256":           {usual(func(*locked) {}), ""},
		"SHA-512":           {usual(func(l *locked) { l.prf, l.hash = prf(11), sha512.New }), ""},
		"another hash":      {usual(func(l *locked) { l.prf = prf(8) }), unread + "its password is hashed with an unknown function"},
		"no round":          {usual(func(l *locked) { l.rounds = 0 }), unread + "it asks for 0 rounds of PBKDF2"},
		"less than none":    {usual(func(l *locked) { l.rounds = -1 }), unread + "it asks for -1 rounds of PBKDF2"},
		"rounds for hours":  {usual(func(l *locked) { l.rounds = 10_000_001 }), unread + "it asks for 10000001 rounds of PBKDF2"},
		"a short IV":        {usual(func(l *locked) { l.iv = 8 }), wrong},
		"no data":           {usual(func(l *locked) { l.data = []byte{} }), wrong},
		"a part of a block": {usual(func(l *locked) { l.data = make([]byte, 17) }), wrong},
		"no padding":        {usual(func(l *locked) { l.padding = func() []byte { return make([]byte, 16) } }), wrong},
		"too much padding":  {usual(func(l *locked) { l.padding = func() []byte { return bytes.Repeat([]byte{17}, 16) } }), wrong},
		"all is padding": {usual(func(l *locked) {
			l.padding = func() []byte { return bytes.Repeat([]byte{255}, 16) }
		}), wrong},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := jose.ParseKeyFile([]byte(test.locked.pem(t, plain)), secret.New("opensesame"))
			if test.message == "" {
				if err != nil || set.Keys[0].Thumbprint() != public.Thumbprint() {
					t.Errorf("%v, %v", set, err)
				}
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(refused+test.message, strings.TrimSpace(problem.As(err).Message)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
