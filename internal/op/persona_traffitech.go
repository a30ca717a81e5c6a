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
	c.Paths = map[string]string{
		atAuthorization: "/auth", atIntrospection: "/token/introspection", atRevocation: "/token/revocation",
	}
	web := withSecret("web", "Example Web App", grantCode, grantRefresh)
	web.RedirectURIs, web.Scopes = loopbackURIs("https://app.example.test/callback"), personScopes()
	cli := Client{
		ID: "cli", Name: "Example CLI", GrantTypes: []string{grantCode, grantRefresh},
		RedirectURIs: loopbackURIs("com.myapp://callback"), Scopes: personScopes(),
	}
	service := withSecret("service", "Example Service", grantCredentials)
	service.Scopes = []string{"api:read", "api:write"}
	c.Clients = []Client{web, cli, service}
	c.quirks = append(rs256Alone(), Fault{Name: "refresh-token-like-a-jwt", point: point{token: refreshLikeJWT}})
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
