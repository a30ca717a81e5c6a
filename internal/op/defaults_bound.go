package op

import "github.com/oauthctl/oauthctl/internal/jose"

// boundClients are those whose tokens are bound to a key or a certificate, and never bearer tokens.
func boundClients() []Client {
	return clients([]entry{
		{id: "cli-dpop", name: "Example CLI (DPoP)", method: authNone, grants: codeGrants, uris: nativeURIs, scopes: personScopes, bound: toKey},
		{
			id: "cli-tls", name: "Example CLI (certificate-bound)", method: authNone, grants: codeGrants, uris: nativeURIs, scopes: personScopes,
			bound: toCertificate,
		},
		{
			id: "web-fapi2", name: "Example Bank App (FAPI 2.0)", method: authPrivateKey, grants: webGrants, uris: nativeURIs, scopes: personScopes,
			alg: jose.PS256, bound: toKey,
		},
		{
			id: "service-tls", name: "Example Service (certificate-bound)", method: authTLS, grants: grantCredentials, scopes: apiScopes,
			bound: toCertificate,
		},
	})
}
