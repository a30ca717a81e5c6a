package op

import (
	"net/http"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// issuance is what one token response holds.
type issuance struct {
	scopes, audiences []string
	nonce             string // of the first ID token; a refreshed one has none (OpenID Connect Core §12.2)
	refresh           bool
}

// issue makes the tokens of the grant and the response (RFC 6749 §5.1). The caller holds the lock.
func (x *exchange) issue(what issuance) (document, *refusal) {
	lifetime := x.p.config.Lifetimes.AccessToken
	accessToken, err := x.accessToken(what)
	if err != nil {
		return nil, &refusal{code: "server_error", description: err.Error(), status: http.StatusInternalServerError}
	}
	x.p.state.accesses.put(accessToken, &access{x.grant, what.scopes}, x.now)
	response := document{
		{"access_token", accessToken}, {"token_type", "Bearer"}, {"expires_in", int(lifetime.Seconds())},
	}
	if len(what.scopes) > 0 {
		response.add("scope", strings.Join(what.scopes, " "))
	}
	if what.refresh {
		value := random()
		x.p.state.refreshes.put(value, &refresh{grant: x.grant}, x.now)
		response.add("refresh_token", value)
	}
	if x.grant.user != nil && slices.Contains(what.scopes, "openid") {
		idToken, err := x.idToken(what, accessToken)
		if err != nil {
			return nil, &refusal{code: "server_error", description: err.Error(), status: http.StatusInternalServerError}
		}
		x.p.state.idTokens.put(idToken, x.grant.user.Subject, x.now)
		response.add("id_token", idToken)
	}
	return response, nil
}

// accessToken makes a JWT access token (RFC 9068 §2).
func (x *exchange) accessToken(what issuance) (string, error) {
	audiences := what.audiences
	if len(audiences) == 0 {
		audiences = []string{x.p.config.Audience}
	}
	subject := x.client.ID
	if x.grant.user != nil {
		subject = x.grant.user.Subject
	}
	claims := document{
		{"iss", x.p.config.Issuer},
		{"sub", subject},
		{"aud", single(audiences)},
		{"client_id", x.client.ID},
		{"iat", x.now.Unix()},
		{"exp", x.now.Add(x.p.config.Lifetimes.AccessToken).Unix()},
		{"jti", random()},
	}
	if len(what.scopes) > 0 {
		claims.add("scope", strings.Join(what.scopes, " "))
	}
	x.authentication(&claims)
	f := x.forgery("access", "at+jwt", x.client.AccessTokenAlg, claims)
	for _, fault := range x.p.faults {
		if fault.accessToken != nil {
			fault.accessToken(x, f)
		}
	}
	return f.sign()
}

// idToken makes an ID token (OpenID Connect Core §2).
func (x *exchange) idToken(what issuance, accessToken string) (string, error) {
	claims := document{
		{"iss", x.p.config.Issuer},
		{"sub", x.grant.user.Subject},
		{"aud", x.client.ID},
		{"iat", x.now.Unix()},
		{"exp", x.now.Add(x.p.config.Lifetimes.IDToken).Unix()},
	}
	x.authentication(&claims)
	if what.nonce != "" {
		claims.add("nonce", what.nonce)
	}
	claims.add("at_hash", hashClaim(x.client.IDTokenAlg, accessToken))
	f := x.forgery("id", "JWT", x.client.IDTokenAlg, claims)
	for _, fault := range x.p.faults {
		if fault.idToken != nil {
			fault.idToken(x, f)
		}
	}
	return f.sign()
}

// authentication adds when and how the person signed in (RFC 9068 §2.2.1, OpenID Connect Core §2).
func (x *exchange) authentication(claims *document) {
	if x.grant.user == nil {
		return
	}
	claims.add("auth_time", x.grant.authTime.Unix())
	if x.grant.acr != "" {
		claims.add("acr", x.grant.acr)
	}
	claims.add("amr", []string{"pwd"})
}

// forgery prepares a token for signing.
func (x *exchange) forgery(kind, typ string, alg jose.Algorithm, claims document) *forgery {
	f := &forgery{kind: kind, header: document{{"alg", string(alg)}}, claims: claims, alg: alg, secret: []byte(x.client.Secret.Reveal())}
	if kind == "access" {
		f.secret = x.p.realm[:]
	}
	if id := keyFor[alg]; id != "" {
		f.key = x.p.keys.keys[id]
		f.header.add("kid", id)
	}
	if typ != "" {
		f.header.add("typ", typ)
	}
	return f
}

// single returns a list of one as the string itself, as most servers write aud.
func single(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
