package op

import (
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// activePlatform plays ActivePlatform Access Management 2.0, which is Keycloak below /auth: one realm with the paths
// of its protocol, tokens with roles, redirect URIs with a star, web origins. An issuer of /realms/maactive is the
// same without /auth.
//
//	client         authenticates    grants               what for
//	web            basic or post    code, refresh        JWT access tokens by RS256
//	web-opaque     basic or post    code, refresh        opaque access tokens
//	web-hs256      basic or post    code, refresh        access tokens by HS256, which no key set verifies
//	spa            none (PKCE)      code, refresh        http://localhost:4200/*
//	mobile         none (PKCE)      code, refresh        com.myapp://callback
//	service        basic or post    client credentials   a machine; its tokens live five minutes
//	service-mtls   tls_client_auth  client credentials   a machine with a certificate
//	legacy         basic or post    password, implicit
func activePlatform() Config {
	c := people(DefaultConfig())
	c.Issuer, c.Audience = "/auth/realms/maactive", "account"
	c.Lifetimes.RefreshToken = 30 * time.Minute
	c.Features = []Feature{
		FeatureIntrospection, FeatureRevocation, FeatureEndSession, FeaturePassword, FeatureImplicit, FeatureFormPost,
		FeatureFragment, FeatureMTLS, FeatureSignedUserInfo,
	}
	const protocol = "/protocol/openid-connect"
	c.Paths = pathsOf([][2]string{
		{atAuthorization, protocol + "/auth"},
		{atToken, protocol + "/token"},
		{atUserInfo, protocol + "/userinfo"},
		{atKeys, protocol + "/certs"},
		{atIntrospection, protocol + "/token/introspect"},
		{atRevocation, protocol + "/revoke"},
		{atEndSession, protocol + "/logout"},
		{atLogin, "/login-actions/authenticate"},
		{atConsent, "/login-actions/consent"},
	})
	c.Clients = platformClients()
	c.quirks = []Fault{
		rs256Alone(),
		quirk("certificates-by-ca", &point{metadata: certificatesByCA}),
		quirk("keycloak-access-token", &point{accessToken: keycloakAccess}),
		quirk("keycloak-id-token", &point{idToken: keycloakID}),
		quirk("keycloak-token-response", &point{token: keycloakResponse}),
		quirk("web-origins-token", &point{at: atToken, answer: webOrigins}),
		quirk("web-origins-userinfo", &point{at: atUserInfo, answer: webOrigins}),
	}
	return c
}

func platformClients() []Client {
	const documented = loopbackURIs + " http://localhost:4200/* http://localhost:3000/callback https://myapp.com/login/oauth2/code/oidc"
	out := clients([]entry{
		{id: "web", name: "Example Web App", grants: codeGrants, uris: documented, scopes: personScopes},
		{id: "web-opaque", name: "Example Web App (opaque access tokens)", grants: codeGrants, uris: documented, scopes: personScopes},
		{id: "web-hs256", name: "Example Web App (HS256 access tokens)", grants: codeGrants, uris: documented, scopes: personScopes},
		{id: "spa", name: "Example Browser App", method: authNone, grants: codeGrants, uris: "http://localhost:4200/*", scopes: personScopes},
		{id: "mobile", name: "Example Mobile App", method: authNone, grants: codeGrants, uris: "com.myapp://callback", scopes: personScopes},
		{id: "service", name: "Example Service", grants: grantCredentials, scopes: apiScopes},
		{id: "service-mtls", name: "Example Service (certificate)", method: authTLS, grants: grantCredentials, scopes: apiScopes},
		{
			id: "legacy", name: "Example Legacy App", grants: grantPassword + " " + grantImplicit + " " + grantRefresh,
			uris: documented, scopes: personScopes,
		},
	})
	for i := range out {
		if c := &out[i]; c.RedirectURIs == nil {
			c.Lifetimes.AccessToken = 5 * time.Minute
		} else {
			c.Refresh = RefreshAlways
		}
	}
	clientIn(out, "web").AccessTokenAlg = jose.RS256
	clientIn(out, "web-opaque").AccessToken = FormatOpaque
	clientIn(out, "web-hs256").AccessTokenAlg = jose.HS256
	return out
}

// roles are those of a realm's users; everybody has the default ones.
var roles = map[string][]string{"alice": {"warehouse-manager"}, "bob": {"picker"}}

// keycloakAccess turns an access token into what Keycloak issues: no at+jwt, azp instead of client_id, roles.
func keycloakAccess(x *exchange, f *forgery) {
	f.header.set("typ", "JWT")
	own := []string{"service"}
	if x.grant.user != nil {
		f.claims.remove("client_id")
		own = slices.Concat([]string{"default-roles-maactive", "offline_access"}, roles[x.grant.user.Username])
		f.claims = append(f.claims, x.grant.user.claims(x.grant.scopes)[1:]...)
	}
	f.claims.add("typ", "Bearer")
	f.claims.add("azp", x.client.ID)
	f.claims.add("realm_access", document{{"roles", own}})
	f.claims.add("resource_access", document{{"account", document{{"roles", []string{"view-profile"}}}}})
	f.claims.add("allowed-origins", x.client.origins())
}

// keycloakID adds what ID tokens of Keycloak bear; its typ stands among the claims.
func keycloakID(x *exchange, f *forgery) {
	f.claims.add("typ", "ID")
	f.claims.add("azp", x.client.ID)
}

// keycloakResponse adds the members of Keycloak's own to a token response.
func keycloakResponse(x *exchange, response *document) {
	lifetime := 0
	if response.get("refresh_token") != nil {
		lifetime = int(x.lifetimes().RefreshToken.Seconds())
	}
	response.add("refresh_expires_in", lifetime)
	response.add("not-before-policy", 0)
}

// webOrigins lets scripts of a client's own web origins call, and no others.
func webOrigins(x *exchange, a *answer) {
	if a.header == nil {
		return
	}
	origin := x.r.Header.Get("Origin")
	a.header.Del("Access-Control-Allow-Origin")
	if x.client != nil && origin != "" && slices.Contains(x.client.origins(), origin) {
		a.header.Set("Access-Control-Allow-Origin", origin)
		a.header.Set("Access-Control-Allow-Credentials", "true")
		a.header.Set("Vary", "Origin")
	}
}

// origins are the web origins of a client's redirect URIs.
func (c *Client) origins() []string {
	out := []string{}
	for _, uri := range c.RedirectURIs {
		if origin := origin(strings.TrimSuffix(uri, "*")); origin != "" && !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	return out
}
