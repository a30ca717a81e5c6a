package op

import (
	"net/http"
	"strings"
	"time"
)

// wantsNonces makes the provider demand nonces in DPoP proofs.
func wantsNonces(c *Config) { c.DPoPNonce = 5 * time.Minute }

// givingNonce changes the DPoP-Nonce headers of the answers to pushed requests that have a status.
func givingNonce(status int, nonces ...string) *point {
	return &point{configure: wantsNonces, at: atPAR, answer: func(_ *exchange, a *answer) {
		if a.status == status {
			a.header["Dpop-Nonce"] = nonces
		}
	}}
}

// demanding refuses every request of an endpoint for the lack of a nonce, and gives a good one.
func demanding(at string, by server) *point {
	return &point{configure: wantsNonces, at: at, instead: func(x *exchange) answer {
		x.nonce = x.p.newNonce(by, x.now)
		bad := refused("use_dpop_nonce", "make a new proof with that of the DPoP-Nonce header")
		if by == resourceServer {
			return x.refuseToken(onAPI(bad), "")
		}
		return x.refuse(bad)
	}}
}

const foreignThumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" // of the key in RFC 7638 §3.1

// dpopFaults are of proofs at the authorization server, and of the tokens that are bound by them.
func dpopFaults() []row {
	const nonce, answer, binding = "RFC 9449 §8", "RFC 9449 §5", "RFC 9449 §6"
	return []row{
		{
			Name: "dpop-nonce", Spec: nonce, Short: "demands nonces in DPoP proofs", Expect: Accept,
			Must: "make the request anew with the nonce, once", point: &point{configure: wantsNonces},
		},
		{
			Name: "dpop-nonce-rotate", Spec: "RFC 9449 §8.2", Short: "every answer brings a new nonce, 200 too, the last one alone is good, and it is demanded once", Expect: Accept,
			Must: "use the nonce of the last answer, whatever its status", point: &point{configure: func(c *Config) { wantsNonces(c); c.nonceOnce = true }},
		},
		{
			Name: "dpop-nonce-forever", Spec: nonce, Short: "demands a new nonce for ever", Expect: Reject,
			Must: "try once more and no more, and name the demand", point: demanding(atToken, authorizationServer),
		},
		{
			Name: "dpop-nonce-none", Spec: nonce, Short: "demands a nonce, and gives none", Expect: Reject,
			Must: "say that it is missing", point: givingNonce(http.StatusBadRequest),
		},
		{
			Name: "dpop-nonce-odd", Spec: "RFC 9449 §8.1", Short: "a nonce that would change a terminal", Expect: Reject,
			Must: "refuse it", point: givingNonce(http.StatusBadRequest, "nonce\u202e"),
		},
		{
			Name: "dpop-nonce-huge", Spec: "RFC 9449 §8.1", Short: "a nonce of 100 KiB", Expect: Reject,
			Must: "refuse it", point: givingNonce(http.StatusBadRequest, strings.Repeat("n", 100<<10)),
		},
		{
			Name: "dpop-nonce-twice", Spec: "RFC 9449 §8.1", Short: "two different nonces in one answer", Expect: Reject,
			Must: "choose neither", point: givingNonce(http.StatusBadRequest, "one", "two"),
		},
		{
			Name: "dpop-nonce-odd-201", Spec: "RFC 9449 §8.2", Short: "a nonce that cannot be one beside a good answer", Expect: Warn,
			Must: "go on with the nonce before it, and warn", point: givingNonce(http.StatusCreated, `no"nonce`),
		},
		{
			Name: "dpop-proof", Spec: answer, Short: "400 invalid_dpop_proof, whatever is proven", Expect: Reject, Must: "show the refusal, and what it may mean",
			point: rawJSON(atToken, http.StatusBadRequest, `{"error":"invalid_dpop_proof","error_description":"this proof is refused"}`),
		},
		{
			Name: "dpop-downgrade", Spec: answer, Short: "a bearer token for a DPoP proof", Expect: Reject,
			Must: "say that the request was silently downgraded", point: &point{token: setting("token_type", "Bearer")},
		},
		{
			Name: "dpop-type-case", Spec: "RFC 6749 §5.1", Short: "token_type dpOp", Expect: Accept,
			Must: "compare without case", point: &point{token: setting("token_type", "dpOp")},
		},
		{
			Name: "dpop-jkt", Spec: binding, Short: "the access token is bound to another key", Expect: Reject,
			Must: "compare cnf.jkt with its own key", point: &point{accessToken: inClaims(setting("cnf", document{{"jkt", foreignThumbprint}}))},
		},
		{
			Name: "dpop-cnf-missing", Spec: binding, Short: "the access token is called DPoP, and is bound to nothing", Expect: Reject,
			Must: "say that it is not bound", point: &point{accessToken: inClaims(removing("cnf"))},
		},
		{
			Name: "dpop-cnf-string", Spec: "RFC 7800 §3.1", Short: "cnf is no object", Expect: Reject,
			Must: "say that it is none", point: &point{accessToken: inClaims(setting("cnf", foreignThumbprint))},
		},
	}
}

// dpopAPIFaults are of the userinfo endpoint, which is the API here.
func dpopAPIFaults() []row {
	return []row{
		{
			Name: "dpop-api-nonce", Spec: "RFC 9449 §9", Short: "the API demands nonces of its own", Expect: Accept,
			Must: "never send it that of the authorization server twice", point: &point{configure: wantsNonces},
		},
		{
			Name: "dpop-api-nonce-forever", Spec: "RFC 9449 §9", Short: "the API demands a new nonce for ever", Expect: Reject,
			Must: "try once more and no more, and name the demand", point: demanding(atUserInfo, resourceServer),
		},
		{
			Name: "dpop-api-scheme-case", Spec: "RFC 9110 §11.1", Short: "the API demands a nonce by the scheme dpOp", Expect: Accept,
			Must: "compare schemes without case", point: &point{configure: wantsNonces, at: atUserInfo, answer: func(_ *exchange, a *answer) {
				if challenge, ok := strings.CutPrefix(a.header.Get("WWW-Authenticate"), "DPoP "); ok {
					a.header.Set("WWW-Authenticate", "dpOp "+challenge)
				}
			}},
		},
		{
			Name: "dpop-api-redirect", Spec: "RFC 9700 §4.12", Short: "the API sends the request to another path of its origin", Expect: Reject,
			Must: "not follow: a proof is for one address", point: &point{at: atUserInfo, instead: func(x *exchange) answer {
				return x.redirect(x.p.below(strayPath + atUserInfo))
			}},
		},
		{
			Name: "dpop-api-proof", Spec: "RFC 9449 §7.1", Short: "401 invalid_dpop_proof, whatever is proven", Expect: Reject, Must: "show the refusal",
			point: &point{at: atUserInfo, instead: func(x *exchange) answer { return x.refuseToken(onAPI(badProof("this proof is refused")), "") }},
		},
	}
}

// boundFaults are of tokens that are bound to a certificate.
func boundFaults() []row {
	const spec = "RFC 8705 §3.1"
	return []row{
		{
			Name: "mtls-x5t", Spec: spec, Short: "the access token is bound to another certificate", Expect: Reject,
			Must: "compare cnf.x5t#S256 with its own certificate", point: &point{accessToken: inClaims(setting("cnf", document{{"x5t#S256", foreignThumbprint}}))},
		},
		{
			Name: "mtls-cnf-missing", Spec: spec, Short: "the access token is not bound, though the metadata say that tokens can be", Expect: Warn,
			Must: "say so", point: &point{accessToken: inClaims(removing("cnf"))},
		},
	}
}
