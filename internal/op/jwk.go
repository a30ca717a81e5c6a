package op

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// minRSABits is the shortest RSA key that is taken (RFC 7518 §3.3).
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// publicFromJWK reads a public key that came in a header, and the members of its thumbprint in their order. wrong says
// what is not as it must be (RFC 7518 §6, RFC 8037 §2, RFC 7638 §3.2).
func publicFromJWK(jwk strictjson.Object) (key crypto.PublicKey, members document, wrong string) {
	kty, err := jwk.String("kty")
	if err != nil {
		return nil, nil, "kty is no string"
	}
	names := map[string][]string{"EC": {"crv", "kty", "x", "y"}, "OKP": {"crv", "kty", "x"}, "RSA": {"e", "kty", "n"}}[kty]
	if names == nil {
		return nil, nil, "its kty is '" + kty + "', not EC, OKP or RSA"
	}
	raw := make(map[string][]byte)
	for _, name := range names {
		text, err := jwk.String(name)
		if err != nil || text == "" {
			return nil, nil, name + " is missing"
		}
		members.add(name, text)
		if slices.Contains([]string{"crv", "kty"}, name) {
			continue
		}
		if raw[name], err = base64.RawURLEncoding.Strict().DecodeString(text); err != nil {
			return nil, nil, name + " is not base64url without padding"
		}
	}
	switch crv, _ := jwk.String("crv"); kty {
	case "EC":
		key, wrong = pointOf(crv, raw["x"], raw["y"])
	case "OKP":
		key = ed25519.PublicKey(raw["x"])
		if crv != "Ed25519" || len(raw["x"]) != ed25519.PublicKeySize {
			wrong = "it is no key of Ed25519"
		}
	default:
		key, wrong = modulusOf(raw["n"], raw["e"])
	}
	return key, members, wrong
}

func pointOf(crv string, x, y []byte) (crypto.PublicKey, string) {
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[crv]
	if curve == nil {
		return nil, "its crv is '" + crv + "', not P-256, P-384 or P-521"
	}
	if size := (curve.Params().BitSize + 7) / 8; len(x) != size || len(y) != size {
		return nil, "x and y are not as long as the curve wants them"
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, "it is no point of " + crv
	}
	return key, ""
}

func modulusOf(n, e []byte) (crypto.PublicKey, string) {
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch {
	case n[0] == 0 || e[0] == 0:
		return nil, "n or e begins with a zero octet"
	case modulus.BitLen() < minRSABits || modulus.BitLen() > maxRSABits:
		return nil, "it is an RSA key that is too short or too long: 2048 to 16384 bits are taken"
	case exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0:
		return nil, "its e is not an odd number from 3 to 2^31"
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, ""
}
