package cmd

// boundSteps are tokens that are bound to a key or a certificate.
func boundSteps() []step {
	return []step{
		{
			name: "DPoP: code + PKCE, pushed request", rows: "dpop par", keep: "bound-refresh",
			args: codeFlow + "cli-dpop --par always -o refresh-token" + dpopKey,
		},
		{
			name: "DPoP: refresh with the same key", rows: "dpop refresh", stdin: "bound-refresh", keep: "bound",
			args: "token refresh --issuer {issuer} --client-id cli-dpop --refresh-token-file -" + dpopKey,
		},
		{name: "DPoP: userinfo", rows: "dpop userinfo", stdin: "bound", args: "userinfo --issuer {issuer} --token-file -" + dpopKey},
		{name: "DPoP: call an API", rows: "dpop call", stdin: "bound", args: "call {issuer}/userinfo --token-file -" + dpopKey},
		{
			name: "DPoP: call an API without the key", stdin: "bound", exit: 3, rule: "oauth.invalid_token", output: always,
			args: "call {issuer}/userinfo --token-file - -o json",
		},
		{name: "DPoP: nonces demanded", rows: "dpop par", fault: "dpop-nonce", args: codeFlow + "cli --par always -o claims" + dpopKey},
		{name: "DPoP: a nonce with every answer", rows: "dpop par", fault: "dpop-nonce-rotate", args: codeFlow + "cli --par always -o claims" + dpopKey},
		{
			name: "certificate-bound, client credentials", rows: "certificate-bound",
			args: credentials + "service-tls" + webTLS + " -o claims",
		},
		{
			name: "certificate-bound, public client", rows: "certificate-bound",
			args: codeFlow + "cli-tls --auth-method none -o claims" + webTLSSelf,
		},
		{name: "DPoP with {each}", each: clientAlgorithms, rows: "dpop {each}", key: "service", args: credentials + "service --dpop={each} -o claims"},
	}
}
