package metadata

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

func parse(t *testing.T, body string) *Document {
	t.Helper()
	doc, err := ParseDocument([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestParseDocument(t *testing.T) {
	for _, test := range []struct{ name, body, code, got string }{
		{"no issuer", `{"token_endpoint":"https://id.test/token"}`, "metadata.issuer", "no such member"},
		{"empty", `{}`, "metadata.issuer", "no such member"},
		{"empty issuer", `{"issuer":""}`, "metadata.issuer", `""`},
		{"null", `{"issuer":null}`, "metadata.issuer", "null"},
		{"number", `{"issuer":1}`, "metadata.issuer", "1"},
		{"array", `{"issuer":["https://id.test"]}`, "metadata.issuer", `["https://id.test"]`},
		{"another case", `{"ISSUER":"https://id.test"}`, "metadata.issuer", "only ISSUER: member names are case-sensitive"},
		{"duplicate", `{"issuer":"https://evil.test","a":1,"issuer":"https://id.test"}`, "metadata.json", ""},
		{"not UTF-8", "{\"issuer\":\"https://id.test\",\"token_endpoint\":\"https://id.test/\xff\"}", "metadata.json", ""},
		{"array of documents", `[{"issuer":"https://id.test"}]`, "metadata.json", ""},
		{"two documents", `{"issuer":"https://id.test"}{}`, "metadata.json", ""},
		{"deep", `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "metadata.json", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseDocument([]byte(test.body))
			if p := wantCode(t, err, test.code); p.Got != test.got || p.Kind != problem.Verification || p.Hint == "" {
				t.Errorf("%+v", p)
			}
		})
	}
	doc := parse(t, `{"issuer":"https://evil.test","ISSUER":"https://id.test"}`)
	if doc.Issuer != "https://evil.test" {
		t.Error("member names are case-sensitive:", doc.Issuer)
	}
}

func TestDocument(t *testing.T) {
	const body = `{"issuer":"https://id.test","list":["a",1,"b"],"one":"a","no":{"a":1},"yes":true,"said":"true","n":1.50,"unknown":"kept"}`
	doc := parse(t, body)
	if diff := cmp.Diff([][]string{{"a", "b"}, {"a"}, nil, nil}, [][]string{doc.List("list"), doc.List("one"), doc.List("no"), doc.List("absent")}); diff != "" {
		t.Error(diff)
	}
	if !doc.True("yes") || !doc.True("said") || doc.True("one") || doc.True("absent") || doc.Text("n") != "" {
		t.Error("booleans")
	}
	if string(doc.Raw()) != body {
		t.Error("the document is not kept as it came")
	}
}

func TestEndpoints(t *testing.T) {
	const issuer = "https://id.test"
	for _, test := range []struct{ name, address, message string }{
		{"good", "https://id.test/token", ""},
		{"query", "https://id.test/token?p=a%20b", ""},
		{"letters beyond ASCII", "https://bücher.test/token", ""},
		{"relative", "/oauth/token", "is not absolute"},
		{"an option", "-a Calculator", "is not a URL"},
		{"another option", "--upload-pack=x", "is not absolute"},
		{"file", "file:///etc/passwd", "is not an https URL"},
		{"data", "data:application/json,1", "is not an https URL"},
		{"gopher", "gopher://id.test/", "is not an https URL"},
		{"user", "https://issuer.example@evil.example/token", "has a user name before its host, which is evil.example"},
		{"fragment", "https://id.test/token#f", "has a fragment"},
		{"empty fragment", "https://id.test/token#", "has a fragment"},
		{"no host", "https:///token", "names no host"},
		{"http", "http://id.test/token", "is plain http"},
		{"http on loopback", "http://127.0.0.1:1/token", "is plain http on loopback, though the issuer is not there"},
		{"credentials of the cloud", "https://169.254.169.254/latest/", "is on the link-local network"},
		{"shell", "https://x/$(touch${IFS}pwned)?a=1", "is not a URL"},
		{"Windows shell", `https://x/?b=%COMSPEC%"&calc`, "is not a URL"},
		{"backticks", "https://x/?a=`id`", "is not a URL"},
		{"broken escape", "https://x/?a=%", "is not a URL"},
		{"another broken escape", "https://x/?a=%G1", "is not a URL"},
		{"terminal", "https://x/\u009b2J", "is not a URL"},
		{"right to left", "https://x/\u202etoken", "is not a URL"},
		{"right to left, far behind", "https://x/" + strings.Repeat("a", 2000) + "\u202etoken", "is not a URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, e := range endpoints() {
				quoted := strings.ReplaceAll(test.address, `"`, `\"`)
				p, err := NewProvider(parse(t, `{"issuer":"`+issuer+`","`+e.member+`":"`+quoted+`"}`), nil, wire.LoopbackOnly)
				if test.message == "" {
					if err != nil {
						t.Fatal(err)
					}
					if got, err := p.Endpoint(e.name); err != nil || got != test.address || !p.Has(e.name) {
						t.Errorf("%s: %q, %v", e.name, got, err)
					}
					continue
				}
				bad := wantCode(t, err, "metadata.endpoint_url")
				if bad.Message != "the metadata's "+e.member+" "+test.message || bad.Kind != problem.Verification || bad.Hint == "" {
					t.Errorf("%+v", bad)
				}
				if strings.ContainsAny(bad.Got, "\u009b\u202e") {
					t.Errorf("printed raw: %q", bad.Got)
				}
				good := map[string]string{e.name: "https://good.test/"}
				if p, err := NewProvider(parse(t, `{"issuer":"`+issuer+`","`+e.member+`":"`+quoted+`"}`), good, wire.LoopbackOnly); err != nil {
					t.Errorf("an endpoint that a user set takes the place of a bad one: %v", err)
				} else if got, _ := p.Endpoint(e.name); got != "https://good.test/" {
					t.Error(got)
				}
			}
		})
	}
	t.Run("not a string", func(t *testing.T) {
		_, err := NewProvider(parse(t, `{"issuer":"https://id.test","jwks_uri":["https://id.test/jwks"]}`), nil, wire.LoopbackOnly)
		wantCode(t, err, "metadata.endpoint_url")
	})
	t.Run("null and empty are absent", func(t *testing.T) {
		p, err := NewProvider(parse(t, `{"issuer":"https://id.test","jwks_uri":null,"token_endpoint":""}`), nil, wire.LoopbackOnly)
		if err != nil || p.Has("jwks") || p.Has("token") {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("http where allowed", func(t *testing.T) {
		for _, test := range []struct {
			issuer, address string
			plain           wire.PlainHTTP
		}{
			{"http://127.0.0.1:9400", "http://127.0.0.1:9400/token", wire.LoopbackOnly},
			{"http://localhost:9400", "http://[::1]:9400/token", wire.LoopbackOnly},
			{"http://id.test", "http://id.test/token", wire.AllowHTTP},
		} {
			if _, err := NewProvider(parse(t, `{"issuer":"`+test.issuer+`","token_endpoint":"`+test.address+`"}`), nil, test.plain); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOverrides(t *testing.T) {
	for _, test := range []struct{ name, endpoint, address, code, hint string }{
		{"good", "token", "https://id.test/token", "", ""},
		{"loopback", "token", "http://127.0.0.1:1/token", "", ""},
		{"http", "token", "http://id.test/token", "wire.http", "use https://id.test/token, or --allow-http for a test network"},
		{"relative", "token", "/token", "usage.endpoint", "give a whole address: --endpoint token=https://…"},
		{"user", "token", "https://a@id.test", "usage.endpoint", "give a whole address: --endpoint token=https://…"},
		{"misspelt", "tokn", "https://id.test", "usage.endpoint", "did you mean token?"},
		{"unknown", "zzzzzz", "https://id.test", "usage.endpoint", "the endpoints are authorization, token, jwks, userinfo, introspection, revocation, device, par, end_session, backchannel, registration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := NewProvider(nil, map[string]string{test.endpoint: test.address}, wire.LoopbackOnly)
			if test.code != "" {
				if bad := wantCode(t, err, test.code); bad.Hint != test.hint {
					t.Error(bad.Hint)
				}
				return
			}
			if got, err := p.Endpoint(test.endpoint); err != nil || got != test.address {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestMissingEndpoint(t *testing.T) {
	bare, err := NewProvider(nil, nil, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	documented, err := NewProvider(parse(t, `{"issuer":"https://id.test"}`), nil, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bare.Endpoint("device")
	p := wantCode(t, err, "usage.endpoint")
	if diff := cmp.Diff([]string{"no device endpoint is known, and the device grant needs it", "give it: --endpoint device=URL, or --issuer URL to discover it"}, []string{p.Message, p.Hint}); diff != "" {
		t.Error(diff)
	}
	_, err = documented.Endpoint("device")
	p = wantCode(t, err, "metadata.endpoint")
	if diff := cmp.Diff([]string{
		"the provider's metadata has no device_authorization_endpoint, and the device grant needs it",
		"sign in with a browser: oauthctl login; where the provider has one all the same: --endpoint device=URL",
	}, []string{p.Message, p.Hint}); diff != "" {
		t.Error(diff)
	}
	_, err = documented.Endpoint("token")
	p = wantCode(t, err, "metadata.endpoint")
	if diff := cmp.Diff([]string{"the provider's metadata has no token_endpoint, and every grant but implicit needs it", "give it: --endpoint token=URL"}, []string{p.Message, p.Hint}); diff != "" {
		t.Error(diff)
	}
	_, err = documented.Endpoint("tokens")
	wantCode(t, err, "usage.endpoint")
}

func TestProvider(t *testing.T) {
	doc := parse(t, `{"issuer":"https://id.test","token_endpoint":"https://id.test/token","revocation_endpoint":"https://id.test/revoke",
		"mtls_endpoint_aliases":{"token_endpoint":"https://mtls.test/token","revocation_endpoint":"https://mtls.test/revoke"},
		"token_endpoint_auth_methods_supported":["client_secret_post"],"revocation_endpoint_auth_methods_supported":["none"],
		"id_token_signing_alg_values_supported":["none","RS256","HS256"],"authorization_response_iss_parameter_supported":true,
		"require_pushed_authorization_requests":false,"scopes_supported":["openid","a"]}`)
	p, err := NewProvider(doc, map[string]string{"revocation": "https://mine.test/"}, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	mtls, err := p.WithMTLS()
	if err != nil {
		t.Fatal(err)
	}
	address := func(p *Provider, name string) string { a, _ := p.Endpoint(name); return a }
	if diff := cmp.Diff([]string{"https://id.test/token", "https://mine.test/", "https://mtls.test/token", "https://mine.test/"},
		[]string{address(p, "token"), address(p, "revocation"), address(mtls, "token"), address(mtls, "revocation")}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"client_secret_post"}, {"none"}, {"client_secret_post"}, {"RS256", "HS256"}, {"openid", "a"}},
		[][]string{p.AuthMethods("token"), p.AuthMethods("revocation"), p.AuthMethods("introspection"), p.Algs("id_token_signing_alg_values_supported"), p.Scopes()}); diff != "" {
		t.Error(diff)
	}
	if p.Issuer != "https://id.test" || !p.OpenID() || !p.ResponseIssRequired() || p.PARRequired() {
		t.Errorf("%+v", p)
	}
	for _, aliases := range []string{`{"token_endpoint":"http://mtls.test/"}`, `"https://mtls.test/"`} {
		p, err := NewProvider(parse(t, `{"issuer":"https://id.test","mtls_endpoint_aliases":`+aliases+`}`), nil, wire.LoopbackOnly)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.WithMTLS()
		wantCode(t, err, "metadata.endpoint_url")
	}
	none, err := NewProvider(nil, nil, wire.LoopbackOnly)
	if err != nil || none.OpenID() || none.AuthMethods("token") != nil || none.ResponseIssRequired() {
		t.Errorf("%+v, %v", none, err)
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"issuer":"https://id.test","token_endpoint":"https://id.test/token"}`, `{"issuer":1}`, `{"issuer":"https://id.test","jwks_uri":"file:///etc/passwd"}`,
		`{"issuer":"http://127.0.0.1","token_endpoint":"http://localhost:1/","scopes_supported":"a","mtls_endpoint_aliases":{"token_endpoint":"https://a/"}}`,
		"{\"issuer\":\"https://\u0430pple.example\",\"authorization_endpoint\":\"https://x/\u009b\"}", `[]`,
		`{"issuer":"https://id.test","issuer":"https://evil.test"}`, `{"ISSUER":"https://id.test"}`, `{"issuer":["https://id.test"]}`,
		`{"issuer":"https://id.test","token_endpoint":"https://id.test@evil.test/token","jwks_uri":"/jwks","authorization_endpoint":"https://x/$(id)?state=x#f"}`,
		`{"issuer":"https://id.test","authorization_endpoint":"-a Calculator","id_token_signing_alg_values_supported":["none","HS256\u001b[2J"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := ParseDocument(data)
		if err != nil {
			clean(t, problem.As(err))
			return
		}
		if doc.Issuer == "" || !bytes.Equal(doc.Raw(), data) {
			t.Fatalf("%q was taken", data)
		}
		for _, c := range Judge(doc) {
			clean(t, c.Problem())
		}
		clean(t, mismatch(Source{Issuer: "https://id.test"}, doc))
		p, err := NewProvider(doc, nil, wire.LoopbackOnly)
		if err != nil {
			clean(t, problem.As(err))
			return
		}
		for _, name := range EndpointNames() {
			address, err := p.Endpoint(name)
			if err != nil {
				continue
			}
			if _, err := wire.CheckURL(address, wire.LoopbackOnly); err != nil || strings.ContainsAny(address, " \"`\\<>{}|^#\x1b\n") {
				t.Errorf("%s = %q was taken: %v", name, address, err)
			}
		}
	})
}

// clean fails where something of a document would reach a terminal raw.
func clean(t *testing.T, p *problem.Error) {
	t.Helper()
	for _, shown := range []string{p.Message, p.Want, p.Got, p.Hint} {
		if text.Line(shown) != shown {
			t.Errorf("printed raw: %q", shown)
		}
	}
}

// TestElsewhere: a host that only the document names is one that the person may never have heard of.
func TestElsewhere(t *testing.T) {
	doc := parse(t, `{"issuer":"https://id.test","token_endpoint":"https://inner:8443/token","jwks_uri":"https://inner:8443/keys",`+
		`"authorization_endpoint":"https://id.test/authorize","userinfo_endpoint":"https://api.test/me"}`)
	p, err := NewProvider(doc, map[string]string{"userinfo": "https://api.test/me"}, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"inner:8443": "the provider's metadata names this host, as token_endpoint, jwks_uri; where only its own network knows it, the provider needs " + frontEnd,
	}
	if diff := cmp.Diff(want, p.Elsewhere()); diff != "" {
		t.Error(diff)
	}
	if none, _ := NewProvider(nil, nil, wire.LoopbackOnly); none.Elsewhere() != nil {
		t.Error("without a document nothing is named")
	}
}
