package oauth

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// wrapped is a JWT with these claims, which nobody signed: what is judged here comes before the signature.
func wrapped(claims string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"RS256"}`) + "." + part(claims) + ".c2ln"
}

// closed opens nothing.
func closed(string) (string, error) { return "", errors.New("no key") }

func TestParseJARM(t *testing.T) {
	t.Parallel()
	own, other := wrapped(`{"state":"S","code":"C"}`), wrapped(`{"state":"T","code":"C"}`)
	sealed := "a.b.c.d.e"
	open := func(string) (string, error) { return own, nil }
	response := func(values ...string) string { return url.Values{"response": values}.Encode() }
	for name, test := range map[string]struct {
		encoded string
		open    func(string) (string, error)
		code    string // of the refusal; "foreign", or "" where the JWT is taken
		got     string
	}{
		"ours":                          {response(own), closed, "", ""},
		"with other parameters":         {response(own) + "&iss=https%3A%2F%2Fa&session_state=x", closed, "", ""},
		"encrypted":                     {response(sealed), open, "", ""},
		"encrypted, no key":             {response(sealed), closed, "foreign", ""},
		"another state":                 {response(other), closed, "foreign", ""},
		"another state, plain one ours": {response(other) + "&state=S", closed, "foreign", ""},
		"no state":                      {response(wrapped(`{"code":"C"}`)), closed, "foreign", ""},
		"state is a number":             {response(wrapped(`{"state":7}`)), closed, "foreign", ""},
		"two states":                    {response(wrapped(`{"state":"T","state":"S"}`)), closed, "foreign", ""},
		"no JWT":                        {response("rubbish"), closed, "foreign", ""},
		"empty":                         {response(""), closed, "foreign", ""},
		"nothing":                       {"", closed, "foreign", ""},
		"plain, of another login":       {"code=C&state=T", closed, "foreign", ""},
		"too long":                      {response(own) + "&x=" + strings.Repeat("x", 1<<20), closed, "foreign", ""},
		"many":                          {response(own, own, own, own, own), closed, "foreign", ""},
		"two, none ours":                {response(other, other), closed, "foreign", ""},
		"two, the first ours":           {response(own, other), closed, "callback.repeated", "response 2 times"},
		"as many as are looked at":      {response(other, other, other, own), closed, "callback.repeated", "response 4 times"},
		"two, one ours":                 {response(other, own), closed, "callback.repeated", "response 2 times"},
		"plain code":                    {"code=C&state=S", closed, "callback.jarm", "outside of a JWT: code"},
		"plain error":                   {"error=access_denied&state=S", closed, "callback.jarm", "outside of a JWT: error"},
		"nothing but state":             {"state=S", closed, "callback.jarm", "no response"},
		"a code beside":                 {response(own) + "&code=evil", closed, "callback.jarm", "outside of a JWT: code"},
		"tokens beside":                 {response(own) + "&id_token=a&access_token=b", closed, "callback.jarm", "outside of a JWT: access_token, id_token"},
		"not encoded":                   {response(own) + "&x=%zz", closed, "callback.encoding", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compact, err := ParseJARM(test.encoded, Pending{State: "S"}, test.open)
			switch {
			case test.code == "" && (err != nil || compact == ""):
				t.Errorf("%q %v", compact, err)
			case test.code == "foreign" && !errors.Is(err, ErrForeign):
				t.Error(err)
			case test.code != "" && compact != "":
				t.Errorf("%q came with an error", compact)
			case test.code != "" && test.code != "foreign":
				if errors.Is(err, ErrForeign) {
					t.Fatal(err)
				}
				got := outcomeOf(t, err)
				equal(t, "refusal", [2]string{test.code, test.got}, [2]string{got.Code, got.Got})
				equal(t, "kind", problem.Verification, got.Kind)
			}
		})
	}
	if _, err := ParseJARM(response(wrapped(`{"state":""}`)), Pending{}, closed); !errors.Is(err, ErrForeign) {
		t.Error("a state that was never sent is nobody's", err)
	}
}

func TestResponseParameters(t *testing.T) {
	t.Parallel()
	for claims, want := range map[string]string{
		`{"iss":"https://a","aud":"web","exp":1,"iat":1,"nbf":1,"jti":"x","code":"C","state":"S"}`: "code=C&iss=https%3A%2F%2Fa&state=S",
		`{"access_token":"T","expires_in":60,"token_type":"Bearer","custom":{"a":1}}`:              "access_token=T&expires_in=60&token_type=Bearer",
		`{"error":"access_denied","error_description":"no"}`:                                       "error=access_denied&error_description=no",
		`{"authorization_details":[{"type":"a"}]}`:                                                 "authorization_details=%5B%7B%22type%22%3A%22a%22%7D%5D",
		`{"code":1}`:        "code is a number",
		`{"error":null}`:    "error is null",
		`{"iss":["a"]}`:     "iss is an array",
		`{"id_token":{}}`:   "id_token is an object",
		`{"expires_in":{}}`: "expires_in is an object",
	} {
		object, err := strictjson.Parse([]byte(claims))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ResponseParameters(object)
		if err != nil {
			p := outcomeOf(t, err)
			equal(t, claims, "callback.jarm", p.Code)
			got = p.Got
		}
		equal(t, claims, want, got)
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		"": "", "query": "query", "form_post": "form_post", "web_message": "web_message",
		"jwt": "signed", "query.jwt": "query signed", "fragment.jwt": "fragment signed", "form_post.jwt": "form_post signed",
	} {
		transport, signed := Transport(mode)
		if signed {
			transport = strings.TrimSpace(transport + " signed")
		}
		equal(t, mode, want, transport)
	}
}

// FuzzParseJARM holds what anybody may send: it never panics, and what is taken has the state that was sent, for whoever
// reads its parameters too.
func FuzzParseJARM(f *testing.F) {
	f.Add("response=" + wrapped(`{"state":"S","code":"C"}`))
	f.Add("response=a.b.c.d.e&state=S")
	f.Add("code=C&state=S")
	for _, claims := range []string{
		`{"state":"S","state":"T","code":"C"}`, `{"state":"S","code":["C"],"iss":7}`, `{"state":"S","error":"x\u001b[31m","error_description":"\u202e"}`,
		`{"state":"S","access_token":"T","token_type":"Bearer","expires_in":1e300,"code":"C&code=D"}`, `{"STATE":"S"}`, `{"state":"S","iss":"https://honest.as.example","code":"C","aud":"x"}`,
	} {
		f.Add("response=" + wrapped(claims))
		f.Add("state=S&response=" + wrapped(claims) + "&response=a.b.c")
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		compact, err := ParseJARM(encoded, Pending{State: "S"}, closed)
		if (err == nil) != (compact != "") {
			t.Fatalf("%q and %v", compact, err)
		}
		if err == nil && ownResponse(compact, Pending{State: "S"}, closed) != nil {
			t.Errorf("%q is another's", compact)
		}
		if err != nil {
			if !errors.Is(err, ErrForeign) {
				assertPrintable(t, err)
			}
			return
		}
		token, err := jose.Parse(compact)
		if err != nil {
			return
		}
		parameters, err := ResponseParameters(token.Claims)
		if err != nil {
			assertPrintable(t, err)
			return
		}
		callback, err := ParseCallback(parameters, Pending{State: "S", Issuer: honest})
		if errors.Is(err, ErrForeign) {
			t.Fatalf("%q was ours, and its parameters are not", compact)
		}
		if code, _ := token.Claims.String("code"); err == nil && callback.Code().Reveal() != code {
			t.Fatalf("%q has the code %q", compact, callback.Code().Reveal())
		}
	})
}
