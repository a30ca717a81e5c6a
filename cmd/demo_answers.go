package cmd

// answerSteps are what a provider signs and encrypts for one client, and what the client refuses of it.
func answerSteps() []step {
	const (
		rsa, ec    = " --decryption-key {dir}/decrypt-rsa.pem", " --decryption-key {dir}/decrypt-ec.pem"
		jwe        = codeFlow + "web-jwe-{client} -o claims"
		encrypted  = codeFlow + "web-encrypted"
		userinfo   = "userinfo --issuer {issuer} --token-file - --expect-sub {subject} --client-id "
		introspect = "introspect --issuer {issuer} --token-file - --signed --client-id "
	)
	return []step{
		{name: "ID token encrypted with {each}", each: "RSA-OAEP, RSA-OAEP-256", rows: "id-token encrypted", key: "web-jwe-{client}", args: jwe + rsa},
		{
			name: "ID token encrypted with {each}", each: "ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A192KW, ECDH-ES+A256KW",
			rows: "id-token encrypted", key: "web-jwe-{client}", args: jwe + ec,
		},
		{ // the client secret is the key
			name: "ID token encrypted with {each}", each: "dir, A128KW, A192KW, A256KW",
			rows: "id-token encrypted", key: "web-jwe-{client}", args: jwe,
		},
		{name: "tokens for signed userinfo", key: "web-signed", args: codeFlow + "web-signed", keep: "signed"},
		{name: "userinfo, signed", rows: "userinfo signed", key: "web-signed", args: userinfo + "web-signed", stdin: "signed"},
		{name: "tokens for encrypted answers", key: "web-encrypted", args: encrypted + ec, keep: "encrypted"},
		{
			name: "userinfo, signed and encrypted", rows: "userinfo encrypted", key: "web-encrypted", stdin: "encrypted",
			args: userinfo + "web-encrypted" + ec,
		},
		{name: "introspect, signed", rows: "introspect signed", key: "api", args: introspect + "api", stdin: "encrypted"},
		{
			name: "introspect, signed and encrypted", rows: "introspect encrypted", key: "web-encrypted", stdin: "encrypted",
			args: introspect + "web-encrypted" + ec,
		},
		{name: "refused: an encrypted ID token and no key", key: "web-encrypted", exit: 4, rule: "jose.jwe.key", args: encrypted + " -o json"},
		{
			name: "refused: an ID token encrypted with RSA1_5", key: "web-encrypted", fault: "jwe-rsa15", exit: 4, rule: "jose.jwe.alg",
			args: encrypted + " -o json" + ec,
		},
		{
			name: "refused: an ID token that nobody signed, encrypted", key: "web-encrypted", fault: "jwe-inner-unsigned", exit: 4, rule: "jose.jwe.nested",
			args: encrypted + " -o json" + ec,
		},
		{
			name: "refused: an ID token that would inflate without end", key: "web-encrypted", fault: "jwe-zip-bomb", exit: 4, rule: "jose.jwe.zip",
			args: encrypted + " -o json" + ec,
		},
		{
			name: "refused: introspection that nobody signed", key: "web", fault: "intro-jwt-plain", exit: 4, rule: "introspection.signed",
			args: introspect + "web -o json", stdin: "encrypted",
		},
	}
}
