package grant

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Asks takes over what a request is to say in authorization_details, and warns of types that the provider does not list
// (RFC 9396 §10).
func (env *Env) Asks(details oauth.Details) {
	env.Details = details
	listed := env.Provider.List("authorization_details_types_supported")
	unknown := slices.DeleteFunc(details.Types(), func(kind string) bool { return slices.Contains(listed, kind) })
	if len(listed) == 0 || len(unknown) == 0 {
		return
	}
	env.Observer.Checks(verdict.Checks{{
		Rule: "metadata.authorization_details", Spec: "RFC 9396 §10", Status: verdict.Warn,
		Got: "the provider does not list the type " + text.Escape(strings.Join(unknown, ", ")) + ", and may refuse it; it lists " + text.Escape(strings.Join(listed, ", ")),
	}})
}

// judgeDetails compares what was granted in detail with what was asked for, and the access token with both, where it can
// be read (RFC 9396 §7, §9.1).
func (env *Env) judgeDetails(response *oauth.Response) verdict.Checks {
	if len(env.Details) == 0 {
		return nil
	}
	unreadable := func(rule, spec string, err error) verdict.Checks {
		return verdict.Checks{{Rule: rule, Spec: spec, Status: verdict.Fail, Want: "an array of objects with a type", Got: text.Escape(err.Error())}}
	}
	granted, err := oauth.GrantedDetails(response.Members)
	if err != nil {
		return unreadable("token.authorization_details", "RFC 9396 §7", err)
	}
	checks := oauth.CheckGrantedDetails(env.Details, granted)
	token, _, err := jose.Inspect(response.AccessToken.Reveal())
	if err != nil || !token.Claims.Has("authorization_details") {
		return checks // opaque, or for the API to ask about by introspection
	}
	claim, err := oauth.GrantedDetails(token.Claims)
	if err != nil {
		return append(checks, unreadable("access_token.authorization_details", "RFC 9396 §9.1", err)...)
	}
	return append(checks, oauth.CheckTokenDetails(granted, claim)...)
}
