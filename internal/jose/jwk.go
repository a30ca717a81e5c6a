package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// errUnsupported marks a key that is no fault, but nothing that we know: others in the set may still serve (RFC 7517 §5).
var errUnsupported = errors.New("not supported")

// trust says where a key came from, and so which kinds of key it may be.
type trust int

const (
	published trust = iota + 1 // by a provider, to everybody
	local                      // in a file of the user
)

// privateMembers are the members of a private key: of an RSA key each alone gives the others away (RFC 7518 §6).
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth"}

func curveByName(name string) (elliptic.Curve, bool) {
	switch name {
	case "P-256":
		return elliptic.P256(), true
	case "P-384":
		return elliptic.P384(), true
	case "P-521":
		return elliptic.P521(), true
	}
	return nil, false
}

// readKey reads one JWK (RFC 7517 §4).
func readKey(jwk strictjson.Object, from trust) (*Key, error) {
	k := &Key{}
	algorithm := ""
	for _, m := range []struct {
		name string
		into *string
	}{{"kty", &k.KeyType}, {"kid", &k.KeyID}, {"use", &k.Use}, {"alg", &algorithm}, {"crv", &k.Curve}} {
		var err error
		if *m.into, err = jwk.String(m.name); err != nil {
			return nil, err
		}
	}
	k.Algorithm = Algorithm(algorithm)
	k.Issuer, _ = jwk.String("issuer")
	var err error
	if k.Operations, err = jwk.Strings("key_ops"); err != nil {
		return nil, err
	}
	k.hasOps = jwk.Has("key_ops")
	if err := k.readMaterial(jwk, from); err != nil {
		return nil, err
	}
	if s, known := k.Algorithm.suite(); known && (k.KeyType != s.kty || s.curve != "" && k.Curve != s.curve) {
		return nil, fmt.Errorf("alg %s does not go with kty %s %s", k.Algorithm, k.KeyType, k.Curve)
	}
	if err := k.readCertificate(jwk); err != nil {
		return nil, err
	}
	k.seal()
	return k, nil
}

func (k *Key) readMaterial(jwk strictjson.Object, from trust) (err error) {
	if k.KeyType == "" {
		return errors.New("no kty")
	}
	if from == published && k.KeyType == "oct" {
		return errors.New("a symmetric key in public: everybody can sign with it")
	}
	private := slices.ContainsFunc(privateMembers[:], jwk.Has)
	if from == published && private {
		return errors.New("its private part is published: everybody can sign with it")
	}
	switch k.KeyType {
	case "RSA":
		k.public, err = k.readRSA(jwk)
	case "EC":
		k.public, err = readEC(jwk, k.Curve)
	case "OKP":
		k.public, err = readOKP(jwk, k.Curve)
	case "oct":
		var value []byte
		if value, err = bytesMember(jwk, "k"); err == nil {
			k.shared = secret.New(string(value))
		}
	default:
		return fmt.Errorf("%w: key type %s", errUnsupported, text.Escape(k.KeyType))
	}
	if private {
		// The user's private key stands for its public half, and key_ops speak of the private one (RFC 7517 §4.3).
		k.hasOps, k.Operations = false, nil
	}
	return err
}

func bytesMember(jwk strictjson.Object, name string) ([]byte, error) {
	s, err := jwk.String(name)
	if err != nil {
		return nil, err
	}
	if s == "" {
		return nil, fmt.Errorf("no %s", name)
	}
	b, err := decodeMember(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// readRSA reads n and e (RFC 7518 §6.3.1).
func (k *Key) readRSA(jwk strictjson.Object) (crypto.PublicKey, error) {
	n, err := bytesMember(jwk, "n")
	if err != nil {
		return nil, err
	}
	e, err := bytesMember(jwk, "e")
	if err != nil {
		return nil, err
	}
	if n[0] == 0 || e[0] == 0 {
		k.note("jose.key_encoding", "RFC 7518 §2", "n and e in as few octets as possible", "a leading zero octet")
	}
	exponent := new(big.Int).SetBytes(e)
	if exponent.BitLen() > 31 {
		return nil, errors.New("its exponent is above 2^31")
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}
	if reason := unusableRSA(public); reason != "" {
		return nil, errors.New(reason)
	}
	return public, nil
}

// readEC reads a point, which must lie on the curve (RFC 7518 §6.2.1).
func readEC(jwk strictjson.Object, name string) (crypto.PublicKey, error) {
	curve, ok := curveByName(name)
	if !ok {
		return nil, fmt.Errorf("%w: curve %s", errUnsupported, text.Escape(name))
	}
	size := (curve.Params().BitSize + 7) / 8
	point := make([]byte, 1, 1+2*size)
	point[0] = 4 // uncompressed
	for _, member := range []string{"x", "y"} {
		coordinate, err := bytesMember(jwk, member)
		if err != nil {
			return nil, err
		}
		if len(coordinate) != size {
			return nil, fmt.Errorf("%s has %d octets instead of %d", member, len(coordinate), size)
		}
		point = append(point, coordinate...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, fmt.Errorf("its point is not on %s", name)
	}
	return public, nil
}

// readOKP reads an Ed25519 or X25519 key (RFC 8037 §2).
func readOKP(jwk strictjson.Object, name string) (crypto.PublicKey, error) {
	if name != "Ed25519" && name != curveX25519 {
		return nil, fmt.Errorf("%w: curve %s", errUnsupported, text.Escape(name))
	}
	x, err := bytesMember(jwk, "x")
	if err != nil {
		return nil, err
	}
	if len(x) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("x has %d octets instead of %d", len(x), ed25519.PublicKeySize)
	}
	if name == curveX25519 {
		return readX25519(x)
	}
	if smallOrder(x) {
		return nil, errors.New("its point has a small order: signatures of anything would verify")
	}
	return ed25519.PublicKey(x), nil
}

// readCertificate compares the key with the first certificate of x5c; one that cannot be read is only a note (RFC 7517 §4.7).
func (k *Key) readCertificate(jwk strictjson.Object) error {
	if !jwk.Has("x5c") {
		return nil
	}
	chain, err := jwk.Strings("x5c")
	if err == nil && len(chain) == 0 {
		err = errors.New("an empty list")
	}
	var der []byte
	if err == nil {
		der, err = base64.StdEncoding.DecodeString(chain[0])
	}
	var certificate *x509.Certificate
	if err == nil {
		certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		k.note("jose.key_x5c", "RFC 7517 §4.7", "a list of certificates in base64", "ignored: "+text.Escape(err.Error()))
		return nil
	}
	if same, ok := k.public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !same.Equal(certificate.PublicKey) {
		return errors.New("the first certificate of x5c has another key")
	}
	return nil
}

func (k *Key) note(rule, spec, want, got string) {
	k.notes = append(k.notes, verdict.Check{Rule: rule, Spec: spec, Status: verdict.Warn, Want: want, Got: got})
}

// smallOrder says whether an encoded point has an order of at most 8: every y coordinate that can be written,
// canonical or not, whichever the sign bit.
func smallOrder(x []byte) bool {
	y := bytes.Clone(x)
	y[31] &= 0x7f
	for _, small := range smallOrderPoints {
		if bytes.Equal(y, small[:]) {
			return true
		}
	}
	return false
}
