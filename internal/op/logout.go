package op

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// logout is a logout that waits for its person.
type logout struct {
	cookie string // of the browser in which it began
	client *Client
	target string // where the person is sent, with state; empty is nowhere
}

// endSession ends the browser's session (OpenID Connect RP-Initiated Logout §2). Whoever cannot show an ID token of the
// one who is signed in here only asks: the person decides.
func (x *exchange) endSession() answer {
	form, bad := x.authorizationForm()
	if bad == nil && x.r.Method == http.MethodPost && form.Has("interaction") {
		return x.confirmedLogout(form)
	}
	if bad == nil {
		bad = once(form, nil)
	}
	if bad != nil {
		return x.errorPage(http.StatusBadRequest, "This sign-out cannot be done", bad.description)
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	l, user, bad := x.judgeLogout(form)
	if bad != nil {
		return x.errorPage(http.StatusBadRequest, "This sign-out cannot be done", bad.description)
	}
	s := x.session()
	switch {
	case s == nil:
		return x.loggedOut(l)
	case user == s.user || x.p.config.AutoApprove:
		return x.endedSession(l)
	}
	browser, cookie := x.browser()
	id := random()
	l.cookie = browser
	x.p.state.logouts.put(id, l, x.now)
	data := pageData{
		Title: "Sign out?", Username: s.user.Username, Action: x.p.path(atEndSession), Interaction: id, Token: x.formToken(id, browser),
	}
	if l.client != nil {
		data.Client = l.client.name()
	}
	target := "'self'"
	if l.target != "" {
		data.Destination, target = destination(l.target), "'self' "+cspOrigin(l.target)
	}
	return x.withCookie(x.page(http.StatusOK, "logout", target, data), cookie)
}

// judgeLogout finds out who asks, and where the person may be sent: only where a client is known, and to one of its
// addresses (RP-Initiated Logout §3). The caller holds the lock.
func (x *exchange) judgeLogout(form url.Values) (*logout, *User, *refusal) {
	refuse := func(description string) (*logout, *User, *refusal) {
		return nil, nil, refused("invalid_request", "%s", description)
	}
	l, user := &logout{}, (*User)(nil)
	if hint := form.Get("id_token_hint"); hint != "" {
		t, ok := x.p.state.idTokens.get(hint, x.now) // it may have expired (§4)
		if !ok {
			return refuse(notOurIDToken)
		}
		l.client, user = t.grant.client, t.grant.user
	}
	if id := form.Get("client_id"); id != "" && (l.client == nil || l.client.ID != id) {
		client := x.p.client(id)
		switch {
		case client == nil:
			return refuse("no client '" + id + "' is registered" + x.suggestClient(id))
		case l.client != nil:
			return refuse("client_id is '" + id + "', but id_token_hint was issued to '" + l.client.ID + "'")
		}
		l.client = client
	}
	if l.client != nil {
		x.event.ClientID = l.client.ID
	}
	target := form.Get("post_logout_redirect_uri")
	switch {
	case target == "":
		return l, user, nil
	case l.client == nil:
		return refuse("post_logout_redirect_uri was sent, but neither id_token_hint nor client_id says whose it is")
	case !slices.ContainsFunc(l.client.PostLogoutRedirectURIs, func(r string) bool { return matches(r, target) }):
		return refuse("post_logout_redirect_uri '" + target + "' is not registered for client '" + l.client.ID + "'. Registered: " +
			strings.Join(l.client.PostLogoutRedirectURIs, " "))
	}
	l.target = target
	response := document{}
	if state := form.Get("state"); state != "" {
		response.add("state", state)
	}
	for _, f := range x.p.faults {
		if f.logout != nil {
			f.logout(x, &response)
		}
	}
	if query := response.form(); query != "" {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		l.target += separator + query
	}
	return l, user, nil
}

// confirmedLogout takes the form of the page that asks.
func (x *exchange) confirmedLogout(form url.Values) answer {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	id := form.Get("interaction")
	l, ok := x.p.state.logouts.get(id, x.now)
	browser, fresh := x.browser()
	switch {
	case !ok:
		return x.errorPage(http.StatusBadRequest, "This sign-out is over", "It was done, took too long, or never began.")
	case fresh != nil || !equal(l.cookie, browser) || !equal(x.formToken(id, browser), form.Get("token")):
		return x.errorPage(http.StatusForbidden, "This form did not come from here",
			"Its token is missing or wrong, as when another page sends it in your name. Go back to the application and start again.")
	}
	x.p.state.logouts.remove(id)
	if form.Get("decision") != "logout" {
		return x.donePage("You stay signed in", "Nothing was changed.")
	}
	return x.endedSession(l)
}

// endedSession forgets the browser's session. The caller holds the lock.
func (x *exchange) endedSession(l *logout) answer {
	name := sessionCookie + x.p.mark
	if cookie, err := x.r.Cookie(name); err == nil {
		x.p.state.sessions.remove(cookie.Value)
	}
	gone := x.cookie(sessionCookie, "") //nolint:gosec // its attributes are those of every cookie here
	gone.MaxAge = -1
	return x.withCookie(x.loggedOut(l), gone)
}

func (x *exchange) loggedOut(l *logout) answer {
	if l.target == "" {
		return x.donePage("You are signed out", "You can close this page.")
	}
	return x.redirect(l.target)
}
