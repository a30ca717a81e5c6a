package hint

// traffitechRows are TraffiTech's.
var traffitechRows = []row{
	{
		codes: "unsupported_grant_type unsupported_response_type",
		cause: "the implicit and password grants are not offered there",
		fix:   "use the authorization code with PKCE: oauthctl login; a machine uses: oauthctl token client-credentials",
	},
}

// activeplatformRows are those of ActivePlatform Access Management; Keycloak's follow them.
var activeplatformRows = []row{
	{
		codes: "invalid_client unauthorized_client", pattern: `(?i)\bsecret\b|invalid client`, topic: "client",
		cause: "the secret or the method is wrong, or the client was migrated from Access Management 1.0, which leaves the secret behind",
		fix:   "copy the secret from the client's Credentials tab; after a migration enter it there again",
	},
}

// limosaRows are Limosa's.
var limosaRows = []row{
	{
		codes: "unsupported_token_type",
		cause: "the server refuses to revoke, whatever the token", fix: "the token is not revoked: ask the provider with oauthctl introspect, and let it expire or revoke it in the console",
	},
}

// cidaasRows are cidaas's.
var cidaasRows = []row{
	{
		codes: "invalid_request", pattern: `AUTH10043`,
		cause: "the origin of the login is not among the app's allowed web origins; a registered redirect URI is not enough",
		fix:   "add the origin of the redirect URI (scheme, host and port, no path) to the app's allowed web origins",
	},
}
