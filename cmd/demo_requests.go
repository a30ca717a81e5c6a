package cmd

// requestSteps are signed requests, signed answers, authorization in detail, hybrid flows, and what is refused of them.
func requestSteps() []step {
	const (
		web    = codeFlow + "web -o claims"
		signed = codeFlow + "web-jwt --client-key {dir}/{each}.pem --request-object={each} -o claims"
		hybrid = codeFlow + "web-hybrid -o claims --response-type "
		inJWT  = web + " --response-mode jwt"

		details = " --authorization-details " +
			`'[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]'`
	)
	return []step{
		{name: "signed request, {each}", each: clientAlgorithms, rows: "request-object {each}", args: signed},
		{name: "signed request, HS256", rows: "request-object HS256", key: "web", args: web + " --request-object=HS256"},
		{name: "signed request, pushed", each: "ES256", rows: "request-object par", args: signed + " --par always"},
		{name: "signed and encrypted request", each: "ES256", rows: "request-object encrypted", args: signed + " --request-object-encryption"},
		{name: "signed request, as the metadata want", each: "PS256", rows: "request-object {each}", fault: "jar-required", args: signed},
		{name: "authorization details", rows: "authorization-details", key: "web", args: web + details},
		{
			name: "authorization details of a client", rows: "authorization-details", key: "service",
			args: credentials + "service" + details + " -o claims",
		},
		{
			name: "signed answer, {each}", each: "jwt, query.jwt, fragment.jwt, form_post.jwt", rows: "{each}", key: "web",
			args: web + " --response-mode {each}",
		},
		{
			name: "signed and encrypted answer", rows: "jarm encrypted", key: "web-encrypted",
			args: codeFlow + "web-encrypted -o claims --response-mode jwt --decryption-key {dir}/decrypt-ec.pem",
		},
		{
			name: "hybrid, {each}", each: "code id_token, code token, code id_token token", rows: "{each}", key: "web-hybrid",
			args: hybrid + "'{each}'",
		},
		{name: "refused: a signed answer for another client", key: "web", fault: "cb-jarm-aud", exit: 4, rule: "jwt.aud", args: inJWT + " -o json"},
		{name: "refused: an answer that expired", key: "web", fault: "cb-jarm-exp", exit: 4, rule: "jwt.exp", args: inJWT + " -o json"},
		{name: "refused: an answer that nobody signed", key: "web", fault: "cb-jarm-none", exit: 4, rule: "jose.alg", args: inJWT + " -o json"},
		{
			name: "refused: a plain answer where a signed one was asked for", key: "web", fault: "cb-jarm-plain", exit: 4, rule: "callback.jarm",
			args: inJWT + " -o json",
		},
		{
			name: "refused: a code that is not the ID token's", key: "web-hybrid", fault: "cl-chash", exit: 4, rule: "id_token.c_hash",
			args: hybrid + "'code id_token' -o json",
		},
		{
			name: "refused: two people in one hybrid login", key: "web-hybrid", fault: "cl-hybrid-differ", exit: 4, rule: "id_token.hybrid_sub",
			args: hybrid + "'code id_token' -o json",
		},
		{
			name: "refused: a smaller grant than was asked for", key: "web", fault: "rar-smaller", exit: 4, rule: "token.authorization_details",
			args: web + details + " -o json",
		},
		{
			name: "refused: a signed request by another algorithm", each: "ES256", fault: "jar-refused", exit: 3, rule: "oauth.invalid_request_object",
			args: signed + " -o json",
		},
		{
			name: "refused: a client secret too short for HS512", key: "web", exit: 2, rule: "usage.request_object",
			args: web + " --request-object=HS512 -o json",
		},
	}
}
