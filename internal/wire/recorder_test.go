package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// numbered makes a trace comparable: each tag becomes the number of its first appearance.
func numbered(trace string) string {
	seen := map[string]string{}
	return regexp.MustCompile(`\[redacted:[0-9a-f]{8}\]`).ReplaceAllStringFunc(trace, func(tag string) string {
		if seen[tag] == "" {
			seen[tag] = fmt.Sprintf("[%d]", len(seen)+1)
		}
		return seen[tag]
	})
}

// answers plays a server: it gives the answers in turn.
func answers(all ...*http.Response) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			_, _ = io.ReadAll(r.Body)
		}
		next := all[0]
		all = all[1:]
		if next == nil {
			return nil, errors.New("broken by hunter2hunter2")
		}
		return next, nil
	})
}

func answer(status int, contentType, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {contentType}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// ticking is a clock that goes on by 10 ms each time it is read.
func ticking() func() time.Time {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(10 * time.Millisecond); return now }
}

func TestTrace(t *testing.T) {
	var trace strings.Builder
	ring := secret.NewRing()
	ring.Add(secret.New("hunter2hunter2"))
	basicHeader := "Basic " + base64.StdEncoding.EncodeToString([]byte("web:s%2Bcret-one"))
	c := client(t, Options{
		Recorder: NewRecorder(ring, &trace, Redact), Now: ticking(),
		Proxy: &url.URL{Scheme: "http", Host: "proxy.test:3128", User: url.UserPassword("u", "proxy-password")},
		Transport: answers(
			answer(200, "application/json", `{"access_token":"at-secret-1","token_type":"Bearer","expires_in":3600.50,"refresh_token":"rt-secret-1","authed_user":{"id":"U1","access_token":"at-secret-value-2"},"bad":"\u009b2J \u202e","list":[],"more":{}}`,
				"Set-Cookie", "sid=cookie-secret-value; Path=/; HttpOnly", "DPoP-Nonce", "n-1"),
			answer(400, "application/json", `{"error":"invalid_grant","error_description":"s+cret-one and at-secret-value-2 are wrong"}`),
			answer(302, "text/html", "", "Location", "https://app.test/cb?code=code-secret-2&state=st&iss=x#access_token=at-secret-1"),
			nil,
		),
	})
	_, err := c.Do(t.Context(), Request{
		Doing: "redeeming the code", URL: "https://id.test/token?tenant=a&client_secret=s%2Bcret-one",
		Header: http.Header{"Authorization": {basicHeader}, "Dpop": {"eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJhIn0.c2ln"}},
		Form:   url.Values{"grant_type": {"authorization_code"}, "code": {"code-secret-1"}, "code_verifier": {"verifier-secret"}, "state": {"st\x1b[2J"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Do(t.Context(), Request{Doing: "refreshing", URL: "https://id.test/token", Form: url.Values{"refresh_token": {"rt-secret-1"}, "client_secret": {"s+cret-one"}}})
	_, _ = c.Do(t.Context(), Request{URL: "https://id.test/authorize?client_id=web&login_hint=a%40b"})
	_, _ = c.Do(t.Context(), Request{URL: "https://id.test/x", Header: http.Header{"Authorization": {"Bearer at-secret-1"}}})
	const want = `* #1: redeeming the code
* through the proxy proxy.test:3128
> POST https://id.test/token?tenant=a&client_secret=[1]
> Accept: application/json
> Authorization: Basic [2] (web:[1])
> Content-Type: application/x-www-form-urlencoded
> Dpop: [3]
> User-Agent: oauthctl
>   code=[4]
>   code_verifier=[5]
>   grant_type=authorization_code
>   state=st\x1b[2J
< HTTP/1.1 200 OK (#1, 10ms)
< Content-Type: application/json
< Dpop-Nonce: n-1
< Set-Cookie: sid=[6]; Path=/; HttpOnly
<   {
<     "access_token": "[7]",
<     "token_type": "Bearer",
<     "expires_in": 3600.50,
<     "refresh_token": "[8]",
<     "authed_user": {
<       "id": "U1",
<       "access_token": "[9]"
<     },
<     "bad": "\u009b2J \u202e",
<     "list": [],
<     "more": {}
<   }
* #2: refreshing
* through the proxy proxy.test:3128
> POST https://id.test/token
> Accept: application/json
> Content-Type: application/x-www-form-urlencoded
> User-Agent: oauthctl
>   client_secret=[1]
>   refresh_token=[8]
< HTTP/1.1 400 Bad Request (#2, 10ms)
< Content-Type: application/json
<   {
<     "error": "invalid_grant",
<     "error_description": "[1] and [9] are wrong"
<   }
* #3
* through the proxy proxy.test:3128
> GET https://id.test/authorize?client_id=web&login_hint=a%40b
> Accept: application/json
> User-Agent: oauthctl
< HTTP/1.1 302 Found (#3, 10ms)
< Content-Type: text/html
< Location: https://app.test/cb?code=[10]&state=st&iss=x#access_token=[7]
* #4
* through the proxy proxy.test:3128
> GET https://id.test/x
> Accept: application/json
> Authorization: Bearer [7]
> User-Agent: oauthctl
! GET https://id.test/x: id.test: broken by [11], through the proxy proxy.test:3128 (#4, 10ms)
`
	if diff := cmp.Diff(want, numbered(trace.String())); diff != "" {
		t.Error(diff)
	}
}

// credentials are all secrets of the exchanges of TestNothingLeaks, each in a form that is hard to keep.
func credentials() map[string]string {
	return map[string]string{
		"client_secret": `se"cr+t:/%& 1<é`, "code": "SplxlOBeZQQYbYS6+xSbIA==", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		"refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA", "refresh_token2": "rotated+refresh/token=", "access_token": "2YotnFZFEjr1zCsicMWpAA",
		"nested": "xoxp-nested-token", "id_token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl", "password": "correct horse battery",
		"client_assertion": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJjIn0.YXNzZXJ0aW9u", "cookie": "a-session-cookie-of-some-length", "device_code": "GmRhmhcxhwAzkoEqiMEg",
		"registration_access_token": "reg-access-token.12", "private": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
	}
}

// spellings are the forms in which a secret could stand in a trace.
func spellings(value string) []string {
	quoted, _ := json.Marshal(value)
	var plain strings.Builder
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
	return []string{
		value, url.QueryEscape(value), url.PathEscape(value), strings.ToLower(url.QueryEscape(value)), string(quoted[1 : len(quoted)-1]),
		strings.Trim(plain.String(), "\"\n"), html.EscapeString(value), base64.StdEncoding.EncodeToString([]byte(value)),
	}
}

func TestNothingLeaks(t *testing.T) {
	s := credentials()
	quote := func(name string) string { b, _ := json.Marshal(s[name]); return string(b) }
	basicHeader := "Basic " + base64.StdEncoding.EncodeToString([]byte("web:"+url.QueryEscape(s["client_secret"])))
	tokens := `{"access_token":` + quote("access_token") + `,"refresh_token":` + quote("refresh_token") + `,"id_token":` + quote("id_token") + `,"authed_user":{"access_token":` + quote("nested") + `}}`
	all := []*http.Response{
		answer(200, "application/json", tokens, "Set-Cookie", "sid="+s["cookie"]+"; Path=/"),
		answer(200, "text/plain", url.Values{"access_token": {s["access_token"]}, "refresh_token": {s["refresh_token2"]}}.Encode()),
		answer(400, "application/json", `{"error":"invalid_grant","error_description":"password `+strings.Trim(quote("password"), `"`)+` of `+strings.Trim(quote("client_secret"), `"`)+`"}`),
		answer(500, "text/html", "<p>secret "+html.EscapeString(s["client_secret"])+" and "+s["code"]+" <input name=code value='"+s["code"]+"'>"),
		answer(200, "application/json", tokens[:len(tokens)-9]),
		answer(200, "application/json", `{"device_code":`+quote("device_code")+`,"user_code":"WDJB-MJHT"}`),
		answer(201, "application/json", `{"client_id":"c","CLIENT_SECRET":`+quote("client_secret")+`,"registrationAccessToken":`+quote("registration_access_token")+`}`),
		answer(200, "application/json", `{"keys":[{"d":`+quote("private")+`,"kty":"EC"}]}`),
		answer(200, "application/jwt", s["id_token"]),
		nil,
	}
	requests := []Request{
		{Form: url.Values{"grant_type": {"authorization_code"}, "code": {s["code"]}, "code_verifier": {s["code_verifier"]}}, Header: http.Header{"Authorization": {basicHeader}, "Cookie": {"sid=" + s["cookie"]}}},
		{Form: url.Values{"refresh_token": {s["refresh_token"]}, "client_secret": {s["client_secret"]}}},
		{Form: url.Values{"username": {"u"}, "password": {s["password"]}, "client_assertion": {s["client_assertion"]}}},
		{Header: http.Header{"Authorization": {"DPoP " + s["access_token"]}, "Dpop": {s["client_assertion"]}}},
		{Method: "POST", Body: strings.NewReader(`{"client_secret":` + quote("client_secret") + `,"code":` + quote("code") + `}`)},
		{},
		{},
		{},
		{},
		{},
	}
	for _, visibility := range []Visibility{Redact, ShowSecrets} {
		var trace strings.Builder
		recorder := NewRecorder(secret.NewRing(), &trace, visibility)
		if visibility == ShowSecrets {
			all = []*http.Response{answer(200, "application/json", tokens)}
			requests = requests[:1]
		}
		c := client(t, Options{Recorder: recorder, Transport: answers(all...)})
		for _, r := range requests {
			r.URL = "https://id.test/token?id_token_hint=" + url.QueryEscape(s["id_token"])
			_, _ = c.Do(t.Context(), r)
		}
		wrote := trace.String() + fmt.Sprintf("%+v", recorder.Exchanges())
		if visibility == ShowSecrets {
			if !strings.Contains(wrote, s["access_token"]) || !strings.Contains(wrote, basicHeader) || strings.Contains(wrote, "[redacted") {
				t.Error("secrets that were asked for are not shown:", wrote)
			}
			continue
		}
		if n := len(recorder.Exchanges()); n != len(requests) {
			t.Errorf("%d exchanges", n)
		}
		for name, value := range s {
			for _, spelling := range spellings(value) {
				if i := strings.Index(wrote, spelling); i >= 0 {
					t.Errorf("%s leaks: …%s", name, wrote[max(0, i-200):min(len(wrote), i+40)])
				}
			}
		}
		for _, shown := range []string{"user_code", "WDJB-MJHT", "invalid_grant", "authorization_code", "username=u", "(web:"} {
			if !strings.Contains(wrote, shown) {
				t.Errorf("%s is no secret, and missing", shown)
			}
		}
	}
}

// TestUnknownSecrets: what nobody told the ring of is known by where it stands, or by how it looks.
func TestUnknownSecrets(t *testing.T) {
	const value, token = "never-seen-before", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
	for _, test := range []struct{ contentType, body string }{
		{"application/json", `{"code":"` + value + `"}`},
		{"application/json", `{"token":["` + value + `"]}`},
		{"application/json", `{"Refresh-Token":{"a":["` + value + `"]}}`},
		{"application/json", `{"note":"your token is ` + token + `"}`},
		{"application/json", `{"access_token":"` + value},
		{"application/json", `{"access_token":"` + value + `"} trailing`},
		{"application/json", `{"a":"{\"access_token\":\"` + value + `\"}"`},
		{"text/html", `<input type="hidden" name="code" value="` + value + `">`},
		{"text/html", `<a href="https://app.test/cb?state=1&amp;code=` + value + `&amp;x=1">`},
		{"text/html", `<p>` + token},
		{"text/plain", "access_token=" + value},
		{"text/plain", "client-secret: " + value},
		{"", "a=b&id_token=" + value},
	} {
		var trace strings.Builder
		c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(answer(200, test.contentType, test.body))})
		if _, err := c.Do(t.Context(), Request{URL: "https://id.test/"}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(trace.String(), value) || strings.Contains(trace.String(), token) {
			t.Error(trace.String())
		}
	}
}

// TestBasicIsLearnt: a secret that travels in Basic alone is known where the answer repeats it plain.
func TestBasicIsLearnt(t *testing.T) {
	var trace strings.Builder
	c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(
		answer(401, "application/json", `{"error_description":"a+b/c==d is wrong"}`),
	)})
	encoded := base64.StdEncoding.EncodeToString([]byte("web:" + url.QueryEscape("a+b/c==d")))
	if _, err := c.Do(t.Context(), Request{URL: "https://id.test/", Header: http.Header{"Authorization": {"Basic " + encoded}}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(trace.String(), "a+b/c==d") || strings.Contains(trace.String(), encoded) {
		t.Error(trace.String())
	}
}

// TestHeadersAreLearnt: what stands in a header is hidden there, and wherever it is repeated.
func TestHeadersAreLearnt(t *testing.T) {
	const value = "a-value-of-some-length"
	for _, test := range []struct{ name, query, header, value, of string }{
		{name: "a query", query: "?code=" + value},
		{name: "a token", header: "Authorization", value: "Bearer " + value},
		{name: "a proxy's token", header: "Proxy-Authorization", value: "Bearer " + value},
		{name: "Basic", header: "Authorization", value: "basic " + base64.StdEncoding.EncodeToString([]byte("web:"+value))},
		{name: "no scheme", header: "Authorization", value: value, of: "none"},
		{name: "a cookie", header: "Cookie", value: "a=b; sid=" + value},
		{name: "an API key", header: "X-API-Key", value: value},
		{name: "a page before", header: "Referer", value: "https://app.test/?code=" + value},
		{name: "the answer's query", header: "Location", value: "https://app.test/?code=" + value, of: "answer"},
		{name: "the answer's fragment", header: "Location", value: "https://app.test/#access_token=" + value, of: "answer"},
		{name: "a user", header: "Location", value: "https://web:" + value + "@app.test/", of: "none"},
		{name: "the answer's cookie", header: "Set-Cookie", value: "sid=" + value + "; Path=/", of: "answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var trace strings.Builder
			body := `{"error_description":"` + value + ` is wrong"}`
			if test.of == "none" { // it is hidden in the header, and known by nothing elsewhere
				body = "{}"
			}
			answered := answer(200, "application/json", body)
			r := Request{URL: "https://id.test/" + test.query, Header: http.Header{}}
			if test.of == "answer" || test.header == "Location" {
				answered.Header.Set(test.header, test.value)
			} else if test.header != "" {
				r.Header.Set(test.header, test.value)
			}
			c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(answered)})
			if _, err := c.Do(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(trace.String(), value) {
				t.Error(trace.String())
			}
		})
	}
}

// TestShortSecrets: what is too short to be searched for is hidden where it stands.
func TestShortSecrets(t *testing.T) {
	const value = "p7w"
	for _, r := range []Request{
		{URL: "?code=" + value},
		{Form: url.Values{"password": {value}}},
		{Header: http.Header{"Authorization": {"Bearer " + value}}},
		{Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("web:"+value))}}},
		{Header: http.Header{"Authorization": {value}}},
		{Header: http.Header{"Proxy-Authorization": {"Bearer " + value}}},
		{Header: http.Header{"Cookie": {"a=b; sid=" + value}}},
		{Header: http.Header{"X-Api-Key": {value}}},
		{Header: http.Header{"Dpop": {value}}},
		{Header: http.Header{"Referer": {"https://app.test/?code=" + value}}},
		{Body: strings.NewReader(`{"client_secret":"` + value + `"}`)},
	} {
		var trace strings.Builder
		c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(answer(200, "", ""))})
		r.URL = "https://id.test/" + r.URL
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(trace.String(), value) || !strings.Contains(trace.String(), "[redacted:") {
			t.Error(trace.String())
		}
	}
}

// TestProofIsTold: of a proof is shown what it is for, and a part of what is no proof never.
func TestProofIsTold(t *testing.T) {
	proof := func(claims string) string {
		return "eyJhbGciOiJFUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJl"
	}
	for _, test := range []struct{ value, want string }{
		{proof(`{"jti":"a","htm":"POST","htu":"https://id.test/token","ath":"x"}`), "[1] (htm POST, htu https://id.test/token, ath x)"},
		{proof(`{"jti":"a","htm":1,"nonce":""}`), "[1]"},
		{"x." + base64.RawURLEncoding.EncodeToString([]byte(`{"htm":"POST"}`)), "[1]"},
	} {
		var trace strings.Builder
		c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(answer(200, "", ""))})
		if _, err := c.Do(t.Context(), Request{URL: "https://id.test/", Header: http.Header{"Dpop": {test.value}}}); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := strings.Cut(numbered(trace.String()), "> Dpop: "); !strings.HasPrefix(got, test.want+"\n") {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// TestMembersAreHidden: what is secret by its name, and how much of it is searched for elsewhere.
func TestMembersAreHidden(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`{"client_secret":123456789}`, `{"client_secret":"[1]"}`},
		{`{"code":123456789}`, `{"code":123456789}`},
		{`{"d":"Eq5xbcVD9B9P","q":"one word and another of some length"}`, `{"d":"Eq5xbcVD9B9P","q":"one word and another of some length"}`},
		{`{"d":"Eq5xbcVD9B9PabcF"}`, `{"d":"[1]"}`},
		{`{"response":{"words":"are shown","more":["too"]}}`, `{"response":{"words":"are shown","more":["too"]}}`},
		{`{"access_token":{"inner":"at-inner-1"}}`, `{"access_token":{"inner":"[1]"}}`},
		{`{"code":"not_there_at_all_so_far","a":"not_there_at_all_so_far"}`, `{"code":"[1]","a":"not_there_at_all_so_far"}`},
		{`{"code":"SplxlOBeZQ","a":"SplxlOBeZQ"}`, `{"code":"[1]","a":"SplxlOBeZQ"}`},
		{`{"code":"SplxlOBeZQQYbYS6","a":"SplxlOBeZQQYbYS6"}`, `{"code":"[1]","a":"[1]"}`},
		{
			`{"access_token":"true","id_token":"false","password":"null","assertion":"abc","a":"true false null abc"}`,
			`{"access_token":"[1]","id_token":"[2]","password":"[3]","assertion":"[4]","a":"true false null abc"}`,
		},
		{`{"access_token":"abcd","a":"abcd"}`, `{"access_token":"[1]","a":"[1]"}`},
	} {
		var trace strings.Builder
		c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(answer(200, "application/json", test.body))})
		if _, err := c.Do(t.Context(), Request{URL: "https://id.test/"}); err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(numbered(trace.String()), "< Content-Type: application/json\n")
		got = regexp.MustCompile(`(?m)^<? *|\n|(": )`).ReplaceAllStringFunc(got, func(s string) string { return strings.TrimSpace(strings.TrimLeft(s, "<")) })
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// TestLateSecrets: what was recorded before a secret was known is redacted when it is read.
func TestLateSecrets(t *testing.T) {
	ring := secret.NewRing()
	recorder := NewRecorder(ring, nil, Redact)
	c := client(t, Options{Recorder: recorder, Transport: answers(answer(200, "text/plain", "opaque-value"))})
	res, err := c.Do(t.Context(), Request{URL: "https://id.test/opaque-value?a=opaque-value", Header: http.Header{"X-A": {"opaque-value"}}})
	if err != nil {
		t.Fatal(err)
	}
	ring.Add(secret.New("opaque-value"))
	if got := fmt.Sprintf("%+v", recorder.Exchanges()); strings.Contains(got, "opaque-value") || !strings.Contains(got, "[redacted:") {
		t.Error(got)
	}
	if p := wantCode(t, res.NotOAuth("asking"), "network.not_oauth"); strings.Contains(p.Message+p.Got, "opaque-value") {
		t.Error(p.Message, p.Got)
	}
}

func TestWordsAreNoSecrets(t *testing.T) {
	var trace strings.Builder
	c := client(t, Options{Recorder: NewRecorder(secret.NewRing(), &trace, Redact), Transport: answers(
		answer(400, "application/json", `{"error":{"code":401,"status":"UNAUTHENTICATED"},"response":{"token":{"active":false}},"code":null,"kty":"RSA","k":"short"}`),
	)})
	if _, err := c.Do(t.Context(), Request{URL: "https://id.test/"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(trace.String(), "[redacted") {
		t.Error(trace.String())
	}
}

// TestBounds: neither a long body nor many exchanges grow without end.
func TestBounds(t *testing.T) {
	var trace strings.Builder
	body := strings.Repeat("x", maxBody)
	recorder := NewRecorder(secret.NewRing(), &trace, Redact)
	recorder.kept = maxKept - maxBody
	c := client(t, Options{Recorder: recorder, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, "text/plain", body), nil
	})})
	for range 2 {
		if _, err := c.Do(t.Context(), Request{URL: "https://id.test/"}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(trace.String(), "… (1048576 bytes in all)") || trace.Len() > 3*maxTraced {
		t.Errorf("the trace has %d bytes", trace.Len())
	}
	all := recorder.Exchanges()
	if len(all[0].Response.Body) != len(body) || all[1].Response.Body != "(1048576 bytes, not kept)" {
		t.Errorf("%d and %d bytes are kept", len(all[0].Response.Body), len(all[1].Response.Body))
	}
}

// TestLearningIsBounded lets every answer be full of secrets: none is shown, and not more than so many are searched for.
func TestLearningIsBounded(t *testing.T) {
	const perAnswer, answers = 1000, 10
	secrets := func(of int) (list []string) {
		for i := range perAnswer {
			list = append(list, fmt.Sprintf("s3cr3t-%d-%d", of, i))
		}
		return list
	}
	bodies := map[string]func(list []string) string{
		"application/json": func(list []string) string {
			return `[{"access_token":"` + strings.Join(list, `"},{"access_token":"`) + `"}]`
		},
		"application/x-www-form-urlencoded": func(list []string) string {
			return "access_token=" + strings.Join(list, "&access_token=")
		},
	}
	for contentType, body := range bodies {
		var trace strings.Builder
		ring := secret.NewRing()
		asked := 0
		c := client(t, Options{Recorder: NewRecorder(ring, &trace, Redact), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			asked++
			return answer(http.StatusOK, contentType, body(secrets(asked))), nil
		})})
		for i := range answers {
			header := http.Header{"Authorization": {fmt.Sprintf("Bearer our-own-%d", i)}}
			if _, err := c.Do(t.Context(), Request{URL: "https://id.test/", Header: header}); err != nil {
				t.Fatal(err)
			}
			if got := ring.Redact(fmt.Sprintf("our-own-%d", i)); !strings.HasPrefix(got, "[redacted:") {
				t.Errorf("%s: the token of request %d is not known: %s", contentType, i, got)
			}
		}
		known := 0
		for of := range answers {
			for _, s := range secrets(of + 1) {
				if ring.Redact(s) == ring.Tag(s) {
					known++
				}
			}
		}
		if known != maxHeard || strings.Contains(trace.String(), "s3cr3t") {
			t.Errorf("%s: %d are searched for, want %d; shown: %t", contentType, known, maxHeard, strings.Contains(trace.String(), "s3cr3t"))
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{`{"access_token":"%s"}`, "access_token=%s&a=b", `{"a":[{"refresh_token":"%s"`, "<p>%s", `{"code":["%s"]}`, "%s"} {
		f.Add(strings.ReplaceAll(seed, "%s", "s3cr3t-t0k3n-value"), "application/json")
	}
	f.Fuzz(func(t *testing.T, body, contentType string) {
		const known = "s3cr3t-t0k3n-value"
		ring := secret.NewRing()
		ring.Add(secret.New(known))
		d := redactor{ring: ring, left: maxLearnt}
		d.learnBody(contentType, []byte(body))
		form, out := d.body(contentType, []byte(body))
		var b strings.Builder
		writeMessage(&b, "<", Message{Form: form, Body: out})
		if strings.Contains(b.String(), known) {
			t.Errorf("the secret stands in %q", b.String())
		}
		if strings.ContainsAny(b.String(), "\x1b\u009b\u202e\x00\r") {
			t.Errorf("a control character stands in %q", b.String())
		}
	})
}
