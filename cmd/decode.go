package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/hint"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func newDecode(app *App) *cobra.Command {
	o := &decryptionOptions{}
	c := &cobra.Command{
		Use:   "decode [FILE|-|TOKEN]",
		Short: "Show a token's header and claims; never says that they are true",
		Example: `  oauthctl jwt decode token.jwt
  pbpaste | oauthctl jwt decode -o json
  oauthctl jwt decode --decryption-key decryption.jwk id_token`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runDecode(cmd.Context(), app, o, args) },
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runDecode(ctx context.Context, app *App, o *decryptionOptions, args []string) error {
	data, err := app.tokenArgument(ctx, args)
	if err != nil {
		return err
	}
	compact, outer, err := app.unwrap(o, app.forgive(string(data)))
	if err != nil {
		return fmt.Errorf("decoding the token: %w", err)
	}
	token, checks, err := jose.Inspect(compact)
	if err != nil {
		return fmt.Errorf("decoding the token: %w", err)
	}
	decoded := render.Decoded{Kind: string(oidc.Detect(token, "")), Header: token.Header, Claims: token.Claims, Encryption: outer}
	if checks.Failed() { // what cannot be read is handed on as it came
		parts := strings.Split(compact, ".")
		decoded.RawHeader, decoded.RawClaims = parts[0], parts[1]
	}
	for _, c := range checks.With(verdict.Fail) {
		app.warnAlways(c)
	}
	result := render.JSON(decoded)
	if app.format == formatText {
		result = render.DecodedText(app.outTheme(), decoded, app.Now())
	}
	if err := app.emit(result); err != nil || !checks.Failed() {
		return err
	}
	return errReported
}

// unwrap takes an encrypted token out of its encryption; one that is not encrypted comes back as it is.
func (app *App) unwrap(o *decryptionOptions, compact string) (string, *oidc.Encryption, error) {
	d, err := app.decryption(o)
	if err != nil || !jose.IsEncrypted(compact) {
		return compact, nil, err
	}
	outer, err := oidc.Unwrap(compact, d)
	if err != nil {
		return "", nil, err
	}
	if bad := outer.Checks.With(verdict.Fail); len(bad) > 0 {
		return "", nil, hint.Failure(bad[0])
	}
	for _, c := range outer.Checks.With(verdict.Warn) {
		app.warn(c)
	}
	return outer.Signed, outer.Encryption, nil
}
