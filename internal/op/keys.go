package op

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // the published test keys
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/bits"
	"slices"

	_ "crypto/sha256" // SHA-256
	_ "crypto/sha512" // SHA-384, SHA-512

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
)

//go:embed keys.pem
var testKeys string

// keyFor says which key signs with an algorithm.
var keyFor = map[jose.Algorithm]string{
	"RS256": "test-rsa", "RS384": "test-rsa", "RS512": "test-rsa",
	"PS256": "test-rsa", "PS384": "test-rsa", "PS512": "test-rsa",
	"ES256": "test-p256", "ES384": "test-p384", "ES512": "test-p521",
	"EdDSA": "test-ed25519", "Ed25519": "test-ed25519",
}

// keyAlgs are the algorithms by which keys sign, the provider's and the clients', as they are advertised.
var keyAlgs = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
}

// secretAlgs are those by which a client's secret signs.
var secretAlgs = []string{"HS256", "HS384", "HS512"}

// idTokenAlgs sign ID tokens and authorization responses, HS256 those of the clients that registered it.
func idTokenAlgs() []string { return slices.Concat(keyAlgs, secretAlgs[:1]) }

// hashes are the hash functions of the algorithms. Ed25519 hashes itself; SHA-512 is for at_hash.
var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

func hashOf(alg jose.Algorithm) crypto.Hash {
	if len(alg) == 5 {
		if h, ok := hashes[string(alg[2:])]; ok {
			return h
		}
	}
	return crypto.SHA512
}

// keyring holds the keys in their order: those that sign, and those that others encrypt to.
type keyring struct {
	order, encryption []string
	keys              map[string]crypto.Signer
}

func parseKeys(text string) (*keyring, error) {
	ring := &keyring{keys: make(map[string]crypto.Signer)}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, problem.Usagef("serve.keys", "key %q is no PKCS#8 private key: %v", block.Headers["Key-ID"], err)
		}
		key, ok := parsed.(crypto.Signer)
		id := block.Headers["Key-ID"]
		if !ok || id == "" || ring.keys[id] != nil {
			return nil, problem.Usagef("serve.keys", "key %q cannot sign, has no Key-ID, or is there twice", id)
		}
		ring.keys[id] = key
		switch use := block.Headers["Key-Use"]; use {
		case "", "sig":
			ring.order = append(ring.order, id)
		case "enc":
			ring.encryption = append(ring.encryption, id)
		default:
			return nil, problem.Usagef("serve.keys", "key %q: Key-Use is sig or enc, not %q", id, use)
		}
	}
	for _, alg := range keyAlgs {
		if id := keyFor[jose.Algorithm(alg)]; ring.keys[id] == nil {
			return nil, problem.Usagef("serve.keys", "there is no key %q, which signs %s", id, alg)
		}
	}
	return ring, nil
}

// published returns the key set (RFC 7517 §5).
func (p *Provider) published() []document {
	set := make([]document, 0, len(p.keys.keys))
	for _, id := range p.keys.order {
		set = append(set, publicJWK(id, p.keys.keys[id].Public()))
	}
	if !p.on(FeatureEncryption) {
		return set
	}
	for _, id := range p.keys.encryption {
		key := publicJWK(id, p.keys.keys[id].Public())
		key.set("use", "enc")
		set = append(set, key)
	}
	return set
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func publicJWK(id string, key crypto.PublicKey) document {
	jwk := document{{"kid", id}, {"use", "sig"}}
	switch key := key.(type) {
	case *rsa.PublicKey:
		e := binary.BigEndian.AppendUint64(nil, uint64(key.E))
		jwk = append(jwk, document{
			{"kty", "RSA"}, {"n", b64(key.N.Bytes())}, {"e", b64(e[bits.LeadingZeros64(uint64(key.E))/8:])},
		}...)
	case *ecdsa.PublicKey:
		point, _ := key.Bytes() // 4, x, y; the key was parsed, so it is on its curve
		size := (len(point) - 1) / 2
		jwk = append(jwk, document{
			{"kty", "EC"},
			{"crv", key.Curve.Params().Name},
			{"x", b64(point[1 : 1+size])},
			{"y", b64(point[1+size:])},
		}...)
	case ed25519.PublicKey:
		jwk = append(jwk, document{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", b64(key)}}...)
	}
	return jwk
}

// forgery is a token about to be signed, every part of which a fault may change.
type forgery struct {
	kind           string // "id", "access", "userinfo" or "introspection"
	header, claims document
	alg            jose.Algorithm
	key            crypto.Signer // signs, unless the algorithm is symmetric
	secret         []byte        // signs HS*
	after          []func(compact string) string
}

// sign makes the compact form (RFC 7515 §7.1).
func (f *forgery) sign() (string, error) {
	header, err := json.Marshal(f.header)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(f.claims)
	if err != nil {
		return "", err
	}
	input := b64(header) + "." + b64(claims)
	signature, err := f.signature([]byte(input))
	if err != nil {
		return "", fmt.Errorf("signing with %s: %w", f.alg, err)
	}
	compact := input + "." + b64(signature)
	for _, change := range f.after {
		compact = change(compact)
	}
	return compact, nil
}

// signature signs as RFC 7518 §3 and RFC 8037 §3.1 say.
func (f *forgery) signature(input []byte) ([]byte, error) {
	hash := hashOf(f.alg)
	if f.alg == "" || f.alg == "none" {
		return nil, nil
	}
	if f.alg[:2] == "HS" {
		mac := hmac.New(hash.New, f.secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
	digest := hash.New()
	digest.Write(input)
	sum := digest.Sum(nil)
	switch key := f.key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, input), nil
	case *rsa.PrivateKey:
		if f.alg[:2] == "PS" {
			return rsa.SignPSS(rand.Reader, key, hash, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(nil, key, hash, sum)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			return nil, err
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
	}
	return nil, fmt.Errorf("no key of type %T can sign", f.key)
}

// hashClaim is the value of at_hash (OpenID Connect Core §3.1.3.6).
func hashClaim(alg jose.Algorithm, value string) string {
	digest := hashOf(alg).New()
	digest.Write([]byte(value))
	sum := digest.Sum(nil)
	return b64(sum[:len(sum)/2])
}

func randomInto(b []byte) { _, _ = rand.Read(b) } // never fails since Go 1.24

// random returns an unguessable value of 256 bits.
func random() string {
	var b [32]byte
	randomInto(b[:])
	return b64(b[:])
}
