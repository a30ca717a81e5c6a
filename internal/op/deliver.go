package op

import (
	"strings"
)

// deliverCode issues a code and sends it to the client (RFC 6749 §4.1.2). The caller holds the lock.
func (x *exchange) deliverCode(a *authorization, s *session) answer {
	value := random()
	x.grant = &grant{
		client: a.client, user: s.user, scopes: a.scopes, audiences: a.audiences,
		nonce: a.nonce, acr: a.acr, authTime: s.authTime,
	}
	x.p.state.codes.put(value, &code{
		grant: x.grant, redirectURI: a.redirectParameter, challenge: a.challenge, expires: x.now.Add(x.p.config.Lifetimes.Code),
	}, x.now)
	return x.deliver(a, document{{"code", value}})
}

// deliverError tells the client of an error (RFC 6749 §4.1.2.1).
func (x *exchange) deliverError(a *authorization, r *refusal) answer {
	x.event.Error, x.event.Description = r.code, printable(r.description)
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
	if a.responseMode == "form_post" {
		return x.formPostPage(a, response)
	}
	separator := "?"
	if strings.Contains(a.redirectURI, "?") {
		separator = "&"
	}
	return x.redirect(a.redirectURI + separator + response.form())
}
