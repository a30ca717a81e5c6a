package op

import (
	"slices"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// fapi2 plays no product, but the FAPI 2.0 Security Profile to the letter: it refuses all that the profile refuses, and
// demands nonces in DPoP proofs. Requests and responses may be signed.
//
//	client        authenticates                grants                     tokens bound by, signed by
//	web-jwt       private_key_jwt              code, refresh, client cr.  DPoP, PS256
//	web-jwt-tls   private_key_jwt              code, refresh, client cr.  any client certificate, ES256
//	web-tls       tls_client_auth              code, refresh, client cr.  its certificate, ES256
//	web-tls-self  self_signed_tls_client_auth  code, refresh, client cr.  its certificate, EdDSA
//	api-jwt       private_key_jwt              client credentials         DPoP, PS256; may introspect every token
func fapi2() Config {
	c := people(DefaultConfig())
	c.FAPI2, c.RequirePAR, c.DPoPNonce, c.DPoPAlgs = true, true, time.Minute, fapiAlgs
	c.Lifetimes.Code, c.Lifetimes.AccessToken = fapiCode, 10*time.Minute
	c.Features = []Feature{
		FeaturePAR, FeatureIntrospection, FeatureSignedIntrospection, FeatureRevocation, FeatureEndSession, FeatureFormPost,
		FeaturePrivateKeyJWT, FeatureMTLS, FeatureDPoP, FeatureCertificateBound,
		FeatureJAR, FeatureJARM, FeatureRAR,
	}
	c.Clients = clients([]entry{
		{
			id: "web-jwt", name: "Example Bank App (private_key_jwt, DPoP)", method: authPrivateKey, grants: webGrants,
			uris: appURIs, scopes: personScopes, alg: jose.PS256, bound: toKey,
		},
		{
			id: "web-jwt-tls", name: "Example Bank App (private_key_jwt, mTLS)", method: authPrivateKey, grants: webGrants,
			uris: appURIs, scopes: personScopes, alg: jose.ES256, bound: toCertificate,
		},
		{
			id: "web-tls", name: "Example Bank App (mTLS)", method: authTLS, grants: webGrants,
			uris: appURIs, scopes: personScopes, alg: jose.ES256, bound: toCertificate,
		},
		{
			id: "web-tls-self", name: "Example Bank App (mTLS, self-signed)", method: authSelfSigned, grants: webGrants,
			uris: appURIs, scopes: personScopes, alg: jose.EdDSA, bound: toCertificate,
		},
		{id: "api-jwt", name: "Example Bank API", method: authPrivateKey, grants: grantCredentials, scopes: "api:read", alg: jose.PS256, bound: toKey},
	})
	for i := range c.Clients[:4] {
		c.Clients[i].PostLogoutRedirectURIs = listed(loopbackURIs)
	}
	clientIn(c.Clients, "api-jwt").Introspects = RightAny
	return c
}

// fapi2Signing is fapi2 with FAPI 2.0 Message Signing: requests must be signed, and ask for signed responses. Clients
// without a key to sign with are gone.
func fapi2Signing() Config {
	c := fapi2()
	c.RequireSignedRequest, c.RequireSignedResponse = true, true
	c.Clients = slices.DeleteFunc(c.Clients, func(client Client) bool { return client.Keys != clientKeySet })
	return c
}
