package cmd

// fapi2Steps are conversations held to the FAPI 2.0 profiles, with providers that are as strict.
func fapi2Steps() []step {
	const keys = " --client-key {dir}/ES256.pem" + dpopKey
	return []step{
		{
			name: "FAPI 2.0: login, private_key_jwt and DPoP", rows: "fapi2", as: "fapi2",
			args: codeFlow + "web-jwt --fapi2=security" + keys + " -o summary",
		},
		{name: "FAPI 2.0: login, mTLS", rows: "fapi2 mtls", as: "fapi2", args: codeFlow + "web-tls --fapi2=security" + webTLS + " -o claims"},
		{name: "FAPI 2.0: client credentials", rows: "fapi2", as: "fapi2", args: credentials + "web-jwt --fapi2 -o claims" + keys},
		{
			name: "FAPI 2.0 Message Signing: login", rows: "fapi2 message-signing", as: "fapi2-message-signing",
			args: codeFlow + "web-jwt --fapi2=message-signing" + keys + " -o claims",
		},
		{
			name: "refused: FAPI 2.0 with a client secret", exit: 2, rule: "fapi2.client_auth", key: "web",
			args: codeFlow + "web --fapi2=security -o json",
		},
		{
			name: "refused: FAPI 2.0 from a provider without pushed requests", fault: "fapi2-no-par", exit: 4, rule: "fapi2.par",
			args: codeFlow + "web-fapi2 --fapi2=security" + keys + " -o json",
		},
		{
			name: "refused: FAPI 2.0 with an access token by RS512", fault: "fapi2-access-rs512", exit: 4, rule: "fapi2.alg",
			args: codeFlow + "web-fapi2 --fapi2=security" + keys + " -o json",
		},
	}
}
