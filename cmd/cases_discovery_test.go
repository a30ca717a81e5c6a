package cmd

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
)

func discoveryCases() []hostile {
	return []hostile{
		{"disc-issuer-slash", reject, 4, "metadata.issuer", fault(), ""},
		{"disc-issuer-case", reject, 4, "metadata.issuer", fault(), ""},
		{"disc-issuer-missing", reject, 4, "metadata.issuer", all(fault(), by("internal/metadata", "TestParseDocument", "null", "number", "array")), ""},
		{"disc-issuer-dup", reject, 4, "metadata.json", fault(), ""},
		{"disc-issuer-wrongcase-key", reject, 4, "metadata.issuer", fault(), ""},
		{"disc-html", reject, 5, "network.not_oauth", fault(), ""},
		{"disc-404-ansi", reject, 4, "metadata.not_found", fault(), ""},
		{"disc-ct-text", warn, 0, "metadata.content_type", fault(), ""},
		{"disc-bad-utf8", reject, 4, "metadata.json", fault(), ""},
		{"disc-slow-headers", reject, 5, "network.timeout", slowHeader(), "one octet of the header at a time, for ever"},
		{"disc-huge-header", reject, 5, "network.header_size", discovers("", hugeHeader), "a header of 1 MiB"},
		{"disc-redirect-host", reject, 4, "wire.redirect", fault(), ""},
		{"disc-redirect-downgrade", reject, 4, "wire.redirect", downgraded(), "302 from https to http"},
		{"disc-redirect-internal", reject, 4, "wire.redirect", all(discovers("", sentTo("http://169.254.169.254/latest/meta-data/")), discovers("", sentTo("http://127.0.0.1:1/x"))), "302 to the cloud's credentials, or to another port of this machine"},
		{"disc-jwks-file", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-authz-shell", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-authz-dash", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-authz-preset", reject, 4, "authorization.preset", fault(), ""},
		{"disc-authz-fragment", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-endpoint-userinfo", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-endpoint-relative", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-endpoint-http", reject, 4, "metadata.endpoint_url", fault(), ""},
		{"disc-no-token-endpoint", reject, 4, "metadata.endpoint", fault(), ""},
		{"disc-scalar-list", warn, 0, "metadata.list", fault(), ""},
		{"disc-alg-none", reject, 4, "jose.alg", fault(), ""},
		{"disc-insert-vs-append", accept, 0, "", discovers("/tenant", insertedOnly), "metadata only where the well-known part comes before the path"},
		{"disc-escaped-path", accept, 0, "", discovers("/a%2Fb", escapedOnly), "an escaped slash in the path of the issuer"},
		{"disc-mtls-alias", accept, 0, "", aliased(), "other endpoints for clients with a certificate"},
		{"disc-webfinger-issuer", reject, 0, "", later("an issuer is named, not looked up by an account: there is no WebFinger"), "WebFinger names an issuer whose document names another"},
		{"disc-webfinger-hostile", reject, 0, "", later("an issuer is named, not looked up by an account: there is no WebFinger"), "WebFinger about another account, by http, or with two issuers"},
		{"disc-prm-www-authenticate", reject, 3, "resource.status", all(by("internal/grant", "TestRefusedExplain", "metadata in the clear, on this machine"), challenged("Bearer resource_metadata=\"http://169.254.169.254/x\"", "ignored, as that is no https URL")), "a 401 names metadata of the API at a link-local address"},
		{"disc-prm-many-as", warn, 0, "", later("metadata of a resource is named and not fetched, so that no authorization server is chosen from it"), "metadata of a resource with two authorization servers"},
		{"disc-idn", warn, 0, "metadata.idn", by("internal/metadata", "TestJudge", "homograph", "punycode"), "an issuer in foreign letters that look like known ones"},
	}
}

func furtherDiscoveryCases() []hostile {
	return []hostile{
		{"disc-issuer-other", reject, 4, "metadata.issuer", fault(), ""},
		{"disc-slow", reject, 5, "network.timeout", fault(), ""},
		{"disc-huge", reject, 5, "network.size", fault(), ""},
		{"disc-issuer-number", reject, 4, "metadata.issuer", discovers("", saying(`{"issuer":7}`)), "the issuer is a number"},
		{"disc-bom", warn, 0, "metadata.json", discovers("", marked), "a byte order mark before the document"},
		{"disc-deep", reject, 4, "metadata.json", discovers("", saying(`{"issuer":"x","a":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}")), "metadata 100,000 levels deep"},
		{"disc-cut", reject, 4, "metadata.json", discovers("", saying(`{"issuer":"x","authorization_endpoint":`)), "half a document"},
		{"disc-utf16", reject, 5, "network.not_oauth", discovers("", saying("\xff\xfe{\x00}\x00")), "a document in UTF-16"},
		{"disc-redirect-loop", reject, 4, "wire.redirect", discovers("", sentTo("")), "a redirect to itself"},
		{"disc-redirect-file", reject, 4, "wire.redirect", discovers("", sentTo("file:///etc/passwd")), "a redirect to a file"},
		{"disc-gzip-bomb", reject, 5, "network.size", discovers("", bombed), "64 KiB that inflate to 64 MiB"},
		{"disc-signed-metadata", accept, 0, "", discovers("", describing("signed_metadata", "e30.e30.AA")), "signed metadata beside the plain: nothing of it is used"},
		{"disc-no-document", reject, 4, "metadata.not_found", discovers("", http.NotFound), "no document at all"},
		{"disc-endpoint-bidi", reject, 4, "metadata.endpoint_url", discovers("", describing("token_endpoint", "https://id.example/\u202enekot")), "an endpoint that reads in another order than it is"},
		{"disc-list-flood", warn, 0, "metadata.list", all(by("internal/metadata", "TestFindingsAreBounded"), discovers("", describing("scopes_supported", 7))), "ten thousand lists that are none: so many are named"},
		{"disc-endpoint-long", reject, 4, "metadata.endpoint_url", discovers("", describing("token_endpoint", "https://id.example/"+strings.Repeat("a", 2000)+"\u202enekot")), "the same at the end of a long endpoint"},
		{"disc-http10", accept, 0, "", discoversAt(oldServer), "an answer by HTTP/1.0 that ends with the connection"},
		{"disc-switch", reject, 5, "network.not_http", all(discoversAt(switching), by("internal/wire", "TestSwitchedProtocols")), "a server that switches to another protocol, and keeps the connection open"},
		{"disc-window", reject, 5, "network.timeout", by("internal/wire", "TestWindowOverflow"), "a flow-control window of HTTP/2 that is too large, at which net/http waits for ever"},
	}
}

func keyCases() []hostile {
	return []hostile{
		{"jwks-kid-unknown", reject, 4, "jose.key", fault(), ""},
		{"jwks-kid-flood", reject, 4, "jose.key", all(by("internal/metadata", "TestManyUnknownTokens"), flooded(func(i int, f *forged) { f.header["kid"] = fmt.Sprint("random-", i) }, "jose.key")), "50 tokens with 50 unknown kids: the set is fetched anew once"},
		{"jwks-badsig-flood", reject, 4, "jose.signature", flooded(func(_ int, f *forged) { signature(flipped)(f) }, "jose.signature"), "50 tokens with a known kid and a bad signature: the set is fetched anew once at most"},
		{"jwks-rotate", accept, 0, "", all(by("internal/jose", "TestRotation", "rotated"), by("internal/metadata", "TestRemoteKeys", "rotation")), "keys replaced between two tokens"},
		{"jwks-kid-reused", accept, 0, "", by("internal/jose", "TestRotation", "kid reused"), "a key replaced under its old name"},
		{"jwks-revoked", reject, 4, "jose.key", all(by("internal/jose", "TestRotation", "revoked"), by("internal/metadata", "TestRemoteKeys", "rotation")), "a key that was taken out of the set"},
		{"jwks-dup-kid", warn, 0, "jose.key", verifies(jose.ES256, besideKey(jose.RS256, "k1")), "two different keys of one name, of which one fits"},
		{"jwks-use-enc", reject, 4, "jose.key", fault(), ""},
		{"jwks-key-ops", reject, 4, "jose.key", fault(), ""},
		{"jwks-alg-mismatch", reject, 4, "jose.key", all(fault(), by("internal/jose", "TestKeySelection", "alg RS512 for RS256", "alg PS256 for RS256")), ""},
		{"jwks-oct", reject, 4, "jose.signature", fault(), ""},
		{"jwks-broken-neighbour", accept, 0, "", fault(), ""},
		{"jwks-unknown-kty", accept, 0, "", fault(), ""},
		{"jwks-es256k-neighbour", accept, 0, "", verifies(jose.ES256, beside(map[string]any{"kty": "EC", "crv": "secp256k1", "kid": "k2", "x": "AA", "y": "AA"})), "a key of an unknown curve beside the good one"},
		{"jwks-8192-neighbour", accept, 0, "", all(verifies(jose.RS256, beside(map[string]any{"kty": "RSA", "kid": "k2", "e": "AQAB", "n": modulus(8192)})), verifies(jose.RS256, beside(map[string]any{"kty": "RSA", "kid": "k2", "e": "AQAB", "n": modulus(16384)}))), "a huge RSA key beside the good one"},
		{"jwks-x5c-mismatch", reject, 4, "jose.key", all(verifies(jose.ES256, member("x5c", []string{otherCertificate()})), by("internal/jose", "TestKeyWeaknesses", "x5c a string", "x5c not DER")), "a certificate of another key; a malformed one is a warning"},
		{"jwks-rsa-e1", reject, 4, "jose.key", fault(), ""},
		{"jwks-rsa-e3-even", warn, 0, "jose.key_exponent", all(by("internal/jose", "TestKeyWeaknesses", "exponent 3"), by("internal/jose", "TestKeySelection", "exponent 3"), by("internal/jose", "TestBadNeighbours", "exponent even", "even modulus"), refusing(4, "jose.key", verifies(jose.RS256, member("e", "AQAA")))), "exponent 3 is told; an even one is refused"},
		{"jwks-roca", warn, 0, "jose.key_roca", by("internal/jose", "TestKeyWeaknesses", "ROCA"), "a modulus with the fingerprint of ROCA"},
		{"jwks-crv-alg", reject, 4, "jose.key", verifies(jose.ES256, member("alg", "ES384")), "alg of another curve"},
		{"jwks-html", reject, 5, "network.not_oauth", fault(), ""},
	}
}

func furtherKeyCases() []hostile {
	return []hostile{
		{"jwks-empty", reject, 4, "jose.key", fault(), ""},
		{"jwks-404", reject, 5, "network.not_oauth", fault(), ""},
		{"jwks-slow", reject, 5, "network.timeout", fault(), ""},
		{"jwks-huge", reject, 5, "network.size", fault(), ""},
		{"jwks-rotated", accept, 0, "", fault(), ""},
		{"jwks-kid-absent-single", accept, 0, "", fault(), ""},
		{"jwks-kid-absent-many", accept, 0, "", fault(), ""},
		{"jwks-x5c-malformed", warn, 0, "jose.key_x5c", verifies(jose.ES256, member("x5c", "MII")), "an x5c that is no list: the key is used, and the fault told"},
		{"jwks-private-prime", reject, 4, "jose.key", verifies(jose.RS256, member("p", "AAAA"), fetched), "a prime of the RSA key is published, without its d"},
		{"jwks-private", reject, 4, "jose.key", verifies(jose.ES256, member("d", "AAAA"), fetched), "the key's private part is published"},
		{"jwks-off-curve", reject, 4, "jose.key", verifies(jose.ES256, member("y", strings.Repeat("A", 43))), "a point beside the curve"},
		{"jwks-small-order", reject, 4, "jose.key", verifies(jose.EdDSA, member("x", "AQ"+strings.Repeat("A", 41))), "an Ed25519 point under which anything verifies"},
		{"jwks-rsa-1024", reject, 4, "jose.key_strength", by("internal/jose", "TestKeySelection", "1024 bits"), "an RSA key of 1024 bits"},
		{"jwks-kid-number", reject, 4, "jose.key", verifies(jose.ES256, member("kid", 1)), "a kid that is no text"},
		{"jwks-kid-absent", reject, 4, "jose.key", verifies(jose.ES256, member("kid", nil)), "a key without kid, where the token names one"},
		{"jwks-kid-case", reject, 4, "jose.key", verifies(jose.ES256, member("kid", "K1")), "a kid in other letter case"},
		{"jwks-x5u", accept, 0, "", verifies(jose.ES256, member("x5u", "https://attacker.example/cert")), "a certificate elsewhere, which is not fetched"},
		{"jwks-500-keys", accept, 0, "", by("internal/jose", "TestKeySetIsBounded"), "more keys than anybody has"},
		{"jwks-dup-key", accept, 0, "", verifies(jose.ES256, doubled), "the same key twice"},
		{"jwks-exponent-huge", reject, 4, "jose.key", verifies(jose.RS256, member("e", "_____w8")), "an exponent beyond 2^31"},
		{"jwks-padded", reject, 4, "jose.key", verifies(jose.RS256, member("e", "AQAB====")), "a number with padding"},
	}
}
