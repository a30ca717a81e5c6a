package jose

// NewExternalSigner makes a signer whose key somebody else holds, such as an HSM or a key service: the signing input
// goes out, the signature comes back. ECDSA signatures may come as DER (RFC 7515 §5.1).
func NewExternalSigner(alg Algorithm, kid string, sign func(input []byte) ([]byte, error)) (*Signer, error) {
	s, known := alg.suite()
	if !known || sign == nil {
		return nil, unknownAlgorithm(alg)
	}
	return &Signer{algorithm: alg, suite: s, public: &Key{KeyID: kid}}, nil
}
