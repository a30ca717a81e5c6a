package op

import (
	"net/http"
	"net/url"
)

// devicePage takes the code that a device shows, and leads on to login and consent (RFC 8628 §3.3). With
// verification_uri_complete the code stands in the form already; it is still the person who sends it off, having
// compared it with the device's (§3.3.1, §5.4).
func (x *exchange) devicePage() answer {
	browser, cookie := x.browser()
	if x.r.Method != http.MethodPost {
		query := x.r.URL.Query().Get("user_code")
		return x.withCookie(x.userCodePage(http.StatusOK, browser, query, ""), cookie)
	}
	form, wrong := x.ownForm(atDevicePage, browser, cookie)
	if wrong != nil {
		return *wrong
	}
	return x.typedCode(browser, form)
}

// ownForm reads a form that came from the page of an endpoint, in the browser that has its cookie.
func (x *exchange) ownForm(at, browser string, cookie *http.Cookie) (url.Values, *answer) {
	form, bad := x.readForm()
	if bad != nil {
		a := x.errorPage(http.StatusBadRequest, "This form cannot be read", bad.description)
		return nil, &a
	}
	if cookie != nil || !equal(x.formToken(at, browser), form.Get("token")) {
		a := x.errorPage(http.StatusForbidden, "This form did not come from here",
			"Its token is missing or wrong, as when another page sends it in your name. Open "+x.p.endpoint(at)+" and fill it in there.")
		return nil, &a
	}
	return form, nil
}

// typedCode finds the device of a code. The answers tell a wrong code from one that is no longer good, no more.
func (x *exchange) typedCode(browser string, form url.Values) answer {
	typed := form.Get("user_code")
	x.p.mu.Lock()
	d, ok := x.p.state.userCodes.get(plainUserCode(typed), x.now)
	message := ""
	switch {
	case x.p.state.guesses.count(x.now) >= maxGuesses:
		x.p.mu.Unlock()
		return x.errorPage(http.StatusTooManyRequests, "Too many wrong codes", "Wait a minute, then type the code again.")
	case !ok:
		x.p.state.guesses.put(random(), struct{}{}, x.now)
		message = "This is no code of a device that waits. Compare it with the one that your device shows."
	case !x.now.Before(d.expires):
		message = "This code has expired. Start again on your device."
	case d.grant != nil || d.denied != "":
		message = "This code was used before. Start again on your device."
	}
	x.p.mu.Unlock()
	if message != "" {
		return x.userCodePage(http.StatusUnprocessableEntity, browser, typed, message)
	}
	x.event.ClientID = d.client.ID
	// prompt=consent: whoever typed a code that somebody sent must see what it is good for.
	return x.proceed(&interaction{began: x.now, request: &authorization{
		client: d.client, device: d, scopes: d.scopes, audiences: d.audiences, details: d.details, prompts: []string{"consent"}, maxAge: -1,
	}})
}

func (x *exchange) userCodePage(status int, browser, code, message string) answer {
	return x.page(status, "device", "'self'", pageData{
		Title: "Connect a device", Message: message, UserCode: code,
		Action: x.p.path(atDevicePage), Token: x.formToken(atDevicePage, browser),
	})
}

// donePage ends what a person began on a page of ours, with nowhere to go on to.
//
//go:noinline
func (x *exchange) donePage(title, message string) answer {
	return x.page(http.StatusOK, "message", "'none'", pageData{Title: title, Message: message})
}
