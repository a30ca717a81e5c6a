package oauth

import (
	"net/http"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestParseTokenResponseRefused(t *testing.T) {
	access := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "token.access_token", Want: "access_token, a string that is not empty", Got: got}
	}
	odd := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "token.access_token", Want: "printable ASCII without blanks", Got: got}
	}
	kind := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "token.type", Want: "Bearer, DPoP or N_A", Got: got}
	}
	malformed := func(code, got string) outcome {
		return outcome{Kind: problem.Verification, Code: code, Want: "one JSON object", Got: got}
	}
	neither := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "token.access_token", Want: "access_token or error", Got: got}
	}
	foreign := func(got string) outcome {
		return outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: got}
	}
	status := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "token.status", Want: "200", Got: got}
	}
	form, page := typed("application/x-www-form-urlencoded"), typed("text/html")
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   outcome
	}{
		"twice":                 {200, nil, `{"access_token":"T","access_token":"U","token_type":"Bearer"}`, malformed("token.json", `duplicate member "access_token"`)},
		"twice in a form":       {200, form, `access_token=T&access_token=U`, malformed("token.form", `duplicate parameter "access_token"`)},
		"cut":                   {200, nil, `{"access_token":"T"`, malformed("token.json", "the JSON ends too early")},
		"array":                 {200, nil, `[]`, malformed("token.json", "a JSON object was expected, not an array")},
		"string":                {200, nil, `"T"`, malformed("token.json", "a JSON object was expected, not a string")},
		"form, bad escape":      {200, form, `access_token=%zz`, malformed("token.form", "a value is not form-encoded")},
		"form, not UTF-8":       {200, form, `access_token=%ff`, malformed("token.form", "a value is not UTF-8")},
		"no token":              {200, nil, `{"token_type":"Bearer","\u001b[31m":1}`, access(`token_type, \x1b[31m`)},
		"empty object":          {200, nil, `{}`, access("an empty object")},
		"token empty":           {200, nil, `{"access_token":"","token_type":"Bearer"}`, access("an empty string")},
		"token null":            {200, nil, `{"access_token":null}`, access("null")},
		"token a number":        {200, nil, `{"access_token":7}`, access("a number")},
		"token an object":       {200, nil, `{"access_token":{}}`, access("an object")},
		"token with a blank":    {200, nil, `{"access_token":"a b"}`, odd("byte 0x20 at position 2")},
		"token with a newline":  {200, nil, `{"access_token":"ab\n"}`, odd("byte 0x0a at position 3")},
		"token with NUL":        {200, nil, `{"access_token":"\u0000"}`, odd("byte 0x00 at position 1")},
		"token not ASCII":       {200, nil, `{"access_token":"é"}`, odd("byte 0xc3 at position 1")},
		"token endless":         {200, nil, `{"access_token":"` + strings.Repeat("a", 1<<20) + `"}`, outcome{Kind: problem.Verification, Code: "token.access_token", Want: "131072 bytes at most", Got: "1048576 bytes"}},
		"type Basic":            {200, nil, `{"access_token":"T","token_type":"Basic"}`, kind(`"Basic"`)},
		"type MAC":              {200, nil, `{"access_token":"T","token_type":"MAC"}`, kind(`"MAC"`)},
		"type with a header":    {200, nil, `{"access_token":"T","token_type":"Bearer x\r\nX: y"}`, kind(`"Bearer x\\r\\nX: y"`)},
		"type bot, not Slack":   {200, nil, `{"access_token":"T","token_type":"bot"}`, kind(`"bot"`)},
		"type a number":         {200, nil, `{"access_token":"T","token_type":1}`, kind("a number")},
		"refresh token typed":   {200, nil, `{"access_token":"T","token_type":"Bearer","refresh_token":7}`, outcome{Kind: problem.Verification, Code: "token.refresh_token", Want: "a string of printable ASCII", Got: "a number"}},
		"ID token with newline": {200, nil, `{"access_token":"T","token_type":"Bearer","id_token":"a\n"}`, outcome{Kind: problem.Verification, Code: "token.id_token", Want: "a string of printable ASCII", Got: "byte 0x0a at position 2"}},
		"400 with token":        {400, nil, `{"access_token":"hush","token_type":"Bearer"}`, status("400 Bad Request")},
		"500 with token":        {500, nil, `{"access_token":"hush","token_type":"Bearer"}`, status("500 Internal Server Error")},
		"302 with token":        {302, nil, `{"access_token":"hush","token_type":"Bearer"}`, status("302 Found")},
		"303, nothing":          {303, nil, `{}`, status("303 See Other")},
		"HTML":                  {200, page, "<!doctype html>\n<title>Sign in</title>", foreign("<!doctype html> <title>Sign in</title>")},
		"HTML as form":          {200, form, "<p>access_token=x</p>", foreign("<p>access_token=x</p>")},
		"HTML with escapes":     {400, page, "<b>\x1b]0;x\x07\u009b31m\u202e" + strings.Repeat("x", 300), foreign(`<b>\x1b]0;x\x07\x9b31m\u202e` + strings.Repeat("x", 200-14) + "…")},
		"empty 500":             {500, typed(""), "", foreign("")},
		"empty 200":             {200, nil, " \n", foreign("")},
		"words":                 {200, typed("text/plain"), "ok", foreign("ok")},
		"bare JSON 500":         {500, nil, `{"timestamp":1,"status":500,"error":"Internal Server Error","path":"/token"}`, foreign("timestamp, status, error, path")},
		"gateway 404":           {404, nil, `{"message":"no Route matched"}`, foreign("message")},
		"JSON 400, no words":    {400, nil, `{"x":"hush"}`, neither("x")},
		"JSON 400, nothing":     {400, nil, `{}`, neither("an empty object")},
		"500 without token":     {500, nil, `{"token_type":"Bearer","expires_in":60}`, neither("token_type, expires_in")},
		"500, other JSON":       {500, nil, `{"x":"hush"}`, foreign("x")},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			response, _, err := ParseTokenResponse(test.status, header, []byte(test.body))
			equal(t, "error", test.want, outcomeOf(t, err))
			if p := problem.As(err); response != nil || strings.Contains(p.Message+p.Got+p.Hint, "hush") {
				t.Errorf("%v, %v", response, p)
			}
		})
	}
}

// TestLeftAlone: when to come again is said as the server says it, in a refusal and in what is none (RFC 9110 §10.2.3).
func TestLeftAlone(t *testing.T) {
	for name, test := range map[string]struct {
		status      int
		after, body string
		want        string
	}{
		"refused":            {429, "30", `{"error":"rate_limited"}`, "try again in 30 s"},
		"refused, busy":      {503, "5", `{"error":"temporarily_unavailable"}`, "try again in 5 s"},
		"refused, not named": {429, "", `{"error":"rate_limited"}`, ""},
		"another refusal":    {400, "30", `{"error":"invalid_grant"}`, ""},
		"a page":             {429, "30", "busy, come later", "try again in 30 s"},
		"a page, not named":  {429, "", "busy, come later", "try again later"},
		"not accepted":       {401, "", "", "so a server answers that does not accept the client: check --client-id, the secret and --auth-method; else check the token endpoint's address: --endpoint token=URL sets another one"},
		"a gateway":          {502, "Wed, 21 Oct 2026 07:28:00 GMT", "", "the server or a proxy before it is broken: try again after Wed, 21 Oct 2026 07:28:00 GMT"},
	} {
		t.Run(name, func(t *testing.T) {
			header := typed("text/plain")
			header.Set("Retry-After", test.after)
			_, _, err := ParseTokenResponse(test.status, header, []byte(test.body))
			equal(t, "hint", test.want, problem.As(err).Hint)
		})
	}
}
