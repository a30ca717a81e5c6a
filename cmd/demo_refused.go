package cmd

// refusedSteps are what a provider refuses, and then what no client may accept of a provider.
func refusedSteps() []step {
	return []step{
		{
			name: "refused: a refresh token used twice", exit: 7, rule: "oauth.invalid_grant", stdin: "refresh",
			args: "token refresh --issuer {issuer} --client-id cli --refresh-token-file - -o json",
		},
		{name: "refused: a person who does not consent", exit: 3, rule: "oauth.access_denied", person: refuses, args: codeFlow + "cli -o json"},
		{
			name: "refused: a person who does not consent, web_message", exit: 3, rule: "oauth.access_denied", person: refuses,
			args: codeFlow + "cli --response-mode web_message -o json",
		},
		{
			name: "refused: a device that nobody wants", exit: 3, rule: "oauth.access_denied", person: refuses,
			args: "token device --issuer {issuer} --client-id device -o json",
		},
		{
			name: "refused: a CIBA request that the person declines", exit: 3, rule: "oauth.access_denied", person: refuses, key: "ciba",
			args: "token ciba --issuer {issuer} --client-id ciba --login-hint {user} -o json",
		},
		{
			name: "refused: a request that is pushed", fault: "par-400", exit: 3, rule: "oauth.invalid_request",
			args: codeFlow + "cli --par always -o json",
		},
		{
			name: "refused: a client key that is not registered", exit: 3, rule: "oauth.invalid_client",
			args: credentials + "web-jwt --client-key {dir}/other.jwk -o json",
		},
		{name: "refused: another client's certificate", exit: 3, rule: "oauth.invalid_client", args: credentials + "web-tls" + webTLSSelf + " -o json"},
		{
			name: "refused: a token exchanged that was revoked", exit: 3, rule: "oauth.invalid_request", key: "exchange",
			args: exchange + " -o json",
		},
		{
			name: "refused: an assertion about nobody", exit: 3, rule: "oauth.invalid_grant",
			args: "token jwt-bearer --issuer {issuer} --client-id web-jwt --client-key {dir}/ES256.pem --subject nobody -o json",
		},
		{name: "refused: a wrong password", exit: 3, rule: "oauth.invalid_grant", key: "legacy", args: password + "{dir}/other.jwk -o json"},
		{
			name: "refused: introspection without authentication", exit: 3, rule: "oauth.invalid_client", stdin: "service",
			args: "introspect --issuer {issuer} --client-id cli --token-file - -o json",
		},
		{
			name: "refused: an issuer that differs by a slash", fault: "disc-issuer-slash", exit: 4, rule: "metadata.issuer",
			args: codeFlow + "cli -o json",
		},
		{name: "refused: an unsigned ID token", fault: "jose-none", exit: 4, rule: "jose.alg", args: codeFlow + "cli -o json"},
		{name: "refused: an ID token that was changed", fault: "sig-payload-mutate", exit: 4, rule: "jose.signature", args: codeFlow + "cli -o json"},
		{
			name: "refused: an ID token for somebody else's login", fault: "cl-nonce-suffix", exit: 4, rule: "id_token.nonce",
			args: codeFlow + "cli -o json",
		},
		{name: "refused: a callback from another issuer", fault: "cb-iss-missing", exit: 4, rule: "callback.iss", args: codeFlow + "cli -o json"},
		{
			name: "refused: a bearer token for a DPoP proof", fault: "dpop-downgrade", exit: 4, rule: "token.dpop_downgrade",
			args: codeFlow + "cli -o json" + dpopKey,
		},
		{
			name: "refused: a token bound to another DPoP key", fault: "dpop-jkt", exit: 4, rule: "access_token.cnf",
			args: codeFlow + "cli -o json" + dpopKey,
		},
		{
			name: "refused: a DPoP nonce demanded for ever", fault: "dpop-nonce-forever", exit: 3, rule: "oauth.use_dpop_nonce",
			args: codeFlow + "cli -o json" + dpopKey,
		},
		{
			name: "refused: a DPoP proof", fault: "dpop-proof", exit: 3, rule: "oauth.invalid_dpop_proof",
			args: codeFlow + "cli -o json" + dpopKey,
		},
		{name: "refused: a redirect from the token endpoint", fault: "tok-307-host", exit: 4, rule: "wire.redirect", args: codeFlow + "cli -o json"},
	}
}
