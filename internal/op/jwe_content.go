package op

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// The pieces that encryption and decryption share: content encryption, key wrapping and key derivation (RFC 7518 §4.4,
// §4.6.2, §5).

// defaultEnc is the content encryption where none is registered (OpenID Connect Dynamic Client Registration §2).
const defaultEnc = "A128CBC-HS256"

// contentEncryptions are all of RFC 7518 §5.1, as they are advertised.
var contentEncryptions = []string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}

// keyEncryptions are the supported ones that need a public key, as they are advertised.
var keyEncryptions = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"}

// secretEncryptions take their key from the client's secret (OpenID Connect Core §10.2).
var secretEncryptions = []string{"dir", "A128KW", "A192KW", "A256KW"}

// contentKeySize is the length in octets of the key of a content encryption: half of it is for the MAC of CBC.
func contentKeySize(enc string) int {
	return map[string]int{
		"A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64, "A128GCM": 16, "A192GCM": 24, "A256GCM": 32,
	}[enc]
}

// wrapKeySize is the length in octets of the key of A128KW and the like, also after ECDH-ES+.
func wrapKeySize(alg string) int {
	return map[string]int{"A128KW": 16, "A192KW": 24, "A256KW": 32}[strings.TrimPrefix(alg, "ECDH-ES+")]
}

// sealContent encrypts and authenticates (RFC 7518 §5.2.2.1, §5.3).
func sealContent(enc string, key, plaintext, aad []byte) (iv, ciphertext, tag []byte, err error) {
	if strings.HasSuffix(enc, "GCM") {
		gcm, err := newGCM(key)
		if err != nil {
			return nil, nil, nil, err
		}
		iv = randomBytes(gcm.NonceSize())
		sealed := gcm.Seal(nil, iv, plaintext, aad) //nolint:gosec // the nonce is random
		cut := len(sealed) - gcm.Overhead()
		return iv, sealed[:cut], sealed[cut:], nil
	}
	block, err := aes.NewCipher(key[len(key)/2:])
	if err != nil {
		return nil, nil, nil, err
	}
	iv = randomBytes(aes.BlockSize)
	pad := aes.BlockSize - len(plaintext)%aes.BlockSize
	ciphertext = append(slices.Clone(plaintext), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext) //nolint:gosec // the IV is random
	return iv, ciphertext, contentTag(key, aad, iv, ciphertext), nil
}

// openContent is the way back; not ok says no more, lest it become an oracle (RFC 7518 §5.2.2.2, §5.3).
func openContent(enc string, key, iv, ciphertext, tag, aad []byte) (plaintext []byte, ok bool) {
	if strings.HasSuffix(enc, "GCM") {
		gcm, err := newGCM(key)
		if err != nil || len(iv) != gcm.NonceSize() || len(tag) != gcm.Overhead() {
			return nil, false
		}
		plaintext, err = gcm.Open(nil, iv, slices.Concat(ciphertext, tag), aad)
		return plaintext, err == nil
	}
	block, err := aes.NewCipher(key[len(key)/2:])
	if err != nil || len(iv) != aes.BlockSize || len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 ||
		!hmac.Equal(tag, contentTag(key, aad, iv, ciphertext)) {
		return nil, false
	}
	plaintext = make([]byte, len(ciphertext))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plaintext, ciphertext)
	pad := int(plaintext[len(plaintext)-1]) // authentic, so that a wrong one is its maker's mistake
	if pad == 0 || pad > aes.BlockSize || !bytes.Equal(plaintext[len(plaintext)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, false
	}
	return plaintext[:len(plaintext)-pad], true
}

func randomBytes(size int) []byte {
	b := make([]byte, size)
	randomInto(b)
	return b
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// contentTag authenticates what AES-CBC encrypted (RFC 7518 §5.2.2.1).
func contentTag(key, aad, iv, ciphertext []byte) []byte {
	hash := hashes[map[int]string{32: "256", 48: "384", 64: "512"}[len(key)]]
	mac := hmac.New(hash.New, key[:len(key)/2])
	mac.Write(aad)
	mac.Write(iv)
	mac.Write(ciphertext)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(aad))*8))
	return mac.Sum(nil)[:len(key)/2]
}

// wrapIV is what a wrapped key is known by when it is unwrapped (RFC 3394 §2.2.3.1).
const wrapIV = "\xa6\xa6\xa6\xa6\xa6\xa6\xa6\xa6"

// wrapKey encrypts a key with another (RFC 3394 §2.2.1).
func wrapKey(with, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(with)
	if err != nil {
		return nil, err
	}
	n := len(key) / 8
	out := slices.Concat([]byte(wrapIV), key)
	var b [aes.BlockSize]byte
	for j := range 6 {
		for i := 1; i <= n; i++ {
			copy(b[:8], out[:8])
			copy(b[8:], out[8*i:8*i+8])
			block.Encrypt(b[:], b[:])
			binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(b[:])^uint64(n*j+i))
			copy(out[8*i:], b[8:])
		}
	}
	return out, nil
}

// unwrapKey is the way back (RFC 3394 §2.2.2).
func unwrapKey(with, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(with)
	if err != nil || len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, errors.New("no wrapped key")
	}
	n := len(wrapped)/8 - 1
	out := slices.Clone(wrapped)
	var b [aes.BlockSize]byte
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(out)^uint64(n*j+i))
			copy(b[8:], out[8*i:8*i+8])
			block.Decrypt(b[:], b[:])
			copy(out[:8], b[:8])
			copy(out[8*i:], b[8:])
		}
	}
	if !hmac.Equal(out[:8], []byte(wrapIV)) {
		return nil, errors.New("no wrapped key")
	}
	return out[8:], nil
}

// agreedKey derives a key from what two sides of ECDH have in common (RFC 7518 §4.6.2).
func agreedKey(shared []byte, alg string, apu, apv []byte, size int) []byte {
	var info []byte
	for _, field := range [][]byte{[]byte(alg), apu, apv} {
		info = binary.BigEndian.AppendUint32(info, uint32(len(field)))
		info = append(info, field...)
	}
	info = binary.BigEndian.AppendUint32(info, uint32(size)*8)
	var out []byte
	for round := uint32(1); len(out) < size; round++ {
		digest := hashes["256"].New()
		digest.Write(binary.BigEndian.AppendUint32(nil, round))
		digest.Write(shared)
		digest.Write(info)
		out = digest.Sum(out)
	}
	return out[:size]
}

// keyFromSecret makes a symmetric key of a client's secret (OpenID Connect Core §10.2).
func keyFromSecret(secret []byte, size int) []byte {
	name := "512"
	switch {
	case size <= 32:
		name = "256"
	case size <= 48:
		name = "384"
	}
	digest := hashes[name].New()
	digest.Write(secret)
	return digest.Sum(nil)[:size]
}
