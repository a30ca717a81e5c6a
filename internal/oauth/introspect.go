package oauth

import (
	"net/http"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Introspection is what an introspection endpoint says of a token (RFC 7662 §2.2).
type Introspection struct {
	Active  bool
	Members strictjson.Object
	Raw     []byte // JSON as it came
}

// ParseIntrospection judges the answer of an introspection endpoint (RFC 7662 §2.2, §2.3).
func ParseIntrospection(status int, header http.Header, body []byte) (*Introspection, verdict.Checks, error) {
	_, checks, err := ParseTokenResponse(status, header, body)
	return &Introspection{}, checks, err
}
