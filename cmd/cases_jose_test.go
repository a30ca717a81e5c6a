package cmd

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
)

func headerCases() []hostile {
	return []hostile{
		{"jose-none", reject, 4, "jose.alg", fault(), ""},
		{"jose-none-sig-kept", reject, 4, "jose.alg", fault(), ""},
		{"jose-hs-ec", reject, 4, "jose.alg", all(verifies(jose.ES256, byHMAC("the octets of a public point")), by("internal/jose", "TestKeyConfusion", "HMAC with the point")), "HS256 by the public EC key"},
		{"jose-hs-secret-registered", accept, 0, "", verifies(jose.RS256, byHMAC(webSecret), secretFile(webSecret)), "HS256 by the client secret, which is given"},
		{"jose-hs-empty-secret", reject, 4, "jose.alg", all(verifies(jose.ES256, hmacEmpty), by("internal/jose", "TestSecrets", "no secret at all")), "HS256 by the empty secret, of a public client"},
		{"jose-hs-short-secret", warn, 0, "jose.key_strength", verifies(jose.RS256, byHMAC("8 octets"), secretFile("8 octets")), "HS256 by a secret of eight octets"},
		{"jose-embedded-jwk", reject, 4, "jose.signature", fault(), ""},
		{"jose-jku", reject, 4, "jose.key", fault(), ""},
		{"jose-crit-unknown", reject, 4, "jose.crit", fault(), ""},
		{"jose-crit-empty", reject, 4, "jose.crit", fault(), ""},
		{"jose-crit-registered", reject, 4, "jose.crit", all(verifies(jose.ES256, header("crit", []string{"alg"})), verifies(jose.ES256, header("crit", []string{"exp2", "exp2"}), header("exp2", 1)), verifies(jose.ES256, header("crit", "exp2"), header("exp2", 1))), "crit of a registered name, a name twice, no list"},
		{"jose-b64-no-crit", reject, 4, "jose.b64", verifies(jose.ES256, header("b64", false)), "an unencoded payload that crit does not name"},
		{"jose-b64-jwt", reject, 4, "jose.crit", fault(), ""},
		{"jose-dup-alg", reject, 4, "jose.header", fault(), ""},
		{"jose-alg-key-case", reject, 4, "jose.header", fault(), ""},
		{"jose-typ-logout", reject, 4, "jwt.typ", fault(), ""},
		{"jose-typ-dpop", reject, 4, "jwt.typ", all(fault(), by("internal/oidc", "TestIDToken", "typ request")), ""},
		{"jose-alt-alg", reject, 4, "jose.alg", fault(), ""},
		{"jose-eddsa-names", accept, 0, "", all(verifies(jose.EdDSA), verifies(jose.Ed25519), verifies(jose.EdDSA, member("alg", "Ed25519"))), "one signature under both of its names"},
		{"jose-header-notjson", reject, 4, "jose.header", all(verifies(jose.ES256, headed(`""`)), verifies(jose.ES256, headed("null")), verifies(jose.ES256, headed("[]")), verifies(jose.ES256, headed("{")), verifies(jose.ES256, headed("[]{}")), refusing(4, "jose.parts", verifies(jose.ES256, headed(strings.Repeat(" ", 1<<20))))), "a header that is no JSON object"},
		{"jose-json-flattened", reject, 4, "jose.parts", verifies(jose.ES256, compact(flattened)), "the flattened JSON form"},
		{"jose-json-unprotected-alg", reject, 4, "jose.parts", verifies(jose.ES256, inPlace(`{"payload":"e30","header":{"alg":"ES256","kid":"k1"},"signature":"AA"}`)), "the JSON form, alg outside what is signed"},
		{"jose-json-multi", reject, 4, "jose.parts", verifies(jose.ES256, compact(twiceSigned)), "the general JSON form, two signatures"},
		{"jose-million-dots", reject, 4, "jose.parts", all(verifies(jose.ES256, inPlace(strings.Repeat(".", 10_000_000))), by("internal/jose", "TestMillionDotsAllocateNothing")), "ten million dots"},
		{"jose-parts", reject, 4, "jose.parts", all(verifies(jose.ES256, inPlace("e30")), verifies(jose.ES256, inPlace("e30.e30")), verifies(jose.ES256, compact(func(s string) string { return s + ".AA" })), refusing(4, "jose.jwe.key", verifies(jose.ES256, inPlace(encode([]byte(`{"alg":"dir","enc":"A128GCM"}`))+"..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA")))), "one, two, four or five parts"},
		{"jose-inner-space", reject, 4, "jose.base64", all(verifies(jose.ES256, compact(func(s string) string { return s[:10] + " " + s[10:] })), verifies(jose.ES256, compact(func(s string) string { return s[:10] + "\t" + s[10:] })), by("internal/jose", "TestInspectBase64", "line break", "carriage")), "a blank or a line break inside"},
	}
}

func furtherHeaderCases() []hostile {
	return []hostile{
		{"jose-hs-rsa", reject, 4, "jose.signature", fault(), ""},
		{"jose-at-typ", warn, 0, "access_token.typ", all(worksAt("jose-at-typ"), verifies(jose.RS256, accessToken)), ""},
		{"jose-alg-lower", reject, 4, "jose.alg", verifies(jose.ES256, header("alg", "es256")), "alg in small letters"},
		{"jose-none-case", reject, 4, "jose.alg", verifies(jose.ES256, headed(`{"alg":"nOnE","kid":"k1"}`)), "none in mixed letters"},
		{"jose-kid-path", reject, 4, "jose.key", verifies(jose.ES256, header("kid", "../../../../dev/null")), "a kid that is a path: no file is read"},
		{"jose-kid-ansi", reject, 4, "jose.key", verifies(jose.ES256, header("kid", "\x1b[2J\u202e")), "a kid that would change a terminal"},
		{"jose-typ-access", reject, 4, "jwt.typ", verifies(jose.ES256, header("typ", "at+jwt")), "an access token offered as ID token"},
		{"jose-id-as-access", reject, 4, "access_token.kind", verifies(jose.ES256, kind("access"), claim("at_hash", "x"), claim("nonce", "n")), "an ID token offered as access token"},
		{"jose-nested", reject, 4, "jose.payload", verifies(jose.ES256, header("cty", "JWT"), payload("e30.e30.AA")), "a token in a token"},
		{"jose-x5c-header", reject, 4, "jose.signature", verifies(jose.ES256, header("x5c", []string{otherCertificate()}), signature(flipped)), "a stranger's certificate in the header"},
		{"jose-sd-jwt", reject, 4, "jose.parts", verifies(jose.ES256, compact(func(s string) string { return s + "~WyJhIl0~" })), "disclosures after the token"},
		{"jose-wide-dots", reject, 4, "jose.parts", verifies(jose.ES256, compact(func(s string) string { return strings.ReplaceAll(s, ".", "\u3002") })), "dots of another script"},
		{"jose-huge", reject, 4, "jose.parts", by("cmd", "TestHugeToken"), "64 MiB for a token, to be decoded"},
		{"jose-bearer-prefix", accept, 0, "", verifies(jose.ES256, compact(func(s string) string { return "Bearer " + s + "\r\n" })), "a token as it stands in a header: the prefix is told"},
		{"jose-typ-dup", reject, 4, "jose.header", verifies(jose.ES256, headed(`{"alg":"ES256","kid":"k1","typ":"JWT","typ":"at+jwt"}`)), "typ twice"},
	}
}

func signatureCases() []hostile {
	return []hostile{
		{"sig-flip-ps256", reject, 4, "jose.signature", verifies(jose.PS256, signature(flipped)), "PS256, every octet altered"},
		{"sig-flip-eddsa", reject, 4, "jose.signature", verifies(jose.EdDSA, signature(flipped)), "EdDSA, every octet altered"},
		{"sig-psychic", reject, 4, "jose.signature", all(fault(), by("internal/jose", "TestSignatureTricks", "n-1")), ""},
		{"sig-es-der", reject, 4, "jose.signature", all(fault(), by("internal/jose", "TestDERIsNamed")), ""},
		{"sig-es-len", reject, 4, "jose.signature", all(verifies(jose.ES256, signature(func(b []byte) []byte { return b[:63] })), verifies(jose.ES256, signature(func(b []byte) []byte { return append(b, 0) })), verifies(jose.ES256, signature(func(b []byte) []byte { return append([]byte{0}, b...) })), verifies(jose.ES256, signature(func(b []byte) []byte { return append(make([]byte, 64), b...) }))), "ES256 with 63, 65 or 128 octets"},
		{"sig-es-highs", accept, 0, "", verifies(jose.ES256, signature(highS)), "ES256 with n-s in place of s, which is as valid"},
		{"sig-rs-padding", reject, 4, "jose.signature", all(verifies(jose.RS256, paddedBy("garbage")), verifies(jose.RS256, paddedBy("no null")), verifies(jose.RS256, paddedBy("another hash")), verifies(jose.RS256, paddedBy("short"))), "RS256 over a padding that was altered: garbage, no NULL, another hash, too short"},
		{"sig-trailing-bits", reject, 4, "jose.base64", fault(), ""},
		{"sig-padding-chars", reject, 4, "jose.base64", all(fault(), by("internal/jose", "TestInspectBase64", "other alphabet")), ""},
		{"sig-payload-mutate", reject, 4, "jose.signature", fault(), ""},
		{"sig-other-issuer", reject, 4, "jose.signature", fault(), ""},
	}
}

func furtherSignatureCases() []hostile {
	return []hostile{
		{"sig-flip", reject, 4, "jose.signature", fault(), ""},
		{"sig-empty", reject, 4, "jose.signature", fault(), ""},
		{"sig-es256", reject, 4, "jose.signature", fault(), ""},
		{"sig-hs256", reject, 4, "jose.signature", fault(), ""},
		{"sig-alg-swap", reject, 4, "jose.signature", verifies(jose.RS256, member("alg", nil), headed(`{"alg":"PS256","kid":"k1"}`)), "RS256 that calls itself PS256"},
		{"sig-rs-long", reject, 4, "jose.signature", verifies(jose.RS256, signature(func(b []byte) []byte { return append([]byte{0}, b...) })), "an RSA signature with a zero before it"},
		{"sig-ed-malleable", reject, 4, "jose.signature", verifies(jose.EdDSA, signature(beyondOrder)), "an Ed25519 signature with S beyond the order"},
		{"sig-pss-salt", reject, 4, "jose.signature", by("internal/jose", "TestSaltLength"), "a PSS salt that is not as long as the hash"},
		{"sig-detached", reject, 4, "jose.payload", verifies(jose.ES256, compact(emptied)), "the payload is elsewhere"},
	}
}

func claimCases() []hostile {
	return []hostile{
		{"cl-iss-suffix", reject, 4, "jwt.iss", fault(), ""},
		{"cl-iss-slash", reject, 4, "jwt.iss", all(fault(), by("internal/oidc", "TestMessages", "slash")), ""},
		{"cl-iss-google", warn, 0, "jwt.iss", by("internal/oidc", "TestIDToken", "Google", "Google for others"), "Google's iss without https, and nobody else's"},
		{"cl-aud-missing", reject, 4, "jwt.aud", fault(), ""},
		{"cl-aud-array", accept, 0, "", fault(), ""},
		{"cl-aud-extra", reject, 4, "id_token.aud", fault(), ""},
		{"cl-aud-substring", reject, 4, "jwt.aud", all(fault(), faults("cl-aud-case")), ""},
		{"cl-exp-6min", reject, 4, "jwt.exp", fault(), ""},
		{"cl-exp-ms", warn, 0, "jwt.exp", fault(), ""},
		{"cl-exp-rfc3339", reject, 4, "jwt.exp", fault(), ""},
		{"cl-exp-1e30", reject, 4, "jwt.exp", all(verifies(jose.ES256, claim("exp", json.RawMessage("1e30"))), verifies(jose.ES256, claim("exp", json.RawMessage("9223372036854775807"))), by("internal/oidc", "TestMessages", "out of range")), "an exp beyond all time"},
		{"cl-exp-type", reject, 4, "jwt.exp", all(fault(), by("internal/oidc", "TestTimes", "exp true", "exp empty", "exp object", "exp -1")), ""},
		{"cl-nbf-max", reject, 4, "jwt.nbf", fault(), ""},
		{"cl-iat-missing", reject, 4, "jwt.iat", all(fault(), by("internal/oidc", "TestIDToken", "iat missing")), ""},
		{"cl-nonce-suffix", reject, 4, "id_token.nonce", fault(), ""},
		{"cl-nonce-missing", reject, 4, "id_token.nonce", fault(), ""},
		{"cl-nonce-unsolicited", warn, 0, "id_token.nonce", by("internal/oidc", "TestIDToken", "nonce unsolicited"), "a nonce, though none was sent"},
		{"cl-chash-missing", reject, 4, "id_token.c_hash", fault(), ""},
		{"cl-case-sub", accept, 0, "", fault(), ""},
		{"cl-case-only", reject, 4, "jwt.iss", all(verifies(jose.ES256, inCapitals("iss")), refusing(4, "jwt.sub", verifies(jose.ES256, inCapitals("sub"))), refusing(4, "jwt.aud", verifies(jose.ES256, inCapitals("aud"))), refusing(4, "jwt.exp", verifies(jose.ES256, inCapitals("exp")))), "required claims in other letter case alone"},
		{"cl-bad-utf8", reject, 4, "jose.payload", all(verifies(jose.ES256, payload("{\"sub\":\"a\xff\"}")), verifies(jose.ES256, payload(`{"sub":"\ud800"}`))), "a sub that is no Unicode text"},
		{"cl-bigint", accept, 0, "", spelt(`"big":9007199254740993,"e":1e2,"d":1.10`), "numbers that no float holds"},
		{"cl-payload-notobject", reject, 4, "jose.payload", all(verifies(jose.ES256, payload("[]")), verifies(jose.ES256, payload("null")), verifies(jose.ES256, payload(`"x"`)), verifies(jose.ES256, payload("\xff\xfe")), verifies(jose.ES256, compact(emptied))), "a payload that is no object"},
		{"cl-payload-deep", reject, 4, "jose.payload", verifies(jose.ES256, payload(`{"a":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}")), "a payload 100,000 levels deep"},
		{"cl-payload-10mb", reject, 4, "jose.parts", verifies(jose.ES256, payload(`{"a":"`+strings.Repeat("x", 10<<20)+`"}`)), "a payload of 10 MiB"},
		{"cl-email-verified-string", accept, 0, "", all(verifies(jose.ES256, claim("email_verified", "true")), by("internal/oidc", "TestIDToken", "email_verified text")), "email_verified as a text"},
		{"cl-hybrid-differ", reject, 4, "id_token.hybrid_sub", all(fault(), faults("cl-hybrid-differ-iss")), ""},
	}
}

func furtherClaimCases() []hostile {
	return []hostile{
		{"cl-iss-missing", reject, 4, "jwt.iss", fault(), ""},
		{"cl-sub-missing", reject, 4, "jwt.sub", fault(), ""},
		{"cl-azp-other", reject, 4, "id_token.azp", fault(), ""},
		{"cl-exp-missing", reject, 4, "jwt.exp", fault(), ""},
		{"cl-iat-future", reject, 4, "jwt.iat", fault(), ""},
		{"cl-at-hash", reject, 4, "id_token.at_hash", fault(), ""},
		{"cl-auth-time-old", reject, 4, "id_token.auth_time", fault(), ""},
		{"cl-dup-sub", reject, 4, "jose.payload", fault(), ""},
		{"cl-chash", reject, 4, "id_token.c_hash", fault(), ""},
		{"cl-hybrid-athash-missing", reject, 4, "id_token.at_hash", fault(), ""},
		{"cl-shash", reject, 4, "id_token.s_hash", fault(), ""},
		{"cl-hybrid-differ-iss", reject, 4, "jwt.iss", fault(), ""},
		{"cl-iss-userinfo", reject, 4, "jwt.iss", verifies(jose.ES256, claim("iss", forgedIssuer+"@evil.example")), "another's host behind the issuer's name"},
		{"cl-iss-letters", reject, 4, "jwt.iss", verifies(jose.ES256, claim("iss", "https://іd.example.com")), "iss with a letter of another script"},
		{"cl-iss-list", reject, 4, "jwt.iss", verifies(jose.ES256, claim("iss", []string{forgedIssuer})), "iss is a list"},
		{"cl-aud-empty", reject, 4, "jwt.aud", verifies(jose.ES256, claim("aud", []string{})), "nobody in aud"},
		{"cl-aud-case", reject, 4, "jwt.aud", verifies(jose.ES256, claim("aud", "WEB")), "aud in other letter case"},
		{"cl-sub-empty", reject, 4, "jwt.sub", verifies(jose.ES256, claim("sub", "")), "an empty sub"},
		{"cl-sub-number", reject, 4, "jwt.sub", verifies(jose.ES256, claim("sub", 7)), "sub is a number"},
		{"cl-exp-digits", reject, 4, "jwt.exp", verifies(jose.ES256, claim("exp", "1999999999")), "exp is digits in a text"},
		{"cl-exp-century", warn, 0, "jwt.exp", verifies(jose.ES256, claim("exp", time.Now().AddDate(100, 0, 0).Unix())), "a token for a hundred years"},
		{"cl-nbf-ahead", reject, 4, "jwt.nbf", verifies(jose.ES256, claim("nbf", time.Now().Add(time.Hour).Unix())), "not valid yet"},
		{"cl-tenant-other", reject, 4, "jwt.iss", by("internal/oidc", "TestTenants", "another tenant"), "a tenant that is not that of the issuer"},
		{"cl-inner-dup", reject, 4, "jose.payload", verifies(jose.ES256, payload(`{"sub":"a","address":{"country":"A","country":"B"}}`)), "a member twice inside of a claim"},
		{"cl-null-bytes", accept, 0, "", verifies(jose.ES256, claim("name", "a\x00\x1b[2J\u202eb")), "a claim that would change a terminal"},
	}
}

func encryptionCases() []hostile {
	return []hostile{
		{"jwe-zip-bomb", reject, 4, "jose.jwe.zip", all(fault(), by("internal/jose", "TestZip")), ""},
		{"jwe-rsa15", reject, 4, "jose.jwe.alg", all(fault(), by("internal/jose", "TestOneDecryptionError")), ""},
		{"jwe-epk-zero", reject, 4, "jose.jwe.header", by("internal/jose", "TestHostileEncryption", "epk of X25519, all zero"), "a sender's X25519 key of zeroes"},
		{"jwe-missing-protected", reject, 4, "jose.parts", all(verifies(jose.ES256, inPlace(`{"ciphertext":"AA","iv":"AA","tag":"AA","recipients":[{}]}`)), verifies(jose.ES256, inPlace(`{"payload":"e30","signatures":[{}]}`))), "the JSON forms without protected"},
		{"jwe-inner-unsigned", reject, 4, "jose.jwe.nested", fault(), ""},
		{"jwe-wrong-recipient", reject, 4, "jose.jwe.decrypt", fault(), ""},
		{"jwe-happy", accept, 0, "", all(flows(op.FlowEncrypted), by("internal/jose", "TestRFC7520Nested")), "signed, then encrypted"},
	}
}

func furtherEncryptionCases() []hostile {
	return []hostile{
		{"jwe-unknown-kid", accept, 0, "", fault(), ""},
		{"jwe-inner-none", reject, 4, "jose.alg", fault(), ""},
		{"jwe-tag", reject, 4, "jose.jwe.decrypt", fault(), ""},
		{"jwe-tag-short", reject, 4, "jose.jwe.decrypt", fault(), ""},
		{"jwe-crit", reject, 4, "jose.jwe.crit", fault(), ""},
		{"jwe-epk", reject, 4, "jose.jwe.header", fault(), ""},
		{"jwe-no-cty", warn, 0, "jose.jwe.nested", fault(), ""},
		{"jwe-missing", warn, 0, "jose.jwe.missing", fault(), ""},
		{"jwe-p2c", reject, 4, "jose.jwe.alg", by("internal/jose", "TestHostileEncryption", "PBES2"), "a password derivation that takes hours"},
		{"jwe-oracle", reject, 4, "jose.jwe.decrypt", by("internal/jose", "TestOneDecryptionError"), "keys, padding and tags that are wrong: one answer for all"},
		{"jwe-padding", reject, 4, "jose.jwe.decrypt", by("internal/jose", "TestPadding", "zero", "too long", "not all equal"), "CBC padding that is none"},
		{"jwe-layers", reject, 4, "jose.jwe.nested", by("internal/oidc", "TestEncryptedTokens", "four layers"), "encryption in encryption without end"},
		{"jwe-iv-short", reject, 4, "jose.jwe.header", by("internal/jose", "TestHostileEncryption", "GCMKW with a short iv"), "an initialisation vector that is too short"},
		{"jwe-sub-twice", reject, 4, "jose.payload", by("internal/grant", "TestUserInfoJWT", "encrypted, sub twice"), "a claim twice under the encryption"},
	}
}
