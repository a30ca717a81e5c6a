package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// agreedKey derives a key from a shared secret: the Concat KDF over the name of what the key is for and both parties
// (RFC 7518 §4.6.2).
func agreedKey(secret []byte, algorithm string, apu, apv []byte, size int) []byte {
	var info []byte
	for _, part := range [][]byte{[]byte(algorithm), apu, apv} {
		info = binary.BigEndian.AppendUint32(info, uint32(len(part)))
		info = append(info, part...)
	}
	info = binary.BigEndian.AppendUint32(info, uint32(size)*8)
	var out []byte
	for round := uint32(1); len(out) < size; round++ {
		hash := sha256.New()
		hash.Write(binary.BigEndian.AppendUint32(nil, round))
		hash.Write(secret)
		hash.Write(info)
		out = hash.Sum(out)
	}
	return out[:size]
}

// agreementSize is what the agreement is for and how long its key is: the content itself, or the wrapping of its key.
func (m management) agreementSize(e contentEncryption) (algorithm string, size int) {
	if m.size == 0 {
		return e.name, e.size
	}
	return m.name, m.size
}

// sender is what the header says of the other side of an agreement.
type sender struct {
	epk      *ecdh.PublicKey
	curve    string
	apu, apv []byte
}

// readSender reads epk, apu and apv. The point must lie on its curve: any other would betray the reader's key bit by
// bit (RFC 7518 §4.6.1, RFC 8725 §3.4).
func readSender(header strictjson.Object) (*sender, error) {
	jwk, ok, err := header.Object("epk")
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, errors.New("no epk, the sender's key")
	}
	s := &sender{}
	if s.curve, err = jwk.String("crv"); err != nil {
		return nil, err
	}
	if s.epk, err = readEphemeral(jwk, s.curve); err != nil {
		return nil, fmt.Errorf("epk: %w", err)
	}
	for _, party := range []struct {
		name string
		into *[]byte
	}{{"apu", &s.apu}, {"apv", &s.apv}} {
		value, err := header.String(party.name)
		if err == nil {
			*party.into, err = decodeMember(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", party.name, err)
		}
	}
	return s, nil
}

// readEphemeral reads a point on a curve of NIST, or on X25519 (RFC 7518 §4.6.1.1, RFC 8037 §3.2.1).
func readEphemeral(jwk strictjson.Object, curve string) (*ecdh.PublicKey, error) {
	var point crypto.PublicKey
	kty, err := jwk.String("kty")
	switch {
	case err != nil:
		return nil, err
	case jwk.Has("d"):
		return nil, errors.New("a private key")
	case kty == "EC":
		point, err = readEC(jwk, curve)
	case kty == "OKP":
		point, err = readOKP(jwk, curve)
	}
	if err != nil {
		return nil, err
	}
	return agreeable(point)
}

// agreeable is a public key as secrets are agreed on with it.
func agreeable(public crypto.PublicKey) (*ecdh.PublicKey, error) {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		return public.ECDH()
	case *ecdh.PublicKey:
		return public, nil
	}
	return nil, errors.New("no key that secrets are agreed on with: of type EC, or OKP on X25519")
}

// agree finds the key that the sender derived.
func (m management) agree(s *sender, e contentEncryption, private crypto.Signer) ([]byte, error) {
	var own *ecdh.PrivateKey
	var err error
	switch private := private.(type) {
	case *ecdsa.PrivateKey:
		own, err = private.ECDH()
	case agreementKey:
		own = private.PrivateKey
	default:
		err = errDecryption
	}
	if err != nil {
		return nil, errDecryption
	}
	secret, err := own.ECDH(s.epk) // refuses a key of another curve
	if err != nil {
		return nil, errDecryption
	}
	algorithm, size := m.agreementSize(e)
	return agreedKey(secret, algorithm, s.apu, s.apv, size), nil
}

// offer makes an ephemeral key for a reader, and returns it as epk with the derived key (RFC 7518 §4.6).
func (m management) offer(to crypto.PublicKey, e contentEncryption) (epk json.RawMessage, key []byte, err error) {
	theirs, err := agreeable(to)
	if err != nil {
		return nil, nil, err
	}
	own, err := theirs.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	secret, err := own.ECDH(theirs)
	if err != nil {
		return nil, nil, err
	}
	var public crypto.PublicKey = own.PublicKey()
	if curved, ok := to.(*ecdsa.PublicKey); ok {
		if public, err = ecdsa.ParseUncompressedPublicKey(curved.Curve, own.PublicKey().Bytes()); err != nil {
			return nil, nil, err
		}
	}
	if epk, err = json.Marshal((&Key{public: public}).publicMembers()); err != nil {
		return nil, nil, err
	}
	algorithm, size := m.agreementSize(e)
	return epk, agreedKey(secret, algorithm, nil, nil, size), nil
}
