package oauth

import (
	"net/http"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestParseIntrospection(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		active bool
		warned []string
	}{
		"RFC 7662 §2.2": {
			200, nil, `{"active":true,"client_id":"l238j323ds-23ij4","username":"jdoe","scope":"read write dolphin","sub":"Z5O3upPC88QrAjx00dis",` +
				`"aud":"https://protected.example.net/resource","iss":"https://server.example.com/","exp":1419356238,"iat":1419350238,"extension_field":"twenty-seven"}`, true, nil,
		},
		"inactive":       {200, nil, `{"active":false}`, false, nil},
		"inactive, more": {200, nil, `{"active":false,"sub":"x","scope":"a"}`, false, []string{"introspection.inactive"}},
		"Limosa":         {200, nil, `{"active":true,"scopes":["a","b"]}`, true, nil},
		"audiences":      {200, nil, `{"active":true,"aud":["a","b"]}`, true, nil},
		"odd types":      {200, nil, `{"active":true,"scope":["a"],"exp":"1","aud":1,"sub":null}`, true, []string{"introspection.scope", "introspection.exp", "introspection.sub", "introspection.aud"}},
		"201":            {201, nil, `{"active":true}`, true, []string{"introspection.status"}},
		"as text":        {200, typed("text/plain"), `{"active":true}`, true, []string{"introspection.content_type"}},
		"another case":   {200, nil, `{"active":true,"Active":false}`, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			got, checks, err := ParseIntrospection(test.status, header, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "answer", []any{test.active, test.body, test.body}, []any{got.Active, string(got.Raw), string(got.Members.Raw())})
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
		})
	}
}

func TestIntrospectionChecks(t *testing.T) {
	_, checks, err := ParseIntrospection(200, jsonHeader(), []byte(`{"active":false,"exp":{},"sub":"hush"}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "checks", verdict.Checks{
		{Rule: "introspection.content_type", Spec: "RFC 7662 §2.2", Status: "pass", Want: "JSON as application/json", Got: "JSON as application/json"},
		{Rule: "introspection.status", Spec: "RFC 7662 §2.2", Status: "pass", Want: "200", Got: "200 OK"},
		{Rule: "introspection.active", Spec: "RFC 7662 §2.2", Status: "pass", Got: "false"},
		{
			Rule: "introspection.inactive", Spec: "RFC 7662 §2.2", Status: "warn", Want: "nothing but active of a token that is not", Got: "active, exp, sub",
			Hint: "the provider tells of a token that is not valid: none of it may be relied on",
		},
		{Rule: "introspection.exp", Spec: "RFC 7662 §2.2", Status: "warn", Want: "a number", Got: "an object"},
	}, checks)
}

func TestParseIntrospectionRefused(t *testing.T) {
	active := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "introspection.active", Want: "active, true or false", Got: got}
	}
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   outcome
	}{
		"active absent":   {200, nil, `{"sub":"x"}`, active("absent")},
		"active null":     {200, nil, `{"active":null}`, active("null")},
		"active a string": {200, nil, `{"active":"true"}`, active(`the string "true"`)},
		"active hostile":  {200, nil, `{"active":"\u001b[31m"}`, active(`the string "\u001b[31m"`)},
		"active 1":        {200, nil, `{"active":1}`, active("a number")},
		"Active":          {200, nil, `{"Active":true}`, active("absent")},
		"active twice":    {200, nil, `{"active":false,"active":true}`, outcome{Kind: problem.Verification, Code: "introspection.json", Want: "one JSON object", Got: `duplicate member "active"`}},
		"a list":          {200, nil, `[{"active":true}]`, outcome{Kind: problem.Verification, Code: "introspection.json", Want: "one JSON object", Got: "a JSON object was expected, not an array"}},
		"401, nothing":    {401, nil, "", outcome{Kind: problem.Provider, Code: "introspection.unauthorized", Answer: &problem.Answer{Status: 401, Endpoint: "introspection"}}},
		"401, page":       {401, typed("text/html"), "<h1>401</h1>", outcome{Kind: problem.Provider, Code: "introspection.unauthorized", Answer: &problem.Answer{Status: 401, Endpoint: "introspection"}}},
		"401, challenge":  {401, http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}, "{}", outcome{Kind: problem.Provider, Code: "oauth.invalid_token", Answer: &problem.Answer{Error: "invalid_token", Status: 401, Endpoint: "introspection"}}},
		"401, hostile":    {401, http.Header{"Www-Authenticate": {"Bearer error=\"\x1b[31m\""}}, "{}", outcome{Kind: problem.Provider, Code: "oauth.error", Answer: &problem.Answer{Error: "\x1b[31m", Status: 401, Endpoint: "introspection"}}},
		"401, OAuth":      {401, nil, `{"error":"invalid_client"}`, outcome{Kind: problem.Provider, Code: "oauth.invalid_client", Answer: &problem.Answer{Error: "invalid_client", Status: 401, Endpoint: "introspection"}}},
		"401, words":      {401, nil, `{"message":"who are you"}`, outcome{Kind: problem.Provider, Code: "oauth.error", Answer: &problem.Answer{Description: "who are you", Status: 401, Endpoint: "introspection"}}},
		"403, nothing":    {403, nil, "", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON"}},
		"error beside":    {200, nil, `{"error":"invalid_client","active":true}`, outcome{Kind: problem.Provider, Code: "oauth.invalid_client", Answer: &problem.Answer{Error: "invalid_client", Status: 200, Endpoint: "introspection"}}},
		"HTML":            {200, typed("text/html"), "<p>", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: "<p>"}},
		"500":             {500, typed(""), "", outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			got, _, err := ParseIntrospection(test.status, header, []byte(test.body))
			equal(t, "error", test.want, outcomeOf(t, err))
			if got != nil {
				t.Error(got)
			}
			assertPrintable(t, err)
		})
	}
}

// TestSignedIntrospection tells JWTs from other answers, whatever they come as.
func TestSignedIntrospection(t *testing.T) {
	jwt := typed(IntrospectionJWT)
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   string
		warned []string
	}{
		"signed":             {200, jwt, "eyJh.b.c", "eyJh.b.c", nil},
		"with a line break":  {200, jwt, "eyJh.b.c\n", "eyJh.b.c", nil},
		"as JSON":            {200, jsonHeader(), "eyJh.b.c", "eyJh.b.c", []string{"introspection.content_type"}},
		"as another JWT":     {200, typed("application/jwt"), "eyJh.b.c", "eyJh.b.c", []string{"introspection.content_type"}},
		"nonsense, as a JWT": {200, jwt, "<p>", "<p>", nil},
		"JSON":               {200, jsonHeader(), `{"active":true}`, "", nil},
		"JSON, as a JWT":     {200, jwt, `{"active":true}`, "", nil},
		"a refusal":          {401, jwt, "eyJh.b.c", "", nil},
		"nothing":            {200, typed("text/plain"), "", "", nil},
		"nonsense, as any":   {200, typed("application/jwt"), "<p>", "<p>", []string{"introspection.content_type"}},
		"moved":              {300, jwt, "eyJh.b.c", "", nil},
		"early":              {103, jwt, "eyJh.b.c", "", nil},
		"as much as may be":  {200, jwt, "eyJ" + strings.Repeat("a", maxAnswer-3), "eyJ" + strings.Repeat("a", maxAnswer-3), nil},
		"too much":           {200, jwt, "eyJ" + strings.Repeat("a", maxAnswer), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, checks := SignedIntrospection(test.status, test.header, []byte(test.body))
			equal(t, "JWT", test.want, got)
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
		})
	}
}

// TestJudgeIntrospection judges what stands inside as it would a plain answer.
func TestJudgeIntrospection(t *testing.T) {
	for body, want := range map[string]outcome{
		`{"active":"true"}`: {Kind: problem.Verification, Code: "introspection.active", Want: "active, true or false", Got: `the string "true"`},
		`{"sub":"x"}`:       {Kind: problem.Verification, Code: "introspection.active", Want: "active, true or false", Got: "absent"},
	} {
		members, err := strictjson.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = JudgeIntrospection(members)
		equal(t, "error", want, outcomeOf(t, err))
	}
	members, err := strictjson.Parse([]byte(`{"active":false,"sub":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	got, checks, err := JudgeIntrospection(members)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "answer", []any{false, `{"active":false,"sub":"x"}`}, []any{got.Active, string(got.Raw)})
	equal(t, "warned", []string{"introspection.inactive"}, warned(checks))
}
