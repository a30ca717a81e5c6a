package oauth

import (
	"net/http"
	"net/url"
	"time"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Pushed is the answer of a pushed authorization request endpoint (RFC 9126 §2.2).
type Pushed struct {
	RequestURI string        // printable ASCII; a name for the request and nothing to fetch
	ExpiresIn  time.Duration // 0 where it is not known
}

// ParsePushed judges the answer of a pushed authorization request endpoint (RFC 9126 §2.2, §2.3).
func ParsePushed(status int, header http.Header, body []byte) (*Pushed, verdict.Checks, error) {
	a, err := readGranted(parPlace, status, header, body)
	if err != nil {
		return nil, a.checks, err
	}
	a.expectStatus(http.StatusCreated)
	uri, err := a.required("request_uri", 0x21, maxAddress)
	if err != nil {
		return nil, a.checks, err
	}
	lifetime := a.seconds(span{name: "expires_in", high: maxPending})
	return &Pushed{RequestURI: uri, ExpiresIn: lifetime}, a.checks, nil
}

// PushedURL returns the address that the browser opens for a pushed request: nothing of the request is in it any more
// (RFC 9126 §4).
func PushedURL(endpoint, clientID, requestURI string) (string, error) {
	return openable(authorizePlace, endpoint, url.Values{"client_id": {clientID}, "request_uri": {requestURI}})
}
