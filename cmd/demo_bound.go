package cmd

// boundSteps are tokens that are bound to a key or a certificate.
func boundSteps() []step {
	key := words("--dpop-key {dir}/ES256.pem")
	cert := func(name string) []string {
		return words("--cacert {dir}/ca.pem --cert {dir}/" + name + ".pem --key {dir}/" + name + ".key")
	}
	out := []step{
		{
			name: "DPoP: code + PKCE, pushed request", rows: []string{"dpop par"}, keep: "bound-refresh",
			args: codeFlow(append(words("--client-id cli-dpop --par always -o refresh-token"), key...)...),
		},
		{
			name: "DPoP: refresh with the same key", rows: []string{"dpop refresh"}, stdin: "bound-refresh", keep: "bound",
			args: append(words("token refresh --issuer {issuer} --client-id cli-dpop --refresh-token-file -"), key...),
		},
		{
			name: "DPoP: userinfo", rows: []string{"dpop userinfo"}, stdin: "bound",
			args: append(words("userinfo --issuer {issuer} --token-file -"), key...),
		},
		{
			name: "DPoP: call an API", rows: []string{"dpop call"}, stdin: "bound",
			args: append(words("call {issuer}/userinfo --token-file -"), key...),
		},
		{
			name: "DPoP: call an API without the key", stdin: "bound", exit: 3, rule: "oauth.invalid_token", output: always,
			args: words("call {issuer}/userinfo --token-file - -o json"),
		},
		{
			name: "DPoP: nonces demanded", rows: []string{"dpop par"}, fault: "dpop-nonce",
			args: codeFlow(append(words("--client-id cli --par always -o claims"), key...)...),
		},
		{
			name: "DPoP: a nonce with every answer", rows: []string{"dpop par"}, fault: "dpop-nonce-rotate",
			args: codeFlow(append(words("--client-id cli --par always -o claims"), key...)...),
		},
		{
			name: "certificate-bound, client credentials", rows: []string{"certificate-bound"},
			args: credentials("service-tls", append(cert("web-tls"), "-o", "claims")...),
		},
		{
			name: "certificate-bound, public client", rows: []string{"certificate-bound"},
			args: codeFlow(append(words("--client-id cli-tls --auth-method none -o claims"), cert("web-tls-self")...)...),
		},
	}
	for _, alg := range clientAlgorithms() {
		out = append(out, step{
			name: "DPoP with " + alg, rows: []string{"dpop " + alg}, key: "service",
			args: credentials("service", "--dpop="+alg, "-o", "claims"),
		})
	}
	return out
}
