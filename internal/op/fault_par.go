package op

import (
	"net/http"
	"time"
)

// parFaults are of pushed authorization requests.
func parFaults() []row {
	const response = "RFC 9126 §2.2"
	return []row{
		{
			Name: "par-200", Spec: response, Short: "200 instead of 201", Expect: Warn, Must: "use it, and warn",
			point: notCreated(atPAR),
		},
		{
			Name: "par-expires-zero", Spec: response, Short: "expires_in 0", Expect: Warn, Must: "use the request_uri at once, and warn",
			point: replying(atPAR, setting("expires_in", 0)),
		},
		{
			Name: "par-expires-negative", Spec: response, Short: "expires_in below zero", Expect: Warn, Must: "use the request_uri at once, and warn",
			point: replying(atPAR, setting("expires_in", -1)),
		},
		{
			Name: "par-expires-missing", Spec: response, Short: "no expires_in", Expect: Warn, Must: "use the request_uri at once, and warn",
			point: replying(atPAR, removing("expires_in")),
		},
		{
			Name: "par-expires-string", Spec: response, Short: `expires_in "90"`, Expect: Warn, Must: "read it, and warn",
			point: replying(atPAR, setting("expires_in", "90")),
		},
		{
			Name: "par-uri-missing", Spec: response, Short: "no request_uri", Expect: Reject, Must: "say that it is missing",
			point: replying(atPAR, removing("request_uri")),
		},
		{
			Name: "par-uri-odd", Spec: response, Short: "a request_uri that would change a terminal", Expect: Reject, Must: "refuse it",
			point: replying(atPAR, suffixing("request_uri", hostileText)),
		},
		{
			Name: "par-400", Spec: "RFC 9126 §2.3", Short: "400 invalid_request, whatever is pushed", Expect: Reject, Must: "open no browser, show the error",
			point: rawJSON(atPAR, http.StatusBadRequest, `{"error":"invalid_request","error_description":"this request is refused"}`),
		},
		{
			Name: "par-html", Spec: response, Short: "a page instead of an answer", Expect: Reject, Must: "say that it is HTML",
			point: rawHTML(atPAR, http.StatusOK),
		},
		{
			Name: "par-307-host", Spec: "RFC 9700 §4.11", Short: "307 to another origin", Expect: Reject, Must: "never send the request or a secret again",
			point: redirecting(atPAR, http.StatusTemporaryRedirect),
		},
		{
			Name: "par-uri-expired", Spec: "RFC 9126 §4", Short: "the request_uri has expired when the browser comes with it", Expect: Reject,
			Must: "show the error that the callback brings", point: &point{pushed: func(x *exchange, p *pushed) { p.expires = x.now.Add(-time.Second) }},
		},
		{
			Name: "par-required", Spec: "RFC 9126 §5", Short: "requests must be pushed, and the metadata say so", Expect: Accept,
			Must: "push without being told to", point: &point{configure: func(c *Config) { c.RequirePAR = true }},
		},
	}
}

// assertionFaults are of what the provider takes for its name in a client's assertion.
func assertionFaults() []row {
	const audience = "draft-ietf-oauth-rfc7523bis §4"
	return []row{
		{
			Name: "assertion-aud", Spec: audience, Short: "the token endpoint is at another origin, and the issuer alone is the audience", Expect: Accept,
			Must: "address assertions to the issuer, not to whatever endpoint the metadata name", point: &point{
				metadata:  func(x *exchange, d *document) { d.set("token_endpoint", x.elsewhereAt(atToken)) },
				audiences: func(x *exchange, _ []string) []string { return []string{x.p.config.Issuer} },
			},
		},
		{
			Name: "assertion-aud-token", Spec: "RFC 7523 §3", Short: "takes the token endpoint as audience, not the issuer", Expect: Reject,
			Must: "show the refusal, and name the flag that chooses the audience", point: &point{
				audiences: func(x *exchange, _ []string) []string { return []string{x.p.endpoint(atToken)} },
			},
		},
	}
}

// certificateFaults are of clients that authenticate by a certificate.
func certificateFaults() []row {
	return []row{
		{
			Name: "mtls-no-alias", Spec: "RFC 8705 §5", Short: "the metadata name no endpoints for certificates", Expect: Reject,
			Must: "say that the certificate cannot have been seen", point: &point{metadata: removing("mtls_endpoint_aliases")},
		},
	}
}
