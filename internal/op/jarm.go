package op

import (
	"strings"
	"time"
)

// responseLifetime is how long a signed authorization response is good for: until the browser is back (JARM §2.1).
const responseLifetime = 5 * time.Minute

// signedResponse puts an authorization response into a JWT for the client, and encrypts that where the client registered
// it (JARM §2.1, §2.2).
func (x *exchange) signedResponse(a *authorization, response document) (document, *refusal) {
	response.remove("iss") // the JWT has its own
	claims := append(document{
		{"iss", x.p.config.Issuer}, {"aud", a.client.ID}, {"exp", x.now.Add(responseLifetime).Unix()},
	}, response...)
	f := x.forgery("authorization", "", a.client.AuthorizationAlg, claims)
	for _, fault := range x.p.faults {
		if fault.response != nil {
			fault.response(x, f)
		}
	}
	compact, err := f.sign()
	if err != nil {
		return nil, failed(err)
	}
	compact, bad := x.encrypt("authorization", "JWT", compact, a.client.AuthorizationEncryption)
	if bad != nil {
		return nil, bad
	}
	out := document{{"response", compact}}
	for _, fault := range x.p.faults {
		if fault.wrapped != nil {
			fault.wrapped(x, &out, response)
		}
	}
	return out, nil
}

// transport is how the response travels, whatever it is wrapped in (JARM §2.3).
func (a *authorization) transport() string {
	if a.responseMode == "jwt" {
		return a.defaultMode()
	}
	return strings.TrimSuffix(a.responseMode, ".jwt")
}
