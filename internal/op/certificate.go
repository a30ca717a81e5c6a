package op

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// selfSigned returns a key's own certificate in its least form: version 1, without extensions (RFC 5280 §4.1).
// x509.CreateCertificate, which knows all others too, made the program larger by 41 KB.
func selfSigned(key crypto.Signer, name string, from, until time.Time) ([]byte, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	algorithm, hash := certificateAlgorithm(key.Public())
	subject := pkix.Name{CommonName: name}.ToRDNSequence()
	content, err := asn1.Marshal(struct {
		Serial    int
		Algorithm pkix.AlgorithmIdentifier
		Issuer    pkix.RDNSequence
		Validity  struct{ From, Until time.Time }
		Subject   pkix.RDNSequence
		Key       asn1.RawValue
	}{1, algorithm, subject, struct{ From, Until time.Time }{from.UTC(), until.UTC()}, subject, asn1.RawValue{FullBytes: public}})
	if err != nil {
		return nil, err
	}
	signature, err := crypto.SignMessage(key, rand.Reader, content, hash)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Content   asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: content}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
}

// certificateAlgorithm names how a key signs a certificate (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3).
func certificateAlgorithm(key crypto.PublicKey) (pkix.AlgorithmIdentifier, crypto.Hash) {
	switch key.(type) {
	case *rsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}, crypto.SHA256
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, crypto.SHA256
	}
	return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 112}}, 0
}
