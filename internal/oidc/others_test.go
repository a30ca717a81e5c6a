package oidc_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestProof(t *testing.T) {
	claims := map[string]any{"jti": "1", "htm": "POST", "htu": "https://issuer.example/token", "iat": at(0)}
	none := func(e *oidc.Expected) { e.Nonce = nil }
	plain := skipped("dpop.claims") // the request is not known
	more := func(rule string, s verdict.Status) outcomes { return outcomes{"dpop.claims": verdict.Skip, rule: s} }
	run(t, oidc.DPoP, claims, map[string]judgement{
		"good":          {typ: "dpop+jwt", expect: none, want: plain},
		"no typ":        {expect: none, want: more("jwt.typ", verdict.Fail)},
		"typ JWT":       {typ: "JWT", expect: none, want: more("jwt.typ", verdict.Fail)},
		"odd typ":       {typ: "x", expect: none, want: more("jwt.typ", verdict.Fail)},
		"no jti":        {typ: "dpop+jwt", claims: map[string]any{"jti": absent{}}, expect: none, want: failed("dpop.claims")},
		"htm a number":  {typ: "dpop+jwt", claims: map[string]any{"htm": 1}, expect: none, want: failed("dpop.claims")},
		"no iat":        {typ: "dpop+jwt", claims: map[string]any{"iat": absent{}}, expect: none, want: more("jwt.iat", verdict.Fail)},
		"old":           {typ: "dpop+jwt", claims: map[string]any{"iat": at(-331 * time.Second)}, expect: none, want: more("jwt.iat", verdict.Fail)},
		"nonce":         {typ: "dpop+jwt", claims: map[string]any{"nonce": nonce}, want: plain},
		"no nonce":      {typ: "dpop+jwt", want: more("dpop.nonce", verdict.Fail)},
		"in the window": {typ: "dpop+jwt", claims: map[string]any{"iat": at(-330 * time.Second)}, expect: none, want: plain},
		"none given":    {typ: "dpop+jwt", claims: map[string]any{"nonce": "x"}, expect: func(e *oidc.Expected) { e.Nonce = new(string) }, want: plain},
		"ath unknown":   {typ: "dpop+jwt", claims: map[string]any{"ath": "x"}, expect: none, want: more("dpop.ath", verdict.Skip)},
		"nonce unknown": {typ: "dpop+jwt", claims: map[string]any{"nonce": nonce}, expect: none, want: more("dpop.nonce", verdict.Skip)},
		"ath": {
			typ: "dpop+jwt", claims: map[string]any{"nonce": nonce, "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"},
			expect: func(e *oidc.Expected) { e.AccessToken = secret.New("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU") }, want: plain,
		},
		"another ath": {
			typ: "dpop+jwt", claims: map[string]any{"nonce": nonce, "ath": "x"},
			expect: func(e *oidc.Expected) { e.AccessToken = secret.New("x") }, want: more("dpop.ath", verdict.Fail),
		},
		"no ath": {
			typ: "dpop+jwt", claims: map[string]any{"nonce": nonce},
			expect: func(e *oidc.Expected) { e.AccessToken = secret.New("x") }, want: more("dpop.ath", verdict.Fail),
		},
	})
}

func TestJARM(t *testing.T) {
	claims := map[string]any{"iss": issuer, "aud": client, "exp": at(time.Minute), "code": "c", "state": "s"}
	state := func(e *oidc.Expected) { e.State = secret.New("s") }
	run(t, oidc.JARM, claims, map[string]judgement{
		"good":            {expect: state},
		"state unknown":   {want: skipped("jarm.state")},
		"no state at all": {claims: map[string]any{"state": absent{}}},
		"another state":   {claims: map[string]any{"state": "x"}, expect: state, want: failed("jarm.state")},
		"no state":        {claims: map[string]any{"state": absent{}}, expect: state, want: failed("jarm.state")},
		"an error":        {claims: map[string]any{"code": absent{}, "error": "access_denied"}, expect: state},
		"nothing":         {claims: map[string]any{"code": absent{}}, expect: state, want: warned("jarm.response")},
		"no exp":          {claims: map[string]any{"exp": absent{}}, expect: state, want: failed("jwt.exp")},
		"no iss":          {claims: map[string]any{"iss": absent{}}, expect: state, want: failed("jwt.iss")},
		"another client":  {claims: map[string]any{"aud": "x"}, expect: state, want: failed("jwt.aud")},
		"a logout token":  {typ: "logout+jwt", expect: state, want: failed("jwt.typ")},
	})
}

func TestIntrospection(t *testing.T) {
	claims := map[string]any{"iss": issuer, "aud": api, "iat": at(0), "token_introspection": raw(`{"active":true}`)}
	const typ = "token-introspection+jwt"
	run(t, oidc.Introspection, claims, map[string]judgement{
		"good":           {typ: typ},
		"for the client": {typ: typ, claims: map[string]any{"aud": client}},
		"no typ":         {want: failed("jwt.typ")},
		"typ JWT":        {typ: "JWT", want: failed("jwt.typ")},
		"an at+jwt":      {typ: "at+jwt", want: failed("jwt.typ")},
		"no iss":         {typ: typ, claims: map[string]any{"iss": absent{}}, want: failed("jwt.iss")},
		"another issuer": {typ: typ, claims: map[string]any{"iss": "x"}, want: failed("jwt.iss")},
		"no aud":         {typ: typ, claims: map[string]any{"aud": absent{}}, want: failed("jwt.aud")},
		"no iat":         {typ: typ, claims: map[string]any{"iat": absent{}}, want: failed("jwt.iat")},
		"old":            {typ: typ, claims: map[string]any{"iat": at(-time.Hour)}, want: warned("jwt.iat")},
		"another":        {typ: typ, claims: map[string]any{"aud": "x"}, want: failed("jwt.aud")},
		"sub outside":    {typ: typ, claims: map[string]any{"sub": "alice"}, want: warned("introspection.claims")},
		"exp outside":    {typ: typ, claims: map[string]any{"exp": at(time.Hour)}, want: warned("introspection.claims")},
		"no active":      {typ: typ, claims: map[string]any{"token_introspection": raw(`{}`)}, want: failed("introspection.active")},
		"no answer":      {typ: typ, claims: map[string]any{"token_introspection": absent{}}, want: failed("introspection.claims")},
		"not active":     {typ: typ, claims: map[string]any{"token_introspection": raw(`{"active":false}`)}, want: warned("introspection.active")},
		"active a text":  {typ: typ, claims: map[string]any{"token_introspection": raw(`{"active":"true"}`)}, want: failed("introspection.active")},
	})
}

func TestRequestObject(t *testing.T) {
	claims := map[string]any{"iss": client, "aud": issuer, "client_id": client, "response_type": "code", "exp": at(time.Minute)}
	const typ = "oauth-authz-req+jwt"
	own := func(e *oidc.Expected) { e.Audiences = nil }
	run(t, oidc.Request, claims, map[string]judgement{
		"good":             {typ: typ, expect: own},
		"no typ":           {expect: own, want: warned("jwt.typ")},
		"another issuer":   {typ: typ, claims: map[string]any{"iss": "x"}, expect: own, want: failed("jwt.iss", "request_object.client_id")},
		"another audience": {typ: typ, claims: map[string]any{"aud": "x"}, expect: own, want: failed("jwt.aud")},
		"no iss":           {typ: typ, claims: map[string]any{"iss": absent{}}, expect: own, want: warned("jwt.iss")},
		"no audience":      {typ: typ, claims: map[string]any{"aud": absent{}}, expect: own, want: warned("jwt.aud")},
		"another client":   {typ: typ, claims: map[string]any{"client_id": "x"}, expect: own, want: failed("request_object.client_id")},
		"another's":        {typ: typ, claims: map[string]any{"iss": "x", "client_id": "x"}, expect: own, want: failed("jwt.iss", "request_object.client_id")},
		"client not known": {
			typ: typ, expect: func(e *oidc.Expected) { own(e); e.ClientID, e.Kind = "", oidc.Request },
			want: outcomes{"jwt.iss": verdict.Skip, "request_object.client_id": verdict.Skip},
		},
		"no client_id": {typ: typ, claims: map[string]any{"client_id": absent{}}, expect: own, want: failed("request_object.client_id")},
		"nested":       {typ: typ, claims: map[string]any{"request_uri": "x"}, expect: own, want: failed("request_object.nested")},
	})
}

func TestAssertion(t *testing.T) {
	claims := map[string]any{"iss": client, "sub": client, "aud": issuer, "exp": at(time.Minute), "iat": at(0), "jti": "1"}
	own := func(e *oidc.Expected) { e.Audiences = nil }
	run(t, oidc.Assertion, claims, map[string]judgement{
		"good":              {typ: "client-authentication+jwt", expect: own},
		"typ JWT":           {typ: "JWT", expect: own},
		"another client":    {claims: map[string]any{"iss": "x", "sub": "x"}, expect: own, want: failed("jwt.iss")},
		"iss by detection":  {expect: func(e *oidc.Expected) { own(e); e.ClientID = "" }, want: failed("jwt.iss")},
		"iss, asked for":    {expect: func(e *oidc.Expected) { own(e); e.ClientID, e.Kind = "", oidc.Assertion }, want: skipped("jwt.iss")},
		"sub of another":    {claims: map[string]any{"sub": "x"}, expect: own, want: failed("jwt.sub")},
		"no exp":            {claims: map[string]any{"exp": absent{}}, expect: own, want: failed("jwt.exp")},
		"iss is the issuer": {claims: map[string]any{"iss": issuer, "sub": issuer}, expect: func(e *oidc.Expected) { own(e); e.ClientID = "" }, want: skipped("jwt.iss")},
		"iss, none known":   {expect: func(e *oidc.Expected) { e.Audiences, e.ClientID, e.Issuers = []string{issuer}, "", nil }, want: skipped("jwt.iss")},
		"another's, asked":  {claims: map[string]any{"iss": "x", "sub": "x"}, expect: func(e *oidc.Expected) { own(e); e.Kind = oidc.Assertion }, want: failed("jwt.iss")},
		"nobody's":          {claims: map[string]any{"iss": absent{}, "sub": absent{}}, expect: own, want: failed("jwt.iss", "jwt.sub")},
		"own audience":      {claims: map[string]any{"aud": api}},
		"a list of one":     {claims: map[string]any{"aud": []string{issuer}}, expect: own, want: warned("jwt.aud")},
		"at the limit":      {claims: map[string]any{"exp": at(5*time.Minute + 30*time.Second)}, expect: own},
		"over the limit":    {claims: map[string]any{"exp": at(5*time.Minute + 31*time.Second)}, expect: own, want: warned("client_assertion.lifetime")},
		"long ago":          {claims: map[string]any{"iat": at(-4 * time.Minute), "exp": at(2 * time.Minute)}, expect: own, want: warned("client_assertion.lifetime")},
		"no iat":            {claims: map[string]any{"iat": absent{}}, expect: own},
		"iat of a type":     {claims: map[string]any{"iat": "x"}, expect: own, want: failed("jwt.iat")},
		"milliseconds":      {claims: map[string]any{"exp": now().Add(time.Hour).UnixMilli()}, expect: own, want: warned("jwt.exp")},
		"exp of a type":     {claims: map[string]any{"exp": "x"}, expect: own, want: failed("jwt.exp")},
		"several audiences": {claims: map[string]any{"aud": []string{issuer, "x"}}, expect: own, want: warned("jwt.aud")},
		"long":              {claims: map[string]any{"exp": at(time.Hour)}, expect: own, want: warned("client_assertion.lifetime")},
		"no jti":            {claims: map[string]any{"jti": absent{}}, expect: own, want: warned("client_assertion.lifetime")},
	})
}

func TestUnknownKind(t *testing.T) {
	own := func(e *oidc.Expected) { e.Audiences = nil }
	run(t, oidc.Unknown, map[string]any{"iss": issuer, "exp": at(time.Hour)}, map[string]judgement{
		"good":              {expect: own, want: skipped("jwt.aud")},
		"no exp":            {claims: map[string]any{"exp": absent{}}, expect: own, want: outcomes{"jwt.aud": verdict.Skip, "jwt.exp": verdict.Warn}},
		"expired":           {claims: map[string]any{"exp": at(-time.Hour), "aud": api}, want: failed("jwt.exp")},
		"no aud":            {want: failed("jwt.aud")},
		"aud empty":         {claims: map[string]any{"aud": ""}, expect: own, want: failed("jwt.aud")},
		"no iss, one given": {claims: map[string]any{"iss": absent{}, "aud": api}, want: failed("jwt.iss")},
		"no iss":            {claims: map[string]any{"iss": absent{}}, expect: func(e *oidc.Expected) { own(e); e.Issuers = nil }, want: outcomes{"jwt.iss": verdict.Warn, "jwt.aud": verdict.Skip}},
		"other iss":         {claims: map[string]any{"aud": api, "iss": "x"}, want: failed("jwt.iss")},
	})
}

func TestTenants(t *testing.T) {
	const template = "https://login.microsoftonline.com/{tenantid}/v2.0"
	entra := func(e *oidc.Expected) { e.Issuers = []string{template} }
	iss := func(tid string) string { return "https://login.microsoftonline.com/" + tid + "/v2.0" }
	const tid = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	long := strings.Repeat("a", 64)
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"the tenant":       {claims: map[string]any{"iss": iss(tid), "tid": tid}, expect: entra},
		"another tenant":   {claims: map[string]any{"iss": iss("common"), "tid": tid}, expect: entra, want: failed("jwt.iss")},
		"no tid":           {claims: map[string]any{"iss": iss(tid)}, expect: entra, want: failed("jwt.iss")},
		"an empty tid":     {claims: map[string]any{"iss": iss(""), "tid": ""}, expect: entra, want: failed("jwt.iss")},
		"the template":     {claims: map[string]any{"iss": template, "tid": "{tenantid}"}, expect: entra, want: failed("jwt.iss")},
		"a tid of 64":      {claims: map[string]any{"iss": iss(long), "tid": long}, expect: entra},
		"a tid of 65":      {claims: map[string]any{"iss": iss(long + "a"), "tid": long + "a"}, expect: entra, want: failed("jwt.iss")},
		"a tid with a dot": {claims: map[string]any{"iss": iss("a.b"), "tid": "a.b"}, expect: entra, want: failed("jwt.iss")},
		"letters":          {claims: map[string]any{"iss": iss("azAZ09-"), "tid": "azAZ09-"}, expect: entra},
		"a tid with slash": {claims: map[string]any{"iss": iss("a/b"), "tid": "a/b"}, expect: entra, want: failed("jwt.iss")},
		"tid a number":     {claims: map[string]any{"iss": iss("1"), "tid": 1}, expect: entra, want: failed("jwt.iss")},
	})
}

func TestRequiredClaims(t *testing.T) {
	claims := idClaims()
	claims["groups"] = []string{"admin", "dev"}
	claims["realm_access"] = raw(`{"roles":["r"],"n":{"a.b":1}}`)
	claims["https://example.com/x"] = "dotted"
	claims["n"] = raw(`1.10`)
	claims["x"], claims["x.y"] = raw(`{"y":1}`), raw(`{"z":"w"}`)
	claims["nested"] = raw(`[["admin"]]`)
	claims["b"] = true
	demand := func(path, value string) func(*oidc.Expected) {
		return func(e *oidc.Expected) { e.RequireClaims = []oidc.ClaimValue{{Path: path, Value: value}} }
	}
	run(t, oidc.ID, claims, map[string]judgement{
		"a string":         {expect: demand("sub", "alice")},
		"another":          {expect: demand("sub", "bob"), want: failed("jwt.claim")},
		"part of it":       {expect: demand("sub", "ali"), want: failed("jwt.claim")},
		"none":             {expect: demand("role", "x"), want: failed("jwt.claim")},
		"in a list":        {expect: demand("groups", "admin")},
		"not in the list":  {expect: demand("groups", "root"), want: failed("jwt.claim")},
		"a path":           {expect: demand("realm_access.roles", "r")},
		"dots in names":    {expect: demand("https://example.com/x", "dotted")},
		"both":             {expect: demand("realm_access.n.a.b", "1")},
		"a number":         {expect: demand("n", "1.10")},
		"the second split": {expect: demand("x.y.z", "w")},
		"inside a list":    {expect: demand("nested", "admin"), want: failed("jwt.claim")},
		"of no object":     {expect: demand("sub.x", "alice"), want: failed("jwt.claim")},
		"respelt":          {expect: demand("n", "1.1"), want: failed("jwt.claim")},
		"a boolean":        {expect: demand("b", "true")},
		"not the string":   {expect: demand("b", `"true"`), want: failed("jwt.claim")},
	})
}

func TestUserInfo(t *testing.T) {
	tests := map[string]struct {
		claims, subject string
		want            outcomes
	}{
		"the subject":   {`{"sub":"alice","email_verified":true,"updated_at":1,"address":{}}`, "alice", outcomes{}},
		"another":       {`{"sub":"mallory"}`, "alice", failed("userinfo.sub")},
		"another case":  {`{"sub":"Alice"}`, "alice", failed("userinfo.sub")},
		"none":          {`{"SUB":"alice"}`, "alice", failed("userinfo.sub")},
		"none expected": {`{}`, "", failed("userinfo.sub")},
		"not known":     {`{"sub":"alice"}`, "", skipped("userinfo.sub")},
		"a number":      {`{"sub":1}`, "1", failed("userinfo.sub")},
		"a date":        {`{"sub":"alice","updated_at":"1"}`, "alice", warned("userinfo.type")},
		"an address":    {`{"sub":"alice","address":"x"}`, "alice", warned("userinfo.type")},
		"types":         {`{"sub":"alice","email_verified":"true"}`, "alice", warned("userinfo.type")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			claims, err := strictjson.Parse([]byte(test.claims))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, odd(oidc.CheckUserInfo(claims, test.subject))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefreshedAndHybrid(t *testing.T) {
	base := idClaims()
	base["auth_time"], base["azp"] = at(-time.Hour), client
	later := map[string]any{"iat": at(0), "nonce": absent{}}
	over := func(more map[string]any) map[string]any {
		out := map[string]any{}
		for _, m := range []map[string]any{later, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	tests := map[string]struct {
		claims map[string]any
		want   outcomes
		same   outcomes
	}{
		"good":              {nil, outcomes{}, outcomes{}},
		"another iss":       {map[string]any{"iss": "x"}, failed("id_token.refresh_iss"), failed("id_token.hybrid_iss")},
		"another sub":       {map[string]any{"sub": "x"}, failed("id_token.refresh_sub"), failed("id_token.hybrid_sub")},
		"no sub":            {map[string]any{"sub": absent{}}, failed("id_token.refresh_sub"), failed("id_token.hybrid_sub")},
		"another aud":       {map[string]any{"aud": "x"}, failed("id_token.refresh_aud"), outcomes{}},
		"more aud":          {map[string]any{"aud": []string{"x", client}}, outcomes{}, outcomes{}},
		"iat before":        {map[string]any{"iat": at(-time.Hour)}, failed("id_token.refresh_iat"), outcomes{}},
		"no iat":            {map[string]any{"iat": absent{}}, failed("id_token.refresh_iat"), outcomes{}},
		"another auth_time": {map[string]any{"auth_time": at(0)}, failed("id_token.refresh_auth_time"), outcomes{}},
		"no auth_time":      {map[string]any{"auth_time": absent{}}, outcomes{}, outcomes{}},
		"another azp":       {map[string]any{"azp": "x"}, failed("id_token.refresh_azp"), outcomes{}},
		"no azp":            {map[string]any{"azp": absent{}}, failed("id_token.refresh_azp"), outcomes{}},
		"the nonce":         {map[string]any{"nonce": nonce}, outcomes{}, outcomes{}},
		"another nonce":     {map[string]any{"nonce": "x"}, failed("id_token.refresh_nonce"), outcomes{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			first, second := token(t, "", base, nil), token(t, "", base, over(test.claims))
			if diff := cmp.Diff(test.want, odd(oidc.CheckRefreshed(first, second))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.same, odd(oidc.CheckSameLogin(first, second))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	only := func(more map[string]any) map[string]any { return more }
	tests := map[string]struct {
		typ    string
		claims map[string]any
		want   oidc.Kind
	}{
		"typ at+jwt":            {"at+JWT", idClaims(), oidc.Access},
		"typ logout+jwt":        {"logout+jwt", idClaims(), oidc.Logout},
		"typ dpop+jwt":          {"dpop+jwt", nil, oidc.DPoP},
		"typ of another kind":   {"secevent+jwt", idClaims(), oidc.Unknown},
		"a nonce":               {"JWT", idClaims(), oidc.ID},
		"an access token":       {"JWT", atClaims(), oidc.Access},
		"a logout token":        {"", logoutClaims(), oidc.Logout},
		"at_hash":               {"", only(map[string]any{"at_hash": "x", "scope": "openid"}), oidc.ID},
		"Limosa's access token": {"JWT", only(map[string]any{"aud": client, "scopes": []string{"read"}}), oidc.Access},
		"Entra's access token":  {"JWT", only(map[string]any{"aud": client, "scp": "read", "azp": client}), oidc.Access},
		"Keycloak's":            {"JWT", only(map[string]any{"typ": "Bearer", "azp": client, "nonce": "x"}), oidc.Access},
		"Keycloak's ID token":   {"JWT", only(map[string]any{"typ": "ID", "azp": client}), oidc.ID},
		"for the client":        {"JWT", only(map[string]any{"aud": client}), oidc.ID},
		"Google's":              {"JWT", only(map[string]any{"aud": client, "azp": client, "sub": "1"}), oidc.ID},
		"a proof without typ":   {"", only(map[string]any{"htm": "GET", "htu": "x"}), oidc.DPoP},
		"an introspection":      {"", only(map[string]any{"token_introspection": raw(`{}`)}), oidc.Introspection},
		"a request":             {"", only(map[string]any{"client_id": client, "response_type": "code"}), oidc.Request},
		"an assertion":          {"", only(map[string]any{"iss": client, "sub": client, "aud": issuer}), oidc.Assertion},
		"an answer":             {"", only(map[string]any{"iss": issuer, "code": "x", "aud": client}), oidc.JARM},
		"nothing":               {"", nil, oidc.Unknown},

		"half a proof":        {"", only(map[string]any{"htm": "GET"}), oidc.Unknown},
		"the other half":      {"", only(map[string]any{"htu": "x"}), oidc.Unknown},
		"a request's address": {"", only(map[string]any{"client_id": client, "redirect_uri": "x"}), oidc.Request},
		"a client":            {"", only(map[string]any{"client_id": client}), oidc.Access},
		"a response type":     {"", only(map[string]any{"response_type": "code"}), oidc.Unknown},
		"c_hash":              {"", only(map[string]any{"c_hash": "x"}), oidc.ID},
		"Cognito's ID token":  {"", only(map[string]any{"token_use": "id", "scope": "x"}), oidc.ID},
		"Cognito's":           {"", only(map[string]any{"token_use": "access"}), oidc.Access},
		"Keycloak's, bare":    {"", only(map[string]any{"typ": "Bearer"}), oidc.Access},
		"a scope":             {"", only(map[string]any{"scope": "read"}), oidc.Access},
		"a refusal":           {"", only(map[string]any{"error": "x"}), oidc.JARM},
		"a response":          {"", only(map[string]any{"response": "x"}), oidc.JARM},
		"a code of somebody":  {"", only(map[string]any{"sub": "alice", "code": "x"}), oidc.Unknown},
		"a nonce for others":  {"", only(map[string]any{"aud": "x", "nonce": "n"}), oidc.ID},
		"a time for others":   {"", only(map[string]any{"aud": "x", "auth_time": 1}), oidc.ID},
		"a nonce, by a party": {"", only(map[string]any{"aud": "x", "azp": "y", "nonce": "n"}), oidc.Access},
		"a party":             {"", only(map[string]any{"aud": "x", "azp": "y"}), oidc.Access},
		"a person":            {"", only(map[string]any{"sub": "alice", "iat": 1, "name": "Alice"}), oidc.ID},
		"a person, undated":   {"", only(map[string]any{"sub": "alice", "name": "Alice"}), oidc.Unknown},
		"a name, undated":     {"", only(map[string]any{"iat": 1, "name": "Alice"}), oidc.Unknown},
		"a subject":           {"", only(map[string]any{"sub": "alice", "iat": 1}), oidc.Unknown},
		"another event":       {"", only(map[string]any{"events": raw(`{"x":{}}`)}), oidc.Unknown},
		"events of a type":    {"", only(map[string]any{"events": "x"}), oidc.Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := oidc.Detect(token(t, test.typ, test.claims, nil), client); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	for name, want := range map[string]oidc.Kind{`{"aud":""}`: oidc.Unknown, `{"aud":"x","azp":"y","nonce":"n"}`: oidc.ID} {
		var claims map[string]any
		if err := json.Unmarshal([]byte(name), &claims); err != nil {
			t.Fatal(err)
		}
		if got := oidc.Detect(token(t, "", claims, nil), ""); got != want {
			t.Errorf("%s for no client: %s, want %s", name, got, want)
		}
	}
}

// TestNoSuchKind: a kind that nobody knows is judged by the rules of any JWT, not by none.
func TestNoSuchKind(t *testing.T) {
	run(t, "no such kind", idClaims(), map[string]judgement{
		"good":           {claims: map[string]any{"aud": api}},
		"another issuer": {claims: map[string]any{"aud": api, "iss": "x"}, want: failed("jwt.iss")},
		"another API":    {claims: map[string]any{"aud": "x"}, want: failed("jwt.aud")},
		"no API":         {claims: map[string]any{"aud": absent{}}, expect: func(e *oidc.Expected) { e.Audiences = nil }, want: skipped("jwt.aud")},
	})
}

// TestNewClaims: what the earlier token did not say is another login's, but for when the person signed in.
func TestNewClaims(t *testing.T) {
	first, second := idClaims(), map[string]any{"azp": client, "auth_time": at(-time.Hour)}
	first["nonce"] = absent{}
	want := outcomes{"id_token.refresh_azp": verdict.Fail, "id_token.refresh_auth_time": verdict.Warn, "id_token.refresh_nonce": verdict.Fail}
	if diff := cmp.Diff(want, odd(oidc.CheckRefreshed(token(t, "", nil, first), token(t, "", idClaims(), second)))); diff != "" {
		t.Error(diff)
	}
}

// TestHintsAreHarmless: a stranger's value stands in a command to be copied only where a shell can do nothing with it.
func TestHintsAreHarmless(t *testing.T) {
	hint := func(rule string, over map[string]any) string {
		for _, c := range oidc.Judge(token(t, "", idClaims(), over), oidc.ID, expected()) {
			if c.Rule == rule {
				return c.Hint
			}
		}
		return ""
	}
	for value, harmless := range map[string]bool{
		"x": true, "azAZ09": true, "https://a.example:1/b_c@d%20+,-": true, strings.Repeat("a", 256): true,
		"-x": false, "a b": false, "a;b": false, "a'b": false, "a$b": false, "a`b": false, "a&b": false, "a{b": false, "a[b": false, "é": false,
		strings.Repeat("a", 257): false,
	} {
		for rule, c := range map[string]struct {
			flag string
			over map[string]any
		}{
			"jwt.iss":      {"--expect-issuer ", map[string]any{"iss": value}},
			"id_token.azp": {"--allow-azp ", map[string]any{"azp": value}},
			"id_token.aud": {"--trust-aud ", map[string]any{"aud": []string{client, value}}},
		} {
			if got := hint(rule, c.over); got == "" || strings.Contains(got, c.flag+value) != harmless {
				t.Errorf("%s %q: %s", rule, value, got)
			}
		}
	}
}

// TestDifferenceIsNamed: a difference that is easily overlooked is said in words.
func TestDifferenceIsNamed(t *testing.T) {
	for value, want := range map[string]string{
		issuer + "/":              " (only the trailing slash differs)",
		"https://ISSUER.example":  " (only the case of letters differs)",
		issuer + " ":              " (only white space around it differs)",
		"http://issuer.example":   " (only the scheme differs)",
		"https://another.example": "",
	} {
		for _, c := range oidc.Judge(token(t, "", idClaims(), map[string]any{"iss": value}), oidc.ID, expected()) {
			if c.Rule == "jwt.iss" && c.Got != value+want {
				t.Errorf("got %q", c.Got)
			}
		}
	}
}

// TestAbsentIsNotEqual: two tokens that both name nobody are not about the same person.
func TestAbsentIsNotEqual(t *testing.T) {
	nobody := token(t, "", map[string]any{"iss": issuer}, nil)
	if diff := cmp.Diff(failed("id_token.hybrid_sub"), odd(oidc.CheckSameLogin(nobody, nobody))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(failed("id_token.hint_sub"), odd(verdict.Checks{oidc.CheckHinted(nobody, nobody)})); diff != "" {
		t.Error(diff)
	}
	want := failed("id_token.refresh_sub", "id_token.refresh_aud", "id_token.refresh_iat")
	if diff := cmp.Diff(want, odd(oidc.CheckRefreshed(nobody, nobody))); diff != "" {
		t.Error(diff)
	}
}
