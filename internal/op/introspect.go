package op

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// found is a token that was presented, whatever kind it is.
type found struct {
	grant           *grant
	access          *access  // or
	refresh         *refresh // or neither, for an ID token
	expires, issued time.Time
	revoked         string
}

// find looks a token up. A hint says where to look first (RFC 7662 §2.1, RFC 7009 §2.1); as every kind is looked for,
// it changes nothing. The caller holds the lock.
func (x *exchange) find(token string) (found, bool) {
	if t, ok := x.p.state.accesses.get(token, x.now); ok {
		return found{t.grant, t, nil, t.expires, t.issued, t.dead()}, true
	}
	if r, ok := x.p.state.refreshes.get(token, x.now); ok {
		revoked := r.grant.dead()
		if r.used {
			revoked = "it was used"
		}
		return found{r.grant, nil, r, r.expires, r.issued, revoked}, true
	}
	if t, ok := x.p.state.idTokens.get(token, x.now); ok {
		return found{t.grant, nil, nil, t.expires, time.Time{}, t.grant.dead()}, true
	}
	return found{}, false
}

// tokenParameter reads the form of introspection and revocation.
func (x *exchange) tokenParameter() (string, *refusal) {
	token := x.form.Get("token")
	if token == "" {
		return "", refused("invalid_request", "token is missing")
	}
	return token, nil
}

// introspect tells a client what a token means (RFC 7662 §2). What the client may not know of is not active, as what
// never was is not (§2.2).
func (x *exchange) introspect() answer {
	bad := x.clientForm()
	if bad == nil {
		x.client, bad = x.confidential(x.form)
	}
	token := ""
	if bad == nil {
		token, bad = x.tokenParameter()
	}
	if bad == nil && x.client.Introspects == RightNone {
		bad = &refusal{
			code: "unauthorized_client", status: http.StatusForbidden,
			description: "client '" + x.client.ID + "' may not introspect tokens",
		}
	}
	if bad != nil {
		return x.refuse(bad)
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	t, ok := x.find(token)
	if !ok || t.revoked != "" || !x.now.Before(t.expires) || !x.mayIntrospect(t) {
		return x.introspected(document{{"active", false}})
	}
	return x.introspected(x.introspection(t))
}

const introspectionType = "token-introspection+jwt"

// introspected answers in JSON, or with a JWT where the client asks for one: it is for that client alone, and nothing in
// it makes it pass for the token (RFC 9701 §4, §5).
func (x *exchange) introspected(doc document) answer {
	if !x.p.on(FeatureSignedIntrospection) || !accepts(x.r.Header, "application/"+introspectionType) {
		return x.reply(http.StatusOK, doc)
	}
	f := x.forgery("introspection", introspectionType, x.client.IntrospectionAlg, document{
		{"iss", x.p.config.Issuer}, {"aud", x.client.ID}, {"iat", x.now.Unix()}, {"token_introspection", x.changed(doc)},
	})
	return x.answerJWT(FeatureSignedIntrospection, "application/"+introspectionType, f, x.client.IntrospectionEncryption)
}

// accepts says whether a request names a media type among those it wants (RFC 9110 §12.5.1).
func accepts(header http.Header, mediaType string) bool {
	for name := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		if got, _, err := mime.ParseMediaType(name); err == nil && got == mediaType {
			return true
		}
	}
	return false
}

// mayIntrospect says whether a token is the client's: it was given it, or the token is meant for it.
func (x *exchange) mayIntrospect(t found) bool {
	if t.access == nil && t.refresh == nil {
		return false // an ID token is no token to introspect
	}
	return x.client.Introspects == RightAny || t.grant.client.is(x.client) ||
		t.access != nil && slices.Contains(t.access.audiences, x.client.ID)
}

func (x *exchange) introspection(t found) document {
	scopes := t.grant.scopes
	if t.access != nil {
		scopes = t.access.scopes
	}
	doc := document{{"active", true}, {"client_id", t.grant.client.ID}}
	if len(scopes) > 0 {
		doc.add("scope", strings.Join(scopes, " "))
	}
	if t.grant.user != nil {
		doc.add("username", t.grant.user.Username)
	}
	doc = append(doc, document{
		{"sub", t.grant.subject()}, {"iss", x.p.config.Issuer}, {"iat", t.issued.Unix()}, {"exp", t.expires.Unix()},
	}...)
	if t.access != nil {
		doc = append(doc, document{{"token_type", t.access.bound.tokenType()}, {"aud", single(t.access.audiences)}, {"jti", t.access.id}}...)
		if cnf := t.access.bound.confirmation(); cnf != nil {
			doc.add("cnf", cnf)
		}
		if t.access.actor != nil {
			doc.add("act", t.access.actor)
		}
		if len(t.access.details) > 0 {
			doc.add("authorization_details", t.access.details.json())
		}
	}
	return doc
}

// revoke ends a token (RFC 7009 §2): a refresh token with all tokens of its grant, an access token alone. One that is
// unknown is as revoked as can be, so that is success (§2.2).
func (x *exchange) revoke() answer {
	bad := x.clientForm()
	if bad == nil {
		x.client, bad = x.authenticate(x.form)
	}
	token := ""
	if bad == nil {
		token, bad = x.tokenParameter()
	}
	if bad == nil && x.client.Revokes == RightNone {
		bad = refused("unauthorized_client", "client '%s' may not revoke tokens", x.client.ID)
	}
	if bad != nil {
		return x.refuse(bad)
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	t, ok := x.find(token)
	switch {
	case !ok:
	case x.client.Revokes != RightAny && !t.grant.client.is(x.client):
		return x.refuse(refused("unauthorized_client", "this token was issued to another client than '%s', which alone may revoke it (RFC 7009 section 2.1)", x.client.ID))
	case t.access != nil:
		t.access.revoked = "its client revoked it"
	case t.refresh != nil:
		t.grant.revoked = "its client revoked the refresh token"
	default:
		return x.refuse(refused("unsupported_token_type", "an ID token cannot be revoked; revoke the access or the refresh token, or end the session"))
	}
	return revoked()
}

// revoked is the empty answer of a success (RFC 7009 §2.2).
func revoked() answer {
	return answer{status: http.StatusOK, header: baseHeader("text/plain; charset=utf-8")}.noStore()
}
