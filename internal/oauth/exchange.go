package oauth

import (
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CheckExchange judges what a token exchange says of the token that it issued; requestedType is "" where none was asked
// for (RFC 8693 §2.2.1).
func CheckExchange(r *Response, requestedType string) verdict.Checks {
	const rule, spec = "exchange.issued_token_type", "RFC 8693 §2.2.1"
	check := verdict.Check{Rule: rule, Spec: spec, Status: verdict.Pass, Want: requestedType, Got: text.Escape(r.IssuedTokenType)}
	switch {
	case r.IssuedTokenType == "":
		check.Status, check.Got = verdict.Warn, "no issued_token_type"
		check.Hint = "what kind of token came is not known; a stricter client fails here"
	case requestedType != "" && r.IssuedTokenType != requestedType:
		check.Status = verdict.Warn
		check.Hint = "another kind of token came than was asked for: its receiver may refuse it"
	}
	checks := verdict.Checks{check}
	if r.TokenType == TypeNA {
		checks = append(checks, verdict.Check{
			Rule: "exchange.token_type", Spec: spec, Status: verdict.Pass, Got: "N_A: it is not to be sent as an access token",
		})
	}
	return checks
}

// Actor returns who acts for the subject of a token, the current actor first; the others are for information only. Each
// can be printed as it is (RFC 8693 §4.1).
func Actor(claims strictjson.Object) []string {
	var chain []string
	for {
		act, ok, err := claims.Object("act")
		if !ok || err != nil {
			return chain
		}
		chain = append(chain, nameOf(act))
		claims = act
	}
}

// nameOf names an actor by the claims that identify one.
func nameOf(act strictjson.Object) string {
	name := firstOf(act, "sub", "client_id", "azp")
	if name == "" {
		name = "an actor without sub"
	}
	if issuer := word(act, "iss"); issuer != "" {
		name += " (" + issuer + ")"
	}
	return text.Escape(name)
}
