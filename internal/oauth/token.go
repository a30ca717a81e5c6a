package oauth

import (
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Response is what a token endpoint granted (RFC 6749 §5.1).
type Response struct {
	AccessToken     secret.Secret
	RefreshToken    secret.Secret
	IDToken         secret.Secret
	TokenType       string         // "Bearer", "DPoP", "N_A", or "bot" and "user" (Slack)
	ExpiresIn       *time.Duration // nil where it is not known; never negative
	Scopes          []string
	ScopeGiven      bool // absent means: as requested
	IssuedTokenType string
	Members         strictjson.Object
	Raw             []byte // JSON as it came; a form body re-made as JSON
}

// Scheme returns the scheme of the Authorization header that the token is used with, or "" where it is no token to be
// used so (RFC 6749 §7.1, RFC 8693 §2.2.1).
func (r *Response) Scheme() string { return "Bearer" }

// OAuth2 returns the tokens as x/oauth2 has them.
func (r *Response) OAuth2(now time.Time) *oauth2.Token { return nil }

// ParseTokenResponse judges the answer of a token endpoint (RFC 6749 §5).
func ParseTokenResponse(status int, header http.Header, body []byte) (*Response, verdict.Checks, error) {
	return nil, nil, nil
}
