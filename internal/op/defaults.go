package op

import (
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
	web := []string{
		"http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback",
		"https://app.example.test/callback", "https://preview.example.test/apps/*",
	}
	native := []string{
		"http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback", "com.myapp://callback",
	}
	person := append(slices.Clone(aboutPerson), "api:read", "api:write")
	client := func(id, name string) Client {
		return Client{
			ID: id, Name: name, Secret: secret.New(id + "-secret-for-tests-only-0123456789"),
			GrantTypes: []string{grantCode, grantRefresh}, RedirectURIs: web, PostLogoutRedirectURIs: web, Scopes: person,
		}
	}
	clients := []Client{
		client("web", "Example Web App"),
		{
			ID: "cli", Name: "Example CLI", AuthMethod: authNone,
			GrantTypes: []string{grantCode, grantRefresh}, RedirectURIs: native, PostLogoutRedirectURIs: native, Scopes: person,
		},
		{
			ID: "service", Name: "Example Service", Secret: secret.New("service+secret 100%:for-tests-only-0123"),
			GrantTypes: []string{grantCredentials}, Scopes: []string{"api:read", "api:write"},
		},
	}
	for _, alg := range []jose.Algorithm{
		"RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256",
	} {
		c := client("web-"+strings.ToLower(string(alg)), "Example Web App ("+string(alg)+")")
		c.IDTokenAlg, c.AccessTokenAlg, c.AuthorizationAlg = alg, alg, alg
		if alg == "HS256" {
			c.AccessTokenAlg = "" // a resource server has no client's secret
		}
		clients = append(clients, c)
	}
	hybrid := client("web-hybrid", "Example Web App (hybrid)")
	hybrid.GrantTypes = append(hybrid.GrantTypes, grantImplicit)
	clients = append(clients, hybrid)
	signed := client("web-signed", "Example Web App (signed userinfo)")
	signed.UserInfoAlg = "RS256"
	clients = append(append(clients, signed), encryptedClients(client)...)
	return Config{
		Features: Features(),
		Clients:  slices.Concat(clients, flowClients(web, native, person), boundClients(native, person)),
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

// encryptedClients are those that have tokens encrypted, with each key encryption and each content encryption.
func encryptedClients(client func(id, name string) Client) []Client {
	all := client("web-encrypted", "Example Web App (all encrypted)")
	all.Keys, all.UserInfoAlg = clientEncryptionKeys, jose.RS256
	all.GrantTypes = append(slices.Clone(all.GrantTypes), grantCredentials)
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
		c := client("web-jwe-"+strings.ToLower(strings.ReplaceAll(e.Alg, "+", "-")), "Example Web App ("+e.Alg+")")
		c.Keys, c.IDTokenEncryption = clientEncryptionKeys, e
		out = append(out, c)
	}
	return out
}

// flowClients are the clients of the other grants and of the other ways to authenticate.
func flowClients(web, native, person []string) []Client {
	loopback := native[:len(native)-1]
	confidential := func(id, name, method string, grants ...string) Client {
		return Client{
			ID: id, Name: name, AuthMethod: method, GrantTypes: append([]string{grantCode, grantRefresh, grantCredentials}, grants...),
			RedirectURIs: web, PostLogoutRedirectURIs: web, Scopes: person,
		}
	}
	withSecret := func(c Client) Client {
		c.Secret = secret.New(c.ID + "-secret-for-tests-only-0123456789")
		return c
	}
	webJWT := confidential("web-jwt", "Example Web App (private_key_jwt)", authPrivateKey, grantJWTBearer)
	webJWT.Keys = clientKeySet
	webTLS := confidential("web-tls", "Example Web App (tls_client_auth)", authTLS)
	webTLS.TLSSubject = "CN=web-tls,O=oauthctl tests"
	selfSigned := confidential("web-tls-self", "Example Web App (self_signed_tls_client_auth)", authSelfSigned)
	selfSigned.Keys, _ = TestCertificate("web-tls-self")
	opaque := withSecret(confidential("web-opaque", "Example Web App (opaque access tokens)", ""))
	opaque.AccessToken = FormatOpaque
	hs256 := withSecret(confidential("web-hs256-access", "Example Web App (access tokens by HS256)", ""))
	hs256.AccessTokenAlg = jose.HS256
	resource := withSecret(Client{ID: "api", Name: "Example API", GrantTypes: []string{grantCredentials}, Scopes: []string{"api:read"}})
	resource.Introspects = RightAny
	ciba := withSecret(Client{ID: "ciba", Name: "Example Cash Desk", GrantTypes: []string{grantCIBA, grantRefresh}, Scopes: person})
	ciba.Keys = clientKeySet
	return []Client{
		{ID: "device", Name: "Example Television", AuthMethod: authNone, GrantTypes: []string{grantDevice, grantRefresh}, Scopes: person},
		withSecret(Client{
			ID: "exchange", Name: "Example Gateway", GrantTypes: []string{grantExchange, grantCredentials}, Scopes: person,
		}),
		webJWT, withSecret(confidential("web-secret-jwt", "Example Web App (client_secret_jwt)", authSecretJWT)), webTLS, selfSigned, opaque, hs256,
		withSecret(Client{
			ID: "legacy", Name: "Example Legacy App", GrantTypes: []string{grantPassword, grantImplicit, grantRefresh},
			RedirectURIs: loopback, PostLogoutRedirectURIs: loopback, Scopes: person,
		}),
		resource, ciba,
	}
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
	c.fapi2Defaults()
	for i := range c.Clients {
		c.Clients[i].signedByDefault()
	}
	return c
}

// signedByDefault signs by RS256 what the client gets signed and named no algorithm for (OpenID Connect Registration §2,
// RFC 9701 §6, JARM §3).
func (c *Client) signedByDefault() {
	for _, alg := range []*jose.Algorithm{&c.IDTokenAlg, &c.AccessTokenAlg, &c.AuthorizationAlg, &c.IntrospectionAlg} {
		if *alg == "" {
			*alg = jose.RS256
		}
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
