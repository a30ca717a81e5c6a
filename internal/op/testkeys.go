package op

import (
	_ "embed" // the keys of the test clients
	"encoding/pem"
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

//go:embed clientkeys.pem
var clientKeys string

//go:embed clientkeys.json
var clientKeySet string

//go:embed clientenckeys.json
var clientEncryptionKeys string

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

// TestDecryptionKey returns the private key to which tokens of the default clients that want them encrypted are, by a
// key encryption such as ECDH-ES: its kid, and PKCS#8 in PEM. Both are empty for one that takes the client's secret.
func TestDecryptionKey(alg string) (keyID, key string) {
	switch {
	case strings.HasPrefix(alg, "RSA"):
		keyID = "client-enc-rsa"
	case strings.HasPrefix(alg, "ECDH-ES"):
		keyID = "client-enc-p256"
	default:
		return "", ""
	}
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

// KeyFile is a file with which somebody can be a test client.
type KeyFile struct {
	Name, ClientID string // the client is empty for what all of them need
	Flag           string // of oauthctl, that takes the file
	Data           secret.Secret
}

// KeyFiles returns the private keys and certificates of those clients that have this package's: a JWK for each key, and
// PEM with certificate and key. Other keys that a configuration names are its author's.
func KeyFiles(config Config) ([]KeyFile, error) {
	var files []KeyFile
	certificates, encrypted := false, false
	for _, c := range config.Clients {
		encrypted = encrypted || c.Keys == clientEncryptionKeys
		name := url.PathEscape(c.ID)
		if c.Keys == clientKeySet {
			keys, err := clientKeyFiles(c.ID, name)
			if err != nil {
				return nil, err
			}
			files = append(files, keys...)
		}
		certificate, key := TestCertificate(c.ID)
		switch method := c.authMethods()[0]; {
		case certificate != "" && byCertificate(method):
		case c.Keys == clientKeySet && c.CertificateBound: // to any
			certificate, key = TestCertificate("web-tls")
		default:
			continue
		}
		certificates = true
		files = append(files, KeyFile{name + ".pem", c.ID, "cert", secret.New(certificate + key)})
	}
	if certificates {
		files = append(files, KeyFile{"ca.pem", "", "cacert", secret.New(TestCA())})
	}
	if encrypted {
		for _, alg := range []string{"RSA-OAEP", "ECDH-ES"} {
			_, key := TestDecryptionKey(alg)
			files = append(files, KeyFile{"decryption-" + alg + ".pem", "", "decryption-key", secret.New(key)})
		}
	}
	return files, nil
}

func clientKeyFiles(id, name string) ([]KeyFile, error) {
	var files []KeyFile
	for _, alg := range []jose.Algorithm{jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.RS256} {
		kid, text := TestClientKey(alg)
		key, err := jose.ParsePrivateKey([]byte(text), secret.Secret{})
		if err != nil {
			return nil, err
		}
		key.KeyID = kid
		jwk, err := key.JWK()
		if err != nil {
			return nil, err
		}
		files = append(files, KeyFile{name + kid[len("client"):] + ".jwk", id, "client-key", jwk})
	}
	return files, nil
}
