package op

import (
	"slices"
	"strings"
	"time"
)

const (
	typeAccess  = "urn:ietf:params:oauth:token-type:access_token"
	typeRefresh = "urn:ietf:params:oauth:token-type:refresh_token"
	typeID      = "urn:ietf:params:oauth:token-type:id_token"
	typeJWT     = "urn:ietf:params:oauth:token-type:jwt"
)

// exchangeToken gives a token for a token (RFC 8693 §2). Without an actor the client gets a token as the subject would
// have it: impersonation. With one, act says who acts for the subject: delegation (§1.1). The caller holds the lock.
func (x *exchange) exchangeToken() (document, *refusal) {
	subject, bad := x.presentedToken("subject")
	if bad != nil {
		return nil, bad
	}
	var actor *found
	switch {
	case x.form.Has("actor_token"):
		t, bad := x.presentedToken("actor")
		if bad != nil {
			return nil, bad
		}
		actor = &t
	case x.form.Has("actor_token_type"):
		return nil, refused("invalid_request", "actor_token_type was sent without actor_token")
	}
	requested := x.form.Get("requested_token_type")
	if requested == "" {
		requested = typeAccess
	}
	if !slices.Contains([]string{typeAccess, typeJWT, typeID}, requested) {
		return nil, refused("invalid_request", "requested_token_type '%s' is not supported; %s", requested, only([]string{typeAccess, typeJWT, typeID}))
	}
	what, bad := x.exchanged(subject, actor)
	if bad != nil {
		return nil, bad
	}
	g := *subject.grant
	g.client, g.scopes, g.audiences, g.parent, g.nonce, g.details = x.client, what.scopes, what.audiences, subject.grant, "", what.details
	if g.user == nil { // about a client: keep whom it is about
		g.machine = subject.grant.subject()
	}
	x.grant = &g
	if requested == typeID {
		return x.exchangedIDToken(what)
	}
	if requested == typeJWT && x.client.AccessToken != FormatJWT {
		return nil, refused("invalid_request", "client '%s' gets opaque access tokens; request %s", x.client.ID, typeAccess)
	}
	response, _, bad := x.bearerResponse(what)
	if bad != nil {
		return nil, bad
	}
	response.add("issued_token_type", requested)
	return response, nil
}

// presentedToken reads subject_token or actor_token, and its type (RFC 8693 §2.1).
func (x *exchange) presentedToken(role string) (found, *refusal) {
	refuse := func(format string, args ...any) (found, *refusal) {
		return found{}, refused("invalid_request", format, args...)
	}
	name := role + "_token"
	value, kind := x.form.Get(name), x.form.Get(name+"_type")
	switch {
	case value == "":
		return refuse("%s is missing", name)
	case kind == "":
		return refuse("%s_type is missing", name)
	case !slices.Contains([]string{typeAccess, typeRefresh, typeID, typeJWT}, kind):
		return refuse("%s_type '%s' is not supported; %s", name, kind, only([]string{typeAccess, typeRefresh, typeID, typeJWT}))
	}
	t, ok := x.find(value)
	is := typeID
	switch {
	case t.access != nil:
		is = typeAccess
	case t.refresh != nil:
		is = typeRefresh
	}
	jwt := kind == typeJWT && strings.Count(value, ".") == 2
	switch {
	case !ok:
		return refuse("%s is not one of this provider's, or ran out long ago", name)
	case kind != is && !jwt:
		return refuse("%s is of the type %s, not %s", name, is, kind)
	case t.revoked != "":
		return refuse("%s is revoked: %s", name, t.revoked)
	case !x.now.Before(t.expires):
		return refuse("%s expired %s ago", name, x.now.Sub(t.expires).Round(time.Second))
	case t.refresh != nil && !t.grant.client.is(x.client):
		return refuse("%s was issued to another client than '%s': a refresh token is for its own client alone", name, x.client.ID)
	}
	return t, nil
}

// exchanged decides what the new token is for: never more than the subject's, and never longer.
func (x *exchange) exchanged(subject found, actor *found) (issuance, *refusal) {
	have := subject.grant.scopes
	what := issuance{until: subject.expires, details: subject.grant.details}
	if subject.access != nil {
		have, what.actor, what.details = subject.access.scopes, subject.access.actor, subject.access.details
	}
	for _, s := range have {
		if slices.Contains(x.client.Scopes, s) && s != "offline_access" {
			what.scopes = append(what.scopes, s)
		}
	}
	if asked := strings.Fields(x.form.Get("scope")); len(asked) > 0 {
		if !covers(what.scopes, asked) {
			return what, refused("invalid_scope", "scope '%s' goes beyond what the subject token and client '%s' have in common: %s",
				x.form.Get("scope"), x.client.ID, strings.Join(what.scopes, " "))
		}
		what.scopes = among(what.scopes, asked)
	}
	var bad *refusal
	if what.audiences, bad = targets(x.form); bad != nil {
		return what, bad
	}
	if what.details, bad = x.narrowDetails(what.details); bad != nil {
		return what, bad
	}
	if actor != nil {
		act := document{{"sub", actor.grant.subject()}}
		if what.actor != nil {
			act.add("act", what.actor) // who acted before (RFC 8693 §4.1)
		}
		what.actor = act
	}
	return what, nil
}

// exchangedIDToken gives an ID token for the client: no access token, so N_A (RFC 8693 §2.2.1).
func (x *exchange) exchangedIDToken(what issuance) (document, *refusal) {
	if x.grant.user == nil || !slices.Contains(what.scopes, "openid") {
		return nil, refused("invalid_request", "there is no ID token without a person and the scope openid; the subject token has: %s", strings.Join(what.scopes, " "))
	}
	if what.actor != nil {
		return nil, refused("invalid_request", "an ID token says nothing of actors; request %s", typeAccess)
	}
	compact, bad := x.idToken(what, "")
	if bad != nil {
		return nil, bad
	}
	return document{
		{"access_token", compact},
		{"issued_token_type", typeID},
		{"token_type", "N_A"},
		{"expires_in", int(what.end(x.now.Add(x.lifetimes().IDToken)).Sub(x.now).Seconds())},
	}, nil
}
