package fapi

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// good is a login by a client with a key, as its user typed it.
func good() *Choices {
	return &Choices{
		Grant: "authorization_code", Discovers: true, Client: true, Issuer: "https://id.test", Leeway: new(30 * time.Second),
		Key:           Key{Given: true, Type: "EC", Bits: 256, Algorithm: "ES256"},
		Authorization: &Authorization{PAR: "auto", PKCE: "S256", RedirectURI: "http://127.0.0.1:0/callback"},
	}
}

func certificate() Key { return Key{Given: true, Type: "RSA", Bits: 2048} }

// document is metadata that offers everything.
const document = `{"issuer":"https://id.test","authorization_endpoint":"https://id.test/a","token_endpoint":"https://id.test/t",
"jwks_uri":"https://id.test/j","subject_types_supported":["public"],
"pushed_authorization_request_endpoint":"https://id.test/p","response_types_supported":["code"],
"response_modes_supported":["query","jwt"],"code_challenge_methods_supported":["S256"],
"authorization_response_iss_parameter_supported":true,"tls_client_certificate_bound_access_tokens":true,
"token_endpoint_auth_methods_supported":["private_key_jwt","tls_client_auth"],
"token_endpoint_auth_signing_alg_values_supported":["PS256","ES256"],"id_token_signing_alg_values_supported":["RS256","PS256"],
"dpop_signing_alg_values_supported":["RS256","PS256"],"request_object_signing_alg_values_supported":["ES256"],
"authorization_signing_alg_values_supported":["ES256"],"introspection_signing_alg_values_supported":["ES256"]}`

func provider(t *testing.T, text string) *metadata.Provider {
	t.Helper()
	doc, err := metadata.ParseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := metadata.NewProvider(doc, nil, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChoose(t *testing.T) {
	got := good()
	if err := Security.Choose(got); err != nil {
		t.Fatal(err)
	}
	want := good()
	want.AuthMethod, want.Authorization.PAR = "private_key_jwt", "always"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	want.Authorization.RequestObject, want.Authorization.ResponseMode = on, "jwt"
	if err := MessageSigning.Choose(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if about := (&Choices{Discovers: true, Issuer: "https://id.test", Introspects: true}); MessageSigning.Choose(about) != nil || !about.SignedAnswer {
		t.Error(about)
	}
	if err := None.Choose(&Choices{Grant: "password", AnyTLS: true}); err != nil {
		t.Error(err)
	}
}

// clashes are the rows of the table that forbid something: each with every choice that it forbids.
func clashes() []struct {
	rule, flag string
	from       Profile
	change     func(*Choices)
} {
	return []struct {
		rule, flag string
		from       Profile
		change     func(*Choices)
	}{
		{"fapi2.tls", "--insecure", Security, func(c *Choices) { c.AnyTLS = true }},
		{"fapi2.tls", "--allow-http", Security, func(c *Choices) { c.PlainHTTP = true }},
		{"fapi2.metadata", "--endpoint", Security, func(c *Choices) { c.Endpoints = []string{"token=https://id.test/t"} }},
		{"fapi2.metadata", "--expect-issuer", Security, func(c *Choices) { c.ExpectIssuer = "https://other.test" }},
		{"fapi2.metadata", "no --issuer", Security, func(c *Choices) { c.Issuer = "" }},
		{"fapi2.grant", "the grant password", Security, func(c *Choices) { c.Grant = "password" }},
		{"fapi2.grant", "the grant implicit", Security, func(c *Choices) { c.Grant = "implicit" }},
		{"fapi2.client_auth", "--auth-method", Security, func(c *Choices) { c.AuthMethod = "client_secret_jwt" }},
		{"fapi2.client_auth", "--auth-method", Security, func(c *Choices) { c.AuthMethod = "none" }},
		{"fapi2.client_auth", "a client secret", Security, func(c *Choices) { c.Key, c.Secret = Key{}, true }},
		{"fapi2.client_auth", "no client authentication", Security, func(c *Choices) { c.Key = Key{} }},
		{"fapi2.assertion_audience", "--assertion-audience", Security, func(c *Choices) { c.AssertionAudience = "token" }},
		{"fapi2.sender_constrained", "--dpop-optional", Security, func(c *Choices) { c.DPoPOptional = true }},
		{"fapi2.sender_constrained", "--dpop=none", Security, func(c *Choices) { c.DPoP = "none" }},
		{"fapi2.sender_constrained", "a bearer token", Security, func(c *Choices) { c.Grant, c.Presents = "", true }},
		{"fapi2.clock", "--leeway", Security, func(c *Choices) { c.Leeway = new(61 * time.Second) }},
		{"fapi2.clock", "--leeway", Security, func(c *Choices) { c.Leeway = new(9 * time.Second) }},
		{"fapi2.clock", "--leeway", Security, func(c *Choices) { c.Leeway = new(time.Duration(0)) }},
		{"fapi2.response_type", "--response-type", Security, func(c *Choices) { c.Authorization.ResponseType = "code id_token" }},
		{"fapi2.par", "--par", Security, func(c *Choices) { c.Authorization.PAR = "never" }},
		{"fapi2.pkce", "--pkce", Security, func(c *Choices) { c.Authorization.PKCE = "plain" }},
		{"fapi2.pkce", "--pkce", Security, func(c *Choices) { c.Authorization.PKCE = "none" }},
		{"fapi2.redirect_uri", "--redirect-uri", Security, func(c *Choices) { c.Authorization.RedirectURI = "http://app.test/callback" }},
		{"fapi2.alg", "--algs", Security, func(c *Choices) { c.Algorithms = jose.Algorithms{"ES256", "RS256"} }},
		{"fapi2.alg", "--client-key", Security, func(c *Choices) { c.Key.Algorithm = "ES384" }},
		{"fapi2.alg", "--dpop", Security, func(c *Choices) { c.DPoP = "RS256" }},
		{"fapi2.alg", "--request-object", Security, func(c *Choices) { c.Authorization.RequestObject = "HS256" }},
		{"fapi2.encryption", "--decryption-algs", Security, func(c *Choices) { c.Decryption = []string{"RSA-OAEP", "RSA1_5"} }},
		{"fapi2.key_size", "--client-key", Security, func(c *Choices) { c.Key = Key{Given: true, Type: "RSA", Bits: 2047} }},
		{"fapi2.key_size", "--cert", Security, func(c *Choices) { c.Certificate = Key{Given: true, Type: "EC", Bits: 223} }},
		{"fapi2.request_object", "--request-object", MessageSigning, func(c *Choices) { c.Authorization.RequestObject = "none" }},
		{"fapi2.request_object", "no --client-key", MessageSigning, func(c *Choices) { c.Key, c.Certificate = Key{}, certificate() }},
		{"fapi2.jarm", "--response-mode", MessageSigning, func(c *Choices) { c.Authorization.ResponseMode = "query" }},
	}
}

func TestClash(t *testing.T) {
	for _, test := range clashes() {
		t.Run(test.rule+" "+test.flag, func(t *testing.T) {
			c := good()
			test.change(c)
			p, ok := errors.AsType[*problem.Error](test.from.Choose(c))
			if !ok || p.Kind != problem.Usage || p.Code != test.rule || p.Hint == "" || p.Want == "" ||
				p.Message != test.flag+": "+test.from.String()+" forbids that" || !strings.HasPrefix(p.Spec, test.from.String()+" §5.") {
				t.Errorf("%+v", p)
			}
			c = good()
			test.change(c)
			if err := (test.from - 1).Choose(c); err != nil {
				t.Errorf("%s: %v", test.from-1, err)
			}
		})
	}
}

// TestAllowed are choices beside the usual ones that the profile has nothing against.
func TestAllowed(t *testing.T) {
	for name, change := range map[string]func(*Choices){
		"certificate":       func(c *Choices) { c.Key, c.Certificate, c.DPoP = Key{}, certificate(), "none" },
		"secret beside key": func(c *Choices) { c.Secret = true },
		"own issuer":        func(c *Choices) { c.ExpectIssuer, c.AssertionAudience = c.Issuer, c.Issuer },
		"https redirect":    func(c *Choices) { c.Authorization.RedirectURI = "https://app.test/callback" },
		"claimed scheme":    func(c *Choices) { c.Authorization.RedirectURI = "com.app:/callback" },
		"issuer by word":    func(c *Choices) { c.AssertionAudience = "issuer" },
		"least leeway":      func(c *Choices) { c.Leeway = new(10 * time.Second) },
		"most leeway":       func(c *Choices) { c.Leeway = new(time.Minute) },
		"least keys": func(c *Choices) {
			c.Key, c.Certificate = Key{Given: true, Type: "RSA", Bits: 2048}, Key{Given: true, Type: "EC", Bits: 224}
		},
		"algorithms": func(c *Choices) { c.Algorithms, c.DPoP = jose.Algorithms{"PS256", "Ed25519"}, "EdDSA" },
		"signed": func(c *Choices) {
			c.Authorization.RequestObject, c.Authorization.ResponseMode = "PS256", "form_post.jwt"
		},
		"client credentials": func(c *Choices) { c.Grant, c.Authorization = "client_credentials", nil },
		"userinfo":           func(c *Choices) { *c = Choices{Issuer: c.Issuer, Presents: true, DPoP: "ES256"} },
		"with a certificate": func(c *Choices) { *c = Choices{Issuer: c.Issuer, Presents: true, Certificate: certificate()} },
	} {
		c := good()
		change(c)
		if err := Security.Choose(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	named := good()
	named.AuthMethod, named.Certificate, named.Authorization.RequestObject = "tls_client_auth", certificate(), "PS256"
	if err := MessageSigning.Choose(named); err != nil || named.AuthMethod != "tls_client_auth" || named.Authorization.RequestObject != "PS256" {
		t.Errorf("what is named is kept: %v, %+v", err, named)
	}
}

// TestCipherSuites are the recommended ones of TLS 1.2 alone (RFC 9325 §4.2).
func TestCipherSuites(t *testing.T) {
	suites := Security.CipherSuites()
	for _, id := range suites {
		if name := tls.CipherSuiteName(id); !strings.HasPrefix(name, "TLS_ECDHE_") || !strings.Contains(name, "_WITH_AES_") || !strings.Contains(name, "_GCM_") {
			t.Error(name)
		}
	}
	if len(suites) != 4 || None.CipherSuites() != nil {
		t.Error(suites)
	}
}

func TestOffered(t *testing.T) {
	c := good()
	if err := MessageSigning.Choose(c); err != nil {
		t.Fatal(err)
	}
	if err := MessageSigning.Offered(c, provider(t, document)); err != nil || c.DPoP != "PS256" || c.BoundByCertificate {
		t.Errorf("%v, %+v", err, c)
	}
	c = good()
	c.Certificate = certificate()
	if err := Security.Offered(c, provider(t, document)); err != nil || c.DPoP != "" || !c.BoundByCertificate {
		t.Errorf("with a certificate: %v, %+v", err, c)
	}
	c.DPoP, c.BoundByCertificate = "PS256", false
	if err := Security.Offered(c, provider(t, document)); err != nil || c.BoundByCertificate {
		t.Errorf("with a certificate, and DPoP by name: %v, %+v", err, c)
	}
	const bare = `{"issuer":"https://id.test","token_endpoint":"https://id.test/t","token_endpoint_auth_methods_supported":["tls_client_auth"],` +
		`"token_endpoint_auth_signing_alg_values_supported":["RS256"],"tls_client_certificate_bound_access_tokens":true}`
	c = &Choices{Grant: "client_credentials", Client: true, Certificate: certificate()} // no browser, no assertion, no introspection
	if err := MessageSigning.Offered(c, provider(t, bare)); err != nil || !c.BoundByCertificate {
		t.Errorf("client credentials: %v, %+v", err, c)
	}
	if err := MessageSigning.Offered(&Choices{Introspects: true}, provider(t, document)); err != nil {
		t.Errorf("introspection: %v", err)
	}
	c = good()
	c.AuthMethod, c.DPoP = "private_key_jwt", "ES256" // is not listed, and PS256 is not what was asked for
	if err := Security.Offered(c, provider(t, document)); err == nil || problem.As(err).Want != "ES256" {
		t.Errorf("DPoP by a name that is not listed: %v", err)
	}
}

// lacks are the rows of the table that want something of the metadata: each with what is not enough.
func lacks() []struct {
	rule, member string
	from         Profile
	old, new     string
} {
	return []struct {
		rule, member string
		from         Profile
		old, new     string
	}{
		{"fapi2.client_auth", "token_endpoint_auth_methods_supported", Security, `["private_key_jwt","tls_client_auth"]`, `["client_secret_basic"]`},
		{"fapi2.sender_constrained", "dpop_signing_alg_values_supported", Security, `"dpop_signing_alg_values_supported":["RS256","PS256"],`, ``},
		{"fapi2.sender_constrained", "dpop_signing_alg_values_supported", Security, `"dpop_signing_alg_values_supported":["RS256","PS256"]`, `"dpop_signing_alg_values_supported":["RS256"]`},
		{"fapi2.response_type", "response_types_supported", Security, `["code"]`, `["code id_token"]`},
		{"fapi2.par", "pushed_authorization_request_endpoint", Security, `"pushed_authorization_request_endpoint":"https://id.test/p",`, ``},
		{"fapi2.pkce", "code_challenge_methods_supported", Security, `["S256"]`, `["plain"]`},
		{"fapi2.pkce", "code_challenge_methods_supported", Security, `"code_challenge_methods_supported":["S256"],`, ``},
		{"fapi2.iss", "authorization_response_iss_parameter_supported", Security, `iss_parameter_supported":true`, `iss_parameter_supported":false`},
		{"fapi2.alg", "id_token_signing_alg_values_supported", Security, `"id_token_signing_alg_values_supported":["RS256","PS256"]`, `"id_token_signing_alg_values_supported":["RS256"]`},
		{"fapi2.alg", "token_endpoint_auth_signing_alg_values_supported", Security, `["PS256","ES256"]`, `["PS256","ES384"]`},
		{"fapi2.alg", "request_object_signing_alg_values_supported", MessageSigning, `"request_object_signing_alg_values_supported":["ES256"]`, `"request_object_signing_alg_values_supported":["RS256"]`},
		{"fapi2.alg", "authorization_signing_alg_values_supported", MessageSigning, `"authorization_signing_alg_values_supported":["ES256"]`, `"authorization_signing_alg_values_supported":["RS256"]`},
		{"fapi2.jarm", "response_modes_supported", MessageSigning, `["query","jwt"]`, `["query","form_post"]`},
		{"fapi2.introspection", "introspection_signing_alg_values_supported", MessageSigning, `"introspection_signing_alg_values_supported":["ES256"]`, `"x":1`},
		{"fapi2.introspection", "introspection_signing_alg_values_supported", MessageSigning, `"introspection_signing_alg_values_supported":["ES256"]`, `"introspection_signing_alg_values_supported":["RS256"]`},
	}
}

func TestLack(t *testing.T) {
	for _, test := range lacks() {
		t.Run(test.member, func(t *testing.T) {
			text := strings.Replace(document, test.old, test.new, 1)
			if text == document {
				t.Fatal("nothing was changed")
			}
			c := good()
			c.Introspects = test.rule == "fapi2.introspection"
			if err := test.from.Choose(c); err != nil {
				t.Fatal(err)
			}
			p, ok := errors.AsType[*problem.Error](test.from.Offered(c, provider(t, text)))
			if !ok || p.Kind != problem.Verification || p.Code != test.rule || p.Want == "" || p.Got == "" ||
				!strings.HasSuffix(p.Message, " wants: "+test.member) {
				t.Errorf("%+v", p)
			}
		})
	}
	c := good()
	c.Certificate, c.DPoP = certificate(), off
	err := Security.Offered(c, provider(t, strings.Replace(document, `"tls_client_certificate_bound_access_tokens":true,`, "", 1)))
	if p := problem.As(err); p.Code != "fapi2.sender_constrained" || !strings.HasSuffix(p.Message, "tls_client_certificate_bound_access_tokens") {
		t.Errorf("%+v", p)
	}
}

func secrets(n int) secret.Secret { return secret.New(strings.Repeat("s", n)) }

// came is what a good provider answers a login with.
func came() *Outcome {
	return &Outcome{
		AuthMethod: "private_key_jwt", Pushed: time.Minute, Answered: true, Issuer: "https://id.test", Code: secrets(43),
		Response: true, AccessToken: secrets(43), Refresh: secrets(43), Bound: ByDPoP, AccessAlg: "PS256", IDTokenAlg: "EdDSA",
	}
}

func TestHeld(t *testing.T) {
	checks := Security.Held(good(), came())
	var passed []string
	for _, c := range checks {
		passed = append(passed, string(c.Status)+" "+c.Rule)
	}
	want := []string{
		"pass fapi2.tls", "pass fapi2.grant", "pass fapi2.client_auth", "pass fapi2.sender_constrained",
		"pass fapi2.par", "pass fapi2.par_expires_in", "pass fapi2.iss", "pass fapi2.alg", "pass fapi2.entropy",
	}
	if diff := cmp.Diff(want, passed); diff != "" {
		t.Error(diff)
	}
	if got := None.Held(good(), came()); got != nil {
		t.Error(got)
	}
	signed := came()
	signed.Signed = "ES256"
	if checks := MessageSigning.Held(good(), signed); checks.Count(verdict.Pass) != len(want)+1 || len(checks) != len(want)+1 {
		t.Error(checks)
	}
}

// broken are the rows of the table that judge what came back: each with what fails it.
func broken() []struct {
	rule   string
	status verdict.Status
	from   Profile
	change func(*Outcome)
} {
	return []struct {
		rule   string
		status verdict.Status
		from   Profile
		change func(*Outcome)
	}{
		{"fapi2.tls", verdict.Skip, Security, func(o *Outcome) { o.Plain = "http://127.0.0.1:1" }},
		{"fapi2.client_auth", verdict.Fail, Security, func(o *Outcome) { o.AuthMethod = "client_secret_post" }},
		{"fapi2.sender_constrained", verdict.Fail, Security, func(o *Outcome) { o.Bound = "" }},
		{"fapi2.sender_constrained", verdict.Fail, Security, func(o *Outcome) { o.Bound, o.Opaque = "", true }},
		{"fapi2.par", verdict.Fail, Security, func(o *Outcome) { o.Pushed = 0 }},
		{"fapi2.par_expires_in", verdict.Fail, Security, func(o *Outcome) { o.Pushed = 600 * time.Second }},
		{"fapi2.iss", verdict.Fail, Security, func(o *Outcome) { o.Issuer = "" }},
		{"fapi2.alg", verdict.Fail, Security, func(o *Outcome) { o.IDTokenAlg = "RS256" }},
		{"fapi2.alg", verdict.Fail, Security, func(o *Outcome) { o.AccessAlg = "ES384" }},
		{"fapi2.alg", verdict.Fail, Security, func(o *Outcome) { o.Signed = "RS256" }},
		{"fapi2.entropy", verdict.Fail, Security, func(o *Outcome) { o.Code = secrets(19) }},
		{"fapi2.entropy", verdict.Fail, Security, func(o *Outcome) { o.Refresh = secrets(19) }},
		{"fapi2.jarm", verdict.Fail, MessageSigning, func(*Outcome) {}},
		{"fapi2.introspection", verdict.Fail, MessageSigning, func(o *Outcome) { *o = Outcome{Introspected: true} }},
	}
}

func TestBroken(t *testing.T) {
	for _, test := range broken() {
		o := came()
		test.change(o)
		checks := test.from.Held(good(), o)
		i := slices.IndexFunc(checks, func(c verdict.Check) bool { return c.Rule == test.rule })
		if i < 0 || checks[i].Status != test.status || checks[i].Want == "" || checks[i].Got == "" {
			t.Errorf("%s: %+v", test.rule, checks)
		}
	}
	other := good()
	other.Grant = "urn:ietf:params:oauth:grant-type:device_code"
	if warned := Security.Held(other, came()).With(verdict.Warn); len(warned) != 1 || warned[0].Rule != "fapi2.grant" {
		t.Error(warned)
	}
	again := &Choices{Grant: "refresh_token"}
	for status, change := range map[verdict.Status]func(*Outcome){verdict.Warn: func(o *Outcome) { o.Rotated = true }, verdict.Pass: func(*Outcome) {}} {
		o := came()
		change(o)
		if checks := Security.Held(again, o); !slices.ContainsFunc(checks, func(c verdict.Check) bool { return c.Rule == "fapi2.refresh_rotation" && c.Status == status }) {
			t.Error(checks)
		}
	}
	mtls := came()
	mtls.Bound, mtls.Opaque = "", true
	bound := &Choices{Grant: "refresh_token", BoundByCertificate: true}
	if skipped := Security.Held(bound, mtls).With(verdict.Skip); len(skipped) != 1 {
		t.Error(skipped)
	}
	mtls.Opaque = false // it can be read, and says nothing of the certificate
	if failed := Security.Held(bound, mtls).With(verdict.Fail); len(failed) != 1 || failed[0].Rule != "fapi2.sender_constrained" {
		t.Error(failed)
	}
	mtls.Bound = ByCertificate
	if failed := Security.Held(bound, mtls).With(verdict.Fail); len(failed) != 0 {
		t.Error(failed)
	}
	least := came()
	least.Pushed, least.Code, least.AccessToken, least.Refresh, least.Signed = 599*time.Second, secrets(20), secrets(20), secrets(20), "ES256"
	alone := &Outcome{AuthMethod: "private_key_jwt", Response: true, AccessToken: secrets(43), Bound: ByDPoP} // of client credentials
	asked := &Outcome{Introspected: true, IntrospectionAlg: "ES256"}
	for _, o := range []*Outcome{least, alone, asked} {
		if failed := MessageSigning.Held(good(), o).With(verdict.Fail); len(failed) != 0 {
			t.Error(failed)
		}
	}
}

// TestEveryRule holds that each row of the table is seen to do each of the things that it does.
func TestEveryRule(t *testing.T) {
	tried := make(map[string]bool)
	for _, c := range clashes() {
		tried["chosen "+c.rule] = true
	}
	for _, l := range lacks() {
		tried["offered "+l.rule] = true
	}
	for _, b := range broken() {
		tried["held "+b.rule] = true
	}
	tried["chosen fapi2.introspection"] = true                                   // TestChoose
	tried["held fapi2.grant"], tried["held fapi2.refresh_rotation"] = true, true // TestBroken
	seen := make(map[string]bool)
	for _, r := range MessageSigning.rules() {
		if seen[r.id] || r.wants == "" || !strings.HasPrefix(r.spec, r.from.String()+" §5.") {
			t.Errorf("%+v", r)
		}
		seen[r.id] = true
		for what, is := range map[string]bool{"chosen ": r.chosen != nil, "offered ": r.offered != nil, "held ": r.held != nil} {
			if is != tried[what+r.id] {
				t.Errorf("%s%s: is %t, tried %t", what, r.id, is, tried[what+r.id])
			}
		}
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Profile{"": None, "none": None, "security": Security, "message-signing": MessageSigning} {
		if got, err := Parse(name); got != want || err != nil {
			t.Error(name, got, err)
		}
	}
	_, err := Parse("message-sining")
	if p := problem.As(err); p.Kind != problem.Usage || p.Hint != "--fapi2=message-signing" {
		t.Errorf("%+v", p)
	}
}

func TestNarrow(t *testing.T) {
	list := jose.Algorithms{"RS256", "PS256", "EdDSA", "ES512"}
	if diff := cmp.Diff(jose.Algorithms{"PS256", "EdDSA"}, Security.Narrow(list)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(jose.Algorithms{"RS256", "PS256", "EdDSA", "ES512"}, None.Narrow(list)); diff != "" {
		t.Error(diff)
	}
}
