package op

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// deliverGrant answers the client after the person agreed: with a code (RFC 6749 §4.1.2), or with tokens (§4.2.2,
// OpenID Connect Core §3.2.2.5). A device is told when it asks. The caller holds the lock.
func (x *exchange) deliverGrant(a *authorization, s *session) answer {
	x.client = a.client
	x.grant = &grant{
		client: a.client, user: s.user, scopes: a.scopes, audiences: a.audiences,
		nonce: a.nonce, acr: a.acr, amr: "pwd", authTime: s.authTime,
	}
	switch {
	case a.device != nil:
		a.device.grant = x.grant
		if a.device.user != nil {
			return x.donePage("You have agreed", a.client.name()+" can go on now. You can close this page.")
		}
		return x.donePage("Your device is signed in", "You can close this page and go back to your device.")
	case a.implicit():
		response, bad := x.implicit(a)
		if bad != nil {
			return x.deliverError(a, bad)
		}
		return x.deliver(a, response)
	}
	value := random()
	x.p.state.codes.put(value, &code{
		grant: x.grant, redirectURI: a.redirectParameter, challenge: a.challenge, jkt: a.jkt, expires: x.now.Add(x.p.config.Lifetimes.Code),
	}, x.now)
	return x.deliver(a, document{{"code", value}})
}

// implicit makes the tokens that response_type names.
func (x *exchange) implicit(a *authorization) (document, *refusal) {
	what := issuance{scopes: a.scopes, audiences: a.audiences, nonce: a.nonce}
	var response document
	accessToken := ""
	if slices.Contains(a.types, "token") {
		var bad *refusal
		if response, accessToken, bad = x.bearerResponse(what); bad != nil {
			return nil, bad
		}
	}
	if slices.Contains(a.types, "id_token") {
		compact, bad := x.idToken(what, accessToken)
		if bad != nil {
			return nil, bad
		}
		response.add("id_token", compact)
	}
	return response, nil
}

// deliverError tells the client of an error (RFC 6749 §4.1.2.1), or a device, by the lock that the caller then holds.
func (x *exchange) deliverError(a *authorization, r *refusal) answer {
	x.event.Error, x.event.Description = r.code, printable(r.description)
	switch {
	case a.device != nil && a.device.user != nil && r.code == "login_required": // nobody else may answer, nor refuse
		return x.errorPage(http.StatusForbidden, "Somebody else is asked", "Sign in as the one who is: "+r.description+".")
	case a.device != nil && a.device.user != nil:
		a.device.denied = r.description
		return x.donePage("You have refused", a.client.name()+" will be told: "+r.description+".")
	case a.device != nil:
		a.device.denied = r.description
		return x.donePage("Your device stays signed out", "It will be told: "+r.description+".")
	}
	return x.deliver(a, document{{"error", r.code}, {"error_description", printable(r.description)}})
}

// deliver adds what every authorization response bears, and sends it by the response mode (RFC 9207 §2).
func (x *exchange) deliver(a *authorization, response document) answer {
	x.client = a.client
	if a.state != "" {
		response.add("state", a.state)
	}
	response.add("iss", x.p.config.Issuer)
	for _, f := range x.p.faults {
		if f.callback != nil {
			f.callback(x, &response)
		}
	}
	for i, m := range response {
		if n, ok := m.value.(int); ok {
			response[i].value = fmt.Sprint(n) // expires_in: everything is text here
		}
	}
	separator := "?"
	switch {
	case a.responseMode == "form_post":
		return x.formPostPage(a, response)
	case a.responseMode == "web_message":
		return x.webMessagePage(a, response)
	case a.responseMode == "fragment":
		separator = "#"
	case strings.Contains(a.redirectURI, "?"):
		separator = "&"
	}
	return x.redirect(a.redirectURI + separator + response.form())
}
