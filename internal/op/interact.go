package op

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The cookies: one names the browser, so that a form comes back from the page that it was sent to; one the session.
// Browsers do not keep the cookies of two ports apart, so the issuer's mark follows each name.
const (
	browserCookie = "op_browser_"
	sessionCookie = "op_session_"
)

// proceed takes an authorization request to its next step: login, consent, or the answer to the client.
func (x *exchange) proceed(i *interaction) answer {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	current := x.session()
	if x.p.config.AutoApprove && !i.request.prompt("none") {
		return x.approve(i, current)
	}
	return x.next(i, random(), current)
}

// approve signs in and consents by itself, as AutoApprove says.
func (x *exchange) approve(i *interaction, current *session) answer {
	a := i.request
	var cookie *http.Cookie
	if x.mustLogin(i, current) {
		user := x.p.users[a.loginHint]
		for _, u := range x.p.config.Users {
			if user == nil && (a.subject == "" || u.Subject == a.subject) {
				user = x.p.users[u.Username]
			}
		}
		if user == nil {
			return x.deliverError(a, refused("login_required", "there is no user to sign in"))
		}
		current, cookie = x.startSession(user)
	}
	current.consents[a.client.ID] = a.scopes
	answer := x.deliverGrant(a, current)
	return x.withCookie(answer, cookie)
}

// mustLogin says whether somebody has to sign in first (OpenID Connect Core §3.1.2.3).
func (x *exchange) mustLogin(i *interaction, s *session) bool {
	a := i.request
	switch {
	case s == nil:
		return true
	case i.loggedIn:
		return false
	case a.prompt("login") || a.prompt("select_account") || a.maxAge == 0:
		return true
	case a.maxAge > 0 && x.now.Sub(s.authTime) > a.maxAge:
		return true
	}
	return a.subject != "" && a.subject != s.user.Subject
}

// next decides what an interaction needs. The caller holds the lock.
func (x *exchange) next(i *interaction, id string, s *session) answer {
	a := i.request
	var page string
	switch {
	case x.mustLogin(i, s):
		page = atLogin
		if a.prompt("none") {
			return x.deliverError(a, refused("login_required", "prompt=none was sent, but nobody is signed in here, or the login is too old or another one's"))
		}
	case a.subject != "" && a.subject != s.user.Subject:
		return x.deliverError(a, refused("login_required", "another one than id_token_hint names has signed in"))
	case a.prompt("consent") || len(a.details) > 0 || !covers(s.consents[a.client.ID], a.scopes):
		page = atConsent
		if a.prompt("none") {
			return x.deliverError(a, refused("consent_required", "prompt=none was sent, but %s has not allowed client '%s' all of: %s",
				s.user.Username, a.client.ID, strings.Join(a.scopes, " ")))
		}
		i.user = s.user
	default:
		x.p.state.interactions.remove(id)
		return x.deliverGrant(a, s)
	}
	browser, cookie := x.browser()
	i.cookie = browser
	x.p.state.interactions.put(id, i, x.now)
	return x.withCookie(x.redirect(x.p.endpoint(page)+"?"+url.Values{"interaction": {id}}.Encode()), cookie)
}

func covers(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// interaction finds the one that a page belongs to, in the browser in which it began. The caller holds the lock.
func (x *exchange) interaction(id string) (*interaction, *answer) {
	i, ok := x.p.state.interactions.get(id, x.now)
	if !ok {
		a := x.errorPage(http.StatusBadRequest, "This sign-in is over",
			"It was finished, took too long, or never began. Go back to the application and start again.")
		return nil, &a
	}
	x.event.ClientID = i.request.client.ID
	cookie, err := x.r.Cookie(browserCookie + x.p.mark)
	if err != nil || !equal(i.cookie, cookie.Value) {
		a := x.errorPage(http.StatusForbidden, "This sign-in belongs to another browser",
			"The cookie "+browserCookie+x.p.mark+" is missing or differs. Allow cookies, go back to the application and start again.")
		return nil, &a
	}
	return i, nil
}

// formToken binds a form to the interaction and to the browser (a signed double submit).
func (x *exchange) formToken(id, cookie string) string {
	mac := hmac.New(sha256.New, x.p.browser[:])
	mac.Write([]byte(id + "|" + cookie))
	return b64(mac.Sum(nil))
}

// submitted reads a form of ours. The caller holds the lock.
func (x *exchange) submitted() (url.Values, *interaction, *answer) {
	form, bad := x.readForm()
	if bad != nil {
		a := x.errorPage(http.StatusBadRequest, "This form cannot be read", bad.description)
		return nil, nil, &a
	}
	i, wrong := x.interaction(form.Get("interaction"))
	if wrong != nil {
		return nil, nil, wrong
	}
	if !equal(x.formToken(form.Get("interaction"), i.cookie), form.Get("token")) {
		a := x.errorPage(http.StatusForbidden, "This form did not come from here",
			"Its token is missing or wrong, as when another page sends it in your name. Go back to the application and start again.")
		return nil, nil, &a
	}
	return form, i, nil
}

// login shows the login page and takes its form.
func (x *exchange) login() answer {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	if x.r.Method != http.MethodPost {
		id := x.r.URL.Query().Get("interaction")
		i, wrong := x.interaction(id)
		if wrong != nil {
			return *wrong
		}
		return x.loginPage(http.StatusOK, i, id, i.request.loginHint, "")
	}
	form, i, wrong := x.submitted()
	if wrong != nil {
		return *wrong
	}
	id := form.Get("interaction")
	if form.Get("decision") == "cancel" {
		x.p.state.interactions.remove(id)
		return x.deliverError(i.request, refused("access_denied", "the user cancelled the login"))
	}
	user := x.p.users[form.Get("username")]
	want := random() // an unknown user costs the same comparison
	if user != nil {
		want = user.Password.Reveal()
	}
	if !equal(want, form.Get("password")) || user == nil {
		return x.loginPage(http.StatusUnprocessableEntity, i, id, form.Get("username"), "Wrong username or password.")
	}
	s, cookie := x.startSession(user)
	i.loggedIn = true
	return x.withCookie(x.next(i, id, s), cookie)
}

// equal compares in a time that tells neither content nor length.
func equal(want, got string) bool {
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// consent shows the consent page and takes its form.
func (x *exchange) consent() answer {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	form, id := url.Values(nil), x.r.URL.Query().Get("interaction")
	var i *interaction
	var wrong *answer
	if x.r.Method == http.MethodPost {
		if form, i, wrong = x.submitted(); wrong == nil {
			id = form.Get("interaction")
		}
	} else {
		i, wrong = x.interaction(id)
	}
	if wrong != nil {
		return *wrong
	}
	s := x.session()
	if s == nil || i.user == nil || s.user != i.user {
		return x.errorPage(http.StatusForbidden, "You are no longer signed in", "Go back to the application and start again.")
	}
	if form == nil {
		return x.consentPage(i, id)
	}
	a := i.request
	x.p.state.interactions.remove(id)
	switch form.Get("decision") {
	case "allow":
		for _, scope := range a.scopes {
			if !slices.Contains(s.consents[a.client.ID], scope) {
				s.consents[a.client.ID] = append(s.consents[a.client.ID], scope)
			}
		}
		return x.deliverGrant(a, s)
	default:
		return x.deliverError(a, refused("access_denied", "the user refused"))
	}
}

// session returns the browser's session, or nil. The caller holds the lock.
func (x *exchange) session() *session {
	cookie, err := x.r.Cookie(sessionCookie + x.p.mark)
	if err != nil {
		return nil
	}
	s, _ := x.p.state.sessions.get(cookie.Value, x.now)
	return s
}

// startSession signs somebody in under a new name, so that none that was planted before is worth anything, and ends
// the browser's former session.
func (x *exchange) startSession(user *User) (*session, *http.Cookie) {
	if old, err := x.r.Cookie(sessionCookie + x.p.mark); err == nil {
		x.p.state.sessions.remove(old.Value)
	}
	id := random()
	s := &session{user: user, authTime: x.now, consents: make(map[string][]string)}
	x.p.state.sessions.put(id, s, x.now)
	return s, x.cookie(sessionCookie, id)
}

// browser returns the browser's name, and the cookie to set where it has none yet.
func (x *exchange) browser() (string, *http.Cookie) {
	if cookie, err := x.r.Cookie(browserCookie + x.p.mark); err == nil && len(cookie.Value) == 43 {
		return cookie.Value, nil
	}
	name := random()
	return name, x.cookie(browserCookie, name)
}

func (x *exchange) cookie(name, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure where the issuer is https: a browser drops it on plain loopback
		Name: name + x.p.mark, Value: value, Path: "/", HttpOnly: true,
		Secure: x.p.issuer.Scheme == "https", SameSite: http.SameSiteLaxMode,
	}
}

func (x *exchange) withCookie(a answer, cookie *http.Cookie) answer {
	if cookie != nil {
		a.header.Add("Set-Cookie", cookie.String())
	}
	return a
}
