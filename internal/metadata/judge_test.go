package metadata

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// sound is a document that passes every rule.
const sound = `"authorization_endpoint":"https://id.test/authorize","token_endpoint":"https://id.test/token","jwks_uri":"https://id.test/jwks",
	"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],"code_challenge_methods_supported":["S256"],
	"authorization_response_iss_parameter_supported":true`

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name, body string
		change     func(*Document)
		want       []string
	}{
		{"sound", `{"issuer":"https://id.test",` + sound + `}`, nil, nil},
		{"plain OAuth", `{"issuer":"https://id.test","token_endpoint":"https://id.test/token","response_types_supported":[]}`, nil, nil},
		{"endpoints", `{"issuer":"https://id.test",` + sound + `,"revocation_endpoint":"http://id.test/r","registration_endpoint":"/r"}`, nil, []string{
			`fail metadata.endpoint_url the metadata's revocation_endpoint is plain http: "http://id.test/r"`,
			`fail metadata.endpoint_url the metadata's registration_endpoint is not absolute: "/r"`,
		}},
		{"http allowed", `{"issuer":"http://id.test",` + sound + `,"revocation_endpoint":"http://id.test/r"}`, func(d *Document) { d.plain = wire.AllowHTTP }, nil},
		{"issuer with query", `{"issuer":"https://id.test?a",` + sound + `}`, nil, []string{"warn metadata.issuer_url an issuer has no query: https://id.test?a"}},
		{"template", `{"issuer":"https://id.test/{tenantid}",` + sound + `}`, nil, []string{"warn metadata.issuer_url https://id.test/{tenantid}: a template, not an issuer"}},
		{"content type", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.ContentType = "application/octet-stream" }, []string{"warn metadata.content_type application/octet-stream"}},
		{"no content type", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.ContentType = "" }, []string{"warn metadata.content_type no content type"}},
		{"lists", `{"issuer":"https://id.test",` + sound + `,"scopes_supported":"a b","grant_types_supported":["a",1,null]}`, nil, []string{
			`warn metadata.list scopes_supported: "a b"`, "warn metadata.list grant_types_supported: the element 1",
		}},
		{"case of members", `{"issuer":"https://id.test",` + sound + `,"ISSUER":"https://evil.test","Token_Endpoint":"https://evil.test"}`, nil, []string{
			"warn metadata.member_case ISSUER", "warn metadata.member_case Token_Endpoint",
		}},
		{"required", `{"issuer":"https://id.test","scopes_supported":["openid"]}`, nil, []string{
			"warn metadata.required response_types_supported is missing", "warn metadata.required authorization_endpoint is missing", "warn metadata.required jwks_uri is missing",
			"warn metadata.required subject_types_supported is missing", "warn metadata.required id_token_signing_alg_values_supported is missing",
		}},
		{"none", `{"issuer":"https://id.test",` + sound + `,"userinfo_signing_alg_values_supported":["none","HS256"]}`, nil, []string{"warn metadata.alg_none userinfo_signing_alg_values_supported lists none"}},
		{"no PKCE", `{"issuer":"https://id.test","authorization_endpoint":"https://id.test/a","response_types_supported":["code"]}`, nil, []string{"warn metadata.pkce code_challenge_methods_supported is missing"}},
		{"plain PKCE", `{"issuer":"https://id.test","authorization_endpoint":"https://id.test/a","response_types_supported":["code"],"code_challenge_methods_supported":["plain"]}`, nil, []string{"warn metadata.pkce only plain"}},
		{"inner hosts", `{"issuer":"https://id.test",` + sound + `,"userinfo_endpoint":"https://keycloak:8443/u","device_authorization_endpoint":"https://10.1.2.3/d"}`, nil, []string{
			"warn metadata.hosts userinfo_endpoint is on keycloak:8443, the issuer on id.test", "warn metadata.hosts device_authorization_endpoint is on 10.1.2.3, the issuer on id.test",
		}},
		{"byte order mark", "\ufeff" + `{"issuer":"https://id.test",` + sound + `}`, nil, []string{"warn metadata.json a byte order mark, and then JSON"}},
		{"homograph", `{"issuer":"https://аpple.example",` + sound + `}`, nil, []string{"warn metadata.idn the host аpple.example is xn--pple-43d.example"}},
		{"no letters", `{"issuer":"https://%ff.example",` + sound + `}`, nil, []string{`warn metadata.idn the host \xff.example is \xff.example`}},
		{"punycode", `{"issuer":"https://xn--pple-43d.example",` + sound + `}`, nil, []string{"warn metadata.idn the host xn--pple-43d.example is xn--pple-43d.example"}},
		{"clock behind", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.Skew = 10 * time.Minute }, []string{"warn metadata.clock this machine's clock is 10m0s behind the provider's"}},
		{"clock ahead", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.Skew = -10 * time.Minute }, []string{"warn metadata.clock this machine's clock is 10m0s ahead of the provider's"}},
		{"clock well enough", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.Skew = time.Minute }, nil},
		{"clock ahead well enough", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.Skew = -time.Minute }, nil},
		{"clock hardly behind", `{"issuer":"https://id.test",` + sound + `}`, func(d *Document) { d.Skew = 61 * time.Second }, []string{"warn metadata.clock this machine's clock is 1m1s behind the provider's"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := parse(t, test.body)
			doc.URL, doc.ContentType = "https://id.test/", "application/json"
			if test.change != nil {
				test.change(doc)
			}
			var got []string
			passed := map[string]bool{}
			for _, c := range Judge(doc) {
				if c.Status == verdict.Pass {
					passed[c.Rule] = true
					continue
				}
				if passed[c.Rule] {
					t.Errorf("%s passed too", c.Rule)
				}
				if c.Want == "" || c.Spec == "" {
					t.Errorf("%+v says too little", c)
				}
				got = append(got, string(c.Status)+" "+c.Rule+" "+c.Got)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFindingsAreBounded: a document may have thousands of members that are wrong, and each would be a warning.
func TestFindingsAreBounded(t *testing.T) {
	var members strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&members, `,"x%d_supported":0`, i)
	}
	var got []string
	for _, c := range judge(parse(t, `{"issuer":"https://id.test",`+sound+members.String()+`}`), tolerated) {
		if c.Status == verdict.Warn {
			got = append(got, c.Rule+" "+c.Got)
		}
	}
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("metadata.list x%d_supported: 0", i))
	}
	if diff := cmp.Diff(append(want, "metadata.list and 9990 more"), got); diff != "" {
		t.Error(diff)
	}
}

func TestFrontAndBack(t *testing.T) {
	if got := frontAndBack(parse(t, `{"issuer":"https://id.test",`+sound+`}`)).Got; got != "all endpoints on one host" {
		t.Error(got)
	}
	doc := parse(t, `{"issuer":"https://a.test","authorization_endpoint":"https://a.test/a","end_session_endpoint":"https://a.test/e","token_endpoint":"https://c.test/t","jwks_uri":"https://b.test/j"}`)
	if got := frontAndBack(doc).Got; got != "browser: a.test; client: b.test, c.test" {
		t.Error(got)
	}
}
