package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// seenDevice is the part of a Device that is compared; codes are shown, they are not real.
type seenDevice struct{ Code, UserCode, URI, Complete, Expires, Interval string }

func seenOf(d *Device) seenDevice {
	return seenDevice{
		d.Code.Reveal(), d.UserCode, d.VerificationURI, d.VerificationURIComplete, d.ExpiresIn.String(), d.Interval.String(),
	}
}

// device returns an answer with members added or, by a later one of the same name, replaced; null removes.
func device(over ...string) string {
	members := map[string]string{
		"device_code": `"D"`, "user_code": `"U-1"`, "verification_uri": `"https://x.example/d"`, "expires_in": "600",
	}
	names := []string{"device_code", "user_code", "verification_uri", "expires_in"}
	for i := 0; i < len(over); i += 2 {
		if _, ok := members[over[i]]; !ok {
			names = append(names, over[i])
		}
		members[over[i]] = over[i+1]
	}
	var out []string
	for _, name := range names {
		if members[name] != "" {
			out = append(out, fmt.Sprintf("%q:%s", name, members[name]))
		}
	}
	return "{" + strings.Join(out, ",") + "}"
}

func TestParseDevice(t *testing.T) {
	plain := seenDevice{"D", "U-1", "https://x.example/d", "", "10m0s", "5s"}
	with := func(change func(*seenDevice)) seenDevice {
		d := plain
		change(&d)
		return d
	}
	every := func(interval string) seenDevice { return with(func(d *seenDevice) { d.Interval = interval }) }
	lasting := func(expires string) seenDevice { return with(func(d *seenDevice) { d.Expires = expires }) }
	at := func(uri string) seenDevice { return with(func(d *seenDevice) { d.URI = uri }) }
	complete := func(uri string) seenDevice { return with(func(d *seenDevice) { d.Complete = uri }) }
	code := func(user string) seenDevice { return with(func(d *seenDevice) { d.UserCode = user }) }
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   seenDevice
		warned []string
	}{
		"plain":               {200, nil, device(), plain, nil},
		"Google":              {200, nil, device("verification_uri", "", "verification_url", `"https://x.example/d"`), plain, []string{"device.verification_uri"}},
		"both names":          {200, nil, device("verification_url", `"https://evil.example"`), plain, nil},
		"Azure v1":            {200, nil, device("expires_in", `"900"`, "interval", `"7"`), with(func(d *seenDevice) { d.Expires, d.Interval = "15m0s", "7s" }), []string{"device.expires_in", "device.interval"}},
		"GitHub":              {200, typed("application/x-www-form-urlencoded"), "device_code=D&expires_in=600&interval=5&user_code=U-1&verification_uri=https%3A%2F%2Fx.example%2Fd", plain, []string{"device.content_type"}},
		"201":                 {201, nil, device(), plain, []string{"device.status"}},
		"error null":          {200, nil, device("error", "null"), plain, nil},
		"complete":            {200, nil, device("verification_uri_complete", `"https://x.example/d?c=U-1"`), complete("https://x.example/d?c=U-1"), nil},
		"complete, hostile":   {200, nil, device("verification_uri_complete", `"javascript:alert(1)"`), plain, []string{"device.verification_uri_complete"}},
		"complete, odd byte":  {200, nil, device("verification_uri_complete", `"https://x.example/\u202e"`), plain, []string{"device.verification_uri_complete"}},
		"complete, null":      {200, nil, device("verification_uri_complete", "null"), plain, []string{"device.verification_uri_complete"}},
		"http":                {200, nil, device("verification_uri", `"http://x.example/d"`), at("http://x.example/d"), []string{"device.verification_uri"}},
		"HTTP":                {200, nil, device("verification_uri", `"HTTP://x.example/d"`), at("HTTP://x.example/d"), []string{"device.verification_uri"}},
		"http on loopback":    {200, nil, device("verification_uri", `"http://127.0.0.1:9400/d"`), at("http://127.0.0.1:9400/d"), nil},
		"http on ::1":         {200, nil, device("verification_uri", `"http://[::1]/d"`), at("http://[::1]/d"), nil},
		"http, like loopback": {200, nil, device("verification_uri", `"http://127.0.0.1.evil.example/"`), at("http://127.0.0.1.evil.example/"), []string{"device.verification_uri"}},
		"code with a blank":   {200, nil, device("user_code", `"WDJB MJHT"`), code("WDJB MJHT"), nil},
		"code of letters":     {200, nil, device("user_code", `"ПРИВЕТ"`), code("ПРИВЕТ"), nil},
		"interval 0":          {200, nil, device("interval", "0"), every("1s"), []string{"device.interval"}},
		"interval -5":         {200, nil, device("interval", "-5"), every("1s"), []string{"device.interval"}},
		"interval 0.1":        {200, nil, device("interval", "0.1"), every("1s"), []string{"device.interval"}},
		"interval 2.5":        {200, nil, device("interval", "2.5"), every("2.5s"), []string{"device.interval"}},
		"interval 1e9":        {200, nil, device("interval", "1e9"), every("10m0s"), []string{"device.interval"}},
		"interval 1e400":      {200, nil, device("interval", "1e400"), every("5s"), []string{"device.interval"}},
		"interval null":       {200, nil, device("interval", "null"), every("5s"), []string{"device.interval"}},
		"interval text":       {200, nil, device("interval", `"often"`), every("5s"), []string{"device.interval"}},
		"expires absent":      {200, nil, device("expires_in", ""), lasting("10m0s"), []string{"device.expires_in"}},
		"expires 0":           {200, nil, device("expires_in", "0"), lasting("10m0s"), []string{"device.expires_in"}},
		"expires -1":          {200, nil, device("expires_in", "-1"), lasting("10m0s"), []string{"device.expires_in"}},
		"expires 1e-10":       {200, nil, device("expires_in", "1e-10"), lasting("10m0s"), []string{"device.expires_in"}},
		"expires a year":      {200, nil, device("expires_in", "31536000"), lasting("24h0m0s"), []string{"device.expires_in"}},
		"expires an object":   {200, nil, device("expires_in", "{}"), lasting("10m0s"), []string{"device.expires_in"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			d, checks, err := ParseDevice(test.status, header, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "device", test.want, seenOf(d))
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
		})
	}
}

func TestParseDeviceRefused(t *testing.T) {
	fails := func(rule, want, got string) outcome {
		return outcome{Kind: problem.Verification, Code: "device." + rule, Want: want, Got: got}
	}
	code := func(got string) outcome {
		return fails("user_code", "a short code of printable characters", got)
	}
	uri := func(got string) outcome { return fails("verification_uri", "an http(s) address", got) }
	secretCode := func(got string) outcome {
		return fails("device_code", "device_code, a string that is not empty", got)
	}
	for name, test := range map[string]struct {
		status int
		body   string
		want   outcome
	}{
		"200 with an error":  {200, `{"error":"unauthorized_client"}`, outcome{Kind: problem.Provider, Code: "oauth.unauthorized_client", Answer: &problem.Answer{Error: "unauthorized_client", Status: 200, Endpoint: "device"}}},
		"400":                {400, `{"error":"invalid_scope","error_description":"no"}`, outcome{Kind: problem.Provider, Code: "oauth.invalid_scope", Answer: &problem.Answer{Error: "invalid_scope", Description: "no", Status: 400, Endpoint: "device"}}},
		"error and codes":    {200, device("error", `"slow"`), outcome{Kind: problem.Provider, Code: "oauth.slow", Answer: &problem.Answer{Error: "slow", Status: 200, Endpoint: "device"}}},
		"401, nothing":       {401, "", outcome{Kind: problem.Provider, Code: "device.unauthorized", Answer: &problem.Answer{Status: 401, Endpoint: "device"}}},
		"302":                {302, "{}", outcome{Kind: problem.Verification, Code: "device.status", Want: "200", Got: "302 Found"}},
		"HTML":               {200, "<html>", fails("json", "one JSON object", "invalid character '<' at start of value at byte 0")},
		"404":                {404, `{"message":"no route"}`, outcome{Kind: problem.Network, Code: "network.not_oauth", Want: "JSON", Got: "message"}},
		"twice":              {200, `{"user_code":"a","user_code":"b"}`, fails("json", "one JSON object", `duplicate member "user_code"`)},
		"empty":              {200, "{}", secretCode("an empty object")},
		"no device code":     {200, device("device_code", ""), secretCode("user_code, verification_uri, expires_in")},
		"device code empty":  {200, device("device_code", `""`), secretCode("an empty string")},
		"device code 7":      {200, device("device_code", "7"), secretCode("a number")},
		"device code CR LF":  {200, device("device_code", `"a\r\n"`), fails("device_code", "printable ASCII", "byte 0x0d at position 2")},
		"device code, 1 MB":  {200, device("device_code", `"`+strings.Repeat("d", 1<<20)+`"`), fails("device_code", "4096 bytes at most", "1048576 bytes")},
		"no user code":       {200, device("user_code", ""), code("device_code, verification_uri, expires_in")},
		"user code null":     {200, device("user_code", "null"), code("null")},
		"user code blank":    {200, device("user_code", `"  "`), code("a string")},
		"user code ESC":      {200, device("user_code", `"\u001b]0;x\u0007"`), code(`\x1b]0;x\x07`)},
		"user code C1":       {200, device("user_code", `"A\u009b31m"`), code(`A\x9b31m`)},
		"user code newline":  {200, device("user_code", `"AB\nopen: https://evil.example"`), code(`AB\nopen: https://evil.example`)},
		"user code bidi":     {200, device("user_code", `"AB\u202eCD"`), code(`AB\u202eCD`)},
		"user code ZWSP":     {200, device("user_code", `"AB\u200bCD"`), code(`AB\u200bCD`)},
		"user code no-break": {200, device("user_code", `"AB\u00a0CD"`), code("AB\u00a0CD")},
		"user code, 4 KiB":   {200, device("user_code", `"`+strings.Repeat("A", 4096)+`"`), code("4096 bytes")},
		"no address":         {200, device("verification_uri", ""), uri("device_code, user_code, expires_in")},
		"address empty":      {200, device("verification_uri", `""`), uri("an empty string")},
		"address 1":          {200, device("verification_uri", "1"), uri("a number")},
		"relative":           {200, device("verification_uri", `"/device"`), uri("an address without https://")},
		"javascript":         {200, device("verification_uri", `"javascript:alert(1)"`), uri("an address of another kind: javascript:")},
		"file":               {200, device("verification_uri", `"file:///etc/passwd"`), uri("an address of another kind: file:")},
		"an option":          {200, device("verification_uri", `"--version"`), uri("an address without https://")},
		"no host":            {200, device("verification_uri", `"https:///device"`), uri("an address without a host")},
		"user name":          {200, device("verification_uri", `"https://google.com@evil.example/"`), uri("an address with a user name, which hides the host behind it")},
		"address ESC":        {200, device("verification_uri", `"https://x.example/\u001b[2J"`), uri("byte 0x1b at position 19")},
		"address bidi":       {200, device("verification_uri", `"https://x.example/\u202e"`), uri("byte 0xe2 at position 19")},
		"address blank":      {200, device("verification_uri", `"https://x.example/ a"`), uri("byte 0x20 at position 19")},
		"address, 4 KiB":     {200, device("verification_uri", `"https://x.example/`+strings.Repeat("a", 4096)+`"`), uri("4114 bytes, more than 2048")},
		"address broken":     {200, device("verification_uri", `"https://x.example:port/"`), uri("no URL")},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, err := ParseDevice(test.status, jsonHeader(), []byte(test.body))
			equal(t, "error", test.want, outcomeOf(t, err))
			if d != nil {
				t.Error(d)
			}
		})
	}
}

func TestDeviceChecks(t *testing.T) {
	_, checks, err := ParseDevice(200, jsonHeader(), []byte(device("interval", `"60"`, "expires_in", "0")))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "checks", verdict.Checks{
		{Rule: "device.content_type", Spec: "RFC 8628 §3.2", Status: "pass", Want: "JSON as application/json", Got: "JSON as application/json"},
		{Rule: "device.status", Spec: "RFC 8628 §3.2", Status: "pass", Want: "200", Got: "200 OK"},
		{Rule: "device.device_code", Spec: "RFC 8628 §3.2", Status: "pass", Got: "1 character"},
		{Rule: "device.user_code", Spec: "RFC 8628 §6.1", Status: "pass", Got: "U-1"},
		{Rule: "device.verification_uri", Spec: "RFC 8628 §3.2", Status: "pass", Got: "https://x.example/d"},
		{Rule: "device.expires_in", Spec: "RFC 8628 §3.2", Status: "warn", Want: "a positive whole number of seconds", Got: "0", Hint: "10m0s is used"},
		{Rule: "device.interval", Spec: "RFC 8628 §3.2", Status: "warn", Want: "a positive whole number of seconds", Got: `the string "60"`, Hint: "it was read all the same; a stricter client fails here"},
	}, checks)
}

func TestDeviceTokenRequest(t *testing.T) {
	d, _, err := ParseDevice(200, jsonHeader(), []byte(device("device_code", `"a&b"`)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "form", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {"a&b"},
	}, d.TokenRequest())
}

func refusalOf(t *testing.T, status int, body string) error {
	t.Helper()
	_, _, err := ParseTokenResponse(status, jsonHeader(), []byte(body))
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

func TestPolling(t *testing.T) {
	network := func(code string) error {
		return fmt.Errorf("polling: %w", &problem.Error{Kind: problem.Network, Code: code})
	}
	for name, test := range map[string]struct {
		interval time.Duration
		err      error
		again    bool
		want     time.Duration
	}{
		"pending":             {7 * time.Second, refusalOf(t, 400, `{"error":"authorization_pending"}`), true, 7 * time.Second},
		"pending as 428":      {7 * time.Second, refusalOf(t, 428, `{"error":"authorization_pending"}`), true, 7 * time.Second},
		"pending as 403":      {7 * time.Second, refusalOf(t, 403, `{"error":"authorization_pending"}`), true, 7 * time.Second},
		"pending as 200":      {7 * time.Second, refusalOf(t, 200, `{"error":"authorization_pending"}`), true, 7 * time.Second},
		"pending with more":   {7 * time.Second, refusalOf(t, 400, `{"error":"authorization_pending","interval":60}`), true, 7 * time.Second},
		"slow down":           {7 * time.Second, refusalOf(t, 400, `{"error":"slow_down"}`), true, 12 * time.Second},
		"slow down, larger":   {5 * time.Second, refusalOf(t, 200, `{"error":"slow_down","interval":31}`), true, 31 * time.Second},
		"slow down, smaller":  {5 * time.Second, refusalOf(t, 200, `{"error":"slow_down","interval":6}`), true, 10 * time.Second},
		"slow down, string":   {5 * time.Second, refusalOf(t, 200, `{"error":"slow_down","interval":"31"}`), true, 31 * time.Second},
		"slow down, hostile":  {5 * time.Second, refusalOf(t, 200, `{"error":"slow_down","interval":1e300}`), true, 10 * time.Minute},
		"slow down, negative": {5 * time.Second, refusalOf(t, 200, `{"error":"slow_down","interval":-31}`), true, 10 * time.Second},
		"slow down, at most":  {10 * time.Minute, refusalOf(t, 400, `{"error":"slow_down"}`), true, 10 * time.Minute},
		"slow down, wrapped":  {5 * time.Second, fmt.Errorf("x: %w", refusalOf(t, 400, `{"error":"slow_down"}`)), true, 10 * time.Second},
		"never set":           {0, refusalOf(t, 400, `{"error":"slow_down"}`), true, 10 * time.Second},
		"timeout":             {5 * time.Second, network("network.timeout"), true, 10 * time.Second},
		"dropped":             {40 * time.Second, network("network.closed"), true, 80 * time.Second},
		"timeout, at most":    {9 * time.Minute, network("network.timeout"), true, 10 * time.Minute},
		"beyond the most":     {time.Hour, network("network.timeout"), true, time.Hour},
		"no such host":        {5 * time.Second, network("network.dns"), false, 5 * time.Second},
		"HTML":                {5 * time.Second, network("network.not_oauth"), false, 5 * time.Second},
		"denied":              {5 * time.Second, refusalOf(t, 400, `{"error":"access_denied"}`), false, 5 * time.Second},
		"expired":             {5 * time.Second, refusalOf(t, 400, `{"error":"expired_token"}`), false, 5 * time.Second},
		"another case":        {5 * time.Second, refusalOf(t, 400, `{"error":"Slow_Down"}`), false, 5 * time.Second},
		"no such grant":       {5 * time.Second, refusalOf(t, 400, `{"error":"unsupported_grant_type"}`), false, 5 * time.Second},
		"a broken answer":     {5 * time.Second, refusalOf(t, 200, `{"access_token":7}`), false, 5 * time.Second},
		"the user gave up":    {5 * time.Second, context.Canceled, false, 5 * time.Second},
		"something else":      {5 * time.Second, errors.New("authorization_pending"), false, 5 * time.Second},
		"nothing":             {5 * time.Second, nil, false, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			polling := Polling{test.interval}
			again := polling.After(test.err)
			equal(t, "after", []any{test.again, test.want}, []any{again, polling.Interval})
		})
	}
}

// Two slow_downs in a row count both, and a pending between them gives nothing back (RFC 8628 §3.5).
func TestPollingSlowsDownForGood(t *testing.T) {
	polling := Polling{5 * time.Second}
	for _, name := range []string{"slow_down", "authorization_pending", "slow_down", "authorization_pending"} {
		if !polling.After(refusalOf(t, 400, `{"error":"`+name+`"}`)) {
			t.Fatal(name)
		}
	}
	equal(t, "interval", 15*time.Second, polling.Interval)
}

// What comes out can be shown to a person and waited for, whatever came in.
func FuzzParseDevice(f *testing.F) {
	for _, seed := range []string{
		device(), device("interval", "0", "expires_in", "1e300"), device("verification_uri", "", "verification_url", `"http://x"`),
		device("user_code", `"\u202e"`), device("verification_uri_complete", `"https://a@b"`), `{"error":"slow_down","interval":7}`,
		"device_code=D&user_code=U&verification_uri=https%3A%2F%2Fx.example", "<html>", "", `{"error":{"type":"\u001b"}}`,
	} {
		f.Add(200, "application/json", []byte(seed))
		f.Add(401, "text/html", []byte(seed))
		f.Add(201, "application/x-www-form-urlencoded", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		d, checks, err := ParseDevice(status, typed(media), body)
		if (d == nil) == (err == nil) {
			t.Fatalf("%v, %v", d, err)
		}
		for _, check := range checks {
			if check.Rule == "" || check.Spec == "" || check.Status == verdict.Fail && err == nil {
				t.Fatalf("%+v", check)
			}
			assertPrintable(t, check.Problem())
		}
		if err != nil {
			assertPrintable(t, err)
			polling := Polling{time.Second}
			polling.After(err)
			if polling.Interval < time.Second || polling.Interval > maxInterval {
				t.Fatalf("interval %v", polling.Interval)
			}
			return
		}
		for _, shown := range []string{d.UserCode, d.VerificationURI, d.VerificationURIComplete} {
			assertPrintable(t, &problem.Error{Kind: problem.Provider, Code: "x", Message: shown})
		}
		for _, address := range []string{d.VerificationURI, d.VerificationURIComplete} {
			if u, err := url.Parse(address); err != nil || address != "" && (u.Host == "" || u.User != nil || !strings.HasPrefix(u.Scheme, "http")) {
				t.Fatalf("address %q", address)
			}
		}
		code := d.Code.Reveal()
		if status < 200 || status > 299 || code == "" || len(code) > maxCode || !isVisible(code) || d.UserCode == "" || len(d.UserCode) > maxUserCode ||
			d.VerificationURI == "" || d.Interval < minInterval || d.Interval > maxInterval || d.ExpiresIn <= 0 || d.ExpiresIn > maxPending {
			t.Fatalf("accepted %d %q: %+v", status, body, seenOf(d))
		}
	})
}
