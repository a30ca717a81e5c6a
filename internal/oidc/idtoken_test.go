package oidc_test

import (
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

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
		"good, all required": {claims: hashes, expect: func(e *oidc.Expected) { all(e); e.Required = []string{"at_hash", "c_hash", "s_hash"} }},
		"none":               {expect: all, want: outcomes{"id_token.at_hash": verdict.Skip, "id_token.c_hash": verdict.Fail, "id_token.s_hash": verdict.Skip}},
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

// TestRequestID: tokens that name a backchannel request answer that one.
func TestRequestID(t *testing.T) {
	const name = "urn:openid:params:jwt:claim:auth_req_id"
	asked := func(e *oidc.Expected) { e.RequestID = secret.New("r-1") }
	run(t, oidc.ID, idClaims(), map[string]judgement{
		"not named":       {expect: asked},
		"of this request": {claims: map[string]any{name: "r-1"}, expect: asked},
		"of another":      {claims: map[string]any{name: "r-2"}, expect: asked, want: failed("id_token.auth_req_id")},
		"of a type":       {claims: map[string]any{name: 1}, expect: asked, want: failed("id_token.auth_req_id")},
		"not known":       {claims: map[string]any{name: "r-1"}, want: skipped("id_token.auth_req_id")},
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
		"nbf -1":                      {claims: map[string]any{"nbf": -1}, want: failed("jwt.nbf")},
		"exp at the end of time":      {claims: map[string]any{"exp": raw(`253402300799`)}, want: warned("jwt.exp")},
		"exp after the end of time":   {claims: map[string]any{"exp": raw(`253402300800`)}, want: failed("jwt.exp")},
		"exp of 13 digits, the least": {claims: map[string]any{"exp": raw(`1000000000000`)}, want: warned("jwt.exp")},
		"exp of 14 digits":            {claims: map[string]any{"exp": raw(`10000000000000`)}, want: failed("jwt.exp")},
		"nbf null":                    {claims: map[string]any{"nbf": nil}, want: failed("jwt.nbf")},
		"iat ahead":                   {claims: map[string]any{"iat": at(31 * time.Second)}, want: failed("jwt.iat")},
		"iat in the leeway":           {claims: map[string]any{"iat": at(30 * time.Second)}},
		"iat milliseconds":            {claims: map[string]any{"iat": now().UnixMilli()}, want: failed("jwt.iat")},
		"iat a string":                {claims: map[string]any{"iat": "1"}, want: failed("jwt.iat")},
	})
}
