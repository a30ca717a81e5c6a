package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// loginFlags add the login that an API may demand. -s is no scope here, as with other programs that call an API.
func (o *callOptions) loginFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.stepUp, "step-up", false, "where the API wants a stronger or a fresher login: sign in so, and repeat the request once (RFC 9470)")
	o.flow.provider.flags(f)
	o.flow.client.flags(f)
	o.flow.trust.flags(f)
	o.flow.dpop.flags(f)
	o.flow.fapi.flags(f)
	listVar(f, &o.flow.request.scopes, "scope", "a `SCOPE` of the login, or several with spaces; repeatable (default: the token's)")
	listVar(f, &o.flow.request.audiences, "audience", "the `AUDIENCE` that the new token is for; repeatable")
	listVar(f, &o.flow.request.resources, "resource", "the resource `URI` that the new token is for (RFC 8707); repeatable")
	o.login.Flags(f)
}

// idleLogin refuses what an authorization request would say where there is none, and what -H may have been meant by. The
// flags of the provider and the client stand with every command.
func (app *App) idleLogin() error {
	const why = "without --step-up: it is about the login that an API may demand"
	if err := app.idle(why, "-H 'NAME: VALUE' is a header of the request to the API", "header"); err != nil {
		return err
	}
	names := []string{"scope"}
	request := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(grant.StepUp).Flags(request)
	request.VisitAll(func(f *pflag.Flag) {
		if f.Name != "no-browser" {
			names = append(names, f.Name)
		}
	})
	return app.idle(why, "--step-up signs in as the API demands, and repeats the request", names...)
}

// steppedUp returns the answer, or that of the call repeated after the login that the API demands (RFC 9470 §4).
func (app *App) steppedUp(ctx context.Context, o *callOptions, env *grant.Env, c *call, answer *http.Response) (*http.Response, error) {
	if answer.StatusCode != http.StatusUnauthorized {
		return answer, nil
	}
	demand, err := oauth.ParseStepUp(answer.Header)
	if demand == nil && err == nil {
		return answer, nil
	}
	_ = answer.Body.Close()
	if err == nil {
		err = c.repeatable()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.request.Doing, err)
	}
	app.observer().Step("the API wants a stronger or a fresher login")
	login, err := app.grantEnv(ctx, &o.flow)
	if err != nil {
		return nil, err
	}
	result, err := o.login.Run(ctx, login, demand, c.sent.Token)
	if err != nil {
		return nil, fmt.Errorf("signing in as the API demands: %w", login.Explain(o.login.Info().Type, err))
	}
	app.observer().Step("once more, with the new token")
	c.sent.Token, c.sent.Again = result.Response.AccessToken, true
	return env.Stream(ctx, c.request, c.sent.Token, c.body)
}

// repeatable says whether the body can be had a second time, so that nobody signs in for a request that cannot be sent.
func (c *call) repeatable() error {
	if c.body == nil {
		return nil
	}
	body, err := c.body()
	if errors.Is(err, grant.ErrSpent) {
		return &problem.Error{
			Kind: problem.Provider, Code: "oauth.insufficient_user_authentication", Spec: "RFC 9470 §3",
			Message: "the API wants another login, and the body was too long to be kept for a second request",
			Hint:    "give the body as a file, which can be read twice: -d @FILE",
		}
	}
	if err != nil {
		return err
	}
	return closer(body).Close()
}

// loginCommand is the command that signs in as this call would.
func (app *App) loginCommand(o *callOptions) string {
	command := "oauthctl login"
	if name := app.global.profile; name != "" {
		command += " -p " + text.Argument(name)
	}
	for _, flag := range []struct{ name, value string }{
		{"provider", o.flow.provider.builtin.name}, {"issuer", o.flow.provider.issuer}, {"client-id", o.flow.client.id},
	} {
		if flag.value != "" && app.sources[flag.name].onCommandLine() {
			command += " --" + flag.name + " " + text.Argument(flag.value)
		}
	}
	return command
}
