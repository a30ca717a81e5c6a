package grant_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// unsigned makes a JWT from claims; @N is a time N seconds from noon.
func unsigned(claims string) string {
	for _, offset := range []int64{-7200, -360, 600, 3600} {
		claims = strings.ReplaceAll(claims, fmt.Sprintf(":@%d", offset), fmt.Sprintf(":%d", noon().Unix()+offset))
	}
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"ES256","typ":"at+jwt"}`) + "." + part(claims) + "." + part("signature")
}

func TestRefusedExplain(t *testing.T) {
	const good = `{"iss":"https://id.test","aud":"https://api.test/orders","sub":"a","exp":@3600,"scope":"read"}`
	type told struct{ Code, Message, Want, Got, Hint string }
	tests := map[string]struct {
		status     int
		challenges []string
		token      string
		want       told
	}{
		"no challenge, an opaque token": {
			401, nil, "opaque",
			told{"resource.status", "the API answered 401 Unauthorized", "", "", "the token is opaque, so that only its issuer can say more: oauthctl introspect --token-file FILE"},
		},
		"a server error is not explained by the token": {
			500, nil, unsigned(`{"exp":@-360}`), told{"resource.status", "the API answered 500 Internal Server Error", "", "", "the server failed, whatever the token is: try again later"},
		},
		"an unknown status": {
			499, nil, "opaque", told{"resource.status", "the API answered 499", "", "", "this is no word on the token: the API's answer, on stdout, may say more"},
		},
		"nothing there": {
			404, nil, "opaque", told{"resource.status", "the API answered 404 Not Found", "", "", "nothing is at that address: check it; some APIs answer so for what the token may not see"},
		},
		"another kind of body": {
			415, nil, "opaque", told{"resource.status", "the API answered 415 Unsupported Media Type", "", "", "the API wants another kind of body: -H 'Content-Type: …'"},
		},
		"not allowed, in no words": {
			403, nil, unsigned(good),
			told{"resource.status", "the API answered 403 Forbidden", "", "", "mostly the token is good, and allows less than this wants: a scope, a role or another user may be missing; the answer and the API's documentation say more\nthe token's scopes: read"},
		},
		"not allowed, in no words, to a token of another name": {
			403, nil, unsigned(`{"iss":"https://id.test","aud":"https://other.test","sub":"a","exp":@3600}`),
			told{"resource.status", "the API answered 403 Forbidden", "", "", "mostly the token is good, and allows less than this wants: a scope, a role or another user may be missing; the answer and the API's documentation say more\nperhaps the token is for another API: aud https://other.test"},
		},
		"not allowed, in no words, to an expired token": {
			403, nil, unsigned(`{"iss":"https://id.test","aud":"x","exp":@-360}`),
			told{"resource.status", "the API answered 403 Forbidden: the token is expired", "", "exp 2026-03-01T11:54:00Z: expired 6m0s ago", "get a new one: oauthctl token refresh, or sign in again: oauthctl login"},
		},
		"not allowed, in no words, to an opaque token": {
			403, nil, "opaque",
			told{"resource.status", "the API answered 403 Forbidden", "", "", "mostly the token is good, and allows less than this wants: a scope, a role or another user may be missing; the answer and the API's documentation say more"},
		},
		"expired": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://id.test","aud":"x","exp":@-360}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token: the token is expired", "", "exp 2026-03-01T11:54:00Z: expired 6m0s ago", "get a new one: oauthctl token refresh, or sign in again: oauthctl login"},
		},
		"not yet valid": {
			401,
			[]string{`Bearer`},
			unsigned(`{"iss":"https://id.test","aud":"x","exp":@3600,"nbf":@600}`),
			told{"resource.status", "the API answered 401 Unauthorized: the token is not valid yet", "", "nbf 2026-03-01T12:10:00Z: not valid for another 10m0s", "compare the clocks"},
		},
		"another audience": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://id.test","aud":["https://a.test","https://b.test"],"exp":@3600}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token: the token is for another API", "an audience for https://api.test", "aud https://a.test, https://b.test", "ask for a token for this API, by the name that it has at the provider: --audience or --resource"},
		},
		"expired, where a proof would do as well": {
			401,
			[]string{`DPoP algs="ES256", Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://id.test","aud":"x","exp":@-360}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token: the token is expired", "", "exp 2026-03-01T11:54:00Z: expired 6m0s ago", "get a new one: oauthctl token refresh, or sign in again: oauthctl login"},
		},
		"expired and another audience": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://id.test","aud":"https://a.test","exp":@-360}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token: the token is expired", "", "exp 2026-03-01T11:54:00Z: expired 6m0s ago", "get a new one: oauthctl token refresh, or sign in again: oauthctl login\nalso: the token is for another API, aud https://a.test"},
		},
		"nothing wrong with it": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(good),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token", "", "", "decoded here, the token looks good: of https://id.test, for https://api.test/orders, and not expired; it may be revoked, or the API trusts another issuer\nthe issuer can say more: oauthctl introspect, oauthctl jwt verify"},
		},
		"at its own issuer no audience is judged": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://api.test","aud":"https://a.test","exp":@3600}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token", "", "", "decoded here, the token looks good: of https://api.test, for https://a.test, and not expired; it may be revoked, or the API trusts another issuer\nthe issuer can say more: oauthctl introspect, oauthctl jwt verify"},
		},
		"bound to a certificate": {
			401,
			[]string{`Bearer error="invalid_token"`},
			unsigned(`{"iss":"https://id.test","aud":"x","exp":@3600,"cnf":{"x5t#S256":"y"}}`),
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token: the token is bound to a client certificate", "the certificate with which the token was asked for", "cnf x5t#S256", "present it: --cert FILE --key FILE"},
		},
		"another scheme": {
			401,
			[]string{`Basic realm="staff"`, `Negotiate`},
			unsigned(good),
			told{"resource.status", "the API answered 401 Unauthorized: the API does not ask for a bearer token", "Basic, Negotiate", "Bearer", "check the address: the API takes another kind of authentication there"},
		},
		"Bearer beside another scheme": {
			401,
			[]string{`Basic realm="staff", Bearer error="invalid_token"`},
			"opaque",
			told{"oauth.invalid_token", "the API answered 401 Unauthorized: invalid_token", "", "", "the token is opaque, so that only its issuer can say more: oauthctl introspect --token-file FILE"},
		},
		"a malformed request": {
			400,
			[]string{`Bearer error="invalid_request", error_description="two tokens"`},
			unsigned(`{"exp":@-360}`),
			told{"oauth.invalid_request", "the API answered 400 Bad Request: invalid_request (two tokens)", "", "", ""},
		},
		"too few scopes": {
			403,
			[]string{`Bearer error="insufficient_scope", scope="read write"`},
			unsigned(good),
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope", "read write", "read", "sign in for it: oauthctl login -s 'read write'"},
		},
		"too few scopes of a machine": {
			403,
			[]string{`Bearer error="insufficient_scope", scope="write"`},
			unsigned(`{"iss":"https://id.test","sub":"job","azp":"job","exp":@3600,"scp":["read"]}`),
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope", "write", "read", "get a token with it: oauthctl token client-credentials -s 'read write'"},
		},
		"too few scopes of an opaque token": {
			403,
			[]string{`Bearer error="insufficient_scope", scope="write"`},
			"opaque",
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope", "write", "an opaque token, whose scopes only its issuer knows", "sign in for it: oauthctl login -s write"},
		},
		"a scope that is not named": {
			403,
			[]string{`Bearer error="insufficient_scope"`},
			unsigned(`{"sub":"a"}`),
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope", "", "a token without scopes", "the API does not say which scope it wants: see its documentation, and ask for it with --scope"},
		},
		"a scope that is there": {
			403,
			[]string{`Bearer error="insufficient_scope", scope="read"`},
			unsigned(good),
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope: the token has the scope already", "read", "read", "the API may want a role or another user beside it: see its documentation"},
		},
		"a scope that is a shell's": {
			403,
			[]string{`Bearer error="insufficient_scope", scope="'; rm -rf ~; '"`},
			unsigned(good),
			told{"oauth.insufficient_scope", "the API answered 403 Forbidden: insufficient_scope", "'; rm -rf ~; '", "read", "ask for a token with that scope: --scope"},
		},
		"step up": {
			401,
			[]string{`Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age=300`},
			unsigned(`{"acr":"bronze","auth_time":@-7200}`),
			told{"oauth.insufficient_user_authentication", "the API answered 401 Unauthorized: insufficient_user_authentication: the API wants a stronger or a fresher login", "acr gold silver, signed in at most 5m0s ago", "acr bronze, signed in 2h0m0s ago", "sign in as it wants, then call again with the new token: oauthctl login --acr-values 'gold silver' --max-age 300\nor let this command do both: --step-up"},
		},
		"step up, an age that is none": {
			401,
			[]string{`Bearer error="insufficient_user_authentication", acr_values="$(id)", max_age="-1"`},
			"opaque",
			told{"oauth.insufficient_user_authentication", "the API answered 401 Unauthorized: insufficient_user_authentication: the API wants a stronger or a fresher login", "", "", "its challenge cannot be read: max_age -1, where it must have a whole number of seconds, of 0 or more"},
		},
		"step up to nothing": {
			401,
			[]string{`Bearer error="insufficient_user_authentication"`},
			unsigned(`{"sub":"a"}`),
			told{"oauth.insufficient_user_authentication", "the API answered 401 Unauthorized: insufficient_user_authentication: the API wants a stronger or a fresher login", "", "no acr, no auth_time", "the challenge does not say which: --acr-values and --max-age of oauthctl login ask for one"},
		},
		"metadata of the resource": {
			401,
			[]string{`Bearer resource_metadata="https://api.test/.well-known/oauth-protected-resource"`},
			"opaque",
			told{"resource.status", "the API answered 401 Unauthorized", "", "", "the token is opaque, so that only its issuer can say more: oauthctl introspect --token-file FILE\nwhere its tokens come from, the API says at https://api.test/.well-known/oauth-protected-resource (RFC 9728 §5.1)"},
		},
		"metadata in the clear, on this machine": {
			401,
			[]string{`Bearer resource_metadata="http://127.0.0.1/x"`},
			"opaque",
			told{"resource.status", "the API answered 401 Unauthorized", "", "", "the token is opaque, so that only its issuer can say more: oauthctl introspect --token-file FILE\nthe API names metadata of its own at http://127.0.0.1/x: ignored, as that is no https URL (RFC 9728 §3)"},
		},
		"control characters": {
			403,
			[]string{"Bearer error=\"x\x1b[2J\", error_description=\"a\u202eb\""},
			"opaque",
			told{`oauth.x\x1b[2J`, `the API answered 403 Forbidden: x\x1b[2J (a\u202eb)`, "", "", ""},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := grant.Refused{
				URL: "https://api.test/orders/7?limit=1", Status: test.status, Header: http.Header{"Www-Authenticate": test.challenges},
				Token: secret.New(test.token), Now: noon(),
			}.Explain()
			if diff := cmp.Diff(test.want, told{p.Code, p.Message, p.Want, p.Got, p.Hint}); diff != "" {
				t.Error(diff)
			}
			if p.Kind != problem.Provider || p.Answer.Status != test.status {
				t.Errorf("kind %v, answer %+v", p.Kind, p.Answer)
			}
		})
	}
}

// TestScopesInCommands: a scope that an API names stands in a command only where a shell takes it for one word.
func TestScopesInCommands(t *testing.T) {
	for scope, want := range map[string]string{
		"azAZ09-._:/@%+,=":       "azAZ09-._:/@%+,=",
		"read all":               "'read all'",
		"a$(id)":                 "'a$(id)'",
		"a;b":                    "'a;b'",
		"-x":                     "",
		"a'b":                    "",
		strings.Repeat("a", 512): strings.Repeat("a", 512),
		strings.Repeat("a", 513): "",
		"a\u202e":                "",
	} {
		p := grant.Refused{
			URL: "https://api.test/", Status: 403, Token: secret.New("opaque"), Now: noon(),
			Header: http.Header{"Www-Authenticate": {`Bearer error="insufficient_scope", scope="` + scope + `"`}},
		}.Explain()
		hint := "sign in for it: oauthctl login -s " + want
		if want == "" {
			hint = "ask for a token with that scope: --scope"
		}
		if p.Hint != hint {
			t.Errorf("%q: %s", scope, p.Hint)
		}
	}
}

// TestMethodNotAllowed: the method that an address is there for is handed on where it is a word.
func TestMethodNotAllowed(t *testing.T) {
	const other = "this is no word on the token: the API's answer, on stdout, may say more"
	for allow, want := range map[string]string{
		"POST": "the address is there for another method: -X POST", "PUT, POST": "the address is there for another method: -X PUT",
		"": other, "-x": other, "\u009b2J": other,
	} {
		p := grant.Refused{URL: "https://api.test/", Status: 405, Header: http.Header{"Allow": {allow}}, Now: noon()}.Explain()
		if p.Hint != want {
			t.Errorf("%q: %q, want %q", allow, p.Hint, want)
		}
	}
}
