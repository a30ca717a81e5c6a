package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// binding is one way to bind a token to who may use it: the member of cnf, its section, and what this run has to compare
// it with.
type binding struct{ member, spec, what, own string }

// bindings are those of this run. An empty own is what it does not have (RFC 9449 §6.1, RFC 8705 §3.1).
func (env *Env) bindings() (key, certificate binding) {
	key = binding{member: "jkt", spec: "RFC 9449 §6", what: "the DPoP key"}
	certificate = binding{member: "x5t#S256", spec: "RFC 8705 §3.1", what: "the client certificate"}
	if env.DPoP != nil && !env.sent.downgraded {
		key.own = env.DPoP.Thumbprint()
	}
	if address, err := env.Provider.Endpoint("token"); err == nil && strings.HasPrefix(address, "https://") {
		certificate.own = CertificateThumbprint(env.Certificate) // elsewhere than in TLS none is presented
	}
	return key, certificate
}

// CertificateThumbprint is the x5t#S256 of a certificate; empty where there is none (RFC 8705 §3.1).
func CertificateThumbprint(der []byte) string {
	if len(der) == 0 {
		return ""
	}
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// judgeBinding holds the tokens of an answer to the key and to the certificate that the request was made with: a token
// that is bound to neither, or to another, is not what was asked for (RFC 9449 §5, §6, RFC 8705 §3).
func (env *Env) judgeBinding(response *oauth.Response) verdict.Checks {
	if response.Scheme() == "" {
		return nil // no access token
	}
	checks := env.judgeDowngrade(response)
	if checks.Failed() {
		return checks
	}
	key, certificate := env.bindings()
	cnf, readable, err := confirmation(response.AccessToken)
	switch {
	case err != nil:
		return append(checks, verdict.Check{Rule: cnfRule, Spec: "RFC 7800 §3.1", Status: verdict.Fail, Want: "an object", Got: text.Escape(err.Error())})
	case !readable && key.own+certificate.own != "":
		return append(checks, verdict.Check{
			Rule: cnfRule, Spec: "RFC 7800 §3.1", Status: verdict.Skip, Got: "the access token is opaque: what it is bound to, introspection tells",
		})
	case !readable:
		return checks
	}
	if check := key.judge(cnf); check.Rule != "" {
		if key.own != "" && check.Status == verdict.Warn {
			check.Status = verdict.Fail // token_type DPoP says that it is bound
		}
		checks = append(checks, check)
	}
	promised := env.Provider.Document != nil && env.Provider.Document.True("tls_client_certificate_bound_access_tokens")
	if check := certificate.judge(cnf); check.Rule != "" && (promised && key.own == "" || cnf.Has(certificate.member)) {
		checks = append(checks, check)
	}
	return checks
}

const cnfRule = "access_token.cnf"

// judgeDowngrade wants a bound token where a proof was sent (RFC 9449 §5).
func (env *Env) judgeDowngrade(response *oauth.Response) verdict.Checks {
	bound := response.Scheme() == oauth.TypeDPoP
	check := verdict.Check{Rule: "token.dpop_downgrade", Spec: "RFC 9449 §5", Want: oauth.TypeDPoP, Got: response.TokenType}
	switch {
	case env.DPoP == nil && !bound:
		return nil
	case env.DPoP == nil:
		check.Status, check.Want = verdict.Warn, oauth.TypeBearer
		check.Got = "the provider calls the token bound to a DPoP key, and no key was used"
		check.Hint = "ask with a key: --dpop-key FILE"
	case bound:
		check.Status = verdict.Pass
	case env.DPoPOptional:
		env.sent.downgraded = true
		check.Status = verdict.Warn
		check.Got = "silently downgraded: the provider ignored the DPoP proof, and the token is a bearer token that anybody can use who gets it"
	default:
		check.Status = verdict.Fail
		check.Hint = "turn DPoP on for this client at the provider, or accept bearer tokens: --dpop-optional, --dpop=none"
	}
	return verdict.Checks{check}
}

// judge compares what a token is bound to with what this run has. A token that is bound in no such way, where the run
// has what it could be bound to, is a warning; one bound to what the run does not have, too.
func (b binding) judge(cnf strictjson.Object) verdict.Check {
	got, err := cnf.String(b.member)
	check := verdict.Check{Rule: cnfRule, Spec: b.spec, Status: verdict.Pass, Want: b.own, Got: text.Escape(got)}
	switch {
	case err != nil:
		check.Status, check.Got = verdict.Fail, "cnf."+b.member+" is no string"
	case b.own == "" && got == "":
		return verdict.Check{}
	case b.own == "":
		check.Status, check.Want = verdict.Warn, ""
		check.Got = "the token is bound to " + b.what + " " + text.Escape(got) + ", and this request had none"
	case got == "":
		check.Status, check.Got = verdict.Warn, "the token is not bound to "+b.what+": it has no cnf."+b.member
	case got != b.own:
		check.Status = verdict.Fail
		check.Hint = "the token is bound to another than " + b.what + " of this request, and cannot be used with it"
	}
	return check
}

// confirmation returns what a JWT says that it is bound to, which may be nothing. Other tokens cannot be read
// (RFC 7800 §3.1).
func confirmation(token secret.Secret) (cnf strictjson.Object, readable bool, err error) {
	parsed, err := jose.Parse(token.Reveal())
	if err != nil {
		return cnf, false, nil //nolint:nilerr // an opaque token, or an encrypted one
	}
	cnf, _, err = parsed.Claims.Object("cnf")
	return cnf, true, err
}
