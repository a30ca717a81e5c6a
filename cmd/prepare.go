package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// prepare gives every flag its value before a command runs: from the command line, the environment, the profile.
func (app *App) prepare(c *cobra.Command) error {
	schema := schemaOf(c.Root())
	in := layers{env: app.env}
	if c.Flags().Lookup("issuer") != nil { // only what talks to a provider has a profile
		active, err := app.activeProfile(c, schema)
		if err != nil {
			return err
		}
		in.profile = active
	}
	sources, err := fill(c.Flags(), in)
	if err != nil {
		return err
	}
	app.sources = sources
	app.observer().Checks(strangers(app.Environ, schema))
	return nil
}

// activeProfile reads the configuration file and picks the profile in use; nil where there is none.
func (app *App) activeProfile(c *cobra.Command, schema profile.Schema) (*profile.Profile, error) {
	file, err := openConfig(c.Flags(), app.env, app.GOOS, schema)
	if err != nil {
		return nil, err
	}
	app.observer().Checks(file.Warnings)
	active, err := file.Active(early(c.Flags(), app.env, "profile"))
	if err != nil {
		return nil, err
	}
	if source := active.Secret("client_secret"); source != nil {
		app.profileSecret = func(ctx context.Context) (secret.Secret, error) {
			return source.Resolve(ctx, profile.Deps{Env: app.env, Home: app.home(), Stderr: app.Err, Warn: app.warnAlways})
		}
	}
	return active, nil
}
