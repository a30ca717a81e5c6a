package op

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// entry is a client in a table of constants, which the compiler lays out; what a list holds has blanks between.
type entry struct {
	id, name string
	method   string // how it authenticates, and so what it has for that; empty is a secret by Basic or in the body
	grants   string // a list
	uris     string // a list of those to redirect to, after a logout too
	scopes   string // a list
	alg      jose.Algorithm
	bound    binding
}

// binding says what the tokens of a client are bound to.
type binding int

const (
	notBound binding = iota
	toKey            // of a DPoP proof
	toCertificate
)

// What many entries have.
const (
	codeGrants   = grantCode + " " + grantRefresh
	webGrants    = codeGrants + " " + grantCredentials
	apiScopes    = "api:read api:write"
	personScopes = "openid profile email offline_access " + apiScopes

	loopbackURIs = "http://127.0.0.1/callback http://[::1]/callback http://localhost/callback" // oauthctl works without a flag
	appURIs      = loopbackURIs + " https://app.example.test/callback"
	nativeURIs   = loopbackURIs + " com.myapp://callback"
)

// clients makes the clients of a table.
func clients(table []entry) []Client {
	out := make([]Client, 0, len(table))
	for _, e := range table {
		out = append(out, e.client())
	}
	return out
}

// client makes a client; its algorithm signs all that is signed for it.
func (e entry) client() Client {
	c := Client{
		ID: e.id, Name: e.name, AuthMethod: e.method, GrantTypes: listed(e.grants), Scopes: listed(e.scopes),
		RedirectURIs: listed(e.uris), PostLogoutRedirectURIs: listed(e.uris),
		IDTokenAlg: e.alg, AccessTokenAlg: e.alg, AuthorizationAlg: e.alg, IntrospectionAlg: e.alg,
		DPoPBound: e.bound == toKey, CertificateBound: e.bound == toCertificate,
	}
	switch e.method {
	case "", authSecretJWT:
		c.Secret = secret.New(e.id + "-secret-for-tests-only-0123456789")
	case authPrivateKey:
		c.Keys = clientKeySet
	case authTLS:
		c.TLSSubject = "CN=web-tls,O=oauthctl tests"
	case authSelfSigned:
		c.Keys, _ = TestCertificate(e.id)
	}
	return c
}

// listed splits a list; of an empty one it is nil.
func listed(text string) []string { return append([]string(nil), strings.Fields(text)...) }

// clientIn finds the client of an ID, which is there, for what a table has no column for.
func clientIn(clients []Client, id string) *Client {
	return &clients[slices.IndexFunc(clients, func(c Client) bool { return c.ID == id })]
}

// pathsOf are the paths of endpoints.
func pathsOf(table [][2]string) map[string]string {
	out := make(map[string]string, len(table))
	for _, row := range table {
		out[row[0]] = row[1]
	}
	return out
}
