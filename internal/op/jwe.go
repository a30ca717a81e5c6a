package op

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // RSA-OAEP is defined with it (RFC 7518 §4.3), where it does not matter that it collides
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// Encryption says how a token is encrypted for the client that reads it: a key encryption of RFC 7518 §4.1, empty for
// none at all, and a content encryption of RFC 7518 §5.1, empty for A128CBC-HS256.
type Encryption struct{ Alg, Enc string }

// sealing is a message about to be encrypted, every part of which a fault may change.
type sealing struct {
	kind      string // "id", "userinfo", "introspection" or "authorization"
	header    document
	plaintext []byte
	alg, enc  string
	key       crypto.PublicKey // nil where the key follows from the secret
	secret    []byte
	after     []func(compact string) string
}

// seal makes the compact form (RFC 7516 §5.1, §7.1). It uses crypto/* alone, for the same reason for which the provider
// signs by it.
func (s *sealing) seal() (string, error) {
	contentKey, encryptedKey, err := s.keys()
	if err != nil {
		return "", fmt.Errorf("encrypting with %s: %w", s.alg, err)
	}
	header, err := json.Marshal(s.header)
	if err != nil {
		return "", err
	}
	aad := b64(header)
	iv, ciphertext, tag, err := sealContent(s.enc, contentKey, s.plaintext, []byte(aad))
	if err != nil {
		return "", fmt.Errorf("encrypting with %s: %w", s.enc, err)
	}
	compact := aad + "." + b64(encryptedKey) + "." + b64(iv) + "." + b64(ciphertext) + "." + b64(tag)
	for _, change := range s.after {
		compact = change(compact)
	}
	return compact, nil
}

// keys makes the key of the content, and its encrypted form, which some algorithms leave empty (RFC 7518 §4).
func (s *sealing) keys() (contentKey, encryptedKey []byte, err error) {
	contentKey = randomBytes(contentKeySize(s.enc))
	switch key := s.key.(type) {
	case *rsa.PublicKey:
		switch s.alg {
		case "RSA-OAEP":
			encryptedKey, err = rsa.EncryptOAEP(sha1.New(), rand.Reader, key, contentKey, nil) //nolint:gosec // see the import
		case "RSA-OAEP-256":
			encryptedKey, err = rsa.EncryptOAEP(hashes["256"].New(), rand.Reader, key, contentKey, nil)
		default: // of a fault alone
			encryptedKey, err = rsa.EncryptPKCS1v15(rand.Reader, key, contentKey) //nolint:staticcheck // to be refused
		}
		return contentKey, encryptedKey, err
	case *ecdsa.PublicKey, *ecdh.PublicKey:
		return s.agree(key, contentKey)
	}
	if s.alg == "dir" {
		return keyFromSecret(s.secret, len(contentKey)), nil, nil
	}
	encryptedKey, err = wrapKey(keyFromSecret(s.secret, wrapKeySize(s.alg)), contentKey)
	return contentKey, encryptedKey, err
}

// agree encrypts by ECDH-ES, with a key of the moment that the header shows (RFC 7518 §4.6, RFC 8037 §3.2).
func (s *sealing) agree(key crypto.PublicKey, contentKey []byte) (agreed, encryptedKey []byte, err error) {
	peer, edwards := key.(*ecdh.PublicKey)
	if curved, ok := key.(*ecdsa.PublicKey); ok {
		if peer, err = curved.ECDH(); err != nil {
			return nil, nil, err
		}
	}
	own, err := peer.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	shared, err := own.ECDH(peer)
	if err != nil {
		return nil, nil, err
	}
	point := own.PublicKey().Bytes()
	epk := document{{"kty", "OKP"}, {"crv", "X25519"}, {"x", b64(point)}}
	if !edwards {
		size := (len(point) - 1) / 2 // 4, x, y
		epk = document{{"kty", "EC"}, {"crv", fmt.Sprint(peer.Curve())}, {"x", b64(point[1 : 1+size])}, {"y", b64(point[1+size:])}}
	}
	s.header.add("epk", epk)
	if s.alg == "ECDH-ES" {
		return agreedKey(shared, s.enc, nil, nil, len(contentKey)), nil, nil
	}
	encryptedKey, err = wrapKey(agreedKey(shared, s.alg, nil, nil, wrapKeySize(s.alg)), contentKey)
	return contentKey, encryptedKey, err
}

// encrypt encrypts a token of a kind for the client, in the way that it registered; where that is none, the token stays
// as it is. What is signed comes first and is nested (RFC 7519 §5.2, §11.2; OpenID Connect Core §10.2).
func (x *exchange) encrypt(kind, cty, token string, to Encryption) (string, *refusal) {
	switch {
	case to.Alg == "":
		return token, nil
	case !x.p.on(FeatureEncryption):
		return "", x.off(FeatureEncryption)
	}
	s := &sealing{kind: kind, plaintext: []byte(token), alg: to.Alg, enc: to.Enc, secret: []byte(x.client.Secret.Reveal())}
	if s.enc == "" {
		s.enc = defaultEnc
	}
	s.header = document{{"alg", s.alg}, {"enc", s.enc}}
	if key, ok := x.client.keys.encryptionKey(s.alg); ok {
		s.key = key.public
		if key.id != "" {
			s.header.add("kid", key.id)
		}
	}
	if cty != "" {
		s.header.add("cty", cty)
	}
	for _, fault := range x.p.faults {
		if fault.encrypted != nil {
			fault.encrypted(x, s)
		}
	}
	compact, err := s.seal()
	if err != nil {
		return "", failed(err)
	}
	return compact, nil
}

// off refuses a client what it registered for, and what the provider does not have.
func (x *exchange) off(f Feature) *refusal {
	return &refusal{
		code: "server_error", status: http.StatusInternalServerError,
		description: "client '" + x.client.ID + "' is registered for " + string(f) + ", which is off",
	}
}

// encryptionKey finds the key for an algorithm: one for encryption alone, else one that says of no use.
func (k registeredKeys) encryptionKey(alg string) (registeredKey, bool) {
	for _, use := range []string{"enc", ""} {
		for _, key := range k.keys {
			if key.use == use && (key.alg == "" || string(key.alg) == alg) && fitsEncryption(key.public, alg) {
				return key, true
			}
		}
	}
	return registeredKey{}, false
}

// fitsEncryption says whether an algorithm goes with a type of key (RFC 7518 §4.3, §4.6).
func fitsEncryption(key crypto.PublicKey, alg string) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return alg == "RSA-OAEP" || alg == "RSA-OAEP-256"
	case *ecdsa.PublicKey, *ecdh.PublicKey:
		return slices.Contains(keyEncryptions[2:], alg)
	}
	return false
}

// encryptedAnswer is what a client may have encrypted: its name in RFC 7591 §2, RFC 9701 §6 and JARM §3, and the field
// of the registration.
type encryptedAnswer struct {
	name  string
	field *Encryption
}

func (c *Client) encryptions() []encryptedAnswer {
	return []encryptedAnswer{
		{"id_token", &c.IDTokenEncryption},
		{"userinfo", &c.UserInfoEncryption},
		{"introspection", &c.IntrospectionEncryption},
		{"authorization", &c.AuthorizationEncryption},
	}
}

// checkEncryption says what is wrong with how a client wants to be written to.
func (c *Client) checkEncryption(keys registeredKeys) error {
	for _, answer := range c.encryptions() {
		e := *answer.field
		wrong := func(format string, args ...any) error {
			return c.wrong("encryption of %s: "+format, append([]any{answer.name}, args...)...)
		}
		_, found := keys.encryptionKey(e.Alg)
		switch symmetric := slices.Contains(secretEncryptions, e.Alg); {
		case e == Encryption{}:
		case e.Alg == "":
			return wrong("enc %s without alg", e.Enc)
		case !symmetric && !slices.Contains(keyEncryptions, e.Alg):
			return wrong("there is no alg %q; there are: %s", e.Alg, joined(slices.Concat(keyEncryptions, secretEncryptions)))
		case e.Enc != "" && contentKeySize(e.Enc) == 0:
			return wrong("there is no enc %q; there are: %s", e.Enc, joined(contentEncryptions))
		case symmetric && c.Secret.IsZero():
			return wrong("alg %s needs a secret", e.Alg)
		case !symmetric && !found:
			return wrong("alg %s needs a key that fits it among the client's keys", e.Alg)
		}
	}
	return nil
}
