package op

import (
	"encoding/json"
	"net/http"
	"strings"
)

// tokenFaults are of the access token and its type.
func tokenFaults() []row {
	const success = "RFC 6749 §5.1"
	return []row{
		{
			Name: "tok-dup", Spec: "RFC 8259 §4", Short: "access_token twice", Expect: Reject, Must: "refuse duplicate members",
			point: &point{token: func(_ *exchange, d *document) { d.prepend("access_token", "evil") }},
		},
		{
			Name: "tok-case-key", Spec: "RFC 8259 §8.3", Short: "ACCESS_TOKEN beside access_token", Expect: Accept,
			Must: "use access_token", point: &point{token: func(_ *exchange, d *document) { d.add("ACCESS_TOKEN", "evil") }},
		},
		{
			Name: "tok-no-at", Spec: success, Short: "no access_token", Expect: Reject, Must: "say that it is missing",
			point: &point{token: removing("access_token")},
		},
		{
			Name: "tok-at-odd", Spec: "RFC 6749 §A.12", Short: "an access_token with a newline in it", Expect: Reject,
			Must: "refuse what cannot stand in a header", point: &point{token: setting("access_token", "a\r\nX-Evil: 1")},
		},
		{
			Name: "tok-type-inverted", Spec: success, Short: "token_type bEARER", Expect: Accept, Must: "compare without case",
			point: &point{token: setting("token_type", "bEARER")},
		},
		{
			Name: "tok-type-missing", Spec: success, Short: "no token_type", Expect: Warn,
			Must: "warn where it is taken for Bearer", point: &point{token: removing("token_type")},
		},
		{
			Name: "tok-type-evil", Spec: "RFC 6749 §7.1", Short: "token_type with a header in it", Expect: Reject,
			Must: "know Bearer, DPoP and N_A alone", point: &point{token: setting("token_type", "Bearer x\r\nX-Evil: 1")},
		},
	}
}

// lifetimeFaults are of expires_in.
func lifetimeFaults() []row {
	const lifetime = "RFC 6749 §5.1"
	return []row{
		{
			Name: "tok-exp-zero", Spec: lifetime, Short: "expires_in 0", Expect: Warn, Must: "take the token for expired, not eternal",
			point: &point{token: setting("expires_in", 0)},
		},
		{
			Name: "tok-exp-negative", Spec: lifetime, Short: "expires_in far below zero", Expect: Warn, Must: "take the token for expired",
			point: &point{token: setting("expires_in", -4294963696)},
		},
		{
			Name: "tok-exp-string", Spec: lifetime, Short: `expires_in "3600"`, Expect: Warn, Must: "read it, and warn",
			point: &point{token: setting("expires_in", "3600")},
		},
		{
			Name: "tok-exp-fraction", Spec: lifetime, Short: "expires_in 3600.5", Expect: Warn, Must: "read it, and warn",
			point: &point{token: setting("expires_in", 3600.5)},
		},
		{
			Name: "tok-exp-1e400", Spec: lifetime, Short: "expires_in 1e400", Expect: Warn, Must: "call the expiry unknown, keep the token",
			point: &point{token: setting("expires_in", json.RawMessage("1e400"))},
		},
		{
			Name: "tok-exp-garbage", Spec: lifetime, Short: `expires_in "soon"`, Expect: Warn, Must: "call the expiry unknown",
			point: &point{token: setting("expires_in", "soon")},
		},
		{
			Name: "tok-exp-missing", Spec: lifetime, Short: "no expires_in", Expect: Accept, Must: "call the expiry unknown",
			point: &point{token: removing("expires_in")},
		},
	}
}

// formFaults are of the further members and of the form of the answer.
func formFaults() []row {
	const success = "RFC 6749 §5.1"
	return []row{
		{
			Name: "tok-scope-missing", Spec: "RFC 6749 §3.3", Short: "no scope", Expect: Accept, Must: "take the requested scope for granted",
			point: &point{token: removing("scope")},
		},
		{
			Name: "tok-scope-array", Spec: success, Short: "scope as an array", Expect: Warn, Must: "read it, and warn",
			point: &point{token: func(_ *exchange, d *document) { d.set("scope", strings.Fields(d.text("scope"))) }},
		},
		{
			Name: "tok-no-idt", Spec: "OpenID Connect Core §3.1.3.3", Short: "no ID token, though openid was granted", Expect: Reject,
			Must: "say that it is missing", point: granting(grantCode, removing("id_token")),
		},
		{
			Name: "tok-no-store", Spec: success, Short: "no Cache-Control", Expect: Warn, Must: "tell the provider's fault",
			point: &point{at: atToken, answer: func(_ *exchange, a *answer) {
				a.header.Del("Cache-Control")
				a.header.Del("Pragma")
			}},
		},
		{
			Name: "tok-ct-text", Spec: success, Short: "JSON as text/plain", Expect: Warn, Must: "read it, and warn",
			point: contentType(atToken, "text/plain; charset=utf-8"),
		},
		{
			Name: "tok-form", Spec: success, Short: "a form instead of JSON, as GitHub does unasked", Expect: Warn, Must: "read it, and warn",
			point: formBody("application/x-www-form-urlencoded; charset=utf-8"),
		},
		{
			Name: "tok-form-as-html", Spec: success, Short: "a form as text/html", Expect: Warn, Must: "read it, and warn",
			point: formBody("text/html; charset=utf-8"),
		},
	}
}

// formBody writes a successful token response as a form.
func formBody(mediaType string) *point {
	return &point{at: atToken, answer: func(_ *exchange, a *answer) {
		var members map[string]any
		if a.status != http.StatusOK || json.Unmarshal(a.body, &members) != nil {
			return
		}
		form := document{}
		for _, name := range []string{"access_token", "token_type", "scope", "refresh_token", "id_token"} {
			if s, ok := members[name].(string); ok {
				form.add(name, s)
			}
		}
		a.body = []byte(form.form())
		a.header.Set("Content-Type", mediaType)
	}}
}

// rawTokenFaults are of errors and of the answer as a whole.
func rawTokenFaults() []row {
	const redirects, failure = "RFC 9700 §4.11", "RFC 6749 §5.2"
	return []row{
		{
			Name: "tok-307-host", Spec: redirects, Short: "307 to another origin", Expect: Reject,
			Must: "never send code, verifier or secret again", point: redirecting(atToken, http.StatusTemporaryRedirect),
		},
		{
			Name: "tok-302-host", Spec: redirects, Short: "302 to another origin", Expect: Reject,
			Must: "report the redirect itself, send no GET", point: redirecting(atToken, http.StatusFound),
		},
		{
			Name: "tok-200-error", Spec: failure, Short: "200 with an error, as Slack and GitHub do", Expect: Reject,
			Must: "take it for an error", point: rawJSON(atToken, http.StatusOK, `{"ok":false,"error":"invalid_code"}`),
		},
		{
			Name: "tok-400-token", Spec: failure, Short: "400 with the tokens", Expect: Reject, Must: "neither keep nor print them",
			point: &point{at: atToken, answer: func(_ *exchange, a *answer) { a.status = http.StatusBadRequest }},
		},
		{
			Name: "tok-error-object", Spec: failure, Short: "the error is an object, as Facebook's is", Expect: Reject,
			Must: "show its message", point: rawJSON(atToken, http.StatusBadRequest, `{"error":{"message":"no such code","code":190}}`),
		},
		{
			Name: "tok-error-html", Spec: failure, Short: "400 with a page that would change a terminal", Expect: Reject,
			Must: "say that it is no OAuth answer, escaped and cut", point: rawHTML(atToken, http.StatusBadRequest),
		},
		{
			Name: "tok-error-echo", Spec: failure, Short: "the error repeats secret, code and verifier", Expect: Reject,
			Must: "redact what it knows to be secret", point: &point{at: atToken, answer: echo},
		},
		{
			Name: "tok-401-basic", Spec: failure, Short: "401 invalid_client, whatever is sent", Expect: Reject,
			Must: "name the methods that the metadata lists", point: knowingNobody(atToken),
		},
		{
			Name: "tok-500", Spec: failure, Short: "500 with a page", Expect: Reject, Must: "say that the provider is broken",
			point: rawHTML(atToken, http.StatusInternalServerError),
		},
		{Name: "tok-slow", Spec: "RFC 6749 §3.2", Short: "never answers", Expect: Reject, Must: "give up after a time limit", point: slow(atToken)},
		{
			Name: "tok-huge", Spec: "RFC 6749 §5.1", Short: "an answer of 1 GiB", Expect: Reject,
			Must: "stop reading at a limit", point: huge(atToken),
		},
		{
			Name: "tok-retry-timeout", Spec: "RFC 6749 §4.1.2", Short: "closes the connection when the request is read", Expect: Reject,
			Must: "send a code no second time, say that it may be spent", point: dropped(atToken),
		},
	}
}

// echo answers with everything that a client must not print.
func echo(x *exchange, a *answer) {
	secret := x.form.Get("client_secret")
	if secret == "" && x.client != nil {
		secret = x.client.Secret.Reveal()
	}
	description := "cannot redeem code=" + x.form.Get("code") + " refresh_token=" + x.form.Get("refresh_token") +
		" code_verifier=" + x.form.Get("code_verifier") + " client_secret=" + secret
	*a = x.json(http.StatusBadRequest, document{{"error", "invalid_grant"}, {"error_description", description}}).noStore()
}
