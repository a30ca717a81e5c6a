package oauth

import (
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// ParseImplicit judges the answer of an authorization endpoint that gives the tokens itself (RFC 6749 §4.2.2, OIDC
// Core §3.2.2.5).
func ParseImplicit(encoded string, p Pending) (*Response, verdict.Checks, error) {
	c, err := ParseCallback(encoded, p)
	if err != nil {
		return nil, nil, err
	}
	return &Response{}, c.Checks(), nil
}
