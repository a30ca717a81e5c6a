// Package fapi holds the FAPI 2.0 Security Profile (Final) and FAPI 2.0 Message Signing (Final) as one table: what each
// requirement turns on and forbids of what a user chose, what it wants of the provider's metadata, and what it says of
// what came back. It sends nothing and knows no clock.
package fapi

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Profile is what a conversation is held to.
type Profile int

// The profiles; each includes those before it.
const (
	None Profile = iota
	Security
	MessageSigning
)

// String returns the name of the specification.
func (p Profile) String() string {
	switch p {
	case Security:
		return "FAPI 2.0 Security Profile"
	case MessageSigning:
		return "FAPI 2.0 Message Signing"
	}
	return "no profile"
}

// Parse reads a profile's short name; "" and "none" are no profile.
func Parse(name string) (Profile, error) {
	switch name {
	case "", "none":
		return None, nil
	case "security":
		return Security, nil
	case "message-signing":
		return MessageSigning, nil
	}
	names := []string{"security", "message-signing", "none"}
	err := problem.Usagef("usage.fapi2", "--fapi2 is %q, and can be %s", text.Escape(name), strings.Join(names, ", "))
	if near := text.Suggest(name, names); near != "" {
		return None, err.WithHint("--fapi2=%s", near)
	}
	return None, err
}

// Algorithms are those that JWTs may be signed with (FAPI 2.0 Security Profile §5.4.1, RFC 9864 §2.2).
func Algorithms() jose.Algorithms {
	return jose.Algorithms{jose.PS256, jose.ES256, jose.EdDSA, jose.Ed25519}
}

// Narrow leaves of a list what the profile allows; without a profile it is the list.
func (p Profile) Narrow(list jose.Algorithms) jose.Algorithms {
	if p == None {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(a jose.Algorithm) bool { return !Algorithms().Allows(a) })
}

// CipherSuites are those that TLS 1.2 may use between servers: the recommended ones of BCP 195 (FAPI 2.0 Security
// Profile §5.2.2, RFC 9325 §4.2). Without a profile it is nil.
func (p Profile) CipherSuites() []uint16 {
	if p == None {
		return nil
	}
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	}
}

// Choices are what a user chose for a conversation, as far as the profile has a say in it.
type Choices struct {
	Grant         string         // grant_type; empty where no token is asked for
	Authorization *Authorization // nil where no browser is involved
	Discovers     bool           // a provider is asked for its metadata
	Client        bool           // a client authenticates
	Presents      bool           // an access token is presented
	Introspects   bool           // a token is asked about
	SignedAnswer  bool           // in a signed answer

	Issuer, ExpectIssuer string
	Endpoints            []string
	PlainHTTP, AnyTLS    bool   // --allow-http, --insecure
	AuthMethod           string // asked for by name
	Secret               bool
	Key                  Key // of private_key_jwt and request objects
	Certificate          Key // of mTLS
	AssertionAudience    string
	DPoP                 string // the algorithm; "none" where it was turned off, empty where nothing was said
	DPoPOptional         bool
	Algorithms           jose.Algorithms // --algs; nil: what the metadata lists
	Decryption           []string        // --decryption-algs; nil: every one but RSA1_5
	Leeway               *time.Duration  // nil: nothing is judged by the clock
	BoundByCertificate   bool            // and not by DPoP: set by Offered, where the provider binds tokens to the certificate
}

// Authorization are the choices of a flow through the browser.
type Authorization struct {
	ResponseType, ResponseMode, PAR, PKCE, RedirectURI string
	RequestObject                                      string // its algorithm, "auto" for the key's; "none" where it was turned off, empty where nothing was said
}

// Key is a private key at hand. The zero value is none.
type Key struct {
	Algorithm jose.Algorithm // that it will sign by; empty where that is not known
	Type      string         // RSA, EC, OKP; empty where a command signs
	Bits      int
	Given     bool
}

// Outcome is what came back, as far as the profile has a say in it. Its fields are zero where there is nothing of the
// kind.
type Outcome struct {
	AuthMethod       string
	Pushed           time.Duration // how long the reference to the pushed request is good for
	Answered         bool          // the authorization endpoint has answered
	Issuer           string        // that the answer named, verified
	Signed           jose.Algorithm
	Code             secret.Secret
	Response         bool // the token endpoint has answered
	AccessToken      secret.Secret
	Refresh          secret.Secret
	Rotated          bool    // the refresh token that was sent was replaced
	Bound            Binding // by what the token type and the token say
	Opaque           bool    // the access token does not say to what it is bound
	AccessAlg        jose.Algorithm
	IDTokenAlg       jose.Algorithm
	Introspected     bool
	IntrospectionAlg jose.Algorithm // empty: plain JSON
	Plain            string         // an address that was called without TLS
}

// Binding is what an access token is bound to; empty is nothing.
type Binding string

// The bindings, by the member of cnf that says so (RFC 9449 §6.1, RFC 8705 §3.1).
const (
	ByDPoP        Binding = "jkt"
	ByCertificate Binding = "x5t#S256"
)

// rule is one requirement. A function is nil where it has nothing to say.
type rule struct {
	id, spec string
	from     Profile
	wants    string                                                  // the requirement in a few words
	chosen   func(*Choices) *clash                                   // puts in what the profile turns on, and finds what it forbids
	offered  func(*Choices, *metadata.Provider) *lack                // finds what the provider cannot do
	held     func(*Choices, *Outcome) (s verdict.Status, got string) // judges what came back; an empty status says that nothing of the kind did
}

// clash is a choice that the profile forbids.
type clash struct{ flag, got, hint string }

// lack is what a provider's metadata does not offer.
type lack struct{ member, want, got, hint string }

// Choose puts into the choices what the profile turns on. What it forbids is a usage error that names the flag.
func (p Profile) Choose(c *Choices) error {
	for _, r := range p.rules() {
		if r.chosen == nil {
			continue
		}
		if bad := r.chosen(c); bad != nil {
			err := problem.Usagef(r.id, "%s: %s forbids that", bad.flag, r.from)
			err.Spec, err.Want, err.Got = r.spec, r.wants, bad.got
			return err.WithHint("%s", cmp.Or(bad.hint, "leave it out; --fapi2=none turns the profile off"))
		}
	}
	return nil
}

// Offered says whether the provider can do what the profile wants, by its metadata alone: a verification error that
// names the member.
func (p Profile) Offered(c *Choices, provider *metadata.Provider) error {
	for _, r := range p.rules() {
		if r.offered == nil {
			continue
		}
		if bad := r.offered(c, provider); bad != nil {
			return &problem.Error{
				Kind: problem.Verification, Code: r.id, Spec: r.spec, Want: bad.want, Got: text.Escape(bad.got), Hint: bad.hint,
				Message: "the provider's metadata do not offer what the " + r.from.String() + " wants: " + bad.member,
			}
		}
	}
	return nil
}

// Held judges what came back: a check for each rule that has something to say of it.
func (p Profile) Held(c *Choices, o *Outcome) verdict.Checks {
	var checks verdict.Checks
	for _, r := range p.rules() {
		if r.held == nil {
			continue
		}
		status, got := r.held(c, o)
		if status == "" {
			continue
		}
		check := verdict.Check{Rule: r.id, Spec: r.spec, Status: status, Got: text.Escape(got)}
		if status != verdict.Pass {
			check.Want = r.wants
		}
		checks = append(checks, check)
	}
	return checks
}

// rules are those of the profile.
func (p Profile) rules() []rule {
	return slices.DeleteFunc(slices.Concat(general(), authorization(), cryptography(), signing()), func(r rule) bool { return r.from > p })
}
