package op

import (
	"io"
	"net/http"
)

// registrationFaults are of the answer to a client that registers itself.
func registrationFaults() []row {
	const response, management = "RFC 7591 §3.2.1", "RFC 7592 §3"
	return []row{
		{
			Name: "reg-200", Spec: response, Short: "200 instead of 201", Expect: Warn, Must: "use it, and warn",
			point: notCreated(atRegistration),
		},
		{Name: "reg-no-client-id", Spec: response, Short: "no client_id", Expect: Reject, Must: "say that it is missing", point: replying(atRegistration, removing("client_id"))},
		{
			Name: "reg-client-id-ansi", Spec: response, Short: "a client_id that would change a terminal", Expect: Reject, Must: "refuse it",
			point: replying(atRegistration, suffixing("client_id", hostileText)),
		},
		{
			Name: "reg-name-ansi", Spec: response, Short: "a client_name that would change a terminal", Expect: Warn, Must: "say that it was changed, and escape it everywhere",
			point: replying(atRegistration, suffixing("client_name", hostileText)),
		},
		{
			Name: "reg-secret-no-expiry", Spec: response, Short: "a client_secret without client_secret_expires_at", Expect: Reject, Must: "say that it is missing",
			point: replying(atRegistration, removing("client_secret_expires_at")),
		},
		{
			Name: "reg-redirect-changed", Spec: response, Short: "other redirect_uris than were asked for", Expect: Reject, Must: "not use a client whose codes go elsewhere",
			point: replying(atRegistration, setting("redirect_uris", []string{"http://127.0.0.1/other"})),
		},
		{
			Name: "reg-method-changed", Spec: response, Short: "another token_endpoint_auth_method than was asked for", Expect: Warn, Must: "say so",
			point: replying(atRegistration, setting("token_endpoint_auth_method", authPost)),
		},
		{
			Name: "reg-scope-dropped", Spec: response, Short: "no scope, though one was asked for", Expect: Warn, Must: "say so",
			point: replying(atRegistration, removing("scope")),
		},
		{
			Name: "reg-uri-elsewhere", Spec: management, Short: "a registration_client_uri at another origin", Expect: Reject, Must: "send no registration access token there",
			point: replying(atRegistration, clientElsewhere),
		},
		{
			Name: "reg-no-token", Spec: management, Short: "a registration_client_uri without registration_access_token", Expect: Warn, Must: "say that the client cannot be managed",
			point: replying(atRegistration, removing("registration_access_token")),
		},
		{Name: "reg-html", Spec: response, Short: "a page instead of an answer", Expect: Reject, Must: "say that it is HTML", point: rawHTML(atRegistration, http.StatusOK)},
		{
			Name: "reg-307-host", Spec: "RFC 9700 §4.11", Short: "307 to another origin", Expect: Reject, Must: "never send the initial access token again",
			point: redirecting(atRegistration, http.StatusTemporaryRedirect),
		},
		{
			Name: "reg-400", Spec: "RFC 7591 §3.2.2", Short: "400 invalid_client_metadata, whatever is sent", Expect: Reject, Must: "show the error",
			point: rawJSON(atRegistration, http.StatusBadRequest, `{"error":"invalid_client_metadata","error_description":"this client is refused"}`),
		},
	}
}

// managementFaults are of the answer to a client that is updated.
func managementFaults() []row {
	const response = "RFC 7592 §3"
	return []row{
		{
			Name: "manage-other-client", Spec: "RFC 7592 §2.2", Short: "the answer is about another client", Expect: Reject, Must: "not take it for the client's",
			point: replying(atClient, suffixing("client_id", "1")),
		},
		{
			Name: "manage-rotated", Spec: response, Short: "a new registration access token with every answer", Expect: Warn, Must: "say that the old one is dead",
			point: &point{configure: func(c *Config) { c.RotateRegistration = true }},
		},
		{
			Name: "manage-no-token", Spec: response, Short: "no registration_access_token in the answer", Expect: Warn, Must: "say that the old one must be kept",
			point: replying(atClient, removing("registration_access_token")),
		},
		{
			Name: "manage-no-secret", Spec: response, Short: "no client_secret in the answer", Expect: Warn, Must: "say that the old one must be kept",
			point: replying(atClient, func(_ *exchange, d *document) { d.remove("client_secret"); d.remove("client_secret_expires_at") }),
		},
		{
			Name: "manage-secret-replaced", Spec: response, Short: "another client_secret", Expect: Warn, Must: "say that it was replaced",
			point: replying(atClient, setting("client_secret", "a-secret-that-replaces-the-one-before")),
		},
		{
			Name: "manage-uri-elsewhere", Spec: response, Short: "a registration_client_uri at another origin", Expect: Reject, Must: "send no registration access token there",
			point: replying(atClient, clientElsewhere),
		},
		{
			Name: "manage-ignored", Spec: "RFC 7592 §2.2", Short: "the update is accepted, and changes nothing", Expect: Warn, Must: "say what was not changed",
			point: replying(atClient, setting("client_name", "Example")),
		},
		{
			Name: "manage-401", Spec: "RFC 7592 §2.2", Short: "401 invalid_token that repeats what was sent", Expect: Reject, Must: "say that the registration access token is dead, and not show it",
			point: &point{at: atClient, instead: func(x *exchange) answer {
				return x.refuseBearer(&refusal{code: "invalid_token", status: http.StatusUnauthorized, description: "this is dead: " + x.r.Header.Get("Authorization") + " " + sent(x)})
			}},
		},
		{
			Name: "manage-405", Spec: "RFC 7592 §2", Short: "405, as by a provider that lets clients read alone", Expect: Reject, Must: "say that it is not offered",
			point: rawJSON(atClient, http.StatusMethodNotAllowed, `{"error":"invalid_request"}`),
		},
		{Name: "manage-html", Spec: response, Short: "a page instead of an answer", Expect: Reject, Must: "say that it is HTML", point: rawHTML(atClient, http.StatusOK)},
	}
}

// sent is the body of a request, for a fault that repeats it.
func sent(x *exchange) string {
	body, _ := io.ReadAll(x.r.Body) // what could not be read is not repeated
	return string(body)
}

// clientElsewhere names another loopback host, so another origin, for the management of a client.
func clientElsewhere(x *exchange, d *document) {
	d.set("registration_client_uri", x.elsewhereAt(atClient))
}
