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
		{name: "half a surrogate", in: `{"a":"\ud800"}`, err: "surrogate"},
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
				if err == nil || !strings.Contains(err.Error(), c.err) {
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
