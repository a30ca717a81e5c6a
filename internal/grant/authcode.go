package grant

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// AuthCode is the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252, OpenID Connect Core §3.1).
type AuthCode struct {
	Authorization
	pkce         string
	responseType string
}

// Info describes the grant.
func (*AuthCode) Info() Info {
	return Info{
		Name: "auth-code", Type: "authorization_code", Spec: "RFC 6749 §4.1, RFC 7636",
		Short: "One authorization code flow with PKCE in the browser; keeps nothing",
		Example: `  oauthctl token auth-code --issuer https://id.example.com --client-id web -s "openid profile" -o json
  oauthctl token auth-code -p mobile --redirect-uri com.myapp://callback --paste`,
	}
}

// Flags adds the parameters of the authorization request.
func (a *AuthCode) Flags(f *pflag.FlagSet) {
	a.Authorization.Flags(f)
	f.StringVar(&a.responseType, "response-type", "code", "what the authorization endpoint gives: `TYPE` code, or in a hybrid flow 'code id_token', 'code token' or 'code id_token token'")
	f.StringVar(&a.pkce, "pkce", "S256", "the PKCE `METHOD`: S256, plain or none")
}

// Validate judges the options.
func (a *AuthCode) Validate(clientID string) error {
	err := oneOf("pkce", a.pkce, []string{oauth.PKCES256, oauth.PKCEPlain, oauth.PKCENone})
	if err != nil {
		return err
	}
	if a.responseType, err = oauth.ResponseType(a.responseType); err != nil {
		return err
	}
	return a.Authorization.Validate(clientID)
}

// Hold lets a profile judge what was chosen, and put in what it turns on.
func (a *AuthCode) Hold(judge func(*fapi.Authorization) error) error {
	c := &fapi.Authorization{
		ResponseType: a.responseType, ResponseMode: a.responseMode, PAR: a.par, PKCE: a.pkce, RedirectURI: a.redirectURI,
		RequestObject: a.object.sign,
	}
	err := judge(c)
	a.responseMode, a.par, a.object.sign = c.ResponseMode, c.PAR, c.RequestObject
	return err
}

// Run signs a person in and redeems the code.
func (a *AuthCode) Run(ctx context.Context, env *Env) (*Result, error) {
	if err := env.ready(); err != nil {
		return nil, err
	}
	pkce, err := oauth.NewPKCE(a.pkce)
	if err != nil {
		return nil, err
	}
	v := &visit{Authorization: &a.Authorization, env: env, fallback: loopback.ModeQuery}
	v.request.ResponseType, v.request.PKCE, v.judge = a.responseType, pkce, v.code
	if a.responseType != "code" {
		v.fallback, v.judge = loopback.ModeFragment, v.hybrid
	}
	return v.run(ctx)
}

// code judges an answer that brings a code alone.
func (v *visit) code(ctx context.Context, encoded, mode string) (*Result, error) {
	callback, err := oauth.ParseCallback(encoded, v.pending)
	if err == nil {
		err = v.inMode(mode)
	}
	if err != nil {
		return nil, err
	}
	v.env.Observer.Checks(callback.Checks())
	return v.redeem(ctx, callback, v.owed())
}

// redeem exchanges the code for tokens (RFC 6749 §4.1.3).
func (v *visit) redeem(ctx context.Context, callback *oauth.Callback, want Expectation) (*Result, error) {
	v.env.Observer.Step("redeeming the code")
	v.env.sent.callback, v.env.sent.answered, v.env.sent.code = v.env.Now(), true, callback.Code()
	form := callback.TokenRequest(v.redirectURI, v.request.PKCE)
	v.env.Ring.Add(callback.Code())
	if len(v.env.Resources) > 0 {
		form["resource"] = v.env.Resources
	}
	result, err := v.env.Redeem(ctx, form, want)
	if p, ok := errors.AsType[*problem.Error](err); ok && p.Kind == problem.Network {
		p.Hint = strings.TrimSuffix("the code is good for one request and may be spent: start again; "+p.Hint, "; ")
	}
	return result, err
}
