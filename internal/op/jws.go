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
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return t, "it is no signed JWT of three parts"
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return t, "its " + []string{"header", "payload", "signature"}[i] + " is not base64url without padding"
		}
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
	t.input, t.signature = []byte(parts[0]+"."+parts[1]), raw[2]
	return t, ""
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
