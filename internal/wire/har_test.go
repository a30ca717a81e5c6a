package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// TestHAR holds the whole file of a token request, of a failure and of an answer that was not read.
func TestHAR(t *testing.T) {
	recorder := NewRecorder(secret.NewRing(), nil, Redact)
	c := client(t, Options{Recorder: recorder, Now: ticking(), UserAgent: "test", Transport: answers(
		answer(200, "application/json", "{\"access_token\":\"at-secret-1\",\"n\":1.50,\"evil\":\"\u009b2J<b>\u202e\"}", "Set-Cookie", "sid=cookie-secret-value; Path=/"),
		nil,
		answer(302, "text/plain", "dropped", "Location", "/next?code=code-secret-1&x=1"),
		answer(200, "text/plain", ""),
	)})
	_, err := c.Do(t.Context(), Request{
		Doing: "redeeming the code", URL: "https://id.test/token?tenant=a%20b&client_secret=s3cret-in-query",
		Header: http.Header{"Cookie": {"a=cookie-secret-2; b=2"}}, Form: url.Values{"code": {"code-secret-1"}, "state": {"st"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Do(t.Context(), Request{Doing: "failing", Method: "POST", URL: "https://id.test/x", Body: strings.NewReader("plain")})
	if _, err := c.Do(t.Context(), Request{URL: "https://id.test/here"}); err != nil {
		t.Fatal(err)
	}
	data, err := recorder.HAR("1.0")
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal([]byte(numbered(string(data))), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(wantedHAR), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strings.ContainsAny(string(data), "\u009b\u202e") {
		t.Error("hostile characters would reach a terminal")
	}
}

const wantedHAR = `{"log": {"version": "1.2", "creator": {"name": "oauthctl", "version": "1.0"}, "entries": [
 {"startedDateTime": "2026-03-01T12:00:00.010Z", "time": 10, "comment": "redeeming the code", "cache": {},
  "timings": {"send": 0, "wait": 10, "receive": 0},
  "request": {"method": "POST", "url": "https://id.test/token?tenant=a%20b&client_secret=[1]", "httpVersion": "HTTP/1.1",
   "cookies": [{"name": "a", "value": "[2]"}, {"name": "b", "value": "[3]"}],
   "headers": [{"name": "Accept", "value": "application/json"}, {"name": "Content-Type", "value": "application/x-www-form-urlencoded"},
    {"name": "Cookie", "value": "a=[2]; b=[3]"}, {"name": "User-Agent", "value": "test"}],
   "queryString": [{"name": "tenant", "value": "a b"}, {"name": "client_secret", "value": "[1]"}],
   "postData": {"mimeType": "application/x-www-form-urlencoded", "text": "",
    "params": [{"name": "code", "value": "[4]"}, {"name": "state", "value": "st"}]},
   "headersSize": -1, "bodySize": 27},
  "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [{"name": "sid", "value": "[5]"}],
   "headers": [{"name": "Content-Type", "value": "application/json"}, {"name": "Set-Cookie", "value": "sid=[5]; Path=/"}],
   "content": {"size": 59, "mimeType": "application/json",
    "text": "{\n  \"access_token\": \"[6]\",\n  \"n\": 1.50,\n  \"evil\": \"\\u009b2J<b>\\u202e\"\n}"},
   "redirectURL": "", "headersSize": -1, "bodySize": -1}},
 {"startedDateTime": "2026-03-01T12:00:00.030Z", "time": 10, "comment": "failing", "cache": {},
  "timings": {"send": 0, "wait": 10, "receive": 0},
  "request": {"method": "POST", "url": "https://id.test/x", "httpVersion": "HTTP/1.1", "cookies": [],
   "headers": [{"name": "Accept", "value": "application/json"}, {"name": "User-Agent", "value": "test"}],
   "queryString": [], "postData": {"mimeType": "", "text": "plain", "params": []}, "headersSize": -1, "bodySize": 5},
  "response": {"status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
   "content": {"size": 0, "mimeType": "", "text": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
   "_error": "failing: id.test: broken by hunter2hunter2"}},
 {"startedDateTime": "2026-03-01T12:00:00.050Z", "time": 10, "cache": {}, "timings": {"send": 0, "wait": 10, "receive": 0},
  "request": {"method": "GET", "url": "https://id.test/here", "httpVersion": "HTTP/1.1", "cookies": [],
   "headers": [{"name": "Accept", "value": "application/json"}, {"name": "User-Agent", "value": "test"}],
   "queryString": [], "headersSize": -1, "bodySize": 0},
  "response": {"status": 302, "statusText": "Found", "httpVersion": "HTTP/1.1", "cookies": [],
   "headers": [{"name": "Content-Type", "value": "text/plain"}, {"name": "Location", "value": "/next?code=[4]&x=1"}],
   "content": {"size": 0, "mimeType": "text/plain", "text": "", "comment": "the body was not recorded"},
   "redirectURL": "/next?code=[4]&x=1", "headersSize": -1, "bodySize": -1}},
 {"startedDateTime": "2026-03-01T12:00:00.070Z", "time": 10, "cache": {}, "timings": {"send": 0, "wait": 10, "receive": 0},
  "request": {"method": "GET", "url": "https://id.test/next?code=[4]&x=1", "httpVersion": "HTTP/1.1", "cookies": [],
   "headers": [{"name": "Accept", "value": "application/json"}, {"name": "User-Agent", "value": "test"}],
   "queryString": [{"name": "code", "value": "[4]"}, {"name": "x", "value": "1"}], "headersSize": -1, "bodySize": 0},
  "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
   "headers": [{"name": "Content-Type", "value": "text/plain"}],
   "content": {"size": 0, "mimeType": "text/plain", "text": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1}}
]}}`

// TestHARShowsSecrets holds that asking for the values gives the values, and that nothing recorded is a file too.
func TestHARShowsSecrets(t *testing.T) {
	recorder := NewRecorder(secret.NewRing(), nil, ShowSecrets)
	c := client(t, Options{Recorder: recorder, Transport: answers(answer(200, "application/json", `{"access_token":"at-secret-1"}`))})
	if _, err := c.Do(t.Context(), Request{URL: "https://id.test/x"}); err != nil {
		t.Fatal(err)
	}
	if data, err := recorder.HAR("1"); err != nil || !strings.Contains(string(data), "at-secret-1") {
		t.Errorf("%v\n%s", err, data)
	}
	var none *Recorder
	want := "{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\n      \"name\": \"oauthctl\",\n      \"version\": \"1\"\n    },\n    \"entries\": []\n  }\n}\n"
	if data, err := none.HAR("1"); err != nil || string(data) != want {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestHARSaysWhatIsMissing holds the bound on exchanges that are kept.
func TestHARSaysWhatIsMissing(t *testing.T) {
	recorder := NewRecorder(secret.NewRing(), nil, Redact)
	for range maxExchanges + 1 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://id.test/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		recorder.begin("", ticking()(), request, nil, nil)
	}
	data, err := recorder.HAR("1")
	want := fmt.Sprintf("the first %d of %d exchanges", maxExchanges, maxExchanges+1)
	if err != nil || !strings.Contains(string(data), want) {
		t.Errorf("%v: no %q", err, want)
	}
}
