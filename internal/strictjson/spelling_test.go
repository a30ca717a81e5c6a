package strictjson

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestCompact(t *testing.T) {
	for in, want := range map[string]string{
		"{ \"a\" : [ 1 , \" b \" ] }": `{"a":[1," b "]}`,
		`{"b":1.0,"a":"\u0041"}`:      `{"b":1.0,"a":"\u0041"}`, // as it is spelt
		`{"a":`:                       `{"a":`,
		`"<&>"`:                       `"<&>"`,
	} {
		if got := Compact(jsontext.Value(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestCanonical holds that two values have one spelling exactly where jsontext gives them one by RFC 8785.
func TestCanonical(t *testing.T) {
	values := []string{
		`1`, `1.0`, `10e-1`, `1e0`, `0.1`, `100000000000000000000000`, `1e23`, `"1"`, `"a"`, `"\u0061"`, `"\u2028"`, "\"\u2028\"",
		`"<"`, `"\u003c"`, `"A"`, `""`, `null`, `true`, `false`, `[]`, `[ ]`, `{}`, ` { } `, `[1,2]`, `[2,1]`, `[1, 2]`, `[1.0,2]`,
		`{"a":1,"b":2}`, `{"b":2,"a":1}`, `{"b":2.0 , "\u0061":1e0}`, `{"A":1,"b":2}`, `{"a":{"c":[],"b":null}}`, `{"a":{"b":null,"c":[]}}`,
		`{"a":null}`, `{"a":""}`, `"\ud83d\ude00"`, `"😀"`, `9007199254740993`, `9007199254740992`,
	}
	spelt := func(value string) string {
		v := jsontext.Value(value)
		if err := v.Canonicalize(); err != nil {
			t.Fatal(value, err)
		}
		return string(v)
	}
	for _, a := range values {
		for _, b := range values {
			want := spelt(a) == spelt(b)
			if got := Canonical(jsontext.Value(a)) == Canonical(jsontext.Value(b)); got != want {
				t.Errorf("%s and %s mean the same: %v, want %v", a, b, got, want)
			}
		}
	}
	for _, odd := range []string{`{"a":`, `1e400`, ``} {
		if got := Canonical(jsontext.Value(odd)); got != odd {
			t.Errorf("%s: %s", odd, got)
		}
	}
}
