package jose_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestInspectRefusesWhatIsNoToken(t *testing.T) {
	tests := map[string]struct {
		input     string
		got       string
		encrypted bool
	}{
		"nothing":        {"", "nothing but white space", false},
		"opaque":         {"abc", "1 part: an opaque token", false},
		"two parts":      {"a.b", "2 parts", false},
		"four parts":     {"a.b.c.d", "4 parts", false},
		"encrypted":      {"a.b.c.d.e", "5 parts: an encrypted JWE", true},
		"SD-JWT":         {"a.b.c~d~", "an SD-JWT with disclosures", false},
		"no SD-JWT":      {"a.\x01.b~.d", "4 parts", false},
		"SD-JWT + KB":    {"a.b.c~d~e.f.g", "an SD-JWT with disclosures", false},
		"an answer":      {` {"access_token":"a.b.c","token_type":"Bearer"}`, "the provider's whole answer, in JSON", false},
		"a refusal":      {`{"error":"invalid_client"}`, "a provider's error, in JSON", false},
		"other JSON":     {`{"keys":[]}`, "JSON", false},
		"broken JSON":    {`{"access_token":`, "JSON that is broken or cut", false},
		"a page":         {" <html><body>a.b.c</body></html>", "a page in HTML or XML", false},
		"flattened JSON": {`{"payload":"e30","protected":"e30","signature":""}`, "a JWS in JSON serialization", false},
		"general JSON":   {` {"payload":"e30","signatures":[{},{}]}`, "a JWS in JSON serialization", false},
		"the biggest":    {"a." + strings.Repeat("c", jose.MaxToken-2), "2 parts", false},
		"just too big":   {"a." + strings.Repeat("c", jose.MaxToken-1), "1048577 bytes, more than the limit of 1048576", false},
		"too big":        {"a.b." + strings.Repeat("c", jose.MaxToken), "1048580 bytes, more than the limit of 1048576", false},
		"million dots":   {strings.Repeat(".", 10_000_000), "10000000 bytes, more than the limit of 1048576", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, checks, err := jose.Inspect(test.input)
			if token != nil || checks != nil {
				t.Error("a token in spite of the error")
			}
			p := problem.As(err)
			got := []any{p.Kind, p.Code, p.Got, errors.Is(err, jose.ErrEncrypted)}
			want := []any{problem.Verification, "jose.parts", test.got, test.encrypted}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMillionDotsAllocateNothing(t *testing.T) {
	dots := strings.Repeat(".", jose.MaxToken)
	if n := testing.AllocsPerRun(10, func() { _, _, _ = jose.Inspect(dots) }); n > 20 {
		t.Errorf("%v allocations", n)
	}
}

// faults are the failed rules and what they say they got.
func faults(checks verdict.Checks) map[string]string {
	out := map[string]string{}
	for _, c := range checks.With(verdict.Fail) {
		out[c.Rule] = c.Got
	}
	return out
}

func TestInspectHeader(t *testing.T) {
	const claims = `{"iss":"x"}`
	tests := map[string]struct {
		header string
		want   map[string]string
	}{
		"good":                      {`{"alg":"RS256","kid":"1","typ":"JWT"}`, map[string]string{}},
		"empty":                     {``, map[string]string{"jose.header": "the JSON ends too early"}},
		"null":                      {`null`, map[string]string{"jose.header": "a JSON object was expected, not null"}},
		"a list":                    {`[]`, map[string]string{"jose.header": "a JSON object was expected, not an array"}},
		"cut":                       {`{`, map[string]string{"jose.header": "the JSON ends too early"}},
		"spaces":                    {strings.Repeat(" ", 700_000), map[string]string{"jose.header": "the JSON ends too early"}},
		"something after":           {`{"alg":"RS256"}{}`, map[string]string{"jose.header": "something follows the JSON object"}},
		"duplicate alg":             {`{"alg":"none","alg":"RS256"}`, map[string]string{"jose.header": `duplicate member "alg"`}},
		"alg in capitals":           {`{"ALG":"RS256","kid":"1"}`, map[string]string{"jose.header": `no alg ("ALG" is another name: case matters)`}},
		"alg a number":              {`{"alg":1}`, map[string]string{"jose.header": `member "alg": wrong JSON type: a string was expected, not a number`}},
		"kid a list":                {`{"alg":"RS256","kid":["1"]}`, map[string]string{"jose.header": `member "kid": wrong JSON type: a string was expected, not an array`}},
		"typ null":                  {`{"alg":"RS256","typ":null}`, map[string]string{"jose.header": `member "typ": wrong JSON type: a string was expected, not null`}},
		"crit unknown":              {`{"alg":"RS256","crit":["http://example.com/UNDEFINED"],"http://example.com/UNDEFINED":true}`, map[string]string{"jose.crit": "http://example.com/UNDEFINED"}},
		"crit empty":                {`{"alg":"RS256","crit":[]}`, map[string]string{"jose.crit": "an empty list, which is not allowed"}},
		"crit registered":           {`{"alg":"RS256","crit":["alg"]}`, map[string]string{"jose.crit": "alg"}},
		"crit twice":                {`{"alg":"RS256","crit":["exp2","exp2"],"exp2":1}`, map[string]string{"jose.crit": `"exp2" is listed twice`}},
		"crit absent":               {`{"alg":"RS256","crit":["exp2"]}`, map[string]string{"jose.crit": `"exp2" is listed and not in the header`}},
		"crit a string":             {`{"alg":"RS256","crit":"exp2"}`, map[string]string{"jose.crit": `member "crit": wrong JSON type: an array of strings was expected, not a string`}},
		"crit null":                 {`{"alg":"RS256","crit":null}`, map[string]string{"jose.crit": `member "crit": wrong JSON type: an array of strings was expected, not null`}},
		"b64 false without crit":    {`{"alg":"RS256","b64":false}`, map[string]string{"jose.b64": "b64 is false"}},
		"b64 false with crit":       {`{"alg":"RS256","b64":false,"crit":["b64"]}`, map[string]string{"jose.crit": "b64", "jose.b64": "b64 is false"}},
		"terminal control, escaped": {"{\"alg\":\"RS256\",\"crit\":[\"\\u001b[2J\"],\"\\u001b[2J\":1}", map[string]string{"jose.crit": `\x1b[2J`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, checks, err := jose.Inspect(b64(test.header) + "." + b64(claims) + ".AA")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, faults(checks)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInspectHeaderWarnings(t *testing.T) {
	tests := map[string]struct {
		header string
		want   []string
	}{
		"plain":               {`{"alg":"RS256"}`, nil},
		"embedded keys":       {`{"alg":"RS256","jwk":{},"jku":"https://attacker/jwks","x5c":[],"x5u":"https://x"}`, []string{"jose.header_key"}},
		"a proof names a key": {`{"alg":"ES256","typ":"dpop+jwt","jwk":{}}`, nil},
		"nonce of Microsoft":  {`{"alg":"RS256","nonce":"x"}`, []string{"jose.nonce"}},
		"b64 true":            {`{"alg":"RS256","b64":true}`, []string{"jose.b64"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, checks, err := jose.Inspect(b64(test.header) + ".e30.AA")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range checks.With(verdict.Warn) {
				got = append(got, c.Rule)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || checks.Failed() {
				t.Error(diff, checks)
			}
		})
	}
}

func TestInspectPayload(t *testing.T) {
	const object = "a JSON object was expected, not "
	tests := map[string]struct{ payload, want string }{
		"a list":       {`[]`, object + "an array"},
		"null":         {`null`, object + "null"},
		"a string":     {`"x"`, object + "a string"},
		"nothing":      {``, "the JSON ends too early"},
		"duplicate":    {`{"sub":"a","sub":"b"}`, `duplicate member "sub"`},
		"inner double": {`{"x":{"a":1,"a":2}}`, `duplicate member "a"`},
		"not UTF-8":    {"{\"sub\":\"\xff\"}", "invalid UTF-8 at byte 8"},
		"surrogate":    {`{"sub":"\ud800"}`, ""},
		"deep":         {strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, checks, err := jose.Inspect(b64(`{"alg":"RS256"}`) + "." + b64(test.payload) + ".AA")
			if err != nil {
				t.Fatal(err)
			}
			got, failed := faults(checks)["jose.payload"]
			if !failed || test.want != "" && got != test.want {
				t.Errorf("got %q (failed: %v), want %q", got, failed, test.want)
			}
			if string(token.Payload) != test.payload || len(token.Claims.Members()) != 0 {
				t.Error("the octets must be shown, and no claims")
			}
			if _, err := jose.Parse(token.Raw); problem.As(err).Code != "jose.payload" {
				t.Errorf("Parse: %v", err)
			}
		})
	}
}

func TestNestedTokenSaysSo(t *testing.T) {
	_, checks, err := jose.Inspect(b64(`{"alg":"RS256","cty":"jwt"}`) + "." + b64("a.b.c") + ".AA")
	if got := faults(checks)["jose.payload"]; err != nil || got != "a nested JWT" {
		t.Errorf("%v, %q", err, got)
	}
}

func TestInspectBase64(t *testing.T) {
	const header, claims = "eyJhbGciOiJSUzI1NiJ9", "e30"
	tests := map[string]struct{ token, want string }{
		"canonical":      {header + ".e30.AA", ""},
		"unused bits":    {header + ".e30.AB", "signature: unused bits of the last character are set"},
		"padding":        {header + ".e30=.AA", `payload: "=" padding`},
		"other alphabet": {header + ".e30.A+/A", `signature: "+" or "/" of the other base64 alphabet`},
		"line break":     {header + ".e30.A\nA", "signature: a line break inside"},
		"carriage":       {header + ".e\r30.AA", "payload: a line break inside"},
		"space":          {header + ".e 30.AA", "payload: white space inside"},
		"length":         {header + ".e30.A", "signature: an impossible length"},
		"illegal":        {header + ".e30.A?AA", "signature: an illegal character at byte 1"},
		"two":            {header + ".e30=.A", `payload: "=" padding; signature: an impossible length`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, checks, err := jose.Inspect(test.token)
			if err != nil {
				t.Fatal(err)
			}
			if got := faults(checks)["jose.base64"]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestNumbersKeepTheirSpelling: what is printed is what came.
func TestNumbersKeepTheirSpelling(t *testing.T) {
	const claims = `{"a":9007199254740993,"b":1e2,"c":1.10,"sub":"good","SUB":"evil"}`
	token, err := jose.Parse(b64(`{"alg":"RS256"}`) + "." + b64(claims) + ".AA")
	if err != nil {
		t.Fatal(err)
	}
	sub, _ := token.Claims.String("sub")
	if string(token.Claims.Raw()) != claims || sub != "good" {
		t.Errorf("%s, sub %s", token.Claims.Raw(), sub)
	}
}

func TestMediaType(t *testing.T) {
	for typ, want := range map[string]string{
		"": "", "JWT": "jwt", "at+JWT": "at+jwt", "application/at+jwt": "at+jwt", "Application/AT+JWT": "at+jwt",
	} {
		if got := (&jose.Token{Type: typ}).MediaType(); got != want {
			t.Errorf("%q: %q, want %q", typ, got, want)
		}
	}
}
