package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// PublicJWK returns the public half as it is published: with use and alg, and a kid, which is the thumbprint where the
// key has none of its own (RFC 7517 §4, RFC 7638 §1).
func (k *PrivateKey) PublicJWK() (*Key, error) {
	public, err := newKey(k.Public())
	if err != nil {
		return nil, problem.Usagef("usage.key", "not a usable private key: %s", text.Escape(err.Error()))
	}
	public.KeyID, public.Algorithm, public.Use = k.KeyID, k.Algorithm, k.Algorithm.Use()
	if public.KeyID == "" {
		public.KeyID = public.Thumbprint()
	}
	return public, nil
}

// WithKeyID returns the key under another kid; "" is its own kid, or where it has none its thumbprint (RFC 7638 §1).
func (k *PrivateKey) WithKeyID(kid string) (*PrivateKey, error) {
	named := *k
	if kid != "" {
		named.KeyID = kid
	}
	public, err := named.PublicJWK()
	if err != nil {
		return nil, err
	}
	named.KeyID = public.KeyID
	return &named, nil
}

// SignerFor makes a signer with the key. An empty algorithm is the key's own, or the usual one of its type; one that is
// given goes before the key's own. An empty kid is the key's own, which a PEM file does not have (RFC 7518 §3.1).
func (k *PrivateKey) SignerFor(alg Algorithm, kid string) (*Signer, error) {
	switch {
	case alg == "" && k.Algorithm != "":
		alg = k.Algorithm
	case alg == "":
		alg = k.usual()
	}
	if kid == "" {
		kid = k.KeyID
	}
	return NewSigner(k.Signer, alg, kid)
}

// usual is the algorithm that servers expect of a type of key when nothing is said (OIDC Core §15.1, RFC 7518 §3.1).
// Ed25519 goes by its older name, which every server that knows it understands (RFC 9864 §4.1).
func (k *PrivateKey) usual() Algorithm {
	switch public := k.Public().(type) {
	case ed25519.PublicKey:
		return EdDSA
	case *ecdsa.PublicKey:
		for i := range suites {
			if suites[i].curve == public.Curve.Params().Name {
				return suites[i].name
			}
		}
	}
	return RS256
}

// MarshalJSON gives the public half alone, so that a private key reaches no document by accident: JWK is the one method
// that writes it out (RFC 7517 §9.2).
func (k PrivateKey) MarshalJSON() ([]byte, error) {
	public, err := k.PublicJWK()
	if err != nil {
		return nil, err
	}
	return json.Marshal(public)
}
