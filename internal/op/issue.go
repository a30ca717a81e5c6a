package op

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// issuance is what one token response holds.
type issuance struct {
	scopes, audiences []string
	nonce             string // of the first ID token; a refreshed one has none (OpenID Connect Core §12.2)
	details           details
	code, state       string // that come with an ID token (OpenID Connect Core §3.3.2.11)
	refresh           bool
	actor             document  // of an exchanged token
	until             time.Time // when the tokens end at the latest; zero means that only their lifetime counts
}

// end is when a token ends whose lifetime would let it end then.
func (i issuance) end(then time.Time) time.Time {
	if !i.until.IsZero() && i.until.Before(then) {
		return i.until
	}
	return then
}

// lifetimes are the client's own, and the provider's where it has none.
func (x *exchange) lifetimes() Lifetimes {
	l, own := x.p.config.Lifetimes, x.client.Lifetimes
	l.AccessToken = cmp.Or(own.AccessToken, l.AccessToken)
	l.IDToken = cmp.Or(own.IDToken, l.IDToken)
	l.RefreshToken = cmp.Or(own.RefreshToken, l.RefreshToken)
	return l
}

// issue makes the tokens of the grant and the response (RFC 6749 §5.1). The caller holds the lock.
func (x *exchange) issue(what issuance) (document, *refusal) {
	response, accessToken, bad := x.bearerResponse(what)
	if bad != nil {
		return nil, bad
	}
	if what.refresh {
		value := random()
		x.p.state.refreshes.put(value, &refresh{grant: x.grant, bound: x.bound, issued: x.now, expires: x.now.Add(x.lifetimes().RefreshToken)}, x.now)
		response.add("refresh_token", value)
	}
	if x.grant.user != nil && slices.Contains(what.scopes, "openid") {
		compact, bad := x.idToken(what, accessToken)
		if bad != nil {
			return nil, bad
		}
		response.add("id_token", compact)
		x.event.IDToken = true
	}
	return response, nil
}

// bearerResponse makes an access token and the members that describe it (RFC 6749 §5.1, §4.2.2).
func (x *exchange) bearerResponse(what issuance) (document, string, *refusal) {
	expires := what.end(x.now.Add(x.lifetimes().AccessToken))
	if len(what.audiences) == 0 {
		what.audiences = []string{x.p.config.Audience}
	}
	t := &access{
		grant: x.grant, bound: x.bound, scopes: what.scopes, audiences: what.audiences, id: random(),
		issued: x.now, expires: expires, actor: what.actor, details: what.details,
	}
	compact := t.id
	if x.client.AccessToken == FormatJWT {
		var err error
		if compact, err = x.accessToken(t); err != nil {
			return nil, "", failed(err)
		}
	}
	x.p.state.accesses.put(compact, t, x.now)
	response := document{
		{"access_token", compact}, {"token_type", x.bound.tokenType()}, {"expires_in", int(expires.Sub(x.now).Seconds())},
	}
	if len(what.scopes) > 0 {
		response.add("scope", strings.Join(what.scopes, " "))
	}
	if len(what.details) > 0 {
		response.add("authorization_details", what.details.json())
	}
	return response, compact, nil
}

// failed is a refusal that is nobody's fault but ours.
func failed(err error) *refusal {
	return &refusal{code: "server_error", description: err.Error(), status: http.StatusInternalServerError}
}

// subject is whom the tokens of a grant are about.
func (g *grant) subject() string {
	switch {
	case g.user != nil:
		return g.user.Subject
	case g.machine != "":
		return g.machine
	}
	return g.client.ID
}

// accessToken makes a JWT access token (RFC 9068 §2).
func (x *exchange) accessToken(t *access) (string, error) {
	claims := document{
		{"iss", x.p.config.Issuer},
		{"sub", t.grant.subject()},
		{"aud", single(t.audiences)},
		{"client_id", x.client.ID},
		{"iat", x.now.Unix()},
		{"exp", t.expires.Unix()},
		{"jti", t.id},
	}
	if len(t.scopes) > 0 {
		claims.add("scope", strings.Join(t.scopes, " "))
	}
	if t.actor != nil {
		claims.add("act", t.actor)
	}
	if cnf := t.bound.confirmation(); cnf != nil {
		claims.add("cnf", cnf)
	}
	if len(t.details) > 0 {
		claims.add("authorization_details", t.details.json())
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

// idToken makes an ID token (OpenID Connect Core §2); at_hash where an access token comes with it.
func (x *exchange) idToken(what issuance, accessToken string) (string, *refusal) {
	expires := what.end(x.now.Add(x.lifetimes().IDToken))
	claims := document{
		{"iss", x.p.config.Issuer},
		{"sub", x.grant.user.Subject},
		{"aud", x.client.ID},
		{"iat", x.now.Unix()},
		{"exp", expires.Unix()},
	}
	x.authentication(&claims)
	if what.nonce != "" {
		claims.add("nonce", what.nonce)
	}
	if accessToken != "" {
		claims.add("at_hash", hashClaim(x.client.IDTokenAlg, accessToken))
	} else if what.code == "" { // nothing else will tell what the scopes are for (OpenID Connect Core §5.4)
		claims = append(claims, x.grant.user.claims(what.scopes)[1:]...)
	}
	if what.code != "" {
		claims.add("c_hash", hashClaim(x.client.IDTokenAlg, what.code))
		if what.state != "" {
			claims.add("s_hash", hashClaim(x.client.IDTokenAlg, what.state))
		}
	}
	f := x.forgery("id", "JWT", x.client.IDTokenAlg, claims)
	for _, fault := range x.p.faults {
		if fault.front != nil && what.code != "" {
			fault.front(x, f)
		}
		if fault.idToken != nil {
			fault.idToken(x, f)
		}
	}
	compact, err := f.sign()
	if err != nil {
		return "", failed(err)
	}
	x.p.state.idTokens.put(compact, &idToken{x.grant, expires}, x.now) // as it is a hint: not encrypted (RP-Initiated Logout §2)
	return x.encrypt("id", "JWT", compact, x.client.IDTokenEncryption)
}

// authentication adds when and how the person signed in (RFC 9068 §2.2.1, OpenID Connect Core §2).
func (x *exchange) authentication(claims *document) {
	if x.grant.user == nil || x.grant.amr == "" {
		return
	}
	claims.add("auth_time", x.grant.authTime.Unix())
	if x.grant.acr != "" {
		claims.add("acr", x.grant.acr)
	}
	claims.add("amr", []string{x.grant.amr})
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
