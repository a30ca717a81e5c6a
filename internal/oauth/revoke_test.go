package oauth

import (
	"net/http"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestRevoked(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		warned []string
	}{
		"200, empty":       {200, http.Header{}, "", nil},
		"200, JSON":        {200, jsonHeader(), "{}", nil},
		"200, words":       {200, typed("text/plain"), "ok", nil},
		"200, Slack":       {200, jsonHeader(), `{"ok":true,"revoked":true}`, nil},
		"200, error null":  {200, jsonHeader(), `{"error":null}`, nil},
		"200, HTML":        {200, typed("text/html"), "<h1>Sign in</h1>", []string{"revocation.body"}},
		"200, broken JSON": {200, jsonHeader(), `{"error":`, []string{"revocation.body"}},
		"200, two errors":  {200, jsonHeader(), `{"error":null,"error":"x"}`, []string{"revocation.body"}},
		"204":              {204, http.Header{}, "", []string{"revocation.status"}},
	} {
		t.Run(name, func(t *testing.T) {
			checks, err := ParseRevocation(test.status, test.header, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
		})
	}
}

// None of these says that the token is gone, so none may be reported as revoked.
func TestNotRevoked(t *testing.T) {
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	unavailable := outcome{Kind: problem.Network, Code: "revocation.unavailable", Want: "200", Got: "503 Service Unavailable"}
	refused := func(name string, status int) outcome {
		return outcome{Kind: problem.Provider, Code: "oauth." + name, Answer: &problem.Answer{Error: name, Status: status, Endpoint: "revocation"}}
	}
	status := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "revocation.status", Want: "200", Got: got}
	}
	const authenticate = "it wants client authentication: --client-id ID with --client-secret-file FILE, or another --auth-method"
	const elsewhere = "check the revocation endpoint's address: --endpoint revocation=URL sets another one"
	const maybe = "it may still be valid: try again, or ask the provider with: oauthctl introspect"
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   outcome
		hint   string
	}{
		"503":                    {503, http.Header{}, "", unavailable, "try again later"},
		"503, seconds":           {503, after("120"), "<h1>busy</h1>", unavailable, "try again in 120 s"},
		"503, date":              {503, after("Wed, 21 Oct 2026 07:28:00 GMT"), "{}", unavailable, "try again after Wed, 21 Oct 2026 07:28:00 GMT"},
		"503, hostile":           {503, after("\x1b[31m"), "", unavailable, "try again later"},
		"503, negative":          {503, after("-1"), "", unavailable, "try again later"},
		"503, error":             {503, after("7"), `{"error":"temporarily_unavailable"}`, unavailable, "try again in 7 s"},
		"unsupported":            {400, jsonHeader(), `{"error":"unsupported_token_type"}`, refused("unsupported_token_type", 400), ""},
		"unsupported, with 200":  {200, jsonHeader(), `{"error":"unsupported_token_type"}`, refused("unsupported_token_type", 200), ""},
		"200 with an error":      {200, jsonHeader(), `{"error":"invalid_client"}`, refused("invalid_client", 200), ""},
		"200, error as text":     {200, typed("text/plain"), `{"error":"invalid_client"}`, refused("invalid_client", 200), ""},
		"200, error as form":     {200, typed("application/x-www-form-urlencoded"), "error=invalid_client", refused("invalid_client", 200), ""},
		"200, Slack":             {200, jsonHeader(), `{"ok":false,"error":"not_authed"}`, refused("not_authed", 200), ""},
		"204 with an error":      {204, jsonHeader(), `{"error":"x"}`, refused("x", 204), ""},
		"invalid_request":        {400, jsonHeader(), `{"error":"invalid_request"}`, refused("invalid_request", 400), ""},
		"401, nothing":           {401, http.Header{}, "", outcome{Kind: problem.Provider, Code: "revocation.unauthorized", Answer: &problem.Answer{Status: 401, Endpoint: "revocation"}}, authenticate},
		"400, nothing":           {400, http.Header{}, "", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON"}, elsewhere},
		"202":                    {202, jsonHeader(), "{}", status("202 Accepted"), maybe},
		"302":                    {302, jsonHeader(), "{}", outcome{Kind: problem.Verification, Code: "revocation.status", Want: "200", Got: "302 Found"}, elsewhere},
		"404":                    {404, typed("text/html"), "<p>", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: "<p>"}, elsewhere},
		"500 with no more words": {500, jsonHeader(), "{}", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: "{}"}, "the server or a proxy before it is broken: try again later"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseRevocation(test.status, test.header, []byte(test.body))
			equal(t, "error", test.want, outcomeOf(t, err))
			equal(t, "hint", test.hint, problem.As(err).Hint)
			assertPrintable(t, err)
		})
	}
}
