package op

import (
	"bytes"
	"crypto/ed25519"
	"net/http"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// everyKey changes each key of the set.
func everyKey(change func(*document)) *point {
	return &point{keys: func(_ *exchange, set *[]document) {
		for i := range *set {
			change(&(*set)[i])
		}
	}}
}

// neighbour puts a key before the good ones.
func neighbour(jwk document) *point {
	return &point{keys: func(_ *exchange, set *[]document) { *set = append([]document{jwk}, *set...) }}
}

// keyFaults are of the key set.
func keyFaults() []row {
	const members, sets = "RFC 7517 §4", "RFC 7517 §5"
	return []row{
		{
			Name: "jwks-kid-unknown", Spec: "OpenID Connect Core §10.1.1", Short: "tokens name a key that is not in the set", Expect: Reject,
			Must:  "fetch the set once more, then name the key and those that are there",
			point: &point{idToken: header("kid", "rotated-away"), accessToken: header("kid", "rotated-away")},
		},
		{
			Name: "jwks-use-enc", Spec: members + ".2", Short: "the keys are for encryption", Expect: Reject,
			Must: "verify with keys for signatures alone", point: everyKey(func(k *document) { k.set("use", "enc") }),
		},
		{
			Name: "jwks-key-ops", Spec: members + ".3", Short: "the keys may only encrypt", Expect: Reject,
			Must: "want verify among key_ops", point: everyKey(func(k *document) {
				k.remove("use")
				k.set("key_ops", []string{"encrypt"})
			}),
		},
		{
			Name: "jwks-alg-mismatch", Spec: members + ".4", Short: "the keys are for another algorithm", Expect: Reject,
			Must: "let the key's alg bind", point: everyKey(func(k *document) { k.set("alg", "RS1024") }),
		},
		{
			Name: "jwks-empty", Spec: sets, Short: "no keys", Expect: Reject, Must: "say that the set is empty",
			point: &point{keys: func(_ *exchange, set *[]document) { *set = []document{} }},
		},
		{
			Name: "jwks-broken-neighbour", Spec: sets, Short: "the first key is RSA without n", Expect: Accept,
			Must: "ignore that key with a warning", point: neighbour(document{{"kty", "RSA"}, {"kid", "broken"}, {"use", "sig"}, {"e", "AQAB"}}),
		},
		{
			Name: "jwks-unknown-kty", Spec: sets, Short: "the first key is of an unknown type", Expect: Accept,
			Must: "ignore that key", point: neighbour(document{{"kty", "XYZ"}, {"kid", "unknown"}, {"use", "sig"}, {"pub", "AAAA"}}),
		},
		{
			Name: "jwks-oct", Spec: "RFC 8725 §3.2", Short: "ID tokens by HS256 with a key that the set publishes", Expect: Reject,
			Must: "never take symmetric keys from a URL", point: &point{
				keys: func(_ *exchange, set *[]document) {
					*set = append(*set, document{{"kty", "oct"}, {"kid", "shared"}, {"k", b64([]byte(publishedSecret))}})
				},
				idToken: func(_ *exchange, f *forgery) {
					f.alg, f.secret = "HS256", []byte(publishedSecret)
					f.header.set("alg", "HS256")
					f.header.set("kid", "shared")
				},
			},
		},
		{
			Name: "jwks-rsa-e1", Spec: "RFC 8017 §3.1", Short: "the RSA key's exponent is 1", Expect: Reject,
			Must: "refuse a key under which everything verifies", point: everyKey(func(k *document) {
				if k.text("kty") == "RSA" {
					k.set("e", "AQ")
				}
			}),
		},
		{
			Name: "jwks-html", Spec: sets, Short: "a page instead of the set", Expect: Reject, Must: "say that it is HTML",
			point: rawHTML(atKeys, http.StatusOK),
		},
		{
			Name: "jwks-404", Spec: sets, Short: "404", Expect: Reject, Must: "name URL and status",
			point: raw(atKeys, http.StatusNotFound, "text/plain", "not found\n"),
		},
		{Name: "jwks-slow", Spec: sets, Short: "never answers", Expect: Reject, Must: "give up after a time limit", point: slow(atKeys)},
		{Name: "jwks-huge", Spec: sets, Short: "a set of 1 GiB", Expect: Reject, Must: "stop reading at a limit", point: huge(atKeys)},
	}
}

// publishedSecret is no secret.
const publishedSecret = "published-symmetric-key-0123456789"

// headerFaults are of the algorithm and the key that a header names.
func headerFaults() []row {
	return []row{
		{
			Name: "jose-none", Spec: "RFC 8725 §2.1", Short: "ID tokens with alg none and no signature", Expect: Reject,
			Must: "refuse them", point: &point{idToken: unsigned},
		},
		{
			Name: "jose-none-sig-kept", Spec: "RFC 8725 §2.1", Short: "alg none over a real signature", Expect: Reject, Must: "refuse it",
			point: &point{idToken: header("alg", "none")},
		},
		{
			Name: "jose-alt-alg", Spec: "OpenID Connect Core §3.1.3.7", Short: "ID tokens rightly signed by RS256, where the metadata lists PS256 and ES256 alone", Expect: Reject,
			Must: "accept the expected algorithms alone", point: &point{
				metadata: setting("id_token_signing_alg_values_supported", []string{"PS256", "ES256"}),
				idToken:  signingBy(jose.RS256),
			},
		},
		{
			Name: "jose-hs-rsa", Spec: "RFC 8725 §2.1", Short: "HS256 keyed with the public RSA key", Expect: Reject,
			Must: "never use a public key as a secret", point: &point{idToken: func(x *exchange, f *forgery) {
				f.alg, f.secret = "HS256", []byte(publicJWK("test-rsa", x.p.keys.keys["test-rsa"].Public()).text("n"))
				f.header.set("alg", "HS256")
			}},
		},
		{
			Name: "jose-embedded-jwk", Spec: "RFC 8725 §3.8", Short: "signed with an unknown key that the header brings along", Expect: Reject,
			Must: "take keys from the set alone", point: &point{idToken: func(_ *exchange, f *forgery) {
				key := strangerKey()
				f.alg, f.key = "EdDSA", key
				f.header = document{{"alg", "EdDSA"}, {"jwk", publicJWK("stranger", key.Public())}}
			}},
		},
		{
			Name: "jose-jku", Spec: "RFC 8725 §3.10", Short: "the header points to keys elsewhere", Expect: Reject,
			Must: "send no request there", point: &point{idToken: func(_ *exchange, f *forgery) {
				f.key, f.alg = strangerKey(), "EdDSA"
				f.header = document{{"alg", "EdDSA"}, {"kid", "stranger"}, {"jku", evil + "/jwks"}}
			}},
		},
	}
}

// strictFaults are of what a header must not hold, and of how it is read.
func strictFaults() []row {
	const crit = "RFC 7515 §4.1.11"
	return []row{
		{
			Name: "jose-crit-unknown", Spec: crit, Short: "a critical header parameter that nobody knows", Expect: Reject,
			Must: "refuse it", point: &point{idToken: func(_ *exchange, f *forgery) { undefinedExtension(&f.header) }},
		},
		{
			Name: "jose-crit-empty", Spec: crit, Short: "an empty list of critical parameters", Expect: Reject,
			Must: "refuse it", point: &point{idToken: header("crit", []string{})},
		},
		{
			Name: "jose-b64-jwt", Spec: "RFC 7797 §7", Short: "an unencoded payload in a JWT", Expect: Reject, Must: "refuse it",
			point: &point{idToken: func(_ *exchange, f *forgery) {
				f.header.set("b64", false)
				f.header.set("crit", []string{"b64"})
			}},
		},
		{
			Name: "jose-dup-alg", Spec: "RFC 7515 §4", Short: "alg twice, none first", Expect: Reject, Must: "refuse duplicate parameters",
			point: &point{idToken: func(_ *exchange, f *forgery) { f.header.prepend("alg", "none") }},
		},
		{
			Name: "jose-alg-key-case", Spec: "RFC 7515 §4.1.1", Short: "ALG instead of alg", Expect: Reject, Must: "compare names with case",
			point: &point{idToken: func(_ *exchange, f *forgery) {
				f.header.remove("alg")
				f.header.prepend("ALG", string(f.alg))
			}},
		},
		{
			Name: "jose-typ-logout", Spec: "RFC 8725 §3.11", Short: "a logout token's typ", Expect: Reject, Must: "not take it for an ID token",
			point: &point{idToken: header("typ", "logout+jwt")},
		},
		{
			Name: "jose-typ-dpop", Spec: "RFC 8725 §3.11", Short: "a DPoP proof's typ", Expect: Reject, Must: "not take it for an ID token",
			point: &point{idToken: header("typ", "dpop+jwt")},
		},
		{
			Name: "jose-at-typ", Spec: "RFC 9068 §2.1", Short: "access tokens with typ JWT", Expect: Warn,
			Must: "warn, and refuse when strict", point: &point{accessToken: header("typ", "JWT")},
		},
	}
}

// strangerKey is a key that no set holds.
func strangerKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{0x5a}, 32)) }
