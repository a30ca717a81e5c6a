package op

import (
	"encoding/json"
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
		nonce: a.nonce, acr: a.acr, amr: "pwd", authTime: s.authTime, maxAge: a.maxAge >= 0, details: a.details,
	}
	switch {
	case a.device != nil:
		a.device.grant = x.grant
		if a.device.user != nil {
			return x.donePage("You have agreed", a.client.name()+" can go on now. You can close this page.")
		}
		return x.donePage("Your device is signed in", "You can close this page and go back to your device.")
	case a.implicit():
		value := ""
		if a.gives("code") {
			value = x.newCode(a)
		}
		response, bad := x.implicit(a, value)
		if bad != nil {
			return x.deliverError(a, bad)
		}
		return x.deliver(a, response)
	}
	return x.deliver(a, document{{"code", x.newCode(a)}})
}

// newCode makes the code of the grant.
func (x *exchange) newCode(a *authorization) string {
	value := random()
	x.p.state.codes.put(value, &code{
		grant: x.grant, redirectURI: a.redirectParameter, challenge: a.challenge, jkt: a.jkt, expires: x.now.Add(x.p.config.Lifetimes.Code),
	}, x.now)
	return value
}

// implicit makes the tokens that response_type names, and adds the code of a hybrid flow (OpenID Connect Core §3.2.2.5,
// §3.3.2.5).
func (x *exchange) implicit(a *authorization, value string) (document, *refusal) {
	what := issuance{scopes: a.scopes, audiences: a.audiences, details: a.details, nonce: a.nonce, code: value, state: a.state}
	var response document
	accessToken := ""
	if a.gives("token") {
		var bad *refusal
		if response, accessToken, bad = x.bearerResponse(what); bad != nil {
			return nil, bad
		}
	}
	if a.gives("id_token") {
		compact, bad := x.idToken(what, accessToken)
		if bad != nil {
			return nil, bad
		}
		response.add("id_token", compact)
	}
	if value != "" {
		response.prepend("code", value)
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

// inQuery says whether a fault lets tokens come in the query.
func (x *exchange) inQuery() bool {
	return slices.ContainsFunc(x.p.faults, func(f Fault) bool { return f.inQuery })
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
	if strings.HasSuffix(a.responseMode, "jwt") {
		var bad *refusal
		if response, bad = x.signedResponse(a, response); bad != nil {
			return x.errorPage(http.StatusInternalServerError, "The application cannot be answered", bad.description)
		}
	}
	for i, m := range response { // expires_in, authorization_details: everything is text here
		if _, ok := m.value.(string); !ok {
			written, err := json.Marshal(m.value)
			if err != nil {
				return x.errorPage(http.StatusInternalServerError, "The application cannot be answered", err.Error())
			}
			response[i].value = string(written)
		}
	}
	separator := "?"
	switch mode := a.transport(); {
	case mode == "form_post":
		return x.formPostPage(a, response)
	case mode == "web_message":
		return x.webMessagePage(a, response)
	case mode == "fragment" && !x.inQuery():
		separator = "#"
	case strings.Contains(a.redirectURI, "?"):
		separator = "&"
	}
	return x.redirect(a.redirectURI + separator + response.form())
}
