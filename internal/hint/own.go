package hint

import (
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// finding is one of this program's own error codes, explained.
type finding struct{ code, cause, fix string }

// findings are what the program itself finds wrong, by the code of its errors.
var findings = []finding{
	{"access_token.aud", "the access token is meant for another audience", "ask for it with --audience or --resource; an ID token is no access token"},
	{"access_token.acr", "the access token is of a weaker login than was asked for", "the person must sign in in a stronger way: --acr-values"},
	{"access_token.auth_time", "the access token is of an older login than was asked for", "the person must sign in again: --prompt login, or a greater --max-age"},
	{"access_token.cnf", "the access token is not bound to the key or the certificate of this request", "do not use it; tell the provider's operator"},
	{"access_token.authorization_details", "the access token allows more than the provider says it granted", "do not use the token; tell the provider's operator"},
	{"access_token.claims", "the access token lacks a claim that it must have", "do not use it; tell the provider's operator"},
	{"access_token.client_id", "the access token does not say to which client it was issued", "tell the provider's operator"},
	{"access_token.kind", "this is no access token, though it stands in the place of one", "do not use it; tell the provider's operator"},
	{"access_token.typ", "the access token has the type of another kind of token", "do not use it; tell the provider's operator"},
	{"authorization.preset", "the authorization endpoint's URL already carries a parameter of the protocol", "tell the provider's operator; or name another: --endpoint authorization=URL"},
	{"callback.code", "the callback has no code, or one that cannot be", "start again; a provider that does it again is at fault"},
	{"callback.iss", "the answer names another issuer: a mix-up attack, or the wrong tenant", "do not go on; check --issuer against the page where you logged in"},
	{"callback.jarm", "the answer was asked for in a signed JWT, and did not come in one", "nothing of it was used; a provider that does not know JARM answers so: oauthctl discover shows its response_modes_supported"},
	{"callback.repeated", "a parameter stands twice in the callback", "start again; a provider that does it again breaks RFC 6749 §3.1"},
	{"callback.state", "the callback belongs to another login: an old tab, two logins at once, or an attack", "close old tabs and start again"},
	{"dpop.nonce", "the server's nonce for DPoP proofs cannot be used", "tell its operator; --trace shows its DPoP-Nonce header"},
	{"id_token.acr", "the person signed in in a weaker way than was asked for, or the token does not say how", "the person must sign in in a stronger way: --acr-values"},
	{"id_token.at_hash", "the ID token does not belong to this access token", "do not use the tokens; tell the provider's operator"},
	{"id_token.azp", "the ID token was issued to another client", "where that client is yours: --allow-azp CLIENT"},
	{"id_token.aud", "the ID token is not, or not only, for this client", "check --client-id; a further audience is accepted with --trust-aud AUD"},
	{"id_token.auth_req_id", "the ID token belongs to another backchannel request", "do not use the tokens: they belong to another request"},
	{"id_token.auth_time", "the person signed in longer ago than was asked for, or the token does not say when", "sign in anew: --prompt login"},
	{"id_token.c_hash", "the ID token that came with the code does not belong to it", "the code was not redeemed; do not use either, and tell the provider's operator"},
	{"id_token.hybrid_iss", "the two ID tokens of this login have two issuers", "do not use the tokens; tell the provider's operator"},
	{"id_token.hybrid_sub", "the two ID tokens of this login are about two people", "do not use the tokens; tell the provider's operator"},
	{"id_token.kind", "this is no ID token, though it stands in the place of one", "do not use it; tell the provider's operator"},
	{"id_token.missing", "openid was asked for, and no ID token came", "check that the scope openid was granted, and that the client may use OpenID Connect"},
	{"id_token.nonce", "the ID token belongs to another login", "start again, and close old tabs"},
	{"id_token.refresh_aud", "the refreshed ID token is for another client than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.refresh_auth_time", "the refreshed ID token tells of another sign-in than the first", "do not use the new tokens; sign in anew: oauthctl login"},
	{"id_token.refresh_azp", "the refreshed ID token names another client than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.refresh_iat", "the refreshed ID token is older than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.refresh_iss", "the refreshed ID token is another issuer's than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.refresh_nonce", "the refreshed ID token belongs to another login than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.refresh_sub", "the refreshed ID token is about another person than the first", "do not use the new tokens; tell the provider's operator"},
	{"id_token.s_hash", "the ID token that came with the code belongs to another login", "the code was not redeemed; start again, and close old tabs"},
	{"fapi2.alg", "a token is signed by an algorithm that FAPI 2.0 does not allow", "have the provider sign by PS256, ES256 or EdDSA for this client"},
	{"fapi2.client_auth", "the client authenticated in a way that FAPI 2.0 does not allow", "--client-key FILE, or --cert FILE --key FILE; --auth-method says which"},
	{"fapi2.introspection", "the answer about the token is not signed", "have the provider sign it for this client; oauthctl introspect --signed asks for it without the profile, too"},
	{"fapi2.iss", "the answer of the login does not name its issuer", "do not go on; tell the provider's operator"},
	{"fapi2.jarm", "the answer of the login is not signed", "do not go on; tell the provider's operator"},
	{"fapi2.par", "the request was not pushed", "push it: --par always"},
	{"fapi2.sender_constrained", "the access token is bound to no key and no certificate: anybody can use it who gets it", "have the provider bind this client's tokens: dpop_bound_access_tokens, or tls_client_certificate_bound_access_tokens"},
	{"fapi2.entropy", "a code or a token is so short that it could be guessed", "tell the provider's operator"},
	{"fapi2.par_expires_in", "the pushed request is good for longer than FAPI 2.0 allows", "tell the provider's operator: less than 600 seconds"},
	{"introspection.cnf", "the token is bound to another key or certificate than the one given, or to none", "do not use it; where it is the wrong file that was given: --dpop-key FILE, or --cert FILE --key FILE"},
	{"introspection.active", "the signed answer does not say whether the token is active", "tell the provider's operator; --trace shows the answer"},
	{"jarm.state", "the signed response belongs to another login", "close old tabs and start again"},
	{"jose.alg", "the token's algorithm is not accepted", "see the provider's: oauthctl discover; accept it with --algs ALG, or for HS256 give the client secret"},
	{"jose.b64", "the token's claims are not base64url, which no JWT may do", "do not use it; tell the provider's operator"},
	{"jose.base64", "a part of the token is not base64url", "a token that was cut or changed never verifies: get it anew"},
	{"jose.crit", "the token demands what is not known here", "do not use it; tell the provider's operator"},
	{"jose.header", "the token's header cannot be read", "tell the provider's operator; --trace shows where it came"},
	{"jose.header_key", "the token's header brings or names the key that is to verify it, which proves nothing", "do not use it; tell the provider's operator"},
	{"introspection.claims", "the signed answer does not hold what it should", "tell the provider's operator; --trace shows the answer"},
	{"jose.jwe.alg", "the encryption's algorithm is not accepted", "register the client for RSA-OAEP-256 or ECDH-ES; or accept it: --decryption-algs LIST"},
	{"jose.jwe.base64", "a part of what came encrypted is not base64url", "get it anew; tell the provider's operator if it comes so again"},
	{"jose.jwe.crit", "what came encrypted demands what is not known here", "tell the provider's operator"},
	{"jose.jwe.decrypt", "no key opens what came encrypted: it was encrypted to another key, or changed on the way", "compare kid and key with those of the client's registration: oauthctl jwt decode, oauthctl key thumbprint"},
	{"jose.jwe.key", "what came is encrypted, and there is no key to open it with", "give the private key that the client is registered with: --decryption-key FILE"},
	{"jose.jwe.header", "the header of what came encrypted cannot be read", "tell the provider's operator"},
	{"jose.jwe.nested", "what came encrypted holds nothing that was signed", "do not use it: whoever has the public key can write such a thing"},
	{"jose.jwe.parts", "this is nothing encrypted: it has other than five parts", "tell the provider's operator"},
	{"jose.jwe.zip", "what came encrypted is compressed in a way that is refused: unknown, broken, or without end", "tell the provider's operator"},
	{"jose.key_strength", "the key is too weak for its algorithm", "tell the provider's operator: RSA keys need 2048 bits"},
	{"jose.key", "no key of the provider fits the token: the key was replaced, or the token is another issuer's", "compare kid and iss: oauthctl jwt decode, then oauthctl jwks"},
	{"jose.parts", "this is no signed token: opaque, or encrypted with five parts", "ask for a JWT with --audience or --resource, or let the provider judge it: oauthctl introspect"},
	{"jose.payload", "the token's claims cannot be read", "do not use it; tell the provider's operator"},
	{"jose.signature", "the signature does not hold", "check --issuer; a token that was cut or changed never verifies"},
	{"jwt.aud", "the token is meant for another audience", "give the one expected: --audience AUD; or ask for it with --audience or --resource"},
	{"jwt.claim", "a claim has another value than was asked for", "compare with the claims that came: oauthctl jwt decode"},
	{"jwt.exp", "the token is expired", "get a new one; where this clock is wrong, set it; --leeway 60s bears small differences"},
	{"jwt.iat", "the token was issued in the future: the clocks differ", "set this clock; --leeway 60s bears small differences"},
	{"jwt.iss", "the token is another issuer's", "check --issuer; where the provider's tokens really name another: --expect-issuer VALUE"},
	{"jwt.jti", "the token's identifier cannot be one", "tell the provider's operator"},
	{"jwt.key_issuer", "the key that signed the token may do so for another issuer alone", "do not use it; check --issuer"},
	{"jwt.nbf", "the token is not valid yet: the clocks differ", "set this clock; --leeway 60s bears small differences"},
	{"jwt.required", "the token lacks a claim that it must have", "tell the provider's operator"},
	{"jwt.sub", "the token does not say whom it is about, or cannot mean it so", "do not use it; tell the provider's operator"},
	{"jwt.typ", "this is a JWT of another kind than the one that belongs here", "do not use it: what was signed for another purpose proves nothing here; tell the provider's operator"},
	{"loopback.port", "the port of the redirect URI is taken", "end the program that holds it, or use a free one: --redirect-uri http://127.0.0.1:0/callback"},
	{"metadata.endpoint", "the metadata lacks an endpoint that is needed", "name it: --endpoint NAME=URL"},
	{"metadata.issuer", "the document names another issuer than the one asked for", "use the issuer that it names; where they really differ: --expect-issuer VALUE"},
	{"metadata.not_found", "no metadata was found for the issuer", "see every place tried: oauthctl discover ISSUER; or name the document: --metadata-url URL"},
	{"network.dns", "the host name is not known", "check the host in --issuer, and the resolver"},
	{"network.not_oauth", "the answer is a page, not an OAuth answer: a proxy, a login page, a wrong URL", "check the endpoint with --trace, and --proxy"},
	{"network.proxy", "the proxy refused or failed", "check --proxy, HTTPS_PROXY and NO_PROXY"},
	{"network.refused", "nothing listens at that address", "check host and port, and whether the server runs"},
	{"network.size", "the answer is larger than any OAuth answer", "check the endpoint with --trace"},
	{"network.timeout", "the server did not answer in time", "try again, or give it longer: --timeout 60s"},
	{"network.tls", "the connection is not trusted: a private CA, or a proxy that opens TLS", "trust its CA: --cacert FILE"},
	{"token.access_token", "the answer has no access token", "see the answer: --trace --show-secrets"},
	{"token.dpop_downgrade", "silently downgraded: the request proved a DPoP key, and a bearer token came, which anybody can use who gets it", "turn DPoP on for this client at the provider; or accept it: --dpop-optional"},
	{"token.authorization_details", "less was granted than authorization_details asked for", "ask for what is needed alone, or have the client allowed these types at the provider"},
	{"token.type", "the token is of a type that is not known here", "ask the provider for Bearer or DPoP tokens"},
	{"userinfo.kind", "this is no answer of userinfo, though it stands in the place of one", "do not use it; tell the provider's operator"},
	{"userinfo.sub", "userinfo speaks of another person than the one who is expected", "do not use it; tell the provider's operator"},
	{"wire.http", "plain http off this machine: anyone on the way can read the tokens", "use https; for a test: --allow-http"},
	{"wire.redirect", "the server sends the request elsewhere, where secrets must not go", "put the final address into --issuer or --endpoint"},
}

// Cause says in a sentence what one of the program's codes means, or is empty.
func Cause(code string) string {
	for _, f := range findings {
		if f.code == code {
			return f.cause
		}
	}
	return ""
}

// Failure returns a check that failed as an error that says in a sentence what it means.
func Failure(c verdict.Check) *problem.Error {
	p := c.Problem()
	if cause := Cause(p.Code); cause != "" {
		p.Message = cause
	}
	return p
}

// own returns the fix for one of the program's codes, or empty.
func own(code string) string {
	for _, f := range findings {
		if f.code == code {
			return f.fix
		}
	}
	return ""
}
