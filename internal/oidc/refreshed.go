package oidc

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CheckRefreshed compares the ID token of a refresh with the one before: it must be about the same login (OpenID Connect
// Core §12.2).
func CheckRefreshed(previous, current *jose.Token) verdict.Checks {
	checks := verdict.Checks{continues("iss", previous, current), continues("sub", previous, current)}
	checks = append(checks, audienceContinues(previous, current), issuedLater(previous, current))
	for _, name := range []string{"auth_time", "azp", "nonce"} {
		checks = append(checks, keeps(name, previous, current)...)
	}
	return checks
}

// CheckSameLogin compares the two ID tokens of a hybrid flow, which must have the same issuer and subject (OpenID
// Connect Core §3.3.3.6).
func CheckSameLogin(front, back *jose.Token) verdict.Checks {
	checks := verdict.Checks{continues("iss", front, back), continues("sub", front, back)}
	for i, name := range []string{"iss", "sub"} {
		checks[i].Rule, checks[i].Spec = "id_token.hybrid_"+name, "OpenID Connect Core §3.3.3.6"
	}
	return checks
}

// CheckHinted compares the ID token that a person was asked for by, as a hint, with the new one: whoever has agreed must be
// that person (OpenID Connect Core §3.1.2.1, §3.1.2.2).
func CheckHinted(hint, current *jose.Token) verdict.Check {
	check := continues("sub", hint, current)
	check.Rule, check.Spec = "id_token.hint_sub", "OpenID Connect Core §3.1.2.2"
	if check.Status == verdict.Fail {
		check.Hint = "do not use the new tokens: somebody else has agreed than the ID token of the hint names"
	}
	return check
}

func continues(name string, previous, current *jose.Token) verdict.Check {
	was, _ := previous.Claims.String(name)
	is, err := current.Claims.String(name)
	check := verdict.Check{
		Rule: "id_token.refresh_" + name, Spec: "OpenID Connect Core §12.2", Want: text.Escape(was), Got: text.Escape(is),
		Hint: "do not use the new tokens: they belong to another login",
	}
	if err != nil {
		check.Got = text.Escape(err.Error())
	}
	check = verdict.Of(err == nil && is != "" && is == was, check)
	if check.Status == verdict.Pass {
		check.Want = ""
	}
	return check
}

func audienceContinues(previous, current *jose.Token) verdict.Check {
	check := verdict.Check{Rule: "id_token.refresh_aud", Spec: "OpenID Connect Core §12.2", Hint: "do not use the new tokens: they are for another client"}
	was, is := audiences(previous.Claims), audiences(current.Claims)
	check.Want, check.Got = "every audience of "+list(was), list(is)
	missing := slices.ContainsFunc(was, func(a string) bool { return !slices.Contains(is, a) })
	check.Want, check.Got = text.Escape(check.Want), text.Escape(check.Got)
	return verdict.Of(!missing && len(is) > 0, check)
}

func issuedLater(previous, current *jose.Token) verdict.Check {
	check := verdict.Check{Rule: "id_token.refresh_iat", Spec: "OpenID Connect Core §12.2", Status: verdict.Pass}
	was, _, errWas := previous.Claims.Number("iat")
	is, ok, err := current.Claims.Number("iat")
	switch {
	case err != nil || !ok:
		check.Status, check.Got = verdict.Fail, "no iat"
	case errWas == nil && is < was:
		check.Status, check.Want, check.Got = verdict.Fail, "an iat not before the earlier token's", "an earlier iat"
	}
	return check
}

// keeps judges a claim that, if it is there, must have the value that it had.
func keeps(name string, previous, current *jose.Token) verdict.Checks {
	was, had := previous.Claims.Value(name)
	is, has := current.Claims.Value(name)
	check := verdict.Check{Rule: "id_token.refresh_" + name, Spec: "OpenID Connect Core §12.2", Status: verdict.Fail, Want: text.Escape(string(was)), Got: text.Escape(string(is))}
	switch {
	case !had && !has:
		return nil
	case had && has && string(was) == string(is):
		check.Status, check.Want = verdict.Pass, ""
	case !has && name == "azp":
		check.Got = "no azp"
	case !has:
		return nil
	case !had:
		check.Want = "no " + name
		if name == "auth_time" {
			check.Status = verdict.Warn // the earlier token did not tell
		}
	}
	return verdict.Checks{check}
}
