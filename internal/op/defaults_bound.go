package op

// boundClients are those whose tokens are bound to a key or a certificate, and never bearer tokens.
func boundClients(native, person []string) []Client {
	public := func(id, name string) Client {
		return Client{
			ID: id, Name: name, AuthMethod: authNone, GrantTypes: []string{grantCode, grantRefresh},
			RedirectURIs: native, PostLogoutRedirectURIs: native, Scopes: person,
		}
	}
	dpop := public("cli-dpop", "Example CLI (DPoP)")
	dpop.DPoPBound = true
	certificate := public("cli-tls", "Example CLI (certificate-bound)")
	certificate.CertificateBound = true
	bank := Client{
		ID: "web-fapi2", Name: "Example Bank App (FAPI 2.0)", AuthMethod: authPrivateKey, Keys: clientKeySet, DPoPBound: true,
		IDTokenAlg: "PS256", AccessTokenAlg: "PS256", AuthorizationAlg: "PS256", IntrospectionAlg: "PS256",
		GrantTypes: []string{grantCode, grantRefresh, grantCredentials}, RedirectURIs: native, PostLogoutRedirectURIs: native, Scopes: person,
	}
	return []Client{dpop, certificate, bank, {
		ID: "service-tls", Name: "Example Service (certificate-bound)", AuthMethod: authTLS, TLSSubject: "CN=web-tls,O=oauthctl tests",
		GrantTypes: []string{grantCredentials}, Scopes: []string{"api:read", "api:write"}, CertificateBound: true,
	}}
}
