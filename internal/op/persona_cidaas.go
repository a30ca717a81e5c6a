package op

import (
	"net/http"
	"time"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// cidaas plays cidaas: a path for each service, pushed requests from allowed web origins alone, device codes for
// public clients, token exchange for confidential ones.
//
//	client           authenticates     grants
//	web              basic or post     code, refresh, token exchange, password
//	web-no-origins   basic or post     code; its web origins are not allowed
//	cli              none (PKCE)       code, refresh
//	tv               none              device code, refresh
//	service          basic or post     client credentials, token exchange; its secret is full of signs
//	service-…        secret-jwt (client_secret_jwt), jwt (private_key_jwt), mtls (tls_client_auth): client credentials
func cidaas() Config {
	c := people(DefaultConfig())
	c.Lifetimes.PAR = 90 * time.Second
	c.Features = []Feature{
		FeatureDevice, FeaturePAR, FeatureIntrospection, FeatureRevocation, FeatureEndSession, FeatureTokenExchange,
		FeaturePassword, FeatureFormPost, FeaturePrivateKeyJWT, FeatureSecretJWT, FeatureMTLS,
		FeatureSignedUserInfo,
	}
	c.Paths = pathsOf([][2]string{
		{atAuthorization, "/authz-srv/authz"},
		{atToken, "/token-srv/token"},
		{atUserInfo, "/users-srv/userinfo"},
		{atKeys, "/.well-known/jwks.json"},
		{atDevice, "/authz-srv/device/authz"},
		{atPAR, "/authz-srv/par"},
		{atIntrospection, "/token-srv/introspect"},
		{atRevocation, "/token-srv/revoke"},
		{atEndSession, "/session/end_session"},
	})
	c.Clients = clients([]entry{
		{id: "web", name: "Example Web App", grants: codeGrants + " " + grantExchange + " " + grantPassword, uris: appURIs, scopes: personScopes},
		{id: withoutOrigins, name: "Example Web App (no web origins)", grants: grantCode, uris: appURIs, scopes: personScopes},
		{id: "cli", name: "Example CLI", method: authNone, grants: codeGrants, uris: appURIs, scopes: personScopes},
		{id: "tv", name: "Example TV App", method: authNone, grants: grantDevice + " " + grantRefresh, scopes: personScopes},
		{id: "service", name: "Example Service", grants: grantCredentials + " " + grantExchange, scopes: apiScopes},
		{id: "service-secret-jwt", name: "Example Service (client_secret_jwt)", method: authSecretJWT, grants: grantCredentials, scopes: apiScopes},
		{id: "service-jwt", name: "Example Service (private_key_jwt)", method: authPrivateKey, grants: grantCredentials, scopes: apiScopes},
		{id: "service-mtls", name: "Example Service (certificate)", method: authTLS, grants: grantCredentials, scopes: apiScopes},
	})
	clientIn(c.Clients, "service").Secret = secret.New("service:+%/ é-secret-for-tests-only")
	c.quirks = []Fault{
		rs256Alone(),
		quirk("no-iss-parameter", &point{callback: withoutIss, metadata: withoutIssMember}),
		quirk("vendor-members", &point{metadata: cidaasMetadata}),
		quirk("certificates-by-ca", &point{metadata: certificatesByCA}),
		quirk("revokes-id-tokens", &point{at: atRevocation, answer: cidaasRevocation}),
		quirk("par-needs-web-origins", &point{at: atPAR, answer: cidaasPAR}),
	}
	return c
}

// withoutOrigins is the client whose registration lacks web origins.
const withoutOrigins = "web-no-origins"

// cidaasMetadata adds the members of that vendor's own.
func cidaasMetadata(x *exchange, doc *document) {
	doc.add("check_session_iframe", x.p.below("/session/check_session"))
	doc.add("introspection_async_update_endpoint", x.p.below("/token-srv/introspect/async/tokenusage"))
	doc.add("social_provider_token_resolver_endpoint", x.p.below("/login-srv/social/token"))
}

// cidaasRevocation takes ID tokens too, of which nothing is kept.
func cidaasRevocation(x *exchange, a *answer) {
	if x.event.Error == "unsupported_token_type" {
		x.event.Error, x.event.Description = "", ""
		*a = revoked()
	}
}

// cidaasPAR refuses a pushed request of a client without web origins.
func cidaasPAR(x *exchange, a *answer) {
	if x.client != nil && x.client.ID == withoutOrigins && a.status == http.StatusCreated {
		*a = x.refuse(&refusal{
			code: "invalid_request", status: http.StatusForbidden,
			description: "AUTH10043: the origin of redirect_uri is not among the allowed web origins of this app",
		})
	}
}
