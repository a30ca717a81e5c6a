package op

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// signedAs signs claims with a key of web-jwt, by go-jose, which shares no code with what verifies them.
func signedAs(t *testing.T, alg jose.Algorithm, typ string, claims any) string {
	t.Helper()
	id, text := TestClientKey(alg)
	return signWith(t, alg, id, privateKey(t, text), typ, claims)
}

func privateKey(t *testing.T, text string) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		t.Fatalf("%T", key)
	}
	return signer
}

func signWith(t *testing.T, alg jose.Algorithm, id string, key any, typ string, claims any) string {
	t.Helper()
	options := &gojose.SignerOptions{}
	if typ != "" {
		options = options.WithType(gojose.ContentType(typ))
	}
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: gojose.SignatureAlgorithm(alg), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}
