package oidc

import (
	"encoding/base64"
	"fmt"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/text"
)

// HashClaim returns the value of at_hash, c_hash or s_hash for a value: the left half of its hash, by the algorithm of the
// ID token that carries it (OpenID Connect Core §3.1.3.6, §3.3.2.11).
func HashClaim(alg jose.Algorithm, value string) (string, error) {
	hash := alg.Hash()
	if hash == 0 {
		return "", fmt.Errorf("no hash is known for alg %q", text.Escape(string(alg)))
	}
	h := hash.New()
	h.Write([]byte(value))
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), nil
}
