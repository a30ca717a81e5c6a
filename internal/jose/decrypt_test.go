package jose_test

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"testing"
)

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
