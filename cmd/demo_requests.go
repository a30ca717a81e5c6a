package cmd

import "slices"

// payment is what the demo asks for in detail.
const payment = `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]`

// requestSteps are signed requests, signed answers, authorization in detail, hybrid flows, and what is refused of them.
func requestSteps() []step {
	signed := func(alg string, more ...string) []string {
		return codeFlow(append(words("--client-id web-jwt --client-key {dir}/"+alg+".pem --request-object="+alg+" -o claims"), more...)...)
	}
	var out []step
	for _, alg := range clientAlgorithms() {
		out = append(out, step{name: "signed request, " + alg, rows: []string{"request-object " + alg}, args: signed(alg)})
	}
	web := codeFlow("--client-id", "web", "-o", "claims")
	hybrid := func(kind string) []string {
		return codeFlow("--client-id", "web-hybrid", "-o", "claims", "--response-type", kind)
	}
	out = append(out,
		step{name: "signed request, HS256", rows: []string{"request-object HS256"}, key: "web", args: append(slices.Clone(web), "--request-object=HS256")},
		step{name: "signed request, pushed", rows: []string{"request-object par"}, args: signed("ES256", "--par", "always")},
		step{name: "signed and encrypted request", rows: []string{"request-object encrypted"}, args: signed("ES256", "--request-object-encryption")},
		step{name: "signed request, as the metadata want", rows: []string{"request-object PS256"}, fault: "jar-required", args: signed("PS256")},
		step{
			name: "authorization details", rows: []string{"authorization-details"}, key: "web",
			args: append(slices.Clone(web), "--authorization-details", payment),
		},
		step{
			name: "authorization details of a client", rows: []string{"authorization-details"}, key: "service",
			args: credentials("service", "--authorization-details", payment, "-o", "claims"),
		},
	)
	for _, mode := range []string{"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} {
		out = append(out, step{
			name: "signed answer, " + mode, rows: []string{mode}, key: "web", args: append(slices.Clone(web), "--response-mode", mode),
		})
	}
	out = append(out, step{
		name: "signed and encrypted answer", rows: []string{"jarm encrypted"}, key: "web-encrypted",
		args: codeFlow(words("--client-id web-encrypted -o claims --response-mode jwt --decryption-key {dir}/decrypt-ec.pem")...),
	})
	for _, kind := range []string{"code id_token", "code token", "code id_token token"} {
		out = append(out, step{name: "hybrid, " + kind, rows: []string{kind}, key: "web-hybrid", args: hybrid(kind)})
	}
	refused := func(name, fault, rule, client string, exit int, args []string) step {
		return step{name: "refused: " + name, fault: fault, rule: rule, key: client, exit: exit, args: append(slices.Clone(args), "-o", "json")}
	}
	inJWT := append(slices.Clone(web), "--response-mode", "jwt")
	detailed := append(slices.Clone(web), "--authorization-details", payment)
	return append(out,
		refused("a signed answer for another client", "cb-jarm-aud", "jwt.aud", "web", 4, inJWT),
		refused("an answer that expired", "cb-jarm-exp", "jwt.exp", "web", 4, inJWT),
		refused("an answer that nobody signed", "cb-jarm-none", "jose.alg", "web", 4, inJWT),
		refused("a plain answer where a signed one was asked for", "cb-jarm-plain", "callback.jarm", "web", 4, inJWT),
		refused("a code that is not the ID token's", "cl-chash", "id_token.c_hash", "web-hybrid", 4, hybrid("code id_token")),
		refused("two people in one hybrid login", "cl-hybrid-differ", "id_token.hybrid_sub", "web-hybrid", 4, hybrid("code id_token")),
		refused("a smaller grant than was asked for", "rar-smaller", "token.authorization_details", "web", 4, detailed),
		refused("a signed request by another algorithm", "jar-refused", "oauth.invalid_request_object", "", 3, signed("ES256")),
		refused("a client secret too short for HS512", "", "usage.request_object", "web", 2, append(slices.Clone(web), "--request-object=HS512")),
	)
}
