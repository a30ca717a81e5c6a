package op

import (
	"net/http"
	"net/url"
)

// introspectionFaults are of introspection answers as JSON.
func introspectionFaults() []row {
	const response = "RFC 7662 §2.2"
	return []row{
		{Name: "intro-active-string", Spec: response, Short: `active "true"`, Expect: Reject, Must: "want a boolean", point: replying(atIntrospection, setting("active", "true"))},
		{Name: "intro-active-missing", Spec: response, Short: "no active", Expect: Reject, Must: "want a boolean", point: replying(atIntrospection, removing("active"))},
		{Name: "intro-active-null", Spec: response, Short: "active null", Expect: Reject, Must: "want a boolean", point: replying(atIntrospection, setting("active", nil))},
		{
			Name: "intro-inactive-extra", Spec: response, Short: "not active, and yet described", Expect: Warn, Must: "take it for inactive, and warn",
			point: &point{at: atIntrospection, reply: setting("active", false), mayStop: true},
		},
		{
			Name: "intro-401", Spec: "RFC 7662 §2.1", Short: "401 invalid_client, whatever is sent", Expect: Reject, Must: "say that the endpoint wants a client that authenticates",
			point: knowingNobody(atIntrospection),
		},
		{Name: "intro-html", Spec: response, Short: "a page instead of an answer", Expect: Reject, Must: "say that it is HTML", point: rawHTML(atIntrospection, http.StatusOK)},
	}
}

// revocationFaults are of the revocation endpoint.
func revocationFaults() []row {
	const failure = "RFC 7009 §2.2.1"
	return []row{
		{
			Name: "revoke-503", Spec: failure, Short: "503 and Retry-After", Expect: Reject, Must: "say that nothing was revoked, and when to try again",
			point: &point{at: atRevocation, instead: func(x *exchange) answer {
				a := x.json(http.StatusServiceUnavailable, document{{"error", "temporarily_unavailable"}}).noStore()
				a.header.Set("Retry-After", "120")
				return a
			}},
		},
		{
			Name: "revoke-200-error", Spec: failure, Short: "200 with an error", Expect: Reject, Must: "not say that it was revoked",
			point: unrevoked(http.StatusOK, "server_error"),
		},
		{
			Name: "revoke-unsupported", Spec: failure, Short: "400 unsupported_token_type, whatever is sent", Expect: Reject, Must: "not say that it was revoked",
			point: unrevoked(http.StatusBadRequest, "unsupported_token_type"),
		},
		{
			Name: "revoke-204", Spec: "RFC 7009 §2.2", Short: "204 instead of 200", Expect: Warn, Must: "take it for done, and warn",
			point: &point{at: atRevocation, answer: func(_ *exchange, a *answer) { a.status = http.StatusNoContent }},
		},
	}
}

// unrevoked answers with an error, and leaves the token as it was.
func unrevoked(status int, code string) *point {
	return &point{at: atRevocation, instead: func(x *exchange) answer {
		return x.json(status, document{{"error", code}}).noStore()
	}}
}

// logoutFaults are of what follows a logout.
func logoutFaults() []row {
	const redirection = "OpenID Connect RP-Initiated Logout §3"
	return []row{
		{
			Name: "logout-state-other", Spec: redirection, Short: "another state after the logout", Expect: Warn, Must: "show the page, and warn",
			point: &point{logout: suffixing("state", "1")},
		},
		{
			Name: "logout-state-missing", Spec: redirection, Short: "no state after the logout", Expect: Warn, Must: "show the page, and warn",
			point: &point{logout: removing("state")},
		},
		{
			Name: "logout-no-redirect", Spec: redirection, Short: "a page of its own instead of the redirect", Expect: Accept,
			Must: "not wait for ever, and say that no redirect came", point: &point{at: atEndSession, answer: func(x *exchange, a *answer) {
				if a.status == http.StatusSeeOther {
					*a = x.donePage("You are signed out", "You can close this page.")
				}
			}},
		},
	}
}

// exchangeFaults are of the answer to a token exchange.
func exchangeFaults() []row {
	const response = "RFC 8693 §2.2.1"
	return []row{
		{
			Name: "xchg-issued-type-missing", Spec: response, Short: "no issued_token_type", Expect: Warn, Must: "use the token, and warn",
			point: granting(grantExchange, removing("issued_token_type")),
		},
		{
			Name: "xchg-issued-type-other", Spec: response, Short: "a token of another type than was requested", Expect: Warn, Must: "say which type came",
			point: granting(grantExchange, setting("issued_token_type", typeRefresh)),
		},
		{
			Name: "xchg-na", Spec: response, Short: "token_type N_A", Expect: Accept, Must: "not send it as an Authorization scheme",
			point: granting(grantExchange, setting("token_type", "N_A")),
		},
	}
}

// messageFaults are of the page that posts an authorization response to another window.
func messageFaults() []row {
	const draft = "draft-sakimura-oauth-wmrm §3.1"
	return []row{
		{
			Name: "wm-silent", Spec: draft, Short: "the popup never posts anything", Expect: Reject, Must: "give up after a time limit, and say which window was waited for",
			point: &point{message: func(_ *exchange, m *document) { *m = nil }},
		},
		{
			Name: "wm-type", Spec: draft, Short: "a message of another type", Expect: Reject, Must: "ignore it",
			point: &point{message: setting("type", "something_else"), scripted: true},
		},
		{
			Name: "wm-foreign-origin", Spec: "RFC 9700 §4.17", Short: "the message comes from another origin", Expect: Reject, Must: "ignore it, and count it",
			point: &point{scripted: true, foreign: func(x *exchange, page url.Values) answer {
				return x.redirect(x.elsewhereAt(atStray) + "?" + page.Encode())
			}},
		},
	}
}
