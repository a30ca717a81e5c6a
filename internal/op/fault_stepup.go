package op

import (
	"net/http"
	"time"
)

// demandingLogin replaces the challenge of the API, and demands it of whatever token.
func demandingLogin(params string) *point {
	return &point{at: atAPI, instead: func(x *exchange) answer {
		return x.refuseToken(&refusal{
			code: "insufficient_user_authentication", status: http.StatusUnauthorized, description: "another login is wanted", demands: params,
		}, "")
	}}
}

// stepUpFaults are of the challenge of an API that demands another login, and of what the tokens say of that login.
func stepUpFaults() []row {
	const proof, demand = "RFC 9470 §6.1", "RFC 9470 §3"
	return []row{
		{
			Name: "step-acr-weaker", Spec: proof, Short: "the ID token says that the login was of a weaker class", Expect: Reject,
			Must: "not send the new token", point: &point{idToken: inClaims(setting("acr", acrs[0]))},
		},
		{
			Name: "step-acr-missing", Spec: proof, Short: "the ID token does not say of which class the login was", Expect: Reject,
			Must: "not send the new token", point: &point{idToken: inClaims(removing("acr"))},
		},
		{
			Name: "step-auth-time-old", Spec: proof, Short: "the ID token says that the login was an hour ago", Expect: Reject,
			Must: "not send the new token", point: &point{idToken: inClaims(dating("auth_time", -time.Hour))},
		},
		{
			Name: "step-access-weaker", Spec: proof, Short: "the access token says that the login was of a weaker class", Expect: Reject,
			Must: "not send the new token", point: &point{accessToken: inClaims(setting("acr", acrs[0]))},
		},
		{
			Name: "step-access-old", Spec: proof, Short: "the access token says that the login was an hour ago", Expect: Reject,
			Must: "not send the new token", point: &point{accessToken: inClaims(dating("auth_time", -time.Hour))},
		},
		{
			Name: "step-access-silent", Spec: proof, Short: "the access token says nothing of the login", Expect: Warn, Must: "go on, and warn",
			point: &point{accessToken: func(_ *exchange, f *forgery) {
				f.claims.remove("acr")
				f.claims.remove("auth_time")
			}},
		},
		{
			Name: "step-max-age-odd", Spec: demand, Short: "a max_age that is no number", Expect: Reject, Must: "not guess what is meant",
			point: demandingLogin(`, acr_values="gold", max_age="soon"`),
		},
		{
			Name: "step-acr-twice", Spec: demand, Short: "acr_values twice", Expect: Reject, Must: "not choose one of them",
			point: demandingLogin(`, acr_values="gold", acr_values="bronze"`),
		},
		{
			Name: "step-nothing", Spec: demand, Short: "another login, and no word about which", Expect: Reject, Must: "not sign in at random",
			point: demandingLogin(""),
		},
		{
			Name: "step-again", Spec: demand, Short: "the same demand after it was met", Expect: Reject, Must: "not sign in for ever",
			point: demandingLogin(`, acr_values="gold"`),
		},
	}
}
