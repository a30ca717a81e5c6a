// Package oidc judges what a verified or unverified JWT says: whether its claims fit the kind of token that it is, and
// what its reader expected of it (OpenID Connect Core, RFC 9068, Back-Channel Logout, RFC 9449, JARM, RFC 9701).
//
// Signatures are package jose's business; Verify joins both into one report. Every rule is one row of a table.
package oidc

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// Kind is what a JWT is meant to be (RFC 8725 §3.11).
type Kind string

// The kinds that are known.
const (
	ID            Kind = "id"
	Access        Kind = "access"
	Logout        Kind = "logout"
	DPoP          Kind = "dpop"
	JARM          Kind = "jarm"
	Introspection Kind = "introspection"
	Request       Kind = "request"
	Assertion     Kind = "assertion"
	Unknown       Kind = "unknown"
	UserInfo      Kind = "userinfo" // a signed answer; only what was asked of that endpoint is one, so nobody names it
)

// Kinds returns every kind that can be asked for, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{ID, Access, Logout, DPoP, JARM, Introspection, Request, Assertion}
}

// kindOfType returns the kind that an explicit typ names; Unknown for one of a kind that is not judged here, and empty
// where typ says nothing.
func kindOfType(mediaType string) Kind {
	switch mediaType {
	case "at+jwt":
		return Access
	case "logout+jwt":
		return Logout
	case "dpop+jwt":
		return DPoP
	case "token-introspection+jwt":
		return Introspection
	case "oauth-authz-req+jwt":
		return Request
	case "client-authentication+jwt":
		return Assertion
	case "dpop+id_token":
		return ID
	}
	if strings.Contains(mediaType, "+") {
		return Unknown
	}
	return ""
}

// Detect guesses the kind of a token: by its typ, then by its claims. It is for showing and for choosing rules; nothing
// becomes true by it (RFC 8725 §3.11).
func Detect(t *jose.Token, clientID string) Kind {
	if kind := kindOfType(t.MediaType()); kind != "" {
		return kind
	}
	c := t.Claims
	use, _ := c.String("token_use") // Cognito
	typ, _ := c.String("typ")       // Keycloak
	switch {
	case backChannelEvent(c):
		return Logout
	case c.Has("token_introspection"):
		return Introspection
	case c.Has("htm") && c.Has("htu"):
		return DPoP
	case c.Has("client_id") && (c.Has("response_type") || c.Has("redirect_uri")):
		return Request
	case use == "id" || typ == "ID" || c.Has("at_hash") || c.Has("c_hash"):
		return ID
	case use == "access" || typ == "Bearer" || c.Has("scope") || c.Has("scp") || c.Has("scopes") || c.Has("client_id"):
		return Access
	case !c.Has("sub") && (c.Has("code") || c.Has("error") || c.Has("response")):
		return JARM
	case sameParty(c):
		return Assertion
	}
	return detectByAudience(c, clientID)
}

// detectByAudience tells ID tokens from access tokens where only weak signs are left.
func detectByAudience(c strictjson.Object, clientID string) Kind {
	forClient := clientID != "" && slices.Contains(audiences(c), clientID)
	about := c.Has("nonce") || c.Has("auth_time")
	switch {
	case forClient, about && (clientID == "" || !c.Has("azp")):
		return ID
	case c.Has("azp"):
		return Access
	case c.Has("sub") && c.Has("iat") && hasAny(c, "email", "name", "preferred_username", "given_name"):
		return ID
	}
	return Unknown
}

func hasAny(c strictjson.Object, names ...string) bool {
	return slices.ContainsFunc(names, c.Has)
}

func sameParty(c strictjson.Object) bool {
	iss, _ := c.String("iss")
	sub, _ := c.String("sub")
	return iss != "" && iss == sub
}

// audiences returns aud, one or many; nil where it has another type.
func audiences(c strictjson.Object) []string {
	if one, err := c.String("aud"); err == nil && one != "" {
		return []string{one}
	}
	many, err := c.Strings("aud")
	if err != nil {
		return nil
	}
	return many
}

const backChannel = "http://schemas.openid.net/event/backchannel-logout"

func backChannelEvent(c strictjson.Object) bool {
	events, ok, err := c.Object("events")
	return ok && err == nil && events.Has(backChannel)
}
