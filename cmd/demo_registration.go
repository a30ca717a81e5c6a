package cmd

// registrationSteps are a client's way through its registration.
func registrationSteps() []step {
	const mine = " --registration {dir}/registration"
	return []step{
		{
			name: "client registration", rows: "client register", keep: "registration",
			args: "client register --issuer {issuer} --name Demo --grant-type client_credentials --scope api:read",
		},
		{name: "client registration, read", rows: "client read", args: "client read" + mine},
		{name: "client registration, updated", rows: "client update", args: "client update" + mine + " --name 'Demo, renamed'"},
		{name: "client registration, deleted", rows: "client delete", args: "client delete" + mine, output: never},
		{name: "client ID metadata document", rows: "client metadata", args: "client metadata {issuer}/client.json -o json"},
		{name: "code + PKCE, client ID metadata document", rows: "client-id URL", args: codeFlow + "{issuer}/client.json -o claims"},
		{name: "refused: a client that was deleted", args: "client read" + mine + " -o json", exit: 3, rule: "oauth.invalid_token"},
	}
}
