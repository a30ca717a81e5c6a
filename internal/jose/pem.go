package jose

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
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

var errPassword = errors.New("the private key is encrypted")

// privateFromPEM reads PKCS#1, SEC 1 and PKCS#8, the last also encrypted.
func privateFromPEM(block *pem.Block, password secret.Secret) (crypto.Signer, error) {
	if block.Headers["DEK-Info"] != "" {
		return nil, fmt.Errorf("%w in the old format of OpenSSL", errPassword)
	}
	var private any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		private, err = decryptPKCS8(block.Bytes, password)
	default:
		return nil, fmt.Errorf("a PEM block of type %s", text.Escape(block.Type))
	}
	if err != nil {
		return nil, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a private key that cannot sign (%T)", private)
	}
	return signer, nil
}
