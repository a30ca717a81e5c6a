package jose

// PublicJWK returns the public half as it is published: with use and alg, and a kid, which is the thumbprint where the
// key has none of its own (RFC 7517 §4, RFC 7638 §1).
func (k *PrivateKey) PublicJWK() (*Key, error) { return newKey(k.Public()) }

// WithKeyID returns the key under another kid; "" is its own kid, or where it has none its thumbprint (RFC 7638 §1).
func (k *PrivateKey) WithKeyID(kid string) (*PrivateKey, error) {
	c := *k
	c.KeyID = kid
	return &c, nil
}

// SignerFor makes a signer with the key; an empty algorithm is the key's own, or the usual one of its type, and an
// empty kid is the key's own (RFC 7518 §3.1).
func (k *PrivateKey) SignerFor(alg Algorithm, kid string) (*Signer, error) {
	return NewSigner(k.Signer, alg, kid)
}
