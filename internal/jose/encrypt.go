package jose

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Encrypt returns a plaintext as a compact JWE for the holder of a public key. The header's further members are such as
// typ and cty; alg, enc, kid and what the algorithm needs are set here. RSA1_5 is never made (RFC 7516 §5.1).
func Encrypt(plaintext []byte, to *Key, alg, enc string, header map[string]any) (string, error) {
	m, e, err := encryptionPair(alg, enc)
	if err != nil {
		return "", err
	}
	if reason := to.unfitToEncrypt(m); reason != "" {
		return "", problem.Usagef("usage.key", "the key cannot encrypt by %s: %s", alg, text.Escape(reason))
	}
	return seal(plaintext, m, e, headerFor(header, alg, enc, to.KeyID), func(header map[string]any) (cek, encrypted []byte, err error) {
		switch public := to.public.(type) {
		case *rsa.PublicKey:
			cek = random(e.size)
			encrypted, err = rsa.EncryptOAEP(m.hash.New(), rand.Reader, public, cek, nil)
			return cek, encrypted, err
		case *ecdsa.PublicKey, *ecdh.PublicKey:
			epk, key, err := m.offer(public, e)
			if header["epk"] = epk; err != nil || m.size == 0 {
				return key, nil, err
			}
			cek = random(e.size)
			encrypted, err = wrapKey(key, cek)
			return cek, encrypted, err
		}
		return m.wrap([]byte(to.shared.Reveal()), e, header)
	})
}

// CheckEncryption says whether something can be encrypted by alg and enc for a public key; a usage error says why not.
func CheckEncryption(alg, enc string) error {
	m, _, err := encryptionPair(alg, enc)
	if err == nil && m.kty == "oct" {
		err = noEncryption(alg, enc)
	}
	return err
}

func noEncryption(alg, enc string) error {
	return problem.Usagef("usage.algs", "nothing is encrypted by %q with %q here", text.Escape(alg), text.Escape(enc)).
		WithHint("alg is one of %s, and enc such as A256GCM", EncryptionAlgorithms())
}

func encryptionPair(alg, enc string) (management, contentEncryption, error) {
	m, known := managementOf(alg)
	e, knownEnc := contentEncryptionOf(enc)
	if !known || !knownEnc || alg == rsa15 {
		return m, e, noEncryption(alg, enc)
	}
	return m, e, nil
}

func headerFor(further map[string]any, alg, enc, kid string) map[string]any {
	header := maps.Clone(further)
	if header == nil {
		header = make(map[string]any)
	}
	header["alg"], header["enc"] = alg, enc
	if kid != "" {
		header["kid"] = kid
	}
	return header
}

// seal makes the five parts; key finds the content's key and adds to the header what the reader needs.
func seal(
	plaintext []byte, m management, e contentEncryption, header map[string]any,
	key func(map[string]any) (cek, encrypted []byte, err error),
) (string, error) {
	cek, encrypted, err := key(header)
	if err != nil {
		return "", fmt.Errorf("encrypting with %s: %w", m.name, err)
	}
	if len(cek) != e.size {
		return "", problem.Usagef("usage.key", "%s needs a key of %d bits, and this one has %d", e.name, e.size*8, len(cek)*8)
	}
	protected, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("encoding the header: %w", err)
	}
	first := encodePart(protected)
	iv, ciphertext, tag, err := e.seal(cek, plaintext, []byte(first))
	if err != nil {
		return "", fmt.Errorf("encrypting with %s: %w", e.name, err)
	}
	return first + "." + encodePart(encrypted) + "." + encodePart(iv) + "." + encodePart(ciphertext) + "." + encodePart(tag), nil
}

// wrap puts a fresh key under a shared one, or takes the shared one itself (RFC 7518 §4.4, §4.5, §4.7).
func (m management) wrap(shared []byte, e contentEncryption, header map[string]any) (cek, encrypted []byte, err error) {
	if m.family == direct {
		return shared, nil, nil
	}
	cek = random(e.size)
	if m.family == aesWrap {
		encrypted, err = wrapKey(shared, cek)
		return cek, encrypted, err
	}
	iv, encrypted, tag, err := sealGCM(shared, cek, nil)
	header["iv"], header["tag"] = encodePart(iv), encodePart(tag)
	return cek, encrypted, err
}

// unfitToEncrypt says why nothing may be encrypted with a key; empty where it may be (RFC 7517 §4.2 to §4.4).
func (k *Key) unfitToEncrypt(m management) string {
	switch {
	case !m.takes(k):
		return "its kty is " + k.KeyType
	case k.Algorithm != "" && string(k.Algorithm) != m.name:
		return "it is bound to alg " + string(k.Algorithm)
	case k.Use != "" && k.Use != "enc":
		return "its use is " + k.Use
	case k.KeyType == "RSA" && k.Size() < minRSA:
		return fmt.Sprintf("it has %d bits, and at least %d are needed", k.Size(), minRSA)
	case m.family != direct && m.kty == "oct" && k.Size() != m.size*8:
		return fmt.Sprintf("it has %d bits instead of %d", k.Size(), m.size*8)
	case k.hasOps && !slices.ContainsFunc([]string{"encrypt", "wrapKey", "deriveKey", "deriveBits"}, func(op string) bool { return slices.Contains(k.Operations, op) }):
		return "its key_ops are for something else"
	}
	return ""
}

// ForEncryption returns the key of a provider to encrypt for, and by which of the algorithms; nil stands for every one
// with a key pair. A key that says that it is for encryption goes before one that says nothing, and one for signatures
// is never taken (RFC 7517 §4.2, OpenID Connect Core §10.2.1).
func (s *KeySet) ForEncryption(algs []string) (*Key, string, error) {
	for _, use := range []string{"enc", ""} {
		for i := range managements {
			m := managements[i]
			if m.kty == "oct" || m.name == rsa15 || algs != nil && !slices.Contains(algs, m.name) {
				continue
			}
			for _, k := range s.Keys {
				if k.Use == use && k.unfitToEncrypt(m) == "" {
					return k, m.name, nil
				}
			}
		}
	}
	want := "a key with use enc"
	if algs != nil {
		want += " for one of " + enumerate(algs)
	}
	return nil, "", &problem.Error{
		Kind: problem.Verification, Code: "jose.jwe.key", Spec: "OpenID Connect Core §10.2.1", Want: text.Escape(want),
		Got: fmt.Sprintf("none among %d keys", len(s.Keys)), Message: "the provider publishes no key that could be encrypted for",
		Hint: "list its keys: oauthctl jwks",
	}
}

// CanEncrypt says whether the key is of the kind that an alg encrypts for (RFC 7518 §4.1).
func (k *Key) CanEncrypt(alg Algorithm) bool {
	m, known := managementOf(string(alg))
	return known && k.unfitToEncrypt(m) == ""
}
