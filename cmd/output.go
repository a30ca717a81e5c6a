package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The output formats.
const (
	formatToken        = "token"
	formatJSON         = "json"
	formatHeader       = "header"
	formatEnv          = "env"
	formatClaims       = "claims"
	formatIDToken      = "id-token"
	formatRefreshToken = "refresh-token"
	formatSummary      = "summary"
	formatText         = "text"
)

//nolint:gochecknoglobals // constant tables
var (
	tokenFormats = []string{formatToken, formatJSON, formatHeader, formatEnv, formatClaims, formatIDToken, formatRefreshToken, formatSummary}
	textOrJSON   = []string{formatText, formatJSON}
)

// The annotations by which a command says what it prints, and which grant it is.
const (
	annotationFormats = "formats" // those of -o, separated by spaces
	annotationDefault = "default" // the one without -o
	annotationGrant   = "grant"   // the grant_type
)

// describeOutput declares a command's formats: for -o, for its help and for completion.
func describeOutput(c *cobra.Command, formats []string, fallback string) {
	if c.Annotations == nil {
		c.Annotations = make(map[string]string)
	}
	c.Annotations[annotationFormats], c.Annotations[annotationDefault] = strings.Join(formats, " "), fallback
}

// chooseFormat returns what -o says, which must be one of the command's formats, or their default. A command without any
// ignores that of a profile or the environment, and has JSON as the form of its errors.
func (app *App) chooseFormat(c *cobra.Command) (string, error) {
	asked, formats := app.global.output, strings.Fields(c.Annotations[annotationFormats])
	if len(formats) == 0 {
		if !app.sources["output"].onCommandLine() {
			return "", nil
		}
		formats = []string{formatJSON}
	}
	switch {
	case asked == "":
		return c.Annotations[annotationDefault], nil
	case slices.Contains(formats, asked):
		return asked, nil
	}
	return "", problem.Usagef("usage.output", "-o %s: there is no such format here", brief(asked)).WithHint("-o %s", strings.Join(formats, " | "))
}

// renderToken gives a result the form that was asked for. Asking for what did not come is a failed check.
func (app *App) renderToken(ctx context.Context, grantType string, env *grant.Env, result *grant.Result) ([]byte, error) {
	response := result.Response
	switch app.format {
	case formatJSON:
		return append(text.EscapeJSON(response.Raw), '\n'), nil
	case formatIDToken:
		return tokenLine("ID token", response.IDToken, "ask for the scope openid: -s openid")
	case formatRefreshToken:
		if response.RefreshToken.IsZero() {
			return tokenLine("refresh token", response.RefreshToken, env.NoRefreshToken(grantType))
		}
		return tokenLine("refresh token", response.RefreshToken, "")
	case formatClaims:
		return claims(ctx, env, result)
	case formatSummary:
		person, err := env.Describe(ctx, result)
		if err != nil {
			return nil, fmt.Errorf("asking for userinfo: %w", err)
		}
		s := summary(result)
		if env.Held.Profile != fapi.None {
			s.Profile = env.Held.Profile.String()
		}
		s.Person = person
		if slices.Contains(result.Requested, "offline_access") {
			s.NoRefresh = env.NoRefreshToken(grantType)
		}
		return render.TokenSummary(app.outTheme(), s), nil
	case formatHeader:
		scheme := response.Scheme()
		if scheme == "" || !usable(response.IssuedTokenType) {
			return nil, &problem.Error{
				Kind: problem.Verification, Code: "output.missing", Spec: "RFC 8693 §2.2.1",
				Message: "the token is of type " + text.Escape(strings.TrimSpace(response.TokenType+" "+response.IssuedTokenType)) + ", which goes into no Authorization header", Hint: "-o token prints it alone",
			}
		}
		return fmt.Appendf(nil, "Authorization: %s %s\n", scheme, response.AccessToken.Reveal()), nil
	case formatEnv:
		return fmt.Appendf(nil, "export OAUTH_ACCESS_TOKEN=%s\n", text.Quoted(response.AccessToken.Reveal())), nil
	default:
		return tokenLine("access token", response.AccessToken, "")
	}
}

func tokenLine(what string, token secret.Secret, hint string) ([]byte, error) {
	if token.IsZero() {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "output.missing", Message: "printing the result: the provider sent no " + what, Hint: hint,
		}
	}
	return []byte(token.Reveal() + "\n"), nil
}

// usable says whether a token of an exchanged type may go into an Authorization header: a refresh token and an ID token
// are for others than an API (RFC 8693 §3).
func usable(issuedType string) bool {
	return !strings.HasSuffix(issuedType, ":refresh_token") && !strings.HasSuffix(issuedType, ":id_token")
}

// claims returns the verified claims of the ID token, else of a JWT access token.
func claims(ctx context.Context, env *grant.Env, result *grant.Result) ([]byte, error) {
	report := result.IDToken
	if report == nil {
		var err error
		if report, err = env.VerifyAccessToken(ctx, result); err != nil {
			return nil, fmt.Errorf("verifying the access token: %w", err)
		}
	}
	return append(text.EscapeJSON(report.Claims.Raw()), '\n'), nil
}

// summary collects what a person wants to know of a result.
func summary(result *grant.Result) render.Summary {
	r := result.Response
	s := render.Summary{
		Actors: result.Actors, Requested: result.Requested, Granted: r.Scopes, ScopeGiven: r.ScopeGiven, TokenType: r.TokenType,
		Now: result.Received, Checks: result.Checks, HasRefresh: !r.RefreshToken.IsZero(), HasIDToken: !r.IDToken.IsZero(),
		AccessToken: accessTokenKind(r.AccessToken), Front: result.Front,
	}
	if details, err := oauth.GrantedDetails(r.Members); err == nil { // what was asked for has been compared
		for i := range details {
			s.Details = append(s.Details, strings.Trim(details[i:i+1].JSON(), "[]"))
		}
	}
	if r.ExpiresIn != nil {
		expiry := result.Received.Add(*r.ExpiresIn)
		s.Expires = &expiry
	}
	if result.IDToken != nil {
		s.Claims = &result.IDToken.Claims
	}
	return s
}

func accessTokenKind(token secret.Secret) string {
	t, _, err := jose.Inspect(token.Reveal())
	if err != nil {
		return fmt.Sprintf("opaque, %d characters", len(token.Reveal()))
	}
	return fmt.Sprintf("JWT, %s", t.Algorithm)
}

func kindList() string {
	names := make([]string, 0, len(oidc.Kinds())+1)
	names = append(names, "auto")
	for _, k := range oidc.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
