package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// readPEM reads every block of public keys, certificates and private keys (RFC 7468 §5, §10, §13).
func readPEM(data []byte) (*KeySet, error) {
	set := &KeySet{Raw: data}
	for rest := data; len(set.Keys) < MaxKeys; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "EC PARAMETERS" {
			continue
		}
		public, err := publicFromPEM(block)
		if err != nil {
			return nil, notKeys(err.Error())
		}
		key, err := newKey(public)
		if err != nil {
			return nil, notKeys(err.Error())
		}
		key.anyKeyID = true
		set.Keys = append(set.Keys, key)
	}
	if len(set.Keys) == 0 {
		return nil, notKeys("PEM without a key")
	}
	return set, nil
}

func publicFromPEM(block *pem.Block) (crypto.PublicKey, error) {
	switch {
	case block.Type == "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case block.Type == "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		private, err := privateFromPEM(block, secret.Secret{})
		if err != nil {
			return nil, err
		}
		return private.Public(), nil
	}
	return nil, fmt.Errorf("a PEM block of type %s", text.Escape(block.Type))
}

var (
	errPassword   = errors.New("the private key is encrypted")
	errEncryption = errors.New("the private key is encrypted in a way that is not read here")
)

// privateFromPEM reads PKCS#1, SEC 1 and PKCS#8, each also encrypted.
func privateFromPEM(block *pem.Block, password secret.Secret) (crypto.Signer, error) {
	der, err := decryptPEM(block, password)
	if err != nil {
		return nil, err
	}
	var private any
	switch block.Type {
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(der)
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(der)
	case "ENCRYPTED PRIVATE KEY":
		private, err = decryptPKCS8(der, password)
	default:
		return nil, fmt.Errorf("a PEM block of type %s", text.Escape(block.Type))
	}
	if block.Headers["DEK-Info"] != "" {
		err = undecryptable(der, err) // its padding may have held by chance
	}
	switch {
	case errors.Is(err, errPassword), errors.Is(err, errWrongPassword), errors.Is(err, errEncryption):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("it is damaged, or no key of RSA, P-256, P-384, P-521 or Ed25519: %w", err)
	}
	if key, ok := private.(*ecdh.PrivateKey); ok {
		private = agreementKey{key}
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a private key that cannot sign (%T)", private)
	}
	return signer, nil
}

// decryptPEM returns what is in a block, decrypted where its headers say that it is encrypted: the format of OpenSSL
// before PKCS#8, which many keys in use still have (RFC 1421 §4.6.1).
func decryptPEM(block *pem.Block, password secret.Secret) ([]byte, error) {
	info := block.Headers["DEK-Info"]
	if info == "" {
		return block.Bytes, nil
	}
	name, _, _ := strings.Cut(info, ",")
	if !slices.Contains([]string{"DES-CBC", "DES-EDE3-CBC", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC"}, name) {
		return nil, fmt.Errorf("%w: by %s", errEncryption, text.Escape(name))
	}
	if password.IsZero() {
		return nil, errPassword
	}
	//nolint:staticcheck // weak as it is, it opens the user's own file, and nothing is ever written that way
	der, err := x509.DecryptPEMBlock(block, []byte(password.Reveal()))
	if err != nil {
		return nil, errWrongPassword
	}
	return der, nil
}
