package oauth

import (
	"net/http"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// ParseRevocation judges the answer of a revocation endpoint; no error means revoked (RFC 7009 §2.2).
func ParseRevocation(status int, header http.Header, body []byte) (verdict.Checks, error) {
	_, checks, err := ParseTokenResponse(status, header, body)
	return checks, err
}
