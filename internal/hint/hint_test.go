package hint

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

const (
	lost          = "start again: oauthctl login"
	checkID       = "check --client-id and the method registered for the client"
	allowedScopes = "ask for scopes that the provider and the client's registration allow: --scope"
	wrongSecret   = "copy the secret again, complete and without blanks around it: that of this client, in this tenant or realm"
	unknownClient = "check --client-id, and that --issuer is the tenant or realm in which the client is registered"
	checkAll      = "check --client-id, the secret (complete, without blanks around it) and the method registered for the client"
	loopURI       = "http://127.0.0.1:41234/callback"
	entraURL      = "https://login.microsoftonline.com/0b1c/v2.0"
	realmURL      = "https://sso.example.com/realms/Main"
	encodings     = "the secret has characters that form-encoding changes (such as + : % /)"
)

func TestFor(t *testing.T) {
	tests := []struct {
		name    string
		answer  problem.Answer
		context Context
		want    []string
	}{
		{
			"basic, where post is advertised too, and a secret that encoding changes",
			problem.Answer{Error: "invalid_client", Status: 401},
			Context{AuthMethod: basic, AuthMethods: []string{"private_key_jwt", basic, post}, SecretEncoding: Changed},
			[]string{
				checkAll, "client_secret_basic was used; also advertised: private_key_jwt, client_secret_post; try --auth-method client_secret_post",
				encodings + ": for a server that does not decode them try --basic-encoding raw",
			},
		},
		{
			"basic, where it is not advertised",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: basic, AuthMethods: []string{post}},
			[]string{"client_secret_basic was used, which is not among those advertised (client_secret_post): try --auth-method client_secret_post", checkAll},
		},
		{
			"a certificate, which a secret does not replace",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: "tls_client_auth", AuthMethods: []string{"none", basic, "tls_client_auth"}},
			[]string{
				"check --client-id, the certificate (--cert) and the method registered for the client",
				"tls_client_auth was used; also advertised: none, client_secret_basic",
			},
		},
		{
			"a key",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: "private_key_jwt", AuthMethods: []string{basic, "private_key_jwt"}},
			[]string{
				"check --client-id, the key (its kid and alg too) and the method registered for the client",
				"private_key_jwt was used; also advertised: client_secret_basic",
			},
		},
		{
			"raw basic",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: basic, AuthMethods: []string{basic}, SecretEncoding: Changed, BasicEncoding: "raw"},
			[]string{
				checkAll, "client_secret_basic was used: the client may be registered for the other: try --auth-method client_secret_post",
				encodings + ", and was sent raw: try --basic-encoding form",
			},
		},
		{
			"no secret",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: "none"},
			[]string{checkID, "no secret was sent: a client that has one needs --client-secret-file FILE"},
		},
		{
			"no secret, where several ways to prove one are advertised",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: "none", AuthMethods: []string{basic, post, keyJWT, "self_signed_tls_client_auth", "none"}},
			[]string{
				checkID, "no secret was sent: a client that has one needs --client-secret-file FILE, one with a key --client-key FILE, " +
					"one with a certificate --cert FILE --key FILE",
			},
		},
		{
			"a secret, where public clients are advertised too",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: basic, AuthMethods: []string{basic, post, "none"}},
			[]string{
				checkAll,
				"client_secret_basic was used; also advertised: client_secret_post, none; try --auth-method client_secret_post, or for a public client --auth-method none",
			},
		},
		{
			"nothing known of the request", problem.Answer{Error: "invalid_client"}, Context{}, []string{checkAll},
		},
		{
			"the assertion's audience",
			problem.Answer{Error: "invalid_client", Description: "Invalid JWT audience"},
			Context{AuthMethod: "private_key_jwt", Issuer: "https://id.example.com", AssertionAudience: "https://id.example.com"},
			[]string{
				"name the audience that the server wants: --assertion-audience issuer, token, endpoint or a URL",
				"the assertion's aud was the issuer, https://id.example.com: try --assertion-audience token",
			},
		},
		{
			"the assertion's audience, in the words of a server that spells parameters",
			problem.Answer{Error: "invalid_client", Description: "client_assertion is refused: its aud is 'https://id.example.com'; send 'https://id.example.com/token'"},
			Context{AuthMethod: "private_key_jwt", Issuer: "https://id.example.com"},
			[]string{
				"name the audience that the server wants: --assertion-audience issuer, token, endpoint or a URL",
				"the assertion's aud was the issuer, https://id.example.com: try --assertion-audience token",
			},
		},
		{
			"the assertion's audience, which was the token endpoint",
			problem.Answer{Error: "invalid_client", Description: "client_assertion is refused: its jti was used before"},
			Context{AuthMethod: "private_key_jwt", Issuer: "https://id.example.com", AssertionAudience: "token"},
			[]string{
				"check that the key is registered for the client with its kid and alg, and that this clock is right",
				"the assertion's aud was the token endpoint: try --assertion-audience issuer",
			},
		},
		{
			"a refused assertion, where no issuer is known",
			problem.Answer{Error: "invalid_client", Description: "Invalid assertion"},
			Context{AuthMethod: "client_secret_jwt", AssertionAudience: "https://id.example.com/t"},
			[]string{
				"check that the key is registered for the client with its kid and alg, and that this clock is right",
				"the assertion's aud was https://id.example.com/t",
			},
		},
		{
			"a client that is called after its method",
			problem.Answer{Error: "invalid_client", Description: "client 'web-secret-jwt' does not authenticate by client_secret_basic"},
			Context{AuthMethod: basic, ClientID: "web-secret-jwt"},
			[]string{checkAll, "client_secret_basic was used: the client may be registered for the other: try --auth-method client_secret_post"},
		},
		{
			"a secret, where the server wants an assertion",
			problem.Answer{Error: "invalid_client", Description: "client_assertion is missing"},
			Context{AuthMethod: basic, AuthMethods: []string{"private_key_jwt"}},
			[]string{"client_secret_basic was used, which is not among those advertised (private_key_jwt): try --auth-method private_key_jwt", checkAll},
		},
		{
			"a client that is called jwt, and asserts",
			problem.Answer{Error: "invalid_client", Description: "client jwt is unknown"},
			Context{AuthMethod: "private_key_jwt", ClientID: "jwt", Issuer: "https://id.example.com"},
			[]string{unknownClient},
		},
		{
			"a client that may not revoke the token, which no grant mends",
			problem.Answer{Error: "unauthorized_client", Status: 400, Endpoint: "revocation"},
			Context{ClientID: "cli"},
			[]string{"revoke it as the client that it was issued to: --client-id; oauthctl jwt decode FILE shows which, where the token is a JWT"},
		},
		{
			"a client that may not introspect",
			problem.Answer{Error: "unauthorized_client", Status: 403, Endpoint: "introspection"},
			Context{ClientID: "cli"},
			[]string{"ask as a client that may introspect, such as that of the API: --client-id; or allow it to this one in the provider's settings"},
		},
		{
			"a client that may not use a grant, by the device authorization endpoint",
			problem.Answer{Error: "unauthorized_client", Status: 400, Endpoint: "device"},
			Context{Grant: grantDevice},
			[]string{
				"enable the device grant (urn:ietf:params:oauth:grant-type:device_code) for this client, in the provider's settings",
			},
		},
		{
			"a token that cannot be revoked",
			problem.Answer{Error: "unsupported_token_type", Status: 400, Endpoint: "revocation"},
			Context{},
			[]string{
				"this provider does not revoke tokens of this kind; revoking the refresh token ends the access tokens made from it, " +
					"and an access token ends by itself when it expires",
			},
		},
		{
			"a token that a provider of whom that is known does not revoke",
			problem.Answer{Error: "unsupported_token_type", Status: 400, Endpoint: "revocation"},
			Context{Provider: "limosa"},
			[]string{"the token is not revoked: ask the provider with oauthctl introspect, and let it expire or revoke it in the console"},
		},
		{
			"a secret that the server calls wrong, in a file with another line",
			problem.Answer{Error: "invalid_client", Description: "the secret of client 'web' is wrong", Endpoint: "token"},
			Context{AuthMethod: basic, AuthMethods: []string{basic, post}, ClientID: "web", SecretEncoding: Changed, SecretFlaw: "it has a flaw"},
			[]string{"it has a flaw", wrongSecret},
		},
		{
			"a secret that the server calls invalid, with characters that encoding changes",
			problem.Answer{Error: "unauthorized_client", Description: "Invalid client secret"},
			Context{AuthMethod: basic, SecretEncoding: Changed},
			[]string{wrongSecret, encodings + ": for a server that does not decode them try --basic-encoding raw"},
		},
		{
			"a client that nobody knows",
			problem.Answer{Error: "invalid_client", Description: "no client 'svcc' is registered"},
			Context{AuthMethod: basic, ClientID: "svcc"},
			[]string{unknownClient},
		},
		{
			"a client that is registered for a key",
			problem.Answer{Error: "invalid_client", Description: "client 'web-jwt' authenticated by none, but is registered for private_key_jwt"},
			Context{AuthMethod: "none", ClientID: "web-jwt"},
			[]string{"the provider wants private_key_jwt of this client, and none was used: --auth-method private_key_jwt --client-key FILE"},
		},
		{
			"a client that is registered for a secret in the body",
			problem.Answer{Error: "invalid_client", Description: "client_secret_basic was used; use client_secret_post"},
			Context{AuthMethod: basic},
			[]string{"the provider wants client_secret_post of this client, and client_secret_basic was used: --auth-method client_secret_post --client-secret-file FILE"},
		},
		{
			"a client that is registered for a certificate",
			problem.Answer{Error: "unauthorized_client", Description: "Invalid client credentials: tls_client_auth"},
			Context{AuthMethod: post},
			[]string{"the provider wants tls_client_auth of this client, and client_secret_post was used: --auth-method tls_client_auth --cert FILE --key FILE"},
		},
		{
			"a server that names all the ways it knows",
			problem.Answer{Error: "invalid_client", Description: "use one of client_secret_basic, client_secret_post, private_key_jwt"},
			Context{AuthMethod: "none"},
			[]string{checkID, "no secret was sent: a client that has one needs --client-secret-file FILE"},
		},
		{
			"a secret of a client that has none",
			problem.Answer{Error: "invalid_client", Description: "client 'cli' is public and has no secret"},
			Context{AuthMethod: basic, ClientID: "cli"},
			[]string{"the client has no secret: leave it out, --auth-method none"},
		},
		{
			"a service account of a public client",
			problem.Answer{Error: "unauthorized_client", Description: "Public client not allowed to retrieve service account"},
			Context{AuthMethod: "none", Grant: grantClient},
			[]string{"use a client that has a secret or a key, or make this one confidential in the provider's settings"},
		},
		{
			"a client that was not accepted, in other words than the standard's",
			problem.Answer{Error: "unauthorized_client", Description: "Invalid client or Invalid client credentials"},
			Context{AuthMethod: post, Grant: grantClient},
			[]string{checkAll, "client_secret_post was used: the client may be registered for the other: try --auth-method client_secret_basic"},
		},
		{
			"a client that was not accepted, by a code of the server's own",
			problem.Answer{Error: "incorrect_client_credentials", Description: "The client_id and/or client_secret passed are incorrect."},
			Context{AuthMethod: keyJWT},
			[]string{"check --client-id, the key (its kid and alg too) and the method registered for the client"},
		},
		{
			"a header that a strict server cannot read, for what stands in the secret",
			problem.Answer{Error: "invalid_request", Description: "client_id and client_secret in the authorization header are not properly encoded"},
			Context{AuthMethod: basic, AuthMethods: []string{basic}, SecretFlaw: "it has a flaw", SecretEncoding: Changed},
			[]string{
				"it has a flaw", "check --client-id, the secret (complete, without blanks around it)",
			},
		},
		{
			"a header that a strict server cannot read, as nothing in it is encoded",
			problem.Answer{Error: "invalid_request", Description: "client_id and client_secret in the authorization header are not properly encoded"},
			Context{AuthMethod: basic, BasicEncoding: "raw", SecretEncoding: Changed},
			[]string{"check --client-id, the secret (complete, without blanks around it)", encodings + ", and was sent raw: try --basic-encoding form"},
		},
		{
			"a secret that is not encoded as the server wants it",
			problem.Answer{Error: "invalid_client", Description: "the secret inside Basic is not form-encoded"},
			Context{AuthMethod: basic, BasicEncoding: "raw", SecretEncoding: Changed},
			[]string{"check --client-id, the secret (complete, without blanks around it)", encodings + ", and was sent raw: try --basic-encoding form"},
		},
		{
			"a secret that the server misses",
			problem.Answer{Error: "invalid_request", Description: "client_secret is required"},
			Context{AuthMethod: "none", Grant: grantCode},
			[]string{"check --client-id", "no secret was sent: a client that has one needs --client-secret-file FILE"},
		},
		{
			"a client without a secret that acts for itself",
			problem.Answer{Error: "invalid_client"},
			Context{AuthMethod: "none", Grant: grantClient},
			[]string{"no secret was sent: a client that has one needs --client-secret-file FILE", checkID},
		},
		{
			"a client that may not use the grant, where the server calls that an invalid request",
			problem.Answer{Error: "invalid_request", Description: "requested grant type is not allowed for this client", Endpoint: "token"},
			Context{Grant: grantClient, GrantTypes: []string{grantClient}, ClientID: "web"},
			[]string{"enable the client credentials grant (client_credentials) for this client, web, in the provider's settings"},
		},
		{
			"a grant of which nothing is known",
			problem.Answer{Error: "unauthorized_client"},
			Context{},
			[]string{"enable the grant for the client in the provider's settings"},
		},
		{
			"a certificate that did not come",
			problem.Answer{Error: "invalid_request", Description: "tokens are bound to its certificate, but no client certificate came", Endpoint: "token"},
			Context{},
			[]string{"give the client's certificate: --cert FILE --key FILE"},
		},
		{
			"a certificate that is not the registered one",
			problem.Answer{Error: "invalid_client", Description: "the certificate is for another subject"},
			Context{AuthMethod: "tls_client_auth"},
			[]string{"give the whole chain with --cert and --key, and compare its subject and SAN with the registration"},
		},
		{
			"an assertion of another client",
			problem.Answer{Error: "invalid_request", Description: "client_id is '', but the iss of the assertion is another", Endpoint: "token"},
			Context{Grant: grantJWT},
			[]string{ofAssertion},
		},
		{
			"an audience that must be named",
			problem.Answer{Error: "invalid_request", Description: "audience is required"},
			Context{},
			[]string{"name the API as the provider's documentation does: --audience NAME or --resource URL", "no --audience or --resource was sent"},
		},
		{
			"a scope that must be named",
			problem.Answer{Error: "invalid_request", Description: "The scope parameter is required"},
			Context{Grant: grantClient},
			[]string{allowedScopes},
		},
		{
			"a prompt that nobody knows",
			problem.Answer{Error: "invalid_request", Description: "unsupported prompt value requested", Endpoint: "authorization"},
			Context{},
			[]string{"check --prompt: the common ones are none, login, consent and select_account"},
		},
		{
			"a request that must be pushed",
			problem.Answer{Error: "invalid_request", Description: "Pushed Authorization Request must be used", Endpoint: "authorization"},
			Context{},
			[]string{"push the request: --par always"},
		},
		{
			"a refresh that asks for more",
			problem.Answer{Error: "invalid_scope"},
			Context{Grant: grantRefresh, Scopes: []string{"openid", "api:write"}},
			[]string{"asked for: openid api:write", "a refresh gives no more than was granted; sign in for more: oauthctl login -s 'openid api:write'"},
		},
		{
			"a service account that is off",
			problem.Answer{Error: "unauthorized_client", Description: "Client not enabled to retrieve service account"},
			Context{AuthMethod: basic, Grant: grantClient},
			[]string{"enable the client credentials grant (client_credentials) for this client, in the provider's settings"},
		},
		{
			"a scope that is misspelt",
			problem.Answer{Error: "invalid_scope"},
			Context{Scopes: []string{"openid", "api:reed"}, ScopesSupported: []string{"openid", "api:read"}},
			[]string{"not in scopes_supported: api:reed; that list may be incomplete; did you mean api:read?", allowedScopes},
		},
		{
			"a login that asks for nothing",
			problem.Answer{Error: "access_denied"},
			Context{Grant: grantCode},
			[]string{
				"no scope was asked for, and some providers then have nothing to grant: -s openid",
				"try again, with --prompt consent or another account; an administrator may have to assign the user to the application",
			},
		},
		{
			"a login that asks for a list",
			problem.Answer{Error: "invalid_scope"},
			Context{Scopes: []string{`["openid","email"]`}, ScopesSupported: []string{"openid"}},
			[]string{"scopes are separated by spaces, without commas, quotation marks and brackets: -s 'openid email'", allowedScopes},
		},
		{
			"a login that asks for a scope with commas",
			problem.Answer{Error: "access_denied"},
			Context{Grant: grantDevice, Scopes: []string{"openid,email"}},
			[]string{
				"scopes are separated by spaces, without commas, quotation marks and brackets: -s 'openid email'",
				"try again, with another account; an administrator may have to assign the user to the application",
			},
		},
		{
			"a user or a password that is wrong",
			problem.Answer{Error: "invalid_grant", Description: "bad credentials"},
			Context{Grant: grantPassword},
			[]string{"check --username and the password (complete, without blanks around it); a user who must do more than that signs in by oauthctl login"},
		},
		{
			"a subject token that is not good",
			problem.Answer{Error: "invalid_grant"},
			Context{Grant: grantExchange},
			[]string{"check the subject token: of this provider, for this client, not expired, not revoked: oauthctl jwt decode FILE"},
		},
		{
			"a client that must bind its tokens, where the server does not say so",
			problem.Answer{Error: "invalid_grant", Description: "grant request is invalid"},
			Context{Grant: grantClient, DPoPAlgorithms: []string{"ES256"}},
			[]string{"the provider does not give this client what was asked for: compare with how the client is registered; if its tokens are bound to a key: --dpop"},
		},
		{
			"a client that binds its tokens",
			problem.Answer{Error: "invalid_grant", Description: "grant request is invalid"},
			Context{Grant: grantClient, DPoP: true, DPoPAlgorithms: []string{"ES256"}},
			[]string{"the provider does not give this client what was asked for: compare with how the client is registered"},
		},
		{
			"a request that nobody decided",
			problem.Answer{Error: "invalid_grant"},
			Context{Grant: grantCIBA},
			[]string{"start again: oauthctl token ciba"},
		},
		{
			"a token that is not introspected",
			problem.Answer{Error: "unsupported_token_type", Endpoint: "introspection"},
			Context{},
			[]string{"this provider tells nothing of tokens of this kind; what is a JWT is judged without asking it: oauthctl jwt verify"},
		},
		{
			"an error where nothing is known of it",
			problem.Answer{Error: "invalid_grant", Status: 400, Endpoint: "revocation"},
			Context{},
			[]string{""},
		},
		{
			"a person who declined in the browser",
			problem.Answer{Error: "access_denied"},
			Context{Grant: grantCode, Scopes: []string{"openid"}},
			[]string{"try again, with --prompt consent or another account; an administrator may have to assign the user to the application"},
		},
		{
			"a person who declined on another device",
			problem.Answer{Error: "access_denied", Status: 400},
			Context{Grant: grantDevice},
			[]string{"try again, with another account; an administrator may have to assign the user to the application"},
		},
		{
			"a device code that is not good any more",
			problem.Answer{Error: "invalid_grant", Status: 400},
			Context{Grant: grantDevice},
			[]string{"start again: oauthctl token device"},
		},
		{
			"scopes beyond those supported",
			problem.Answer{Error: "invalid_scope"},
			Context{Scopes: []string{"openid", "admin", "a\x1bb"}, ScopesSupported: []string{"openid", "email"}},
			[]string{
				`not in scopes_supported: admin, a\x1bb; that list may be incomplete`,
				"ask for scopes that the provider and the client's registration allow: --scope",
			},
		},
		{
			"scopes with commas",
			problem.Answer{Error: "invalid_scope"},
			Context{Scopes: []string{"openid,email"}},
			[]string{
				"scopes are separated by spaces, without commas, quotation marks and brackets: -s 'openid email'",
				"ask for scopes that the provider and the client's registration allow: --scope",
			},
		},
		{
			"the checklist of a code",
			problem.Answer{Error: "invalid_grant"},
			Context{
				Grant: grantCode, RedirectURI: loopURI, CodeAge: 1234 * time.Millisecond, PKCE: "S256", ClientID: "web",
				Command: "oauthctl token auth-code",
			},
			[]string{
				"check, in this order:",
				"- the redirect URI, the same in both requests and as registered: " + loopURI,
				"- the code's age, 1.2s when it was sent: many servers give it a minute",
				"- that the code was not used before: a page that is loaded again sends it again",
				"- the verifier, which belongs to this login only; PKCE S256 was sent",
				"- that both requests name the same client, web",
				"start again: oauthctl token auth-code",
			},
		},
		{
			"a refresh token",
			problem.Answer{Error: "invalid_grant"},
			Context{Grant: grantRefresh, ClientID: "web"},
			[]string{
				"check that the refresh token is the newest one (many servers replace it at each use), and that it was issued to this client, web", lost,
			},
		},
		{
			"PKCE wanted and not sent",
			problem.Answer{Error: "invalid_request", Description: "Missing parameter: code_challenge_method"},
			Context{RedirectURI: loopURI, PKCEMethods: []string{"S256", "plain"}},
			[]string{"send PKCE with S256: --pkce S256 (the default)", "no code_challenge was sent; the provider advertises S256, plain: try --pkce S256"},
		},
		{
			"PKCE by another method",
			problem.Answer{Error: "invalid_request", Description: "bad code challenge method"},
			Context{PKCE: "plain", PKCEMethods: []string{"S256"}},
			[]string{"send PKCE with S256: --pkce S256 (the default)", "PKCE plain was sent; the provider advertises S256: try --pkce S256"},
		},
		{
			"a grant that Keycloak has switched off",
			problem.Answer{Error: "unauthorized_client", Description: "Client not allowed."},
			Context{Issuer: realmURL, Grant: grantExchange},
			[]string{
				`the token exchange grant is enabled by "Standard token exchange" in the client's Capability config`,
			},
		},
		{
			"a grant that is not advertised",
			problem.Answer{Error: "unsupported_grant_type"},
			Context{Grant: grantClient, GrantTypes: []string{grantCode, grantRefresh}, ClientID: "job"},
			[]string{
				"client_credentials is not in grant_types_supported: authorization_code, refresh_token",
				"enable the client credentials grant (client_credentials) for this client, job, in the provider's settings",
			},
		},
		{
			"a grant that has a replacement",
			problem.Answer{Error: "unsupported_grant_type"},
			Context{Grant: grantPassword, GrantTypes: []string{grantCode}},
			[]string{
				"password is not in grant_types_supported: authorization_code",
				"use the authorization code with PKCE instead: oauthctl login",
			},
		},
		{
			"TraffiTech has no password grant",
			problem.Answer{Error: "unsupported_grant_type"},
			Context{Provider: "traffitech", Grant: grantPassword},
			[]string{
				"use the authorization code with PKCE: oauthctl login; a machine uses: oauthctl token client-credentials",
			},
		},
		{
			"ActivePlatform is Keycloak",
			problem.Answer{Error: "unauthorized_client", Description: "Client not allowed."},
			Context{Issuer: "https://acme-auth.omni.manh.com/auth/realms/maactive", Grant: grantExchange},
			[]string{
				`the token exchange grant is enabled by "Standard token exchange" in the client's Capability config`,
			},
		},
		{
			"ActivePlatform after a migration",
			problem.Answer{Error: "unauthorized_client", Description: "Invalid client or Invalid client credentials"},
			Context{Provider: "activeplatform", AuthMethod: "none"},
			[]string{
				"copy the secret from the client's Credentials tab; after a migration enter it there again",
				"no secret was sent: a client that has one needs --client-secret-file FILE",
			},
		},
		{
			"ActivePlatform, and a grant whose name has credentials in it",
			problem.Answer{Error: "unauthorized_client", Description: "client 'web' may not use client_credentials"},
			Context{Provider: "activeplatform", Grant: grantClient, AuthMethod: basic},
			[]string{`the client credentials grant is enabled by "Client authentication" and "Service accounts roles" in the client's Capability config`},
		},
		{
			"a request that lacks something, of a grant whose name has credentials in it",
			problem.Answer{Error: "invalid_request", Description: "client_credentials needs a scope"},
			Context{Grant: grantClient, AuthMethod: basic},
			[]string{allowedScopes},
		},
		{
			"cidaas wants web origins",
			problem.Answer{Error: "invalid_request", Description: "AUTH10043: origin not allowed", Status: 403},
			Context{Issuer: "https://acme.cidaas.eu"},
			[]string{"add the origin of the redirect URI (scheme, host and port, no path) to the app's allowed web origins"},
		},
		{
			"Limosa does not revoke",
			problem.Answer{Error: "unsupported_token_type", Status: 400},
			Context{Issuer: "https://login.example.limosa.io"},
			[]string{"the token is not revoked: ask the provider with oauthctl introspect, and let it expire or revoke it in the console"},
		},
		{
			"a response mode that is not advertised",
			problem.Answer{Error: "unsupported_response_mode"},
			Context{ResponseMode: "form_post", ResponseModes: []string{"query"}},
			[]string{
				"the response mode form_post is not among those advertised (query): try --response-mode query",
				"use --response-mode query or form_post",
			},
		},
		{
			"Entra by its number, on an unknown host",
			problem.Answer{Error: "invalid_request", Description: "AADSTS50011: The redirect URI is wrong", Status: 400},
			Context{Issuer: "https://id.example.com", RedirectURI: loopURI, AnyPort: true},
			[]string{
				`register it under Authentication: http://localhost takes any port under "Mobile and desktop applications", 127.0.0.1 only through the manifest`,
				"sent: " + loopURI + ", with another port at each login",
				"register http://127.0.0.1/callback where the provider lets its port be any; else register one port, and use it: --redirect-uri http://127.0.0.1:8400/callback",
				"127.0.0.1 and localhost are different there, and so are addresses with and without a slash at the end",
			},
		},
		{
			"Entra: a longer number is another error",
			problem.Answer{Error: "invalid_client", Description: "AADSTS7000222: expired"},
			Context{Issuer: entraURL, AuthMethod: post},
			[]string{"create a new secret, or use a key: --client-key FILE"},
		},
		{
			"Entra: the client's id stands in the cure",
			problem.Answer{Error: "invalid_grant", Description: "AADSTS65001: no consent"},
			Context{Issuer: entraURL, ClientID: "web"},
			[]string{"consent once: oauthctl login --prompt consent; or an administrator opens /{tenant}/adminconsent?client_id=web"},
		},
		{
			"a provider's row goes before the shared ones",
			problem.Answer{Error: "invalid_grant", Description: "Bad Request"},
			Context{Issuer: "https://accounts.google.com"},
			[]string{"start again; an application in Testing gets refresh tokens for 7 days, and an account keeps 100 a client"},
		},
		{"an error that nobody knows", problem.Answer{Error: "teapot"}, Context{}, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := For(&problem.Error{Kind: problem.Provider, Answer: &tt.answer}, tt.context)
			if diff := cmp.Diff(tt.want, strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForWithoutAnAnswer(t *testing.T) {
	tests := []struct {
		err  *problem.Error
		want string
	}{
		{nil, ""},
		{&problem.Error{Code: "network.tls"}, "trust its CA: --cacert FILE"},
		{&problem.Error{Code: "network.tls", Hint: "its own"}, "its own"},
		{&problem.Error{Code: "unheard.of"}, ""},
	}
	for _, tt := range tests {
		if got := For(tt.err, Context{}); got != tt.want {
			t.Errorf("For(%+v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestWhileWaiting(t *testing.T) {
	const usual = "the usual causes are a redirect URI that is not registered, and a wrong --client-id"
	const slash = "\n127.0.0.1 and localhost are different there, and so are addresses with and without a slash at the end"
	registered := "\nsent: " + loopURI + " (register this string)"
	sent := "\nsent: " + loopURI + ", with another port at each login"
	tests := []struct {
		issuer, uri string
		anyPort     bool
		want        string
	}{
		{"", "", false, ""},
		{"", "https://app.example.com/cb", false, "\nsent: https://app.example.com/cb (register this string)"},
		{"", loopURI, false, registered + slash},
		{"", loopURI, true, sent + "\nregister http://127.0.0.1/callback where the provider lets its port be any; else register one port, and use it: --redirect-uri http://127.0.0.1:8400/callback" + slash},
		{"https://x.auth0.com/", loopURI, true, sent + "\nthe port must be the registered one: --redirect-uri http://127.0.0.1:8400/callback" + slash},
		{"https://x.auth0.com/", loopURI, false, registered + slash},
		{realmURL, "http://[::1]:9/cb", true, "\nsent: http://[::1]:9/cb, with another port at each login\nregistered without its port, as http://[::1]/cb, it fits any port" + slash},
		{entraURL, loopURI, true, sent + "\n" + `or register http://localhost under "Mobile and desktop applications", where the port is free, and use --redirect-uri http://localhost:0`},
		{"https://accounts.google.com", loopURI, true, sent + "\n" + `a client of type "Desktop app" takes any loopback port without registration`},
		{"https://github.com", loopURI, true, sent + "\nthe port of a loopback address is free: register http://127.0.0.1/callback" + slash},
	}
	for _, tt := range tests {
		c := Context{Issuer: tt.issuer, RedirectURI: tt.uri, AnyPort: tt.anyPort}
		if diff := cmp.Diff("if the browser shows an error page, "+usual+tt.want, WhileWaiting(c)); diff != "" {
			t.Errorf("%s %s: %s", tt.issuer, tt.uri, diff)
		}
		if diff := cmp.Diff("if the browser showed an error page, "+usual+tt.want+"\nif it showed none, finish the login there; --wait 10m gives more time", NobodyCame(c)); diff != "" {
			t.Errorf("%s %s: %s", tt.issuer, tt.uri, diff)
		}
	}
}

func TestNoRefreshToken(t *testing.T) {
	tests := []struct {
		context Context
		want    string
	}{
		{Context{}, "ask for it: --scope offline_access"},
		{Context{Scopes: []string{"openid", "email"}}, "ask for it: --scope 'openid email offline_access'"},
		{Context{Grant: grantClient}, "client credentials never give one: ask for a new access token in the same way"},
		{Context{Grant: grantImplicit}, "the implicit grant never gives one: oauthctl login"},
		{Context{Scopes: []string{"offline_access"}}, "offline_access was asked for: try --prompt consent, and enable the refresh token grant for the client"},
		{Context{Scopes: []string{"offline_access"}, Prompt: "login consent"}, "offline_access was asked for: enable the refresh token grant for the client"},
		{Context{Scopes: []string{"offline_access"}, Grant: grantDevice}, "offline_access was asked for: enable the refresh token grant for the client"},
		{Context{ScopesSupported: []string{"openid"}}, "enable the refresh token grant for the client: this provider does not list the scope offline_access"},
		{Context{Provider: "google"}, "google gives one for --auth-param access_type=offline --auth-param prompt=consent"},
	}
	for _, tt := range tests {
		if got := NoRefreshToken(tt.context); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.context, got, tt.want)
		}
	}
}

func TestProviderOf(t *testing.T) {
	for address, want := range map[string]string{
		entraURL: "entra-id", realmURL: "keycloak", "https://accounts.google.com": "google", "https://a.eu.auth0.com/": "auth0",
		"https://a.okta.com/oauth2/default": "okta", "https://github.com/login/oauth": "github",
		"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a": "cognito", "https://a.auth.eu-west-1.amazoncognito.com": "cognito",
		"https://notgithub.com": "", "https://auth0.com.example.com": "", "": "", "://": "",
	} {
		if got := providerOf(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestEncodingOf(t *testing.T) {
	for value, want := range map[string]Encoding{"Abc-123_~.": Unchanged, "a+b": Changed, "a b": Changed, "a/b": Changed, "a%": Changed, "a:b": Changed, "": Unchanged} {
		if got := EncodingOf(secret.New(value)); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestWithoutName(t *testing.T) {
	for _, tt := range []struct{ words, id, want string }{
		{"client 'jwt' is unknown", "jwt", "client '' is unknown"},
		{"jwt jwt", "jwt", " "},
		{"a jwt of jwts by client_jwt", "jwt", "a  of jwts by client_jwt"},
		{"audience", "a", "audience"},
		{"", "a", ""},
		{"aud", "", "aud"},
		{"client=a/b.c", "a/b.c", "client="},
	} {
		if got := withoutName(tt.words, tt.id); got != tt.want {
			t.Errorf("%q without %q: got %q, want %q", tt.words, tt.id, got, tt.want)
		}
	}
}

// Every row is whole: its pattern compiles, its topic exists, its sentences follow the style of a hint.
func TestRows(t *testing.T) {
	topics := []string{"", "asked", "secret", "client", "assertion", "redirect", "pkce", "code", "grant", "scope", "target", "response_mode", "response_type"}
	check := func(t *testing.T, what, cause, fix string) {
		t.Helper()
		for _, s := range []string{cause, fix} {
			if s == "" || strings.HasSuffix(s, ".") || strings.Contains(s, "\n") {
				t.Errorf("%s: %q is no hint", what, s)
			}
		}
		if placeholders := regexp.MustCompile(`\{[a-z_]+\}`).FindString(strings.NewReplacer("{client_id}", "", "{again}", "", "{anew}", "", "{proof}", "", "{scopes}", "", "{tenant}", "").Replace(fix)); placeholders != "" {
			t.Errorf("%s: %s stands for nothing", what, placeholders)
		}
	}
	for _, table := range tables() {
		provider := table.provider
		if len(table.rows) == 0 {
			t.Errorf("%s has no rows", provider)
		}
		for _, r := range table.rows {
			if _, err := regexp.Compile(r.pattern); err != nil {
				t.Errorf("%s: %v", provider, err)
			}
			if !strings.Contains(" "+strings.Join(topics, " ")+" ", " "+r.topic+" ") {
				t.Errorf("%s %s: no such topic: %s", provider, r.codes, r.topic)
			}
			if r.codes == "" && r.pattern == "" {
				t.Errorf("%s: a row fits everything: %+v", provider, r)
			}
			check(t, provider+" "+r.codes+" "+r.pattern, r.cause, r.fix)
		}
	}
	for _, f := range findings {
		check(t, f.code, f.cause, f.fix)
	}
}

func TestFlawOf(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "s3cret": "", "in side": "", "\ufeffs3cret": "a byte order mark at its beginning", "\xff\xfes\x003\x00": "UTF-16 in place of UTF-8",
		" s3cret": "white space around the secret", "s3cret\n": "white space around the secret",
		"s3\ncret": "line breaks", "s3crét": "", `"s3cret"`: "quotation marks", "'s3cret'": "quotation marks", `"s3cret'`: "", `"`: "",
		"${SECRET}": "the name of a variable", "$SECRET": "the name of a variable", "{{ .secret }}": "the name of a variable", "%SECRET%": "the name of a variable",
		"$ecret!": "", "a${b}": "", "$": "", "%": "",
		"CLIENT_SECRET=s3cret": "a name and =", "export SECRET=s3cret": "a name and =", "SECRET=": "", "s3=cret=": "",
	} {
		if got := FlawOf(secret.New(value)); want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "s3") {
			t.Errorf("%q: %q, want %q in it", value, got, want)
		}
	}
}

// TestCommandsAreQuoted: what a provider advertises stands in commands that people copy, and must be one word of a shell.
func TestCommandsAreQuoted(t *testing.T) {
	const evil = "x;id"
	unquoted := regexp.MustCompile(`-[a-z-]*[ =]` + evil)
	seen := false
	for _, code := range []string{
		"invalid_client", "unauthorized_client", "invalid_grant", "invalid_scope", "invalid_request", "unsupported_response_type", "unsupported_response_mode",
		"unsupported_grant_type", "invalid_target", "invalid_dpop_proof", "access_denied", "server_error",
	} {
		for _, grant := range []string{"authorization_code", "refresh_token", grantClient} {
			for _, used := range []string{"", "none", basic, "private_key_jwt"} {
				h := For(&problem.Error{Answer: &problem.Answer{Error: code, Status: 400}}, Context{
					Grant: grant, AuthMethod: used, AuthMethods: []string{evil}, Scopes: []string{evil, "a,b"}, ScopesSupported: []string{evil}, GrantTypes: []string{evil},
					RedirectURI: loopURI, PKCE: "plain", PKCEMethods: []string{evil}, ResponseMode: "form_post", ResponseModes: []string{evil},
					ResponseType: "code", ResponseTypes: []string{evil}, DPoP: true, DPoPAlgorithms: []string{evil},
				})
				seen = seen || strings.Contains(h, "'"+evil+"'")
				if unquoted.MatchString(h) {
					t.Errorf("%s, %s, %s: %s", code, grant, used, h)
				}
			}
		}
	}
	if !seen {
		t.Error("nothing was quoted: the test shows nothing")
	}
}
