package op

import (
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// keyless takes the name of the key away from ID and access tokens.
func keyless() *point {
	unnamed := func(_ *exchange, f *forgery) { f.header.remove("kid") }
	return &point{idToken: unnamed, accessToken: unnamed}
}

// rotationFaults are of the keys as they change, and of tokens that do not name theirs.
func rotationFaults() []row {
	const rotation, naming = "OpenID Connect Core §10.1.1", "OpenID Connect Core §10.1"
	many := keyless()
	many.mayStop = true     // the provider must name the key
	var fetched atomic.Bool // of one provider: the rows are made for each
	alone := keyless()
	alone.keys = func(_ *exchange, set *[]document) {
		*set = slices.DeleteFunc(*set, func(k document) bool { return k.text("kid") != "test-rsa" })
	}
	return []row{
		{
			Name: "jwks-rotated", Spec: rotation, Short: "the key that signs is in the set from the second time on that it is fetched", Expect: Accept,
			// A client that fetched the set for this very token has seen what there is.
			Must: "fetch the set once more", point: &point{mayStop: true, keys: func(_ *exchange, set *[]document) {
				if !fetched.Swap(true) {
					*set = slices.DeleteFunc(*set, func(k document) bool { return k.text("kid") == "test-rsa" })
				}
			}},
		},
		{
			Name: "jwks-kid-absent-single", Spec: naming, Short: "tokens name no key, and there is one alone", Expect: Accept,
			Must: "verify with that key", point: alone,
		},
		{
			Name: "jwks-kid-absent-many", Spec: naming, Short: "tokens name no key, and one of several fits the algorithm", Expect: Accept,
			Must: "verify with that key, or say that the provider must name it", point: many,
		},
	}
}

// otherSignatureFaults are wrong signatures by other algorithms than RS256.
func otherSignatureFaults() []row {
	return []row{
		{
			Name: "sig-es256", Spec: "RFC 7515 §5.2", Short: "ID tokens by ES256, every byte of the signature altered", Expect: Reject, Must: "refuse it",
			point: &point{idToken: func(x *exchange, f *forgery) {
				signingBy(jose.ES256)(x, f)
				flipped(x, f)
			}},
		},
		{
			Name: "sig-hs256", Spec: "RFC 7515 §5.2", Short: "ID tokens by HS256 with another secret than the client's", Expect: Reject, Must: "refuse it",
			point: &point{idToken: func(_ *exchange, f *forgery) {
				f.alg, f.secret = "HS256", []byte(publishedSecret)
				f.header.set("alg", "HS256")
				f.header.remove("kid")
			}},
		},
	}
}

// cibaTokenFaults are of the ID tokens that a backchannel request brings.
func cibaTokenFaults() []row {
	const id = "CIBA Core §10.1.1"
	return []row{
		{Name: "ciba-idt-iss", Spec: id, Short: "iss of another issuer", Expect: Reject, Must: "compare exactly", point: idClaims(grantCIBA, suffixing("iss", "1"))},
		{Name: "ciba-idt-iss-missing", Spec: id, Short: "no iss", Expect: Reject, Must: "refuse it", point: idClaims(grantCIBA, removing("iss"))},
		{Name: "ciba-idt-aud", Spec: id, Short: "aud of another client", Expect: Reject, Must: "refuse it", point: idClaims(grantCIBA, suffixing("aud", "1"))},
		{Name: "ciba-idt-aud-missing", Spec: id, Short: "no aud", Expect: Reject, Must: "refuse it", point: idClaims(grantCIBA, removing("aud"))},
		{
			Name: "ciba-idt-aud-extra", Spec: id, Short: "a second audience", Expect: Reject, Must: "refuse an audience that is not trusted",
			point: idClaims(grantCIBA, func(_ *exchange, d *document) { d.set("aud", []string{d.text("aud"), "another-client"}) }),
		},
		{
			Name: "ciba-idt-aud-array", Spec: id, Short: "aud is an array of one", Expect: Accept, Must: "read it",
			point: idClaims(grantCIBA, func(_ *exchange, d *document) { d.set("aud", []string{d.text("aud")}) }),
		},
		{
			Name: "ciba-idt-exp", Spec: id, Short: "expired six minutes ago", Expect: Reject, Must: "refuse it",
			point: idClaims(grantCIBA, dating("exp", -6*time.Minute)),
		},
		{Name: "ciba-idt-exp-missing", Spec: id, Short: "no exp", Expect: Reject, Must: "refuse it", point: idClaims(grantCIBA, removing("exp"))},
		{Name: "ciba-idt-none", Spec: "RFC 8725 §2.1", Short: "alg none and no signature", Expect: Reject, Must: "refuse it", point: &point{idToken: unsigned}},
		{Name: "ciba-idt-signature", Spec: id, Short: "every byte of the signature is altered", Expect: Reject, Must: "refuse it", point: &point{idToken: flipped}},
		{
			Name: "ciba-idt-alg", Spec: id, Short: "rightly signed by RS256, where the metadata list PS256 and ES256 alone", Expect: Reject,
			Must: "accept the expected algorithms alone", point: &point{
				metadata: setting("id_token_signing_alg_values_supported", []string{"PS256", "ES256"}),
				idToken:  signingBy(jose.RS256),
			},
		},
	}
}

// cibaRefusals are backchannel requests, and polls, that are refused.
func cibaRefusals() []row {
	always := func(code string) *point {
		return rawJSON(atBackchannel, http.StatusBadRequest, `{"error":"`+code+`"}`)
	}
	const errors = "CIBA Core §13"
	return []row{
		{Name: "ciba-hint-expired", Spec: errors, Short: "400 expired_id_token_hint, whatever is sent", Expect: Reject, Must: "stop and say so", point: always("expired_id_token_hint")},
		{Name: "ciba-hint-invalid", Spec: errors, Short: "400 invalid_id_token_hint, whatever is sent", Expect: Reject, Must: "stop and say so", point: always("invalid_id_token_hint")},
		{Name: "ciba-unknown-user", Spec: errors, Short: "400 unknown_user_id, whatever is sent", Expect: Reject, Must: "stop and say so", point: always("unknown_user_id")},
		{
			Name: "ciba-poll-invalid", Spec: "CIBA Core §11", Short: "400 invalid_request to a poll", Expect: Reject, Must: "never poll for that auth_req_id again",
			point: refusingPolls("invalid_request", "this client polls too often"),
		},
	}
}
