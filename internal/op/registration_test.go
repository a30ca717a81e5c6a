package op

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// registration is what a client asks for that is registered in the tests.
const registration = `{"client_name":"Example","redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"client_secret_basic","scope":"openid"}`

// registered sends JSON, and records the answer without what is random.
func (r *tape) registered(what, method, path, body string, header ...string) map[string]string {
	w := r.send(what, method, path, body, append([]string{"Content-Type", "application/json"}, header...)...)
	var got struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		Token  string `json:"registration_access_token"`
		URI    string `json:"registration_client_uri"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &got)
	if u, err := url.Parse(got.URI); err == nil && u.Query().Has("client_id") {
		got.ID = u.Query().Get("client_id") // also where a fault writes another, or none
	}
	got.ID, _, _ = strings.Cut(got.ID, "\x1b")
	r.hide(got.ID, "client_id")
	r.hide(got.Secret, "secret of "+what)
	r.hide(got.Token, "token of "+what) // a new one after an update has another name
	return r.members(what, w.Body.Bytes())
}

func recordRegistration(t *testing.T, r *tape) {
	t.Helper()
	r.registered("register", "POST", "/register", registration)
}

func recordManagement(t *testing.T, r *tape) {
	t.Helper()
	made := r.registered("register", "POST", "/register", registration)
	update := strings.Replace(registration, `"Example"`, `"Other","client_id":"`+made["client_id"]+`"`, 1)
	r.registered("update", "PUT", "/register/client?client_id="+url.QueryEscape(made["client_id"]), update,
		"Authorization", "Bearer "+made["registration_access_token"])
}

// asJSON sends JSON and returns the status and the members of the answer.
func (w *world) asJSON(t *testing.T, method, path, body, token string) (int, map[string]any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, testIssuer+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, request)
	var members map[string]any
	_ = json.Unmarshal(answer.Body.Bytes(), &members)
	return answer.Code, members
}

// TestRegister holds what is registered to what was asked for, with the defaults of RFC 7591 §2.
func TestRegister(t *testing.T) {
	w := newWorld(t, nil)
	status, got := w.asJSON(t, "POST", "/register", `{"redirect_uris":["https://a.example/cb"],"unknown":1}`, "")
	if status != http.StatusCreated {
		t.Fatal(status, got)
	}
	for _, name := range []string{"client_id", "client_secret", "registration_access_token", "registration_client_uri", "client_id_issued_at"} {
		if got[name] == nil {
			t.Errorf("no %s", name)
		}
		delete(got, name)
	}
	want := map[string]any{
		"client_secret_expires_at": 0.0, "token_endpoint_auth_method": "client_secret_basic",
		"grant_types": []any{"authorization_code"}, "response_types": []any{"code"}, "redirect_uris": []any{"https://a.example/cb"},
		"scope": "openid profile email offline_access api:read api:write",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRegisterRefused(t *testing.T) {
	w := newWorld(t, nil)
	const base = `"redirect_uris":["https://a.example/cb"]`
	for name, test := range map[string]struct{ body, code, description string }{
		"no JSON":              {`{`, badMetadata, "no JSON object"},
		"twice":                {`{` + base + `,` + base + `}`, badMetadata, "duplicate"},
		"no redirect URI":      {`{}`, "invalid_redirect_uri", "redirect_uris is missing"},
		"pattern":              {`{"redirect_uris":["https://a.example/*"]}`, "invalid_redirect_uri", "is a pattern"},
		"http":                 {`{"redirect_uris":["http://a.example/cb"]}`, "invalid_redirect_uri", "http:// off loopback"},
		"script":               {`{"redirect_uris":["javascript:alert(1)"]}`, "invalid_redirect_uri", "no place to go"},
		"fragment":             {`{"redirect_uris":["https://a.example/#x"]}`, "invalid_redirect_uri", "has a fragment"},
		"relative":             {`{"redirect_uris":["/cb"]}`, "invalid_redirect_uri", "is not absolute"},
		"no list":              {`{"redirect_uris":"https://a.example/cb"}`, badMetadata, "redirect_uris is no list"},
		"grant":                {`{` + base + `,"grant_types":["telepathy"]}`, badMetadata, "grant_types names 'telepathy'"},
		"response type":        {`{` + base + `,"response_types":["token"]}`, badMetadata, "and grant_types not implicit"},
		"code without grant":   {`{"grant_types":["client_credentials"],"response_types":["code"]}`, badMetadata, "and grant_types not authorization_code"},
		"grant without code":   {`{` + base + `,"response_types":[]}`, badMetadata, "and response_types nothing"},
		"method":               {`{` + base + `,"token_endpoint_auth_method":"x"}`, badMetadata, "token_endpoint_auth_method is 'x'"},
		"key method, no key":   {`{` + base + `,"token_endpoint_auth_method":"private_key_jwt"}`, badMetadata, "jwks is missing"},
		"keys elsewhere":       {`{` + base + `,"jwks_uri":"https://a.example/jwks"}`, badMetadata, "fetches no keys"},
		"private key":          {`{` + base + `,"jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AAECAw"}]}}`, badMetadata, "private key"},
		"symmetric key":        {`{` + base + `,"jwks":{"keys":[{"kty":"oct","k":"AAECAw"}]}}`, badMetadata, "keys"},
		"scope":                {`{` + base + `,"scope":"openid world"}`, badMetadata, "scope names 'world'"},
		"public and machine":   {`{"grant_types":["client_credentials"],"token_endpoint_auth_method":"none"}`, badMetadata, "public client"},
		"statement":            {`{` + base + `,"software_statement":"x"}`, "invalid_software_statement", "cannot be read"},
		"certificate, no name": {`{` + base + `,"token_endpoint_auth_method":"tls_client_auth"}`, badMetadata, "token_endpoint_auth_method"},
	} {
		t.Run(name, func(t *testing.T) {
			status, got := w.asJSON(t, "POST", "/register", test.body, "")
			description, _ := got["error_description"].(string)
			if status != http.StatusBadRequest || got["error"] != test.code || !strings.Contains(description, test.description) {
				t.Errorf("%d %v: %q", status, got["error"], description)
			}
		})
	}
	if got := w.do("POST", "/register", url.Values{"a": {"b"}}); got.Status != http.StatusBadRequest {
		t.Error("a form is taken:", got.Status)
	}
}

// TestManageClient holds that the registration access token, and nothing else, opens one client.
func TestManageClient(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RotateRegistration = true })
	register := func() (path, token string, got map[string]any) {
		_, got = w.asJSON(t, "POST", "/register", registration, "")
		return strings.TrimPrefix(got["registration_client_uri"].(string), testIssuer), got["registration_access_token"].(string), got
	}
	path, token, made := register()
	_, other, _ := register()
	for name, wrong := range map[string]string{"none": "", "another client's": other, "its secret": made["client_secret"].(string), "its id": made["client_id"].(string)} {
		if status, _ := w.asJSON(t, "GET", path, "", wrong); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	status, read := w.asJSON(t, "GET", path, "", token)
	next, _ := read["registration_access_token"].(string)
	if status != http.StatusOK || next == token || next == "" {
		t.Fatal(status, read)
	}
	if status, _ := w.asJSON(t, "GET", path, "", token); status != http.StatusUnauthorized {
		t.Error("the token before the rotation still works:", status)
	}
	id := made["client_id"].(string)
	for name, body := range map[string]string{
		"no client_id":        registration,
		"another client_id":   `{"client_id":"x",` + registration[1:],
		"a secret of its own": `{"client_id":"` + id + `","client_secret":"chosen",` + registration[1:],
		"the token":           `{"client_id":"` + id + `","registration_access_token":"x",` + registration[1:],
	} {
		if status, got := w.asJSON(t, "PUT", path, body, next); status != http.StatusBadRequest || got["error"] != badMetadata {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	status, updated := w.asJSON(t, "PUT", path, `{"client_id":"`+id+`","client_secret":"`+made["client_secret"].(string)+`",`+registration[1:], next)
	if status != http.StatusOK || updated["client_secret"] != made["client_secret"] {
		t.Fatal(status, updated)
	}
	last, _ := updated["registration_access_token"].(string)
	if status, _ := w.asJSON(t, "DELETE", path, "", last); status != http.StatusNoContent {
		t.Error("delete:", status)
	}
	if status, _ := w.asJSON(t, "GET", path, "", last); status != http.StatusUnauthorized {
		t.Error("a deleted client can be read:", status)
	}
}

func TestInitialAccessToken(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.InitialAccessToken = secret.New("let-me-in") })
	for token, want := range map[string]int{"": http.StatusUnauthorized, "x": http.StatusUnauthorized, "let-me-in": http.StatusCreated} {
		if status, _ := w.asJSON(t, "POST", "/register", registration, token); status != want {
			t.Errorf("%q: %d, want %d", token, status, want)
		}
	}
}

// TestRegistrationsAreBounded holds that a flood leaves a bounded number of clients behind.
func TestRegistrationsAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	status := 0
	for range maxRegistered + 1 {
		status, _ = w.asJSON(t, "POST", "/register", registration, "")
	}
	if status != http.StatusServiceUnavailable || len(w.registry.clients) != maxRegistered {
		t.Error(status, len(w.registry.clients))
	}
}
