package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
)

const wrong = "the signature does not hold"

// verifySignature returns why the signature does not hold; empty where it does (RFC 7518 §3.2 to §3.5, RFC 8037 §3.1).
func verifySignature(s suite, k *Key, signed, signature []byte) string {
	var buffer [sha512.Size]byte
	ok := false
	switch s.family {
	case hmacFamily:
		return verifyHMAC(s, k, signed, signature)
	case edwards:
		public, isEd25519 := k.public.(ed25519.PublicKey)
		if len(signature) != ed25519.SignatureSize {
			return wrongLength(len(signature), ed25519.SignatureSize)
		}
		ok = isEd25519 && ed25519.Verify(public, signed, signature)
	case ecdsaFamily:
		public, isECDSA := k.public.(*ecdsa.PublicKey)
		if !isECDSA {
			return wrong
		}
		return verifyECDSA(public, digest(s.hash, signed, &buffer), signature)
	case pkcs1, pss:
		public, isRSA := k.public.(*rsa.PublicKey)
		if !isRSA {
			return wrong
		}
		if len(signature) != public.Size() {
			return wrongLength(len(signature), public.Size())
		}
		sum := digest(s.hash, signed, &buffer)
		if s.family == pkcs1 {
			ok = rsa.VerifyPKCS1v15(public, s.hash, sum, signature) == nil
		} else {
			// The salt is as long as the hash, no other length is allowed (RFC 7518 §3.5).
			options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.hash}
			ok = rsa.VerifyPSS(public, s.hash, sum, signature, &options) == nil
		}
	}
	if !ok {
		return wrong
	}
	return ""
}

func wrongLength(got, want int) string {
	return fmt.Sprintf("the signature has %d octets instead of %d", got, want)
}

// digest hashes on the caller's stack.
func digest(h crypto.Hash, data []byte, buffer *[sha512.Size]byte) []byte {
	switch h {
	case crypto.SHA256:
		sum := sha256.Sum256(data)
		return append(buffer[:0], sum[:]...)
	case crypto.SHA384:
		sum := sha512.Sum384(data)
		return append(buffer[:0], sum[:]...)
	}
	sum := sha512.Sum512(data)
	return append(buffer[:0], sum[:]...)
}

func verifyHMAC(s suite, k *Key, signed, signature []byte) string {
	if k.shared.IsZero() {
		return "the secret is empty"
	}
	mac := hmac.New(s.hash.New, []byte(k.shared.Reveal()))
	mac.Write(signed)
	if !hmac.Equal(mac.Sum(nil), signature) {
		return wrong
	}
	return ""
}

// verifyECDSA takes r and s side by side, each as long as the order, and never DER (RFC 7518 §3.4).
func verifyECDSA(public *ecdsa.PublicKey, sum, signature []byte) string {
	size := (public.Curve.Params().N.BitLen() + 7) / 8
	if len(signature) != 2*size {
		reason := wrongLength(len(signature), 2*size)
		if len(signature) > 2 && signature[0] == 0x30 {
			reason += ": it looks like ASN.1 DER, and must be r and s side by side"
		}
		return reason
	}
	var buffer [2*66 + 9]byte
	der := appendInteger(buffer[:3], signature[:size])
	der = appendInteger(der, signature[size:])
	content := len(der) - 3
	start := 1 // the header is 30 LL, or 30 81 LL from 128 octets on
	buffer[1], buffer[2] = 0x30, byte(content)
	if content >= 0x80 {
		start = 0
		buffer[0], buffer[1] = 0x30, 0x81
	}
	if !ecdsa.VerifyASN1(public, sum, der[start:]) {
		return wrong
	}
	return ""
}

// appendInteger appends a positive number as an ASN.1 INTEGER, so that big.Int needs not be made.
func appendInteger(der, number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	length := len(number)
	if number[0]&0x80 != 0 {
		return append(append(der, 0x02, byte(length+1), 0), number...)
	}
	return append(append(der, 0x02, byte(length)), number...)
}
