package op

import "net/http"

// cibaFaults are of the backchannel authentication endpoint, and of the polls after it.
func cibaFaults() []row {
	const response, polls = "CIBA Core §7.3", "CIBA Core §11"
	return []row{
		{
			Name: "ciba-no-poll", Spec: "CIBA Core §4", Short: "ping and push alone", Expect: Reject, Must: "say so before anybody is asked",
			point: &point{metadata: setting("backchannel_token_delivery_modes_supported", []string{"ping", "push"})},
		},
		{
			Name: "ciba-200-error", Spec: response, Short: "200 with an error", Expect: Reject, Must: "take it for an error",
			point: rawJSON(atBackchannel, http.StatusOK, `{"error":"unknown_user_id"}`),
		},
		{
			Name: "ciba-id-missing", Spec: response, Short: "no auth_req_id", Expect: Reject, Must: "say that it is missing",
			point: replying(atBackchannel, removing("auth_req_id")),
		},
		{
			Name: "ciba-id-control", Spec: response, Short: "an auth_req_id that would change a terminal", Expect: Reject, Must: "refuse it",
			point: replying(atBackchannel, suffixing("auth_req_id", hostileText)),
		},
		{
			Name: "ciba-id-letters", Spec: response, Short: "an auth_req_id with other characters than are allowed", Expect: Warn, Must: "use it, and warn",
			point: replying(atBackchannel, func(x *exchange, d *document) {
				x.p.mu.Lock()
				defer x.p.mu.Unlock()
				id := d.text("auth_req_id")
				waiting, _ := x.p.state.backchannels.get(id, x.now)
				x.p.state.backchannels.put(id+"+/", waiting, x.now)
				d.set("auth_req_id", id+"+/")
			}),
		},
		{
			Name: "ciba-expires-missing", Spec: response, Short: "no expires_in", Expect: Reject, Must: "say that it is missing",
			point: replying(atBackchannel, removing("expires_in")),
		},
		{
			Name: "ciba-interval-huge", Spec: response, Short: "an interval of a million years", Expect: Reject, Must: "not wait for what has expired by then",
			point: replying(atBackchannel, setting("interval", 31557600000000)),
		},
		{
			Name: "ciba-interval-negative", Spec: response, Short: "an interval below zero", Expect: Warn, Must: "wait all the same, and warn",
			point: replying(atBackchannel, setting("interval", -5)),
		},
		{
			Name: "ciba-interval-missing", Spec: response, Short: "no interval", Expect: Accept, Must: "wait 5 seconds",
			point: replying(atBackchannel, removing("interval")),
		},
		{
			Name: "ciba-slow-down", Spec: polls, Short: "slow_down twice", Expect: Accept, Must: "wait 5 seconds longer from then on, each time",
			point: slowedTwice(),
		},
		{
			Name: "ciba-declined", Spec: polls, Short: "the person refuses", Expect: Reject, Must: "stop and say so",
			point: refusingPolls("access_denied", "the user refused"),
		},
		{
			Name: "ciba-expired", Spec: polls, Short: "the auth_req_id expires at once", Expect: Reject, Must: "stop and say so",
			point: refusingPolls("expired_token", "this auth_req_id expired"),
		},
		{
			Name: "ciba-other-request", Spec: "CIBA Core §10.3.1", Short: "an ID token that names another auth_req_id", Expect: Reject,
			Must:  "use none of the tokens",
			point: &point{idToken: inClaims(setting("urn:openid:params:jwt:claim:auth_req_id", "1c266114-a1be-4252-8ad1-04986c5b9ac1"))},
		},
	}
}
