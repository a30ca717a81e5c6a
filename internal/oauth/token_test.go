package oauth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// granted is the part of a Response that is compared; tokens are shown, they are not real.
type granted struct {
	Access, Refresh, ID, Type, Scheme string
	Lifetime                          string // "" = unknown
	Scopes                            []string
	Given                             bool
}

func grantedBy(r *Response) granted {
	g := granted{
		Access: r.AccessToken.Reveal(), Refresh: r.RefreshToken.Reveal(), ID: r.IDToken.Reveal(), Type: r.TokenType,
		Scheme: r.Scheme(), Scopes: r.Scopes, Given: r.ScopeGiven,
	}
	if r.ExpiresIn != nil {
		g.Lifetime = r.ExpiresIn.String()
	}
	return g
}

func typed(media string) http.Header {
	return http.Header{"Content-Type": {media}, "Cache-Control": {"no-store"}}
}

func TestParseTokenResponse(t *testing.T) {
	bearer := granted{Access: "T", Type: "Bearer", Scheme: "Bearer"}
	with := func(change func(*granted)) granted {
		g := bearer
		change(&g)
		return g
	}
	lasting := func(d string) granted { return with(func(g *granted) { g.Lifetime = d }) }
	scoped := func(scopes ...string) granted {
		return with(func(g *granted) { g.Scopes, g.Given = append([]string{}, scopes...), true })
	}
	of := func(kind, scheme string) granted { return with(func(g *granted) { g.Type, g.Scheme = kind, scheme }) }
	for name, test := range map[string]struct {
		header http.Header // nil = proper
		body   string      // without {, a member to add to a token and its type
		want   granted
		warned []string
	}{
		"RFC 6749 §5.1": {
			http.Header{"Content-Type": {"application/json;charset=UTF-8"}, "Cache-Control": {"no-store"}, "Pragma": {"no-cache"}},
			`{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}`,
			granted{},
			nil, // "example" stands for a type, and is none
		},
		"all": {
			nil, `{"access_token":"T","token_type":"Bearer","expires_in":3600,"refresh_token":"R","id_token":"a.b.c","scope":"openid x"}`,
			granted{"T", "R", "a.b.c", "Bearer", "Bearer", "1h0m0s", []string{"openid", "x"}, true},
			nil,
		},
		"type inverted": {nil, `{"access_token":"T","token_type":"bEARER"}`, bearer, nil},
		"dPOP":          {nil, `{"access_token":"T","token_type":"dPOP"}`, of("DPoP", "DPoP"), nil},
		"N_A":           {nil, `{"access_token":"T","token_type":"N_A"}`, of("N_A", ""), nil},
		"no type":       {nil, `{"access_token":"T"}`, bearer, []string{"token.type"}},
		"null type":     {nil, `{"access_token":"T","token_type":null}`, bearer, []string{"token.type"}},
		"names in another case": {
			nil, `{"access_token":"T","ACCESS_TOKEN":"evil","token_type":"Bearer","Expires_In":7}`, bearer, nil,
		},
		"Slack, bot": {
			nil, `{"ok":true,"access_token":"T","token_type":"bot","authed_user":{"id":"U","access_token":"evil","token_type":"user"}}`,
			of("bot", "Bearer"),
			[]string{"token.type"},
		},
		"Slack, user alone": {
			nil, `{"ok":true,"authed_user":{"id":"U","scope":"chat:write","access_token":"T","token_type":"user"},"team":{"id":"X"}}`,
			granted{"T", "", "", "user", "Bearer", "", []string{"chat:write"}, true},
			[]string{"token.nested", "token.type"},
		},
		"Salesforce": {
			nil, `{"access_token":"00D!AQ.x","signature":"s=","scope":"id api","instance_url":"https://x.example","id":"https://y.example","token_type":"Bearer","issued_at":"1699999999999"}`,
			granted{"00D!AQ.x", "", "", "Bearer", "Bearer", "", []string{"id", "api"}, true},
			[]string{"token.access_token"},
		},
		"GitHub, form": {
			typed("application/x-www-form-urlencoded; charset=utf-8"), "access_token=gho_T&scope=repo%2Cgist&token_type=bearer",
			granted{"gho_T", "", "", "Bearer", "Bearer", "", []string{"repo", "gist"}, true},
			[]string{"token.content_type", "token.scope"},
		},
		"GitHub App":            {nil, `"scope":""`, scoped(), []string{"token.scope"}},
		"form as HTML":          {typed("text/html; charset=utf-8"), "access_token=T&expires=5183999", lasting("1439h59m59s"), []string{"token.content_type", "token.type", "token.expires_in"}},
		"form with type":        {typed("application/x-www-form-urlencoded"), "token_type=bearer&access_token=T&expires_in=60&", lasting("1m0s"), []string{"token.content_type"}},
		"JSON as text":          {typed("text/plain"), ``, bearer, []string{"token.content_type"}},
		"JSON as form":          {typed("application/x-www-form-urlencoded"), ``, bearer, []string{"token.content_type"}},
		"JSON as problem+json":  {typed("application/x+json"), ``, bearer, nil},
		"no content type":       {typed(""), ``, bearer, []string{"token.content_type"}},
		"broken content type":   {typed("application/json; x"), ``, bearer, nil},
		"byte order mark":       {nil, "\ufeff" + `{"access_token":"T","token_type":"Bearer"}`, bearer, []string{"token.json"}},
		"no cache control":      {http.Header{"Content-Type": {"application/json"}}, ``, bearer, []string{"token.cache_control"}},
		"cache control, others": {http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"private", "max-age=0, No-Store"}}, ``, bearer, nil},
		"error null":            {nil, `"error":null`, bearer, []string{"token.error"}},
		"error empty":           {nil, `"error":""`, bearer, []string{"token.error"}},
		"errcode 0":             {nil, `"errcode":0`, bearer, nil},
		"expires 0":             {nil, `"expires_in":0`, lasting("0s"), []string{"token.expires_in"}},
		"expires -1":            {nil, `"expires_in":-1`, lasting("0s"), []string{"token.expires_in"}},
		"expires wrapping":      {nil, `"expires_in":-4294963696`, lasting("0s"), []string{"token.expires_in"}},
		"expires 1e400":         {nil, `"expires_in":1e400`, bearer, []string{"token.expires_in"}},
		"expires 2^63":          {nil, `"expires_in":9223372036854775808`, bearer, []string{"token.expires_in"}},
		"expires fraction":      {nil, `"expires_in":3600.5`, lasting("1h0m0s"), []string{"token.expires_in"}},
		"expires string":        {nil, `"expires_in":"3600"`, lasting("1h0m0s"), []string{"token.expires_in"}},
		"expires abc":           {nil, `"expires_in":"abc"`, bearer, []string{"token.expires_in"}},
		"expires hex":           {nil, `"expires_in":"0x10"`, bearer, []string{"token.expires_in"}},
		"expires inf":           {nil, `"expires_in":"inf"`, bearer, []string{"token.expires_in"}},
		"expires empty":         {nil, `"expires_in":""`, bearer, []string{"token.expires_in"}},
		"expires true":          {nil, `"expires_in":true`, bearer, []string{"token.expires_in"}},
		"expires null":          {nil, `"expires_in":null`, bearer, []string{"token.expires_in"}},
		"scope array":           {nil, `"scope":["a","b"]`, scoped("a", "b"), []string{"token.scope"}},
		"scope mixed array":     {nil, `"scope":["a",1]`, bearer, []string{"token.scope"}},
		"scope null":            {nil, `"scope":null`, bearer, []string{"token.scope"}},
		"scope number":          {nil, `"scope":1`, bearer, []string{"token.scope"}},
		"scope with a comma":    {nil, `"scope":"a https://x.example/b,c"`, scoped("a", "https://x.example/b,c"), nil},
		"scope comma and blank": {nil, `"scope":"a, b"`, scoped("a", "b"), []string{"token.scope"}},
		"scopes":                {nil, `"scopes":"a b"`, scoped("a", "b"), []string{"token.scope"}},
		"refresh token null":    {nil, `"refresh_token":null`, bearer, []string{"token.refresh_token"}},
		"ID token empty":        {nil, `"id_token":""`, bearer, []string{"token.id_token"}},
		"issued type a number":  {nil, `"issued_token_type":1`, bearer, []string{"token.issued_token_type"}},
		"unknown members":       {nil, `"x":{"y":[1]}`, bearer, nil},
	} {
		t.Run(name, func(t *testing.T) {
			header, body := test.header, test.body
			if header == nil {
				header = jsonHeader()
			}
			switch {
			case body == "":
				body = `{"access_token":"T","token_type":"Bearer"}`
			case body[0] == '"':
				body = `{"access_token":"T","token_type":"Bearer",` + body + `}`
			}
			response, checks, err := ParseTokenResponse(200, header, []byte(body))
			if cmp.Equal(test.want, granted{}) {
				equal(t, "error", outcome{Kind: problem.Verification, Code: "token.type", Want: "Bearer, DPoP or N_A", Got: `"example"`}, outcomeOf(t, err))
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "granted", test.want, grantedBy(response))
			equal(t, "warned", append([]string{}, test.warned...), warned(checks))
			if checks.Failed() {
				t.Error(checks)
			}
			if strings.HasPrefix(body, "{") {
				equal(t, "raw", body, string(response.Raw))
			}
		})
	}
}

func TestFormBecomesJSON(t *testing.T) {
	response, _, err := ParseTokenResponse(200, typed("application/x-www-form-urlencoded"), []byte("scope=&token_type=bearer&access_token=a%22%5C&expires_in=007&expires=8"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "raw", `{"scope":"","token_type":"bearer","access_token":"a\"\\","expires_in":"007","expires":8}`, string(response.Raw))
}

// A whole report is compared once, so that wants and hints do not rot.
func TestTokenChecks(t *testing.T) {
	_, checks, err := ParseTokenResponse(201, typed("text/plain"), []byte(`{"access_token":"a!","token_type":"bearer","expires_in":"60"}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "checks", verdict.Checks{
		{Rule: "token.content_type", Spec: "RFC 6749 §5.1", Status: "warn", Want: "JSON as application/json", Got: "JSON as text/plain", Hint: "it was read all the same; a stricter client fails here"},
		{Rule: "token.status", Spec: "RFC 6749 §5.1", Status: "warn", Want: "200", Got: "201 Created"},
		{Rule: "token.cache_control", Spec: "RFC 6749 §5.1", Status: "pass", Want: "no-store", Got: "no-store"},
		{Rule: "token.access_token", Spec: "RFC 6750 §2.1", Status: "warn", Want: "characters of A-Z a-z 0-9 - . _ ~ + / and = at the end", Got: "'!' at position 2", Hint: "some APIs cannot read such a token from the header"},
		{Rule: "token.type", Spec: "RFC 6749 §7.1", Status: "pass", Got: "Bearer"},
		{Rule: "token.expires_in", Spec: "RFC 6749 §5.1", Status: "warn", Want: "a positive whole number of seconds", Got: `the string "60"`, Hint: "it was read all the same; a stricter client fails here"},
		{Rule: "token.scope", Spec: "RFC 6749 §3.3", Status: "skip", Got: "no scope: it is the one requested"},
	}, checks)
}

func TestOAuth2(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		expires string
		want    time.Time
	}{
		"known":   {`"expires_in":60,`, now.Add(time.Minute)},
		"expired": {`"expires_in":0,`, now},
		"unknown": {``, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			response, _, err := ParseTokenResponse(200, jsonHeader(), []byte(`{`+test.expires+`"access_token":"T","token_type":"bearer","refresh_token":"R","id_token":"I"}`))
			if err != nil {
				t.Fatal(err)
			}
			token := response.OAuth2(now)
			equal(t, "token", []any{"T", "Bearer", "R", test.want, "I"},
				[]any{token.AccessToken, token.Type(), token.RefreshToken, token.Expiry, token.Extra("id_token")})
		})
	}
}

// Nothing unsafe comes out, whatever a server sends; nothing of an answer that was refused is in the error but its
// own error texts, escaped.
func FuzzParseTokenResponse(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"T","token_type":"Bearer","expires_in":3600}`, `{"ok":true,"authed_user":{"access_token":"T"}}`,
		`access_token=T&scope=a%2Cb`, `{"error":{"message":"x"}}`, `<html>`, `{"access_token":"T","expires_in":-4294963696}`, `[]`, ``,
		`{"errors":[{"errorType":"x"}]}`, "\ufeff{}", `{"error":"\u001b[31m"}`, `{"scope":["a"],"access_token":"!"}`,
	} {
		f.Add(200, "application/json", []byte(seed))
		f.Add(400, "text/html", []byte(seed))
		f.Add(401, "text/html", []byte(seed))
		f.Add(200, "application/x-www-form-urlencoded", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		response, checks, err := ParseTokenResponse(status, typed(media), body)
		if (response == nil) == (err == nil) {
			t.Fatalf("%v, %v", response, err)
		}
		for _, check := range checks {
			if check.Rule == "" || check.Spec == "" || check.Status == verdict.Fail && err == nil {
				t.Fatalf("%+v", check)
			}
			assertPrintable(t, check.Problem())
		}
		if err != nil {
			assertPrintable(t, err)
			return
		}
		token := response.AccessToken.Reveal()
		if status < 200 || status > 299 || token == "" || len(token) > maxToken || firstOutside(token, 0x21, 0x7e) >= 0 {
			t.Fatalf("accepted %d %q", status, body)
		}
		if scheme := response.Scheme(); scheme != "" && scheme != "Bearer" && scheme != "DPoP" {
			t.Fatalf("scheme %q", scheme)
		}
		if response.ExpiresIn != nil && (*response.ExpiresIn < 0 || *response.ExpiresIn > maxLifetime) {
			t.Fatalf("expires in %v", *response.ExpiresIn)
		}
		if again, _, err := ParseTokenResponse(status, jsonHeader(), response.Raw); err != nil || again.AccessToken.Reveal() != token {
			t.Fatalf("the JSON form says otherwise: %s", response.Raw)
		}
		response.OAuth2(time.Unix(0, 0))
	})
}

// Printing a value by accident must not print what it holds.
func TestValuesDoNotPrintSecrets(t *testing.T) {
	response, _, err := ParseTokenResponse(200, jsonHeader(), []byte(`{"access_token":"hush","token_type":"Bearer","id_token":"hush"}`))
	if err != nil {
		t.Fatal(err)
	}
	callback, err := ParseCallback("state=S&code=hush", Pending{State: "S"})
	if err != nil {
		t.Fatal(err)
	}
	device, _, err := ParseDevice(200, jsonHeader(), []byte(`{"device_code":"hush","user_code":"U","verification_uri":"https://x.example"}`))
	if err != nil {
		t.Fatal(err)
	}
	logout := LogoutRequest{IDTokenHint: secret.New("hush")}
	credentials := Credentials{ID: "web", Secret: secret.New("hush")}
	pkce := PKCE{Method: PKCEPlain, Verifier: secret.New("hush")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{response, *response, callback, *callback, device, *device, logout, credentials, pkce} {
			if s := fmt.Sprintf(format, value); strings.Contains(s, "hush") || strings.Contains(s, "68757368") {
				t.Errorf("%s of %T: %s", format, value, s)
			}
		}
	}
}
