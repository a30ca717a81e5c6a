package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// possession is what this run can show to hold, by the names that tokens have for it. What it does not have is empty
// (RFC 9449 §6.1, RFC 8705 §3.1).
func (env *Env) possession() (has oidc.Confirmation) {
	if env.DPoP != nil && !env.sent.downgraded {
		has.JKT = env.DPoP.Thumbprint()
	}
	if address, err := env.Provider.Endpoint("token"); err == nil && strings.HasPrefix(address, "https://") {
		has.X5T = CertificateThumbprint(env.Certificate) // elsewhere than in TLS none is presented
	}
	return has
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
// that is bound to another, or to none where it must be, is not what was asked for (RFC 9449 §5, §6, RFC 8705 §3).
func (env *Env) judgeBinding(response *oauth.Response) verdict.Checks {
	if response.Scheme() == "" {
		return nil // no access token
	}
	checks := env.judgeDowngrade(response)
	if checks.Failed() {
		return checks
	}
	has := env.possession()
	claims, readable := readable(response.AccessToken)
	if !readable && has != (oidc.Confirmation{}) {
		return append(checks, verdict.Check{
			Rule: cnfRule, Spec: "RFC 7800 §3.1", Status: verdict.Skip, Got: "the access token cannot be read here: what it is bound to, introspection tells",
		})
	}
	if !readable {
		return checks
	}
	cnf, _, err := claims.Object("cnf")
	if err == nil && has.X5T != "" && !cnf.Has("x5t#S256") {
		checks = append(checks, env.unbound(has)...)
		has.X5T = ""
	}
	return append(checks, oidc.CheckConfirmation(claims, has)...)
}

// unbound warns of a token that could have been bound to the certificate: whether it has to be is a matter of how the
// client is registered (RFC 8705 §3.3, §3.4).
func (env *Env) unbound(has oidc.Confirmation) verdict.Checks {
	promised := env.Provider.Document != nil && env.Provider.Document.True("tls_client_certificate_bound_access_tokens")
	if !promised || has.JKT != "" {
		return nil
	}
	return verdict.Checks{{
		Rule: cnfRule, Spec: "RFC 8705 §3.3", Status: verdict.Warn, Want: "x5t#S256 " + has.X5T,
		Got:  "the provider can bind tokens to certificates, and this one is not: whoever has it can use it",
		Hint: "register the client with tls_client_certificate_bound_access_tokens",
	}}
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

// bound is what a token that was accepted is bound to, as far as this run can tell.
func (env *Env) bound(result *Result) oidc.Confirmation {
	has := env.possession()
	claims, _ := readable(result.Response.AccessToken)
	if cnf, _, err := claims.Object("cnf"); err != nil || !cnf.Has("x5t#S256") {
		has.X5T = ""
	}
	return has
}

// readable returns the claims of a JWT. Other tokens are their issuer's business, and encrypted ones the API's.
func readable(token secret.Secret) (claims strictjson.Object, ok bool) {
	parsed, err := jose.Parse(token.Reveal())
	if err != nil {
		return claims, false
	}
	return parsed.Claims, true
}

// Fits refuses a token, before it is sent anywhere, that says itself that it is bound to another key than the one given
// (RFC 9449 §7.1).
func (env *Env) Fits(token secret.Secret) error {
	if env.Scheme() != oauth.TypeDPoP {
		return nil
	}
	claims, ok := readable(token)
	cnf, bound, err := claims.Object("cnf")
	switch {
	case !ok || err != nil:
		return nil //nolint:nilerr // the API will say what is wrong with it
	case !bound || !cnf.Has("jkt"):
		return &problem.Error{
			Kind: problem.Verification, Code: cnfRule, Spec: "RFC 9449 §7.1", Message: "a DPoP key was given, and the token is bound to none",
			Hint: "it is a bearer token: --dpop=none; or ask for a bound one with --dpop-key FILE",
		}
	}
	if err := failed(oidc.CheckConfirmation(claims, oidc.Confirmation{JKT: env.DPoP.Thumbprint()})); err != nil {
		p := *problem.As(err)
		p.Message, p.Hint = "the token is bound to another DPoP key than the one given", "--dpop-key FILE, with the key that the token was asked for with"
		return &p
	}
	return nil
}

// judgeConfirmation compares what the provider says of a token with the key and the certificate that were given
// (RFC 9449 §6.2, RFC 8705 §3.2).
func (env *Env) judgeConfirmation(members strictjson.Object) verdict.Checks {
	has := env.possession()
	if env.DPoP == nil {
		cnf, _, err := members.Object("cnf")
		if err != nil || !cnf.Has("x5t#S256") {
			return nil
		}
	}
	checks := oidc.CheckConfirmation(members, has)
	for i := range checks {
		checks[i].Rule = "introspection.cnf"
	}
	return checks
}
