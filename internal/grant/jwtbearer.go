package grant

import (
	"context"
	"net/url"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// JWTBearer presents a signed assertion as the grant (RFC 7523 §2.1).
type JWTBearer struct {
	direct
	assertionFile string
	subject       string
}

// Info describes the grant.
func (*JWTBearer) Info() Info {
	return Info{
		Name: "jwt-bearer", Type: "urn:ietf:params:oauth:grant-type:jwt-bearer", Spec: "RFC 7523 §2.1",
		Short: "A token for a signed assertion, read from a file or made from the client's key",
		Example: `  oauthctl token jwt-bearer -p job --assertion-file assertion.jwt
  oauthctl token jwt-bearer -p job --client-key key.jwk --subject alice@example.com --auth-method none`,
	}
}

// Flags adds the two ways to the assertion.
func (j *JWTBearer) Flags(f *pflag.FlagSet) {
	f.StringVar(&j.assertionFile, "assertion-file", "", "the assertion, in `FILE` (- for stdin)")
	f.StringVar(&j.subject, "subject", "", "make the assertion from --client-key, about this `SUBJECT`")
}

// Validate judges the options.
func (j *JWTBearer) Validate(clientID string) error {
	switch {
	case j.assertionFile != "" && j.subject != "":
		return problem.Usagef("usage.assertion", "--assertion-file and --subject exclude each other")
	case j.assertionFile == "" && j.subject == "":
		return problem.Usagef("usage.required", "no assertion was given").
			WithHint("--assertion-file FILE, or --client-key FILE with --subject NAME to make one")
	}
	return needsClient(clientID)
}

// Signs says whether the client's key signs the assertion.
func (j *JWTBearer) Signs() bool { return j.subject != "" }

// assertionLifetime is how long an assertion that is made here is good for.
const assertionLifetime = time.Minute

// Run sends the assertion.
func (j *JWTBearer) Run(ctx context.Context, env *Env) (*Result, error) {
	assertion, err := j.assertion(env)
	if err != nil {
		return nil, err
	}
	env.Ring.Add(assertion)
	form := url.Values{"grant_type": {j.Info().Type}, "assertion": {assertion.Reveal()}}
	env.scope(form)
	return env.Redeem(ctx, form, Expectation{Owed: true})
}

func (j *JWTBearer) assertion(env *Env) (secret.Secret, error) {
	switch {
	case j.assertionFile != "":
		return env.token("assertion", j.assertionFile)
	case env.Client.Signer == nil:
		return secret.Secret{}, problem.Usagef("usage.required", "there is no key to sign the assertion with").WithHint("--client-key FILE")
	}
	compact, err := env.Client.Signer.Sign("JWT", map[string]any{
		"iss": env.Client.ID, "sub": j.subject, "aud": env.assertionAudience(), "jti": oauth.NewState(),
		"iat": env.Now().Unix(), "exp": env.Now().Add(assertionLifetime).Unix(),
	})
	return secret.New(compact), err
}

// assertionAudience is who the assertion is for: the authorization server (RFC 7523 §3).
func (env *Env) assertionAudience() string {
	endpoint, _ := env.Provider.Endpoint("token")
	switch audience := env.Client.AssertionAudience; {
	case audience == oauth.AudienceToken || audience == oauth.AudienceEndpoint || audience == "" && env.Provider.Issuer == "":
		return endpoint
	case audience == "" || audience == oauth.AudienceIssuer:
		return env.Provider.Issuer
	default:
		return audience
	}
}
