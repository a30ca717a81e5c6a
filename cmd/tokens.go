package cmd

import (
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// tokenOptions say where a token comes from.
type tokenOptions struct{ file, refreshFile, hint string }

func (o *tokenOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.file, "token-file", "", "read the token from `FILE` (- for stdin)")
	f.StringVar(&o.refreshFile, "refresh-token-file", "", "read the token, a refresh token, from `FILE` (- for stdin)")
	f.StringVar(&o.hint, "token-type-hint", "", "the `KIND` of token: access_token, refresh_token, or one of the provider's")
}

// read returns the one token that was given, and what the provider is told of its kind.
func (o *tokenOptions) read(app *App) (token secret.Secret, hint string, err error) {
	switch {
	case o.file != "" && o.refreshFile != "":
		return token, "", problem.Usagef("usage.token", "--token-file and --refresh-token-file were both given, and one token is asked about")
	case o.refreshFile != "":
		if hint = o.hint; hint == "" {
			hint = "refresh_token"
		}
		token, err = app.tokenFile("refresh token", o.refreshFile)
		return token, hint, err
	case o.file == "":
		return token, "", noToken("no token was given")
	}
	token, err = app.tokenFile("token", o.file)
	return token, o.hint, err
}

func noToken(what string) *problem.Error {
	return problem.Usagef("usage.required", "%s", what).WithHint("--token-file FILE, or - for stdin")
}

// tokenFile reads a token.
func (app *App) tokenFile(what, path string) (secret.Secret, error) {
	value, err := app.secretFile(what, path)
	if err == nil {
		err = grant.JudgeToken(what, path, value)
	}
	return value, err
}
