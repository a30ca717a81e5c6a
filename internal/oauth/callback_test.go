package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const honest = "https://honest.as.example"

func TestParseCallback(t *testing.T) {
	for name, test := range map[string]struct {
		query   string
		pending Pending
		code    string
	}{
		"RFC 9207 §2": {
			"code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI&iss=https%3A%2F%2Fhonest.as.example",
			Pending{State: "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI", Issuer: honest, IssuerRequired: true},
			"x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58",
		},
		"no iss, none announced":  {"code=x&state=S", Pending{State: "S", Issuer: honest}, "x"},
		"iss, none announced":     {"code=x&state=S&iss=" + url.QueryEscape(honest), Pending{State: "S", Issuer: honest}, "x"},
		"iss, no issuer known":    {"code=x&state=S&iss=y", Pending{State: "S"}, "x"},
		"unknown ones, repeated":  {"code=x&state=S&realmId=1&realmId=2", Pending{State: "S"}, "x"},
		"an error that is empty":  {"code=x&state=S&error=", Pending{State: "S"}, "x"},
		"longest code":            {"state=S&code=" + strings.Repeat("c", 4096), Pending{State: "S"}, strings.Repeat("c", 4096)},
		"encoded":                 {"code=a%2Fb%2B%3D&state=S%26", Pending{State: "S&"}, "a/b+="},
		"hybrid":                  {"code=x&state=S&id_token=y", Pending{State: "S", ResponseType: "code id_token"}, "x"},
		"not ours in other names": {"code=x&state=S&CODE=y&State=z", Pending{State: "S"}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			callback, err := ParseCallback(test.query, test.pending)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "code", test.code, callback.Code().Reveal())
			if callback.Checks().Failed() {
				t.Error(callback.Checks())
			}
		})
	}
}

// Whatever a callback without our state says, it must not end the login.
func TestParseCallbackForeign(t *testing.T) {
	for name, query := range map[string]string{
		"nothing":             "",
		"no state":            "code=x",
		"empty state":         "code=x&state=",
		"state with a suffix": "code=x&state=S1",
		"state cut":           "code=x&state=",
		"case":                "code=x&state=s",
		"twice":               "code=x&state=S&state=S",
		"an error of others":  "error=access_denied&state=other",
		"an error, no state":  "error=access_denied",
		"State":               "code=x&State=S",
		"broken encoding":     "code=%zz",
		"endless":             "state=S&code=" + strings.Repeat("x", maxCallback),
	} {
		t.Run(name, func(t *testing.T) {
			callback, err := ParseCallback(query, Pending{State: "S"})
			if callback != nil || !errors.Is(err, ErrForeign) {
				t.Errorf("%v, %v", callback, err)
			}
		})
	}
	if _, err := ParseCallback("code=x&state=", Pending{}); !errors.Is(err, ErrForeign) {
		t.Errorf("a request without state took an answer: %v", err)
	}
}

func TestParseCallbackRefused(t *testing.T) {
	required := Pending{State: "S", Issuer: honest, IssuerRequired: true}
	iss := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "callback.iss", Want: honest, Got: got}
	}
	code := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "callback.code", Got: got}
	}
	repeated := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "callback.repeated", Got: got}
	}
	token := func(got string) outcome {
		return outcome{Kind: problem.Verification, Code: "callback.token", Want: "what response_type=code asks for", Got: got}
	}
	for name, test := range map[string]struct {
		query   string
		pending Pending
		want    outcome
	}{
		"iss missing":          {"code=x&state=S", required, iss("no iss")},
		"iss missing on error": {"error=access_denied&error_description=secret&state=S", required, iss("no iss")},
		"another iss":          {"code=x&state=S&iss=https%3A%2F%2Fattacker.example", Pending{State: "S", Issuer: honest}, iss("https://attacker.example")},
		"another iss on error": {"error=x&error_description=evil&state=S&iss=https%3A%2F%2Fattacker.example%1b", required, iss(`https://attacker.example\x1b`)},
		"iss with slash":       {"code=x&state=S&iss=https%3A%2F%2Fhonest.as.example%2F", required, iss("https://honest.as.example/")},
		"iss with case":        {"code=x&state=S&iss=https%3A%2F%2FHonest.as.example", required, iss("https://Honest.as.example")},
		"iss empty":            {"code=x&state=S&iss=", Pending{State: "S", Issuer: honest}, iss("")},
		"iss twice":            {"code=x&state=S&iss=https%3A%2F%2Fhonest.as.example&iss=https%3A%2F%2Fattacker.example", required, repeated("iss 2 times")},
		"code twice":           {"code=x&code=x&state=S", Pending{State: "S"}, repeated("code 2 times")},
		"error three times":    {"error=a&error=b&error=&state=S", Pending{State: "S"}, repeated("error 3 times")},
		"encoding":             {"code=x&state=S&y=%zz", Pending{State: "S"}, outcome{Kind: problem.Verification, Code: "callback.encoding"}},
		"state only":           {"state=S", Pending{State: "S"}, code("no code")},
		"code empty":           {"state=S&code=", Pending{State: "S"}, code("no code")},
		"code too long":        {"state=S&code=" + strings.Repeat("x", 4097), Pending{State: "S"}, code("4097 bytes")},
		"code with CR LF":      {"state=S&code=ab%0d%0a", Pending{State: "S"}, code("another character at position 3")},
		"code not ASCII":       {"state=S&code=%c3%a9", Pending{State: "S"}, code("another character at position 1")},
		"token in the query":   {"state=S&code=x&access_token=topsecret", Pending{State: "S"}, token("access_token")},
		"ID token unasked":     {"state=S&code=x&id_token=topsecret", Pending{State: "S"}, token("id_token")},
		"error beside a code": {
			"state=S&code=x&error=access_denied",
			Pending{State: "S"},
			outcome{Kind: problem.Provider, Code: "oauth.access_denied", Answer: &problem.Answer{Error: "access_denied", Endpoint: "authorization"}},
		},
		"error of ours": {
			"error=access_denied&state=N2Jj&iss=https%3A%2F%2Fhonest.as.example",
			Pending{State: "N2Jj", Issuer: honest},
			outcome{Kind: problem.Provider, Code: "oauth.access_denied", Answer: &problem.Answer{Error: "access_denied", Endpoint: "authorization"}},
		},
		"error with markup": {
			"error=%3Cscript%3E&error_uri=javascript:alert(1)&error_description=%3Cb%3E&state=S",
			Pending{State: "S"},
			outcome{Kind: problem.Provider, Code: "oauth.error", Answer: &problem.Answer{Error: "<script>", Description: "<b>", Endpoint: "authorization"}},
		},
		"error with a script for a page": {
			"error=x&error_uri=javascript://h/%250aalert(1)&state=S",
			Pending{State: "S"},
			outcome{Kind: problem.Provider, Code: "oauth.x", Answer: &problem.Answer{Error: "x", Endpoint: "authorization"}},
		},
		"error with a page": {
			"error=login_required&error_uri=https://x.example/e%3f1&state=S",
			Pending{State: "S"},
			outcome{
				Kind: problem.Provider, Code: "oauth.login_required",
				Answer: &problem.Answer{Error: "login_required", URI: "https://x.example/e?1", Endpoint: "authorization"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			callback, err := ParseCallback(test.query, test.pending)
			equal(t, "error", test.want, outcomeOf(t, err))
			if callback != nil || strings.Contains(problem.As(err).Message, "secret") || strings.Contains(problem.As(err).Message, "evil") {
				t.Errorf("%v, %v", callback, err)
			}
		})
	}
}

func TestErrorTextsAreEscapedAndCut(t *testing.T) {
	description := "\x1b]0;x\x07\x1b[31m\r\n\u202e" + strings.Repeat("A", 64<<10)
	_, err := ParseCallback(url.Values{"state": {"S"}, "error": {"\x1b[2J"}, "error_description": {description}}.Encode(), Pending{State: "S"})
	p := problem.As(err)
	equal(t, "raw answer", &problem.Answer{Error: "\x1b[2J", Description: description, Endpoint: "authorization"}, p.Answer)
	equal(t, "code", "oauth.error", p.Code)
	if !strings.HasPrefix(p.Message, `the provider refused: \x1b[2J: \x1b]0;x\x07\x1b[31m\r\n\u202eAAAA`) || len(p.Message) > 1200 {
		t.Errorf("%d bytes: %.200q", len(p.Message), p.Message)
	}
}

func TestTokenRequest(t *testing.T) {
	callback, err := ParseCallback("code=a%26b&state=S&realmId=7", Pending{State: "S"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "with PKCE", url.Values{
		"grant_type": {"authorization_code"}, "code": {"a&b"}, "redirect_uri": {"http://localhost:1/cb"}, "code_verifier": {verifier},
	}, callback.TokenRequest("http://localhost:1/cb", PKCE{Method: PKCES256, Verifier: secret.New(verifier)}))
	equal(t, "without", url.Values{"grant_type": {"authorization_code"}, "code": {"a&b"}}, callback.TokenRequest("", PKCE{}))
	equal(t, "checks", verdict.Checks{
		{Rule: "callback.state", Spec: "RFC 6749 §10.12", Status: verdict.Pass, Got: "state is the one that was sent"},
		{Rule: "callback.repeated", Spec: "RFC 6749 §3.1", Status: verdict.Pass, Got: "no parameter is repeated"},
		{Rule: "callback.iss", Spec: "RFC 9207 §2.4", Status: verdict.Skip, Got: "no iss; the provider does not announce it"},
		{Rule: "callback.code", Spec: "RFC 6749 §4.1.2", Status: verdict.Pass, Got: "a code came"},
	}, callback.Checks())
}

// A value comes out only for an answer with our state once, the right issuer, and a code that can be sent.
func FuzzParseCallback(f *testing.F) {
	for _, seed := range []string{
		"", "code=x&state=S", "state=S&state=S", "code=x&state=S&iss=https%3A%2F%2Fhonest.as.example", "error=a&state=S",
		"state=S&code=%0d", "state=S;code=x", "state=S&error=%1b[31m&error_description=%e2%80%ae", "code=x&state=S&access_token=y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		callback, err := ParseCallback(query, Pending{State: "S", Issuer: honest})
		values, _ := url.ParseQuery(query)
		ours := len(query) <= maxCallback && len(values["state"]) == 1 && values.Get("state") == "S"
		if errors.Is(err, ErrForeign) == ours {
			t.Fatalf("ours: %v, but %v", ours, err)
		}
		if (callback == nil) == (err == nil) {
			t.Fatalf("%v, %v", callback, err)
		}
		if err != nil {
			if !errors.Is(err, ErrForeign) {
				assertPrintable(t, err)
			}
			return
		}
		code := callback.Code().Reveal()
		if code == "" || len(code) > maxCode || !isVisible(code) || code != values.Get("code") ||
			values.Has("iss") && values.Get("iss") != honest || values.Get("error") != "" || values.Has("access_token") {
			t.Fatalf("accepted %q", query)
		}
	})
}

// assertPrintable wants an error that can be printed on a terminal as it is.
func assertPrintable(t *testing.T, err error) {
	t.Helper()
	p := problem.As(err)
	for _, s := range []string{p.Message, p.Want, p.Got, p.Hint, p.Code} {
		if text.Line(s) != s {
			t.Fatalf("not printable: %q", s)
		}
	}
	if p.Kind == problem.Internal || p.Code == "" {
		t.Fatalf("%v: %v", p.Kind, p)
	}
}

// TestErrorWithoutIssuer: a name from the specification is shown, as it tells the person what to look for; other words
// of an answer that may be anybody's are not.
func TestErrorWithoutIssuer(t *testing.T) {
	for query, want := range map[string]string{
		"state=S&error=access_denied&error_description=call+0900": "; the answer carries the error access_denied, for which nobody vouches",
		"state=S&error=call_0900":                                 "", "state=S&code=x": "", "state=S&error=": "",
	} {
		_, err := ParseCallback(query, Pending{State: "S", Issuer: "https://as.example", IssuerRequired: true})
		p := problem.As(err)
		if _, rest, _ := strings.Cut(p.Hint, "another provider's"); p.Code != "callback.iss" || rest != want {
			t.Errorf("%s: %s, hint %q, want %q at its end", query, p.Code, p.Hint, want)
		}
	}
}
