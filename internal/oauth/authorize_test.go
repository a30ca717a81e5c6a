package oauth

import (
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// verifier and challenge are those of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func request() AuthorizationRequest {
	return AuthorizationRequest{
		Endpoint: "https://as.example/authorize", ClientID: "web", RedirectURI: "http://127.0.0.1:4711/callback",
		Scopes: []string{"openid", "profile"}, State: "s", Nonce: "n",
		PKCE: PKCE{Method: PKCES256, Verifier: secret.New(verifier)},
	}
}

func TestAuthorizationURL(t *testing.T) {
	zero := 0
	base := "client_id=web&code_challenge=" + challenge + "&code_challenge_method=S256&nonce=n" +
		"&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback&response_type=code&scope=openid+profile&state=s"
	for name, test := range map[string]struct {
		change func(*AuthorizationRequest)
		want   string
	}{
		"plain": {func(*AuthorizationRequest) {}, "https://as.example/authorize?" + base},
		"endpoint with query": {
			func(r *AuthorizationRequest) { r.Endpoint += "?p=b2c%20x" },
			"https://as.example/authorize?p=b2c%20x&" + base,
		},
		"endpoint with empty query": {
			func(r *AuthorizationRequest) { r.Endpoint += "?" }, "https://as.example/authorize?" + base,
		},
		"everything": {
			func(r *AuthorizationRequest) {
				*r = AuthorizationRequest{
					Endpoint: r.Endpoint, ClientID: "web", RedirectURI: "https://x.example/cb", ResponseType: "code id_token",
					ResponseMode: "form_post", State: "s", PKCE: PKCE{Method: PKCEPlain, Verifier: secret.New(verifier)},
					Resources: []string{"https://b.example", "https://a.example"}, Audiences: []string{"x", "y"},
					Prompt: "login", LoginHint: "a@b", ACRValues: "gold", UILocales: "de", Claims: "{}", MaxAge: &zero,
					Extra: url.Values{"access_type": {"offline"}},
				}
			},
			"https://as.example/authorize?access_type=offline&acr_values=gold&audience=x&audience=y&claims=%7B%7D&client_id=web" +
				"&code_challenge=" + verifier + "&code_challenge_method=plain&login_hint=a%40b&max_age=0&prompt=login" +
				"&redirect_uri=https%3A%2F%2Fx.example%2Fcb&resource=https%3A%2F%2Fb.example&resource=https%3A%2F%2Fa.example" +
				"&response_mode=form_post&response_type=code+id_token&state=s&ui_locales=de",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			test.change(&r)
			got, err := r.URL()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "URL", test.want, got)
		})
	}
}

func TestAuthorizationURLRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*AuthorizationRequest)
		want   outcome
	}{
		"state preset": {
			func(r *AuthorizationRequest) { r.Endpoint += "?state=evil" },
			outcome{Kind: problem.Verification, Code: "authorization.preset", Got: "state"},
		},
		"request_uri preset though none is sent": {
			func(r *AuthorizationRequest) { r.Endpoint += "?request_uri=x" },
			outcome{Kind: problem.Verification, Code: "authorization.preset", Got: "request_uri"},
		},
		"fragment": {
			func(r *AuthorizationRequest) { r.Endpoint += "#x" },
			outcome{Kind: problem.Verification, Code: "authorization.endpoint", Got: "https://as.example/authorize#x"},
		},
		"relative": {
			func(r *AuthorizationRequest) { r.Endpoint = "/authorize" },
			outcome{Kind: problem.Verification, Code: "authorization.endpoint", Got: "/authorize"},
		},
		"script": {
			func(r *AuthorizationRequest) { r.Endpoint = "javascript://x/\u202e" },
			outcome{Kind: problem.Verification, Code: "authorization.endpoint", Got: `javascript://x/\u202e`},
		},
		"extra state":             {extra("state"), outcome{Kind: problem.Usage, Code: "usage.param"}},
		"extra response_mode":     {extra("response_mode"), outcome{Kind: problem.Usage, Code: "usage.param"}},
		"extra scope, set by us":  {extra("scope"), outcome{Kind: problem.Usage, Code: "usage.param"}},
		"a verifier out of place": {verifierOf("short"), outcome{Kind: problem.Usage, Code: "usage.pkce", Want: wantVerifier, Got: "5 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			test.change(&r)
			got, err := r.URL()
			equal(t, "error", test.want, outcomeOf(t, err))
			equal(t, "URL", "", got)
		})
	}
}

const wantVerifier = "43 to 128 characters of A-Z a-z 0-9 - . _ ~"

func extra(name string) func(*AuthorizationRequest) {
	return func(r *AuthorizationRequest) { r.Extra = url.Values{name: {"x"}} }
}

func verifierOf(v string) func(*AuthorizationRequest) {
	return func(r *AuthorizationRequest) { r.PKCE.Verifier = secret.New(v) }
}

// The rows are RFC 7636 appendix B and the edges of §4.1.
func TestPKCE(t *testing.T) {
	for name, test := range map[string]struct{ verifier, got string }{
		"appendix B": {verifier, ""},
		"43":         {strings.Repeat("a", 43), ""},
		"128":        {strings.Repeat("~", 128), ""},
		"42":         {strings.Repeat("a", 42), "42 bytes"},
		"129":        {strings.Repeat("a", 129), "129 bytes"},
		"plus":       {strings.Repeat("a", 42) + "+", "another character at position 43"},
		"padding":    {strings.Repeat("a", 42) + "=", "another character at position 43"},
		"not ASCII":  {strings.Repeat("é", 43), "another character at position 1"},
	} {
		t.Run(name, func(t *testing.T) {
			err := PKCE{Method: PKCES256, Verifier: secret.New(test.verifier)}.Check()
			if test.got == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			equal(t, "error", outcome{Kind: problem.Usage, Code: "usage.pkce", Want: wantVerifier, Got: test.got}, outcomeOf(t, err))
		})
	}
	equal(t, "challenge", challenge, PKCE{Method: PKCES256, Verifier: secret.New(verifier)}.Challenge())
}

func TestNewPKCE(t *testing.T) {
	for _, method := range []string{PKCES256, PKCEPlain} {
		a, err := NewPKCE(method)
		b, _ := NewPKCE(method)
		if err != nil || a.Check() != nil || a.Method != method || a.Verifier == b.Verifier {
			t.Errorf("%s: %v, %v", method, a.Method, err)
		}
	}
	for _, method := range []string{"", PKCENone} {
		if p, err := NewPKCE(method); err != nil || p != (PKCE{}) {
			t.Errorf("%q: %v, %v", method, p, err)
		}
	}
	_, err := NewPKCE("s256")
	equal(t, "error", outcome{Kind: problem.Usage, Code: "usage.pkce"}, outcomeOf(t, err))
	equal(t, "hint", "--pkce S256", problem.As(err).Hint)
}

func TestFreshValues(t *testing.T) {
	seen := make(map[string]bool)
	for range 100 {
		for _, value := range []string{NewState(), NewNonce()} {
			if len(value) < 26 || seen[value] { // 26 characters of 5 bits
				t.Fatalf("%q", value)
			}
			seen[value] = true
		}
	}
}
