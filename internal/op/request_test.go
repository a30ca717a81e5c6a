package op

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// sends sends a request object by value, and returns what the client is told.
func (w *world) sends(object string, beside ...string) url.Values {
	w.t.Helper()
	query := changed(url.Values{"client_id": {"web-jwt"}, "request": {object}}, beside...)
	outcome, err := w.SignIn(w.t.Context(), testIssuer+"/authorize?"+query.Encode(), "alice", "wonderland")
	if err != nil {
		w.t.Fatal(err)
	}
	if outcome.Status != 0 {
		event := w.events[len(w.events)-1]
		return url.Values{"page": {event.Description}}
	}
	u, err := url.Parse(outcome.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Query()
}

func TestRequestObject(t *testing.T) {
	w := newWorld(t, nil)
	if got := w.sends(w.object(), "response_type", "code", "scope", "openid"); got.Get("code") == "" || got.Get("state") != "st" {
		t.Error(got)
	}
	// What stands outside is nothing, even where the object does not say it.
	if got := w.sends(w.object("state", "-"), "state", "outside"); got.Get("code") == "" || got.Has("state") {
		t.Error(got)
	}
	if got := w.sends(w.object("aud", []string{"https://other.example", testIssuer}, "nbf", "-", "iat", "-", "jti", "-")); got.Get("code") == "" {
		t.Error(got)
	}
	unsigned := func() string {
		parts := strings.Split(w.object(), ".")
		return b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	}
	now := w.now()
	const start = "the request object is refused: "
	for name, test := range map[string]struct{ object, want string }{
		"unsigned": {unsigned(), "it is not signed"},
		"changed":  {strings.Replace(w.object(), ".", "."+b64([]byte(`{"a":`))[:4], 1), "its payload is no JSON object"},
		"stranger": {func() string {
			return signWith(t, "ES256", "client-p256", strangerP256(t), "", map[string]any{"client_id": "web-jwt"})
		}(), "its signature by ES256 fits no key of client 'web-jwt'"},
		"by secret":    {signWith(t, "HS256", "", []byte(strings.Repeat("s", 32)), "", map[string]any{}), "its signature by HS256 was not made with the secret of client 'web-jwt'"},
		"type":         {signedAs(t, "ES256", "at+jwt", map[string]any{"iss": "web-jwt"}), "its typ is 'at+jwt', not oauth-authz-req+jwt"},
		"assertion":    {w.object("sub", "web-jwt"), "its sub is the client_id, as in a client assertion (RFC 9101 section 10.8)"},
		"iss":          {w.object("iss", "web"), "its iss is 'web', not the client_id 'web-jwt'"},
		"no client":    {w.object("client_id", "-"), "its client_id is '', but 'web-jwt' beside it"},
		"aud":          {w.object("aud", testIssuer+"/"), "its aud is '" + testIssuer + "/', not '" + testIssuer + "'"},
		"no aud":       {w.object("aud", "-"), "its aud is '', not '" + testIssuer + "'"},
		"no exp":       {w.object("exp", "-"), "it has no exp"},
		"expired":      {w.object("exp", now.Add(-time.Minute).Unix()), "it expired 1m0s ago"},
		"long":         {w.object("exp", now.Add(2*time.Hour).Unix()), "it is good for 2h0m0s; 1h0m0s is the most"},
		"old":          {w.object("nbf", now.Add(-2*time.Hour).Unix(), "exp", now.Add(-90*time.Minute).Unix()), "it expired 1h30m0s ago"},
		"ahead":        {w.object("nbf", now.Add(time.Minute).Unix()), "its iat or nbf lies ahead"},
		"exp a string": {w.object("exp", "soon"), "its exp is no number of seconds since 1970"},
		"nested":       {w.object("request", "x"), "request stands inside it"},
		"nested uri":   {w.object("request_uri", "x"), "request_uri stands inside it"},
		"scope a list": {w.object("scope", []string{"openid"}), "its scope is of the wrong type"},
		"jti a number": {w.object("jti", 1), "its jti is no string"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.sends(test.object)
			told := got.Get("error_description") + got.Get("page")
			if !strings.HasPrefix(told, start+test.want) || got.Get("code") != "" || got.Has("error") && got.Get("error") != "invalid_request_object" {
				t.Errorf("%v\nwant %s", got, start+test.want)
			}
		})
	}
	if got := w.sends(w.object(), "response_type", "token"); got.Get("error_description") != start+"its response_type is 'code', but 'token' beside it" {
		t.Error(got)
	}
	// What is inside is judged like any request.
	if got := w.sends(w.object("code_challenge_method", "plain")); got.Get("error") != "invalid_request" {
		t.Error(got)
	}
	if got := w.sends(w.object("redirect_uri", "https://evil.example/callback")); !strings.Contains(got.Get("page"), "is not registered") {
		t.Error(got)
	}
}

// strangerP256 is a key that no client registered.
func strangerP256(t *testing.T) any {
	t.Helper()
	key, err := jose.GenerateKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	return key.Signer
}

// TestEncryptedRequestObject opens one that go-jose encrypts to the provider's key.
func TestEncryptedRequestObject(t *testing.T) {
	w := newWorld(t, nil)
	key := w.keys.keys["test-enc-rsa"].Public()
	encrypter, err := gojose.NewEncrypter("A256GCM", gojose.Recipient{Algorithm: "RSA-OAEP-256", Key: key, KeyID: "test-enc-rsa"}, (&gojose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	for object, want := range map[string]string{w.object(): "", "rubbish": "it is no signed JWT of three parts"} {
		sealed, err := encrypter.Encrypt([]byte(object))
		if err != nil {
			t.Fatal(err)
		}
		compact, err := sealed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		got := w.sends(compact)
		if told := got.Get("page"); (got.Get("code") != "") != (want == "") || !strings.Contains(told, want) {
			t.Error(got)
		}
	}
}

func TestPushedRequestObject(t *testing.T) {
	w := newWorld(t, nil)
	push := func(form url.Values) reply {
		form = changed(form, "client_assertion_type", assertionType, "client_assertion", signedBy(t, "ES256", w.claims()))
		return w.do("POST", "/par", form)
	}
	got := push(url.Values{"request": {w.object()}})
	if got.Status != 201 {
		t.Fatal(got.Body)
	}
	if back := w.authorize("client_id", "web-jwt", "request_uri", str(got, "request_uri"), "state", "-"); back.Get("state") != "st" || back.Get("code") == "" {
		t.Error(back)
	}
	for want, form := range map[string]url.Values{
		"invalid_request":        {"request": {w.object()}, "state": {"st"}},
		"invalid_request_object": {"request": {w.object("aud", "https://other.example")}},
	} {
		if got := push(form); str(got, "error") != want || got.Status != 400 {
			t.Error(want, got.Body)
		}
	}
}

// TestRequireSignedRequest refuses plain requests, of everybody or of one client, pushed or not.
func TestRequireSignedRequest(t *testing.T) {
	everybody := newWorld(t, func(c *Config) { c.RequireSignedRequest = true })
	one := newWorld(t, func(c *Config) {
		for i := range c.Clients {
			c.Clients[i].RequireSignedRequest = c.Clients[i].ID == "web"
		}
	})
	if got := everybody.authorize(); got.Get("error_description") != "this provider takes signed requests only: send a request object in 'request' (RFC 9101 section 10.5)" {
		t.Error(got)
	}
	if got := one.authorize("client_id", "web"); got.Get("error_description") != "client 'web' registered signed requests only: send a request object in 'request' (RFC 9101 section 10.5)" {
		t.Error(got)
	}
	if got := one.authorize(); got.Get("code") == "" {
		t.Error(got)
	}
	for _, w := range []*world{everybody, one} {
		if got := w.do("POST", "/par", changed(login, "client_id", "web", "client_secret", w.clients["web"].Secret.Reveal())); str(got, "error") != "invalid_request" {
			t.Error(got.Body)
		}
	}
	if got := everybody.sends(everybody.object()); got.Get("code") == "" {
		t.Error(got)
	}
}

// TestSignedResponse verifies by go-jose what each mode brings.
func TestSignedResponse(t *testing.T) {
	w := newWorld(t, nil)
	for mode, where := range map[string]string{"jwt": "?", "query.jwt": "?", "fragment.jwt": "#", "form_post.jwt": ""} {
		outcome, err := w.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "response_mode", mode).Encode(), "alice", "wonderland")
		if err != nil {
			t.Fatal(err)
		}
		compact := outcome.Form.Get("response")
		if where != "" {
			_, compact, _ = strings.Cut(outcome.URL, where+"response=")
		}
		_, ok := w.verified(compact)
		var claims struct {
			Issuer   string `json:"iss"`
			Audience string `json:"aud"`
			Expires  int64  `json:"exp"`
			Code     string `json:"code"`
			State    string `json:"state"`
		}
		if err := json.Unmarshal([]byte(claimsOf(compact)), &claims); !ok || err != nil {
			t.Fatal(mode, ok, err)
		}
		if claims.Code == "" || claims.Issuer != testIssuer || claims.Audience != "cli" || claims.State != "st" || claims.Expires != w.now().Add(5*time.Minute).Unix() {
			t.Errorf("%s: %+v", mode, claims)
		}
	}
	if got := w.authorize("client_id", "web-hybrid", "response_type", "code id_token", "response_mode", "query.jwt"); got.Get("error") != "invalid_request" {
		t.Error(got)
	}
}

// TestDetails refuses what the type does not know (RFC 9396 §5).
func TestDetails(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		for i := range c.Clients {
			if c.Clients[i].ID == "cli" {
				c.Clients[i].DetailTypes = []string{"payment_initiation"}
			}
		}
	})
	for text, want := range map[string]string{
		`{"type":"payment_initiation"}`:         "authorization_details is no JSON array: an array was expected, not an object",
		`[]`:                                    "authorization_details has 0 objects; 1 to 16 are taken",
		`["x"]`:                                 "element 1 of authorization_details: a JSON object was expected, not a string",
		`[{}]`:                                  "element 1 of authorization_details: it has no type",
		`[{"type":"teleport"}]`:                 "element 1 of authorization_details: the type 'teleport' is not supported; 'payment_initiation' and 'account_information' are",
		`[{"type":"account_information"}]`:      "element 1 of authorization_details: client 'cli' may not ask for the type 'account_information'; it may ask for: payment_initiation",
		`[{"type":"payment_initiation"}]`:       "element 1 of authorization_details: the type 'payment_initiation' needs the member 'instructedAmount'",
		`[{"type":"payment_initiation","x":1}]`: "element 1 of authorization_details: the type 'payment_initiation' has no member 'x'",
		`[{"type":"payment_initiation","instructedAmount":"1"}]`:                  "element 1 of authorization_details: its instructedAmount is of the wrong type",
		`[{"type":"payment_initiation","instructedAmount":{},"actions":["fly"]}]`: "element 1 of authorization_details: the action 'fly' is not supported; 'initiate', 'status' and 'cancel' are",
		`[{"type":"payment_initiation","instructedAmount":{},"actions":[1]}]`:     "element 1 of authorization_details: its actions is no list of strings",
	} {
		got := w.authorize("authorization_details", text)
		if got.Get("error") != "invalid_authorization_details" || got.Get("error_description") != want {
			t.Errorf("%s: %v\nwant %s", text, got, want)
		}
	}
}

// TestDetailsNeedConsent asks for each payment anew, and shows it.
func TestDetailsNeedConsent(t *testing.T) {
	w := newWorld(t, nil)
	w.authorize()
	if got := w.authorize("prompt", "none"); got.Get("code") == "" {
		t.Fatal(got)
	}
	if got := w.authorize("prompt", "none", "authorization_details", payment); got.Get("error") != "consent_required" {
		t.Error(got)
	}
	robot := w.Robot
	robot.Deny = true
	outcome, err := robot.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "authorization_details", payment).Encode(), "alice", "wonderland")
	if err != nil || !strings.Contains(outcome.URL, "access_denied") {
		t.Error(outcome, err)
	}
}

// TestNarrowedDetails gives a token request less than was granted, and never more (RFC 9396 §6).
func TestNarrowedDetails(t *testing.T) {
	const accounts = `[{"type":"account_information","actions":["list_accounts","read_balances"],"accounts":[{"iban":"X"}]}]`
	for asked, want := range map[string]string{
		"":       accounts,
		accounts: accounts,
		`[{"type":"account_information","actions":["read_balances"],"accounts":[{"iban":"X"}]}]`:     `[{"type":"account_information","actions":["read_balances"],"accounts":[{"iban":"X"}]}]`,
		`[{"type":"account_information","actions":["read_transactions"],"accounts":[{"iban":"X"}]}]`: "",
		`[{"type":"account_information","actions":["read_balances"],"accounts":[{"iban":"Y"}]}]`:     "",
		`[{"type":"account_information","actions":["read_balances"]}]`:                               "",
		`[{"type":"account_information","accounts":[{"iban":"X"}]}]`:                                 "",
		`[{"type":"account_information","actions":[],"accounts":[{"iban":"X"}]}]`:                    "",
		`[{"type":"payment_initiation","instructedAmount":{}}]`:                                      "",
	} {
		w := newWorld(t, nil)
		code := w.authorize("client_id", "web", "authorization_details", accounts).Get("code")
		form := changed(redemption, "code", code, "client_id", "web", "client_secret", w.clients["web"].Secret.Reveal())
		if asked != "" {
			form.Set("authorization_details", asked)
		}
		got := w.do("POST", "/token", form)
		granted, _ := json.Marshal(got.JSON["authorization_details"])
		if want == "" {
			if str(got, "error") != "invalid_authorization_details" {
				t.Errorf("%s: %s", asked, got.Body)
			}
			continue
		}
		var a, b any
		_ = json.Unmarshal(granted, &a)
		_ = json.Unmarshal([]byte(want), &b)
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !bytes.Equal(x, y) {
			t.Errorf("%s: %s", asked, got.Body)
		}
	}
}
