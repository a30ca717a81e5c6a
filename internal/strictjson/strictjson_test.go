package strictjson_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

func nested(depth int) string {
	return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
}

func TestParse(t *testing.T) {
	t.Parallel()
	many := make([]string, 0, 100)
	for i := range 100 {
		many = append(many, `"m`+strconv.Itoa(i)+`":`+strconv.Itoa(i))
	}
	for _, c := range []struct {
		name, in string
		want     []strictjson.Member
		err      string
	}{
		{name: "empty", in: " {\n} "},
		{
			name: "values as they came", in: "\t{ \"a\" : 1.10 ,\"b\":\"x\\u0041]}\\\"\",\"c\":[ {\"d\":\"}\"} , 2],\"\\u0065\":null,\"f\":{},\"\":true}\r\n",
			want: []strictjson.Member{
				{Name: "a", Value: jsontext.Value("1.10")},
				{Name: "b", Value: jsontext.Value(`"x\u0041]}\""`)},
				{Name: "c", Value: jsontext.Value(`[ {"d":"}"} , 2]`)},
				{Name: "e", Value: jsontext.Value("null")},
				{Name: "f", Value: jsontext.Value("{}")},
				{Name: "", Value: jsontext.Value("true")},
			},
		},
		{name: "nothing", in: "", err: "the JSON ends too early"},
		{name: "cut", in: `{"a":1`, err: "the JSON ends too early"},
		{name: "no object", in: `["a"]`, err: "a JSON object was expected, not an array"},
		{name: "two", in: `{} {}`, err: "something follows the JSON object"},
		{name: "duplicate", in: `{"a":1,"a":2}`, err: `duplicate member "a"`},
		{name: "duplicate by escape", in: `{"a":1,"\u0061":2}`, err: `duplicate member "a"`},
		{name: "duplicate inside", in: `{"a":[{"b":1,"b":1}]}`, err: `duplicate member "b"`},
		{name: "bad UTF-8", in: "{\"a\":\"\xff\"}", err: "invalid UTF-8"},
		{name: "half a surrogate", in: `{"a":"\ud800SECRET"}`, err: "an invalid escape in a string at byte 6"},
		{name: "half a surrogate, inside", in: `{"a":[["\udc00SECRET"]]}`, err: "an invalid escape in a string at byte 8"},
		{name: "half a surrogate in a name", in: `{"\ud800SECRET":1}`, err: "an invalid escape in a string at byte 2"},
		{name: "two first halves", in: `{"a":"\ud800\ud800"}`, err: "an invalid escape in a string at byte 6"},
		{name: "an unknown escape", in: `{"a":"\SECRET"}`, err: "an invalid escape in a string at byte 6"},
		{name: "half an escape", in: `{"a":"\u00SECRET"}`, err: "an invalid escape in a string at byte 6"},
		{name: "comma", in: `{"a":1,}`, err: "at byte"},
		{name: "deep enough", in: nested(strictjson.MaxDepth), want: []strictjson.Member{
			{Name: "a", Value: jsontext.Value(nested(strictjson.MaxDepth)[5 : len(nested(strictjson.MaxDepth))-1])},
		}},
		{name: "too deep", in: nested(strictjson.MaxDepth + 1), err: "nested deeper"},
		{name: "far too deep", in: nested(100_000), err: "exceeded max depth"},
		{name: "many with a duplicate", in: "{" + strings.Join(many, ",") + `,"m7":0}`, err: `duplicate member "m7"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Parse([]byte(c.in))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "SEC") {
					t.Fatalf("error %v, want one with %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Members(), cmpopts.IgnoreUnexported(strictjson.Member{}), cmp.Comparer(func(a, b jsontext.Value) bool { return string(a) == string(b) })); diff != "" && len(c.want)+len(got.Members()) > 0 {
				t.Error(diff)
			}
		})
	}
	o, err := strictjson.Parse([]byte("{" + strings.Join(many, ",") + "}"))
	if n, ok, nerr := o.Number("m99"); err != nil || nerr != nil || !ok || n != 99 || o.Has("m100") {
		t.Errorf("m99 of many = %v, %v, %v, %v", n, ok, err, nerr)
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Elements(jsontext.Value(` [1, "a]" ,[2],{"b":[]},null]`))
	want := []string{"1", `"a]"`, "[2]", `{"b":[]}`, "null"}
	var texts []string
	for _, v := range got {
		texts = append(texts, string(v))
	}
	if diff := cmp.Diff(want, texts); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for depth, want := range map[int]bool{strictjson.MaxDepth: true, strictjson.MaxDepth + 1: false} {
		if _, err := strictjson.ParseArray([]byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))); (err == nil) != want {
			t.Errorf("%d arrays in each other: %v", depth, err)
		}
	}
	if _, err := strictjson.Elements(jsontext.Value("{}")); !errors.Is(err, strictjson.ErrType) {
		t.Errorf("an object is %v", err)
	}
}

// FuzzParse holds that what is accepted is what a decoder that reads token by token accepts, with the same members.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":1}`, `{"a":{"b":[1,"\"",{}]},"c":"\u0041"}`, `{"a":1,"\u0061":2}`, `{} x`, `[1]`, nested(70), "{\"\xff\":1}",
		`{"a":{"b":1,"b":2}}`, `{"a":-0.5e+10,"b":01}`, `{"a":"\/\ud83d\ude00","é":"ü"}`, `{"a":[1,],"b":[ ]}`, `{"a":tru,"b":{"c":{}}}`, "{\"a\":\"\xed\xa0\x80\"}",
	} {
		f.Add(seed)
	}
	for _, value := range fragments() { // in each place where a value can stand, read by either way, and cut short
		for _, around := range []string{
			`{"a":%}`, `{"a":%,"b":1}`, `{"a":[%]}`, `{"a":[1,%,2]}`, `{"a":{"c":%,"d":2}}`, `{"\u0061":%}`, `{"\u0061":[%] }`, `{"a":%`, `{"a" %}`, `{a":%}`,
			`{"a":{"c" %}}`, `{"a":{c":%}}`, `{"a":{"c":%`, `{"a":%} {}`, `{"a":%}]`, `{"\n":%}`, `{"a":{"\n":1,"\u000a":%}}`, "{\"\x01\":%}",
		} {
			f.Add(strings.Replace(around, "%", value, 1))
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := strictjson.Parse([]byte(in))
		want, wanted := oracle(in)
		if (err == nil) != wanted {
			t.Fatalf("%q: error %v, and the decoder accepts: %t", in, err, wanted)
		}
		if err != nil {
			return
		}
		names := make(map[string]string)
		for _, m := range got.Members() {
			names[m.Name] = string(m.Value)
			if said, err := got.String(m.Name); m.Value.Kind() == '"' {
				if plain, _ := jsontext.AppendUnquote(nil, m.Value); err != nil || said != string(plain) {
					t.Errorf("%s says %q, %v", m.Value, said, err)
				}
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzParseArray holds that an array is taken where it is as a member of an object, with the same elements.
func FuzzParseArray(f *testing.F) {
	for _, seed := range []string{`[]`, `[1,"a",{"b":[]}]`, `[1,]`, `["\u0041",-0.1e2]`, `[1] 2`, `{}`, `[tru]`} {
		f.Add(seed)
	}
	for _, value := range fragments() {
		for _, around := range []string{`[%]`, `[%,1]`, `[%`, `["\u0061",%]`, `["\u0061",% ]`, `[%}`, `[%]]`} {
			f.Add(strings.Replace(around, "%", value, 1))
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := strictjson.ParseArray([]byte(in))
		around, wanted := oracle(`{"a":` + in + `}`)
		value := strings.TrimSpace(around["a"])
		wanted = wanted && len(around) == 1 && strings.HasPrefix(value, "[") && value == strings.Trim(in, " \t\r\n")
		if (err == nil) != wanted && depth(jsontext.Value(in)) < strictjson.MaxDepth-1 {
			t.Fatalf("%q: error %v, and the decoder accepts: %t", in, err, wanted)
		}
		for _, element := range got {
			if !element.IsValid() {
				t.Errorf("%q: %q", in, element)
			}
		}
	})
}

// fragments are values, and what is nearly one.
func fragments() []string {
	return []string{
		`true`, `false`, `null`, `0`, `-0`, `9`, `10.25`, `-1e9`, `1E+7`, `2.5e-3`, `""`, `"x"`, `"a\n\"\\"`, `"\u00e9"`, `"é"`, `[]`, `[ ]`, `[[],[1]]`, `{}`, `{ }`, `{"e":{}}`,
		`txxx`, `fxxxx`, `nxxx`, `tru`, `truee`, `01`, `-01`, `1.`, `.5`, `1e`, `1e+`, `1e+-1`, `-`, `+1`, `1x`, `0x1`, `1 2`, ``, `,`,
		"\"x\x01y\"", `"\`, `"\u00`, `"\q"`, `"x`, `x"`, `"\ud800"`, "\"\xff\"", `[1 2]`, `[1`, `[,]`, `[1,]`, `{"e":1 "f":2}`, `{"e":1,}`, `{"e"}`, `{"e":1`, `{`, `[`, `{"e":1,"e":2}`, `{"\n":1,"\n":2}`,
		strings.Repeat("[", strictjson.MaxDepth-3) + strings.Repeat("]", strictjson.MaxDepth-3), strings.Repeat("[", 70) + "{}" + strings.Repeat("]", 70) + `,[]`,
	}
}

func oracle(in string) (map[string]string, bool) {
	dec := jsontext.NewDecoder(strings.NewReader(in))
	token, err := dec.ReadToken()
	if err != nil || token.Kind() != '{' {
		return nil, false
	}
	out := make(map[string]string)
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, false
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil || depth(value) >= strictjson.MaxDepth {
			return nil, false
		}
		out[key] = string(value)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, false
	}
	_, err = dec.ReadToken()
	return out, errors.Is(err, io.EOF)
}

// depth is how deep a valid value is nested.
func depth(value jsontext.Value) int {
	dec, most := jsontext.NewDecoder(strings.NewReader(string(value))), 0
	for {
		most = max(most, dec.StackDepth())
		if _, err := dec.ReadToken(); err != nil {
			return most
		}
	}
}

func BenchmarkParse(b *testing.B) {
	claims := []byte(`{"iss":"https://id.example.com","sub":"user-1","aud":["https://api.example.com"],"exp":1790000000,"iat":1789999000,` +
		`"nbf":1789999000,"jti":"0123456789abcdef","client_id":"web","scope":"openid profile","auth_time":1789999000,"acr":"1"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := strictjson.Parse(claims); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMembers holds that a member is had as its own type alone.
func TestMembers(t *testing.T) {
	t.Parallel()
	o, err := strictjson.Parse([]byte(`{"null":null,"true":true,"false":false,"zero":0,"huge":1e999,"text":"a","none":"","texts":["a","b"],"mixed":["a",1],"object":{"in":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, m := range append(o.Members(), strictjson.Member{Name: "absent"}) {
		var as []string
		note := func(kind string, err error) {
			if err == nil {
				as = append(as, kind)
			} else if !errors.Is(err, strictjson.ErrType) {
				t.Errorf("%s as %s: %v", m.Name, kind, err)
			}
		}
		s, err := o.String(m.Name)
		note("string "+s, err)
		list, err := o.Strings(m.Name)
		note("strings "+strings.Join(list, "+"), err)
		number, ok, err := o.Number(m.Name)
		note("number "+strconv.FormatFloat(number, 'g', -1, 64)+" "+strconv.FormatBool(ok), err)
		value, ok, err := o.Bool(m.Name)
		note("bool "+strconv.FormatBool(value)+" "+strconv.FormatBool(ok), err)
		inner, ok, err := o.Object(m.Name)
		note("object "+string(inner.Raw())+" "+strconv.FormatBool(ok), err)
		got[m.Name] = strings.Join(as, ", ")
	}
	want := map[string]string{
		"null": "", "true": "bool true true", "false": "bool false true", "zero": "number 0 true", "huge": "", "text": "string a", "none": "string ",
		"texts": "strings a+b", "mixed": "", "object": `object {"in":1} true`, "absent": "string , strings , number 0 false, bool false false, object  false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if data, err := (strictjson.Object{}).MarshalJSON(); err != nil || string(data) != "{}" || !o.Has("null") || o.Has("absent") {
		t.Errorf("%s, %v", data, err)
	}
}
