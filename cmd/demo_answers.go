package cmd

import "strings"

// answerSteps are what a provider signs and encrypts for one client, and what the client refuses of it.
func answerSteps() []step {
	const rsa, ec = "{dir}/decrypt-rsa.pem", "{dir}/decrypt-ec.pem"
	var out []step
	for _, alg := range []struct{ name, key string }{
		{"RSA-OAEP", rsa},
		{"RSA-OAEP-256", rsa},
		{"ECDH-ES", ec},
		{"ECDH-ES+A128KW", ec},
		{"ECDH-ES+A192KW", ec},
		{"ECDH-ES+A256KW", ec},
		{"dir", ""},
		{"A128KW", ""},
		{"A192KW", ""},
		{"A256KW", ""},
	} {
		client := "web-jwe-" + strings.ToLower(strings.ReplaceAll(alg.name, "+", "-"))
		s := step{
			name: "ID token encrypted with " + alg.name, rows: []string{"id-token encrypted"}, key: client,
			args: codeFlow("--client-id", client, "-o", "claims"),
		}
		if alg.key != "" { // else the client secret is the key
			s.args = append(s.args, "--decryption-key", alg.key)
		}
		out = append(out, s)
	}
	userinfo := words("userinfo --issuer {issuer} --token-file - --expect-sub {subject} --client-id")
	introspect := words("introspect --issuer {issuer} --token-file - --signed --client-id")
	opened := []string{"--decryption-key", ec}
	encrypted := append(codeFlow("--client-id", "web-encrypted"), opened...)
	refused := func(name, fault, rule string) step {
		return step{
			name: "refused: " + name, key: "web-encrypted", fault: fault, rule: rule, exit: 4,
			args: append(codeFlow("--client-id", "web-encrypted", "-o", "json"), opened...),
		}
	}
	blind := refused("an encrypted ID token and no key", "", "jose.jwe.key")
	blind.args = codeFlow("--client-id", "web-encrypted", "-o", "json")
	return append(out,
		step{name: "tokens for signed userinfo", key: "web-signed", args: codeFlow("--client-id", "web-signed"), keep: "signed"},
		step{name: "userinfo, signed", rows: []string{"userinfo signed"}, key: "web-signed", args: append(userinfo[:len(userinfo):len(userinfo)], "web-signed"), stdin: "signed"},
		step{name: "tokens for encrypted answers", key: "web-encrypted", args: encrypted, keep: "encrypted"},
		step{
			name: "userinfo, signed and encrypted", rows: []string{"userinfo encrypted"}, key: "web-encrypted", stdin: "encrypted",
			args: append(append(userinfo[:len(userinfo):len(userinfo)], "web-encrypted"), opened...),
		},
		step{name: "introspect, signed", rows: []string{"introspect signed"}, key: "api", args: append(introspect[:len(introspect):len(introspect)], "api"), stdin: "encrypted"},
		step{
			name: "introspect, signed and encrypted", rows: []string{"introspect encrypted"}, key: "web-encrypted", stdin: "encrypted",
			args: append(append(introspect[:len(introspect):len(introspect)], "web-encrypted"), opened...),
		},
		blind,
		refused("an ID token encrypted with RSA1_5", "jwe-rsa15", "jose.jwe.alg"),
		refused("an ID token that nobody signed, encrypted", "jwe-inner-unsigned", "jose.jwe.nested"),
		refused("an ID token that would inflate without end", "jwe-zip-bomb", "jose.jwe.zip"),
		step{
			name: "refused: introspection that nobody signed", key: "web", fault: "intro-jwt-plain", rule: "introspection.signed", exit: 4,
			args: append(introspect[:len(introspect):len(introspect)], "web", "-o", "json"), stdin: "encrypted",
		},
	)
}
