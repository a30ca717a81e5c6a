package jose

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the default of PBKDF2 in old files, which must still be read
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// maxIterations bounds the work that a key file may ask for.
const maxIterations = 10_000_000

var errWrongPassword = errors.New("the private key cannot be decrypted: wrong password, or damaged")

// decryptPKCS8 decrypts what openssl makes by default: PBES2 with PBKDF2 and AES-CBC (RFC 8018 §6.2, RFC 5958 §3).
func decryptPKCS8(der []byte, password secret.Secret) (any, error) {
	var outer struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var scheme struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, err
	}
	if outer.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" {
		return nil, fmt.Errorf("%w: not by PBES2", errEncryption)
	}
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	keyLength, ok := map[string]int{
		"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32,
	}[scheme.Cipher.Algorithm.String()]
	if !ok {
		return nil, fmt.Errorf("%w: by a cipher other than AES-CBC", errEncryption)
	}
	key, err := deriveKey(scheme.KDF, password, keyLength)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != aes.BlockSize || len(outer.Data) == 0 || len(outer.Data)%aes.BlockSize != 0 {
		return nil, errWrongPassword
	}
	plain := make([]byte, len(outer.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, outer.Data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize || padding > len(plain) {
		return nil, errWrongPassword
	}
	private, err := x509.ParsePKCS8PrivateKey(plain[:len(plain)-padding])
	return private, undecryptable(plain[:len(plain)-padding], err)
}

// undecryptable takes what was decrypted and cannot be read for the fruit of a wrong password, unless it is one whole
// sequence, which comes about by a right one alone: a key of another kind.
func undecryptable(plain []byte, err error) error {
	var sequence []asn1.RawValue
	if rest, broken := asn1.Unmarshal(plain, &sequence); err != nil && (broken != nil || len(rest) > 0) {
		return errWrongPassword
	}
	return err
}

// deriveKey is PBKDF2 with the parameters of the file (RFC 8018 §5.2, appendix A.2).
func deriveKey(kdf pkix.AlgorithmIdentifier, password secret.Secret, length int) ([]byte, error) {
	if kdf.Algorithm.String() != "1.2.840.113549.1.5.12" {
		return nil, fmt.Errorf("%w: its password is not hashed with PBKDF2", errEncryption)
	}
	var parameters struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &parameters); err != nil {
		return nil, err
	}
	if parameters.Iterations < 1 || parameters.Iterations > maxIterations {
		return nil, fmt.Errorf("%w: it asks for %d rounds of PBKDF2", errEncryption, parameters.Iterations)
	}
	var newHash func() hash.Hash
	switch parameters.PRF.Algorithm.String() {
	case "", "1.2.840.113549.2.7":
		newHash = sha1.New
	case "1.2.840.113549.2.9":
		newHash = sha256.New
	case "1.2.840.113549.2.11":
		newHash = sha512.New
	default:
		return nil, fmt.Errorf("%w: its password is hashed with an unknown function", errEncryption)
	}
	if password.IsZero() {
		return nil, errPassword
	}
	return pbkdf2.Key(newHash, password.Reveal(), parameters.Salt, parameters.Iterations, length)
}
