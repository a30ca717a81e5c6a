package hint

// keycloakRows are Keycloak's.
var keycloakRows = []row{
	{
		codes: "unauthorized_client", pattern: `(?i)client not enabled to retrieve service account`, topic: "grant",
		cause: "the client has no service account", fix: `switch on "Client authentication" and "Service accounts roles" in the client's settings`,
	},
	{
		codes: "invalid_client unauthorized_client", pattern: `(?i)invalid client (secret|credentials)|invalid client or invalid client credentials`, topic: "client",
		cause: "the secret or the method is wrong, the client is unknown, or it is public",
		fix:   "copy the secret from the client's Credentials tab, and check its Client Authenticator",
	},
	{
		codes: "invalid_request", pattern: `(?i)invalid parameter: redirect_uri`, topic: "redirect",
		cause: "the redirect URI is not valid for the client; also shown for an unknown client id",
		fix:   `add it to "Valid redirect URIs" of client {client_id}`,
	},
	{codes: "invalid_grant", pattern: `(?i)code not valid`, topic: "code", cause: "the code was used before, or is older than a minute", fix: "start again: {again}"},
	{
		codes: "invalid_grant", pattern: `(?i)incorrect redirect_uri`, topic: "redirect",
		cause: "the redirect URI of the token request differs", fix: "both requests must carry the same redirect URI",
	},
	{codes: "invalid_grant", pattern: `(?i)pkce verification failed`, topic: "pkce", cause: "the code verifier does not belong to the challenge", fix: "start again: one verifier belongs to one login"},
	{codes: "invalid_request", pattern: `(?i)missing parameter: code_challenge`, topic: "pkce", cause: "the client must use PKCE", fix: "use --pkce S256"},
	{codes: "invalid_grant", pattern: `(?i)account is not fully set up`, cause: "the user has required actions to do", fix: "do them in the browser: oauthctl login"},
	{
		codes: "invalid_grant", pattern: `(?i)token is not active|session not active|stale token|maximum allowed refresh token reuse`,
		cause: "the session expired, or the refresh token was replaced by a newer one", fix: "log in again: oauthctl login; --scope offline_access makes it last",
	},
	{codes: "invalid_scope", pattern: `(?i)invalid scopes`, topic: "scope", cause: "a scope is not assigned to the client", fix: `add it under "Client scopes" of the client`},
	{
		codes: "unauthorized_client", pattern: `(?i)client not allowed for direct access grants`,
		cause: "the password grant is off for the client", fix: `better: oauthctl login; else switch on "Direct access grants"`,
	},
	{
		codes: "unauthorized_client", pattern: `(?i)device authorization grant.*disabled|not allowed to initiate oauth 2\.0 device`,
		cause: "the device grant is off for the client", fix: `switch on "OAuth 2.0 Device Authorization Grant" in the client's settings`,
	},
	{pattern: `(?i)https required`, cause: "the realm refuses plain http", fix: `use https in --issuer, or change "Require SSL" of the realm`},
	{status: 404, pattern: `(?i)realm does not exist`, cause: "the realm's name or the base path is wrong", fix: "check the realm in --issuer, and whether the server stands under /auth"},
	{
		codes: "access_denied", pattern: `(?i)not allowed to (exchange|access)|client not allowed to exchange`,
		cause: "token exchange is off for the client", fix: `switch on "Standard token exchange"; the audience must stand in the subject token`,
	},
}

// googleRows are Google's.
var googleRows = []row{
	{
		codes: "redirect_uri_mismatch", topic: "redirect", cause: "the redirect URI is not registered for this Web client",
		fix: `create a client of type "Desktop app", which takes any loopback port, or add the exact URI to the Web client`,
	},
	{codes: "invalid_client", pattern: `(?i)The OAuth client was (not found|deleted)`, cause: "the client id is wrong, or the client was deleted", fix: "copy --client-id again from the Cloud console"},
	{codes: "invalid_client", pattern: `(?i)^unauthorized$`, topic: "client", cause: "the secret is wrong, or missing: desktop clients need theirs too", fix: "send the secret, also with PKCE: --client-secret-file FILE"},
	{
		codes: "invalid_grant", pattern: `(?i)^bad request$`, topic: "code", cause: "the code was used or expired, or the refresh token was revoked",
		fix: "start again; an application in Testing gets refresh tokens for 7 days, and an account keeps 100 a client",
	},
	{codes: "invalid_grant", pattern: `(?i)expired or revoked`, cause: "the refresh token was revoked: a new password, 6 months unused, or an application in Testing", fix: "log in again: oauthctl login; publish the consent screen"},
	{codes: "invalid_scope", pattern: `(?i)Invalid device flow scope`, topic: "scope", cause: "the device flow takes few scopes", fix: "use oauthctl login, or only openid, email, profile, drive.file"},
	{
		codes: "invalid_scope", pattern: `(?i)offline_access|Some requested scopes were invalid`, topic: "scope", cause: "a scope is unknown; Google does not know offline_access",
		fix: "instead of offline_access: --auth-param access_type=offline --auth-param prompt=consent",
	},
	{codes: "access_denied", pattern: `(?i)has not completed|verification|test users`, cause: "the application is in Testing, and the account is no test user", fix: "add the account as a test user, or publish the application"},
	{codes: "admin_policy_enforced", cause: "an administrator blocks the application or a scope", fix: "ask the Workspace administrator to trust the client id {client_id}"},
	{codes: "org_internal", cause: "the client is for one organisation only", fix: "use an account of that organisation, or set the user type to External"},
	{codes: "disallowed_useragent", cause: "the page was opened in an embedded view", fix: "open it in the system's browser"},
	{codes: "invalid_request", pattern: `(?i)out-of-band|oob`, cause: "the out-of-band redirect URI is blocked", fix: "leave --redirect-uri out: the default is on loopback"},
	{codes: "unauthorized_client", pattern: `(?i)Client is unauthorized to retrieve access tokens`, cause: "the service account may not act for this user or scope", fix: "add the client id and the scopes under Domain-wide delegation"},
	{codes: "deleted_client", cause: "the client was deleted", fix: "create a new client"},
}

// auth0Rows are Auth0's.
var auth0Rows = []row{
	{codes: "invalid_request", pattern: `(?i)unknown client`, cause: "no such client in this tenant", fix: "check --client-id, and tenant and region in --issuer"},
	{
		codes: "unauthorized_client", pattern: `(?i)callback url mismatch|not in the list of allowed callback urls`, topic: "redirect",
		cause: "the redirect URI is none of the Allowed Callback URLs", fix: "add it to Allowed Callback URLs, port included",
	},
	{codes: "access_denied", pattern: `(?i)^unauthorized$`, topic: "client", cause: "the client secret or the method is wrong", fix: "check the secret, and Authentication Methods of the application"},
	{codes: "access_denied", pattern: `(?i)service not found`, topic: "target", cause: "the audience is no API's identifier", fix: "give --audience exactly as the API's Identifier, its last slash included"},
	{codes: "access_denied", pattern: `(?i)client has not been granted scopes`, topic: "scope", cause: "the application lacks these scopes of the API", fix: "grant them under APIs > Machine to Machine Applications"},
	{codes: "access_denied", pattern: `(?i)client is not authorized to access`, topic: "target", cause: "the application is not authorized for this audience", fix: "authorize it under APIs > Machine to Machine Applications"},
	{codes: "unauthorized_client", pattern: `(?i)grant type .* not allowed for the client`, topic: "grant", cause: "the grant is off for the application", fix: "tick it under Advanced Settings > Grant Types"},
	{codes: "invalid_grant", pattern: `(?i)invalid authorization code`, topic: "code", cause: "the code was used, expired, or belongs to another redirect URI", fix: "start again: {again}"},
	{codes: "invalid_grant", pattern: `(?i)failed to verify code verifier`, topic: "pkce", cause: "the code verifier does not belong to the challenge", fix: "start again: one verifier belongs to one login"},
	{codes: "invalid_grant", pattern: `(?i)unknown or invalid refresh token`, cause: "the refresh token expired, or was replaced by a newer one", fix: "log in again: oauthctl login"},
	{codes: "mfa_required", cause: "a second factor is wanted", fix: "log in in the browser: oauthctl login"},
	{codes: "invalid_request", pattern: `(?i)parameter organization is required`, cause: "the application wants an organisation", fix: "name it: --auth-param organization=ORG_ID"},
}

// oktaRows are Okta's, of both its kinds of authorization server.
var oktaRows = []row{
	{codes: "invalid_scope", pattern: `(?i)custom scopes are not allowed`, topic: "scope", cause: "a scope of your own was asked from the organisation's server", fix: "use the custom server: --issuer https://DOMAIN/oauth2/default"},
	{codes: "invalid_client", pattern: `(?i)must use the private_key_jwt`, cause: "the organisation's server wants a signed assertion for client credentials", fix: "register a public key: --auth-method private_key_jwt --client-key FILE"},
	{codes: "invalid_request", pattern: `(?i)redirect_uri.*must be a Login redirect URI`, topic: "redirect", cause: "the redirect URI is none of the application's", fix: `add it to "Sign-in redirect URIs", port included`},
	{codes: "invalid_client", pattern: `(?i)client authentication`, topic: "client", cause: "the secret is wrong, or the method is not the application's", fix: "check the application's Client authentication; SPA and native ones use --auth-method none"},
	{codes: "access_denied", pattern: `(?i)not assigned to the client application`, cause: "the user is not assigned to the application", fix: "assign the user or a group"},
	{codes: "invalid_grant", pattern: `(?i)refresh token is invalid or expired`, cause: "the refresh token expired, or was replaced by a newer one", fix: "log in again: oauthctl login"},
	{codes: "unsupported_response_type", pattern: `(?i)response type is not supported`, topic: "response_type", cause: "the response type's grant is off for the application", fix: "tick the grant type in the application's General settings"},
	{
		codes: "access_denied", pattern: `(?i)policy evaluation failed|no_matching_policy`, topic: "grant", cause: "no access policy fits client, user, grant type and all scopes",
		fix: "assign a policy to the client, with a rule for the grant type and every scope; the System Log has no_matching_policy",
	},
	{codes: "invalid_scope", pattern: `(?i)not configured for the authorization server`, topic: "scope", cause: "the scope does not exist on this server", fix: "add it under Security > API > Scopes, or use the right server: --issuer"},
	{codes: "invalid_scope", pattern: `(?i)openid not allowed`, cause: "this exchange takes no OpenID scopes", fix: "ask for a scope of your own: --scope"},
	{codes: "invalid_scope", pattern: `(?i)default scopes`, cause: "no scope was sent, and the server has no default", fix: "name one: --scope SCOPE"},
}

// githubRows are GitHub's, which come with status 200.
var githubRows = []row{
	{codes: "bad_verification_code", topic: "code", cause: "the code is wrong, used, or older than 10 minutes", fix: "start again: {again}"},
	{codes: "incorrect_client_credentials", topic: "client", cause: "the client id or the secret is wrong", fix: "copy both again, or make a new secret"},
	{codes: "redirect_uri_mismatch", topic: "redirect", cause: "the redirect URI does not lie under the registered callback URL", fix: "host and path must fit the callback URL; a loopback port is free"},
	{codes: "unverified_user_email", cause: "the user has no verified primary e-mail address", fix: "verify the address at GitHub"},
	{codes: "application_suspended", cause: "the application is suspended", fix: "ask GitHub's support"},
	{codes: "device_flow_disabled", cause: "the device flow is off for the application", fix: `tick "Enable Device Flow" in the application's settings`},
	{codes: "incorrect_device_code", cause: "the device code is not valid", fix: "start again: oauthctl token device"},
	{codes: "unsupported_grant_type", topic: "grant", cause: "GitHub knows the code and device grants only", fix: "use oauthctl login or oauthctl token device"},
}

// cognitoRows are Amazon Cognito's.
var cognitoRows = []row{
	{codes: "unauthorized_client", topic: "redirect", cause: "the redirect URI of the token request differs, or the grant is off for the app client", fix: "check the callback URL (its last slash, too) and the OAuth grant types of the app client"},
	{codes: "redirect_mismatch", topic: "redirect", cause: "the redirect URI is none of the allowed callback URLs", fix: "add it to the app client's callback URLs; http is allowed for localhost only"},
	{codes: "invalid_client", pattern: `(?i)invalid_client_secret`, topic: "client", cause: "the secret is wrong or missing", fix: "send the secret: --client-secret-file FILE, or create an app client without one"},
	{codes: "invalid_grant", topic: "code", cause: "the code was used or expired, or the refresh token was revoked", fix: "start again: {again}"},
	{codes: "invalid_scope", topic: "scope", cause: "the scope is off for the app client; offline_access does not exist here", fix: "tick it under OpenID Connect scopes or custom scopes of the app client"},
	{codes: "invalid_request", pattern: `(?i)secret hash`, cause: "the app client has a secret, and none was sent", fix: "send it: --client-secret-file FILE"},
}
