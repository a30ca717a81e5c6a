package oauth

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func secretFor(alg string) secret.Secret { return secret.New(strings.Repeat(alg, 13)) }

func details(t *testing.T, text string) Details {
	t.Helper()
	if text == "" {
		return nil
	}
	out, err := ParseAuthorizationDetails([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseAuthorizationDetails(t *testing.T) {
	t.Parallel()
	equal(t, "compact", `[{"type":"a","x":[1,2]},{"type":"b"}]`, details(t, " [ {\"type\":\"a\", \"x\": [1, 2]},\n{\"type\":\"b\"} ] ").JSON())
	for text, want := range map[string]string{
		``:                                 "ends too early",
		`{"type":"a"}`:                     "an array was expected, not an object",
		`"a"`:                              "an array was expected, not a string",
		`[]`:                               "an empty array",
		`["a"]`:                            "element 1 is a string, not an object",
		`[{"type":"a"},{}]`:                "element 2 has no type, a string that is not empty",
		`[{"type":""}]`:                    "element 1 has no type, a string that is not empty",
		`[{"type":1}]`:                     "element 1 has no type, a string that is not empty",
		`[{"type":"a","type":"b"}]`:        "duplicate",
		`[{"type":"a","x":{"y":1,"y":2}}]`: "duplicate",
		`[{"type":"a"}],"x":[1]`:           "something follows the JSON value",
		`[{"type":"a"}]}`:                  "follows",
		"[" + strings.Repeat(`{"type":"a"},`, 64) + `{"type":"a"}]`: "65 objects, more than the limit of 64",
		`[{"type":"` + strings.Repeat("a", 64<<10) + `"}]`:          "more than the limit of 65536",
	} {
		if _, err := ParseAuthorizationDetails([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}

func TestCheckGrantedDetails(t *testing.T) {
	t.Parallel()
	const (
		asked  = `[{"type":"payment","actions":["initiate","cancel"],"amount":{"value":"10.0","currency":"EUR"},"accounts":[]}]`
		lacked = "fail: "
		more   = "warn: granted unasked: "
	)
	for name, test := range map[string]struct{ asked, granted, want string }{
		"the same":                     {asked, asked, ""},
		"another order":                {asked, `[{"amount":{"currency":"EUR","value":"10.0"},"accounts":[],"actions":["cancel","initiate"],"type":"payment"}]`, ""},
		"enriched":                     {asked, `[{"type":"payment","actions":["initiate","cancel"],"amount":{"value":"10.0","currency":"EUR","fee":0},"accounts":[{"iban":"X"}],"id":"7"}]`, ""},
		"a number in another spelling": {`[{"type":"a","n":10}]`, `[{"type":"a","n":1e1}]`, ""},
		"a string for a number":        {`[{"type":"a","n":10}]`, `[{"type":"a","n":"10"}]`, lacked + "without a.n: 10"},
		"dropped":                      {asked, "", lacked + "no authorization_details in the answer"},
		"another type":                 {asked, `[{"type":"account"}]`, lacked + "without payment"},
		"fewer actions":                {asked, `[{"type":"payment","actions":["initiate"],"amount":{"value":"10.0","currency":"EUR"},"accounts":[]}]`, lacked + `without payment.actions: "cancel"`},
		"another amount":               {asked, `[{"type":"payment","actions":["initiate","cancel"],"amount":{"value":"9.0","currency":"EUR"},"accounts":[]}]`, lacked + `without payment.amount.value: "10.0"`},
		"a member less":                {asked, `[{"type":"payment","actions":["initiate","cancel"],"amount":{"value":"10.0"},"accounts":[]}]`, lacked + "without payment.amount.currency"},
		"a list for an object":         {`[{"type":"a","x":{"y":1}}]`, `[{"type":"a","x":[]}]`, lacked + `without a.x: {"y":1}`},
		"objects in a list":            {`[{"type":"a","x":[{"y":1},{"y":2}]}]`, `[{"type":"a","x":[{"y":2,"z":0}]}]`, lacked + `without a.x: {"y":1}`},
		"one of two":                   {`[{"type":"a","identifier":"1"},{"type":"a","identifier":"2"}]`, `[{"type":"a","identifier":"1"}]`, lacked + `without a.identifier: "2"`},
		"a further type":               {`[{"type":"a"}]`, `[{"type":"a"},{"type":"b"}]`, more + "b"},
		"a further object":             {`[{"type":"a"}]`, `[{"type":"a"},{"type":"a"}]`, more + "1 further a object"},
		"a further action":             {`[{"type":"a","actions":["read"]}]`, `[{"type":"a","actions":["read","write"]}]`, more + "a.actions: write"},
		"actions that were left open":  {`[{"type":"a"}]`, `[{"type":"a","actions":["read"]}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, c := range CheckGrantedDetails(details(t, test.asked), details(t, test.granted)) {
				equal(t, "rule", "token.authorization_details", c.Rule)
				if c.Status != verdict.Pass {
					got += string(c.Status) + ": " + c.Got
				}
			}
			equal(t, "checks", test.want, got)
		})
	}
}

func TestCheckTokenDetails(t *testing.T) {
	t.Parallel()
	granted := details(t, `[{"type":"a","actions":["read"]},{"type":"b"}]`)
	for claim, want := range map[string]verdict.Status{
		`[{"type":"a","actions":["read"]},{"type":"b"}]`: verdict.Pass,
		`[{"type":"b"}]`: verdict.Warn,
		`[{"type":"a","actions":["read","write"]},{"type":"b"}]`: verdict.Fail,
		`[{"type":"a","actions":["read"]},{"type":"c"}]`:         verdict.Fail,
	} {
		if checks := CheckTokenDetails(granted, details(t, claim)); len(checks) != 1 || checks[0].Status != want {
			t.Errorf("%s: %v, want %s", claim, checks, want)
		}
	}
}

func FuzzAuthorizationDetails(f *testing.F) {
	f.Add([]byte(`[{"type":"a","actions":["x"],"y":{"z":[1,{"q":null}]}}]`), []byte(`[{"type":"a"}]`))
	f.Fuzz(func(t *testing.T, asked, granted []byte) {
		a, err := ParseAuthorizationDetails(asked)
		if err != nil {
			return
		}
		if again, err := ParseAuthorizationDetails([]byte(a.JSON())); err != nil || again.JSON() != a.JSON() {
			t.Errorf("%q does not survive: %v", a.JSON(), err)
		}
		if CheckGrantedDetails(a, a).Failed() {
			t.Errorf("%q is not what it asks for", a.JSON())
		}
		if g, err := ParseAuthorizationDetails(granted); err == nil {
			CheckGrantedDetails(a, g)
			CheckTokenDetails(g, a)
		}
	})
}
