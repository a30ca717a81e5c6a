package cmd

// fapi2Steps are conversations held to the FAPI 2.0 profiles, with providers that are as strict.
func fapi2Steps() []step {
	key := words("--client-key {dir}/ES256.pem --dpop-key {dir}/ES256.pem")
	login := func(client, profile string, more ...string) []string {
		return codeFlow(append(words("--client-id "+client+" --fapi2="+profile), more...)...)
	}
	return []step{
		{
			name: "FAPI 2.0: login, private_key_jwt and DPoP", rows: []string{"fapi2"}, as: "fapi2",
			args: login("web-jwt", "security", append(key, "-o", "summary")...),
		},
		{
			name: "FAPI 2.0: login, mTLS", rows: []string{"fapi2 mtls"}, as: "fapi2",
			args: login("web-tls", "security", words("--cacert {dir}/ca.pem --cert {dir}/web-tls.pem --key {dir}/web-tls.key -o claims")...),
		},
		{
			name: "FAPI 2.0: client credentials", rows: []string{"fapi2"}, as: "fapi2",
			args: credentials("web-jwt", append(words("--fapi2 -o claims"), key...)...),
		},
		{
			name: "FAPI 2.0 Message Signing: login", rows: []string{"fapi2 message-signing"}, as: "fapi2-message-signing",
			args: login("web-jwt", "message-signing", append(key, "-o", "claims")...),
		},
		{
			name: "refused: FAPI 2.0 with a client secret", exit: 2, rule: "fapi2.client_auth", key: "web",
			args: login("web", "security", "-o", "json"),
		},
		{
			name: "refused: FAPI 2.0 from a provider without pushed requests", fault: "fapi2-no-par", exit: 4, rule: "fapi2.par",
			args: login("web-fapi2", "security", append(key, "-o", "json")...),
		},
		{
			name: "refused: FAPI 2.0 with an access token by RS512", fault: "fapi2-access-rs512", exit: 4, rule: "fapi2.alg",
			args: login("web-fapi2", "security", append(key, "-o", "json")...),
		},
	}
}
