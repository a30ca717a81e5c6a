package oidc

import (
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// explicitType returns the typ of a kind, empty where none is registered, and what a token without it is.
func explicitType(k Kind) (mediaType string, untyped verdict.Status) {
	switch k {
	case Access:
		return "at+jwt", verdict.Pass // access_token.typ tells more
	case Logout:
		return "logout+jwt", verdict.Pass // recommended only, Back-Channel Logout §4.1
	case DPoP:
		return "dpop+jwt", verdict.Fail
	case Introspection:
		return "token-introspection+jwt", verdict.Fail
	case Request:
		return "oauth-authz-req+jwt", verdict.Warn
	case Assertion:
		return "client-authentication+jwt", verdict.Pass
	}
	return "", verdict.Pass
}

func wantedType(k Kind) string {
	mediaType, untyped := explicitType(k)
	switch {
	case mediaType == "":
		return "JWT, or no typ"
	case untyped == verdict.Fail:
		return mediaType
	}
	return mediaType + ", JWT, or no typ"
}

// judgeType refuses a token whose explicit type is that of another kind.
func judgeType(s *subject) findings {
	want, untyped := explicitType(s.kind)
	got := s.token.MediaType()
	shown := "no typ"
	if got != "" {
		shown = s.say(func() string { return fmt.Sprintf("typ %q", s.token.Type) })
	}
	switch {
	case got == "" || got == "jwt":
		if untyped == verdict.Pass {
			return s.pass(shown)
		}
		return findings{{status: untyped, want: wantedType(s.kind), got: shown}}
	case got == want, s.kind == ID && got == "dpop+id_token":
		return s.pass(shown)
	case strings.Contains(got, "+") || untyped == verdict.Fail:
		return fail(wantedType(s.kind), shown+": a token of another kind", kindHint(kindOfType(got)))
	}
	return warn(wantedType(s.kind), shown, "")
}

func kindHint(k Kind) string {
	if k == "" || k == Unknown {
		return "use the token for what its typ says, and for nothing else"
	}
	return fmt.Sprintf("if this kind of token was expected, say so: --kind %s", k)
}

// judgeIDTokenKind refuses what says by its claims that it is no ID token.
func judgeIDTokenKind(s *subject) findings {
	use, _ := s.claims.String("token_use")
	typ, _ := s.claims.String("typ")
	switch {
	case s.claims.Has("events"):
		return fail("an ID token", "a token with events: a logout token or another security event", kindHint(Logout))
	case use == "access":
		return fail("an ID token", "token_use access: an access token", kindHint(Access))
	case typ == "Bearer" || typ == "DPoP" || typ == "Refresh" || typ == "Offline" || typ == "Logout":
		return fail("an ID token", fmt.Sprintf("the claim typ is %q: a token of another kind", typ), "")
	}
	return nil
}

// judgeUserInfoKind refuses a security event, which is signed by the same issuer for the same client.
func judgeUserInfoKind(s *subject) findings {
	if s.claims.Has("events") {
		return fail("an answer of the userinfo endpoint", "a token with events: a logout token or another security event", "")
	}
	return nil
}

// strict says whether the rules of RFC 9068 are binding: the token claims to follow them, or the reader demands it.
func (s *subject) strict() bool { return s.want.Strict || s.token.MediaType() == "at+jwt" }

// strictly returns fail where RFC 9068 binds, else warn.
func (s *subject) strictly() verdict.Status {
	if s.strict() {
		return verdict.Fail
	}
	return verdict.Warn
}

// judgeAccessTokenType wants at+jwt: by the letter if the reader is strict, as a warning otherwise, since most providers
// do not set it.
func judgeAccessTokenType(s *subject) findings {
	if s.token.MediaType() == "at+jwt" {
		return s.pass(s.say(func() string { return "typ " + s.token.Type }))
	}
	got := "no typ"
	if s.token.Type != "" {
		got = fmt.Sprintf("typ %q", s.token.Type)
	}
	return findings{{
		status: s.strictly(), want: "typ at+jwt", got: got,
		hint: "without this typ an API may take another token of the same issuer for an access token",
	}}
}

// judgeAccessTokenKind refuses an ID token, and warns of what looks like one.
func judgeAccessTokenKind(s *subject) findings {
	use, _ := s.claims.String("token_use")
	typ, _ := s.claims.String("typ")
	const refused = ": this is an ID token, not an access token"
	hint := "send the access token to the API, never the ID token"
	switch {
	case s.claims.Has("at_hash") || s.claims.Has("c_hash"):
		return fail("an access token", "at_hash or c_hash"+refused, hint)
	case use == "id":
		return fail("an access token", "token_use id"+refused, hint)
	case typ == "ID":
		return fail("an access token", "the claim typ is ID"+refused, hint)
	case s.claims.Has("events"):
		return fail("an access token", "a token with events: a security event", kindHint(Logout))
	case s.claims.Has("nonce"):
		return warn("an access token", "a nonce, which belongs into an ID token", "make sure that this is no ID token")
	case s.want.ClientID != "" && isOnly(audiences(s.claims), s.want.ClientID):
		return warn("an audience that names an API", "the client itself is the only audience", "make sure that this is no ID token")
	}
	return nil
}

func isOnly(list []string, value string) bool { return len(list) == 1 && list[0] == value }
