package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// answers are bodies that no endpoint should give, whatever it is: each is a seed for every one of them.
func answers(f *testing.F, bodies ...string) {
	f.Helper()
	for _, body := range append(bodies, "", "<html><title>Sign in</title>", "[]", "null", `{"a":1,"a":2}`, "\ufeff{}", "{\"x\":\"\xff\"}",
		`{"error":"x\u001b[31m","error_description":"\u202e\u0007"}`, `{"error":{"message":"x","code":190}}`, `{"ok":false,"error":"invalid_code"}`,
		"error=bad_verification_code&error_uri=javascript:1", strings.Repeat(`{"a":`, 100), "HTTP/1.1 200 OK\r\n\r\n\x1b]52;c;eA==\a") {
		f.Add(200, "application/json", []byte(body))
		f.Add(400, "text/html", []byte(body))
		f.Add(201, "application/x-www-form-urlencoded", []byte(body))
	}
}

// assertJudged wants checks and an outcome that agree, and that can be shown to a person as they are.
func assertJudged(t *testing.T, checks verdict.Checks, err error) {
	t.Helper()
	for _, check := range checks {
		if check.Rule == "" || check.Spec == "" || check.Status == verdict.Fail && err == nil {
			t.Fatalf("%+v and %v", check, err)
		}
		assertPrintable(t, check.Problem())
	}
	if err != nil {
		assertPrintable(t, err)
	}
}

// FuzzParsePushed: the request_uri that comes out can stand in an address, and in nothing but its own parameter.
func FuzzParsePushed(f *testing.F) {
	answers(f, `{"request_uri":"urn:ietf:params:oauth:request_uri:6esc","expires_in":60}`, `{"request_uri":"","expires_in":0}`,
		`{"request_uri":"https://evil.example/&client_id=other#x","expires_in":"60"}`, `{"request_uri":"a b\r\nX: y","expires_in":-1}`,
		`{"request_uri":"urn:x","expires_in":1e400}`, `{"request_uri":["urn:x"],"expires_in":60}`, `{"REQUEST_URI":"urn:x","expires_in":9223372036854775808}`)
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		pushed, checks, err := ParsePushed(status, typed(media), body)
		if (pushed == nil) == (err == nil) {
			t.Fatalf("%v, %v", pushed, err)
		}
		assertJudged(t, checks, err)
		if err != nil {
			return
		}
		if status < 200 || status > 299 || pushed.RequestURI == "" || len(pushed.RequestURI) > maxAddress ||
			firstOutside(pushed.RequestURI, 0x21, 0x7e) >= 0 || pushed.ExpiresIn < 0 || pushed.ExpiresIn > maxPending {
			t.Fatalf("accepted %d %q: %+v", status, body, pushed)
		}
		address, err := PushedURL("https://id.example/authorize?p=1", "me", pushed.RequestURI)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host != "id.example" || u.Fragment != "" || u.Query().Encode() !=
			(url.Values{"p": {"1"}, "client_id": {"me"}, "request_uri": {pushed.RequestURI}}).Encode() {
			t.Fatalf("%q makes %q", pushed.RequestURI, address)
		}
	})
}

// FuzzParseBackchannel: what comes out can be sent and waited for, whatever came in.
func FuzzParseBackchannel(f *testing.F) {
	answers(f, `{"auth_req_id":"1c266114-a1be-4252-8ad1-04986c5b9ac1","expires_in":120,"interval":2}`,
		`{"auth_req_id":"a b","expires_in":120}`, `{"auth_req_id":"1c26","expires_in":5,"interval":5}`, `{"auth_req_id":"1c26","expires_in":1e300,"interval":1e300}`,
		`{"auth_req_id":"1c26","expires_in":"soon","interval":-1}`, `{"auth_req_id":7,"expires_in":120}`, `{"auth_req_id":"x\u001b[2J","expires_in":1}`)
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		b, checks, err := ParseBackchannel(status, typed(media), body)
		if (b == nil) == (err == nil) {
			t.Fatalf("%v, %v", b, err)
		}
		assertJudged(t, checks, err)
		if err != nil {
			return
		}
		id := b.RequestID.Reveal()
		if status < 200 || status > 299 || id == "" || len(id) > maxCode || firstOutside(id, 0x21, 0x7e) >= 0 ||
			b.Interval < minInterval || b.Interval > maxInterval || b.ExpiresIn <= b.Interval || b.ExpiresIn > maxPending {
			t.Fatalf("accepted %d %q: %v %v", status, body, b.Interval, b.ExpiresIn)
		}
		if sent := b.TokenRequest(); sent.Get("auth_req_id") != id || len(sent) != 2 {
			t.Fatalf("%v", sent)
		}
	})
}

// FuzzParseIntrospection: a token is active only where a boolean says so, and never by an answer that is a JWT.
func FuzzParseIntrospection(f *testing.F) {
	answers(f, `{"active":true,"sub":"alice"}`, `{"active":"true"}`, `{"active":1}`, `{"active":null}`, `{"ACTIVE":true}`, `{"active":false,"sub":"x"}`,
		`{"active":true,"active":false}`, `active=true`, "eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.", ` {"active":true}`, `{"active":true,"exp":"\u202e","scope":["a"]}`)
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		compact, odd := SignedIntrospection(status, typed(media), body)
		assertJudged(t, odd, nil)
		if compact == "" && odd != nil || strings.HasPrefix(compact, "{") || compact != "" && (status < 200 || status > 299) {
			t.Fatalf("%q of %d %q", compact, status, body)
		}
		answer, checks, err := ParseIntrospection(status, typed(media), body)
		if (answer == nil) == (err == nil) {
			t.Fatalf("%v, %v", answer, err)
		}
		assertJudged(t, checks, err)
		if err != nil {
			return
		}
		var said map[string]any
		if err := json.Unmarshal(answer.Raw, &said); err != nil || said["active"] != answer.Active || status < 200 || status > 299 {
			t.Fatalf("active %v by %d %s: %v", answer.Active, status, answer.Raw, err)
		}
		if strings.HasPrefix(compact, "eyJ") {
			t.Fatalf("%q is a JWT and a plain answer", body)
		}
		again, _, err := JudgeIntrospection(answer.Members)
		if err != nil || again.Active != answer.Active || !bytes.Equal(again.Raw, answer.Raw) {
			t.Fatalf("%s, signed, is %v: %v", answer.Raw, again, err)
		}
	})
}

// FuzzParseFront judges answers with tokens in the browser: state first, each token only where it was asked for, and
// the plain code flow takes none. A refresh token is never taken.
func FuzzParseFront(f *testing.F) {
	for _, seed := range []string{
		"", "state=S", "access_token=T&token_type=bearer&expires_in=3600&state=S", "id_token=a.b.c&state=S&code=C", "state=S&state=S&code=C",
		"access_token=T&token_type=mac&state=S", "code=C&id_token=a.b.c&access_token=T&token_type=Bearer&state=S&iss=https%3A%2F%2Fhonest.as.example",
		"code=C&code=D&id_token=a&state=S", "access_token=T%0d%0aX&token_type=Bearer&state=S", "access_token=T&token_type=Bearer&refresh_token=R&state=S",
		"iss=https%3A%2F%2Fattacker.example&code=C&id_token=a&state=S", "error=access_denied&error_description=%1b]0;x%07%e2%80%ae&error_uri=javascript:1&state=S",
		"access_token=T&token_type=Bearer&expires_in=-4294963696&state=S", "code=C&access_token=T&token_type=Bearer&authorization_details=[{\"type\":\"a\"}]&state=S",
	} {
		f.Add(seed)
	}
	types := []string{"", "token", "id_token", "id_token token", "code", "code id_token", "code token", "code id_token token"}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		ours := len(query) <= maxCallback && len(values["state"]) == 1 && values.Get("state") == "S"
		for _, responseType := range types {
			p := Pending{State: "S", Issuer: honest, ResponseType: responseType}
			asked := strings.Fields(responseType)
			var callback *Callback
			var got *Response
			var err error
			if slices.Contains(asked, "code") {
				callback, got, err = ParseHybrid(query, p)
			} else {
				got, _, err = ParseImplicit(query, p)
				if len(asked) == 0 {
					asked = []string{"token"}
				}
			}
			if errors.Is(err, ErrForeign) == ours || (got == nil) == (err == nil) {
				t.Fatalf("%q: ours %v, %v, %v", responseType, ours, got, err)
			}
			if err != nil {
				if ours {
					assertPrintable(t, err)
				}
				continue
			}
			assertFront(t, asked, values, callback, got)
		}
	})
}

func assertFront(t *testing.T, asked []string, values url.Values, callback *Callback, got *Response) {
	t.Helper()
	code := ""
	if callback != nil {
		code = callback.Code().Reveal()
		assertJudged(t, callback.Checks(), nil)
	}
	for _, part := range []struct{ name, asked, got string }{
		{"access_token", "token", got.AccessToken.Reveal()}, {"id_token", "id_token", got.IDToken.Reveal()}, {"code", "code", code},
	} {
		want := ""
		if slices.Contains(asked, part.asked) {
			want = values.Get(part.name)
		}
		if part.got != want || want == "" && slices.Contains(asked, part.asked) || !isVisible(part.got) {
			t.Fatalf("%v: %s is %q of %q", asked, part.name, part.got, values)
		}
	}
	if !got.RefreshToken.IsZero() || values.Has("iss") && values.Get("iss") != honest || values.Get("error") != "" {
		t.Fatalf("%v: %q was taken", asked, values)
	}
	if got.ExpiresIn != nil && (*got.ExpiresIn < 0 || *got.ExpiresIn > maxLifetime) {
		t.Fatalf("expires in %v", *got.ExpiresIn)
	}
}

// FuzzParsePasted: what is taken of a pasted line is a part of it, is read by ParseCallback like any other, and an error
// repeats nothing after a question mark: a code may stand there.
func FuzzParsePasted(f *testing.F) {
	const redirect = "https://app.example/cb"
	for _, seed := range []string{
		"", redirect + "?code=hush&state=S", redirect + "#code=hush&state=S", "?code=hush&state=S", "code=hush&state=S", `"` + redirect + `?error=x&state=S"`,
		redirect + "?code=hush#_=_", "https://evil.example/cb?code=hush&state=S", redirect + "?response_type=code&state=S", "https://a:hush@app.example/cb?code=hush",
		"\x1b[31m" + redirect, "javascript:alert(1)?code=hush", redirect + "?response=a.b.c", "http://[::1?code=hush", "file:///etc/passwd#state=S",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		encoded, err := ParsePasted(line, redirect)
		if err != nil {
			assertPrintable(t, err)
			if encoded != "" {
				t.Fatalf("%q beside %v", encoded, err)
			}
			before, _, secret := strings.Cut(line, "?code=hush")
			p := problem.As(err)
			if secret && !strings.Contains(before, "hush") && strings.Contains(p.Message+p.Want+p.Got+p.Hint, "hush") {
				t.Fatalf("%v repeats what was pasted", outcomeOf(t, err))
			}
			return
		}
		if !strings.Contains(line, encoded) || !hasAnswer(encoded) {
			t.Fatalf("%q was read from %q", encoded, line)
		}
		before, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(line), `"'<>`), encoded)
		if u, err := url.Parse(strings.TrimRight(before, "?#")); len(before) > 1 && err == nil && u.Host != "" && !strings.EqualFold(u.Host, "app.example") {
			t.Fatalf("an answer of %q was taken", u.Host)
		}
	})
}

// FuzzParseChallenges: bounded, nothing but tokens as names, and a demand for another login that can be asked of a
// provider as it is.
func FuzzParseChallenges(f *testing.F) {
	var many strings.Builder
	for i := range 2 * maxChallengeParams {
		fmt.Fprintf(&many, "p%d=v,", i)
	}
	for _, seed := range []string{
		`Bearer realm="x", error="invalid_token", error_description="it \"expired\""`, `Basic, Bearer scope="a b"`, `Bearer error="unterminated`,
		`DPoP algs="ES256 PS256", error="use_dpop_nonce"`, `Bearer error="insufficient_user_authentication", acr_values="a b", max_age="5"`,
		`Bearer error="insufficient_user_authentication", acr_values="a\"b"`, `Bearer error="insufficient_user_authentication", max_age=-1`, `Bearer error=insufficient_user_authentication, acr_values="$(id)\"", acr_values=b`,
		"Bearer error=\"\x1b[31m\u202e\"", `Bearer resource_metadata="http://169.254.169.254/x"`, "Bearer " + many.String(), "Negotiate abc==, Bearer ,,, a = b", "=", `a"`,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		header := http.Header{"Www-Authenticate": {first, second}}
		parameters := 0
		for _, c := range ParseChallenges(header) {
			parameters += len(c.Params)
			for name := range c.Params {
				if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "\"(),/:;<=>?@[\\]{} \t\x7f") || text.Line(name) != name {
					t.Fatalf("a name %q", name)
				}
			}
			if c.Scheme == "" || text.Line(c.Scheme) != c.Scheme {
				t.Fatalf("a scheme %q", c.Scheme)
			}
		}
		if parameters > maxChallengeParams {
			t.Fatalf("%d parameters", parameters)
		}
		assertPrintable(t, resourceError(401, header))
		demand, err := ParseStepUp(header)
		switch {
		case err != nil:
			assertPrintable(t, err)
		case demand != nil:
			if len(demand.ACRValues) > maxClasses || demand.MaxAge != nil && (*demand.MaxAge < 0 || *demand.MaxAge > 1<<31*time.Second) {
				t.Fatalf("%+v", demand)
			}
			for _, class := range demand.ACRValues {
				if class == "" || len(class) > maxClass || strings.ContainsAny(class, " \"\\\x1b\n") || text.Line(class) != class {
					t.Fatalf("a class %q", class)
				}
			}
		}
		NonceDemanded(401, header, []byte(first))
	})
}
