package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/profile"
)

const (
	signingNames = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA"
	tokenTypes   = "access_token refresh_token id_token saml1 saml2 jwt"
)

// choices returns the values of a flag that has a few, by its name; nil for any other.
func choices(flag string) []string {
	switch flag {
	case "auth-method":
		return strings.Fields("none client_secret_basic client_secret_post client_secret_jwt private_key_jwt tls_client_auth self_signed_tls_client_auth")
	case "assertion-audience":
		return strings.Fields("issuer token endpoint")
	case "basic-encoding":
		return strings.Fields("form raw")
	case "pkce":
		return strings.Fields("S256 plain none")
	case "par":
		return strings.Fields("auto always never")
	case "prompt":
		return strings.Fields("none login consent select_account")
	case "response-mode":
		return strings.Fields("query fragment form_post web_message jwt query.jwt fragment.jwt form_post.jwt")
	case "response-type":
		return []string{"code", "code id_token", "code token", "code id_token token"}
	case "fapi2":
		return strings.Fields("security message-signing none")
	case "application-type":
		return strings.Fields("web native")
	case "algs", "client-key-alg":
		return strings.Fields(signingNames)
	case "alg":
		names := strings.Fields(signingNames)
		for _, alg := range jose.EncryptionAlgorithms() {
			names = append(names, string(alg))
		}
		return names
	case "dpop":
		return strings.Fields(signingNames + " none")
	case "request-object":
		return strings.Fields("auto none " + signingNames + " HS256 HS384 HS512")
	case "token-type-hint":
		return strings.Fields("access_token refresh_token")
	case "subject-token-type", "actor-token-type", "requested-token-type":
		return strings.Fields(tokenTypes)
	case "endpoint":
		return metadata.EndpointNames()
	case "provider":
		return profile.ProviderNames()
	case "as":
		return op.Personas()
	case "kind":
		return strings.Split(kindList(), ", ")
	case "fault", "group":
		return faultChoices(flag)
	}
	return nil
}

func faultChoices(flag string) (names []string) {
	for _, f := range op.Faults() {
		switch {
		case flag == "fault":
			names = append(names, f.Name)
		case !slices.Contains(names, f.Group):
			names = append(names, f.Group)
		}
	}
	return names
}

// completeChoices offers the values of each flag that has a few.
func completeChoices(root *cobra.Command) {
	for _, c := range descendants(root) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			values := choices(f.Name)
			if values == nil {
				return
			}
			then := cobra.ShellCompDirectiveNoFileComp
			if f.Name == "endpoint" { // its address follows
				then |= cobra.ShellCompDirectiveNoSpace
				for i := range values {
					values[i] += "="
				}
			}
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, then)) // fails only for a flag that is not there
		})
	}
}

// profileNames offers the configured profiles, for one flag or argument.
func profileNames(app *App) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		file, err := app.openConfig(c.Flags())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return file.Names(), cobra.ShellCompDirectiveNoFileComp
	}
}

// helpTopics offers the commands below those that were named, and what help has besides.
func helpTopics(root *cobra.Command) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
		found, rest, err := root.Find(args)
		if err == nil && len(rest) == 0 {
			for _, c := range found.Commands() {
				if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
