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
	"github.com/oauthctl/oauthctl/internal/secret"
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

func warned(rule string) outcomes  { return outcomes{rule: verdict.Warn} }
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
		})
	}
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
		"Google for others":  {claims: map[string]any{"iss": "accounts.google.com"}, want: failed("jwt.iss")},
		"aud missing":        {claims: map[string]any{"aud": absent{}}, want: failed("jwt.aud")},
		"aud array":          {claims: map[string]any{"aud": []string{client}}},
		"aud empty array":    {claims: map[string]any{"aud": []string{}}, want: failed("jwt.aud")},
		"aud empty":          {claims: map[string]any{"aud": ""}, want: failed("jwt.aud")},
		"aud a number":       {claims: map[string]any{"aud": 1}, want: failed("jwt.aud")},
		"aud of numbers":     {claims: map[string]any{"aud": []any{client, 1}}, want: failed("jwt.aud")},
		"aud null":           {claims: map[string]any{"aud": nil}, want: failed("jwt.aud")},
		"aud substring":      {claims: map[string]any{"aud": "x" + client + "x"}, want: failed("jwt.aud", "id_token.aud")},
		"aud case":           {claims: map[string]any{"aud": "CLIENT-1"}, want: failed("jwt.aud", "id_token.aud")},
		"aud extra":          {claims: map[string]any{"aud": []string{client, client + "1"}}, want: failed("id_token.aud")},
		"aud extra with azp": {claims: map[string]any{"aud": []string{client, "x"}, "azp": client}, want: warned("id_token.aud")},
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
		"sub a number":        {claims: map[string]any{"sub": 1}, want: failed("jwt.sub")},
		"SUB beside sub":      {claims: map[string]any{"SUB": "evil"}},
		"names in capitals":   {claims: map[string]any{"iss": absent{}, "Iss": issuer, "sub": absent{}, "SUB": "x", "aud": absent{}, "AUD": client, "exp": absent{}, "Exp": at(time.Hour)}, want: failed("jwt.iss", "jwt.sub", "jwt.aud", "jwt.exp")},
		"iat missing":         {claims: map[string]any{"iat": absent{}}, want: failed("jwt.iat")},
		"iat old, fresh":      {claims: map[string]any{"iat": at(-11 * time.Minute)}, expect: func(e *oidc.Expected) { e.Fresh = true }, want: warned("jwt.iat")},
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

func TestHashes(t *testing.T) {
	const code, access, state = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "af0ifjsldkj"
	hashes := map[string]any{"at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "c_hash": "LDktKdoQak3Pk0cnXxCltA", "s_hash": "bOhtX8F73IMjSPeVAqxyTQ"}
	all := func(e *oidc.Expected) {
		e.AccessToken, e.Code, e.State = secret.New(access), secret.New(code), secret.New(state)
	}
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"good":          {claims: hashes, expect: all},
		"nothing known": {claims: hashes, want: outcomes{"id_token.at_hash": verdict.Skip, "id_token.c_hash": verdict.Skip, "id_token.s_hash": verdict.Skip}},
		"others": {claims: hashes, expect: func(e *oidc.Expected) {
			e.AccessToken, e.Code, e.State = secret.New("x"), secret.New("y"), secret.New("z")
		}, want: failed("id_token.at_hash", "id_token.c_hash", "id_token.s_hash")},
		"none": {expect: all, want: outcomes{"id_token.at_hash": verdict.Skip, "id_token.c_hash": verdict.Fail, "id_token.s_hash": verdict.Skip}},
		"none, all required": {
			expect: func(e *oidc.Expected) { all(e); e.Required = []string{"at_hash", "c_hash", "s_hash"} },
			want:   failed("id_token.at_hash", "id_token.c_hash", "id_token.s_hash"),
		},
		"of another type": {claims: map[string]any{"at_hash": 1, "c_hash": nil, "s_hash": true}, want: failed("id_token.at_hash", "id_token.c_hash", "id_token.s_hash")},
	})
}

func TestAuthentication(t *testing.T) {
	hour := func(e *oidc.Expected) { d := time.Hour; e.MaxAge = &d }
	gold := func(e *oidc.Expected) { e.ACRValues = []string{"silver", "gold"} }
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"recent":            {claims: map[string]any{"auth_time": at(-time.Hour)}, expect: hour},
		"in the leeway":     {claims: map[string]any{"auth_time": at(-time.Hour - 30*time.Second)}, expect: hour},
		"too long ago":      {claims: map[string]any{"auth_time": at(-time.Hour - 31*time.Second)}, expect: hour, want: failed("id_token.auth_time")},
		"no auth_time":      {expect: hour, want: failed("id_token.auth_time")},
		"not asked for":     {claims: map[string]any{"auth_time": at(-100 * time.Hour)}},
		"in the future":     {claims: map[string]any{"auth_time": at(time.Minute)}, want: failed("id_token.auth_time")},
		"a string":          {claims: map[string]any{"auth_time": "1"}, want: failed("id_token.auth_time")},
		"acr":               {claims: map[string]any{"acr": "gold"}, expect: gold},
		"another acr":       {claims: map[string]any{"acr": "tin"}, expect: gold, want: failed("id_token.acr")},
		"no acr":            {expect: gold, want: failed("id_token.acr")},
		"acr of a type":     {claims: map[string]any{"acr": 1}, want: failed("id_token.acr")},
		"acr, not demanded": {claims: map[string]any{"acr": "0"}},
	})
}

func TestTimes(t *testing.T) {
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"just expired, in the leeway": {claims: map[string]any{"exp": at(-29 * time.Second)}},
		"at the end of the leeway":    {claims: map[string]any{"exp": at(-30 * time.Second)}, want: failed("jwt.exp")},
		"expired 6 minutes ago":       {claims: map[string]any{"exp": at(-6 * time.Minute)}, want: failed("jwt.exp")},
		"a fraction":                  {claims: map[string]any{"exp": raw(`1795165200.5`)}},
		"exp missing":                 {claims: map[string]any{"exp": absent{}}, want: failed("jwt.exp")},
		"exp milliseconds":            {claims: map[string]any{"exp": now().Add(time.Hour).UnixMilli()}, want: warned("jwt.exp")},
		"exp RFC 3339":                {claims: map[string]any{"exp": "2099-01-01T00:00:00Z"}, want: failed("jwt.exp")},
		"exp digits in a string":      {claims: map[string]any{"exp": "1999999999"}, want: failed("jwt.exp")},
		"exp 1e30":                    {claims: map[string]any{"exp": raw(`1e30`)}, want: failed("jwt.exp")},
		"exp 1e999":                   {claims: map[string]any{"exp": raw(`1e999`)}, want: failed("jwt.exp")},
		"exp max int64":               {claims: map[string]any{"exp": raw(`9223372036854775807`)}, want: failed("jwt.exp")},
		"exp true":                    {claims: map[string]any{"exp": true}, want: failed("jwt.exp")},
		"exp null":                    {claims: map[string]any{"exp": nil}, want: failed("jwt.exp")},
		"exp empty":                   {claims: map[string]any{"exp": ""}, want: failed("jwt.exp")},
		"exp object":                  {claims: map[string]any{"exp": raw(`{}`)}, want: failed("jwt.exp")},
		"exp -1":                      {claims: map[string]any{"exp": -1}, want: failed("jwt.exp")},
		"exp 0":                       {claims: map[string]any{"exp": 0}, want: failed("jwt.exp")},
		"exp in 100 years":            {claims: map[string]any{"exp": at(100 * 365 * 24 * time.Hour)}, want: warned("jwt.exp")},
		"nbf now":                     {claims: map[string]any{"nbf": at(0)}},
		"nbf in the leeway":           {claims: map[string]any{"nbf": at(30 * time.Second)}},
		"nbf ahead":                   {claims: map[string]any{"nbf": at(31 * time.Second)}, want: failed("jwt.nbf")},
		"nbf max int64":               {claims: map[string]any{"nbf": raw(`9223372036854775807`)}, want: failed("jwt.nbf")},
		"nbf milliseconds":            {claims: map[string]any{"nbf": now().UnixMilli()}, want: failed("jwt.nbf")},
		"nbf null":                    {claims: map[string]any{"nbf": nil}, want: failed("jwt.nbf")},
		"iat ahead":                   {claims: map[string]any{"iat": at(31 * time.Second)}, want: failed("jwt.iat")},
		"iat in the leeway":           {claims: map[string]any{"iat": at(30 * time.Second)}},
		"iat milliseconds":            {claims: map[string]any{"iat": now().UnixMilli()}, want: failed("jwt.iat")},
		"iat a string":                {claims: map[string]any{"iat": "1"}, want: failed("jwt.iat")},
	})
}

func TestAccessToken(t *testing.T) {
	strict := func(e *oidc.Expected) { e.Strict = true }
	without := func(names ...string) map[string]any {
		out := map[string]any{}
		for _, n := range names {
			out[n] = absent{}
		}
		return out
	}
	run(t, oidc.Access, atClaims(), map[string]judgement{
		"good":                  {typ: "at+jwt"},
		"typ with application/": {typ: "application/at+jwt"},
		"typ in capitals":       {typ: "AT+JWT"},
		"typ JWT":               {typ: "JWT", want: warned("access_token.typ")},
		"no typ":                {want: warned("access_token.typ")},
		"no typ, strict":        {expect: strict, want: failed("access_token.typ")},
		"typ JWT, strict":       {typ: "JWT", expect: strict, want: failed("access_token.typ")},
		"typ of another kind":   {typ: "logout+jwt", want: outcomes{"jwt.typ": verdict.Fail, "access_token.typ": verdict.Warn}},
		"an ID token":           {typ: "at+jwt", claims: map[string]any{"at_hash": "x"}, want: failed("access_token.kind")},
		"c_hash":                {typ: "at+jwt", claims: map[string]any{"c_hash": "x"}, want: failed("access_token.kind")},
		"Cognito's ID token":    {typ: "at+jwt", claims: map[string]any{"token_use": "id"}, want: failed("access_token.kind")},
		"Keycloak's ID token":   {typ: "at+jwt", claims: map[string]any{"typ": "ID"}, want: failed("access_token.kind")},
		"a nonce":               {typ: "at+jwt", claims: map[string]any{"nonce": "x"}, want: warned("access_token.kind")},
		"for the client alone": {
			typ: "at+jwt", claims: map[string]any{"aud": client},
			expect: func(e *oidc.Expected) { e.Audiences = []string{client} }, want: warned("access_token.kind"),
		},
		"claims missing":         {typ: "at+jwt", claims: without("sub", "client_id", "iat", "jti"), want: failed("access_token.claims")},
		"claims missing, lax":    {claims: without("sub", "client_id", "iat", "jti"), want: outcomes{"access_token.claims": verdict.Warn, "access_token.typ": verdict.Warn}},
		"claims missing, strict": {claims: without("jti"), expect: strict, want: failed("access_token.claims", "access_token.typ")},
		"exp missing, lax":       {claims: without("exp"), want: outcomes{"jwt.exp": verdict.Fail, "access_token.typ": verdict.Warn}},
		"expired, lax":           {claims: map[string]any{"exp": at(-time.Hour)}, want: outcomes{"jwt.exp": verdict.Fail, "access_token.typ": verdict.Warn}},
		"another audience":       {typ: "at+jwt", claims: map[string]any{"aud": "https://other.example"}, want: failed("jwt.aud")},
		"another issuer":         {typ: "at+jwt", claims: map[string]any{"iss": "https://other.example"}, want: failed("jwt.iss")},
		"no audience given":      {typ: "at+jwt", expect: func(e *oidc.Expected) { e.Audiences = nil }, want: skipped("jwt.aud")},
		"Cognito": {
			claims: map[string]any{"aud": absent{}, "token_use": "access"}, expect: func(e *oidc.Expected) { e.Audiences = nil },
			want: outcomes{"jwt.aud": verdict.Warn, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn},
		},
		"no aud, one wanted": {claims: without("aud"), want: outcomes{"jwt.aud": verdict.Fail, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn}},
		"Keycloak": {
			typ: "JWT", claims: map[string]any{"aud": "account", "typ": "Bearer", "azp": client, "client_id": absent{}},
			expect: func(e *oidc.Expected) { e.Audiences = nil },
			want:   outcomes{"jwt.aud": verdict.Skip, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn},
		},
		"another client":     {typ: "at+jwt", claims: map[string]any{"client_id": "x"}, want: warned("access_token.client_id")},
		"bound to a key":     {typ: "at+jwt", claims: map[string]any{"cnf": raw(`{"jkt":"x"}`)}, want: skipped("access_token.cnf")},
		"bound to a cert":    {typ: "at+jwt", claims: map[string]any{"cnf": raw(`{"x5t#S256":"x"}`)}, want: skipped("access_token.cnf")},
		"cnf of a type":      {typ: "at+jwt", claims: map[string]any{"cnf": "x"}, want: failed("access_token.cnf")},
		"scopes":             {typ: "at+jwt", expect: func(e *oidc.Expected) { e.RequireScopes = []string{"write", "read"} }},
		"scope missing":      {typ: "at+jwt", expect: func(e *oidc.Expected) { e.RequireScopes = []string{"rea"} }, want: failed("access_token.scope")},
		"scp of Okta":        {typ: "at+jwt", claims: map[string]any{"scope": absent{}, "scp": []string{"read"}}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }},
		"no scope":           {typ: "at+jwt", claims: without("scope"), expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"scope of a type":    {typ: "at+jwt", claims: map[string]any{"scope": 1}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"step-up, no claims": {typ: "at+jwt", expect: func(e *oidc.Expected) { d := time.Minute; e.MaxAge, e.ACRValues = &d, []string{"gold"} }, want: failed("access_token.auth_time", "access_token.acr")},
		"nonce not known":    {typ: "at+jwt", expect: func(e *oidc.Expected) { e.Nonce = nil }},
	})
}

func TestLogoutToken(t *testing.T) {
	run(t, oidc.Logout, logoutClaims(), map[string]judgement{
		"good":            {typ: "logout+jwt"},
		"no typ":          {},
		"typ JWT":         {typ: "JWT"},
		"typ at+jwt":      {typ: "at+jwt", want: failed("jwt.typ")},
		"sid instead":     {claims: map[string]any{"sub": absent{}, "sid": "s"}},
		"neither":         {claims: map[string]any{"sub": absent{}}, want: failed("logout_token.sub")},
		"a nonce":         {claims: map[string]any{"nonce": "x"}, want: failed("logout_token.nonce")},
		"a null nonce":    {claims: map[string]any{"nonce": nil}, want: failed("logout_token.nonce")},
		"no events":       {claims: map[string]any{"events": absent{}}, want: failed("logout_token.events")},
		"events a list":   {claims: map[string]any{"events": []string{"x"}}, want: failed("logout_token.events")},
		"another event":   {claims: map[string]any{"events": raw(`{"x":{}}`)}, want: failed("logout_token.events")},
		"event no object": {claims: map[string]any{"events": raw(`{"http://schemas.openid.net/event/backchannel-logout":true}`)}, want: failed("logout_token.events")},
		"event with more": {claims: map[string]any{"events": raw(`{"http://schemas.openid.net/event/backchannel-logout":{"a":1}}`)}, want: warned("logout_token.events")},
		"no jti":          {claims: map[string]any{"jti": absent{}}, want: failed("logout_token.jti")},
		"no exp":          {claims: map[string]any{"exp": absent{}}, want: failed("jwt.exp")},
		"no iat":          {claims: map[string]any{"iat": absent{}}, want: failed("jwt.iat")},
		"another client":  {claims: map[string]any{"aud": "x"}, want: failed("jwt.aud")},
		"another issuer":  {claims: map[string]any{"iss": "x"}, want: failed("jwt.iss")},
		"sub of a type":   {claims: map[string]any{"sub": 1, "sid": "s"}, want: failed("jwt.sub")},
	})
}
