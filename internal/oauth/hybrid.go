package oauth

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// hybridTypes are the response types that bring a code, alone or with tokens (OAuth 2.0 Multiple Response Types §5).
func hybridTypes() []string {
	return []string{"code", "code id_token", "code token", "code id_token token"}
}

// ResponseType returns a response type in the order in which it is registered: its words may come in any
// (RFC 6749 §3.1.1).
func ResponseType(words string) (string, error) {
	asked := strings.Fields(words)
	slices.Sort(asked)
	for _, known := range hybridTypes() {
		list := strings.Fields(known)
		slices.Sort(list)
		if slices.Equal(list, asked) {
			return known, nil
		}
	}
	p := problem.Usagef("usage.response_type", "--response-type is %q, and can be %s", text.Escape(words), strings.Join(hybridTypes(), ", "))
	if len(asked) > 0 && !slices.Contains(asked, "code") {
		return "", p.WithHint("tokens without a code are the implicit grant: oauthctl token implicit")
	}
	return "", p
}

// ParseHybrid judges an answer that brings a code and the tokens that the response type names, in the order of
// ParseCallback. The code is not to be redeemed before the ID token that came with it is verified (OpenID Connect Core
// §3.3.2.5, §3.3.2.9).
func ParseHybrid(encoded string, p Pending) (*Callback, *Response, error) {
	c, err := readCallback(encoded, p)
	if err != nil {
		return nil, nil, err
	}
	if err := c.judgeCode(); err != nil {
		return nil, nil, err
	}
	front, checks, err := c.tokens(p.ResponseType)
	if err != nil {
		return nil, nil, err
	}
	c.checks = checks
	return c, front, nil
}
