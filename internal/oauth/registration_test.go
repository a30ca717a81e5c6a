package oauth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const registerAt = "https://id.example/register"

func askedFor(t *testing.T, json string) ClientMetadata {
	t.Helper()
	m, err := ParseClientMetadata([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func register(t *testing.T, status int, sent, body string) (*Registration, verdict.Checks, error) {
	t.Helper()
	return ParseRegistration(status, jsonHeader(), []byte(body), RegistrationWanted{
		Status: http.StatusCreated, Endpoint: registerAt, Sent: askedFor(t, sent), Now: time.Unix(2000, 0),
	})
}

func TestParseRegistration(t *testing.T) {
	const managed = `,"registration_client_uri":"https://ID.example:443/register/1","registration_access_token":"rat"`
	for name, test := range map[string]struct {
		status     int
		sent, body string
		warned     []string
	}{
		"least":              {201, `{}`, `{"client_id":"c"}`, nil},
		"200":                {200, `{}`, `{"client_id":"c"}`, []string{"registration.status"}},
		"secret, for ever":   {201, `{}`, `{"client_id":"c","client_secret":"s","client_secret_expires_at":0}`, nil},
		"secret, for a time": {201, `{}`, `{"client_id":"c","client_secret":"s","client_secret_expires_at":3000}`, nil},
		"secret, expired":    {201, `{}`, `{"client_id":"c","client_secret":"s","client_secret_expires_at":1000}`, []string{"registration.client_secret_expires_at"}},
		"expiry alone":       {201, `{}`, `{"client_id":"c","client_secret_expires_at":3000}`, []string{"registration.client_secret_expires_at"}},
		"managed":            {201, `{}`, `{"client_id":"c"` + managed + `}`, nil},
		"address alone":      {201, `{}`, `{"client_id":"c","registration_client_uri":"https://id.example/r"}`, []string{"registration.management"}},
		"token alone":        {201, `{}`, `{"client_id":"c","registration_access_token":"r"}`, []string{"registration.management"}},
		"the same":           {201, `{"client_name":"A","x":{"a":1,"b":2}}`, `{"client_id":"c","client_name":"A","x":{"b":2,"a":1}}`, nil},
		"another order":      {201, `{"grant_types":["a","b"],"scope":"x y"}`, `{"client_id":"c","grant_types":["b","a"],"scope":"y  x"}`, nil},
		"nothing is nothing": {201, `{"response_types":[],"logo_uri":""}`, `{"client_id":"c"}`, nil},
		"redirects in order": {201, `{"redirect_uris":["a:1","b:2"]}`, `{"client_id":"c","redirect_uris":["b:2","a:1"]}`, nil},
		"changed":            {201, `{"client_name":"A"}`, `{"client_id":"c","client_name":"B"}`, []string{"registration.metadata"}},
		"dropped":            {201, `{"client_name":"A"}`, `{"client_id":"c"}`, []string{"registration.metadata"}},
		"fewer":              {201, `{"grant_types":["a","b"]}`, `{"client_id":"c","grant_types":["a"]}`, []string{"registration.metadata"}},
		"smaller scope":      {201, `{"scope":"a b"}`, `{"client_id":"c","scope":"a"}`, []string{"registration.metadata"}},
		"statement":          {201, `{"software_statement":"a.b.c"}`, `{"client_id":"c"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, checks, err := register(t, test.status, test.sent, test.body)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "client", "c", r.ClientID)
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
		})
	}
}

// A person is told which of the two members came, not which members the answer has.
func TestRegistrationThatIsHalfManaged(t *testing.T) {
	for alone, value := range map[string]string{"registration_client_uri": "https://id.example/r", "registration_access_token": "r"} {
		_, checks, err := register(t, http.StatusCreated, `{}`, `{"client_id":"c","`+alone+`":"`+value+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks.With(verdict.Warn) {
			equal(t, c.Rule, alone+" alone", c.Got)
		}
		equal(t, "warned", []string{"registration.management"}, warned(checks))
	}
}

func TestParseRegistrationRefused(t *testing.T) {
	verification := func(code, want, got string) outcome {
		return outcome{Kind: problem.Verification, Code: code, Want: want, Got: got}
	}
	const some = "client_id, a string that is not empty"
	elsewhere := func(got string) outcome {
		return verification("registration.registration_client_uri", "an address at https://id.example", got)
	}
	for name, test := range map[string]struct {
		sent, body string
		want       outcome
	}{
		"no client_id":    {`{}`, `{"client_name":"x"}`, verification("registration.client_id", some, "client_name")},
		"empty client_id": {`{}`, `{"client_id":""}`, verification("registration.client_id", some, "an empty string")},
		"client_id 5":     {`{}`, `{"client_id":5}`, verification("registration.client_id", some, "a number")},
		"control": {
			`{}`, `{"client_id":"a\u001b[2J"}`, verification("registration.client_id", "printable ASCII", "byte 0x1b at position 2"),
		},
		"secret without end": {
			`{}`, `{"client_id":"c","client_secret":"s"}`,
			verification("registration.client_secret_expires_at", "a number of seconds since 1970, or 0 for never", "absent"),
		},
		"secret, end as text": {
			`{}`, `{"client_id":"c","client_secret":"s","client_secret_expires_at":"0"}`,
			verification("registration.client_secret_expires_at", "a number of seconds since 1970, or 0 for never", "a string"),
		},
		"other host":   {`{}`, `{"client_id":"c","registration_client_uri":"https://evil.example/r","registration_access_token":"t"}`, elsewhere("https://evil.example/r")},
		"other port":   {`{}`, `{"client_id":"c","registration_client_uri":"https://id.example:8443/r"}`, elsewhere("https://id.example:8443/r")},
		"other scheme": {`{}`, `{"client_id":"c","registration_client_uri":"http://id.example/r"}`, elsewhere("http://id.example/r")},
		"relative":     {`{}`, `{"client_id":"c","registration_client_uri":"/r"}`, elsewhere("/r")},
		"user name":    {`{}`, `{"client_id":"c","registration_client_uri":"https://me@id.example/r"}`, elsewhere(text.URL("https://me@id.example/r"))},
		"redirect added": {
			`{"redirect_uris":["https://a.example/"]}`, `{"client_id":"c","redirect_uris":["https://a.example/","https://evil.example/"]}`,
			verification("registration.redirect_uris", `redirect_uris ["https://a.example/"]`,
				`the provider registered another redirect_uris: ["https://a.example/","https://evil.example/"]`),
		},
		"redirect dropped": {
			`{"redirect_uris":["https://a.example/"]}`, `{"client_id":"c"}`,
			verification("registration.redirect_uris", `redirect_uris ["https://a.example/"]`, "the provider dropped redirect_uris"),
		},
		"twice": {`{}`, `{"client_id":"c","client_id":"d"}`, verification("registration.json", "one JSON object", `duplicate member "client_id"`)},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, err := register(t, 201, test.sent, test.body)
			equal(t, "refusal", test.want, outcomeOf(t, err))
			if r != nil && r.URI != "" {
				t.Error("an address that is refused is kept:", r.URI)
			}
		})
	}
}

// TestRegistrationHints holds that each error of the standard is explained, and what a 401 means at each endpoint.
func TestRegistrationHints(t *testing.T) {
	for name, test := range map[string]struct {
		status, want int
		body, hint   string
	}{
		"redirect":    {400, 201, `{"error":"invalid_redirect_uri"}`, "loopback address"},
		"metadata":    {400, 201, `{"error":"invalid_client_metadata"}`, "--grant-type"},
		"statement":   {400, 201, `{"error":"invalid_software_statement"}`, "jwt decode"},
		"unapproved":  {400, 201, `{"error":"unapproved_software_statement"}`, "operator"},
		"closed":      {401, 201, `{"error":"invalid_token"}`, "--initial-access-token-file"},
		"bare 401":    {401, 201, ``, "--initial-access-token-file"},
		"forbidden":   {403, 201, `{"error":"access_denied"}`, "--initial-access-token-file"},
		"dead token":  {401, 200, `{"error":"invalid_token"}`, "was replaced by a newer one, or the client is deleted"},
		"not offered": {405, 200, `{"error":"invalid_request"}`, "optional (RFC 7592 §2)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ParseRegistration(test.status, jsonHeader(), []byte(test.body), RegistrationWanted{Status: test.want, Endpoint: registerAt})
			if p := problem.As(err); p.Kind != problem.Provider || !strings.Contains(p.Hint, test.hint) {
				t.Errorf("%v: %q", p.Kind, p.Hint)
			}
		})
	}
}

func TestParseDeletion(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		warned []string
		code   string
	}{
		"204":            {204, "", nil, ""},
		"200":            {200, "", []string{"registration.status"}, ""},
		"200 with JSON":  {200, `{}`, []string{"registration.status"}, ""},
		"200 with error": {200, `{"error":"server_error"}`, nil, "oauth.server_error"},
		"202":            {202, `{}`, nil, "registration.status"},
		"401":            {401, `{"error":"invalid_token"}`, nil, "oauth.invalid_token"},
		"500":            {500, ``, nil, "network.not_oauth"},
	} {
		t.Run(name, func(t *testing.T) {
			checks, err := ParseDeletion(test.status, jsonHeader(), []byte(test.body))
			equal(t, "code", test.code, codeOf(err))
			if test.warned != nil {
				equal(t, "warned", test.warned, warned(checks))
			}
		})
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return problem.As(err).Code
}

// TestUpdateSends holds an update to what RFC 7592 §2.2 wants: all that is registered, and nothing of the provider's.
// TestSameOrigin: what has no origin has none in common.
func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://as.example/register", "https://AS.example:443/clients/1", true},
		{"https://as.example/", "https://as.example:8443/", false},
		{"https://as.example/", "http://as.example/", false},
		{"https://as.example/", "https://web@as.example/", false},
		{"https://web@as.example/", "https://web@as.example/", false},
		{"mailto:a@as.example", "mailto:a@as.example", false},
		{"/register", "/register", false},
		{"://", "://", false},
	} {
		if got := SameOrigin(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: %t", tt.a, tt.b, got)
		}
	}
}

func TestUpdateSends(t *testing.T) {
	r, err := ReadRegistration([]byte(`{"client_id":"c","client_secret":"s","client_secret_expires_at":0,"client_id_issued_at":1,
"registration_client_uri":"https://id.example/r","registration_access_token":"t","client_name":"A","logo_uri":"l","scope":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	sent := r.Metadata().With(askedFor(t, `{"client_name":"B","logo_uri":null,"contacts":[]}`))
	equal(t, "sent", `{"client_id":"c","client_secret":"s","client_name":"B","scope":"a","contacts":[]}`, string(sent.JSON()))
	equal(t, "as it was", `{"client_id":"c","client_secret":"s","client_name":"A","logo_uri":"l","scope":"a"}`, string(r.Metadata().JSON()))
	for _, bad := range []string{`{}`, `[]`, `{"client_id":1}`, `{"client_id":"c","registration_client_uri":{}}`, ``} {
		if _, err := ReadRegistration([]byte(bad)); codeOf(err) != "usage.registration" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestClientMetadataCheck(t *testing.T) {
	key := func(members string) string { return `{"jwks":{"keys":[{` + members + `}]}}` }
	for json, want := range map[string]string{
		`{}`: "",
		`{"redirect_uris":["https://a.example/cb","http://127.0.0.1/cb","com.app:/cb","http://a.example/cb"]}`: "",
		`{"redirect_uris":["/cb"]}`:                      "is not absolute",
		`{"redirect_uris":["https://a.example/#f"]}`:     "has a fragment",
		`{"redirect_uris":["https://u@a.example/"]}`:     "has a user name",
		`{"redirect_uris":["javascript:alert(1)"]}`:      "runs or reads",
		`{"redirect_uris":["https:///cb"]}`:              "names no host",
		`{"redirect_uris":["https://a.example/\u001b"]}`: "is no URI",
		`{"redirect_uris":"https://a.example/"}`:         "no list of strings",
		`{"jwks":{"keys":[]},"jwks_uri":"https://a"}`:    "exclude each other",
		`{"jwks":{"keys":[]}}`:                           "holds no key",
		`{"jwks":[]}`:                                    "is no key set",
		`{"jwks":{}}`:                                    "is no key set",
		key(`"kty":"EC","x":"1","y":"2"`):                "",
		key(`"kty":"EC","x":"1","y":"2","d":"3"`):        "private key",
		key(`"kty":"RSA","n":"1","e":"2","p":"3"`):       "private key",
		key(`"kty":"oct","k":"1"`):                       "symmetric key",
		key(`"x":"1"`):                                   "without kty",
		`{"jwks":{"keys":["a"]}}`:                        "no key",
	} {
		err := askedFor(t, json).Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", json, err, want)
		}
	}
}

func FuzzParseRegistration(f *testing.F) {
	f.Add(`{"client_id":"c","client_secret":"s","client_secret_expires_at":0,"registration_client_uri":"https://id.example/r","registration_access_token":"t"}`)
	f.Add(`{"client_id":"c","redirect_uris":["https://a.example/"]}`)
	f.Add(`{"error":"invalid_client_metadata","error_description":"\u001b]0;x\u0007\u202e"}`)
	f.Add(`{"client_id":"c\u202e","registration_client_uri":"https://evil.example/r","registration_access_token":"t"}`)
	f.Add(`{"client_id":"c","client_id":"d","scope":["a"],"client_secret_expires_at":"never"}`)
	f.Fuzz(func(t *testing.T, body string) {
		sent, _ := ParseClientMetadata([]byte(`{"redirect_uris":["https://a.example/"],"scope":"a b"}`))
		r, checks, err := ParseRegistration(201, jsonHeader(), []byte(body), RegistrationWanted{Status: 201, Endpoint: registerAt, Sent: sent})
		assertJudged(t, checks, err)
		if err == nil && (r.ClientID == "" || checks.Failed()) {
			t.Errorf("%q is taken", body)
		}
		if r != nil && r.URI != "" && !SameOrigin(r.URI, registerAt) {
			t.Errorf("the token would go to %q", r.URI)
		}
	})
}
