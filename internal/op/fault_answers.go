package op

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"strings"
)

// signedUserInfoFaults are of userinfo as a JWT.
func signedUserInfoFaults() []row {
	const answers = "OpenID Connect Core §5.3.2"
	return []row{
		{
			Name: "ui-jwt-iss", Spec: answers, Short: "iss of another issuer", Expect: Reject, Must: "discard the claims",
			point: &point{signed: inClaims(suffixing("iss", "1"))},
		},
		{
			Name: "ui-jwt-aud", Spec: answers, Short: "aud of another client", Expect: Reject, Must: "discard the claims",
			point: &point{signed: inClaims(suffixing("aud", "1"))},
		},
		{
			Name: "ui-jwt-aud-missing", Spec: answers, Short: "no aud", Expect: Warn, Must: "say so: there should be one",
			point: &point{signed: inClaims(removing("aud"))},
		},
		{
			Name: "ui-jwt-sub", Spec: answers, Short: "the claims of another person, rightly signed", Expect: Reject, Must: "discard them",
			point: &point{signed: inClaims(suffixing("sub", "1"))},
		},
		{
			Name: "ui-jwt-none", Spec: "RFC 8725 §2.1", Short: "alg none and no signature", Expect: Reject, Must: "discard the claims",
			point: &point{signed: unsigned},
		},
		{
			Name: "ui-jwt-signature", Spec: answers, Short: "the signature is another", Expect: Reject, Must: "discard the claims",
			point: &point{signed: zeroed},
		},
		{
			Name: "ui-jwt-access-token", Spec: "RFC 8725 §3.11", Short: "the access token in place of the claims", Expect: Reject, Must: "look at typ and aud",
			point: &point{signed: func(x *exchange, f *forgery) {
				f.after = append(f.after, func(string) string {
					token, _ := x.bearer()
					return token
				})
			}},
		},
		{
			Name: "ui-jwt-as-json", Spec: answers, Short: "a JWT as application/json", Expect: Warn, Must: "verify it all the same, and say so",
			point: contentType(atUserInfo, "application/json"),
		},
	}
}

// encryptedUserInfoFaults are of userinfo that is signed and encrypted.
func encryptedUserInfoFaults() []row {
	return []row{
		{
			Name: "ui-jwe-missing", Spec: "OpenID Connect Core §5.3.2", Short: "signed, and not encrypted", Expect: Warn,
			Must: "say that it came in the clear", point: sealedFor("userinfo", inTheClear),
		},
		{
			Name: "ui-jwe-recipient", Spec: "RFC 7516 §5.2", Short: "encrypted to another key", Expect: Reject,
			Must: "say that no key opens it", point: sealedFor("userinfo", toStranger),
		},
	}
}

// signedIntrospectionFaults are of introspection answers as JWTs.
func signedIntrospectionFaults() []row {
	const answers = "RFC 9701 §5"
	return []row{
		{
			Name: "intro-jwt-plain", Spec: answers, Short: "JSON, though a JWT was asked for", Expect: Reject, Must: "not take what nobody signed",
			point: &point{at: atIntrospection, instead: func(x *exchange) answer {
				x.r.Header.Del("Accept")
				return x.introspect()
			}},
		},
		{
			Name: "intro-jwt-typ", Spec: answers, Short: "typ JWT", Expect: Reject, Must: "want token-introspection+jwt",
			point: &point{signed: header("typ", "JWT")},
		},
		{
			Name: "intro-jwt-iss", Spec: answers, Short: "iss of another issuer", Expect: Reject, Must: "compare exactly",
			point: &point{signed: inClaims(suffixing("iss", "1"))},
		},
		{
			Name: "intro-jwt-aud", Spec: answers, Short: "aud of another resource server", Expect: Reject, Must: "refuse what another one was told",
			point: &point{signed: inClaims(suffixing("aud", "1"))},
		},
		{
			Name: "intro-jwt-empty", Spec: answers, Short: "no token_introspection", Expect: Reject, Must: "say that the answer is missing",
			point: &point{signed: inClaims(removing("token_introspection"))},
		},
		{
			Name: "intro-jwt-sub", Spec: "RFC 9701 §8.1", Short: "sub and exp beside token_introspection", Expect: Warn,
			Must: "say that it could be taken for an access token", point: &point{signed: func(x *exchange, f *forgery) {
				f.claims.add("sub", "user-alice-7f3a")
				f.claims.add("exp", x.now.Add(clockSkew).Unix())
			}},
		},
		{
			Name: "intro-jwt-access-token", Spec: "RFC 9701 §8.1", Short: "the token itself in place of the answer", Expect: Reject, Must: "look at typ",
			point: &point{signed: func(x *exchange, f *forgery) {
				f.after = append(f.after, func(string) string { return x.form.Get("token") })
			}},
		},
		{
			Name: "intro-jwt-none", Spec: "RFC 8725 §2.1", Short: "alg none and no signature", Expect: Reject, Must: "refuse it",
			point: &point{signed: unsigned},
		},
		{
			Name: "intro-jwt-signature", Spec: answers, Short: "the signature is another", Expect: Reject, Must: "refuse it",
			point: &point{signed: zeroed},
		},
	}
}

// sealedFor changes what is about to be encrypted, of one kind.
func sealedFor(kind string, change func(*exchange, *sealing)) *point {
	return &point{encrypted: func(x *exchange, s *sealing) {
		if s.kind == kind {
			change(x, s)
		}
	}}
}

// inTheClear does not encrypt.
func inTheClear(_ *exchange, s *sealing) {
	s.after = append(s.after, func(string) string { return string(s.plaintext) })
}

// toStranger encrypts to a key that nobody has.
func toStranger(_ *exchange, s *sealing) {
	if key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
		s.key = key.Public()
	}
}

// encryptionFaults are of encrypted ID tokens.
func encryptionFaults() []row {
	const opening, header, nested = "RFC 7516 §5.2", "RFC 7516 §4.1", "OpenID Connect Core §16.14"
	id := func(change func(*exchange, *sealing)) *point { return sealedFor("id", change) }
	return []row{
		{
			Name: "jwe-wrong-recipient", Spec: opening, Short: "encrypted to another key of the same name", Expect: Reject,
			Must: "name kid and alg", point: id(toStranger),
		},
		{
			Name: "jwe-unknown-kid", Spec: header + ".6", Short: "the key goes by another name", Expect: Accept,
			Must: "try the keys that fit", point: id(func(_ *exchange, s *sealing) { s.header.set("kid", "rotated-away") }),
		},
		{
			Name: "jwe-rsa15", Spec: "RFC 8725 §3.2", Short: "encrypted with RSA1_5", Expect: Reject,
			Must: "refuse the algorithm, and never say more of why it does not open", point: id(rsa15),
		},
		{
			Name: "jwe-zip-bomb", Spec: "RFC 8725 §3.6", Short: "32 KiB that would inflate to 32 MiB", Expect: Reject,
			Must: "stop inflating at a limit", point: id(bomb),
		},
		{
			Name: "jwe-inner-unsigned", Spec: nested, Short: "claims that nobody signed inside", Expect: Reject,
			Must: "want a signed token inside", point: id(func(_ *exchange, s *sealing) {
				if claims, wrong := parseJWS(string(s.plaintext)); wrong == "" {
					s.plaintext = claims.claims.Raw()
				}
			}),
		},
		{
			Name: "jwe-inner-none", Spec: nested, Short: "alg none inside", Expect: Reject,
			Must: "verify the signature inside as ever", point: &point{idToken: unsigned},
		},
		{
			Name: "jwe-tag", Spec: "RFC 7518 §5.3", Short: "the authentication tag is another", Expect: Reject,
			Must: "refuse it, and not say at which step", point: id(tagged(func(string) string { return b64(make([]byte, 16)) })),
		},
		{
			Name: "jwe-tag-short", Spec: "RFC 7518 §5.3", Short: "the authentication tag has six octets", Expect: Reject,
			Must: "want all 16 octets", point: id(tagged(func(tag string) string { return tag[:8] })),
		},
		{
			Name: "jwe-crit", Spec: header + ".13", Short: "a critical header parameter that nobody knows", Expect: Reject,
			Must: "refuse it", point: id(func(_ *exchange, s *sealing) { undefinedExtension(&s.header) }),
		},
		{
			Name: "jwe-epk", Spec: "RFC 7518 §4.6.1", Short: "the sender's key is no point of the curve", Expect: Reject,
			Must: "refuse it before anything is computed with the own key", point: id(offCurve),
		},
		{
			Name: "jwe-no-cty", Spec: "RFC 7519 §5.2", Short: "no cty, though a token is inside", Expect: Warn, Must: "read it, and say so",
			point: id(func(_ *exchange, s *sealing) { s.header.remove("cty") }),
		},
		{
			Name: "jwe-missing", Spec: "OpenID Connect Core §3.1.3.7", Short: "ID tokens in the clear", Expect: Warn,
			Must: "say that encryption was agreed", point: id(inTheClear),
		},
	}
}

// rsa15 encrypts to the client's RSA key by the padding that gives keys away.
func rsa15(x *exchange, s *sealing) {
	if key, ok := x.client.keys.encryptionKey("RSA-OAEP"); ok {
		s.alg, s.key = "RSA1_5", key.public
		s.header.set("alg", s.alg)
		s.header.set("kid", key.id)
	}
}

// bomb encrypts 32 MiB of spaces, compressed: one block (RFC 1951 §3.2.7) in which the longest copy and the shortest
// distance have codes of one bit, so that each byte of zeroes copies four times 258 spaces.
func bomb(_ *exchange, s *sealing) {
	const codesAndSpace, end = "\xed\xc0\x81\x00\x00\x00\x00\x80\x20\x95\xfd\x29\x17\xa9", "\x60"
	s.plaintext = []byte(codesAndSpace + strings.Repeat("\x00", 32514) + end)
	s.header.set("zip", "DEF")
}

// tagged changes the tag.
func tagged(change func(tag string) string) func(*exchange, *sealing) {
	return func(_ *exchange, s *sealing) {
		s.after = append(s.after, inLastPart(change))
	}
}

// offCurve replaces the sender's key in the header by one of zeroes.
func offCurve(_ *exchange, s *sealing) {
	s.after = append(s.after, func(compact string) string {
		first, rest, _ := strings.Cut(compact, ".")
		raw, err := base64.RawURLEncoding.DecodeString(first)
		if err != nil {
			return compact
		}
		zero := b64(make([]byte, 32))
		raw = regexp.MustCompile(`"(x|y)":"[^"]*"`).ReplaceAll(raw, []byte(`"$1":"`+zero+`"`))
		return b64(raw) + "." + rest
	})
}
