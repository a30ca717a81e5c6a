package jose

import (
	"errors"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// Encrypt returns a plaintext as a compact JWE for the holder of a public key. The header's further members are typ and
// cty; alg, enc, kid and epk are set here (RFC 7516 §5.1).
func Encrypt(plaintext []byte, to *Key, alg, enc string, header map[string]any) (string, error) {
	return "", errors.New("not there yet")
}

// EncryptSymmetric is Encrypt with a key that is derived from a client secret (OpenID Connect Core §10.2).
func EncryptSymmetric(plaintext []byte, s secret.Secret, alg, enc string, header map[string]any) (string, error) {
	return "", errors.New("not there yet")
}

// ForEncryption returns the key of a provider to encrypt with, and the algorithm to use (RFC 7517 §4.2).
func (s *KeySet) ForEncryption(algs []string) (*Key, string, error) {
	return nil, "", errors.New("not there yet")
}
