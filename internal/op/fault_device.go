package op

import (
	"net/http"
	"time"
)

// polling acts when a device asks for its tokens, and is told how often that has been; nil lets the grant go on.
func polling(act func(x *exchange, d *device) *refusal) *point {
	return &point{grant: func(x *exchange) *refusal {
		d, ok := x.waiting()
		if !ok {
			return nil
		}
		d.polls++
		bad := act(x, d)
		if bad != nil {
			d.polled = x.now
		}
		return bad
	}}
}

// refusingPolls refuses whoever asks.
//
//go:noinline
func refusingPolls(code, description string) *point {
	return polling(func(*exchange, *device) *refusal { return refused(code, "%s", description) })
}

// slowedTwice tells the device twice to ask less often.
func slowedTwice() *point {
	return polling(func(_ *exchange, d *device) *refusal {
		if d.polls > 2 {
			return nil
		}
		return d.slowDown(5 * time.Second)
	})
}

// slowDown tells the device to ask less often.
func (d *device) slowDown(more time.Duration) *refusal {
	d.interval += more
	return refused("slow_down", "wait %s between requests from now on", d.interval)
}

// pendingAs answers a waiting device by another status, and has every device wait once.
func pendingAs(status int) *point {
	return &point{configure: func(c *Config) { c.ApproveAfter = max(c.ApproveAfter, 1) }, at: atToken, answer: func(x *exchange, a *answer) {
		if x.event.Error == "authorization_pending" {
			a.status = status
		}
	}}
}

// deviceFaults are of the device authorization endpoint.
func deviceFaults() []row {
	const response = "RFC 8628 §3.2"
	return []row{
		{
			Name: "dev-200-error", Spec: response, Short: "200 with an error", Expect: Reject, Must: "take it for an error",
			point: rawJSON(atDevice, http.StatusOK, `{"error":"unauthorized_client"}`),
		},
		{
			Name: "dev-hang", Spec: "RFC 8628 §3.1", Short: "never answers", Expect: Reject, Must: "give up after a time limit",
			point: slow(atDevice),
		},
		{
			Name: "dev-user-code-ansi", Spec: response, Short: "a user code that would change a terminal", Expect: Reject, Must: "refuse it",
			point: replying(atDevice, setting("user_code", hostileText)),
		},
		{
			Name: "dev-uri-script", Spec: response, Short: "the page for the code is a script", Expect: Reject, Must: "open and show http and https alone",
			point: replying(atDevice, func(_ *exchange, d *document) {
				d.set("verification_uri", "javascript:alert(1)")
				d.set("verification_uri_complete", "javascript:alert(1)")
			}),
		},
		{
			Name: "dev-no-device-code", Spec: response, Short: "no device_code", Expect: Reject, Must: "say that it is missing",
			point: replying(atDevice, removing("device_code")),
		},
		{
			Name: "dev-verification-url", Spec: response, Short: "verification_url, as Google writes it", Expect: Warn, Must: "read it",
			point: replying(atDevice, func(_ *exchange, d *document) {
				d.add("verification_url", d.text("verification_uri"))
				d.remove("verification_uri")
			}),
		},
		{
			Name: "dev-no-complete", Spec: response, Short: "no verification_uri_complete", Expect: Accept, Must: "show page and code",
			point: replying(atDevice, removing("verification_uri_complete")),
		},
		{
			Name: "dev-interval-missing", Spec: response, Short: "no interval", Expect: Accept, Must: "wait 5 seconds",
			point: replying(atDevice, removing("interval")),
		},
		{
			Name: "dev-expires-missing", Spec: response, Short: "no expires_in", Expect: Warn, Must: "bound the wait by itself",
			point: replying(atDevice, removing("expires_in")),
		},
	}
}

// pollFaults are of the token endpoint while a device waits.
func pollFaults() []row {
	const answers = "RFC 8628 §3.5"
	return []row{
		{
			Name: "dev-slow-down", Spec: answers, Short: "slow_down twice", Expect: Accept, Must: "wait 5 seconds longer from then on, each time",
			point: slowedTwice(),
		},
		{
			Name: "dev-slow-down-interval", Spec: answers, Short: "slow_down that names an interval, as GitHub's does", Expect: Accept,
			Must: "wait that long, if it is longer", point: slowDownTo(20),
		},
		{
			Name: "dev-pending-status", Spec: answers, Short: "authorization_pending by 428, as Google's", Expect: Accept, Must: "go by the error, not by the status",
			point: pendingAs(http.StatusPreconditionRequired),
		},
		{
			Name: "dev-pending-200", Spec: answers, Short: "authorization_pending by 200, as GitHub's", Expect: Accept, Must: "go by the error, not by the status",
			point: pendingAs(http.StatusOK),
		},
		{
			Name: "dev-declined", Spec: answers, Short: "the person refuses", Expect: Reject, Must: "stop and say so",
			point: refusingPolls("access_denied", "the user refused"),
		},
		{
			Name: "dev-expired", Spec: answers, Short: "the code expires at once", Expect: Reject, Must: "stop and say so",
			point: refusingPolls("expired_token", "this device code expired"),
		},
		{
			Name: "dev-poll-dropped", Spec: answers, Short: "closes the connection of the first question", Expect: Accept,
			Must: "ask again, less often", point: droppedOnce(),
		},
	}
}

// slowDownTo answers the first question by slow_down with an interval in seconds.
func slowDownTo(seconds int) *point {
	p := polling(func(_ *exchange, d *device) *refusal {
		if d.polls > 1 {
			return nil
		}
		return d.slowDown(time.Duration(seconds)*time.Second - d.interval)
	})
	p.at = atToken
	p.answer = func(x *exchange, a *answer) {
		if x.event.Error == "slow_down" {
			*a = x.json(http.StatusBadRequest, document{
				{"error", "slow_down"}, {"error_description", x.event.Description}, {"interval", seconds},
			}).noStore()
		}
	}
	return p
}

// droppedOnce leaves the first question of a device without an answer.
func droppedOnce() *point {
	p := polling(func(_ *exchange, d *device) *refusal {
		if d.polls > 1 {
			return nil
		}
		return &refusal{code: "temporarily_unavailable"} // nobody will see it
	})
	p.at = atToken
	p.answer = func(x *exchange, a *answer) {
		if x.event.Error == "temporarily_unavailable" {
			a.stream = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}
	}
	return p
}
