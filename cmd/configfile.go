package cmd

import (
	"context"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// early returns a flag's value from the command line or the environment, before any file is read.
func (app *App) early(flags *pflag.FlagSet, name string) string {
	if f := flags.Lookup(name); f != nil && f.Changed {
		return f.Value.String()
	}
	return app.env(envName(name))
}

// openConfig reads the file named by --config, which must exist, else the default one, which need not.
func (app *App) openConfig(flags *pflag.FlagSet) (*profile.File, error) {
	if path := app.early(flags, "config"); path != "" {
		return profile.Load(path, schemaOf(wholeTree()))
	}
	return profile.LoadDefault(app.defaultConfig(), schemaOf(wholeTree()))
}

// configFile is openConfig with its warnings told.
func (app *App) configFile(flags *pflag.FlagSet) (*profile.File, error) {
	file, err := app.openConfig(flags)
	if err == nil {
		app.observer().Checks(file.Warnings)
	}
	return file, err
}

func (app *App) defaultConfig() string { return profile.DefaultPath(app.env, app.GOOS) }

// activeProfile reads the configuration file and picks the profile in use; nil where there is none.
func (app *App) activeProfile(c *cobra.Command) (*profile.Profile, error) {
	if app.early(c.Flags(), "config")+app.early(c.Flags(), "profile") == "" {
		if _, err := os.Stat(app.defaultConfig()); err != nil {
			return nil, nil //nolint:nilnil,nilerr // nothing is configured; the schema need not be made
		}
	}
	file, err := app.configFile(c.Flags())
	if err != nil {
		return nil, err
	}
	active, err := file.Active(app.early(c.Flags(), "profile"))
	if err != nil {
		return nil, err
	}
	if source := active.Secret("client_secret"); source != nil {
		app.profileSecret = func(ctx context.Context) (secret.Secret, error) {
			return source.Resolve(ctx, profile.Deps{Env: app.env, Home: homeOf(app.env), Stderr: app.Err, Warn: app.warnAlways})
		}
	}
	return active, nil
}

// homeOf is the user's directory, for the configuration file's paths.
func homeOf(env func(string) string) string {
	if home := env("HOME"); home != "" {
		return home
	}
	home, _ := os.UserHomeDir()
	return home
}
