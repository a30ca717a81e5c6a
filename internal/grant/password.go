package grant

import (
	"context"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Password is the resource owner password credentials grant, which OAuth 2.1 has dropped (RFC 6749 §4.3).
type Password struct {
	direct
	username     string
	passwordFile string
}

// Info describes the grant.
func (*Password) Info() Info {
	return Info{
		Name: "password", Type: "password", Spec: "RFC 6749 §4.3",
		Short:   "A token for a user's name and password; legacy, warns",
		Example: "  oauthctl token password -p legacy --username alice --password-file password",
	}
}

// Flags adds the user's name and password.
func (p *Password) Flags(f *pflag.FlagSet) {
	f.StringVar(&p.username, "username", "", "the user's `NAME`")
	f.StringVar(&p.passwordFile, "password-file", "", "the user's password, in `FILE` (- for stdin)")
}

// Validate judges the options.
func (p *Password) Validate(clientID string) error {
	if p.username == "" || p.passwordFile == "" {
		return problem.Usagef("usage.required", "name and password of the user are needed").
			WithHint("--username NAME --password-file FILE, or - for stdin")
	}
	return needsClient(clientID)
}

// legacy warns of a grant that has a replacement.
func (env *Env) legacy(got string) {
	env.Observer.Checks(verdict.Checks{{
		Rule: "grant.legacy", Spec: "RFC 9700 §2.4", Status: verdict.Warn, Got: got,
		Hint: "use authorization code with PKCE: oauthctl login",
	}})
}

// Run sends name and password.
func (p *Password) Run(ctx context.Context, env *Env) (*Result, error) {
	password, err := env.secret("password", p.passwordFile)
	if err != nil {
		return nil, err
	}
	env.legacy("the password grant gives the user's password to the client")
	form := url.Values{"grant_type": {"password"}, "username": {p.username}, "password": {password.Reveal()}}
	env.scope(form)
	return env.Redeem(ctx, form, Expectation{Fresh: true, Owed: true})
}
