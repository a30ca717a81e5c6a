package jose

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// errDecryption is the one error of everything that goes wrong between a key and a plaintext: a stranger who could tell
// a bad key from a bad tag or a bad padding could decrypt by asking (RFC 7516 §11.4, §11.5).
var errDecryption = errors.New("it cannot be decrypted")

const gcmNonce, gcmTag = 12, 16

// open decrypts content and verifies its tag, in constant time and before anything is decrypted (RFC 7518 §5).
func (e contentEncryption) open(key, iv, ciphertext, tag, aad []byte) ([]byte, error) {
	if len(key) != e.size {
		return nil, errDecryption
	}
	if e.mac == 0 {
		return openGCM(key, iv, ciphertext, tag, aad)
	}
	if len(iv) != aes.BlockSize || len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 {
		return nil, errDecryption
	}
	if subtle.ConstantTimeCompare(e.tag(key, iv, ciphertext, aad), tag) != 1 {
		return nil, errDecryption
	}
	block, err := aes.NewCipher(key[e.size/2:])
	if err != nil {
		return nil, errDecryption
	}
	plain := make([]byte, len(ciphertext))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, ciphertext)
	return unpad(plain)
}

// unpad takes PKCS #7 padding off, every octet of which must be right (RFC 5652 §6.3).
func unpad(plain []byte) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > aes.BlockSize || n > len(plain) {
		return nil, errDecryption
	}
	for _, b := range plain[len(plain)-n:] {
		if int(b) != n {
			return nil, errDecryption
		}
	}
	return plain[:len(plain)-n], nil
}

// tag is the first half of the HMAC over the additional data, the IV, the ciphertext and the length of the first, in
// bits (RFC 7518 §5.2.2.1).
func (e contentEncryption) tag(key, iv, ciphertext, aad []byte) []byte {
	mac := hmac.New(e.mac.New, key[:e.size/2])
	mac.Write(aad)
	mac.Write(iv)
	mac.Write(ciphertext)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(aad))*8))
	return mac.Sum(nil)[:e.size/2]
}

// seal encrypts under a fresh IV (RFC 7518 §5).
func (e contentEncryption) seal(key, plaintext, aad []byte) (iv, ciphertext, tag []byte, err error) {
	if e.mac == 0 {
		return sealGCM(key, plaintext, aad)
	}
	block, err := aes.NewCipher(key[e.size/2:])
	if err != nil {
		return nil, nil, nil, err
	}
	iv = random(aes.BlockSize)
	n := aes.BlockSize - len(plaintext)%aes.BlockSize
	ciphertext = append(make([]byte, 0, len(plaintext)+n), plaintext...)
	for range n {
		ciphertext = append(ciphertext, byte(n))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext)
	return iv, ciphertext, e.tag(key, iv, ciphertext, aad), nil
}

func openGCM(key, iv, ciphertext, tag, aad []byte) ([]byte, error) {
	if len(iv) != gcmNonce || len(tag) != gcmTag {
		return nil, errDecryption
	}
	aead, err := newGCM(key)
	if err != nil {
		return nil, errDecryption
	}
	plain, err := aead.Open(nil, iv, append(ciphertext[:len(ciphertext):len(ciphertext)], tag...), aad)
	if err != nil {
		return nil, errDecryption
	}
	return plain, nil
}

func sealGCM(key, plaintext, aad []byte) (iv, ciphertext, tag []byte, err error) {
	aead, err := newGCM(key)
	if err != nil {
		return nil, nil, nil, err
	}
	iv = random(gcmNonce)
	sealed := aead.Seal(nil, iv, plaintext, aad)
	return iv, sealed[:len(plaintext)], sealed[len(plaintext):], nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// random never fails: crypto/rand ends the program first.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
