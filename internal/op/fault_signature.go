package op

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// segments changes the three parts of a signed ID token.
func segments(change func(parts []string)) *point {
	return &point{idToken: func(_ *exchange, f *forgery) {
		f.after = append(f.after, func(compact string) string {
			parts := strings.Split(compact, ".")
			change(parts)
			return strings.Join(parts, ".")
		})
	}}
}

// decoded changes the bytes of one part.
func decoded(part int, change func([]byte) []byte) *point {
	return segments(func(parts []string) {
		if b, err := base64.RawURLEncoding.DecodeString(parts[part]); err == nil {
			parts[part] = b64(change(b))
		}
	})
}

// signatureFaults are of signatures, and of how their parts are encoded.
func signatureFaults() []row {
	const signing, coding = "RFC 7515 §5.2", "RFC 7515 §2"
	return []row{
		{
			Name: "sig-payload-mutate", Spec: signing, Short: "a claim was changed after signing", Expect: Reject, Must: "refuse it",
			point: decoded(1, func(b []byte) []byte { return bytes.Replace(b, []byte(`"sub":"`), []byte(`"sub":"x`), 1) }),
		},
		{
			Name: "sig-flip", Spec: signing, Short: "every byte of the signature is altered", Expect: Reject,
			Must: "refuse it, from the token endpoint too", point: &point{idToken: flipped},
		},
		{
			Name: "sig-empty", Spec: signing, Short: "the signature is missing", Expect: Reject, Must: "refuse it",
			point: segments(func(parts []string) { parts[2] = "" }),
		},
		{
			Name: "sig-psychic", Spec: "RFC 7518 §3.4", Short: "ID tokens by ES256 with a signature of zeroes", Expect: Reject, Must: "refuse it",
			point: &point{idToken: func(_ *exchange, f *forgery) {
				f.header.set("alg", "ES256")
				f.header.set("kid", "test-p256")
				f.after = append(f.after, inLastPart(func(string) string { return b64(make([]byte, 64)) }))
			}},
		},
		{
			Name: "sig-es-der", Spec: "RFC 7518 §3.4", Short: "ID tokens by ES256 with the signature in DER", Expect: Reject,
			Must: "want r and s in 64 bytes", point: &point{idToken: derSigned},
		},
		{
			Name: "sig-other-issuer", Spec: signing, Short: "signed with another issuer's key of the same name", Expect: Reject,
			Must: "refuse it", point: &point{idToken: func(_ *exchange, f *forgery) {
				f.alg, f.key = "EdDSA", strangerKey()
				f.header.set("alg", "EdDSA")
				f.header.set("kid", "test-ed25519")
			}},
		},
		{
			Name: "sig-padding-chars", Spec: coding, Short: "the signature's base64url has padding", Expect: Reject,
			Must: "read base64url without padding alone", point: segments(func(parts []string) {
				parts[2] += strings.Repeat("=", max(1, (4-len(parts[2])%4)%4)) // one too many where none is due
			}),
		},
		{
			Name: "sig-trailing-bits", Spec: coding, Short: "unused bits of the last character are set", Expect: Reject,
			Must: "read canonical base64url alone", point: segments(func(parts []string) {
				const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
				last := len(parts[2]) - 1
				if at := strings.IndexByte(alphabet, parts[2][last]); len(parts[2])%4 != 0 && at >= 0 {
					parts[2] = parts[2][:last] + alphabet[at^1:][:1]
				}
			}),
		},
	}
}

// flipped alters every byte of the signature.
func flipped(x *exchange, f *forgery) {
	decoded(2, func(b []byte) []byte {
		for i := range b {
			b[i] ^= 0x5a
		}
		return b
	}).idToken(x, f)
}

// derSigned signs with the P-256 key and writes the signature as ASN.1, as most libraries outside JOSE do.
func derSigned(x *exchange, f *forgery) {
	signingBy(jose.ES256)(x, f)
	f.after = append(f.after, inLastPart(func(signature string) string {
		b, err := base64.RawURLEncoding.DecodeString(signature)
		if err != nil || len(b) != 64 {
			return signature
		}
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])})
		if err != nil {
			return signature
		}
		return b64(der)
	}))
}
