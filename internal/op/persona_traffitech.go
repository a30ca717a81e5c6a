package op

import (
	"encoding/json"
)

// traffiTech plays TraffiTech: short paths, introspection and revocation below /token, and neither the implicit nor
// the password grant.
//
//	client    authenticates   grants
//	web       basic or post   code, refresh
//	cli       none (PKCE)     code, refresh
//	service   basic or post   client credentials
func traffiTech() Config {
	c := people(DefaultConfig())
	c.Features = []Feature{FeatureIntrospection, FeatureRevocation, FeatureFormPost, FeatureSignedUserInfo}
	c.Paths = pathsOf([][2]string{
		{atAuthorization, "/auth"},
		{atIntrospection, "/token/introspection"},
		{atRevocation, "/token/revocation"},
	})
	c.Clients = clients([]entry{
		{id: "web", name: "Example Web App", grants: codeGrants, uris: appURIs, scopes: personScopes},
		{id: "cli", name: "Example CLI", method: authNone, grants: codeGrants, uris: nativeURIs, scopes: personScopes},
		{id: "service", name: "Example Service", grants: grantCredentials, scopes: apiScopes},
	})
	c.quirks = []Fault{rs256Alone(), quirk("refresh-token-like-a-jwt", &point{token: refreshLikeJWT})}
	return c
}

// refreshLikeJWT gives refresh tokens three parts, as this system's are documented: they are opaque all the same.
func refreshLikeJWT(x *exchange, response *document) {
	value := response.text("refresh_token")
	if value == "" {
		return
	}
	header, _ := json.Marshal(document{{"alg", "RS256"}, {"typ", "JWT"}}) // strings cannot fail
	claims, _ := json.Marshal(document{{"jti", value}})
	dressed := b64(header) + "." + b64(claims) + "." + random()
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	if r, ok := x.p.state.refreshes.get(value, x.now); ok {
		x.p.state.refreshes.put(dressed, r, x.now)
		x.p.state.refreshes.remove(value)
		response.set("refresh_token", dressed)
	}
}
