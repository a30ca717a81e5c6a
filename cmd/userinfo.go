package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

type userInfoOptions struct {
	provider               providerOptions
	client                 clientOptions
	trust                  trustOptions
	dpop                   dpopOptions
	fapi                   fapiOptions
	tokenFile, idTokenFile string
	expectSub              string
}

func newUserInfo(app *App) *cobra.Command {
	o := &userInfoOptions{}
	c := &cobra.Command{
		Use:   "userinfo",
		Short: "What the provider says of the user (OpenID Connect Core §5.3)",
		Long: `Ask the provider what it says of the user. The claims are printed as they came, and only where their sub is the one of
the ID token. An answer that is a JWT is verified: decrypted with --decryption-key or the client secret where it is
encrypted, then its signature, its issuer, and its audience where the client is named (OpenID Connect Core §5.3.2).`,
		Example: `  oauthctl userinfo --issuer https://id.example.com --token-file token --id-token-file id_token
  oauthctl token auth-code -p staging | oauthctl userinfo -p staging --token-file - --expect-sub 1234
  oauthctl userinfo -p staging --token-file token --id-token-file id_token --client-id web --decryption-key key.jwk`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runUserInfo(cmd.Context(), app, o) },
	}
	f := c.Flags()
	o.provider.flags(f)
	o.client.flags(f)
	o.trust.tokenFlags(f)
	o.dpop.flags(f)
	o.fapi.flags(f)
	f.StringVar(&o.tokenFile, "token-file", "", "read the access token from `FILE` (- for stdin)")
	f.StringVar(&o.idTokenFile, "id-token-file", "", "the ID token in `FILE`, whose sub must match")
	f.StringVar(&o.expectSub, "expect-sub", "", "the `SUB` that must match")
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runUserInfo(ctx context.Context, app *App, o *userInfoOptions) error {
	accepted, err := app.trust(&o.trust)
	if err != nil {
		return err
	}
	token, idToken, err := app.userInfoInput(o)
	if err != nil {
		return err
	}
	c := &fapi.Choices{Presents: true, Algorithms: accepted.Algorithms, Leeway: &accepted.Leeway, Decryption: accepted.Decryption.Allow}
	if c.DPoP, err = app.proofsChosen(&o.dpop); err == nil {
		err = app.holdProvider(&o.fapi, c, &o.provider)
	}
	if err != nil {
		return err
	}
	prover, err := app.holder(&o.dpop)
	if err != nil {
		return err
	}
	env, err := app.connect(ctx, &o.provider, &o.client)
	if err != nil {
		return err
	}
	app.warnOfIdle(env, duty{readsSecret: true})
	env.Trust, env.DPoP = accepted, prover
	subject, err := o.subject(env, idToken)
	if err != nil {
		return err
	}
	claims, err := env.UserInfo(ctx, token, subject)
	if err != nil {
		return fmt.Errorf("asking for userinfo: %w", err)
	}
	return app.emit(asItCame(claims.Raw()))
}

// userInfoInput reads the tokens; the ID token is empty where none was given.
func (app *App) userInfoInput(o *userInfoOptions) (token, idToken secret.Secret, err error) {
	if o.tokenFile == "" {
		return token, idToken, noToken("no access token was given")
	}
	if token, err = app.tokenFile("access token", o.tokenFile); err != nil || o.idTokenFile == "" {
		return token, idToken, err
	}
	idToken, err = app.tokenFile("ID token", o.idTokenFile)
	return token, idToken, err
}

// subject is whom the answer must be about; empty where nobody is known.
func (o *userInfoOptions) subject(env *grant.Env, idToken secret.Secret) (string, error) {
	if idToken.IsZero() {
		return o.expectSub, nil
	}
	signed, err := env.Opened(idToken)
	if err != nil {
		return "", fmt.Errorf("reading the ID token: %w", err)
	}
	token, err := jose.Parse(signed.Reveal())
	if err != nil {
		return "", fmt.Errorf("reading the ID token: %w", err)
	}
	subject, err := token.Claims.String("sub")
	switch {
	case err != nil || subject == "":
		return "", problem.Usagef("usage.id_token", "the ID token in %s has no sub", inputName(o.idTokenFile))
	case o.expectSub != "" && o.expectSub != subject:
		return "", problem.Usagef("usage.id_token", "--expect-sub and the sub of the ID token differ")
	}
	return subject, nil
}
