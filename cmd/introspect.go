package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/render"
)

// aboutOptions are the options of the commands that ask a provider about one token.
type aboutOptions struct {
	provider providerOptions
	client   clientOptions
	token    tokenOptions
	fapi     fapiOptions
}

func (o *aboutOptions) flags(f *pflag.FlagSet) {
	o.provider.flags(f)
	o.client.flags(f)
	o.token.flags(f)
	o.fapi.flags(f)
}

type introspectOptions struct {
	aboutOptions
	trust  trustOptions
	dpop   dpopOptions
	signed bool
}

func newIntrospect(app *App) *cobra.Command {
	o := &introspectOptions{}
	c := &cobra.Command{
		Use:   "introspect",
		Short: "Ask the provider what a token means, and whether it is active (RFC 7662)",
		Long: `Ask the provider whether a token is active, and what it means. The answer is printed as it came; exit 0 where the
token is active, else 4. A JWT that is not active is decoded here too: one whose signature still verifies was revoked.

With --signed the provider is asked for a signed answer (RFC 9701), and a plain one is refused. A signed answer is
always verified: its type, issuer, audience and signature, after it was opened with --decryption-key where it is encrypted.
Then its member token_introspection is printed.`,
		Example: `  oauthctl introspect --issuer https://id.example.com --client-id api --client-secret-file secret --token-file token
  oauthctl token refresh -p staging --refresh-token-file rt | oauthctl introspect -p staging --token-file -
  oauthctl introspect -p staging --token-file token --signed --decryption-key key.jwk`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runIntrospect(cmd.Context(), app, o) },
	}
	o.flags(c.Flags())
	o.trust.tokenFlags(c.Flags())
	c.Flags().BoolVar(&o.signed, "signed", false, "ask for a signed answer, a JWT (RFC 9701), and refuse a plain one")
	o.dpop.flags(c.Flags())
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runIntrospect(ctx context.Context, app *App, o *introspectOptions) error {
	accepted, err := app.trust(&o.trust)
	if err != nil {
		return err
	}
	token, hint, err := o.token.read(app)
	if err != nil {
		return err
	}
	c := &fapi.Choices{
		Introspects: true, SignedAnswer: o.signed, Algorithms: accepted.Algorithms, Leeway: &accepted.Leeway,
		Decryption: accepted.Decryption.Allow,
	}
	if err := app.holdClient(&o.fapi, c, &o.provider, &o.client); err != nil {
		return err
	}
	prover, err := app.comparer(&o.dpop)
	if err != nil {
		return err
	}
	env, err := app.connect(ctx, &o.provider, &o.client)
	if err != nil {
		return err
	}
	env.Trust, env.DPoP = accepted, prover
	app.warnOfIdle(env, duty{endpoint: "introspection", readsSecret: true})
	result, err := env.Introspect(ctx, grant.Question{Token: token, Hint: hint, Signed: c.SignedAnswer})
	if err != nil {
		return fmt.Errorf("introspecting the token: %w", env.Explain("", err))
	}
	if err := app.emit(asItCame(result.Raw)); err != nil {
		return err
	}
	if !result.Active {
		return errReported
	}
	return nil
}

func newRevoke(app *App) *cobra.Command {
	o := &aboutOptions{}
	c := &cobra.Command{
		Use:   "revoke",
		Short: "End a token at the provider (RFC 7009)",
		Long: `End a token at the provider. Success means that the token is not valid there now; a token that the provider never
knew is a success, too. A JWT still verifies by its signature, until it expires, for an API that does not ask the provider.`,
		Example: `  oauthctl revoke --issuer https://id.example.com --client-id web --refresh-token-file rt
  oauthctl revoke -p staging --token-file token --token-type-hint access_token`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runRevoke(cmd.Context(), app, o) },
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runRevoke(ctx context.Context, app *App, o *aboutOptions) error {
	token, hint, err := o.token.read(app)
	if err != nil {
		return err
	}
	if err := app.holdClient(&o.fapi, &fapi.Choices{}, &o.provider, &o.client); err != nil {
		return err
	}
	env, err := app.connect(ctx, &o.provider, &o.client)
	if err != nil {
		return err
	}
	app.warnOfIdle(env, duty{endpoint: "revocation"})
	if err := env.Revoke(ctx, token, hint); err != nil {
		return fmt.Errorf("revoking the token: %w", env.Explain("", err))
	}
	app.notice("revoked: the token is not valid at the provider any more, if it ever was (RFC 7009 §2.2)")
	if _, err := jose.Parse(token.Reveal()); err == nil {
		app.notice("note: it is a JWT, which still verifies by signature until it expires: oauthctl introspect tells")
	}
	if app.format == formatJSON {
		return app.emit(render.JSON(struct {
			Revoked bool `json:"revoked"`
		}{true}))
	}
	return nil
}
