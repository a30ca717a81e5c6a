package oauth

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The registered names of the ways in which a client authenticates (RFC 7591 §2, OIDC Core §9, RFC 8705 §2).
const (
	AuthNone          = "none"
	AuthBasic         = "client_secret_basic"
	AuthPost          = "client_secret_post"
	AuthSecretJWT     = "client_secret_jwt"
	AuthPrivateKeyJWT = "private_key_jwt"
	AuthTLS           = "tls_client_auth"
	AuthSelfSignedTLS = "self_signed_tls_client_auth"
)

// How id and secret are encoded inside Basic: as the RFC says, or as servers that read it differently want it.
const (
	BasicForm = "form"
	BasicRaw  = "raw"
)

// Credentials are a client's identity, and how it proves it (RFC 6749 §2.3).
type Credentials struct {
	ID                string
	Secret            secret.Secret
	Method            string         // "" = choose
	BasicEncoding     string         // form (also "") or raw
	Signer            Signer         // of private_key_jwt; nil = no key
	SecretAlgorithm   jose.Algorithm // of client_secret_jwt; empty = HS256, or what the provider lists instead
	Certificate       bool           // a client certificate is presented in TLS
	AssertionAudience string         // issuer (also ""), token, endpoint or a URL
}

// Signer makes the client's assertions; *jose.Signer is one (RFC 7523 §2.2).
type Signer interface {
	Sign(typ string, claims any) (string, error)
	Algorithm() jose.Algorithm
}

// Target is where a request with the client's authentication goes: an assertion is made for it alone (RFC 7523 §3).
type Target struct {
	Endpoint      string
	TokenEndpoint string // "" where it is not known
	Issuer        string // "" where it is not known
	SupportedAlgs []string
	Now           time.Time
}

// Choose returns the authentication method, and in a sentence why it was chosen. It is the same at every endpoint and
// never a second try: the one asked for; else with a secret Basic, or post where the provider lists only that; else with
// a key private_key_jwt; else with a certificate tls_client_auth, or self_signed where only that is listed; else none
// (RFC 6749 §2.3.1, RFC 8414 §2).
func (c Credentials) Choose(supported []string) (method, reason string, err error) {
	if c.Method != "" {
		return c.asked(supported)
	}
	only := func(listed, other string) bool {
		return slices.Contains(supported, listed) && !slices.Contains(supported, other)
	}
	given := "a secret was given"
	switch {
	case !c.Secret.IsZero() && only(AuthPost, AuthBasic):
		method = AuthPost
	case !c.Secret.IsZero():
		method = AuthBasic
	case c.Signer != nil:
		method, given = AuthPrivateKeyJWT, "a client key was given"
	case c.Certificate && only(AuthSelfSignedTLS, AuthTLS):
		method, given = AuthSelfSignedTLS, "a client certificate was given"
	case c.Certificate:
		method, given = AuthTLS, "a client certificate was given"
	default:
		method, given = AuthNone, "no secret was given"
	}
	return method, method + ": " + given + "; " + lists(supported), nil
}

func (c Credentials) asked(supported []string) (method, reason string, err error) {
	if err := c.able(c.Method); err != nil {
		return "", "", err
	}
	reason = c.Method + ": asked for; "
	if c.Method == AuthNone && !c.Secret.IsZero() {
		reason += "the secret is not sent; "
	}
	return c.Method, reason + lists(supported), nil
}

// able says what a method needs that is not there.
func (c Credentials) able(method string) error {
	needs := func(what, hint string) error {
		return problem.Usagef("usage.auth_method", "%s needs %s", method, what).WithHint("%s", hint)
	}
	switch method {
	case AuthNone:
		return nil
	case AuthBasic, AuthPost, AuthSecretJWT:
		if c.Secret.IsZero() {
			return needs("a client secret", "--client-secret-file FILE, or --auth-method none for a public client")
		}
	case AuthPrivateKeyJWT:
		if c.Signer == nil {
			return needs("a client key", "--client-key FILE; make one: oauthctl key generate")
		}
	case AuthTLS, AuthSelfSignedTLS:
		if !c.Certificate {
			return needs("a client certificate", "--cert FILE --key FILE")
		}
	default:
		return unknownMethod(method)
	}
	return nil
}

func lists(supported []string) string {
	if len(supported) == 0 {
		return "the provider lists no methods"
	}
	short := make([]string, 0, len(supported))
	for _, method := range supported {
		short = append(short, text.Escape(strings.TrimPrefix(method, "client_secret_")))
	}
	if n := len(short); n > 1 {
		return "the provider lists " + strings.Join(short[:n-1], ", ") + " and " + short[n-1]
	}
	return "the provider lists " + short[0]
}

func unknownMethod(method string) error {
	methods := []string{AuthNone, AuthBasic, AuthPost, AuthSecretJWT, AuthPrivateKeyJWT, AuthTLS, AuthSelfSignedTLS}
	p := problem.Usagef("usage.auth_method", "unknown client authentication method %q", text.Escape(method))
	if near := text.Suggest(method, methods); near != "" {
		return p.WithHint("--auth-method %s", near)
	}
	return p.WithHint("--auth-method takes %s", strings.Join(methods, ", "))
}

// Apply puts exactly one authentication on a request: into its form or into its header. A client ID that the message
// itself needs may be in the form already (RFC 6749 §2.3.1, RFC 7523 §2.2, RFC 8705 §2).
func (c Credentials) Apply(method string, t Target, form url.Values, header http.Header) error {
	if c.ID == "" {
		return problem.Usagef("usage.client_id", "no client ID was given").WithHint("--client-id ID")
	}
	for _, name := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
		same := name == "client_id" && slices.Equal(form[name], []string{c.ID})
		if form.Has(name) && !same {
			return problem.Usagef("usage.param", "the parameter %q is set by client authentication", name).
				WithHint("use --client-id, --client-secret-file, --client-key and --auth-method")
		}
	}
	if err := c.able(method); err != nil {
		return err
	}
	switch method {
	case AuthBasic:
		value, err := c.basic()
		if err != nil {
			return err
		}
		header.Set("Authorization", value)
	case AuthSecretJWT, AuthPrivateKeyJWT:
		return c.assert(method, t, form)
	case AuthPost:
		form.Set("client_id", c.ID)
		form.Set("client_secret", c.Secret.Reveal())
	default: // none, and a certificate that TLS presents
		form.Set("client_id", c.ID)
	}
	return nil
}

func (c Credentials) basic() (string, error) {
	id, password := c.ID, c.Secret.Reveal()
	switch c.BasicEncoding {
	case "", BasicForm:
		id, password = url.QueryEscape(id), url.QueryEscape(password)
	case BasicRaw:
		if strings.Contains(id, ":") {
			return "", problem.Usagef("usage.basic_encoding", "a client ID with a colon cannot go unencoded into Basic").
				WithHint("--basic-encoding form, or --auth-method client_secret_post")
		}
	default:
		return "", problem.Usagef("usage.basic_encoding", "unknown encoding %q", text.Escape(c.BasicEncoding)).
			WithHint("--basic-encoding takes form or raw")
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+password)), nil
}
