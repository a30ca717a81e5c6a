package cmd

// refusedSteps are what a provider refuses, and then what no client may accept of a provider.
func refusedSteps() []step {
	byProvider := func(name, rule string, s step) step {
		s.name, s.rule, s.exit = "refused: "+name, rule, 3
		s.args = append(s.args, "-o", "json")
		return s
	}
	byUs := func(name, fault, rule string) step {
		return step{name: "refused: " + name, fault: fault, rule: rule, exit: 4, args: codeFlow("--client-id", "cli", "-o", "json")}
	}
	bound := func(name, fault, rule string, exit int) step {
		s := byUs(name, fault, rule)
		s.exit, s.args = exit, append(s.args, words("--dpop-key {dir}/ES256.pem")...)
		return s
	}
	dead := byProvider("a refresh token used twice", "oauth.invalid_grant", step{
		args: words("token refresh --issuer {issuer} --client-id cli --refresh-token-file -"), stdin: "refresh",
	})
	dead.exit = 7
	return []step{
		dead,
		byProvider("a person who does not consent", "oauth.access_denied", step{args: codeFlow("--client-id", "cli"), person: refuses}),
		byProvider("a person who does not consent, web_message", "oauth.access_denied",
			step{args: codeFlow("--client-id", "cli", "--response-mode", "web_message"), person: refuses}),
		byProvider("a device that nobody wants", "oauth.access_denied",
			step{args: words("token device --issuer {issuer} --client-id device"), person: refuses}),
		byProvider("a CIBA request that the person declines", "oauth.access_denied",
			step{args: words("token ciba --issuer {issuer} --client-id ciba --login-hint {user}"), key: "ciba", person: refuses}),
		byProvider("a request that is pushed", "oauth.invalid_request", step{args: codeFlow("--client-id", "cli", "--par", "always"), fault: "par-400"}),
		byProvider("a client key that is not registered", "oauth.invalid_client", step{args: credentials("web-jwt", "--client-key", "{dir}/other.jwk")}),
		byProvider("another client's certificate", "oauth.invalid_client",
			step{args: credentials("web-tls", words("--cacert {dir}/ca.pem --cert {dir}/web-tls-self.pem --key {dir}/web-tls-self.key")...)}),
		byProvider("a token exchanged that was revoked", "oauth.invalid_request",
			step{args: words("token exchange --issuer {issuer} --client-id exchange --subject-token-file {dir}/alice"), key: "exchange"}),
		byProvider("an assertion about nobody", "oauth.invalid_grant",
			step{args: words("token jwt-bearer --issuer {issuer} --client-id web-jwt --client-key {dir}/ES256.pem --subject nobody")}),
		byProvider("a wrong password", "oauth.invalid_grant", step{args: words(password + "{dir}/other.jwk"), key: "legacy"}),
		byProvider("introspection without authentication", "oauth.invalid_client",
			step{args: words("introspect --issuer {issuer} --client-id cli --token-file -"), stdin: "service"}),
		byUs("an issuer that differs by a slash", "disc-issuer-slash", "metadata.issuer"),
		byUs("an unsigned ID token", "jose-none", "jose.alg"),
		byUs("an ID token that was changed", "sig-payload-mutate", "jose.signature"),
		byUs("an ID token for somebody else's login", "cl-nonce-suffix", "id_token.nonce"),
		byUs("a callback from another issuer", "cb-iss-missing", "callback.iss"),
		bound("a bearer token for a DPoP proof", "dpop-downgrade", "token.dpop_downgrade", 4),
		bound("a token bound to another DPoP key", "dpop-jkt", "access_token.cnf", 4),
		bound("a DPoP nonce demanded for ever", "dpop-nonce-forever", "oauth.use_dpop_nonce", 3),
		bound("a DPoP proof", "dpop-proof", "oauth.invalid_dpop_proof", 3),
		byUs("a redirect from the token endpoint", "tok-307-host", "wire.redirect"),
	}
}
