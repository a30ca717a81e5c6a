package op

import (
	"net/http"
	"net/url"
	"strings"
)

// evil is a host that is nobody's: the reserved name cannot be reached.
const evil = "https://attacker.example"

// hostileText would clear a terminal, set its clipboard and turn the reading order, were it printed as it is.
const hostileText = "\x1b[2J\x1b]52;c;ZXZpbA==\a\u202egnihtyna\r\n"

// elsewhere is the endpoint that is called, as elsewhereAt gives it.
func (x *exchange) elsewhere() string { return x.elsewhereAt(x.event.Endpoint) }

// elsewhereAt is this provider under another loopback name, so another origin, at a path where a follower is seen.
func (x *exchange) elsewhereAt(endpoint string) string {
	host := "localhost"
	if x.p.issuer.Hostname() == host {
		host = "127.0.0.1"
	}
	if port := x.p.issuer.Port(); port != "" {
		host += ":" + port
	}
	return "http://" + host + x.p.base + strayPath + endpoint
}

// misnamed changes whose document it is: nothing of it may be used.
//
//go:noinline
func misnamed(change func(*exchange, *document)) *point {
	return &point{at: atDiscovery, metadata: change}
}

// discoveryFaults are of the document and of the answer that carries it.
func discoveryFaults() []row {
	const identity = "RFC 8414 §3.3"
	return []row{
		{
			Name: "disc-issuer-slash", Spec: identity, Short: "the issuer has a slash more at its end", Expect: Reject,
			Must:  "compare exactly, say that only the slash differs, print the value to use",
			point: misnamed(suffixing("issuer", "/")),
		},
		{
			Name: "disc-issuer-other", Spec: identity, Short: "the issuer is another one", Expect: Reject,
			Must: "compare exactly, and ask nobody to sign in", point: misnamed(setting("issuer", evil)),
		},
		{
			Name: "disc-issuer-case", Spec: identity, Short: "the issuer is written in other letter case", Expect: Reject,
			Must: "compare code points, not URLs", point: misnamed(func(x *exchange, d *document) {
				d.set("issuer", strings.Replace(d.text("issuer"), "http", "HTTP", 1))
			}),
		},
		{
			Name: "disc-issuer-missing", Spec: "RFC 8414 §2", Short: "the document has no issuer", Expect: Reject,
			Must: "say that it is missing", point: misnamed(removing("issuer")),
		},
		{
			Name: "disc-issuer-dup", Spec: "RFC 8259 §4", Short: "two issuers, the wrong one first", Expect: Reject,
			Must: "refuse duplicate members", point: misnamed(func(_ *exchange, d *document) { d.prepend("issuer", evil) }),
		},
		{
			Name: "disc-issuer-wrongcase-key", Spec: "RFC 8259 §8.3", Short: "a wrong issuer, and the right one as ISSUER", Expect: Reject,
			Must: "compare member names with case", point: misnamed(func(x *exchange, d *document) {
				d.set("issuer", evil)
				d.add("ISSUER", x.p.config.Issuer)
			}),
		},
		{
			Name: "disc-html", Spec: "RFC 8414 §3.2", Short: "a login page instead of the document", Expect: Reject,
			Must: "say that it is HTML, with status and URL", point: rawHTML(atDiscovery, http.StatusOK),
		},
		{
			Name: "disc-404-ansi", Spec: "RFC 8414 §3.2", Short: "404, and a body that would change a terminal", Expect: Reject,
			Must: "escape control characters in every output", point: raw(atDiscovery, http.StatusNotFound, "text/plain", hostileText),
		},
		{
			Name: "disc-ct-text", Spec: "RFC 8414 §3.2", Short: "the document as text/plain", Expect: Warn,
			Must: "use it and warn", point: contentType(atDiscovery, "text/plain"),
		},
		{
			Name: "disc-bad-utf8", Spec: "RFC 8259 §8.1", Short: "a byte in an endpoint that is no UTF-8", Expect: Reject,
			Must: "not replace it in silence", point: &point{at: atDiscovery, answer: func(_ *exchange, a *answer) {
				a.body = []byte(strings.Replace(string(a.body), "/token\"", "/token\xff\"", 1))
			}},
		},
		{
			Name: "disc-slow", Spec: "RFC 8414 §3", Short: "never answers", Expect: Reject,
			Must: "give up after a time limit", point: slow(atDiscovery),
		},
		{
			Name: "disc-huge", Spec: "RFC 8414 §3.2", Short: "a document of 1 GiB", Expect: Reject,
			Must: "stop reading at a limit, with flat memory", point: huge(atDiscovery),
		},
		{
			Name: "disc-redirect-host", Spec: "RFC 8414 §6.2", Short: "sends the client to another origin", Expect: Reject,
			Must: "not follow", point: redirecting(atDiscovery, http.StatusFound),
		},
	}
}

// endpointFaults are of the endpoints that the document names.
func endpointFaults() []row {
	const endpointURL = "RFC 6749 §3.1"
	return []row{
		{
			Name: "disc-jwks-file", Spec: "RFC 8414 §2", Short: "jwks_uri is a file URL", Expect: Reject,
			Must: "fetch from https alone, http on loopback", point: &point{metadata: setting("jwks_uri", "file:///etc/passwd")},
		},
		{
			Name: "disc-authz-shell", Spec: "RFC 6749 §10.14", Short: "the authorization endpoint holds shell commands", Expect: Reject,
			Must:  "open it without a shell, written anew from the parsed URL",
			point: &point{metadata: suffixing("authorization_endpoint", "/$(touch${IFS}pwned)?a=`id`&b=\"&calc")},
		},
		{
			Name: "disc-authz-dash", Spec: endpointURL, Short: "the authorization endpoint looks like a command's option", Expect: Reject,
			Must: "want an absolute URL", point: &point{metadata: setting("authorization_endpoint", "-a Calculator")},
		},
		{
			Name: "disc-authz-preset", Spec: endpointURL, Short: "the authorization endpoint brings its own state and redirect_uri", Expect: Reject,
			Must: "refuse a protocol parameter that is there twice", point: &point{
				metadata: suffixing("authorization_endpoint", "?state=fixed&redirect_uri="+url.QueryEscape(evil)+"&response_type=token"),
			},
		},
		{
			Name: "disc-authz-fragment", Spec: endpointURL, Short: "the authorization endpoint has a fragment", Expect: Reject,
			Must: "refuse it", point: &point{metadata: suffixing("authorization_endpoint", "#top")},
		},
		{
			Name: "disc-endpoint-userinfo", Spec: "RFC 3986 §7.6", Short: "the token endpoint hides its host behind the issuer's name", Expect: Reject,
			Must: "refuse userinfo in an endpoint, show the real host", point: &point{metadata: func(x *exchange, d *document) {
				d.set("token_endpoint", "https://"+x.p.issuer.Hostname()+"@attacker.example/token")
			}},
		},
		{
			Name: "disc-endpoint-relative", Spec: endpointURL, Short: "the token endpoint is a path", Expect: Reject,
			Must: "say that it must be absolute", point: &point{metadata: setting("token_endpoint", "/token")},
		},
		{
			Name: "disc-endpoint-http", Spec: "RFC 6749 §3.2", Short: "the token endpoint is http off loopback", Expect: Reject,
			Must: "send no credentials in the clear", point: &point{metadata: setting("token_endpoint", "http://token.attacker.example/token")},
		},
		{
			Name: "disc-no-token-endpoint", Spec: "RFC 8414 §2", Short: "there is no token endpoint", Expect: Reject,
			Must: "say what needs it", point: &point{metadata: removing("token_endpoint")},
		},
		{
			Name: "disc-scalar-list", Spec: "RFC 8414 §2", Short: "response_types_supported is a string", Expect: Warn,
			Must: "take it for a list of one, and warn", point: &point{metadata: setting("response_types_supported", "code")},
		},
		{
			Name: "disc-alg-none", Spec: "OpenID Connect Discovery §3", Short: "none is listed as signature algorithm", Expect: Reject,
			Must:  "never accept none, whatever is listed",
			point: &point{metadata: setting("id_token_signing_alg_values_supported", []string{"none", "HS256"})},
		},
	}
}
