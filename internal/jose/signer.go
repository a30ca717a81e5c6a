package jose

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Signer makes compact JWS with one key and one algorithm (RFC 7515 §5.1).
type Signer struct {
	algorithm Algorithm
	suite     suite
	key       crypto.Signer
	shared    secret.Secret
	public    *Key
	embed     bool
}

// NewSigner makes a signer; a key that does not go with the algorithm is a usage error (RFC 7518 §3.1).
func NewSigner(key crypto.Signer, alg Algorithm, kid string) (*Signer, error) {
	s, known := alg.suite()
	if !known {
		return nil, unknownAlgorithm(alg)
	}
	if key == nil {
		return nil, problem.Usagef("usage.key", "no key to sign with")
	}
	public, err := newKey(key.Public())
	if err != nil {
		return nil, problem.Usagef("usage.key", "the key cannot sign: %s", text.Escape(err.Error()))
	}
	if reason := public.unfit(s); reason != "" {
		return nil, problem.Usagef("usage.key", "the key cannot sign %s: %s", alg, reason).
			WithHint("algorithms of this key: %s", public.Algorithms())
	}
	if public.KeyType == "RSA" && public.Size() < minRSA {
		return nil, problem.Usagef("usage.key", "an RSA key of %d bits is too weak: at least %d are needed", public.Size(), minRSA).
			WithHint("make a new one: oauthctl key generate --alg %s", alg)
	}
	public.KeyID, public.Algorithm, public.Use = kid, alg, "sig"
	return &Signer{algorithm: alg, suite: s, key: key, public: public}, nil
}

// NewSecretSigner makes a signer for an HMAC algorithm; another algorithm fails when it signs (RFC 7518 §3.2).
func NewSecretSigner(s secret.Secret, alg Algorithm) *Signer {
	suite, _ := alg.suite()
	return &Signer{algorithm: alg, suite: suite, shared: s}
}

// Algorithms returns the algorithms that the key can be used with (RFC 7518 §3.1).
func (k *Key) Algorithms() Algorithms {
	var out Algorithms
	for i := range suites {
		if k.fits(suites[i]) {
			out = append(out, suites[i].name)
		}
	}
	return out
}

// PublicJWK returns the public key with kid, alg and use; nil for a secret (RFC 7517 §4).
func (s *Signer) PublicJWK() *Key { return s.public }

// Algorithm returns the algorithm that the signer signs with.
func (s *Signer) Algorithm() Algorithm { return s.algorithm }

// EmbedKey returns a signer that puts its public key, instead of a kid, into the header: for DPoP proofs (RFC 9449 §4.2).
// One whose public key is not known, as where a command holds it, makes no such header: it fails when it signs.
func (s *Signer) EmbedKey() *Signer {
	c := *s
	c.embed = true
	return &c
}

// Sign returns claims as a compact JWS; an empty typ leaves the member out (RFC 7515 §5.1).
func (s *Signer) Sign(typ string, claims any) (string, error) {
	header := struct {
		Algorithm Algorithm       `json:"alg"`
		Type      string          `json:"typ,omitempty"`
		KeyID     string          `json:"kid,omitempty"`
		Key       json.RawMessage `json:"jwk,omitempty"`
	}{Algorithm: s.algorithm, Type: typ}
	if s.public != nil {
		header.KeyID = s.public.KeyID
	}
	if s.embed {
		if s.public == nil || s.public.public == nil {
			return "", problem.Usagef("usage.key", "a proof carries its public key, and that of this signer is not known").
				WithHint("give a key file, or have one made: oauthctl key generate")
		}
		jwk, err := json.Marshal(s.public.publicMembers())
		if err != nil {
			return "", err
		}
		header.KeyID, header.Key = "", jwk
	}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encoding claims: %w", err)
	}
	return s.SignRaw(h, payload)
}

// SignRaw signs a header and a payload as they are, also where they are nonsense: for tests of verifiers (RFC 7515 §5.1).
func (s *Signer) SignRaw(header, payload []byte) (string, error) {
	input := encodePart(header) + "." + encodePart(payload)
	signature, err := s.signature([]byte(input))
	if err != nil {
		return "", fmt.Errorf("signing with %s: %w", s.algorithm, err)
	}
	return input + "." + encodePart(signature), nil
}

func (s *Signer) signature(input []byte) ([]byte, error) {
	if s.suite.family == hmacFamily {
		if s.shared.IsZero() {
			return nil, errors.New("the secret is empty")
		}
		mac := hmac.New(s.suite.hash.New, []byte(s.shared.Reveal()))
		mac.Write(input)
		return mac.Sum(nil), nil
	}
	if s.key == nil {
		return nil, errors.New("a secret makes HMAC signatures only")
	}
	if s.suite.family == edwards {
		return s.key.Sign(rand.Reader, input, &ed25519.Options{})
	}
	hash := s.suite.hash.New()
	hash.Write(input)
	sum := hash.Sum(nil)
	if s.suite.family == pss {
		return s.key.Sign(rand.Reader, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.suite.hash})
	}
	signature, err := s.key.Sign(rand.Reader, sum, s.suite.hash)
	if err != nil || s.suite.family != ecdsaFamily {
		return signature, err
	}
	return fixedLength(signature, (s.public.Size()+7)/8)
}

// fixedLength turns the DER of crypto.Signer into r and s side by side (RFC 7518 §3.4).
func fixedLength(der []byte, size int) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	if pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > size*8 || pair.S.BitLen() > size*8 {
		return nil, errors.New("the key made an impossible signature")
	}
	out := make([]byte, 2*size)
	pair.R.FillBytes(out[:size])
	pair.S.FillBytes(out[size:])
	return out, nil
}
