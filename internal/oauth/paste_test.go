package oauth

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestParsePasted(t *testing.T) {
	const query = "code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj"
	for name, test := range map[string]struct{ line, redirectURI, want string }{
		"query":             {"https://app.example/cb?" + query, "https://app.example/cb", query},
		"fragment":          {"https://app.example/cb#code=a%2Bb&state=x", "https://app.example/cb", "code=a%2Bb&state=x"},
		"Facebook's hash":   {"https://app.example/cb?" + query + "#_=_", "https://app.example/cb", query},
		"query of its own":  {"https://app.example/cb?t=1#" + query, "https://app.example/cb?t=1", query},
		"another port":      {"http://127.0.0.1:4711/callback?" + query, "http://127.0.0.1:0/callback", query},
		"no slash":          {"https://app.example?" + query, "https://app.example/", query},
		"quoted, blanks":    {"  \"https://app.example/cb?" + query + "\" \n", "https://app.example/cb", query},
		"case of the host":  {"HTTPS://App.example/cb?" + query, "https://app.example/cb", query},
		"an error":          {"https://app.example/cb?error=access_denied&state=x", "https://app.example/cb", "error=access_denied&state=x"},
		"from ? on":         {"?" + query, "https://app.example/cb", query},
		"the query alone":   {query, "https://app.example/cb", query},
		"app scheme":        {"com.example.app:/cb?" + query, "com.example.app:/cb", query},
		"no redirect known": {"https://app.example/cb?" + query, "", query},
		"long":              {"https://app.example/cb?state=x&code=" + strings.Repeat("a", 1<<20), "https://app.example/cb", "state=x&code=" + strings.Repeat("a", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePasted(test.line, test.redirectURI)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "encoded", test.want, got)
		})
	}
}

// TestParsePastedOnLoopback: the port was chosen by a login, maybe an earlier one, which the state tells.
func TestParsePastedOnLoopback(t *testing.T) {
	for redirect, lines := range map[string][]string{
		"http://127.0.0.1:4711/cb": {"http://127.0.0.1:4711/cb?code=x&state=y", "http://127.0.0.1:1/cb?code=x&state=y", "http://127.0.0.1/cb?code=x&state=y"},
		"http://[::1]:4711/cb":     {"http://[::1]:1/cb?code=x&state=y"},
		"http://localhost:4711/cb": {"http://LOCALHOST:1/cb?code=x&state=y"},
	} {
		for _, line := range lines {
			if got, err := ParsePasted(line, redirect); err != nil || got != "code=x&state=y" {
				t.Errorf("%s for %s: %q, %v", line, redirect, got, err)
			}
		}
		if got, err := ParsePasted("http://127.0.0.2:4711/cb?code=x&state=y", redirect); err == nil {
			t.Errorf("another host for %s: %q", redirect, got)
		}
	}
}

// TestParsePastedElsewhere: each part of the place counts.
func TestParsePastedElsewhere(t *testing.T) {
	for _, line := range []string{"http://app.example/cb", "https://app.example:8443/cb", "https://app.example/other", "https://evil.example/cb"} {
		if got, err := ParsePasted(line+"?code=x&state=y", "https://app.example/cb"); err == nil {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestParsePastedRefused(t *testing.T) {
	for name, test := range map[string]struct{ line, message, got string }{
		"nothing":          {"  ", "nothing was pasted", ""},
		"the code alone":   {"SplxlOBeZQQYbYS6WxSbIA", "what was pasted is no address", ""},
		"bad URL":          {"https://app.example:x/cb?code=hush", "the pasted address cannot be read", ""},
		"sign-in page":     {"https://as.example/authorize?response_type=code&state=x", "the pasted address is the one of the sign-in page, not the one after it", "https://as.example/authorize"},
		"another host":     {"https://evil.example/cb?code=hush&state=x", "the pasted address is another one than the redirect URI", "https://evil.example/cb"},
		"another path":     {"https://app.example/\u202e?code=hush&state=x", "the pasted address is another one than the redirect URI", "https://app.example/%E2%80%AE"},
		"nothing after it": {"https://app.example/cb", "the pasted address has nothing after the redirect URI", "no ? and no # part"},
		"no answer in it":  {"https://app.example/cb?x=hush", "the pasted address has neither code nor error", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePasted(test.line, "https://app.example/cb")
			equal(t, "error", outcome{Kind: problem.Usage, Code: "paste.url", Want: "https://app.example/cb?…", Got: test.got}, outcomeOf(t, err))
			equal(t, "message", test.message, err.Error())
			equal(t, "encoded", "", got)
		})
	}
}
