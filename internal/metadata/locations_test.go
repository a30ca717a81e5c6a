package metadata

import (
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// TestCheckIssuer refuses what no issuer can be, before anything is sent (RFC 8414 §2).
func TestCheckIssuer(t *testing.T) {
	for issuer, good := range map[string]bool{
		"https://id.test": true, "https://id.test:8443/realms/a": true, "http://127.0.0.1:1": true,
		"": false, "\u0020https://id.test": false, "id.test": false, "//id.test": false, "ftp://id.test": false, "https:id.test": false, "https:///a": false,
		"https://user@id.test": false, "https://id.test?a": false, "https://id.test?": false, "https://id.test#a": false, "https://id.test#": false, "https://id.test:x": false,
	} {
		_, err := CheckIssuer(issuer, wire.LoopbackOnly)
		if (err == nil) != good || err != nil && problem.As(err).Kind != problem.Usage {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
