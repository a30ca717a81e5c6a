package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// builtinOptions name a built-in provider. What it gives reaches a command as filled flags.
type builtinOptions struct {
	name string
	vars []string
}

func (o *builtinOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "provider", "", "a built-in provider by its `NAME`, see oauthctl profile providers")
	listVar(f, &o.vars, "var", "a variable of the built-in provider, as `KEY=VALUE`; repeatable")
}

// builtin is the layer of the built-in provider that --provider names.
type builtin struct {
	profile *profile.Profile
	signsIn bool // the flow begins with a person, so that the provider's scopes are meant
	named   bool // an argument names the issuer
}

// builtinFor returns the layer for one command.
func builtinFor(c *cobra.Command, active *profile.Profile) builtin {
	return builtin{
		profile: active,
		signsIn: slices.Contains(peoplesGrants, c.Annotations[annotationGrant]),
		named:   c.Flags().NArg() > 0 && strings.Contains(c.Use, "[ISSUER]"),
	}
}

// peoplesGrants are the grants in which a person says what a client may have.
var peoplesGrants = []string{
	"authorization_code", "implicit", "password",
	"urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba",
}

// values are a providerValues: what the provider gives to flags that nothing above it has set.
func (b builtin) values(flags *pflag.FlagSet) (string, map[string][]string, error) {
	f := flags.Lookup("provider")
	if f == nil {
		return "", nil, nil
	}
	name := f.Value.String()
	vars, err := lastPairs("var", valuesOf(flags.Lookup("var")))
	if err != nil {
		return "", nil, err
	}
	if name == "" {
		if len(vars) > 0 {
			return "", nil, problem.Usagef("provider.variable", "--var is for a built-in provider, and none was named").
				WithHint("--provider %s", strings.Join(profile.ProviderNames(), " | "))
		}
		return "", nil, nil
	}
	p, err := profile.LoadProvider(name)
	if err != nil {
		return "", nil, err
	}
	if err := p.CheckVars(vars); err != nil {
		return "", nil, err
	}
	values := p.Defaults()
	if !b.authenticates(flags, p.AuthMethod) {
		delete(values, "auth_method")
	}
	if !b.signsIn {
		delete(values, "scope")
	}
	// Another issuer's endpoints are not this one's: a secret would go to whom the user did not name.
	if b.named || flags.Changed("issuer") || flags.Changed("metadata-url") {
		return name, values, nil
	}
	address, err := p.Address(vars)
	if err != nil {
		return "", nil, err
	}
	for key, value := range address {
		values[key] = value
	}
	return name, values, mergeEndpoints(flags, values["endpoint"])
}

// mergeEndpoints puts the provider's endpoints before the user's: --endpoint overrides one and leaves the others.
func mergeEndpoints(flags *pflag.FlagSet, builtin []string) error {
	f := flags.Lookup("endpoint")
	if len(builtin) == 0 || f == nil || !f.Changed {
		return nil
	}
	slice, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return nil
	}
	return slice.Replace(slices.Concat(builtin, slice.GetSlice()))
}

// authenticates says whether the client has what a method needs. The provider's method is how a client proves
// itself there, not a claim that each client can.
func (b builtin) authenticates(flags *pflag.FlagSet, method string) bool {
	switch {
	case strings.HasPrefix(method, "client_secret_"):
		return b.profile.Secret("client_secret") != nil || flags.Changed("client-secret") || flags.Changed("client-secret-file")
	case method == "private_key_jwt":
		return flags.Changed("client-key") || flags.Changed("client-key-command")
	case strings.HasSuffix(method, "tls_client_auth"):
		return flags.Changed("cert")
	}
	return method != ""
}

// replacedIssuer warns of an issuer that stands above a provider which was named above that issuer: a person who
// types --provider is not thinking of what a profile or a variable says.
func replacedIssuer(sources map[string]Source) verdict.Checks {
	provider, issuer := sources["provider"], sources["issuer"]
	if !provider.given() || !issuer.given() || issuer.rank() <= provider.rank() || issuer.Layer == FromProvider {
		return nil
	}
	return verdict.Checks{{
		Rule: "provider.issuer", Status: verdict.Warn,
		Got:  "the issuer comes from the " + text.Escape(issuer.String()) + ", not from the provider that " + provider.Name + " names",
		Hint: "name the issuer beside the provider, or take it out there",
	}}
}
