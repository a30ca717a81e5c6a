package metadata

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

func TestLocations(t *testing.T) {
	for _, test := range []struct {
		issuer string
		want   []string
	}{
		{"https://example.com", []string{
			"https://example.com/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server",
		}},
		{"https://example.com/", []string{
			"https://example.com/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server",
		}},
		{"https://example.com/issuer1", []string{
			"https://example.com/issuer1/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server/issuer1",
			"https://example.com/.well-known/openid-configuration/issuer1",
		}},
		{"https://example.com/issuer1/", []string{
			"https://example.com/issuer1/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server/issuer1",
			"https://example.com/.well-known/openid-configuration/issuer1",
		}},
		{"https://example.com:8443/a/b/c", []string{
			"https://example.com:8443/a/b/c/.well-known/openid-configuration",
			"https://example.com:8443/.well-known/oauth-authorization-server/a/b/c",
			"https://example.com:8443/.well-known/openid-configuration/a/b/c",
		}},
		{"https://[::1]:8443/t", []string{
			"https://[::1]:8443/t/.well-known/openid-configuration",
			"https://[::1]:8443/.well-known/oauth-authorization-server/t",
			"https://[::1]:8443/.well-known/openid-configuration/t",
		}},
		{"https://example.com/a%2Fb", []string{
			"https://example.com/a%2Fb/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server/a%2Fb",
			"https://example.com/.well-known/openid-configuration/a%2Fb",
		}},
		{"https://EXAMPLE.com", []string{
			"https://EXAMPLE.com/.well-known/openid-configuration",
			"https://EXAMPLE.com/.well-known/oauth-authorization-server",
		}},
		{"http://127.0.0.1:9400", []string{
			"http://127.0.0.1:9400/.well-known/openid-configuration",
			"http://127.0.0.1:9400/.well-known/oauth-authorization-server",
		}},
	} {
		t.Run(test.issuer, func(t *testing.T) {
			got, err := Locations(test.issuer, wire.LoopbackOnly)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusedIssuers(t *testing.T) {
	for _, test := range []struct{ issuer, code, hint string }{
		{"http://example.com", "wire.http", "use https://example.com, or --allow-http for a test network"},
		{"https://example.com?x=1", "usage.issuer", "name the document itself: --metadata-url https://example.com/.well-known/openid-configuration?x=1"},
		{"https://example.com#f", "usage.issuer", "use --issuer https://example.com"},
		{"https://example.com/a#", "usage.issuer", "use --issuer https://example.com/a"},
		{"https://user:pw@example.com", "usage.issuer", "use --issuer https://example.com"},
		{"example.com", "usage.issuer", "use --issuer https://example.com"},
		{"example.com:8443/t", "usage.issuer", "use --issuer https://example.com:8443/t"},
		{strings.Repeat("eyJh", 30) + ".eyJp." + strings.Repeat("x", 40), "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{`"https://id.test"`, "usage.issuer", "use --issuer https://id.test"},
		{"localhost:9400", "usage.issuer", "use --issuer http://localhost:9400"},
		{"127.0.0.1:9400/realms/a", "usage.issuer", "use --issuer http://127.0.0.1:9400/realms/a"},
		{"//example.com", "usage.issuer", "use --issuer https://example.com"},
		{"-a Calculator", "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{"https:///x", "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{"file:///etc/passwd", "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{"https://a\x7f", "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{"", "usage.issuer", "an issuer is an https URL without query and fragment, such as https://id.example.com"},
		{
			"https://id.test/t/.well-known/openid-configuration", "usage.issuer",
			"use --issuer https://id.test/t, or --metadata-url https://id.test/t/.well-known/openid-configuration",
		},
	} {
		t.Run(test.issuer, func(t *testing.T) {
			_, err := Locations(test.issuer, wire.LoopbackOnly)
			if p := wantCode(t, err, test.code); p.Hint != test.hint || strings.Contains(p.Message, "pw") || strings.Contains(p.Message, "eyJ") {
				t.Errorf("message %q, hint %q", p.Message, p.Hint)
			}
		})
	}
	if _, err := Locations("http://example.com", wire.AllowHTTP); err != nil {
		t.Error("allowed:", err)
	}
}

func wantCode(t *testing.T, err error, code string) *problem.Error {
	t.Helper()
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a problem %s", err, code)
	}
	if p.Code != code {
		t.Fatalf("got %s (%s), want %s", p.Code, p.Message, code)
	}
	return p
}

// page is what a host of a test answers at one address.
type page struct {
	status            int
	contentType, body string
	header            http.Header
	err               error
}

func json(body string) page { return page{status: 200, contentType: "application/json", body: body} }

func issuer(value string) page {
	return json(`{"issuer":"` + value + `"}`)
}

// web is the whole network of a test: what it lacks is 404.
type web map[string]page

func (w web) RoundTrip(r *http.Request) (*http.Response, error) {
	p, ok := w[r.URL.String()]
	if !ok {
		p = page{status: http.StatusNotFound, contentType: "text/html", body: "<html>\x1b[2Jno such page"}
	}
	if p.err != nil {
		return nil, p.err
	}
	h := p.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if p.contentType != "" {
		h.Set("Content-Type", p.contentType)
	}
	return &http.Response{StatusCode: p.status, Header: h, Body: io.NopCloser(strings.NewReader(p.body))}, nil
}

func (w web) client(t *testing.T) *wire.Client {
	t.Helper()
	c, err := wire.New(wire.Options{Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outcomes are the attempts as a person sees them.
func outcomes(attempts []Attempt) []string {
	var out []string
	for _, a := range attempts {
		out = append(out, strings.TrimPrefix(a.URL, "https://id.test")+" "+a.Outcome)
	}
	return out
}

func TestDiscover(t *testing.T) {
	const base = "https://id.test"
	const appended, oauth, inserted = "/t/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/t", "/.well-known/openid-configuration/t"
	refused := page{err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "id.test", IsNotFound: true}}}
	html := page{status: 200, contentType: "text/html", body: "<!doctype html>\x1b[2J<title>Sign in</title>"}
	for _, test := range []struct {
		name     string
		web      web
		source   Source
		mode     Mode
		outcomes []string
		code     string // of the error, else the document's address is wanted
		want     string // part of the message
		hint     string // its beginning
	}{
		{
			name: "first location", web: web{base + appended: issuer(base + "/t"), base + oauth: issuer("https://other.test")},
			outcomes: []string{appended + " issuer matches"}, want: base + appended,
		},
		{
			name: "insertion form", web: web{base + inserted: issuer(base + "/t")},
			outcomes: []string{appended + " 404 Not Found", oauth + " 404 Not Found", inserted + " issuer matches"}, want: base + inserted,
		},
		{
			name: "wrong issuer first", web: web{base + appended: issuer("https://evil.test"), base + oauth: issuer(base + "/t")},
			outcomes: []string{appended + " issuer differs: https://evil.test", oauth + " issuer matches"}, want: base + oauth,
		},
		{
			name: "all", mode: All, web: web{base + appended: issuer(base + "/t"), base + inserted: issuer(base + "/u")},
			outcomes: []string{appended + " issuer matches", oauth + " 404 Not Found", inserted + " issuer differs: https://id.test/u"}, want: base + appended,
		},
		{
			name: "all, and the network fails after the first", mode: All, web: web{base + appended: issuer(base + "/t"), base + oauth: refused},
			outcomes: []string{appended + " issuer matches", oauth + " the host id.test does not exist", inserted + " 404 Not Found"}, want: base + appended,
		},
		{
			name: "nothing", web: web{}, code: "metadata.not_found", want: base + inserted + " 404 Not Found",
			outcomes: []string{appended + " 404 Not Found", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "forbidden", web: web{base + appended: {status: 403, contentType: "application/json", body: "{}"}}, code: "metadata.not_found", want: "403 Forbidden",
			outcomes: []string{appended + " 403 Forbidden", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "no such realm", web: web{base + appended: {status: 404, contentType: "application/json", body: `{"error":"Realm does not exist","error_description":"For more on this error consult the server log."}`}},
			code: "metadata.not_found", want: base + appended + " 404 Not Found (Realm does not exist); ",
			outcomes: []string{appended + " 404 Not Found (Realm does not exist)", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "no such tenant", web: web{base + appended: {status: 400, contentType: "application/json", body: `{"error":"invalid_tenant","error_description":"Tenant 't\u001b[2J' not found"}`}},
			code: "metadata.not_found", want: `400 Bad Request (Tenant 't\x1b[2J' not found)`,
			outcomes: []string{appended + ` 400 Bad Request (Tenant 't\x1b[2J' not found)`, oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "a firewall", web: web{base + appended: {status: 403, contentType: "text/html", body: "<html><head><title>Access\n denied &amp; logged</title></head></html>"}},
			code: "metadata.not_found", want: "403 Forbidden (Access denied & logged)", hint: "metadata is for everybody, and something refuses to show it",
			outcomes: []string{appended + " 403 Forbidden (Access denied & logged)", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "a port for TLS", web: web{base + appended: {status: 400, contentType: "text/plain", body: "Client sent an HTTP request to an HTTPS server.\n"}},
			code: "metadata.not_found", want: "400 Bad Request (Client sent an HTTP request to an HTTPS server.)",
			outcomes: []string{appended + " 400 Bad Request (Client sent an HTTP request to an HTTPS server.)", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "a long page", web: web{base + appended: {status: 404, contentType: "text/plain", body: strings.Repeat("not found ", 20)}},
			code: "metadata.not_found", want: base + appended + ", " + base + oauth + ", " + base + inserted + " 404 Not Found", hint: "check the issuer, its path too",
			outcomes: []string{appended + " 404 Not Found", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "too many requests", web: web{base + appended: {status: 429, contentType: "text/plain", body: "slow down"}}, code: "network.not_oauth", want: "429 Too Many Requests",
			outcomes: []string{appended + " 429 Too Many Requests (slow down)", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "wrong issuer everywhere", web: web{base + appended: issuer("https://evil.test"), base + oauth: issuer("https://evil2.test")}, code: "metadata.issuer", want: "another issuer",
			outcomes: []string{appended + " issuer differs: https://evil.test", oauth + " issuer differs: https://evil2.test", inserted + " 404 Not Found"},
		},
		{
			name: "another case", web: web{base + appended: issuer("https://ID.test/t")}, code: "metadata.issuer", want: "letter case",
			outcomes: []string{appended + " issuer differs: https://ID.test/t", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "malformed", web: web{base + appended: json(`{"issuer":`)}, code: "metadata.json", want: "the JSON ends too early",
			outcomes: []string{appended + " the metadata document is malformed: the JSON ends too early", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "host is down", web: web{base + appended: refused}, code: "network.dns", want: "the host id.test does not exist",
			outcomes: []string{appended + " the host id.test does not exist"},
		},
		{
			name: "captive portal", web: web{base + appended: html, base + oauth: html, base + inserted: html}, code: "network.not_oauth", want: "answered 200 OK with an HTML page",
			outcomes: []string{appended + " an HTML page", oauth + " an HTML page", inserted + " an HTML page"},
		},
		{
			name: "HTML said to be JSON", web: web{base + appended: json("<html>")}, code: "network.not_oauth", want: "an HTML page",
			outcomes: []string{appended + " an HTML page", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "bare 500", web: web{base + appended: {status: 500}}, code: "network.not_oauth", want: "answered 500 Internal Server Error with an empty body",
			outcomes: []string{appended + " 500 Internal Server Error", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "text", web: web{base + appended: {status: 200, contentType: "text/plain", body: "hello"}}, code: "network.not_oauth", want: "with text/plain",
			outcomes: []string{appended + " not JSON", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "redirect to another host", web: web{base + appended: {status: 302, header: http.Header{"Location": {"https://evil.test/"}}}, "https://evil.test/": issuer(base + "/t")},
			code: "wire.redirect", want: "it leaves the origin https://id.test",
			outcomes: []string{appended + " a redirect to https://evil.test/", oauth + " 404 Not Found", inserted + " 404 Not Found"},
		},
		{
			name: "metadata URL", source: Source{MetadataURL: base + "/m?p=policy"}, web: web{base + "/m?p=policy": issuer("https://login.test/")},
			outcomes: []string{"/m?p=policy issuer matches"}, want: base + "/m?p=policy",
		},
		{
			name: "metadata URL and issuer", source: Source{MetadataURL: base + "/m", Issuer: "https://login.test/"}, web: web{base + "/m": issuer("https://login.test")},
			outcomes: []string{"/m issuer differs: https://login.test"}, code: "metadata.issuer", want: "trailing slash",
		},
		{
			name: "metadata URL and no document", source: Source{MetadataURL: base + "/m"}, web: web{},
			outcomes: []string{"/m 404 Not Found"}, code: "metadata.not_found", want: base + "/m 404 Not Found",
		},
		{
			name: "metadata URL without a scheme", source: Source{MetadataURL: "id.test/m"}, web: web{}, code: "usage.metadata_url", want: "--metadata-url: the address id.test/m is not absolute",
		},
		{
			name: "metadata URL over http", source: Source{MetadataURL: "http://id.test/m"}, web: web{},
			outcomes: []string{"http://id.test/m plain http to id.test is refused: anyone on the way could read and change it"}, code: "wire.http", want: "plain http",
		},
		{
			name: "expected issuer", source: Source{Issuer: base + "/t", ExpectIssuer: "https://inner:8080/t"}, web: web{base + appended: issuer("https://inner:8080/t")},
			outcomes: []string{appended + " issuer matches"}, want: base + appended,
		},
		{
			name: "other than the expected issuer", source: Source{Issuer: base + "/t", ExpectIssuer: "https://inner:8080/t"}, web: web{base + appended: issuer(base + "/t")},
			outcomes: []string{appended + " issuer differs: https://id.test/t", oauth + " 404 Not Found", inserted + " 404 Not Found"}, code: "metadata.issuer", want: "another host",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.source == (Source{}) {
				test.source.Issuer = base + "/t"
			}
			doc, attempts, checks, err := Discover(t.Context(), test.web.client(t), test.source, test.mode)
			if diff := cmp.Diff(test.outcomes, outcomes(attempts)); diff != "" {
				t.Error("attempts:", diff)
			}
			if test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if doc.URL != test.want || len(checks) == 0 || checks[0].Rule != "metadata.issuer" || checks.Failed() {
					t.Errorf("document at %s, checks %+v", doc.URL, checks)
				}
				return
			}
			p := wantCode(t, err, test.code)
			if doc != nil || !strings.Contains(p.Message, test.want) || !strings.HasPrefix(p.Hint, test.hint) || p.Hint == "" && test.code != "network.not_oauth" {
				t.Errorf("document %v, message %q, hint %q", doc, p.Message, p.Hint)
			}
			if strings.ContainsRune(p.Message+p.Got+p.Hint, '\x1b') {
				t.Error("a control character is printed")
			}
		})
	}
}

func TestDiscoverChecks(t *testing.T) {
	const base = "https://id.test"
	web := web{
		base + "/.well-known/openid-configuration":       {status: 200, contentType: "text/plain", body: `{"issuer":"https://id.test","jwks_uri":"https://id.test/a","scopes_supported":"a"}`},
		base + "/.well-known/oauth-authorization-server": json(`{"issuer":"https://id.test","jwks_uri":"https://id.test/b"}`),
		base + "/m": issuer(base),
	}
	flagged := func(s Source, mode Mode) []string {
		_, _, checks, err := Discover(t.Context(), web.client(t), s, mode)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range checks.With(verdict.Warn) {
			out = append(out, c.Rule+": "+c.Got)
		}
		return out
	}
	if diff := cmp.Diff([]string{"metadata.content_type: text/plain", `metadata.list: scopes_supported: "a"`}, flagged(Source{Issuer: base}, First)); diff != "" {
		t.Error("first:", diff)
	}
	if diff := cmp.Diff([]string{
		"metadata.locations: other values of jwks_uri at https://id.test/.well-known/oauth-authorization-server",
		"metadata.content_type: text/plain", `metadata.list: scopes_supported: "a"`, "metadata.required: response_types_supported is missing",
	}, flagged(Source{Issuer: base}, All)); diff != "" {
		t.Error("all:", diff)
	}
	if diff := cmp.Diff([]string{"metadata.issuer: https://id.test"}, flagged(Source{MetadataURL: base + "/m"}, First)); diff != "" {
		t.Error("no issuer expected:", diff)
	}
}

func TestDiscoverEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, attempts, _, err := Discover(ctx, web{"https://id.test/.well-known/openid-configuration": {err: context.Canceled}}.client(t), Source{Issuer: "https://id.test"}, All)
	if !errors.Is(err, context.Canceled) || len(attempts) != 1 {
		t.Errorf("%d attempts, %v", len(attempts), err)
	}
}

// TestEndpointAsIssuer: who names an endpoint is told what stands before it.
func TestEndpointAsIssuer(t *testing.T) {
	for address, want := range map[string]string{
		"https://id.test/token": "https://id.test", "https://id.test/oauth2/authorize": "https://id.test", "https://id.test/t/connect/token/": "https://id.test/t",
		"https://id.test/realms/a/protocol/openid-connect/certs": "https://id.test/realms/a", "https://id.test/oauth2/default/v1/token": "https://id.test/oauth2/default",
		"https://id.test/t": "", "https://id.test": "", "https://id.test/tokens": "", "https://token": "", "http://127.0.0.1:3000/token": "http://127.0.0.1:3000",
	} {
		if got := endpointOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	_, _, _, err := Discover(t.Context(), web{}.client(t), Source{Issuer: "https://id.test/token"}, First)
	const hint = "this looks like the address of an endpoint, and the issuer is what stands before it: try --issuer https://id.test\n"
	if p := wantCode(t, err, "metadata.not_found"); !strings.HasPrefix(p.Hint, hint) {
		t.Error(p.Hint)
	}
}

func TestMismatch(t *testing.T) {
	for _, test := range []struct{ name, asked, got, message, hint string }{
		{"another name of this machine", "http://localhost:8080/a", "http://127.0.0.1:8080/a", "the issuer has another name of this machine, or another port", "use --issuer http://127.0.0.1:8080/a"},
		{"slash missing", "https://id.test/", "https://id.test", "the issuer differs only in its trailing slash", "use --issuer https://id.test"},
		{"slash added", "https://id.test/t", "https://id.test/t/", "the issuer differs only in its trailing slash", "use --issuer https://id.test/t/"},
		{"case", "https://id.test", "https://ID.test", "the issuer differs only in letter case", "use --issuer https://ID.test"},
		{"scheme", "https://id.test", "http://id.test", "the issuer differs only in its scheme", "the provider seems to be behind a proxy and not to know its public address: " + frontEnd},
		{
			"host", "https://id.test/realms/a", "http://keycloak:8080/realms/a", "the issuer has another host",
			"the provider answers under a front-end URL of its own, wherever it is asked: use --issuer http://keycloak:8080/realms/a if that is its public address; " +
				"else, behind a proxy or in Docker or Kubernetes, it needs " + frontEnd +
				"; --expect-issuer http://keycloak:8080/realms/a takes the difference as it is",
		},
		{"path", "https://id.test/a", "https://id.test/b", "the metadata belongs to another issuer", "if https://id.test/b is the right provider, use --issuer https://id.test/b"},
		{
			"shell", "https://id.test/a", "https://id.test/$(id)'", "the metadata belongs to another issuer",
			`if https://id.test/$(id)' is the right provider, use --issuer 'https://id.test/$(id)'\'''`,
		},
		{"hostile", "https://id.test/a", "\u009b2J", "the metadata belongs to another issuer", "the document's issuer is no usable issuer: the provider must mend its metadata"},
		{
			"Entra common", "https://login.microsoftonline.com/common/v2.0", "https://login.microsoftonline.com/{tenantid}/v2.0", "the metadata belongs to another issuer",
			"this is the multi-tenant address (common), whose issuer is a template: use your tenant's, --issuer https://login.microsoftonline.com/TENANT-ID/v2.0" +
				", or add --expect-issuer 'https://login.microsoftonline.com/{tenantid}/v2.0'",
		},
		{
			"Entra v1.0", "https://login.microsoftonline.com/72f9/", "https://sts.windows.net/72f9/", "the metadata belongs to another issuer",
			"this is the v1.0 document: for v2.0 use --issuer https://login.microsoftonline.com/72f9/v2.0; for v1.0 tokens use --issuer https://sts.windows.net/72f9/",
		},
		{
			"Entra tenant by name", "https://login.microsoftonline.com/contoso.com/v2.0", "https://login.microsoftonline.com/72f9/v2.0", "the metadata belongs to another issuer",
			"the issuer names the tenant by its id: use --issuer https://login.microsoftonline.com/72f9/v2.0",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mismatch(Source{Issuer: test.asked}, &Document{Issuer: test.got})
			if diff := cmp.Diff([]string{test.message, test.hint}, []string{p.Message, p.Hint}); diff != "" {
				t.Error(diff)
			}
			if p.Want != test.asked || p.Kind != problem.Verification || strings.ContainsRune(p.Got, '\u009b') {
				t.Errorf("%+v", p)
			}
		})
	}
	if p := mismatch(Source{Issuer: "https://id.test", ExpectIssuer: "https://a.test/"}, &Document{Issuer: "https://a.test"}); p.Hint != "use --expect-issuer https://a.test" || p.Want != "https://a.test/" {
		t.Errorf("%+v", p)
	}
}
