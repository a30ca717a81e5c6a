package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Key is one key that signatures are verified with (RFC 7517 §4).
type Key struct {
	KeyID      string
	KeyType    string // RSA, EC, OKP or oct
	Curve      string // of EC and OKP keys
	Use        string
	Operations []string // key_ops
	Algorithm  Algorithm
	Issuer     string // a member of Microsoft's keys: the only issuer that the key may sign for

	public     crypto.PublicKey // nil for oct
	shared     secret.Secret    // of oct
	thumbprint string
	notes      verdict.Checks // what was odd when it was read
	anyKeyID   bool           // a bare key of the user: fits whatever kid a token names
	hasOps     bool
}

// Public returns *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or *ecdh.PublicKey, which is X25519's; nil for a symmetric key (RFC 7517 §4.1).
func (k *Key) Public() crypto.PublicKey { return k.public }

// Size returns the length in bits of the RSA modulus, the curve or the secret (RFC 7518 §3).
func (k *Key) Size() int {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen()
	case *ecdsa.PublicKey:
		return public.Curve.Params().BitSize
	case ed25519.PublicKey, *ecdh.PublicKey:
		return 256
	}
	return len(k.shared.Reveal()) * 8
}

// Thumbprint returns the SHA-256 thumbprint; empty for a symmetric key, whose hash would tell its secret (RFC 7638 §3).
func (k *Key) Thumbprint() string { return k.thumbprint }

// seal computes what depends on the public key, once it is there.
func (k *Key) seal() {
	if k.public == nil {
		return
	}
	members := k.publicMembers()
	hash := sha256.New()
	hash.Write([]byte("{"))
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			hash.Write([]byte(","))
		}
		fmt.Fprintf(hash, "%q:%q", name, members[name]) // names and values are base64url or ASCII words
	}
	hash.Write([]byte("}"))
	k.thumbprint = encodePart(hash.Sum(nil))
}

// publicMembers returns the members that make the key, the ones of a thumbprint (RFC 7638 §3.2).
func (k *Key) publicMembers() map[string]string {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		var e [8]byte
		binary.BigEndian.PutUint64(e[:], uint64(public.E))
		exponent := e[bits.LeadingZeros64(uint64(public.E))/8:]
		return map[string]string{"kty": "RSA", "n": encodePart(public.N.Bytes()), "e": encodePart(exponent)}
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil
		}
		half := (len(point) - 1) / 2
		return map[string]string{
			"kty": "EC", "crv": public.Curve.Params().Name,
			"x": encodePart(point[1 : 1+half]), "y": encodePart(point[1+half:]),
		}
	case ed25519.PublicKey:
		return map[string]string{"kty": "OKP", "crv": "Ed25519", "x": encodePart(public)}
	case *ecdh.PublicKey:
		return map[string]string{"kty": "OKP", "crv": curveX25519, "x": encodePart(public.Bytes())}
	}
	return map[string]string{"kty": "oct"}
}

// MarshalJSON returns the public part as a JWK; of a symmetric key nothing but its type (RFC 7517 §4).
func (k *Key) MarshalJSON() ([]byte, error) {
	members := map[string]any{}
	for name, value := range k.publicMembers() {
		members[name] = value
	}
	for name, value := range map[string]string{"kid": k.KeyID, "use": k.Use, "alg": string(k.Algorithm)} {
		if value != "" {
			members[name] = value
		}
	}
	if len(k.Operations) > 0 {
		members["key_ops"] = k.Operations
	}
	return json.Marshal(members) // map keys are sorted
}

// newKey wraps a public key of the standard library.
func newKey(public crypto.PublicKey) (*Key, error) {
	k := &Key{public: public}
	switch public := public.(type) {
	case *rsa.PublicKey:
		k.KeyType = "RSA"
		if reason := unusableRSA(public); reason != "" {
			return nil, errors.New(reason)
		}
	case *ecdsa.PublicKey:
		k.KeyType, k.Curve = "EC", public.Curve.Params().Name
		if _, ok := curveByName(k.Curve); !ok {
			return nil, fmt.Errorf("unsupported curve %s", text.Escape(k.Curve))
		}
	case ed25519.PublicKey:
		k.KeyType, k.Curve = "OKP", "Ed25519"
	case *ecdh.PublicKey: // x509 reads none on another curve as such
		k.KeyType, k.Curve = "OKP", curveX25519
	default:
		return nil, fmt.Errorf("unsupported kind of key %T", public)
	}
	k.seal()
	return k, nil
}

// fits says whether the key can be used with the suite at all: type, curve, and the algorithm it is bound to.
func (k *Key) fits(s suite) bool {
	return k.KeyType == s.kty && (s.curve == "" || k.Curve == s.curve) &&
		(k.Algorithm == "" || k.Algorithm.Equal(s.name))
}

// unfit says why a key must not verify a signature of the suite; empty where it may (RFC 7517 §4.2 to §4.4).
func (k *Key) unfit(s suite) string {
	switch {
	case k.KeyType != s.kty:
		return "its kty is " + k.KeyType
	case s.curve != "" && k.Curve != s.curve:
		return "its crv is " + k.Curve
	case k.Algorithm != "" && !k.Algorithm.Equal(s.name):
		return "it is bound to alg " + string(k.Algorithm)
	case k.Use != "" && k.Use != "sig":
		return "its use is " + k.Use
	case k.hasOps && !slices.Contains(k.Operations, "verify"):
		return "its key_ops do not include verify"
	}
	return ""
}
