package oauth

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// typRequestObject keeps a request object from being taken for any other token of the client (RFC 9101 §4, §10.8).
const typRequestObject = "oauth-authz-req+jwt"

// requestLifetime is long enough for a person to arrive at the provider, and far below the hour that is the most
// (FAPI 2.0 Message Signing §5.3.1).
const requestLifetime = 5 * time.Minute

// RequestObject is an authorization request that its client signs, so that nobody can change it on the way through the
// browser (RFC 9101, OpenID Connect Core §6.1).
type RequestObject struct {
	Issuer   string     // the client_id
	Audience string     // the provider's issuer
	Params   url.Values // everything that is asked for
}

// Sign returns the request object as a JWT of its own type. Parameters become members, each with the type that it has
// in JSON; one that comes several times becomes a list (RFC 9101 §4, RFC 8707 §2.1).
func (r RequestObject) Sign(s Signer, now time.Time) (string, error) {
	claims := make(map[string]any, len(r.Params)+6)
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		switch name {
		case "iss", "aud", "sub", "iat", "nbf", "exp", "jti", "request", "request_uri":
			return "", problem.Usagef("usage.param", "the parameter %q has another meaning in a request object, and cannot be sent in it", text.Escape(name))
		case "client_secret", "client_assertion", "client_assertion_type":
			continue // they stand beside the request object: they prove who sends it
		}
		value, err := member(name, r.Params[name])
		if err != nil {
			return "", err
		}
		claims[name] = value
	}
	claims["iss"], claims["client_id"], claims["aud"], claims["jti"] = r.Issuer, r.Issuer, r.Audience, rand.Text()
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(requestLifetime).Unix()
	compact, err := s.Sign(typRequestObject, claims)
	if err != nil {
		return "", fmt.Errorf("signing the request object: %w", err)
	}
	return compact, nil
}

// member gives a parameter the type that it has inside a request object: everything is text in a form
// (OpenID Connect Core §6.1, RFC 9396 §3).
func member(name string, values []string) (any, error) {
	if len(values) != 1 {
		return values, nil
	}
	value := values[0]
	switch {
	case (name == "max_age" || name == "requested_expiry") && isWholeNumber(value),
		(name == "claims" || name == "authorization_details") && json.Valid([]byte(value)):
		return json.RawMessage(value), nil
	case name == "claims" || name == "authorization_details":
		return nil, problem.Usagef("usage.param", "the parameter %s is no JSON, and a request object holds it as such", name)
	}
	return value, nil
}
