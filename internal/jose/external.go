package jose

import (
	"crypto"
	"crypto/ed25519"
	"encoding/asn1"
	"io"
	"math/big"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// maxExternalRSA is the longest RSA signature that is taken from outside, in octets: a key of 16384 bits.
const maxExternalRSA = 2048

// NewExternalSigner makes a signer whose key somebody else holds, such as an HSM or a key service: the signing input
// goes out, the signature of the algorithm over it comes back. That of ECDSA may come as DER. What cannot be a signature
// of the algorithm is refused; whether it is one of the right key, only its verifier can tell (RFC 7515 §5.1).
func NewExternalSigner(alg Algorithm, kid string, sign func(input []byte) ([]byte, error)) (*Signer, error) {
	s, known := alg.suite()
	switch {
	case !known:
		return nil, unknownAlgorithm(alg)
	case s.family == hmacFamily:
		return nil, problem.Usagef("usage.algs", "%s has no key pair: it needs a secret", alg)
	case sign == nil:
		return nil, problem.Usagef("usage.key", "no key to sign with")
	}
	// A key of Edwards' family gets the input itself instead of a hash, and its signature goes into the token as it is.
	outside := s
	outside.family = edwards
	public := &Key{KeyID: kid, KeyType: s.kty, Curve: s.curve, Algorithm: alg, Use: "sig"}
	return &Signer{algorithm: alg, suite: outside, key: external{s, sign}, public: public}, nil
}

// external is a crypto.Signer for the Signer alone: it takes the input, and gives the signature as a token has it.
type external struct {
	suite suite
	sign  func(input []byte) ([]byte, error)
}

// Public returns nothing: the key is not known here.
func (external) Public() crypto.PublicKey { return nil }

// Sign takes the signing input, not its hash.
func (e external) Sign(_ io.Reader, input []byte, _ crypto.SignerOpts) ([]byte, error) {
	signature, err := e.sign(input)
	if err != nil {
		return nil, err
	}
	switch e.suite.family {
	case edwards:
		if len(signature) != ed25519.SignatureSize {
			return nil, badSignature("%s", wrongLength(len(signature), ed25519.SignatureSize))
		}
	case ecdsaFamily:
		return e.ecdsa(signature)
	default:
		if n := len(signature); n < minRSA/8 || n > maxExternalRSA {
			return nil, badSignature("a signature of %d octets is none of an RSA key of %d bits or more", n, minRSA)
		}
	}
	return signature, nil
}

// ecdsa takes r and s side by side, or DER, and wants both within the order of the curve (RFC 7518 §3.4). Something of
// the fixed length is never read as DER: to be both, r would have to begin like DER by an accident of 1 in 2^32.
func (e external) ecdsa(signature []byte) ([]byte, error) {
	curve, _ := curveByName(e.suite.curve)
	order := curve.Params().N
	size := (order.BitLen() + 7) / 8
	if len(signature) != 2*size {
		var pair struct{ R, S *big.Int }
		rest, err := asn1.Unmarshal(signature, &pair)
		if err != nil || len(rest) > 0 {
			return nil, badSignature("%s, and it is no DER", wrongLength(len(signature), 2*size))
		}
		if signature, err = fixedLength(signature, size); err != nil {
			return nil, badSignature("%v", err)
		}
	}
	for _, half := range [][]byte{signature[:size], signature[size:]} {
		if n := new(big.Int).SetBytes(half); n.Sign() == 0 || n.Cmp(order) >= 0 {
			return nil, badSignature("the signature is none of %s", e.suite.name)
		}
	}
	return signature, nil
}

// badSignature is about what came back from outside: the user's own command or service is at fault.
func badSignature(format string, args ...any) error {
	return problem.Usagef("usage.key_command", format, args...).
		WithHint("whoever holds the key must give back the signature alone, raw or as base64, by the algorithm that was named")
}
