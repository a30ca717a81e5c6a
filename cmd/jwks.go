package cmd

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
)

func newJWKS(app *App) *cobra.Command {
	o := &providerOptions{}
	c := &cobra.Command{
		Use:   "jwks [ISSUER]",
		Short: "The provider's keys, with thumbprints and what is wrong with them",
		Example: `  oauthctl jwks https://id.example.com
  oauthctl jwks --endpoint jwks=https://id.example.com/keys -o json`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.issuer = args[0]
			}
			return runJWKS(cmd.Context(), app, o)
		},
	}
	o.flags(c.Flags())
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runJWKS(ctx context.Context, app *App, o *providerOptions) error {
	client, err := app.newWire(o.headers)
	if err != nil {
		return err
	}
	provider, err := app.provider(ctx, client, o)
	if err != nil {
		return orKeySet(err, o.issuer)
	}
	if _, err := provider.Endpoint("jwks"); err != nil {
		return err
	}
	set, err := keys(provider, client, app.Now).Keys(ctx)
	if err != nil {
		return err
	}
	app.observer().Checks(set.Checks())
	if len(set.Keys) == 0 {
		return &problem.Error{
			Kind: problem.Verification, Code: "jose.key_set", Spec: "RFC 7517 §5",
			Message: "the key set has no usable key" + unusable(len(set.Rejected)),
			Hint:    "nothing that this provider signs can be verified: its operator has to publish keys there; --endpoint jwks=URL names another address",
		}
	}
	if app.format == formatJSON {
		return app.emit(asItCame(set.Raw))
	}
	return app.emit(keyTable(app.outTheme(), set))
}

// orKeySet adds what to do where the address of the key set itself was taken for the issuer.
func orKeySet(err error, address string) error {
	p := *problem.As(err)
	u, bad := url.Parse(address)
	if bad != nil || strings.Trim(u.Path, "/") == "" || !strings.Contains(address, "/") || p.Code != "metadata.not_found" && p.Code != "usage.issuer" {
		return err
	}
	p.Message = err.Error()
	p.Hint += "\nif this is the address of the key set itself: oauthctl jwks --endpoint jwks=" + text.Escape(address)
	return &p
}

func unusable(n int) string {
	if n == 0 {
		return ": it is empty"
	}
	return fmt.Sprintf(": %d in it, all refused", n)
}

// keyTable lists the usable keys.
func keyTable(theme render.Theme, set *jose.KeySet) []byte {
	var out bytes.Buffer
	rows := make([][]string, 0, len(set.Keys))
	for _, k := range set.Keys {
		kind := k.KeyType
		if k.Curve != "" {
			kind += " " + k.Curve
		}
		rows = append(rows, []string{
			orDash(k.KeyID), text.Escape(kind), strconv.Itoa(k.Size()), orDash(string(k.Algorithm)), orDash(k.Use), k.Thumbprint(),
		})
	}
	render.Table(&out, theme, []string{"KID", "TYPE", "BITS", "ALG", "USE", "THUMBPRINT (SHA-256)"}, rows)
	return out.Bytes()
}

func orDash(value string) string {
	if value == "" {
		return "-"
	}
	return text.Escape(value)
}

// asItCame is JSON with its member order and number spelling, and one newline at the end.
func asItCame(raw []byte) []byte {
	return append(text.EscapeJSON(bytes.TrimSpace(raw)), '\n')
}
