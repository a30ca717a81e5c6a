package cmd

import (
	"strings"

	"github.com/spf13/pflag"

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

// tokenFile reads a token. What is clearly something else, such as the whole answer that it came in, is refused before
// it is sent anywhere.
func (app *App) tokenFile(what, path string) (secret.Secret, error) {
	value, err := app.secretFile(what, path)
	if err != nil {
		return value, err
	}
	token := value.Reveal()
	switch {
	case strings.HasPrefix(strings.TrimSpace(token), "{"):
		return value, problem.Usagef("usage.token", "%s holds JSON, and no %s", inputName(path), what).
			WithHint("oauthctl token … -o token (or -o refresh-token, -o id-token) prints a token alone")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return value, problem.Usagef("usage.token", "%s holds no %s: there are white space or other characters in it that no token has", inputName(path), what).
			WithHint("the file must hold the token alone, without the word Bearer before it")
	}
	return value, nil
}
