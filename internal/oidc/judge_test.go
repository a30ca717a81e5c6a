package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	issuer = "https://issuer.example"
	client = "client-1"
	nonce  = "n-0S6_WzA2Mj"
	api    = "https://api.example"
)

// now is fixed: 2026-11-20T09:00:00Z.
func now() time.Time { return time.Unix(1795165200, 0) }

func at(d time.Duration) int64 { return now().Add(d).Unix() }

// raw is JSON that a test writes as it is.
type raw = json.RawMessage

// absent removes a claim.
type absent struct{}

// token makes an unsigned token of a header's typ and claims, with others over them.
func token(t testing.TB, typ string, claims, over map[string]any) *jose.Token {
	t.Helper()
	merged := map[string]any{}
	for _, m := range []map[string]any{claims, over} {
		for name, value := range m {
			if _, gone := value.(absent); gone {
				delete(merged, name)
				continue
			}
			merged[name] = value
		}
	}
	payload, err := json.Marshal(merged)
	if err != nil {
		t.Fatal(err)
	}
	header := `{"alg":"RS256"}`
	if typ != "" {
		header = `{"alg":"RS256","typ":"` + typ + `"}`
	}
	encode := base64.RawURLEncoding.EncodeToString
	out, err := jose.Parse(encode([]byte(header)) + "." + encode(payload) + ".AA")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func idClaims() map[string]any {
	return map[string]any{
		"iss": issuer, "sub": "alice", "aud": client, "exp": at(time.Hour), "iat": at(-time.Minute), "nonce": nonce,
	}
}

func atClaims() map[string]any {
	return map[string]any{
		"iss": issuer, "sub": "alice", "aud": api, "exp": at(time.Hour), "iat": at(-time.Minute), "jti": "1",
		"client_id": client, "scope": "read write",
	}
}

func logoutClaims() map[string]any {
	return map[string]any{
		"iss": issuer, "sub": "alice", "aud": client, "exp": at(2 * time.Minute), "iat": at(0), "jti": "1",
		"events": raw(`{"http://schemas.openid.net/event/backchannel-logout":{}}`),
	}
}

func expected() oidc.Expected {
	sent := nonce
	return oidc.Expected{
		Issuers: []string{issuer}, ClientID: client, Audiences: []string{api}, Nonce: &sent,
		Leeway: 30 * time.Second, Now: now(),
	}
}

// odd are the outcomes other than pass, by rule.
func odd(checks verdict.Checks) map[string]verdict.Status {
	out := map[string]verdict.Status{}
	for _, c := range checks {
		if c.Status != verdict.Pass {
			out[c.Rule] = c.Status
		}
	}
	return out
}

type outcomes = map[string]verdict.Status

func failed(rules ...string) outcomes {
	out := outcomes{}
	for _, r := range rules {
		out[r] = verdict.Fail
	}
	return out
}

func warned(rule string) outcomes { return outcomes{rule: verdict.Warn} }

func skipped(rule string) outcomes { return outcomes{rule: verdict.Skip} }

type judgement struct {
	typ    string
	claims map[string]any
	expect func(*oidc.Expected)
	want   outcomes
}

func run(t *testing.T, kind oidc.Kind, base map[string]any, tests map[string]judgement) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := expected()
			if test.expect != nil {
				test.expect(&want)
			}
			checks := oidc.Judge(token(t, test.typ, base, test.claims), kind, want)
			if len(checks) == 0 {
				t.Fatal("nothing was checked")
			}
			if test.want == nil {
				test.want = outcomes{}
			}
			if diff := cmp.Diff(test.want, odd(checks)); diff != "" {
				t.Error(diff)
			}
			want.Outcomes = true // who only counts must come to the same
			if diff := cmp.Diff(outcomesOf(checks), outcomesOf(oidc.Judge(token(t, test.typ, base, test.claims), kind, want))); diff != "" {
				t.Errorf("without words:\n%s", diff)
			}
		})
	}
}

// outcomesOf are the rules and their outcomes alone, in order.
func outcomesOf(checks verdict.Checks) verdict.Checks {
	var out verdict.Checks
	for _, c := range checks {
		out = append(out, verdict.Check{Rule: c.Rule, Spec: c.Spec, Status: c.Status})
	}
	return out
}

func TestIDToken(t *testing.T) {
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"good":               {},
		"typ JWT":            {typ: "JWT"},
		"typ odd":            {typ: "JOSE", want: warned("jwt.typ")},
		"typ at+jwt":         {typ: "at+jwt", want: failed("jwt.typ")},
		"typ logout+jwt":     {typ: "logout+jwt", want: failed("jwt.typ")},
		"typ dpop+jwt":       {typ: "dpop+jwt", want: failed("jwt.typ")},
		"typ request":        {typ: "application/oauth-authz-req+jwt", want: failed("jwt.typ")},
		"typ secevent":       {typ: "secevent+JWT", want: failed("jwt.typ")},
		"events":             {claims: map[string]any{"events": raw(`{}`)}, want: failed("id_token.kind")},
		"an access token":    {claims: map[string]any{"token_use": "access"}, want: failed("id_token.kind")},
		"Keycloak's":         {claims: map[string]any{"typ": "Bearer"}, want: failed("id_token.kind")},
		"iss suffix":         {claims: map[string]any{"iss": issuer + "1"}, want: failed("jwt.iss")},
		"iss slash":          {claims: map[string]any{"iss": issuer + "/"}, want: failed("jwt.iss")},
		"iss case":           {claims: map[string]any{"iss": "https://ISSUER.example"}, want: failed("jwt.iss")},
		"iss missing":        {claims: map[string]any{"iss": absent{}}, want: failed("jwt.iss")},
		"iss a number":       {claims: map[string]any{"iss": 1}, want: failed("jwt.iss")},
		"iss null":           {claims: map[string]any{"iss": nil}, want: failed("jwt.iss")},
		"no issuer given":    {expect: func(e *oidc.Expected) { e.Issuers = nil }, want: skipped("jwt.iss")},
		"one of two issuers": {expect: func(e *oidc.Expected) { e.Issuers = []string{"https://other.example", issuer} }},
		"Google": {
			claims: map[string]any{"iss": "accounts.google.com"},
			expect: func(e *oidc.Expected) { e.Issuers = []string{"https://accounts.google.com"} }, want: warned("jwt.iss"),
		},
		"iss missing, none given": {claims: map[string]any{"iss": absent{}}, expect: func(e *oidc.Expected) { e.Issuers = nil }, want: failed("jwt.iss")},
		"scope, not granted":      {expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"required, and there":     {expect: func(e *oidc.Expected) { e.Required = []string{"sub"} }},
		"not Google": {
			claims: map[string]any{"iss": "https://evil.example"},
			expect: func(e *oidc.Expected) { e.Issuers = []string{"https://accounts.google.com"} }, want: failed("jwt.iss"),
		},
		"aud missing, no API": {claims: map[string]any{"aud": absent{}}, expect: func(e *oidc.Expected) { e.Audiences = nil }, want: failed("jwt.aud")},
		"typ DPoP's":          {typ: "dpop+id_token"},
		"a DPoP token":        {claims: map[string]any{"typ": "DPoP"}, want: failed("id_token.kind")},
		"a refresh token":     {claims: map[string]any{"typ": "Refresh"}, want: failed("id_token.kind")},
		"an offline token":    {claims: map[string]any{"typ": "Offline"}, want: failed("id_token.kind")},
		"a logout token":      {claims: map[string]any{"typ": "Logout"}, want: failed("id_token.kind")},
		"Google for others":   {claims: map[string]any{"iss": "accounts.google.com"}, want: failed("jwt.iss")},
		"aud missing":         {claims: map[string]any{"aud": absent{}}, want: failed("jwt.aud")},
		"aud array":           {claims: map[string]any{"aud": []string{client}}},
		"aud empty array":     {claims: map[string]any{"aud": []string{}}, want: failed("jwt.aud")},
		"aud empty and ours":  {claims: map[string]any{"aud": []string{"", client}, "azp": client}, want: outcomes{"jwt.aud": verdict.Fail, "id_token.aud": verdict.Warn}},
		"aud empty":           {claims: map[string]any{"aud": ""}, want: failed("jwt.aud")},
		"aud of nobody":       {claims: map[string]any{"aud": []string{""}}, want: failed("jwt.aud", "id_token.aud")},
		"aud a number":        {claims: map[string]any{"aud": 1}, want: failed("jwt.aud")},
		"aud of numbers":      {claims: map[string]any{"aud": []any{client, 1}}, want: failed("jwt.aud")},
		"aud null":            {claims: map[string]any{"aud": nil}, want: failed("jwt.aud")},
		"aud substring":       {claims: map[string]any{"aud": "x" + client + "x"}, want: failed("jwt.aud", "id_token.aud")},
		"aud case":            {claims: map[string]any{"aud": "CLIENT-1"}, want: failed("jwt.aud", "id_token.aud")},
		"aud extra":           {claims: map[string]any{"aud": []string{client, client + "1"}}, want: failed("id_token.aud")},
		"aud extra with azp":  {claims: map[string]any{"aud": []string{client, "x"}, "azp": client}, want: warned("id_token.aud")},
		"aud extra, azp too":  {claims: map[string]any{"aud": []string{client, "x"}, "azp": "x"}, want: failed("id_token.aud", "id_token.azp")},
		"empty claims":        {claims: map[string]any{"nonce": "", "azp": ""}, want: failed("id_token.nonce", "id_token.azp")},
		"aud extra, trusted": {
			claims: map[string]any{"aud": []string{client, "x"}}, expect: func(e *oidc.Expected) { e.TrustedAudiences = []string{"x"} },
		},
		"azp is us":           {claims: map[string]any{"azp": client}},
		"azp is another":      {claims: map[string]any{"azp": "x"}, want: failed("id_token.azp")},
		"azp a list":          {claims: map[string]any{"azp": []string{client}}, want: failed("id_token.azp")},
		"azp allowed":         {claims: map[string]any{"azp": "x"}, expect: func(e *oidc.Expected) { e.AuthorizedParties = []string{"x"} }},
		"azp, no client":      {claims: map[string]any{"azp": "x"}, expect: func(e *oidc.Expected) { e.ClientID = ""; e.Audiences = []string{client} }, want: skipped("id_token.azp")},
		"no client given":     {expect: func(e *oidc.Expected) { e.ClientID, e.Audiences = "", nil }, want: skipped("jwt.aud")},
		"sub missing":         {claims: map[string]any{"sub": absent{}}, want: failed("jwt.sub")},
		"sub long":            {claims: map[string]any{"sub": strings.Repeat("a", 256)}, want: failed("jwt.sub")},
		"sub of 255":          {claims: map[string]any{"sub": strings.Repeat("a", 255)}},
		"sub not ASCII":       {claims: map[string]any{"sub": "ålice"}, want: failed("jwt.sub")},
		"sub with a NUL":      {claims: map[string]any{"sub": "ali\x00ce"}, want: failed("jwt.sub")},
		"sub with a newline":  {claims: map[string]any{"sub": "alice\n"}, want: failed("jwt.sub")},
		"sub with a DEL":      {claims: map[string]any{"sub": "alice\x7f"}, want: failed("jwt.sub")},
		"sub with a space":    {claims: map[string]any{"sub": "alice ~!"}},
		"sub a number":        {claims: map[string]any{"sub": 1}, want: failed("jwt.sub")},
		"SUB beside sub":      {claims: map[string]any{"SUB": "evil"}},
		"names in capitals":   {claims: map[string]any{"iss": absent{}, "Iss": issuer, "sub": absent{}, "SUB": "x", "aud": absent{}, "AUD": client, "exp": absent{}, "Exp": at(time.Hour)}, want: failed("jwt.iss", "jwt.sub", "jwt.aud", "jwt.exp")},
		"iat missing":         {claims: map[string]any{"iat": absent{}}, want: failed("jwt.iat")},
		"iat old, fresh":      {claims: map[string]any{"iat": at(-11 * time.Minute)}, expect: func(e *oidc.Expected) { e.Fresh = true }, want: warned("jwt.iat")},
		"iat at the edge":     {claims: map[string]any{"iat": at(-10 * time.Minute)}, expect: func(e *oidc.Expected) { e.Fresh = true }},
		"iat old":             {claims: map[string]any{"iat": at(-11 * time.Minute)}},
		"jti a number":        {claims: map[string]any{"jti": 1}, want: failed("jwt.jti")},
		"nonce suffix":        {claims: map[string]any{"nonce": nonce + "1"}, want: failed("id_token.nonce")},
		"nonce missing":       {claims: map[string]any{"nonce": absent{}}, want: failed("id_token.nonce")},
		"nonce a number":      {claims: map[string]any{"nonce": 1}, want: failed("id_token.nonce")},
		"nonce not known":     {expect: func(e *oidc.Expected) { e.Nonce = nil }, want: skipped("id_token.nonce")},
		"nonce unsolicited":   {expect: func(e *oidc.Expected) { e.Nonce = new(string) }, want: warned("id_token.nonce")},
		"none sent, none is":  {claims: map[string]any{"nonce": absent{}}, expect: func(e *oidc.Expected) { e.Nonce = new(string) }},
		"email_verified text": {claims: map[string]any{"email_verified": "true"}},
		"required":            {expect: func(e *oidc.Expected) { e.Required = []string{"sid", "at_hash"} }, want: failed("jwt.required", "id_token.at_hash")},
	})
}
