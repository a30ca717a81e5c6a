package oauth

import (
	"net/http"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

const documentAt = "https://app.example/client"

// outcomes lists the rules that did not pass, with their status.
func outcomes(checks verdict.Checks) []string {
	out := []string{}
	for _, check := range checks {
		if check.Status == verdict.Fail || check.Status == verdict.Warn {
			out = append(out, string(check.Status)+" "+strings.TrimPrefix(check.Rule, "client_document."))
		}
	}
	return out
}

func judged(address string, members string) *ClientDocumentReport {
	return JudgeClientDocument(ClientDocument{URL: address, Status: 200, Header: jsonHeader(), Body: []byte(members)})
}

// good is a document without a flaw; a member that is given takes the place of its own.
func good(t *testing.T, more string) string {
	t.Helper()
	m := askedFor(t, `{"client_id":"`+documentAt+`","client_name":"A","redirect_uris":["https://app.example/cb","http://127.0.0.1/cb","com.app:/cb"],
"token_endpoint_auth_method":"none","grant_types":["authorization_code"],"response_types":["code"]}`)
	return string(m.With(askedFor(t, more)).JSON())
}

func TestJudgeClientDocument(t *testing.T) {
	const key = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	for members, want := range map[string]string{
		`{}`: "",
		`{"client_id":"https://app.example/client/"}`:                                                "fail client_id",
		`{"client_id":"https://APP.example/client"}`:                                                 "fail client_id",
		`{"client_id":null}`:                                                                         "fail client_id",
		`{"client_id":5}`:                                                                            "fail client_id",
		`{"client_secret":"s"}`:                                                                      "fail secret",
		`{"client_secret_expires_at":0}`:                                                             "fail secret",
		`{"token_endpoint_auth_method":"client_secret_basic"}`:                                       "fail auth_method",
		`{"token_endpoint_auth_method":"client_secret_post"}`:                                        "fail auth_method",
		`{"token_endpoint_auth_method":"client_secret_jwt"}`:                                         "fail auth_method",
		`{"token_endpoint_auth_method":["none"]}`:                                                    "fail auth_method",
		`{"token_endpoint_auth_method":null}`:                                                        "warn auth_method",
		`{"token_endpoint_auth_method":"private_key_jwt"}`:                                           "fail jwks",
		`{"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://app.example/jwks"}`:     "",
		`{"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"http://app.example/jwks"}`:      "fail jwks",
		`{"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[` + key + `}]}}`:            "",
		`{"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[` + key + `,"d":"AAAA"}]}}`: "fail jwks",
		`{"jwks":{"keys":[{"kty":"oct","k":"AAAA"}]}}`:                                               "fail jwks",
		`{"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}}`:                           "fail jwks",
		`{"jwks":{"keys":[` + key + `},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}}`:              "warn jwks",
		`{"jwks":{"keys":[` + key + `}]},"jwks_uri":"https://app.example/jwks"}`:                     "fail jwks",
		`{"jwks":{"keys":[]}}`:                                                                       "fail jwks",
		`{"redirect_uris":null}`:                                                                     "fail redirect_uris",
		`{"redirect_uris":[]}`:                                                                       "fail redirect_uris",
		`{"redirect_uris":"https://app.example/cb"}`:                                                 "fail redirect_uris",
		`{"redirect_uris":["/cb"]}`:                                                                  "fail redirect_uris",
		`{"redirect_uris":["https://app.example/#f"]}`:                                               "fail redirect_uris",
		`{"redirect_uris":["javascript:alert(1)"]}`:                                                  "fail redirect_uris",
		`{"redirect_uris":["https://other.example/cb"]}`:                                             "warn redirect_origin",
		`{"redirect_uris":["http://app.example/cb"]}`:                                                "warn redirect_origin",
		`{"redirect_uris":[],"grant_types":["client_credentials"],"response_types":[]}`:              "",
		`{"grant_types":["client_credentials"],"response_types":null}`:                               "warn grants",
		`{"grant_types":["client_credentials"]}`:                                                     "warn grants",
		`{"response_types":["token"]}`:                                                               "warn grants",
		`{"grant_types":"x"}`:                                                                        "fail grants",
		`{"client_name":null}`:                                                                       "warn client_name",
		`{"logo_uri":"http://app.example/logo"}`:                                                     "warn links",
		`{"policy_uri":"javascript:alert(1)"}`:                                                       "warn links",
		`{"padding":"` + strings.Repeat("x", usualDocument) + `"}`:                                   "warn size",
	} {
		report := judged(documentAt, good(t, members))
		wanted := []string{}
		if want != "" {
			wanted = append(wanted, want)
		}
		equal(t, members, wanted, outcomes(report.Checks))
		equal(t, members, !strings.HasPrefix(want, "fail"), report.Valid)
	}
}

func TestJudgeClientURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example/client":        "",
		"https://app.example/":              "",
		"https://app.example:8443/c":        "",
		"https://app.example":               "fail url",
		"https://app.example?x=/c":          "fail url",
		"http://app.example/c":              "fail url",
		"ftp://app.example/c":               "fail url",
		"https://u:p@app.example/c":         "fail url",
		"https://app.example/c#f":           "fail url",
		"https://app.example/c#":            "fail url",
		"https://app.example/a/./c":         "fail url",
		"https://app.example/a/../c":        "fail url",
		"https://app.example/a/%2e%2E/c":    "fail url",
		"https:///c":                        "fail url",
		"web":                               "fail url",
		"https://app.example/c d":           "fail url",
		"https://app.example/c?x=1":         "warn url",
		"http://127.0.0.1:9400/client.json": "warn url",
		"http://localhost/client.json":      "warn url",
	} {
		report := judged(address, good(t, `{"client_id":`+quoted(address)+`,"redirect_uris":["com.app:/cb"]}`))
		wanted := []string{}
		if want != "" {
			wanted = append(wanted, want)
		}
		equal(t, address, wanted, outcomes(report.Checks))
	}
	for id, want := range map[string]bool{
		"https://app.example/c": true, "http://localhost/c": true, "http://app.example/c": false, "web": false, "api://app": false,
	} {
		equal(t, id, want, IsClientURL(id))
	}
}

func quoted(s string) string {
	var m ClientMetadata
	_ = m.Set("x", s) // a string can be encoded
	return string(m.members[0].Value)
}

// TestJudgeClientAnswer is about the answer around a document.
func TestJudgeClientAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   []string
	}{
		"another JSON":    {200, typed("application/client+json"), good(t, `{}`), []string{}},
		"charset":         {200, typed("application/json; charset=utf-8"), good(t, `{}`), []string{}},
		"text":            {200, typed("text/plain"), good(t, `{}`), []string{"fail content_type"}},
		"text that is +":  {200, typed("text/x+json"), good(t, `{}`), []string{"fail content_type"}},
		"no type":         {200, http.Header{}, good(t, `{}`), []string{"fail content_type"}},
		"201":             {201, jsonHeader(), good(t, `{}`), []string{"fail status"}},
		"redirect":        {302, http.Header{"Content-Type": {"application/json"}, "Location": {"https://app.example/other"}}, good(t, `{}`), []string{"fail status"}},
		"a page":          {200, typed("text/html"), "<html>", []string{"fail content_type", "fail json"}},
		"nothing":         {200, jsonHeader(), "", []string{"fail json"}},
		"a list":          {200, jsonHeader(), "[]", []string{"fail json"}},
		"a member twice":  {200, jsonHeader(), `{"client_id":"a","client_id":"b"}`, []string{"fail json"}},
		"something after": {200, jsonHeader(), good(t, `{}`) + "x", []string{"fail json"}},
	} {
		report := JudgeClientDocument(ClientDocument{URL: documentAt, Status: test.status, Header: test.header, Body: []byte(test.body)})
		equal(t, name, test.want, outcomes(report.Checks))
	}
}

func FuzzJudgeClientDocument(f *testing.F) {
	f.Add(documentAt, `{"client_id":"https://app.example/client","redirect_uris":["https://app.example/cb"]}`)
	f.Add("http://127.0.0.1/c", `{"jwks":{"keys":[{"kty":"oct","k":"AAAA"}]}}`)
	f.Add(documentAt, `{"client_id":"https://app.example/client","redirect_uris":["https://app.example/cb"],"client_secret":"s"}`)
	f.Add("https://app.example/\u202ec", `{"client_id":"https://app.example/\u202ec","client_name":"\u001b[31m","redirect_uris":["javascript:x"]}`)
	f.Add("https://a@app.example/../c#f", `{"token_endpoint_auth_method":"client_secret_basic","logo_uri":"file:///etc/passwd","grant_types":"x"}`)
	f.Fuzz(func(t *testing.T, address, body string) {
		report := judged(address, body)
		for _, check := range report.Checks {
			assertPrintable(t, check.Problem())
		}
		id, err := report.Document.String("client_id")
		if report.Valid && (err != nil || id != address || report.Document.Has("client_secret") || !IsClientURL(address)) {
			t.Errorf("%q at %q is valid", body, address)
		}
	})
}
