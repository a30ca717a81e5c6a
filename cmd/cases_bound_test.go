package cmd

func boundCases() []hostile {
	return []hostile{
		{"par-200", warn, 0, "par.status", fault(), ""},
		{"par-expires", warn, 0, "par.expires_in", faults("par-expires-zero", "par-expires-negative", "par-expires-missing", "par-expires-string"), "a lifetime of a pushed request that is none"},
		{"par-required", accept, 0, "", fault(), ""},
		{"dpop-nonce-rotate", accept, 0, "", fault(), ""},
		{"dpop-nonce-evil", reject, 4, "dpop.nonce", faults("dpop-nonce-odd", "dpop-nonce-huge", "dpop-nonce-twice", "dpop-nonce-none"), "nonces that are huge, odd, doubled or missing"},
		{"dpop-htu", accept, 0, "", all(by("internal/oauth", "TestProof"), by("internal/oauth", "TestProofOfTheRFC")), "a proof for an address with query and fragment"},
		{"dpop-redirect", reject, 4, "wire.redirect", faults("dpop-api-redirect"), "an API that redirects elsewhere"},
		{"dpop-jkt-mismatch", reject, 4, "access_token.cnf", faults("dpop-jkt"), "a token bound to another key"},
		{"assertion-aud", accept, 0, "", all(fault(), by("internal/oauth", "TestAssertionAudience", "endpoints of a victim")), "a token endpoint of another's. Collected as a refusal, and judged an acceptance: the assertion is for the issuer alone, so there is nothing to refuse"},
	}
}

func furtherBoundCases() []hostile {
	return []hostile{
		{"par-expires-zero", warn, 0, "par.expires_in", fault(), ""},
		{"par-expires-negative", warn, 0, "par.expires_in", fault(), ""},
		{"par-expires-missing", warn, 0, "par.expires_in", fault(), ""},
		{"par-expires-string", warn, 0, "par.expires_in", fault(), ""},
		{"par-uri-missing", reject, 4, "par.request_uri", fault(), ""},
		{"par-uri-odd", reject, 4, "par.request_uri", fault(), ""},
		{"par-400", reject, 3, "oauth.invalid_request", fault(), ""},
		{"par-html", reject, 5, "network.not_oauth", fault(), ""},
		{"par-307-host", reject, 4, "wire.redirect", fault(), ""},
		{"par-uri-expired", reject, 3, "oauth.invalid_request_uri", fault(), ""},
		{"assertion-aud-token", reject, 3, "oauth.invalid_client", fault(), ""},
		{"mtls-no-alias", reject, 4, "client_auth.tls", fault(), ""},
		{"dpop-nonce", accept, 0, "", fault(), ""},
		{"dpop-nonce-forever", reject, 3, "oauth.use_dpop_nonce", fault(), ""},
		{"dpop-nonce-none", reject, 4, "dpop.nonce", fault(), ""},
		{"dpop-nonce-odd", reject, 4, "dpop.nonce", fault(), ""},
		{"dpop-nonce-huge", reject, 4, "dpop.nonce", fault(), ""},
		{"dpop-nonce-twice", reject, 4, "dpop.nonce", fault(), ""},
		{"dpop-nonce-odd-201", warn, 0, "dpop.nonce", fault(), ""},
		{"dpop-proof", reject, 3, "oauth.invalid_dpop_proof", fault(), ""},
		{"dpop-downgrade", reject, 4, "token.dpop_downgrade", fault(), ""},
		{"dpop-type-case", accept, 0, "", fault(), ""},
		{"dpop-jkt", reject, 4, "access_token.cnf", fault(), ""},
		{"dpop-cnf-missing", reject, 4, "access_token.cnf", fault(), ""},
		{"dpop-cnf-string", reject, 4, "access_token.cnf", fault(), ""},
		{"dpop-api-nonce", accept, 0, "", fault(), ""},
		{"dpop-api-nonce-forever", reject, 3, "oauth.use_dpop_nonce", fault(), ""},
		{"dpop-api-scheme-case", accept, 0, "", fault(), ""},
		{"dpop-api-redirect", reject, 4, "wire.redirect", fault(), ""},
		{"dpop-api-proof", reject, 3, "oauth.invalid_dpop_proof", fault(), ""},
		{"mtls-x5t", reject, 4, "access_token.cnf", fault(), ""},
		{"mtls-cnf-missing", warn, 0, "access_token.cnf", fault(), ""},
		{"jar-refused", reject, 3, "oauth.invalid_request_object", fault(), ""},
		{"jar-required", accept, 0, "", fault(), ""},
		{"rar-smaller", reject, 4, "token.authorization_details", fault(), ""},
		{"rar-other", reject, 4, "token.authorization_details", fault(), ""},
		{"rar-dropped", reject, 4, "token.authorization_details", fault(), ""},
		{"rar-malformed", reject, 4, "token.authorization_details", fault(), ""},
		{"rar-wider", warn, 0, "token.authorization_details", fault(), ""},
		{"rar-token-wider", reject, 4, "access_token.authorization_details", fault(), ""},
		{"dpop-nonce-origins", accept, 0, "", by("internal/oauth", "TestLearn", "https://api.example.org:8443/"), "a nonce of one origin at another"},
		{"dpop-jti-again", accept, 0, "", by("internal/grant", "TestEverythingAnew"), "a retry: proof and assertion are made anew"},
		{"dpop-private-jwk", reject, 4, "jose.key", by("internal/jose", "TestProofKeys", "private", "symmetric"), "a proof that carries its private key"},
		{"dpop-as-id", reject, 4, "jwt.typ", by("internal/oidc", "TestProofsNeedToBeAskedFor"), "a proof, signed by the key that it brings, as an ID token"},
		{"par-preset", reject, 4, "authorization.preset", by("internal/oauth", "TestPushedURL", "preset", "another preset"), "a request_uri in the authorization endpoint already"},
	}
}

func registrationCases() []hostile {
	return []hostile{
		{"reg-200", warn, 0, "registration.status", fault(), ""},
		{"reg-no-client-id", reject, 4, "registration.client_id", fault(), ""},
		{"reg-client-id-ansi", reject, 4, "registration.client_id", fault(), ""},
		{"reg-name-ansi", warn, 0, "registration.metadata", fault(), ""},
		{"reg-secret-no-expiry", reject, 4, "registration.client_secret_expires_at", fault(), ""},
		{"reg-redirect-changed", reject, 4, "registration.redirect_uris", fault(), ""},
		{"reg-method-changed", warn, 0, "registration.metadata", fault(), ""},
		{"reg-scope-dropped", warn, 0, "registration.metadata", fault(), ""},
		{"reg-uri-elsewhere", reject, 4, "registration.registration_client_uri", fault(), ""},
		{"reg-no-token", warn, 0, "registration.management", fault(), ""},
		{"reg-html", reject, 5, "network.not_oauth", fault(), ""},
		{"reg-307-host", reject, 4, "wire.redirect", fault(), ""},
		{"reg-400", reject, 3, "oauth.invalid_client_metadata", fault(), ""},
		{"manage-other-client", reject, 4, "registration.client_id", fault(), ""},
		{"manage-rotated", warn, 0, "registration.rotated", fault(), ""},
		{"manage-no-token", warn, 0, "registration.management", fault(), ""},
		{"manage-no-secret", warn, 0, "registration.client_secret", fault(), ""},
		{"manage-secret-replaced", warn, 0, "registration.client_secret", fault(), ""},
		{"manage-uri-elsewhere", reject, 4, "registration.registration_client_uri", fault(), ""},
		{"manage-ignored", warn, 0, "registration.metadata", fault(), ""},
		{"manage-401", reject, 3, "oauth.invalid_token", fault(), ""},
		{"manage-405", reject, 3, "oauth.invalid_request", fault(), ""},
		{"manage-html", reject, 5, "network.not_oauth", fault(), ""},
	}
}

func fapi2Cases() []hostile {
	return []hostile{
		{"fapi2-no-par", reject, 4, "fapi2.par", fault(), ""},
		{"fapi2-no-iss", reject, 4, "fapi2.iss", fault(), ""},
		{"fapi2-plain-pkce", reject, 4, "fapi2.pkce", fault(), ""},
		{"fapi2-secrets", reject, 4, "fapi2.client_auth", fault(), ""},
		{"fapi2-bearer", reject, 4, "fapi2.sender_constrained", fault(), ""},
		{"fapi2-rs256", reject, 4, "fapi2.alg", fault(), ""},
		{"fapi2-par-600", reject, 4, "fapi2.par_expires_in", fault(), ""},
		{"fapi2-id-token-rs512", reject, 4, "jose.alg", fault(), ""},
		{"fapi2-access-rs512", reject, 4, "fapi2.alg", fault(), ""},
		{"fapi2-short-token", reject, 4, "fapi2.entropy", fault(), ""},
	}
}
