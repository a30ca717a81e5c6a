package jose

import (
	"crypto"
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"
)

// curveX25519 is the curve of OKP keys that agree on secrets and sign nothing (RFC 8037 §3.2).
const curveX25519 = "X25519"

const sizeX25519 = 32 // octets of either half

// readX25519 reads a point. One of small order agrees on the same with everybody (RFC 7748 §6.1).
func readX25519(x []byte) (*ecdh.PublicKey, error) {
	public, err := ecdh.X25519().NewPublicKey(x)
	if err != nil {
		return nil, err
	}
	probe, err := ecdh.X25519().NewPrivateKey(make([]byte, sizeX25519)) // zeroes, of which bits are set before it is used
	if err != nil {
		return nil, err
	}
	if _, err := probe.ECDH(public); err != nil {
		return nil, errors.New("its point has a small order: everybody knows what is agreed with it")
	}
	return public, nil
}

// agreementKey is a private key that signs nothing. It stands among those that do, so that one path reads them all.
type agreementKey struct{ *ecdh.PrivateKey }

// Sign refuses.
func (agreementKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a key on X25519 signs nothing")
}

func privateX25519(public *ecdh.PublicKey, d []byte) (crypto.Signer, error) {
	if len(d) != sizeX25519 {
		return nil, fmt.Errorf("d has %d octets instead of %d", len(d), sizeX25519)
	}
	private, err := ecdh.X25519().NewPrivateKey(d)
	if err != nil {
		return nil, err
	}
	if !private.PublicKey().Equal(public) {
		return nil, errPair
	}
	return agreementKey{private}, nil
}
