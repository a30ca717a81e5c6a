package grant

import (
	"strings"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Held is the profile that a conversation is held to, and what was chosen under it. The zero value is no profile.
type Held struct {
	Profile fapi.Profile
	Choices *fapi.Choices
}

// Holder is a grant with choices that a profile has a say in.
type Holder interface {
	Hold(judge func(*fapi.Authorization) error) error
}

// Algorithm is what a key that may sign by several has to sign by; empty where no profile says.
func (h Held) Algorithm(key *jose.PrivateKey) jose.Algorithm {
	public, err := key.PublicJWK()
	if err != nil || h.Profile == fapi.None {
		return ""
	}
	if allowed := h.Profile.Narrow(public.Algorithms()); len(allowed) > 0 {
		return allowed[0]
	}
	return ""
}

func (h Held) checks(o *fapi.Outcome) verdict.Checks {
	if h.Profile == fapi.None {
		return nil
	}
	return h.Profile.Held(h.Choices, o)
}

// outcome is what a profile judges of a token response, and of what went before it.
func (env *Env) outcome(result *Result) *fapi.Outcome {
	if env.Held.Profile == fapi.None {
		return nil
	}
	r := result.Response
	o := &fapi.Outcome{
		AuthMethod: env.sent.authMethod, Pushed: env.sent.pushed, Answered: env.sent.answered, Signed: env.sent.signed, Code: env.sent.code,
		Response: true, AccessToken: r.AccessToken, Refresh: r.RefreshToken, Rotated: result.Rotated, AccessAlg: algorithmOf(r.AccessToken),
	}
	if o.Answered {
		o.Issuer = env.Provider.Issuer // announced, or in the signed answer: without it, or with another one, the answer was refused
	}
	if result.IDToken != nil && result.IDToken.Key != nil {
		o.IDTokenAlg = result.IDToken.Key.Algorithm
	}
	if address, err := env.Provider.Endpoint("token"); err == nil && strings.HasPrefix(address, "http://") {
		o.Plain = address
	}
	_, legible := readable(r.AccessToken)
	switch {
	case r.Scheme() == oauth.TypeDPoP:
		o.Bound = fapi.ByDPoP
	case !legible:
		o.Opaque = true
	case env.bound(result).X5T != "": // which was compared
		o.Bound = fapi.ByCertificate
	}
	return o
}

// algorithmOf is what a token says that it is signed by; empty for an opaque one.
func algorithmOf(token secret.Secret) jose.Algorithm {
	parsed, err := jose.Parse(token.Reveal())
	if err != nil {
		return ""
	}
	return parsed.Algorithm
}
