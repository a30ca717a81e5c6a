package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// PrivateKey is a key of the user, with what its file says of it (RFC 7517 §4).
type PrivateKey struct {
	crypto.Signer
	KeyID     string    // of a JWK
	Algorithm Algorithm // of a JWK; a PEM file says none
}

// ParsePrivateKey reads a private key that signs: PEM (PKCS#1, SEC 1, PKCS#8; also encrypted) or one JWK. The password
// may be empty (RFC 7517 §4, RFC 5958 §3, RFC 5915 §3).
func ParsePrivateKey(data []byte, password secret.Secret) (*PrivateKey, error) {
	key, err := anyPrivateKey(data, password)
	if err != nil {
		return nil, err
	}
	if _, agrees := key.Signer.(agreementKey); agrees {
		return nil, problem.Usagef("usage.key", "not a usable private key: a key on X25519 signs nothing").
			WithHint("it is one for --decryption-key; make one that signs: oauthctl key generate")
	}
	return key, nil
}

// anyPrivateKey is ParsePrivateKey for a key of whichever use.
func anyPrivateKey(data []byte, password secret.Secret) (*PrivateKey, error) {
	key, err := parsePrivateKey(data, password)
	if err == nil {
		return key, nil
	}
	e := problem.Usagef("usage.key", "not a usable private key: %s", text.Escape(err.Error()))
	e.Cause = err
	switch {
	case errors.Is(err, errPassword):
		return nil, e.WithHint("give its password with --key-password-file FILE, or decrypt it: openssl pkey -in KEY -out PLAIN")
	case errors.Is(err, errEncryption):
		return nil, e.WithHint("convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW")
	case errors.Is(err, errDER):
		return nil, e.WithHint("convert it: openssl pkey -inform DER -in KEY -out NEW")
	case errors.Is(err, errWrongPassword):
		return nil, e.WithHint("check the file of --key-password-file")
	}
	return nil, e.WithHint("a JWK or PEM with a private key is needed; make one: oauthctl key generate")
}

func parsePrivateKey(data []byte, password secret.Secret) (*PrivateKey, error) {
	if trimmed := strings.TrimSpace(string(data)); strings.HasPrefix(trimmed, "{") {
		return privateFromJWK([]byte(trimmed))
	}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if len(data) > 6 && data[0] == 0x30 && bytes.IndexByte(data[2:6], 2) >= 0 { // a sequence that begins with an integer
				return nil, errDER
			}
			return nil, errors.New("neither a JWK nor PEM with a private key")
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue // certificates and parameters may stand around it
		}
		signer, err := privateFromPEM(block, password)
		if err != nil {
			return nil, err
		}
		if _, err := newKey(signer.Public()); err != nil {
			return nil, err
		}
		return &PrivateKey{Signer: signer}, nil
	}
}

// privateFromJWK reads d beside the public members, and refuses a pair that does not belong together (RFC 7518 §6).
func privateFromJWK(data []byte) (*PrivateKey, error) {
	jwk, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	if jwk.Has("keys") && !jwk.Has("kty") {
		return nil, errors.New("a key set, and one key is needed")
	}
	public, err := readKey(jwk, local)
	if err != nil {
		return nil, err
	}
	if public.KeyType == "oct" {
		return nil, errors.New("a symmetric key: a secret is given with --client-secret-file")
	}
	d, err := bytesMember(jwk, "d")
	if err != nil {
		return nil, fmt.Errorf("no private part: %w", err)
	}
	signer, err := privateHalf(jwk, public, d)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{Signer: signer, KeyID: public.KeyID, Algorithm: public.Algorithm}, nil
}

var errDER = errors.New("a binary file (DER), and PEM or a JWK is needed")

var errPair = errors.New("its private part belongs to another public key")

func privateHalf(jwk strictjson.Object, public *Key, d []byte) (crypto.Signer, error) {
	switch key := public.public.(type) {
	case *rsa.PublicKey:
		return privateRSA(jwk, key, d)
	case *ecdsa.PublicKey:
		private, err := ecdsa.ParseRawPrivateKey(key.Curve, d)
		if err != nil {
			return nil, fmt.Errorf("d: %w", err)
		}
		if !private.PublicKey.Equal(key) {
			return nil, errPair
		}
		return private, nil
	case ed25519.PublicKey:
		if len(d) != ed25519.SeedSize {
			return nil, fmt.Errorf("d has %d octets instead of %d", len(d), ed25519.SeedSize)
		}
		private := ed25519.NewKeyFromSeed(d)
		if !key.Equal(private.Public()) {
			return nil, errPair
		}
		return private, nil
	case *ecdh.PublicKey:
		return privateX25519(key, d)
	}
	return nil, errUnsupported
}

func privateRSA(jwk strictjson.Object, public *rsa.PublicKey, d []byte) (crypto.Signer, error) {
	private := &rsa.PrivateKey{PublicKey: *public, D: new(big.Int).SetBytes(d)}
	for _, name := range []string{"p", "q"} {
		prime, err := bytesMember(jwk, name)
		if err != nil {
			return nil, fmt.Errorf("the primes of an RSA key are needed: %w", err)
		}
		private.Primes = append(private.Primes, new(big.Int).SetBytes(prime))
	}
	if jwk.Has("oth") {
		return nil, errors.New("an RSA key of more than two primes")
	}
	if err := private.Validate(); err != nil {
		return nil, errPair
	}
	private.Precompute()
	return private, nil
}

// GenerateKey makes a private key for an algorithm, of signatures or of encryption; RSA keys have 2048 bits, and keys
// of ECDH-ES are on P-256 (RFC 7518 §3, §4, RFC 8037 §2).
func GenerateKey(alg Algorithm) (*PrivateKey, error) {
	s, known := alg.suite()
	if !known && !alg.Encrypts() {
		return nil, unknownAlgorithm(alg)
	}
	m, _ := managementOf(string(alg))
	var signer crypto.Signer
	var err error
	switch {
	case s.family == pkcs1, s.family == pss, m.kty == "RSA":
		signer, err = rsa.GenerateKey(rand.Reader, minRSA)
	case s.family == ecdsaFamily, m.family == agreement:
		curve, ok := curveByName(s.curve)
		if !ok {
			curve = elliptic.P256()
		}
		signer, err = ecdsa.GenerateKey(curve, rand.Reader)
	case s.family == edwards:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, problem.Usagef("usage.algs", "%s has no key pair: it needs a secret", alg)
	}
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return &PrivateKey{Signer: signer, Algorithm: alg}, nil
}

// JWK returns the private key as a JWK (RFC 7518 §6).
func (k *PrivateKey) JWK() (secret.Secret, error) {
	public, err := newKey(k.Public())
	if err != nil {
		return secret.Secret{}, err
	}
	members := public.publicMembers()
	switch private := k.Signer.(type) {
	case *rsa.PrivateKey:
		private.Precompute()
		for name, value := range map[string]*big.Int{
			"d": private.D, "p": private.Primes[0], "q": private.Primes[1],
			"dp": private.Precomputed.Dp, "dq": private.Precomputed.Dq, "qi": private.Precomputed.Qinv,
		} {
			members[name] = encodePart(value.Bytes())
		}
	case *ecdsa.PrivateKey:
		d, err := private.Bytes()
		if err != nil {
			return secret.Secret{}, err
		}
		members["d"] = encodePart(d)
	case ed25519.PrivateKey:
		members["d"] = encodePart(private.Seed())
	case agreementKey:
		members["d"] = encodePart(private.Bytes())
	default:
		return secret.Secret{}, errors.New("the private part of this key cannot be had")
	}
	use := ""
	if k.Algorithm.Encrypts() {
		use = "enc"
	}
	for name, value := range map[string]string{"kid": k.KeyID, "alg": string(k.Algorithm), "use": use} {
		if value != "" {
			members[name] = value
		}
	}
	out, err := json.Marshal(members)
	return secret.New(string(out)), err
}
