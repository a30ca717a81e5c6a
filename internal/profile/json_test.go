package profile

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestJSON holds that a value of JSON may be written in YAML, where it becomes the same JSON in the order of the file.
func TestJSON(t *testing.T) {
	for name, test := range map[string]struct{ lines, want string }{
		"its text":         {`details: '[{"type":"a"}]'`, `[{"type":"a"}]`},
		"its text, a file": {`details: "@payment.json"`, "@payment.json"},
		"block text":       {"details: |\n      [{}]", "[{}]\n"},
		"lists and mappings": {
			"details:\n      - type: payment\n        actions: [initiate, status]\n        amount: {currency: EUR, value: \"12.50\"}\n      - type: b",
			`[{"type":"payment","actions":["initiate","status"],"amount":{"currency":"EUR","value":"12.50"}},{"type":"b"}]`,
		},
		"nothing, as claims have it": {
			"details:\n      userinfo: {email: , given_name: {essential: true}}\n      id_token: {acr: ~}",
			`{"userinfo":{"email":null,"given_name":{"essential":true}},"id_token":{"acr":null}}`,
		},
		"every kind":         {`details: [1, -2.50, 1e3, true, False, null, "1", "1e3", yes, 2026-11-20, {}, []]`, `[1,-2.50,1e3,true,false,null,"1","1e3","yes","2026-11-20",{},[]]`},
		"signs":              {`details: ["a\"b\\\u001b\n", é, '</x>']`, `["a\"b\\\u001b\n","é","</x>"]`},
		"names of all kinds": {`details: {1: a, true: b, "c d": e}`, `{"1":"a","true":"b","c d":"e"}`},
		"long text":          {"details:\n      - |\n        two\n        lines", `["two\nlines\n"]`},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := decode([]byte("profiles:\n  p:\n    "+test.lines+"\n"), "c.yaml", Schema{"details": JSON})
			if err != nil {
				t.Fatal(err)
			}
			p, _ := file.Profile("p")
			if got := p.Values()["details"].Text; len(got) != 1 || got[0] != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	const spelling = ": JSON has no such spelling of a number; quotes make it a text"
	for _, test := range []struct{ lines, code, message string }{
		{"details:\n      - type: a\n        type: " + hidden, "profile.duplicate_key", `c.yaml:5:9: key "type" is already at line 4, column 9`},
		{"details: [{limit: 0x1F}]", "profile.value", "c.yaml:3:23: details[0].limit" + spelling},
		{"details: [007]", "profile.value", "c.yaml:3:15: details[0]" + spelling},
		{"details: [1_000]", "profile.value", "c.yaml:3:15: details[0]" + spelling},
		{"details: [.5]", "profile.value", "c.yaml:3:15: details[0]" + spelling},
		{"details: [.inf]", "profile.type", "c.yaml:3:15: details[0]: JSON is wanted, not a number"},
		{"details: [&a x, *a]", "profile.type", "c.yaml:3:15: details[0]: JSON is wanted, not a YAML anchor or alias"},
		{"details: {a: !!binary " + hidden + "}", "profile.type", "c.yaml:3:18: details.a: JSON is wanted, not a YAML tag"},
		{"details: {? [a] : b}", "profile.yaml", "c.yaml:3:21: found an invalid key for this map"},
		{"details:", "profile.type", "c.yaml:3:14: details: JSON is wanted, not nothing"},
		{"details: " + strings.Repeat("[", 17), "profile.yaml", "c.yaml:3:30: nested deeper than 16 levels"},
	} {
		t.Run(test.lines, func(t *testing.T) {
			_, err := decode([]byte("profiles:\n  p:\n    "+test.lines+"\n"), "c.yaml", Schema{"details": JSON})
			if err == nil {
				t.Fatal("accepted")
			}
			if e := problem.As(err); e.Code != test.code || e.Message != test.message {
				t.Errorf("got  %s %s\nwant %s %s", e.Code, e.Message, test.code, test.message)
			}
		})
	}
}
