package grant

import (
	"context"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// Custom is any other grant: an extension's name and its parameters (RFC 6749 §4.5).
type Custom struct {
	direct
	grantType string
}

// Info describes the grant.
func (*Custom) Info() Info {
	return Info{
		Name: "custom", Type: "", Spec: "RFC 6749 §4.5",
		Short:   "Any other grant, by its name and its parameters",
		Example: "  oauthctl token custom -p job --grant-type urn:example:grant-type:ticket --token-param ticket=42",
	}
}

// Flags adds the grant's name.
func (c *Custom) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.grantType, "grant-type", "", "the grant's `NAME`, for an extension its URN")
}

// Validate judges the options. The client is named where the grant needs one.
func (c *Custom) Validate(clientID string) error {
	if c.grantType == "" {
		return problem.Usagef("usage.required", "no grant was named").WithHint("--grant-type NAME, with --token-param KEY=VALUE for its parameters")
	}
	return needsClient(clientID)
}

// Run sends the token request; its parameters come from --token-param.
func (c *Custom) Run(ctx context.Context, env *Env) (*Result, error) {
	form := url.Values{"grant_type": {c.grantType}}
	env.scope(form)
	return env.Redeem(ctx, form, Expectation{Owed: true})
}
