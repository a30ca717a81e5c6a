package cmd

import (
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// details reads --authorization-details; none where it is not given.
func (app *App) details(given string) (oauth.Details, error) {
	if given == "" {
		return nil, nil
	}
	data, err := app.inline(given)
	if err != nil {
		return nil, err
	}
	details, err := oauth.ParseAuthorizationDetails(data)
	if err != nil {
		return nil, problem.Usagef("usage.authorization_details", "--authorization-details: %s", text.Escape(err.Error())).
			WithHint(`--authorization-details '[{"type":"TYPE"}]', or @FILE`)
	}
	return details, nil
}
