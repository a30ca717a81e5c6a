package op

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"time"
)

// limosa plays Limosa: JWT access tokens that can be revoked, scopes as a list, answers by web message, and metadata
// that says less than it should.
//
//	client    authenticates   grants
//	web       basic or post   code, refresh
//	cli       none (PKCE)     code, refresh
//	service   basic or post   client credentials
//	legacy    basic or post   implicit
func limosa() Config {
	c := people(DefaultConfig())
	c.Lifetimes.Code = 10 * time.Minute
	c.Features = []Feature{
		FeatureIntrospection, FeatureRevocation, FeatureEndSession, FeatureImplicit, FeatureFragment, FeatureWebMessage,
		FeatureSignedUserInfo,
	}
	c.Paths = pathsOf([][2]string{
		{atAuthorization, "/oauth/authorize"},
		{atToken, "/oauth/token"},
		{atUserInfo, "/oauth/userinfo"},
		{atKeys, "/.well-known/jwks.json"},
		{atIntrospection, "/oauth/introspect"},
		{atRevocation, "/oauth/revoke"},
		{atEndSession, "/oauth/logout"},
	})
	c.Clients = clients([]entry{
		{id: "web", name: "Example Web App", grants: codeGrants, uris: appURIs, scopes: personScopes},
		{id: "cli", name: "Example CLI", method: authNone, grants: codeGrants, uris: appURIs, scopes: personScopes},
		{id: "service", name: "Example Service", grants: grantCredentials, scopes: apiScopes},
		{id: "legacy", name: "Example Legacy App", grants: grantImplicit, uris: appURIs, scopes: personScopes},
	})
	for _, id := range []string{"web", "cli", "legacy"} {
		clientIn(c.Clients, id).Refresh = RefreshAlways
	}
	c.quirks = []Fault{
		rs256Alone(),
		quirk("no-iss-parameter", &point{callback: withoutIss, metadata: withoutIssMember}),
		quirk("metadata-says-little", &point{metadata: limosaMetadata}),
		quirk("x5c-is-a-string", &point{keys: x5cString}),
		quirk("scopes-is-a-list", &point{accessToken: limosaAccess}),
		quirk("roles", &point{idToken: func(_ *exchange, f *forgery) { f.claims.add("roles", []string{"user"}) }}),
		quirk("introspection-of-access-tokens", &point{at: atIntrospection, reply: limosaIntrospection}),
	}
	return c
}

// limosaMetadata leaves out what that metadata leaves out, and says of introspection what it says.
func limosaMetadata(_ *exchange, doc *document) {
	for _, member := range []string{"grant_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} {
		doc.remove(member)
	}
	doc.set("introspection_endpoint_auth_methods_supported", []string{authSecretJWT})
}

// limosaAccess puts the scopes into a list, and the client into aud alone.
func limosaAccess(x *exchange, f *forgery) {
	f.header.set("typ", "JWT")
	f.claims.set("aud", x.client.ID)
	f.claims.set("scopes", strings.Fields(f.claims.text("scope")))
	f.claims.remove("scope")
	f.claims.remove("client_id")
}

// x5cString gives each key its certificate as one string by base64url, where RFC 7517 §4.7 wants a list by base64.
func x5cString(x *exchange, set *[]document) {
	for i := range *set {
		key := x.p.keys.keys[(*set)[i].text("kid")]
		template := x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "limosa"},
			NotBefore: x.now.Add(-time.Hour), NotAfter: x.now.AddDate(1, 0, 0),
		}
		if der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key); err == nil {
			(*set)[i].add("x5c", b64(der))
		}
	}
}

// limosaIntrospection knows access tokens alone, and describes them in a way of its own.
func limosaIntrospection(x *exchange, doc *document) {
	if active, _ := doc.get("active").(bool); !active {
		return
	}
	if hint := x.form.Get("token_type_hint"); hint != "" && hint != "access_token" || doc.get("token_type") == nil {
		*doc = document{{"active", false}}
		return
	}
	doc.set("token_type", "access_token")
	doc.set("aud", doc.get("client_id"))
	doc.remove("iss")
}
