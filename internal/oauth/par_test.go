package oauth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestParsePushed(t *testing.T) {
	const uri = "urn:x:1"
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   Pushed
		warned []string
	}{
		"201":              {201, nil, `{"request_uri":"urn:x:1","expires_in":90}`, Pushed{uri, 90 * time.Second}, nil},
		"200":              {200, nil, `{"request_uri":"urn:x:1","expires_in":90}`, Pushed{uri, 90 * time.Second}, []string{"par.status"}},
		"expires absent":   {201, nil, `{"request_uri":"urn:x:1"}`, Pushed{uri, 0}, []string{"par.expires_in"}},
		"expires 0":        {201, nil, `{"request_uri":"urn:x:1","expires_in":0}`, Pushed{uri, 0}, []string{"par.expires_in"}},
		"expires negative": {201, nil, `{"request_uri":"urn:x:1","expires_in":-1}`, Pushed{uri, 0}, []string{"par.expires_in"}},
		"expires string":   {201, nil, `{"request_uri":"urn:x:1","expires_in":"60"}`, Pushed{uri, time.Minute}, []string{"par.expires_in"}},
		"expires words":    {201, nil, `{"request_uri":"urn:x:1","expires_in":"soon"}`, Pushed{uri, 0}, []string{"par.expires_in"}},
		"expires fraction": {201, nil, `{"request_uri":"urn:x:1","expires_in":1.5}`, Pushed{uri, 1500 * time.Millisecond}, []string{"par.expires_in"}},
		"expires never":    {201, nil, `{"request_uri":"urn:x:1","expires_in":1e12}`, Pushed{uri, 24 * time.Hour}, []string{"par.expires_in"}},
		"a URL":            {201, nil, `{"request_uri":"https://as.example/r/1","expires_in":90}`, Pushed{"https://as.example/r/1", 90 * time.Second}, nil},
		"longest":          {201, nil, `{"request_uri":"` + strings.Repeat("u", 2048) + `","expires_in":90}`, Pushed{strings.Repeat("u", 2048), 90 * time.Second}, nil},
		"as text":          {201, typed("text/plain"), `{"request_uri":"urn:x:1","expires_in":90}`, Pushed{uri, 90 * time.Second}, []string{"par.content_type"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = http.Header{"Content-Type": {"application/json"}}
			}
			pushed, checks, err := ParsePushed(test.status, header, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "pushed", test.want, *pushed)
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
		})
	}
}

func TestPushedChecks(t *testing.T) {
	_, checks, err := ParsePushed(200, jsonHeader(), []byte(`{"request_uri":"urn:x:1","expires_in":0}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "checks", verdict.Checks{
		{Rule: "par.content_type", Spec: "RFC 9126 §2.2", Status: "pass", Want: "JSON as application/json", Got: "JSON as application/json"},
		{Rule: "par.status", Spec: "RFC 9126 §2.2", Status: "warn", Want: "201", Got: "200 OK"},
		{Rule: "par.request_uri", Spec: "RFC 9126 §2.2", Status: "pass", Got: "7 characters"},
		{Rule: "par.expires_in", Spec: "RFC 9126 §2.2", Status: "warn", Want: "a positive whole number of seconds", Got: "0", Hint: "the lifetime is not known"},
	}, checks)
}

func TestParsePushedRefused(t *testing.T) {
	uri := func(want, got string) outcome {
		return outcome{Kind: problem.Verification, Code: "par.request_uri", Want: want, Got: got}
	}
	const some = "request_uri, a string that is not empty"
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   outcome
	}{
		"400": {
			400, nil, `{"error":"invalid_request","error_description":"redirect_uri"}`,
			outcome{Kind: problem.Provider, Code: "oauth.invalid_request", Answer: &problem.Answer{Error: "invalid_request", Description: "redirect_uri", Status: 400, Endpoint: "par"}},
		},
		"201 with an error": {
			201, nil, `{"error":"invalid_request","request_uri":"urn:x:1","expires_in":90}`,
			outcome{Kind: problem.Provider, Code: "oauth.invalid_request", Answer: &problem.Answer{Error: "invalid_request", Status: 201, Endpoint: "par"}},
		},
		"401 with a challenge": {
			401,
			http.Header{"Www-Authenticate": {`Basic realm="x", error="invalid_client", error_description="wrong"`}},
			"",
			outcome{Kind: problem.Provider, Code: "oauth.invalid_client", Answer: &problem.Answer{Error: "invalid_client", Description: "wrong", Status: 401, Endpoint: "par"}},
		},
		"405":            {405, nil, "", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON"}},
		"413":            {413, typed("text/html"), "<h1>Too large</h1>", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: "<h1>Too large</h1>"}},
		"429":            {429, nil, `{"error":"slow_down"}`, outcome{Kind: problem.Provider, Code: "oauth.slow_down", Answer: &problem.Answer{Error: "slow_down", Status: 429, Endpoint: "par"}}},
		"204":            {204, nil, "", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON"}},
		"nothing":        {201, nil, "{}", uri(some, "an empty object")},
		"null":           {201, nil, `{"request_uri":null}`, uri(some, "null")},
		"empty":          {201, nil, `{"request_uri":""}`, uri(some, "an empty string")},
		"a list":         {201, nil, `{"request_uri":["urn:x:1"]}`, uri(some, "an array")},
		"a blank":        {201, nil, `{"request_uri":"urn:x 1"}`, uri("printable ASCII", "byte 0x20 at position 6")},
		"CR LF":          {201, nil, `{"request_uri":"urn\r\nx"}`, uri("printable ASCII", "byte 0x0d at position 4")},
		"not ASCII":      {201, nil, `{"request_uri":"urn:\u202e"}`, uri("printable ASCII", "byte 0xe2 at position 5")},
		"endless":        {201, nil, `{"request_uri":"` + strings.Repeat("u", 2049) + `"}`, uri("2048 bytes at most", "2049 bytes")},
		"another's name": {201, nil, `{"Request_URI":"urn:x:1"}`, uri(some, "Request_URI")},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			pushed, _, err := ParsePushed(test.status, header, []byte(test.body))
			equal(t, "error", test.want, outcomeOf(t, err))
			if pushed != nil {
				t.Error(pushed)
			}
			assertPrintable(t, err)
		})
	}
}

func TestPushedURL(t *testing.T) {
	for name, test := range map[string]struct{ endpoint, want, code string }{
		"plain":          {"https://as.example/a", "https://as.example/a?client_id=w%26b&request_uri=urn%3Ax%3A1", ""},
		"own query":      {"https://as.example/a?p=B2C", "https://as.example/a?p=B2C&client_id=w%26b&request_uri=urn%3Ax%3A1", ""},
		"preset":         {"https://as.example/a?request_uri=urn:evil", "", "authorization.preset"},
		"another preset": {"https://as.example/a?state=x", "", "authorization.preset"},
		"fragment":       {"https://as.example/a#x", "", "authorization.endpoint"},
		"relative":       {"/a", "", "authorization.endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := PushedURL(test.endpoint, "w&b", "urn:x:1")
			equal(t, "URL", test.want, got)
			if test.code != "" && problem.As(err).Code != test.code || test.code == "" && err != nil {
				t.Error(err)
			}
		})
	}
}
