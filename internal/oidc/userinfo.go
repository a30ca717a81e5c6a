package oidc

import (
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CheckUserInfo compares userinfo claims with the subject of the ID token, empty where it is not known. Claims of
// another subject must not be used (OpenID Connect Core §5.3.2, §5.1).
func CheckUserInfo(claims strictjson.Object, subject string) verdict.Checks {
	checks := verdict.Checks{userInfoSubject(claims, subject)}
	for _, name := range []string{"email_verified", "phone_number_verified"} {
		if _, _, err := claims.Bool(name); err != nil {
			checks = append(checks, userInfoType(name, "a boolean", err))
		}
	}
	if _, _, err := claims.Number("updated_at"); err != nil {
		checks = append(checks, userInfoType("updated_at", "a number", err))
	}
	if _, _, err := claims.Object("address"); err != nil {
		checks = append(checks, userInfoType("address", "an object", err))
	}
	return checks
}

func userInfoType(name, want string, err error) verdict.Check {
	return verdict.Check{
		Rule: "userinfo.type", Spec: "OpenID Connect Core §5.1", Status: verdict.Warn,
		Want: name + ": " + want, Got: text.Escape(err.Error()),
	}
}

func userInfoSubject(claims strictjson.Object, subject string) verdict.Check {
	check := verdict.Check{Rule: "userinfo.sub", Spec: "OpenID Connect Core §5.3.2", Status: verdict.Fail, Want: text.Escape(subject)}
	sub, err := claims.String("sub")
	switch {
	case err != nil:
		check.Got = text.Escape(err.Error())
	case sub == "":
		check.Got = "no sub"
	case subject == "":
		check.Status, check.Got = verdict.Skip, "no ID token to compare sub with"
		check.Hint = "give the subject with --expect-sub SUB, or the ID token with --id-token-file FILE"
		return check
	case sub == subject:
		check.Status, check.Want, check.Got = verdict.Pass, "", text.Escape(sub)
		return check
	default:
		check.Got = text.Escape(sub)
	}
	if check.Want == "" {
		check.Want = "a sub"
	}
	check.Hint = "do not use these claims: they are about somebody else than the one who is expected"
	return check
}
