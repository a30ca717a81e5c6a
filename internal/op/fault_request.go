package op

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// jarmFaults are of authorization responses in a JWT.
func jarmFaults() []row {
	const rules = "JARM §2.4"
	return []row{
		{
			Name: "cb-jarm-aud", Spec: rules, Short: "the response is for another client", Expect: Reject, Must: "compare aud, and redeem nothing",
			point: &point{response: inClaims(suffixing("aud", "1"))},
		},
		{
			Name: "cb-jarm-aud-missing", Spec: rules, Short: "the response is for nobody in particular", Expect: Reject, Must: "refuse it",
			point: &point{response: inClaims(removing("aud"))},
		},
		{
			Name: "cb-jarm-iss", Spec: rules, Short: "the response names another issuer", Expect: Reject, Must: "compare iss: this is a mix-up",
			point: &point{response: inClaims(suffixing("iss", ".evil.example"))},
		},
		{
			Name: "cb-jarm-iss-missing", Spec: rules, Short: "the response has no iss", Expect: Reject, Must: "refuse it",
			point: &point{response: inClaims(removing("iss"))},
		},
		{
			Name: "cb-jarm-exp", Spec: rules, Short: "the response expired six minutes ago", Expect: Reject, Must: "refuse it",
			point: &point{response: inClaims(dating("exp", -6*time.Minute))},
		},
		{
			Name: "cb-jarm-exp-missing", Spec: "JARM §2.1", Short: "the response has no exp", Expect: Reject, Must: "refuse it: it could be replayed for ever",
			point: &point{response: inClaims(removing("exp"))},
		},
		{
			Name: "cb-jarm-signature", Spec: rules, Short: "the signature is of zeroes", Expect: Reject, Must: "verify the signature before the code is redeemed",
			point: &point{response: zeroed},
		},
		{
			Name: "cb-jarm-none", Spec: "JARM §3", Short: "alg none", Expect: Reject, Must: "never accept it, whatever the metadata list",
			point: &point{response: unsigned},
		},
		{
			Name: "cb-jarm-plain", Spec: rules, Short: "the answer comes as plain parameters", Expect: Reject, Must: "refuse what was asked for in a JWT",
			point: &point{wrapped: func(x *exchange, outer *document, plain document) {
				*outer = append(slices.Clone(plain), member{"iss", x.p.config.Issuer})
			}},
		},
		{
			Name: "cb-jarm-beside", Spec: rules, Short: "another code stands beside the response", Expect: Reject, Must: "take nothing that is not signed",
			point: &point{wrapped: func(_ *exchange, outer *document, _ document) { outer.add("code", "evil") }},
		},
		{
			Name: "cb-jarm-state-missing", Spec: rules, Short: "the response has no state", Expect: Reject, Must: "ignore it as anybody's, until the time is up",
			point: &point{response: inClaims(removing("state"))},
		},
		{
			Name: "cb-jarm-dup", Spec: "RFC 6749 §3.1", Short: "response twice", Expect: Reject, Must: "refuse it",
			point: &point{wrapped: func(_ *exchange, outer *document, _ document) { outer.add("response", outer.get("response")) }},
		},
	}
}

// atTokenEndpoint changes the claims of the ID token of that endpoint, not of the one that came with the code.
func atTokenEndpoint(change func(*exchange, *document)) *point {
	return &point{idToken: func(x *exchange, f *forgery) {
		if x.event.Endpoint == atToken {
			change(x, &f.claims)
		}
	}}
}

// hybridFaults are of the two ID tokens of a hybrid flow.
func hybridFaults() []row {
	const hashes, same = "OpenID Connect Core §3.3.2.11", "OpenID Connect Core §3.3.3.6"
	wrong := b64(make([]byte, 16))
	return []row{
		{
			Name: "cl-chash", Spec: hashes, Short: "c_hash is another code's", Expect: Reject, Must: "refuse it before the code is redeemed",
			point: &point{front: inClaims(setting("c_hash", wrong))},
		},
		{
			Name: "cl-chash-missing", Spec: hashes, Short: "no c_hash", Expect: Reject, Must: "refuse it before the code is redeemed",
			point: &point{front: inClaims(removing("c_hash"))},
		},
		{
			Name: "cl-hybrid-athash-missing", Spec: hashes, Short: "no at_hash with the access token in the browser", Expect: Reject, Must: "refuse it",
			point: &point{front: inClaims(removing("at_hash"))},
		},
		{
			Name: "cl-shash", Spec: "FAPI 1.0 Part 2 §5.2.2.1", Short: "s_hash is another state's", Expect: Reject, Must: "compare it where it is there",
			point: &point{front: inClaims(setting("s_hash", wrong))},
		},
		{
			Name: "cl-hybrid-differ", Spec: same, Short: "the two ID tokens are about two people", Expect: Reject, Must: "compare sub",
			point: atTokenEndpoint(setting("sub", "user-bob-91c4")),
		},
		{
			Name: "cl-hybrid-differ-iss", Spec: same, Short: "the two ID tokens have two issuers", Expect: Reject, Must: "compare iss",
			point: atTokenEndpoint(suffixing("iss", ".evil.example")),
		},
	}
}

// queryFaults are of where the tokens of a hybrid flow come.
func queryFaults() []row {
	return []row{
		{
			Name: "cb-hybrid-query", Spec: "OAuth 2.0 Multiple Response Types §5", Short: "the tokens come in the query", Expect: Reject,
			Must: "refuse tokens in the query: they are in logs and histories", point: &point{inQuery: true},
		},
	}
}

// regranted changes the objects of authorization_details in an answer.
func regranted(change func([]jsontext.Value) []jsontext.Value) func(*exchange, *document) {
	return func(_ *exchange, d *document) {
		if list, ok := d.get("authorization_details").([]jsontext.Value); ok {
			d.set("authorization_details", change(slices.Clone(list)))
		}
	}
}

// rewritten changes a part of every object.
func rewritten(from, to string) func([]jsontext.Value) []jsontext.Value {
	return func(list []jsontext.Value) []jsontext.Value {
		for i, object := range list {
			list[i] = jsontext.Value(strings.Replace(strictjson.Compact(object), from, to, 1))
		}
		return list
	}
}

// detailFaults are of what is granted in detail.
func detailFaults() []row {
	const granted = "RFC 9396 §7"
	more := func(list []jsontext.Value) []jsontext.Value {
		return append(list, jsontext.Value(`{"type":"account_information","actions":["read_transactions"]}`))
	}
	return []row{
		{
			Name: "rar-smaller", Spec: granted, Short: "an action is granted less", Expect: Reject, Must: "say what is missing",
			point: &point{token: regranted(rewritten(`"initiate",`, ""))},
		},
		{
			Name: "rar-other", Spec: granted, Short: "another amount is granted", Expect: Reject, Must: "compare every member that was asked for",
			point: &point{token: regranted(rewritten(`"123.50"`, `"12350"`))},
		},
		{
			Name: "rar-dropped", Spec: granted, Short: "the answer says nothing of authorization_details", Expect: Reject, Must: "not take it for granted",
			point: &point{token: removing("authorization_details")},
		},
		{
			Name: "rar-malformed", Spec: granted, Short: "authorization_details is a string", Expect: Reject, Must: "refuse it",
			point: &point{token: func(_ *exchange, d *document) {
				text, _ := json.Marshal(d.get("authorization_details")) // which was parsed
				d.set("authorization_details", string(text))
			}},
		},
		{
			Name: "rar-wider", Spec: granted, Short: "an object more than was asked for is granted", Expect: Warn, Must: "use the token, and warn",
			point: &point{token: regranted(more), accessToken: inClaims(regranted(more))},
		},
		{
			Name: "rar-token-wider", Spec: "RFC 9396 §9.1", Short: "the access token holds more than the answer says", Expect: Reject,
			Must: "compare the two", point: &point{accessToken: inClaims(regranted(more))},
		},
	}
}

// objectFaults are of signed authorization requests.
func objectFaults() []row {
	return []row{
		{
			Name: "jar-refused", Spec: "RFC 9101 §6.2", Short: "takes request objects by an algorithm alone that it does not list alone", Expect: Reject,
			Must: "show invalid_request_object, and what the provider says of it", point: &point{configure: func(c *Config) {
				for i := range c.Clients {
					c.Clients[i].RequestObjectAlg = "PS512"
				}
			}},
		},
		{
			Name: "jar-required", Spec: "RFC 9101 §10.5", Short: "requests must be signed, and the metadata say so", Expect: Accept,
			Must: "sign, or say which option does", point: &point{configure: func(c *Config) { c.RequireSignedRequest = true }},
		},
	}
}
