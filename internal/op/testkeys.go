package op

import (
	_ "embed" // the keys of the test clients
	"encoding/pem"

	"github.com/oauthctl/oauthctl/internal/jose"
)

//go:embed clientkeys.pem
var clientKeys string

//go:embed clientkeys.json
var clientKeySet string

//go:embed tls.pem
var testTLS string

// TestClientKey returns the private key with which the default client web-jwt signs by an algorithm: its kid, and
// PKCS#8 in PEM. Both are empty for an algorithm that it has no key for.
func TestClientKey(alg jose.Algorithm) (keyID, key string) {
	if keyFor[alg] == "" {
		return "", ""
	}
	keyID = "client-" + keyFor[alg][len("test-"):]
	return keyID, findPEM(clientKeys, "Key-ID", keyID, "PRIVATE KEY")
}

// TestCertificate returns the certificate of a default client, web-tls or web-tls-self, and its key, in PEM.
func TestCertificate(clientID string) (certificate, key string) {
	return findPEM(testTLS, "Name", clientID, "CERTIFICATE"), findPEM(testTLS, "Name", clientID, "PRIVATE KEY")
}

// TestCA returns the certificate in PEM of the authority that made those of the provider's TLS listener and of the
// client web-tls.
func TestCA() string { return findPEM(testTLS, "Name", "ca", "CERTIFICATE") }

// findPEM returns the block of a type that has a header, without its headers: other programs stumble over them.
func findPEM(text, header, value, kind string) string {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return ""
		}
		if block.Type == kind && block.Headers[header] == value {
			return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: block.Bytes}))
		}
	}
}
