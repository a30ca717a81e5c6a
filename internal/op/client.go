package op

import (
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// The grants, and how clients authenticate.
const (
	grantCode        = "authorization_code"
	grantImplicit    = "implicit"
	grantRefresh     = "refresh_token"
	grantCredentials = "client_credentials"
	grantPassword    = "password"
	grantDevice      = "urn:ietf:params:oauth:grant-type:device_code"
	grantCIBA        = "urn:openid:params:grant-type:ciba"
	grantExchange    = "urn:ietf:params:oauth:grant-type:token-exchange"
	grantJWTBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"

	authNone       = "none"
	authBasic      = "client_secret_basic"
	authPost       = "client_secret_post"
	authSecretJWT  = "client_secret_jwt"
	authPrivateKey = "private_key_jwt"
	authTLS        = "tls_client_auth"
	authSelfSigned = "self_signed_tls_client_auth"
)

// Client is a registered client. Every field but ID may be left out.
type Client struct {
	ID, Name string
	Secret   secret.Secret
	// AuthMethod is how the client authenticates; empty goes by what it has: a secret means client_secret_basic or
	// client_secret_post, whichever it uses; else Keys mean private_key_jwt, a TLSSubject tls_client_auth, and
	// nothing none.
	AuthMethod string
	// Keys are public keys: a JWK set, one JWK, or PEM. They verify the assertions of private_key_jwt and of the grant
	// jwt-bearer, unless their use is enc: tokens for the client are encrypted to those; with self_signed_tls_client_auth
	// they are certificates, in PEM or as x5c (RFC 8705 §2.2).
	Keys string
	// TLSSubject is the distinguished name in the certificate of tls_client_auth, as RFC 4514 writes it.
	TLSSubject string
	// GrantTypes are those of token requests, and "implicit" for tokens from the authorization endpoint.
	GrantTypes []string
	// RedirectURIs are compared exactly; on 127.0.0.1 and [::1] any port matches (RFC 8252 §7.3), and on localhost
	// where the registration names no port. One that ends in * matches what begins with the rest.
	RedirectURIs []string
	// PostLogoutRedirectURIs are compared likewise (OpenID Connect RP-Initiated Logout §3.1).
	PostLogoutRedirectURIs []string
	// Scopes are all that the client may have.
	Scopes []string
	// IDTokenAlg, AccessTokenAlg and UserInfoAlg sign; the first two default to RS256, and userinfo is plain JSON
	// unless it names an algorithm. An access token by HS* is signed with a secret that nobody but the provider has.
	IDTokenAlg, AccessTokenAlg, UserInfoAlg jose.Algorithm
	// IntrospectionAlg signs the introspection answers that the client asks for as JWTs, by default with RS256 (RFC 9701).
	IntrospectionAlg jose.Algorithm
	// RequestObjectAlg is the one algorithm by which the client signs request objects; empty is any (OpenID Connect
	// Registration §2). RequireSignedRequest refuses its requests that are not signed (RFC 9101 §10.5).
	RequestObjectAlg     jose.Algorithm
	RequireSignedRequest bool
	// AuthorizationAlg signs authorization responses as JWTs, by default with RS256 (JARM §3).
	AuthorizationAlg jose.Algorithm
	// DetailTypes are the types of authorization details that the client may ask for; none means every one (RFC 9396 §10).
	DetailTypes []string
	// What is encrypted for the client, to a key of Keys with use enc (or without use), or with its secret: ID tokens,
	// userinfo, introspection answers as JWTs, and authorization responses as JWTs.
	IDTokenEncryption, UserInfoEncryption, IntrospectionEncryption, AuthorizationEncryption Encryption

	AccessToken TokenFormat
	Refresh     RefreshPolicy
	// Introspects and Revokes say which tokens the client may ask about and revoke.
	Introspects, Revokes Right
	// DPoPBound and CertificateBound refuse token requests without a DPoP proof (RFC 9449 §5.2) or without a client
	// certificate, to which the tokens are bound (RFC 8705 §3.4). A proof binds the tokens of every client.
	DPoPBound, CertificateBound bool
	// Lifetimes replace the provider's for AccessToken, IDToken and RefreshToken, where they are not zero.
	Lifetimes Lifetimes

	keys       registeredKeys // what is read from Keys
	registered *registered    // of a client that registered itself
}

// TokenFormat says what an access token is.
type TokenFormat int

// The formats.
const (
	FormatJWT    TokenFormat = iota // RFC 9068
	FormatOpaque                    // a random string: introspection alone says what it means
)

// RefreshPolicy says when a client gets a refresh token.
type RefreshPolicy int

// The policies.
const (
	RefreshOffline RefreshPolicy = iota // with the scope offline_access (OpenID Connect Core §11)
	RefreshAlways                       // whenever a person is there
)

// Right says which tokens a client may introspect or revoke.
type Right int

// The rights. A public client introspects nothing, whatever its right (RFC 7662 §2.1).
const (
	RightOwn  Right = iota // those it was given; introspection also those whose audience it is
	RightAny               // everybody's
	RightNone              // it is refused
)

// wrong is the error about a registration.
//
//go:noinline
func (c *Client) wrong(format string, args ...any) error {
	return problem.Usagef("serve.client", "client %q: "+format, append([]any{c.ID}, args...)...)
}

// knownMethods are all by which a client can be registered to authenticate.
var knownMethods = []string{authNone, authBasic, authPost, authSecretJWT, authPrivateKey, authTLS, authSelfSigned}

// byCertificate says whether a method is one of those in which the connection shows who the client is (RFC 8705 §2).
func byCertificate(method string) bool { return method == authTLS || method == authSelfSigned }

// needsSecret says whether the client authenticates by a secret.
func (c *Client) needsSecret() bool {
	return slices.Contains([]string{authBasic, authPost, authSecretJWT}, c.AuthMethod)
}

// check says what is wrong with a registration.
func (c *Client) check() error {
	switch {
	case !slices.Contains(knownMethods, c.authMethods()[0]):
		return c.wrong("unknown authentication method %q", c.AuthMethod)
	case c.needsSecret() && c.Secret.IsZero(), c.public() && !c.Secret.IsZero():
		return c.wrong("a secret and the method %q contradict each other", c.AuthMethod)
	case c.Keys == "" && (c.AuthMethod == authPrivateKey || c.AuthMethod == authSelfSigned):
		return c.wrong("the method %s needs keys", c.AuthMethod)
	case c.TLSSubject == "" && c.AuthMethod == authTLS:
		return c.wrong("the method %s needs a TLS subject", c.AuthMethod)
	}
	for _, confidential := range []struct{ grant, what string }{
		{grantCredentials, "use client credentials"},
		{grantCIBA, "have people asked by CIBA"},
		{grantExchange, "exchange tokens"},
	} {
		if c.public() && slices.Contains(c.GrantTypes, confidential.grant) {
			return c.wrong("a public client cannot %s", confidential.what)
		}
	}
	if err := c.checkRedirects(); err != nil {
		return err
	}
	return c.checkAlgorithms()
}

// checkRedirects wants addresses to send people to, where the client's grants send them anywhere.
func (c *Client) checkRedirects() error {
	if (slices.Contains(c.GrantTypes, grantCode) || slices.Contains(c.GrantTypes, grantImplicit)) && len(c.RedirectURIs) == 0 {
		return c.wrong("the code grant needs a redirect URI")
	}
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		u, err := url.Parse(strings.TrimSuffix(uri, "*"))
		if err != nil || u.Scheme == "" || strings.Contains(uri, "#") || u.User != nil {
			return c.wrong("redirect URI %q is no absolute URI without fragment", uri)
		}
		if strings.HasSuffix(uri, "*") && (u.Host == "" || u.Path == "") {
			return c.wrong("in %q the * must come after a host and a path", uri)
		}
	}
	return nil
}

func (c *Client) checkAlgorithms() error {
	for i, alg := range []jose.Algorithm{c.AccessTokenAlg, c.IDTokenAlg, c.UserInfoAlg, c.IntrospectionAlg} {
		symmetric := alg.Symmetric()
		if symmetric && i > 0 && c.Secret.IsZero() || !symmetric && alg != "" && keyFor[alg] == "" {
			return problem.Usagef("serve.client", "client %q cannot have tokens signed with %q", c.ID, alg)
		}
	}
	return nil
}

// allowed refuses a grant that the client may not use (RFC 6749 §5.2).
func (c *Client) allowed(grantType string) *refusal {
	if slices.Contains(c.GrantTypes, grantType) {
		return nil
	}
	return refused("unauthorized_client", "client '%s' may not use %s; it may use: %s", c.ID, grantType, strings.Join(c.GrantTypes, " "))
}

// public says that the client has nothing to authenticate with (RFC 6749 §2.1).
func (c *Client) public() bool { return c.authMethods()[0] == authNone }

// authMethods returns the methods by which the client may authenticate.
func (c *Client) authMethods() []string {
	switch {
	case c.AuthMethod != "":
		return []string{c.AuthMethod}
	case !c.Secret.IsZero():
		return []string{authBasic, authPost}
	case c.Keys != "":
		return []string{authPrivateKey}
	case c.TLSSubject != "":
		return []string{authTLS}
	}
	return []string{authNone}
}
