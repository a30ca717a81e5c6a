package op

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// jws is a signed token that a client sent, parsed and not verified. It is verified by crypto/* alone, for the same
// reason for which the provider signs by it.
type jws struct {
	header, claims strictjson.Object
	alg            jose.Algorithm
	keyID, typ     string
	input          []byte // what was signed
	signature      []byte
}

// parseJWS reads the compact form (RFC 7515 §7.1); wrong says what is not as it must be.
func parseJWS(compact string) (t jws, wrong string) {
	if strings.Count(compact, ".") != 2 {
		return t, "it is no signed JWT of three parts"
	}
	raw, wrong := decodeParts(compact, "header", "payload", "signature")
	if wrong != "" {
		return t, wrong
	}
	var err error
	if t.header, err = strictjson.Parse(raw[0]); err != nil {
		return t, "its header is no JSON object: " + err.Error()
	}
	if t.claims, err = strictjson.Parse(raw[1]); err != nil {
		return t, "its payload is no JSON object: " + err.Error()
	}
	var texts [3]string
	for i, name := range []string{"alg", "kid", "typ"} {
		if texts[i], err = t.header.String(name); err != nil {
			return t, name + " in its header is no string"
		}
	}
	if t.header.Has("crit") {
		return t, "its header has crit, and no extension is known here"
	}
	t.alg, t.keyID, t.typ = jose.Algorithm(texts[0]), texts[1], texts[2]
	t.input, t.signature = []byte(compact[:strings.LastIndexByte(compact, '.')]), raw[2]
	return t, ""
}

// decodeParts decodes the parts of a compact form, as many as there are names; wrong says which is not as it must be.
func decodeParts(compact string, names ...string) (raw [][]byte, wrong string) {
	parts := strings.Split(compact, ".")
	for i, name := range names {
		part, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil {
			return nil, "its " + name + " is not base64url without padding"
		}
		raw = append(raw, part)
	}
	return raw, ""
}

// audiences are those of aud, one or many (RFC 7519 §4.1.3).
func (t *jws) audiences() ([]string, error) {
	if one, err := t.claims.String("aud"); err == nil {
		return []string{one}, nil
	}
	return t.claims.Strings("aud")
}

// verifiedBy says whether a key made the signature (RFC 7518 §3, RFC 8037 §3.1).
func (t *jws) verifiedBy(key crypto.PublicKey) bool {
	hash := hashOf(t.alg)
	digest := hash.New()
	digest.Write(t.input)
	sum := digest.Sum(nil)
	switch key := key.(type) {
	case ed25519.PublicKey:
		return (t.alg == jose.EdDSA || t.alg == jose.Ed25519) && ed25519.Verify(key, t.input, t.signature)
	case *rsa.PublicKey:
		switch t.alg {
		case jose.RS256, jose.RS384, jose.RS512:
			return rsa.VerifyPKCS1v15(key, hash, sum, t.signature) == nil
		case jose.PS256, jose.PS384, jose.PS512:
			return rsa.VerifyPSS(key, hash, sum, t.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		curve := map[jose.Algorithm]string{jose.ES256: "P-256", jose.ES384: "P-384", jose.ES512: "P-521"}[t.alg]
		if curve != key.Curve.Params().Name || len(t.signature) != 2*size {
			return false
		}
		return ecdsa.Verify(key, sum, new(big.Int).SetBytes(t.signature[:size]), new(big.Int).SetBytes(t.signature[size:]))
	}
	return false
}

// verifiedWith says whether a shared secret made the signature (RFC 7518 §3.2).
func (t *jws) verifiedWith(secret []byte) bool {
	mac := hmac.New(hashOf(t.alg).New, secret)
	mac.Write(t.input)
	return hmac.Equal(mac.Sum(nil), t.signature)
}
