package oidc

import (
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// Expected is what the reader of a token knows beforehand. What is left empty cannot be compared: the checks that
// would need it are skipped and say so.
type Expected struct {
	Kind      Kind     // empty: detect it
	Issuers   []string // any of them; one may hold {tenantid}, which stands for the token's tid
	ClientID  string
	Audiences []string // any of them
	Nonce     *string  // nil: not known; empty: none was sent
	NonceOwed bool     // every kind of token must have the nonce, not only those that are bound by one

	AccessToken secret.Secret // for at_hash, and ath of a DPoP proof
	Code        secret.Secret // for c_hash: give it only where the token came in the same answer (hybrid flows)
	State       secret.Secret // for s_hash
	RequestID   secret.Secret // auth_req_id, where the token answers a backchannel request (CIBA)
	Required    []string      // claims that this flow demands beyond the kind's own, such as at_hash

	Decryption   jose.Decryption // for tokens that come encrypted
	Confirmation Confirmation    // what an access token must be bound to

	MaxAge    *time.Duration // as in max_age
	ACRValues []string       // any of them
	Fresh     bool           // the token was issued just now: warn when its iat is old

	TrustedAudiences  []string
	AuthorizedParties []string
	RequireScopes     []string
	RequireClaims     []ClaimValue

	Strict bool // RFC 9068 to the letter

	// For many tokens: Outcomes leaves the claims' checks without the words that nobody will read, and Headers, of one
	// goroutine, remembers the last header.
	Outcomes bool
	Headers  *jose.Headers

	Leeway time.Duration
	Now    time.Time
	Skew   time.Duration // how far the provider's clock is known to be ahead of Now
}

// Confirmation names the keys that an access token must be bound to; what is empty is not compared (RFC 7800 §3.1).
type Confirmation struct {
	JKT string // the thumbprint of the DPoP key (RFC 9449 §6.1)
	X5T string // the SHA-256 of the client certificate, base64url (RFC 8705 §3.1)
}

// ClaimValue is a claim that must have a value. Path is a claim's name, or names joined by dots; Value is a string, or
// the JSON spelling of anything else. Of a list, one element must have the value.
type ClaimValue struct {
	Path  string
	Value string
}
