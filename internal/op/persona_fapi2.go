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
	client := func(id, name, method string, alg jose.Algorithm) Client {
		return Client{
			ID: id, Name: name, AuthMethod: method, IDTokenAlg: alg, AccessTokenAlg: alg, IntrospectionAlg: alg, AuthorizationAlg: alg,
			GrantTypes: []string{grantCode, grantRefresh, grantCredentials}, Scopes: personScopes(),
			RedirectURIs: loopbackURIs("https://app.example.test/callback"), PostLogoutRedirectURIs: loopbackURIs(),
		}
	}
	signs := client("web-jwt", "Example Bank App (private_key_jwt, DPoP)", authPrivateKey, jose.PS256)
	signs.Keys, signs.DPoPBound = clientKeySet, true
	both := client("web-jwt-tls", "Example Bank App (private_key_jwt, mTLS)", authPrivateKey, jose.ES256)
	both.Keys, both.CertificateBound = clientKeySet, true
	shows := client("web-tls", "Example Bank App (mTLS)", authTLS, jose.ES256)
	shows.TLSSubject, shows.CertificateBound = "CN=web-tls,O=oauthctl tests", true
	own := client("web-tls-self", "Example Bank App (mTLS, self-signed)", authSelfSigned, jose.EdDSA)
	own.Keys, _ = TestCertificate("web-tls-self")
	own.CertificateBound = true
	api := client("api-jwt", "Example Bank API", authPrivateKey, jose.PS256)
	api.Keys, api.DPoPBound, api.Introspects = clientKeySet, true, RightAny
	api.GrantTypes, api.RedirectURIs, api.PostLogoutRedirectURIs = []string{grantCredentials}, nil, nil
	api.Scopes = []string{"api:read"}
	c.Clients = []Client{signs, both, shows, own, api}
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
