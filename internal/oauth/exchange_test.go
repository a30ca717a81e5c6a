package oauth

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestCheckExchange(t *testing.T) {
	const jwt, access = "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:access_token"
	issued := func(status verdict.Status, want, got, hint string) verdict.Check {
		return verdict.Check{Rule: "exchange.issued_token_type", Spec: "RFC 8693 §2.2.1", Status: status, Want: want, Got: got, Hint: hint}
	}
	const other = "another kind of token came than was asked for: its receiver may refuse it"
	for name, test := range map[string]struct {
		response  Response
		requested string
		want      verdict.Checks
	}{
		"as asked":      {Response{TokenType: TypeBearer, IssuedTokenType: access}, access, verdict.Checks{issued("pass", access, access, "")}},
		"nothing asked": {Response{TokenType: TypeBearer, IssuedTokenType: jwt}, "", verdict.Checks{issued("pass", "", jwt, "")}},
		"another":       {Response{TokenType: TypeBearer, IssuedTokenType: access}, jwt, verdict.Checks{issued("warn", jwt, access, other)}},
		"hostile":       {Response{TokenType: TypeBearer, IssuedTokenType: "\x1b[31m"}, jwt, verdict.Checks{issued("warn", jwt, `\x1b[31m`, other)}},
		"missing": {
			Response{TokenType: TypeBearer},
			access,
			verdict.Checks{issued("warn", access, "no issued_token_type", "what kind of token came is not known; a stricter client fails here")},
		},
		"RFC 8693 §A.2.4": {Response{TokenType: TypeNA, IssuedTokenType: jwt}, jwt, verdict.Checks{
			issued("pass", jwt, jwt, ""),
			{Rule: "exchange.token_type", Spec: "RFC 8693 §2.2.1", Status: "pass", Got: "N_A: it is not to be sent as an access token"},
		}},
	} {
		t.Run(name, func(t *testing.T) { equal(t, "checks", test.want, CheckExchange(&test.response, test.requested)) })
	}
}

func TestActor(t *testing.T) {
	for name, test := range map[string]struct {
		claims string
		want   []string
	}{
		"none":            {`{"sub":"user"}`, nil},
		"RFC 8693 §4.1-1": {`{"sub":"user@example.com","act":{"sub":"admin@example.com"}}`, []string{"admin@example.com"}},
		"RFC 8693 §4.1-2": {
			`{"sub":"user@example.com","act":{"sub":"https://service16.example.com","act":{"sub":"https://service77.example.com"}}}`,
			[]string{"https://service16.example.com", "https://service77.example.com"},
		},
		"with issuer":      {`{"act":{"sub":"a","iss":"https://as.example"}}`, []string{"a (https://as.example)"}},
		"a client":         {`{"act":{"client_id":"svc"}}`, []string{"svc"}},
		"no name":          {`{"act":{"act":{"sub":"b"}}}`, []string{"an actor without sub", "b"}},
		"name of no type":  {`{"act":{"sub":["a"]}}`, []string{"an actor without sub"}},
		"hostile":          {`{"act":{"sub":"a\u001b[31m\n"}}`, []string{`a\x1b[31m\n`}},
		"no object":        {`{"act":"admin"}`, nil},
		"null":             {`{"act":null}`, nil},
		"may_act":          {`{"may_act":{"sub":"admin"}}`, nil},
		"broken deep down": {`{"act":{"sub":"a","act":7}}`, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			claims, err := strictjson.Parse([]byte(test.claims))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "actors", test.want, Actor(claims))
		})
	}
	deep := strings.Repeat(`{"sub":"x","act":`, strictjson.MaxDepth-1) + `{"sub":"x"}` + strings.Repeat("}", strictjson.MaxDepth-1)
	claims, err := strictjson.Parse([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "depth", strictjson.MaxDepth-1, len(Actor(claims)))
}
