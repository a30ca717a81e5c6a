package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestParseImplicit(t *testing.T) {
	bearer := granted{Access: "T", Type: "Bearer", Scheme: "Bearer"}
	for name, test := range map[string]struct {
		encoded string
		pending Pending
		want    granted
		warned  []string
	}{
		"RFC 6749 §4.2.2": {
			"access_token=2YotnFZFEjr1zCsicMWpAA&state=xyz&token_type=Bearer&expires_in=3600",
			Pending{State: "xyz"},
			granted{Access: "2YotnFZFEjr1zCsicMWpAA", Type: "Bearer", Scheme: "Bearer", Lifetime: "1h0m0s"},
			nil,
		},
		"OIDC Core §3.2.2.5": {
			"access_token=SlAV32hkKG&token_type=bearer&id_token=eyJ0.NiJ9.eyJ1c&expires_in=3600&state=af0ifjsldkj",
			Pending{State: "af0ifjsldkj", ResponseType: "id_token token"},
			granted{Access: "SlAV32hkKG", ID: "eyJ0.NiJ9.eyJ1c", Type: "Bearer", Scheme: "Bearer", Lifetime: "1h0m0s"},
			nil,
		},
		"ID token alone": {"id_token=a.b.c&state=S", Pending{State: "S", ResponseType: "id_token"}, granted{ID: "a.b.c", Scheme: "Bearer"}, nil},
		"scope":          {"access_token=T&token_type=Bearer&scope=a+b&state=S", Pending{State: "S", ResponseType: "token"}, granted{"T", "", "", "Bearer", "Bearer", "", []string{"a", "b"}, true}, nil},
		"no type":        {"access_token=T&state=S", Pending{State: "S"}, bearer, []string{"token.type"}},
		"iss":            {"access_token=T&token_type=Bearer&state=S&iss=" + url.QueryEscape(honest), Pending{State: "S", Issuer: honest, IssuerRequired: true}, bearer, nil},
		"iss in the ID token": {
			"access_token=T&token_type=Bearer&state=S&id_token=a.b.c",
			Pending{State: "S", ResponseType: "id_token token", Issuer: honest, IssuerRequired: true},
			granted{Access: "T", ID: "a.b.c", Type: "Bearer", Scheme: "Bearer"},
			[]string{"callback.iss"},
		},
		"a refresh token":   {"access_token=T&token_type=Bearer&state=S&refresh_token=R", Pending{State: "S"}, bearer, []string{"callback.refresh_token"}},
		"a code, unasked":   {"access_token=T&token_type=Bearer&state=S&code=C", Pending{State: "S"}, bearer, []string{"callback.code"}},
		"a code, hybrid":    {"access_token=T&token_type=Bearer&state=S&code=C", Pending{State: "S", ResponseType: "code token"}, bearer, nil},
		"unknown, repeated": {"access_token=T&token_type=Bearer&state=S&x=1&x=2", Pending{State: "S"}, bearer, nil},
		"expires nonsense":  {"access_token=T&token_type=Bearer&state=S&expires_in=soon", Pending{State: "S"}, bearer, []string{"token.expires_in"}},
	} {
		t.Run(name, func(t *testing.T) {
			response, checks, err := ParseImplicit(test.encoded, test.pending)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "granted", test.want, grantedBy(response))
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() || checks[0].Rule != "callback.state" {
				t.Error(checks)
			}
		})
	}
}

func TestImplicitRaw(t *testing.T) {
	response, checks, err := ParseImplicit("token_type=Bearer&access_token=a%22&x=1&x=2&expires_in=60&state=S", Pending{State: "S"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "raw", `{"access_token":"a\"","expires_in":60,"state":"S","token_type":"Bearer","x":"1"}`, string(response.Raw))
	equal(t, "checks", verdict.Checks{
		{Rule: "callback.state", Spec: "RFC 6749 §10.12", Status: "pass", Got: "state is the one that was sent"},
		{Rule: "callback.repeated", Spec: "RFC 6749 §3.1", Status: "pass", Got: "no parameter is repeated"},
		{Rule: "callback.iss", Spec: "RFC 9207 §2.4", Status: "skip", Got: "no iss; the provider does not announce it"},
		{
			Rule: "token.access_token", Spec: "RFC 6750 §2.1", Status: "warn", Want: "characters of A-Z a-z 0-9 - . _ ~ + / and = at the end",
			Got: `'"' at position 2`, Hint: "some APIs cannot read such a token from the header",
		},
		{Rule: "token.type", Spec: "RFC 6749 §7.1", Status: "pass", Got: "Bearer"},
		{Rule: "token.expires_in", Spec: "RFC 6749 §5.1", Status: "pass", Got: "1m0s"},
		{Rule: "token.scope", Spec: "RFC 6749 §3.3", Status: "skip", Got: "no scope: it is the one requested"},
	}, checks)
}

// As with a code: without our state nothing of it counts, an error neither.
func TestParseImplicitForeign(t *testing.T) {
	for name, encoded := range map[string]string{
		"nothing": "", "no state": "access_token=T&token_type=Bearer", "another": "access_token=T&state=X", "twice": "access_token=T&state=S&state=S",
		"error of others": "error=access_denied&state=X", "endless": "state=S&access_token=" + strings.Repeat("x", maxCallback),
	} {
		t.Run(name, func(t *testing.T) {
			if response, _, err := ParseImplicit(encoded, Pending{State: "S"}); response != nil || !errors.Is(err, ErrForeign) {
				t.Errorf("%v, %v", response, err)
			}
		})
	}
}

func TestParseImplicitRefused(t *testing.T) {
	fails := func(code, want, got string) outcome {
		return outcome{Kind: problem.Verification, Code: code, Want: want, Got: got}
	}
	var many strings.Builder
	for i := range maxPairs {
		many.WriteString("&x" + strings.Repeat("y", i) + "=1")
	}
	for name, test := range map[string]struct {
		encoded, responseType string
		issuer                string
		want                  outcome
	}{
		"denied": {
			"error=access_denied&state=S&access_token=T", "token", "",
			outcome{Kind: problem.Provider, Code: "oauth.access_denied", Answer: &problem.Answer{Error: "access_denied", Endpoint: "authorization"}},
		},
		"another provider":   {"access_token=T&token_type=Bearer&state=S&iss=evil", "token", honest, fails("callback.iss", honest, "evil")},
		"iss before error":   {"error=x&error_description=evil&state=S", "token", honest, fails("callback.iss", honest, "no iss")},
		"ID token and error": {"error=x&error_description=evil&state=S&id_token=a.b.c", "id_token token", honest, fails("callback.iss", honest, "no iss")},
		"two tokens":         {"access_token=T&access_token=U&state=S", "token", "", fails("callback.repeated", "", "access_token 2 times")},
		"two refresh tokens": {"refresh_token=T&refresh_token=U&state=S", "token", "", fails("callback.repeated", "", "refresh_token 2 times")},
		"encoding":           {"access_token=T&state=S&x=%zz", "token", "", fails("callback.encoding", "", "")},
		"not UTF-8":          {"access_token=T&state=S&x=%ff", "token", "", fails("callback.encoding", "", "")},
		"too many":           {"access_token=T&state=S" + many.String(), "token", "", fails("callback.encoding", "", "")},
		"nothing":            {"state=S", "token", "", fails("token.access_token", "access_token, a string that is not empty", "state")},
		"a code instead":     {"state=S&code=C", "token", "", fails("token.access_token", "access_token, a string that is not empty", "code, state")},
		"token empty":        {"state=S&access_token=", "token", "", fails("token.access_token", "access_token, a string that is not empty", "an empty string")},
		"token with CR LF":   {"state=S&access_token=a%0d%0ax", "token", "", fails("token.access_token", "printable ASCII without blanks", "byte 0x0d at position 2")},
		"type MAC":           {"state=S&access_token=T&token_type=mac", "token", "", fails("token.type", "Bearer, DPoP or N_A", `"mac"`)},
		"ID token unasked":   {"state=S&access_token=T&token_type=Bearer&id_token=a.b.c", "token", "", fails("callback.token", "what response_type=token asks for", "id_token")},
		"token unasked":      {"state=S&access_token=T&id_token=a.b.c", "id_token", "", fails("callback.token", "what response_type=id_token asks for", "access_token")},
		"no ID token":        {"state=S&access_token=T&token_type=Bearer", "id_token token", "", fails("id_token.missing", "id_token, as the response type asked for it", "access_token, state, token_type")},
		"no access token":    {"state=S&id_token=a.b.c", "id_token token", "", fails("token.access_token", "access_token, a string that is not empty", "id_token, state")},
	} {
		t.Run(name, func(t *testing.T) {
			pending := Pending{State: "S", ResponseType: test.responseType, Issuer: test.issuer, IssuerRequired: test.issuer != ""}
			response, _, err := ParseImplicit(test.encoded, pending)
			equal(t, "error", test.want, outcomeOf(t, err))
			if response != nil || strings.Contains(problem.As(err).Message, "evil") {
				t.Errorf("%v, %v", response, err)
			}
		})
	}
}

// What a code flow refuses stays refused there.
func TestCodeFlowTakesNoTokens(t *testing.T) {
	for _, encoded := range []string{"state=S&access_token=T&token_type=Bearer", "state=S&code=C&id_token=a.b.c", "state=S&code=C&access_token=T"} {
		callback, err := ParseCallback(encoded, Pending{State: "S", ResponseType: "code"})
		if p := problem.As(err); callback != nil || p.Code != "callback.token" {
			t.Errorf("%s: %v", encoded, err)
		}
	}
}
