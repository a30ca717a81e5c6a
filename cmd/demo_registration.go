package cmd

// registrationSteps are a client's way through its registration.
func registrationSteps() []step {
	mine := func(command string, more ...string) []string {
		return append(words("client "+command+" --registration {dir}/registration"), more...)
	}
	return []step{
		{
			name: "client registration", rows: []string{"client register"}, keep: "registration",
			args: words("client register --issuer {issuer} --name Demo --grant-type client_credentials --scope api:read"),
		},
		{name: "client registration, read", rows: []string{"client read"}, args: mine("read")},
		{name: "client registration, updated", rows: []string{"client update"}, args: mine("update", "--name", "Demo, renamed")},
		{name: "client registration, deleted", rows: []string{"client delete"}, args: mine("delete"), output: never},
		{name: "client ID metadata document", rows: []string{"client metadata"}, args: words("client metadata {issuer}/client.json -o json")},
		{
			name: "code + PKCE, client ID metadata document", rows: []string{"client-id URL"},
			args: codeFlow("--client-id", "{issuer}/client.json", "-o", "claims"),
		},
		{name: "refused: a client that was deleted", args: mine("read", "-o", "json"), exit: 3, rule: "oauth.invalid_token"},
	}
}
