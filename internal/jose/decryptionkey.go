package jose

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// DecryptionKey is a key of the user that opens what was encrypted for it (RFC 7517 §4).
type DecryptionKey struct {
	key     *Key          // its public half; the key itself where it is symmetric
	private crypto.Signer // nil where it is symmetric
	client  secret.Secret // a client secret, from which the key is derived for each algorithm
}

// Format redacts, whatever the verb.
func (DecryptionKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[decryption key]") }

// ParseDecryptionKey reads a private key for decryption: one JWK (RSA, EC or oct), or PEM. The password may be empty
// (RFC 7517 §4, RFC 7518 §4).
func ParseDecryptionKey(data []byte, password secret.Secret) (*DecryptionKey, error) {
	if isPEM(data) {
		private, err := anyPrivateKey(data, password)
		if err != nil {
			return nil, err
		}
		key, err := newKey(private.Public())
		if err != nil {
			return nil, notForDecryption(err)
		}
		key.anyKeyID = true
		return usableForDecryption(&DecryptionKey{key: key, private: private.Signer})
	}
	key, err := decryptionJWK([]byte(strings.TrimSpace(string(data))))
	if err != nil {
		return nil, notForDecryption(err)
	}
	return usableForDecryption(key)
}

func decryptionJWK(data []byte) (*DecryptionKey, error) {
	jwk, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	if jwk.Has("keys") && !jwk.Has("kty") {
		return nil, errors.New("a key set, and one key is needed: give each key in a file of its own")
	}
	key, err := readKey(jwk, local)
	if err != nil {
		return nil, err
	}
	// Of a private key key_ops say what it may do itself, which the reader of signatures does not ask.
	if key.Operations, err = jwk.Strings("key_ops"); err != nil {
		return nil, err
	}
	key.hasOps, key.anyKeyID = jwk.Has("key_ops"), key.KeyID == ""
	if key.KeyType == "oct" {
		return &DecryptionKey{key: key}, nil
	}
	d, err := bytesMember(jwk, "d")
	if err != nil {
		return nil, fmt.Errorf("no private part: %w", err)
	}
	private, err := privateHalf(jwk, key, d)
	if err != nil {
		return nil, err
	}
	return &DecryptionKey{key: key, private: private}, nil
}

// usableForDecryption refuses a key that no token could ever be opened with, before one is asked for.
func usableForDecryption(k *DecryptionKey) (*DecryptionKey, error) {
	key := k.key
	switch {
	case key.KeyType == "OKP" && key.Curve != curveX25519:
		return nil, notForDecryption(errors.New("an Ed25519 key signs, and cannot decrypt"))
	case key.KeyType == "RSA" && key.Size() < minRSA:
		return nil, notForDecryption(fmt.Errorf("an RSA key of %d bits is too short: at least %d are needed", key.Size(), minRSA))
	case key.Use != "" && key.Use != "enc":
		return nil, notForDecryption(fmt.Errorf("its use is %s, not enc", text.Escape(key.Use)))
	case key.KeyType == "oct" && key.Size() == 0:
		return nil, notForDecryption(errors.New("an empty key"))
	}
	if _, signs := key.Algorithm.suite(); signs {
		return nil, notForDecryption(fmt.Errorf("its alg is %s: it is a key for signatures", key.Algorithm))
	}
	return k, nil
}

func notForDecryption(err error) error {
	p := problem.Usagef("usage.key", "not a usable decryption key: %s", text.Escape(err.Error()))
	p.Cause = err
	return p.WithHint("a private JWK or PEM is needed; make one: oauthctl key generate --alg RSA-OAEP-256")
}

// operations are what key_ops must say, one of them at least (RFC 7517 §4.3).
func (m management) operations() []string {
	switch m.family {
	case agreement:
		return []string{"deriveKey", "deriveBits"}
	case direct:
		return []string{"decrypt"}
	}
	return []string{"unwrapKey", "decrypt"}
}

// unfit says why a key is not for a token; empty where it may be (RFC 7517 §4.2 to §4.4, RFC 7518 §4).
func (k *DecryptionKey) unfit(t *jwe) string {
	key, m := k.key, t.management
	switch {
	case !m.takes(key):
		return "its kty is " + key.KeyType
	case key.Algorithm != "" && string(key.Algorithm) != m.name && (m.family != direct || string(key.Algorithm) != t.encryption.name):
		return "it is bound to alg " + string(key.Algorithm)
	case m.family == agreement && key.Curve != t.sender.curve:
		return "its crv is " + key.Curve
	case key.hasOps && !slices.ContainsFunc(m.operations(), func(op string) bool { return slices.Contains(key.Operations, op) }):
		return "its key_ops do not include " + strings.Join(m.operations(), " or ")
	case m.kty == "oct" && k.client.IsZero() && key.Size() != t.symmetricSize()*8:
		return fmt.Sprintf("it has %d bits instead of %d", key.Size(), t.symmetricSize()*8)
	}
	return ""
}

// symmetricSize is how many octets a shared key must have.
func (t *jwe) symmetricSize() int {
	if t.management.family == direct {
		return t.encryption.size
	}
	return t.management.size
}

// octets returns the shared key, derived where it is a client secret.
func (k *DecryptionKey) octets(size int) []byte {
	if !k.client.IsZero() {
		return clientKey(k.client, size)
	}
	return []byte(k.key.shared.Reveal())
}

// clientKey makes a key of a client secret: the left of its hash, the shortest hash that is long enough
// (OpenID Connect Core §10.2).
func clientKey(s secret.Secret, size int) []byte {
	value := []byte(s.Reveal())
	switch {
	case size <= sha256.Size:
		sum := sha256.Sum256(value)
		return sum[:size]
	case size <= sha512.Size384:
		sum := sha512.Sum384(value)
		return sum[:size]
	}
	sum := sha512.Sum512(value)
	return sum[:size]
}

// contentKey finds the key of the content. What is wrong is never said (RFC 7516 §5.2, §11.5).
func (k *DecryptionKey) contentKey(t *jwe) ([]byte, error) {
	switch m := t.management; m.family {
	case rsaPKCS1, rsaOAEP:
		return k.rsaKey(t)
	case agreement:
		key, err := m.agree(t.sender, t.encryption, k.private)
		if err != nil || m.size == 0 {
			return key, err
		}
		return unwrapKey(key, t.encryptedKey)
	case aesWrap:
		return unwrapKey(k.octets(m.size), t.encryptedKey)
	case gcmWrap:
		return openGCM(k.octets(m.size), t.keyIV, t.encryptedKey, t.keyTag, nil)
	case direct:
		return k.octets(t.encryption.size), nil
	}
	return nil, errDecryption
}

func (k *DecryptionKey) rsaKey(t *jwe) ([]byte, error) {
	private, ok := k.private.(*rsa.PrivateKey)
	if !ok || len(t.encryptedKey) != private.Size() {
		return nil, errDecryption
	}
	if t.management.family == rsaPKCS1 {
		// A padding that is wrong leaves the random key in place, so that the content's tag fails and nothing tells
		// the two apart (RFC 7516 §11.5, RFC 3218 §2.3.2).
		key := random(t.encryption.size)
		//nolint:staticcheck // allowed only by name, and with a warning
		if err := rsa.DecryptPKCS1v15SessionKey(rand.Reader, private, t.encryptedKey, key); err != nil {
			return nil, errDecryption
		}
		return key, nil
	}
	key, err := rsa.DecryptOAEP(t.management.hash.New(), nil, private, t.encryptedKey, nil)
	if err != nil {
		return nil, errDecryption
	}
	return key, nil
}
