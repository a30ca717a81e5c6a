package oidc_test

import (
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

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
		"no aud, strict":     {typ: "at+jwt", claims: without("aud"), expect: func(e *oidc.Expected) { e.Audiences = nil }, want: failed("jwt.aud", "access_token.claims")},
		"no iss, none known": {claims: without("iss"), expect: func(e *oidc.Expected) { e.Issuers = nil }, want: outcomes{"jwt.iss": verdict.Warn, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn}},
		"no iss, one known":  {claims: without("iss"), want: outcomes{"jwt.iss": verdict.Fail, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn}},
		"an ID token's typ":  {typ: "dpop+id_token", want: outcomes{"jwt.typ": verdict.Fail, "access_token.typ": verdict.Warn}},
		"events":             {typ: "at+jwt", claims: map[string]any{"events": raw(`{}`)}, want: failed("access_token.kind")},
		"no iss, strict":     {typ: "at+jwt", claims: without("iss"), expect: func(e *oidc.Expected) { e.Issuers = nil }, want: failed("jwt.iss", "access_token.claims")},
		"no aud, one wanted": {claims: without("aud"), want: outcomes{"jwt.aud": verdict.Fail, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn}},
		"Keycloak": {
			typ: "JWT", claims: map[string]any{"aud": "account", "typ": "Bearer", "azp": client, "client_id": absent{}},
			expect: func(e *oidc.Expected) { e.Audiences = nil },
			want:   outcomes{"jwt.aud": verdict.Skip, "access_token.typ": verdict.Warn, "access_token.claims": verdict.Warn},
		},
		"aud of nobody": {
			claims: map[string]any{"aud": []string{""}}, expect: func(e *oidc.Expected) { e.Audiences = nil },
			want: outcomes{"jwt.aud": verdict.Fail, "access_token.typ": verdict.Warn},
		},
		"aud of nobody twice": {typ: "at+jwt", claims: map[string]any{"aud": []string{"", ""}}, expect: func(e *oidc.Expected) { e.Audiences = nil }, want: failed("jwt.aud")},
		"another client":      {typ: "at+jwt", claims: map[string]any{"client_id": "x"}, want: warned("access_token.client_id")},
		"bound to a key":      {typ: "at+jwt", claims: map[string]any{"cnf": raw(`{"jkt":"x"}`)}, want: skipped("access_token.cnf")},
		"bound to a cert":     {typ: "at+jwt", claims: map[string]any{"cnf": raw(`{"x5t#S256":"x"}`)}, want: skipped("access_token.cnf")},
		"cnf of a type":       {typ: "at+jwt", claims: map[string]any{"cnf": "x"}, want: failed("access_token.cnf")},
		"scopes":              {typ: "at+jwt", expect: func(e *oidc.Expected) { e.RequireScopes = []string{"write", "read"} }},
		"scope missing":       {typ: "at+jwt", expect: func(e *oidc.Expected) { e.RequireScopes = []string{"rea"} }, want: failed("access_token.scope")},
		"scp of Okta":         {typ: "at+jwt", claims: map[string]any{"scope": absent{}, "scp": []string{"read"}}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }},
		"scopes of Limosa":    {typ: "at+jwt", claims: map[string]any{"scope": absent{}, "scopes": []string{"read"}}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }},
		"scope goes first":    {typ: "at+jwt", claims: map[string]any{"scope": "write", "scopes": []string{"read"}}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"no scope":            {typ: "at+jwt", claims: without("scope"), expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"scope of a type":     {typ: "at+jwt", claims: map[string]any{"scope": 1}, expect: func(e *oidc.Expected) { e.RequireScopes = []string{"read"} }, want: failed("access_token.scope")},
		"scope odd, unasked":  {typ: "at+jwt", claims: map[string]any{"scope": 1}, want: warned("access_token.scope")},
		"step-up, no claims":  {typ: "at+jwt", expect: func(e *oidc.Expected) { d := time.Minute; e.MaxAge, e.ACRValues = &d, []string{"gold"} }, want: failed("access_token.auth_time", "access_token.acr")},
		"nonce owed":          {typ: "at+jwt", expect: func(e *oidc.Expected) { e.NonceOwed = true }, want: failed("id_token.nonce")},
		"nonce owed, there":   {typ: "at+jwt", claims: map[string]any{"nonce": "x"}, expect: func(e *oidc.Expected) { e.NonceOwed, e.Nonce = true, new("x") }, want: warned("access_token.kind")},
		"nonce not known":     {typ: "at+jwt", expect: func(e *oidc.Expected) { e.Nonce = nil }},
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
