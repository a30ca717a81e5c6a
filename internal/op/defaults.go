package op

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// scope is a scope that the provider knows, and what granting it means to the person who is asked.
type scope struct{ name, meaning string }

// scopes are all scopes, in the order in which they are advertised and shown.
var scopes = []scope{
	{"openid", "Know who you are: a stable identifier of yours"},
	{"profile", "See your name"},
	{"email", "See your e-mail address"},
	{"offline_access", "Stay signed in for you while you are away"},
	{"api:read", "Read what you keep in the example API"},
	{"api:write", "Change what you keep in the example API"},
}

// aboutPerson are the scopes that mean something only where a person signs in; a request without scope gets none.
var aboutPerson = []string{"openid", "profile", "email", "offline_access"}

// acrs are the authentication context classes that a login with a password counts as. It is a test double: a
// request gets the first of its acr_values that stands here.
var acrs = []string{"bronze", "silver", "gold"}

// DefaultConfig returns the clients and users that serve, demo and the tests share:
//
//	client            authenticates        grants                what for
//	web               basic or post        code, refresh         a confidential web application
//	cli               none (PKCE)          code, refresh         a public native application (RFC 8252)
//	service           basic or post        client credentials    a machine
//	web-hybrid        basic or post        code, refresh,        like web; also tokens from the authorization endpoint
//	                                       implicit
//	web-ALG           basic or post        code, refresh         like web; ID token, access token and authorization response signed with ALG: rs384
//	                                                             rs512 ps256 ps384 ps512 es256 es384 es512 eddsa ed25519
//	web-hs256         basic or post        code, refresh         like web; ID token by HS256 with the client secret
//	web-signed        basic or post        code, refresh         like web; userinfo as a JWT by RS256
//	web-encrypted     basic or post        as web-jwt            like web; ID token encrypted with ECDH-ES and A256GCM,
//	                                                             userinfo signed by RS256 and encrypted with
//	                                                             ECDH-ES+A128KW and A128CBC-HS256, introspection as a JWT
//	                                                             encrypted like the ID token: TestDecryptionKey("ECDH-ES")
//	web-jwe-ALG       basic or post        code, refresh         like web; ID token encrypted with ALG: rsa-oaep
//	                                                             rsa-oaep-256 ecdh-es ecdh-es-a128kw ecdh-es-a192kw
//	                                                             ecdh-es-a256kw by TestDecryptionKey, and dir a128kw
//	                                                             a192kw a256kw by the client secret
//	web-opaque        basic or post        as web-jwt            like web; access tokens are random strings
//	web-hs256-access  basic or post        as web-jwt            like web; access tokens by HS256, which no key set verifies
//	web-jwt           private_key_jwt      code, refresh, client keys of TestClientKey: RS, PS, ES, EdDSA; also the
//	                                       credentials           grant jwt-bearer
//	web-secret-jwt    client_secret_jwt    as web-jwt            HS256, HS384 or HS512 with the client secret
//	web-tls           tls_client_auth      as web-jwt            TestCertificate("web-tls"), made by TestCA
//	web-tls-self      self_signed_tls_…    as web-jwt            TestCertificate("web-tls-self")
//	device            none                 device code, refresh  a device without a browser (RFC 8628)
//	ciba              basic or post        CIBA, refresh         a client that has people asked; keys of TestClientKey for
//	                                                             signed requests and hint tokens
//	exchange          basic or post        token exchange,       a gateway that acts for people (RFC 8693)
//	                                       client credentials
//	legacy            basic or post        password, implicit,   what no new application should do
//	                                       refresh
//	cli-dpop          none (PKCE)          code, refresh         like cli; its tokens are bound to a DPoP key
//	cli-tls           none (PKCE)          code, refresh         like cli; its tokens are bound to its certificate, any one
//	web-fapi2         private_key_jwt      as web-jwt            DPoP, and everything signed by PS256: FAPI 2.0
//	service-tls       tls_client_auth      client credentials    TestCertificate("web-tls"); its tokens are bound to it
//	api               basic or post        client credentials    a resource server: may introspect every token
//
// The secret of a client is its ID + "-secret-for-tests-only-0123456789" and holds nothing that form-encoding
// changes; that of service does ("+", "%", ":" and a space), because real ones do.
//
//	user    password              sub
//	alice   wonderland            user-alice-7f3a
//	bob     builder               user-bob-91c4
func DefaultConfig() Config {
	return Config{
		Features: Features(),
		Clients:  slices.Concat(plainClients(), signedClients(), encryptedClients(), flowClients(), boundClients()),
		Users: []User{
			{
				Username: "alice", Subject: "user-alice-7f3a", Password: secret.New("wonderland"),
				Name: "Alice Liddell", GivenName: "Alice", FamilyName: "Liddell", Email: "alice@example.test",
			},
			{
				Username: "bob", Subject: "user-bob-91c4", Password: secret.New("builder"),
				Name: "Bob Baumeister", GivenName: "Bob", FamilyName: "Baumeister", Email: "bob@example.test",
			},
		},
	}
}

// webURIs are those of the default web applications.
const webURIs = appURIs + " https://preview.example.test/apps/*"

// webClient is like the client web, but for one thing.
func webClient(suffix, what, grants string) Client {
	return entry{id: "web-" + suffix, name: "Example Web App (" + what + ")", grants: grants, uris: webURIs, scopes: personScopes}.client()
}

// plainClients are a web application, a native one and a machine.
func plainClients() []Client {
	out := clients([]entry{
		{id: "web", name: "Example Web App", grants: codeGrants, uris: webURIs, scopes: personScopes},
		{id: "cli", name: "Example CLI", method: authNone, grants: codeGrants, uris: nativeURIs, scopes: personScopes},
		{id: "service", name: "Example Service", grants: grantCredentials, scopes: apiScopes},
	})
	clientIn(out, "service").Secret = secret.New("service+secret 100%:for-tests-only-0123")
	return out
}

// signedClients are those that have tokens and answers signed by each algorithm, and the hybrid one.
func signedClients() []Client {
	var out []Client
	for _, alg := range []jose.Algorithm{
		"RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256",
	} {
		c := webClient(strings.ToLower(string(alg)), string(alg), codeGrants)
		c.IDTokenAlg, c.AccessTokenAlg, c.AuthorizationAlg = alg, alg, alg
		if alg == "HS256" {
			c.AccessTokenAlg = "" // a resource server has no client's secret
		}
		out = append(out, c)
	}
	hybrid := webClient("hybrid", "hybrid", codeGrants+" "+grantImplicit)
	signed := webClient("signed", "signed userinfo", codeGrants)
	signed.UserInfoAlg = jose.RS256
	return append(out, hybrid, signed)
}

// encryptedClients are those that have tokens encrypted, with each key encryption and each content encryption.
func encryptedClients() []Client {
	all := webClient("encrypted", "all encrypted", webGrants)
	all.Keys, all.UserInfoAlg = clientEncryptionKeys, jose.RS256
	all.IDTokenEncryption = Encryption{"ECDH-ES", "A256GCM"}
	all.UserInfoEncryption = Encryption{"ECDH-ES+A128KW", "A128CBC-HS256"}
	all.IntrospectionEncryption, all.AuthorizationEncryption = all.IDTokenEncryption, all.IDTokenEncryption
	out := []Client{all}
	for _, e := range []Encryption{
		{"RSA-OAEP", "A128CBC-HS256"},
		{"RSA-OAEP-256", "A256GCM"},
		{"ECDH-ES", "A128GCM"},
		{"ECDH-ES+A128KW", "A192CBC-HS384"},
		{"ECDH-ES+A192KW", "A192GCM"},
		{"ECDH-ES+A256KW", "A256CBC-HS512"},
		{"dir", "A256CBC-HS512"},
		{"A128KW", "A128GCM"},
		{"A192KW", "A192CBC-HS384"},
		{"A256KW", "A256GCM"},
	} {
		c := webClient("jwe-"+strings.ToLower(strings.ReplaceAll(e.Alg, "+", "-")), e.Alg, codeGrants)
		c.Keys, c.IDTokenEncryption = clientEncryptionKeys, e
		out = append(out, c)
	}
	return out
}

// flowClients are the clients of the other grants and of the other ways to authenticate.
func flowClients() []Client {
	out := clients([]entry{
		{id: "device", name: "Example Television", method: authNone, grants: grantDevice + " " + grantRefresh, scopes: personScopes},
		{id: "exchange", name: "Example Gateway", grants: grantExchange + " " + grantCredentials, scopes: personScopes},
		{
			id: "web-jwt", name: "Example Web App (private_key_jwt)", method: authPrivateKey, grants: webGrants + " " + grantJWTBearer,
			uris: webURIs, scopes: personScopes,
		},
		{
			id: "web-secret-jwt", name: "Example Web App (client_secret_jwt)", method: authSecretJWT, grants: webGrants,
			uris: webURIs, scopes: personScopes,
		},
		{id: "web-tls", name: "Example Web App (tls_client_auth)", method: authTLS, grants: webGrants, uris: webURIs, scopes: personScopes},
		{
			id: "web-tls-self", name: "Example Web App (self_signed_tls_client_auth)", method: authSelfSigned, grants: webGrants,
			uris: webURIs, scopes: personScopes,
		},
		{id: "web-opaque", name: "Example Web App (opaque access tokens)", grants: webGrants, uris: webURIs, scopes: personScopes},
		{id: "web-hs256-access", name: "Example Web App (access tokens by HS256)", grants: webGrants, uris: webURIs, scopes: personScopes},
		{
			id: "legacy", name: "Example Legacy App", grants: grantPassword + " " + grantImplicit + " " + grantRefresh,
			uris: loopbackURIs, scopes: personScopes,
		},
		{id: "api", name: "Example API", grants: grantCredentials, scopes: "api:read"},
		{id: "ciba", name: "Example Cash Desk", grants: grantCIBA + " " + grantRefresh, scopes: personScopes},
	})
	clientIn(out, "web-opaque").AccessToken = FormatOpaque
	clientIn(out, "web-hs256-access").AccessTokenAlg = jose.HS256
	clientIn(out, "api").Introspects = RightAny
	clientIn(out, "ciba").Keys = clientKeySet
	return out
}

// withDefaults fills what is zero.
func (c Config) withDefaults() Config {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&c.Lifetimes.Code, time.Minute)
	set(&c.Lifetimes.AccessToken, time.Hour)
	set(&c.Lifetimes.IDToken, time.Hour)
	set(&c.Lifetimes.RefreshToken, 30*24*time.Hour)
	set(&c.Lifetimes.Session, 12*time.Hour)
	set(&c.Lifetimes.Interaction, 10*time.Minute)
	set(&c.Lifetimes.Device, 10*time.Minute)
	set(&c.Lifetimes.CIBA, 2*time.Minute)
	set(&c.Lifetimes.PAR, 90*time.Second)
	set(&c.PollInterval, 5*time.Second)
	if c.Audience == "" {
		c.Audience = DefaultAudience
	}
	if c.Keys == "" {
		c.Keys = testKeys
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Clients = slices.Clone(c.Clients)
	usual := jose.RS256
	if c.FAPI2 {
		usual = jose.PS256
		if len(c.DPoPAlgs) == 0 {
			c.DPoPAlgs = fapiAlgs
		}
	}
	for i := range c.Clients {
		c.Clients[i].signedBy(usual)
	}
	return c
}

// signedBy names an algorithm for what the client gets signed and named none for: RS256, but for a profile that forbids
// it (OpenID Connect Registration §2, RFC 9701 §6, JARM §3).
func (c *Client) signedBy(usual jose.Algorithm) {
	for _, alg := range []*jose.Algorithm{&c.IDTokenAlg, &c.AccessTokenAlg, &c.AuthorizationAlg, &c.IntrospectionAlg} {
		*alg = cmp.Or(*alg, usual)
	}
}

// register checks clients and users and indexes them.
func register(config Config) (map[string]*Client, map[string]*User, error) {
	clients, users := make(map[string]*Client), make(map[string]*User)
	for i := range config.Clients {
		c := &config.Clients[i]
		if c.ID == "" || clients[c.ID] != nil {
			return nil, nil, problem.Usagef("serve.client", "client %q is there twice, or has no ID", c.ID)
		}
		if err := c.check(); err != nil {
			return nil, nil, err
		}
		clients[c.ID] = c
	}
	for i := range config.Users {
		u := &config.Users[i]
		if u.Username == "" || u.Subject == "" || u.Password.IsZero() || users[u.Username] != nil {
			return nil, nil, problem.Usagef("serve.user",
				"user %q is there twice, or has no name, subject or password", u.Username)
		}
		users[u.Username] = u
	}
	return clients, users, nil
}
