package oauth

import (
	"crypto/rand"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The methods of PKCE, and the wish to do without it (RFC 7636 §4.2).
const (
	PKCES256  = "S256"
	PKCEPlain = "plain"
	PKCENone  = "none"
)

// PKCE proves at the token endpoint that the one who redeems a code is the one who asked for it. The zero value sends
// nothing (RFC 7636).
type PKCE struct {
	Method   string
	Verifier secret.Secret
}

// NewPKCE makes a verifier of 256 random bits for the method; "" and "none" make the PKCE that sends nothing (RFC
// 7636 §4.1).
func NewPKCE(method string) (PKCE, error) {
	switch method {
	case "", PKCENone:
		return PKCE{}, nil
	case PKCES256, PKCEPlain:
		return PKCE{Method: method, Verifier: secret.New(oauth2.GenerateVerifier())}, nil
	}
	methods := []string{PKCES256, PKCEPlain, PKCENone}
	p := problem.Usagef("usage.pkce", "unknown PKCE method %q", text.Escape(method))
	if near := text.Suggest(method, methods); near != "" {
		return PKCE{}, p.WithHint("--pkce %s", near)
	}
	return PKCE{}, p.WithHint("--pkce takes %s", strings.Join(methods, ", "))
}

// Sends says whether the flow uses PKCE at all.
func (p PKCE) Sends() bool { return p.Method != "" && p.Method != PKCENone }

// Challenge returns what the authorization request shows of the verifier (RFC 7636 §4.2).
func (p PKCE) Challenge() string {
	switch p.Method {
	case PKCES256:
		return oauth2.S256ChallengeFromVerifier(p.Verifier.Reveal())
	case PKCEPlain:
		return p.Verifier.Reveal()
	}
	return ""
}

// Check says whether a verifier that the user brought is one: 43 to 128 unreserved characters (RFC 7636 §4.1).
func (p PKCE) Check() error {
	if !p.Sends() {
		return nil
	}
	bad := func(got string) error {
		return &problem.Error{
			Kind: problem.Usage, Code: "usage.pkce", Message: "the code verifier is not usable", Spec: "RFC 7636 §4.1",
			Want: "43 to 128 characters of A-Z a-z 0-9 - . _ ~", Got: got,
		}
	}
	verifier := p.Verifier.Reveal()
	if n := len(verifier); n < 43 || n > 128 {
		return bad(count(n, "byte"))
	}
	for i := range len(verifier) {
		if !isUnreserved(verifier[i]) {
			return bad("another character at position " + ordinal(i))
		}
	}
	return nil
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// NewState makes a value of at least 128 random bits that ties an answer to its request (RFC 6749 §10.12).
func NewState() string { return rand.Text() }

// NewNonce makes a value of at least 128 random bits that ties an ID token to its request (OIDC Core §15.5.2).
func NewNonce() string { return rand.Text() }
