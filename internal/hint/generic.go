package hint

// The endpoints at which a client asks for something, and those at which it authenticates.
const (
	asking         = "authorization par device backchannel token"
	authenticating = "par device backchannel token introspection revocation"
)

// Words and cures of more rows than one.
const (
	unreadable    = `(?i)authorization header|client[_ ]secret|client (authentication|credentials)`
	noCertificate = `(?i)\b(no|missing|without)\b.{0,20}\bcertificate\b|\bcertificate\b.{0,20}\b(missing|required|absent)\b`
	ofAssertion   = "check aud, iss and exp of the assertion with oauthctl jwt decode FILE, and that its key is registered for its issuer"
	ofScope       = "{scopes}"
)

// genericRows are the errors of the specifications, which every provider may answer.
var genericRows = []row{
	{
		codes: "invalid_request", pattern: `(?i)code[_ ]challenge|\bpkce\b`, where: "authorization par token", topic: "pkce",
		cause: "the client must use PKCE, or sent a malformed challenge", fix: "send PKCE with S256: --pkce S256 (the default)",
	},
	{
		codes: "invalid_request", pattern: `(?i)subject_token`, where: "token",
		cause: "token exchange: the subject token is missing, invalid or of another type than said",
		fix:   "match --subject-token-type to the token, which must be valid and meant for this server: oauthctl jwt decode FILE",
	},
	{
		codes: "invalid_request", pattern: `(?i)request_uri.*(must not|not be)`, where: "par",
		cause: "a pushed request holds request_uri", fix: "leave request_uri out of --param",
	},
	{
		codes: "invalid_request", pattern: `(?i)pushed authorization|\bPAR\b`, where: "authorization",
		cause: "the server or the client's registration demands pushed requests", fix: "push the request: --par always",
	},
	{
		codes: "invalid_request", pattern: `(?i)request object must be used|signed request`, where: "authorization par backchannel",
		cause: "the server or the client's registration demands signed requests", fix: "sign the request: --request-object with --client-key FILE",
	},
	{
		codes: "invalid_request invalid_redirect_uri", pattern: `(?i)redirect`, where: "authorization par", topic: "redirect",
		cause: "the redirect URI is missing, malformed or not registered for this client",
		fix:   "register the redirect URI character for character, or send a registered one with --redirect-uri",
	},
	{
		codes: "invalid_request unauthorized_client", pattern: `(?i)grant[_ ]type.*(not (allowed|permitted|enabled)|disabled)|not allowed for this client`, where: asking,
		topic: "grant", spare: true,
		cause: "the client is known, and may not use this grant", fix: "enable the grant for the client in the provider's settings",
	},
	{
		codes: "invalid_request", pattern: unreadable, where: authenticating, method: "client_secret", topic: "secret",
		cause: "the secret cannot be read", fix: "check --client-id{proof}",
	},
	{
		codes: "invalid_request", pattern: unreadable, where: authenticating, topic: "client",
		cause: "what the client authenticates with cannot be read", fix: "check --client-id{proof}",
	},
	{
		codes: "invalid_request", pattern: noCertificate, where: authenticating,
		cause: "the client's registration demands its certificate", fix: "give the client's certificate: --cert FILE --key FILE",
	},
	{
		codes: "invalid_request", pattern: `(?i)\bassertion\b`, where: "token",
		cause: "the assertion was refused: who issued it, for whom, or how", fix: ofAssertion,
	},
	{
		codes: "invalid_request", pattern: `(?i)\b(audience|resource)\b`, where: asking, topic: "target",
		cause: "the server wants to know what the token is for", fix: "name the API as the provider's documentation does: --audience NAME or --resource URL",
	},
	{
		codes: "invalid_request", pattern: `(?i)\bscopes?\b`, where: asking, topic: "scope",
		cause: "the scope is missing or malformed", fix: ofScope,
	},
	{
		codes: "invalid_request", pattern: `(?i)\bprompt\b`, where: "authorization par",
		cause: "the prompt is none that the server knows", fix: "check --prompt: the common ones are none, login, consent and select_account",
	},
	{
		codes: "invalid_request", where: asking + " introspection revocation resource",
		cause: "a parameter is missing, repeated or malformed",
		fix:   "look at the request with --trace, and compare it with what the provider's documentation wants; --param adds what is missing",
	},
	{
		codes: "invalid_dpop_proof", pattern: `(?i)no DPoP|missing|required|without`, where: "token par",
		cause: "the server wants a DPoP proof for this client", fix: "bind the tokens to a key: --dpop-key FILE (make one: oauthctl key generate), or to one for this run alone: --dpop",
	},
	{
		codes: "invalid_dpop_proof", pattern: `(?i)\b(iat|clock|expired|future|ahead|ago)\b`, where: "token par",
		cause: "the DPoP proof is too old or from the future: the clocks differ", fix: "set this clock; --trace shows the Date of the server",
	},
	{
		codes: "invalid_dpop_proof", where: "token par",
		cause: "the DPoP proof was refused: its algorithm, its address, its time, or its key",
		fix:   "choose an algorithm that the provider lists as dpop_signing_alg_values_supported: --dpop=ALG; compare the clocks; behind a proxy the server must know its public address",
	},
	{
		codes: "use_dpop_nonce", where: "token par",
		cause: "the server wants a nonce in the DPoP proof", fix: "bind the tokens to a key, which also brings the nonce: --dpop-key FILE",
	},
	{
		codes: "invalid_client", pattern: `(?i)\bpar\b|pushed authorization`, where: "par", topic: "client",
		cause: "the PAR endpoint wants the client authentication of the token endpoint", fix: "give the client's secret or key: --client-secret-file FILE",
	},
	{
		codes: "invalid_client", pattern: `(?i)\b(aud|audience)\b`, where: authenticating, method: "_jwt", topic: "assertion",
		cause: "the client assertion was refused: it is meant for another audience",
		fix:   "name the audience that the server wants: --assertion-audience issuer, token, endpoint or a URL",
	},
	{
		codes: "invalid_client", pattern: `(?i)assertion|\b(jwt|jti)\b`, where: authenticating, method: "_jwt", topic: "assertion",
		cause: "the client assertion was refused: its audience, lifetime, key or signature",
		fix:   "check that the key is registered for the client with its kid and alg, and that this clock is right",
	},
	{
		codes: "invalid_client", pattern: noCertificate, where: authenticating,
		cause: "the client certificate is missing", fix: "give the client's certificate: --cert FILE --key FILE",
	},
	{
		codes: "invalid_client", pattern: `(?i)(?:^|[^-\w])(?:certificate|mtls|tls)(?:$|[^-\w])`, where: authenticating,
		cause: "the client certificate is missing, or is not the registered one",
		fix:   "give the whole chain with --cert and --key, and compare its subject and SAN with the registration",
	},
	{
		codes: "invalid_client", pattern: `(?i)encod`, where: authenticating, method: basic, topic: "secret",
		cause: "the secret was encoded in another way than the server decodes", fix: "check --client-id{proof}",
	},
	{
		codes: "invalid_client unauthorized_client", pattern: `(?i)\b(wrong|invalid|incorrect|bad)\b.{0,20}\bsecret\b|\bsecret\b.{0,30}\b(wrong|invalid|incorrect|mismatch|not match)`,
		where: authenticating, method: "client_secret", topic: "secret",
		cause: "the secret is wrong", fix: "copy the secret again, complete and without blanks around it: that of this client, in this tenant or realm",
	},
	{
		codes: "invalid_client unauthorized_client", pattern: `(?i)public client not allowed`, where: authenticating,
		cause: "the grant is for clients that authenticate, and this one is public",
		fix:   "use a client that has a secret or a key, or make this one confidential in the provider's settings",
	},
	{
		codes: "invalid_client unauthorized_client", pattern: `(?i)\bis (a )?public\b`, where: "par device backchannel token", method: "client_secret",
		cause: "the client is public, and a secret was sent", fix: "the client has no secret: leave it out, --auth-method none",
	},
	{
		codes: "invalid_client unauthorized_client", where: authenticating + " authorization",
		pattern: `(?i)\b(unknown|unregistered|no such)\b.{0,12}\bclient\b|\bclient\b.{0,30}\b(not found|unknown|not exist|not registered)\b|\bno client\b`,
		cause:   "the provider does not know the client", fix: "check --client-id, and that --issuer is the tenant or realm in which the client is registered",
	},
	{
		codes: "invalid_client", where: authenticating, topic: "client",
		cause: "the client id is unknown, the secret is wrong, or the authentication method is not the registered one",
		fix:   "check --client-id{proof} and the method registered for the client",
	},
	{
		pattern: `(?i)client[_ ]?(id|secret|credentials)\b.{0,40}\b(incorrect|invalid|wrong|mismatch)|\b(incorrect|invalid|wrong|bad) client([_ ]?(id|secret|credentials)\b|$)`,
		where:   authenticating, topic: "client",
		cause: "the client was not accepted, in words of the server's own", fix: "check --client-id{proof} and the method registered for the client",
	},
	{
		codes: "invalid_grant", pattern: `(?i)pkce|code[_ ]verifier|code challenge`, where: "token", topic: "code",
		cause: "the code verifier is missing, or does not belong to the challenge",
		fix:   "start again: one verifier belongs to one login, and a second login elsewhere replaces it",
	},
	{
		codes: "invalid_grant", pattern: `(?i)redirect`, where: "token", topic: "redirect",
		cause: "the redirect URI of the token request differs from the one of the authorization request",
		fix:   "both requests must carry the same redirect URI: scheme, host, port and trailing slash",
	},
	{
		codes: "invalid_grant", pattern: `(?i)assertion|jwt bearer`, where: "token",
		cause: "the assertion was refused: its audience, issuer, lifetime or signature",
		fix:   ofAssertion,
	},
	{
		codes: "invalid_grant", where: "token", topic: "code",
		cause: "the code or refresh token is invalid, expired, revoked, used before, or belongs to another client or redirect URI",
		fix:   "start again: {again}",
	},
	{
		codes: "unauthorized_client", where: asking, topic: "grant", spare: true,
		cause: "the client is known, and may not use this grant or response type", fix: "enable the grant for the client in the provider's settings",
	},
	{
		codes: "unsupported_grant_type", where: "token", topic: "grant", spare: true,
		cause: "the server does not offer this grant, or did not see grant_type in the body",
		fix:   "see grant_types_supported: oauthctl discover",
	},
	{
		codes: "invalid_scope", where: asking, topic: "scope",
		cause: "a scope is unknown, not allowed for the client, or more than was granted before",
		fix:   ofScope,
	},
	{
		codes: "access_denied", where: "authorization token", topic: "asked",
		cause: "the person or a policy refused: a cancel button, a missing assignment",
		fix:   "try again, {anew}; an administrator may have to assign the user to the application",
	},
	{
		codes: "unsupported_response_type", where: "authorization par", topic: "response_type",
		cause: "the response type is not enabled for the client; implicit and hybrid ones often are not",
		fix:   "use the authorization code with PKCE: oauthctl login",
	},
	{
		codes: "unsupported_response_mode", where: "authorization par", topic: "response_mode",
		cause: "the response mode is not supported", fix: "use --response-mode query or form_post",
	},
	{
		codes: "server_error", where: asking + " introspection revocation resource",
		cause: "the server failed", fix: "try again later; give the operator the time and any trace id from --trace",
	},
	{
		codes: "temporarily_unavailable", where: asking + " introspection revocation resource",
		cause: "the server is overloaded or in maintenance", fix: "try again later, after Retry-After where it was sent",
	},
	{
		codes: "unauthorized_client", where: "introspection",
		cause: "the client is known, and may not ask what tokens mean",
		fix:   "ask as a client that may introspect, such as that of the API: --client-id; or allow it to this one in the provider's settings",
	},
	{
		codes: "unauthorized_client", where: "revocation",
		cause: "the client is known, and may not revoke this token: it was issued to another client",
		fix:   "revoke it as the client that it was issued to: --client-id; oauthctl jwt decode FILE shows which, where the token is a JWT",
	},
	{
		codes: "unsupported_token_type", where: "introspection",
		cause: "this kind of token cannot be introspected here",
		fix:   "this provider tells nothing of tokens of this kind; what is a JWT is judged without asking it: oauthctl jwt verify",
	},
	{
		codes: "unsupported_token_type", where: "revocation",
		cause: "this kind of token cannot be revoked here",
		fix: "this provider does not revoke tokens of this kind; revoking the refresh token ends the access tokens made from it, " +
			"and an access token ends by itself when it expires",
	},
	{
		codes: "invalid_token", pattern: `(?i)dpop`, where: "resource",
		cause: "a DPoP-bound token was sent as Bearer, or with a proof by another key", fix: "the token can be used with the key that it is bound to, and only with DPoP",
	},
	{
		codes: "invalid_token", where: "resource",
		cause: "the access token is expired, revoked, malformed or meant for another audience",
		fix:   "check exp, aud and iss: oauthctl jwt decode FILE; then get a new one in the same way",
	},
	{
		codes: "insufficient_scope", where: "resource", topic: "scope",
		cause: "the token lacks a scope that the resource wants", fix: "ask for the scope named in WWW-Authenticate: oauthctl login --scope SCOPE",
	},
	{
		codes: "insufficient_user_authentication", where: "resource",
		cause: "the resource wants a stronger or fresher login",
		fix:   "log in again as WWW-Authenticate says: oauthctl login --acr-values VALUE --max-age SECONDS",
	},
	{
		codes: "login_required", where: "authorization", cause: "prompt=none, and nobody is logged in", fix: "leave --prompt none out",
	},
	{
		codes: "interaction_required", where: "authorization",
		cause: "prompt=none, and the server has something to show", fix: "leave --prompt none out",
	},
	{
		codes: "consent_required", where: "authorization", cause: "prompt=none, and consent is missing", fix: "consent once: --prompt consent",
	},
	{
		codes: "account_selection_required", where: "authorization",
		cause: "prompt=none, and there are several sessions", fix: "name the account with --login-hint, or use --prompt select_account",
	},
	{
		codes: "unmet_authentication_requirements", where: "authorization",
		cause: "the requested acr cannot be met", fix: "ask for less in --acr-values, or log in as a user who has the factor",
	},
}

// pairingRows are the errors of the extensions: request objects, DPoP, RAR, registration, device, CIBA.
var pairingRows = []row{
	{
		codes: "invalid_request_uri", where: "authorization",
		cause: "the request_uri is unknown, expired, used before, or belongs to another client",
		fix:   "start again: a pushed request is good for one use and about a minute",
	},
	{
		codes: "invalid_request_object", where: "authorization par backchannel",
		cause: "the signed request was refused: its alg, kid, aud, exp, or a parameter that differs outside",
		fix:   "its key must be registered (--client-key-id names it), and aud must be the issuer",
	},
	{
		codes: "request_not_supported", where: "authorization par",
		cause: "the server takes no request objects", fix: "send the parameters as they are: leave --request-object out",
	},
	{
		codes: "request_uri_not_supported", where: "authorization", cause: "the server takes no request_uri", fix: "send plain parameters: --par never",
	},
	{
		codes: "registration_not_supported", where: "authorization",
		cause: "the server takes no registration parameter", fix: "leave registration out of --param",
	},
	{
		codes: "invalid_target", where: asking, topic: "target",
		cause: "the audience or resource is unknown, or not allowed for the client",
		fix:   "give --resource or --audience exactly as registered; many servers take one a request",
	},
	{
		codes: "invalid_authorization_details", where: asking,
		cause: "authorization_details is malformed, or of an unknown type",
		fix:   "check the JSON of --authorization-details, and authorization_details_types_supported: oauthctl discover",
	},
	{
		codes: "use_dpop_nonce", where: "token resource",
		cause: "the server wants its nonce in the DPoP proof, and refused the one that it got",
		fix:   "try again; where it stays, the server changes its nonce faster than it accepts it: see DPoP-Nonce with --trace",
	},
	{
		codes: "invalid_dpop_proof", where: "token resource",
		cause: "the DPoP proof was refused: its htu, htm, iat, ath, or its key",
		fix:   "check this clock, and that the proof is made with the key that the token is bound to",
	},
	{
		codes: "authorization_pending", where: "token", cause: "the person has not finished yet", fix: "keep waiting; --wait makes it longer",
	},
	{codes: "slow_down", where: "token", cause: "polling too fast", fix: "wait 5 seconds longer between polls, from now on"},
	{
		codes: "expired_token", where: "token", cause: "the device code expired before the person finished", fix: "start again: oauthctl token device",
	},
	{
		codes: "invalid_redirect_uri", where: "registration", topic: "redirect",
		cause: "the redirect URI may not be registered", fix: "use https, or a loopback address with application_type native",
	},
	{
		codes: "invalid_client_metadata", where: "registration",
		cause: "a value of the registration was refused",
		fix:   "compare grant_types, response_types and token_endpoint_auth_method with the metadata: oauthctl discover",
	},
	{
		codes: "invalid_software_statement", where: "registration",
		cause: "the software statement is invalid", fix: "check its signature and issuer: oauthctl jwt decode FILE",
	},
	{codes: "unapproved_software_statement", where: "registration", cause: "the software statement is not approved", fix: "ask the operator to approve it"},
	{codes: "unknown_user_id", where: "backchannel", cause: "the hint matches no user", fix: "check --login-hint and the form that the provider wants it in"},
	{codes: "expired_login_hint_token", where: "backchannel", cause: "the login hint token expired", fix: "get a new login hint token"},
	{codes: "invalid_binding_message", where: "backchannel", cause: "the binding message is not allowed", fix: "use a short binding message of plain letters"},
	{codes: "missing_user_code", where: "backchannel", cause: "the user's secret code is missing", fix: "send it: --user-code-file FILE"},
	{codes: "invalid_user_code", where: "backchannel", cause: "the user's secret code is wrong", fix: "ask the user again: --user-code-file FILE"},
	{codes: "transaction_failed", where: "backchannel token", cause: "the transaction failed at the provider", fix: "start again with a new request"},
}
