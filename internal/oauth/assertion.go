package oauth

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// What the audience of a client assertion can be named by, beside a URL.
const (
	AudienceIssuer   = "issuer"
	AudienceToken    = "token"
	AudienceEndpoint = "endpoint"
)

// assertionType says that an assertion is a JWT (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionLifetime is long enough for a slow network and clocks that differ a little, and too short to be of use to
// who reads it in a log (RFC 7523 §3).
const assertionLifetime = 60 * time.Second

// The types of a client assertion. The update of RFC 7523 types it, and wants the issuer as its audience: the two go
// together. Who asks for another audience talks to a server from before, and some of those (Nimbus by default) refuse
// every type but JWT (draft-ietf-oauth-rfc7523bis-11 §4, §5).
const (
	typAssertion       = "client-authentication+jwt"
	typLegacyAssertion = "JWT"
)

// assertion is what a client says of itself to one server, once. The audience is one string: a server that is named
// beside another could use the assertion there (RFC 7523 §3, draft-ietf-oauth-rfc7523bis-11 §5).
type assertion struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// assert signs a fresh assertion into the form.
func (c Credentials) assert(method string, t Target, form url.Values) error {
	audience, typ, err := c.audience(t)
	if err != nil {
		return err
	}
	signer := c.Signer
	if method == AuthSecretJWT {
		alg := c.SecretAlgorithm
		if alg == "" {
			alg = secretAlgorithm(t.SupportedAlgs)
		}
		signer = jose.NewSecretSigner(c.Secret, alg)
	}
	compact, err := signer.Sign(typ, assertion{
		Issuer: c.ID, Subject: c.ID, Audience: audience, ID: rand.Text(),
		IssuedAt: t.Now.Unix(), Expires: t.Now.Add(assertionLifetime).Unix(),
	})
	if err != nil {
		return fmt.Errorf("signing the client assertion: %w", err)
	}
	form.Set("client_id", c.ID) // not needed by the standard, but by some servers to find the key
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", compact)
	return nil
}

// audience returns for whom an assertion is made: the issuer, unless the user knows better. What metadata says of
// endpoints is never used where the issuer is known: a hostile document could name another server there.
func (c Credentials) audience(t Target) (audience, typ string, err error) {
	switch c.AssertionAudience {
	case "", AudienceIssuer:
		if t.Issuer != "" {
			return t.Issuer, typAssertion, nil
		}
		audience = t.TokenEndpoint
	case AudienceToken:
		audience = t.TokenEndpoint
	case AudienceEndpoint:
		audience = t.Endpoint
	default:
		if err := CheckAssertionAudience(c.AssertionAudience); err != nil {
			return "", "", err
		}
		if c.AssertionAudience == t.Issuer {
			return t.Issuer, typAssertion, nil
		}
		audience = c.AssertionAudience
	}
	if audience == "" {
		return "", "", problem.Usagef("usage.assertion_audience", "for whom the client assertion is made is not known: neither issuer nor token endpoint").
			WithHint("--issuer URL, or --assertion-audience URL")
	}
	return audience, typLegacyAssertion, nil
}

// CheckAssertionAudience refuses what is neither the name of an audience nor a URL. Empty is the default.
func CheckAssertionAudience(name string) error {
	known := []string{AudienceIssuer, AudienceToken, AudienceEndpoint}
	u, err := url.Parse(name)
	if name == "" || slices.Contains(known, name) || err == nil && u.IsAbs() && isVisible(name) {
		return nil
	}
	p := problem.Usagef("usage.assertion_audience", "unknown audience %q of a client assertion", text.Escape(name))
	if near := text.Suggest(name, known); near != "" {
		return p.WithHint("--assertion-audience %s", near)
	}
	return p.WithHint("--assertion-audience takes %s or a URL", strings.Join(known, ", "))
}

// secretAlgorithm is HS256, unless the provider lists other HMAC algorithms without it (OIDC Core §9).
func secretAlgorithm(supported []string) jose.Algorithm {
	for _, alg := range jose.Symmetric() {
		if slices.Contains(supported, string(alg)) {
			return alg
		}
	}
	return jose.HS256
}
