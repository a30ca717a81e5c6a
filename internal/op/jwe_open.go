package op

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // RSA-OAEP is defined with it (RFC 7518 §4.3), where it does not matter that it collides
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// sealed is an encrypted message that a client sent.
type sealed struct {
	header                            strictjson.Object
	alg, enc, keyID                   string
	encryptedKey, iv, ciphertext, tag []byte
	aad                               []byte
}

// parseJWE reads the compact form (RFC 7516 §7.1); wrong says what is not as it must be.
func parseJWE(compact string) (t sealed, wrong string) {
	if strings.Count(compact, ".") != 4 {
		return t, "it is no encrypted JWT of five parts"
	}
	raw, wrong := decodeParts(compact, "header", "encrypted key", "initialization vector", "ciphertext", "tag")
	if wrong != "" {
		return t, wrong
	}
	var err error
	if t.header, err = strictjson.Parse(raw[0]); err != nil {
		return t, "its header is no JSON object: " + err.Error()
	}
	for name, into := range map[string]*string{"alg": &t.alg, "enc": &t.enc, "kid": &t.keyID} {
		if *into, err = t.header.String(name); err != nil {
			return t, name + " in its header is no string"
		}
	}
	switch {
	case t.header.Has("crit"):
		return t, "its header has crit, and no extension is known here"
	case t.header.Has("zip"):
		return t, "its header has zip, and compressed content is not taken here"
	case !slices.Contains(keyEncryptions, t.alg):
		return t, "its alg is '" + t.alg + "'; " + only(keyEncryptions)
	case contentKeySize(t.enc) == 0:
		return t, "its enc is '" + t.enc + "'; " + only(contentEncryptions)
	}
	t.encryptedKey, t.iv, t.ciphertext, t.tag = raw[1], raw[2], raw[3], raw[4]
	t.aad = []byte(compact[:strings.IndexByte(compact, '.')])
	return t, ""
}

// decrypt opens what a client encrypted for the provider, a request object above all (RFC 9101 §6.1, RFC 7516 §5.2).
// That it cannot be opened is all that is said then: why would help whoever tries many (RFC 7516 §11.5).
func (p *Provider) decrypt(compact string) ([]byte, *refusal) {
	refuse := func(why string) ([]byte, *refusal) {
		return nil, refused("invalid_request_object", "the request object cannot be decrypted: %s", why)
	}
	t, wrong := parseJWE(compact)
	if wrong != "" {
		return refuse(wrong)
	}
	var known []string
	for _, id := range p.keys.encryption {
		key := p.keys.keys[id]
		if !fitsEncryption(key.Public(), t.alg) {
			continue
		}
		known = append(known, id)
		if t.keyID != "" && t.keyID != id {
			continue
		}
		contentKey, err := t.contentKey(key)
		if err != nil {
			continue
		}
		if plaintext, ok := openContent(t.enc, contentKey, t.iv, t.ciphertext, t.tag, t.aad); ok {
			return plaintext, nil
		}
	}
	if len(known) == 0 || t.keyID != "" && !slices.Contains(known, t.keyID) {
		return refuse("there is no key '" + t.keyID + "' for " + t.alg + "; there are: " + strings.Join(known, " "))
	}
	return refuse("it was encrypted to another key than " + strings.Join(known, " ") + ", or was changed since")
}

// contentKey recovers the key of the content (RFC 7518 §4.3, §4.6).
func (t *sealed) contentKey(own any) (key []byte, err error) {
	size := contentKeySize(t.enc)
	switch own := own.(type) {
	case *rsa.PrivateKey:
		hash := hashes["256"].New()
		if t.alg == "RSA-OAEP" {
			hash = sha1.New() //nolint:gosec // see the import
		}
		key, err = rsa.DecryptOAEP(hash, nil, own, t.encryptedKey, nil)
	case *ecdsa.PrivateKey:
		key, err = t.agreed(own)
		switch {
		case err != nil:
		case t.alg != "ECDH-ES":
			key, err = unwrapKey(key, t.encryptedKey)
		case len(t.encryptedKey) > 0: // direct agreement has none (RFC 7516 §5.2)
			err = errors.New("a key beside the agreed one")
		}
	}
	if err != nil || len(key) != size {
		return nil, errors.New("no key of that size")
	}
	return key, nil
}

// agreed derives the key of ECDH-ES from the key of the moment that the header shows, which must be a point of our
// key's curve (RFC 7518 §4.6.1).
func (t *sealed) agreed(own *ecdsa.PrivateKey) ([]byte, error) {
	private, err := own.ECDH()
	if err != nil {
		return nil, err
	}
	epk, _, err := t.header.Object("epk")
	if err != nil {
		return nil, err
	}
	kty, _ := epk.String("kty")
	if crv, _ := epk.String("crv"); kty != "EC" || crv != own.Curve.Params().Name {
		return nil, errors.New("epk is a key of another curve")
	}
	var parts [4][]byte
	for i, from := range []strictjson.Object{epk, epk, t.header, t.header} {
		if parts[i], err = octets(from, []string{"x", "y", "apu", "apv"}[i]); err != nil {
			return nil, err
		}
	}
	if size := (own.Curve.Params().BitSize + 7) / 8; len(parts[0]) != size || len(parts[1]) != size {
		return nil, errors.New("a coordinate has another length")
	}
	point := slices.Concat([]byte{4}, parts[0], parts[1])
	peer, err := private.Curve().NewPublicKey(point) // only a point of the curve
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(peer)
	if err != nil {
		return nil, err
	}
	if t.alg == "ECDH-ES" {
		return agreedKey(shared, t.enc, parts[2], parts[3], contentKeySize(t.enc)), nil
	}
	return agreedKey(shared, t.alg, parts[2], parts[3], wrapKeySize(t.alg)), nil
}

// octets reads a member in base64url; one that is absent is empty.
func octets(from strictjson.Object, name string) ([]byte, error) {
	text, err := from.String(name)
	if err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}
