package grant_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// tokenAnswer answers as a token endpoint.
func tokenAnswer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, body)
	}
}

// TestBinding holds what a token is bound to against what the request was made with.
func TestBinding(t *testing.T) {
	p := newProvider(t)
	jwt := func(cnf string) string { return p.sign("at+jwt", `{"sub":"alice"`+cnf+`}`) }
	der := []byte("a certificate")
	mine, other := grant.CertificateThumbprint(der), grant.CertificateThumbprint([]byte("another"))
	x5t := func(of string) string { return `,"cnf":{"x5t#S256":"` + of + `"}` }
	for name, test := range map[string]struct {
		typ, token            string
		key, optional, secure bool // a DPoP key, --dpop-optional, an https endpoint
		certificate           []byte
		want                  []string // statuses and rules; the last one is the error's
	}{
		"bearer":                                {typ: "Bearer", token: "opaque"},
		"bearer, readable":                      {typ: "Bearer", token: jwt("")},
		"DPoP without a key":                    {typ: "DPoP", token: "opaque", want: []string{"warn token.dpop_downgrade"}},
		"bearer for a key":                      {typ: "Bearer", token: "opaque", key: true, want: []string{"fail token.dpop_downgrade", "token.dpop_downgrade"}},
		"bearer for a key, optional":            {typ: "Bearer", token: "opaque", key: true, optional: true, want: []string{"warn token.dpop_downgrade"}},
		"DPoP for a key":                        {typ: "DPoP", token: "opaque", key: true, want: []string{"pass token.dpop_downgrade", "skip access_token.cnf"}},
		"DPoP for a key, bound to none":         {typ: "DPoP", token: jwt(""), key: true, want: []string{"pass token.dpop_downgrade", "fail access_token.cnf", "access_token.cnf"}},
		"DPoP for a key, bound to another":      {typ: "DPoP", token: jwt(`,"cnf":{"jkt":"` + other + `"}`), key: true, want: []string{"pass token.dpop_downgrade", "fail access_token.cnf", "access_token.cnf"}},
		"certificate":                           {typ: "Bearer", token: jwt(x5t(mine)), secure: true, certificate: der, want: []string{"pass access_token.cnf"}},
		"certificate, bound to another":         {typ: "Bearer", token: jwt(x5t(other)), secure: true, certificate: der, want: []string{"fail access_token.cnf", "access_token.cnf"}},
		"certificate, not promised":             {typ: "Bearer", token: jwt(""), secure: true, certificate: der},
		"certificate, opaque":                   {typ: "Bearer", token: "opaque", secure: true, certificate: der, want: []string{"skip access_token.cnf"}},
		"certificate that is not presented":     {typ: "Bearer", token: "opaque", certificate: der},
		"bound to a certificate, without one":   {typ: "Bearer", token: jwt(x5t(other)), secure: true, want: []string{"skip access_token.cnf"}},
		"bound to one that was not presented":   {typ: "Bearer", token: jwt(x5t(mine)), certificate: der, want: []string{"skip access_token.cnf"}},
		"key and certificate, one of them lost": {typ: "DPoP", token: jwt(x5t(mine)), key: true, secure: true, certificate: der, want: []string{"pass token.dpop_downgrade", "fail access_token.cnf", "pass access_token.cnf", "access_token.cnf"}},
	} {
		t.Run(name, func(t *testing.T) {
			handler := tokenAnswer(`{"access_token":"` + test.token + `","token_type":"` + test.typ + `","expires_in":60}`)
			env, n, _ := provingEnv(t, handler, nil)
			if !test.key {
				env.DPoP = nil
			}
			if test.secure {
				secureEnv(t, env, handler)
			}
			env.Certificate, env.DPoPOptional = test.certificate, test.optional
			_, err := env.Redeem(t.Context(), url.Values{"grant_type": {"client_credentials"}}, grant.Expectation{})
			var got []string
			for _, c := range n.checks {
				if c.Rule == "token.dpop_downgrade" || c.Rule == "access_token.cnf" {
					got = append(got, string(c.Status)+" "+c.Rule)
				}
			}
			if err != nil {
				e := problem.As(err)
				if got = append(got, e.Code); e.Kind != problem.Verification {
					t.Error(err)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// byHand is a network in which every address is answered by the one handler.
type byHand http.HandlerFunc

func (h byHand) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	h(answer, r)
	return answer.Result(), nil
}

// secureEnv moves the token endpoint to https.
func secureEnv(t *testing.T, env *grant.Env, handler http.HandlerFunc) {
	t.Helper()
	var err error
	if env.Wire, err = wire.New(wire.Options{Transport: byHand(handler)}); err != nil {
		t.Fatal(err)
	}
	if env.Provider, err = metadata.NewProvider(nil, map[string]string{"token": "https://id.test/token"}, wire.LoopbackOnly); err != nil {
		t.Fatal(err)
	}
	env.Provider.Issuer = "https://id.test"
}

// TestRotated says that a refresh token was replaced where another one came, and in no other case.
func TestRotated(t *testing.T) {
	for name, test := range map[string]struct {
		sent, came string
		want       bool
	}{
		"another one":                  {"old", "new", true},
		"the same":                     {"old", "old", false},
		"none":                         {"old", "", false},
		"the first":                    {"", "new", false},
		"none was sent, and none came": {"", "", false},
	} {
		body := `{"access_token":"opaque","token_type":"Bearer"}`
		if test.came != "" {
			body = `{"access_token":"opaque","token_type":"Bearer","refresh_token":"` + test.came + `"}`
		}
		env, _, _ := provingEnv(t, tokenAnswer(body), nil)
		env.DPoP = nil
		result, err := env.Redeem(t.Context(), url.Values{"grant_type": {"refresh_token"}}, grant.Expectation{Renews: secret.New(test.sent)})
		if err != nil || result.Rotated != test.want {
			t.Errorf("%s: %v, %+v", name, err, result)
		}
	}
}

// TestSecretsOfAnAnswer are hidden from the moment at which they came, also where the answer is refused.
func TestSecretsOfAnAnswer(t *testing.T) {
	for _, typ := range []string{"Bearer", "DPoP"} {
		env, _, _ := provingEnv(t, tokenAnswer(`{"access_token":"accessible","token_type":"`+typ+`","refresh_token":"refreshing"}`), nil)
		_, err := env.Redeem(t.Context(), url.Values{"grant_type": {"client_credentials"}}, grant.Expectation{})
		if (err == nil) != (typ == "DPoP") {
			t.Error(err)
		}
		if got := env.Ring.Redact("accessible refreshing"); strings.Contains(got, "ing") || strings.Contains(got, "accessible") {
			t.Error(got)
		}
	}
}

// TestReserved refuses a user's parameters that the tool alone sets, and those that the request has already.
func TestReserved(t *testing.T) {
	for _, name := range []string{
		"client_id", "client_secret", "client_assertion", "client_assertion_type", "code", "code_verifier", "code_challenge", "code_challenge_method",
		"dpop_jkt", "grant_type", "nonce", "redirect_uri", "refresh_token", "response_type", "state",
	} {
		err := grant.CheckParams(url.Values{"audience": {"x"}}, url.Values{name: {"x"}})
		if p := problem.As(err); p.Kind != problem.Usage || p.Code != "usage.param" || !strings.Contains(p.Message, `"`+name+`"`) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if err := grant.CheckParams(url.Values{"audience": {"x", "y"}, "scope": {"z"}}); err != nil {
		t.Error(err)
	}
	var sent url.Values
	env, _, _ := provingEnv(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sent = maps.Clone(r.PostForm)
		tokenAnswer(`{"access_token":"opaque","token_type":"DPoP"}`)(w, r)
	}, nil)
	for _, name := range []string{"username", "subject_token", "scope", "resource", "grant_type"} {
		env.TokenParams = url.Values{"audience": {"x", "y"}, name: {"mine"}}
		form := url.Values{"grant_type": {"x"}, name: {"its"}}
		_, err := env.Redeem(t.Context(), form, grant.Expectation{})
		if p := problem.As(err); err == nil || p.Code != "usage.param" || sent != nil {
			t.Errorf("%s: %v, %v was sent", name, err, sent)
		}
	}
	env.TokenParams = url.Values{"audience": {"x", "y"}, "tenant": {"z"}}
	if _, err := env.Redeem(t.Context(), url.Values{"grant_type": {"client_credentials"}}, grant.Expectation{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(url.Values{"audience": {"x", "y"}, "tenant": {"z"}, "grant_type": {"client_credentials"}}, without(sent, "client_")); diff != "" {
		t.Error(diff)
	}
}

// without leaves out the fields whose names begin so.
func without(form url.Values, prefix string) url.Values {
	maps.DeleteFunc(form, func(name string, _ []string) bool { return strings.HasPrefix(name, prefix) })
	return form
}

// TestVerifyAccessTokenAlgorithms takes access tokens by --algs, else by every asymmetric algorithm, and never by one
// that the profile forbids.
func TestVerifyAccessTokenAlgorithms(t *testing.T) {
	const claims = `{"iss":"https://id.test","sub":"alice","aud":"https://api.test","client_id":"web","iat":@0,"exp":@60,"jti":"1"}`
	p := newProvider(t)
	token := p.sign("at+jwt", claims)
	hmac, err := jose.NewSecretSigner(secret.New(strings.Repeat("s", 32)), jose.HS256).SignRaw([]byte(`{"alg":"HS256","typ":"at+jwt"}`), []byte(timed(claims)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.GenerateKey(jose.ES384)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(key, jose.ES384, "long")
	if err != nil {
		t.Fatal(err)
	}
	longer, err := signer.SignRaw([]byte(`{"alg":"ES384","kid":"long","typ":"at+jwt"}`), []byte(timed(claims)))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := jose.ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"}]}`))
	for name, test := range map[string]struct {
		token string
		algs  jose.Algorithms
		held  fapi.Profile
		want  string
	}{
		"nothing said":               {token: token},
		"named":                      {token: token, algs: jose.Algorithms{jose.PS256, jose.ES256}},
		"another named":              {token: token, algs: jose.Algorithms{jose.PS256, jose.ES384}, want: "jose.alg"},
		"none named":                 {token: token, algs: jose.Algorithms{}, want: "jose.alg"},
		"allowed by the profile":     {token: token, held: fapi.Security},
		"longer":                     {token: longer},
		"forbidden by the profile":   {token: longer, held: fapi.Security, want: "jose.alg"},
		"named, and forbidden by it": {token: longer, algs: jose.Algorithms{jose.ES384}, held: fapi.Security, want: "jose.alg"},
		"HMAC, of which nobody said": {token: hmac, want: "jose.alg"},
	} {
		env, n := p.env(nil)
		env.Keys = jose.Fixed(&jose.KeySet{Keys: []*jose.Key{p.signer.PublicJWK(), signer.PublicJWK()}})
		env.Trust.Algorithms, env.Held.Profile = test.algs, test.held
		if test.token == hmac && err == nil {
			env.Keys = jose.Fixed(shared)
		}
		response, _, perr := oauth.ParseTokenResponse(http.StatusOK, http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
			fmt.Appendf(nil, `{"access_token":%q,"token_type":"Bearer"}`, test.token))
		if perr != nil {
			t.Fatal(perr)
		}
		_, verr := env.VerifyAccessToken(t.Context(), &grant.Result{Response: response})
		code := ""
		if verr != nil {
			code = problem.As(verr).Code
		}
		if code != test.want || (code == "") != (n.checks.Count(verdict.Fail) == 0 && len(n.checks) > 0) {
			t.Errorf("%s: %q, want %q; %v", name, code, test.want, verr)
		}
	}
}

// TestIDTokenAnswered is an ID token that came, or did not.
func TestIDTokenAnswered(t *testing.T) {
	const claims = `{"iss":"https://id.test","sub":"alice","aud":"web","iat":@0,"exp":@60}`
	word := secret.New(strings.Repeat("s", 32))
	hmac, err := jose.NewSecretSigner(word, jose.HS256).SignRaw([]byte(`{"alg":"HS256"}`), []byte(timed(claims)))
	if err != nil {
		t.Fatal(err)
	}
	p := newProvider(t)
	signed := p.sign("JWT", claims)
	for name, test := range map[string]struct {
		members, listed string // of the answer, and of the metadata
		scopes          []string
		change          func(*grant.Env)
		unowed          bool
		want            string
	}{
		"came":                      {members: `"id_token":"` + signed + `"`, scopes: []string{"openid"}},
		"without an issuer":         {members: `"id_token":"` + signed + `"`, change: withoutIssuer, want: "id_token.keys"},
		"without keys":              {members: `"id_token":"` + signed + `"`, change: func(env *grant.Env) { env.Keys = nil }, want: "id_token.keys"},
		"HS256, listed":             {members: `"id_token":"` + hmac + `"`, listed: `"HS256","ES256"`},
		"HS256, not listed":         {members: `"id_token":"` + hmac + `"`, listed: `"ES256"`, want: "jose.alg"},
		"HS256, nothing listed":     {members: `"id_token":"` + hmac + `"`, want: "jose.alg"},
		"HS256, without a secret":   {members: `"id_token":"` + hmac + `"`, listed: `"HS256","ES256"`, change: withoutSecret, want: "jose.alg"},
		"ES256, HS256 alone listed": {members: `"id_token":"` + signed + `"`, listed: `"HS256"`, want: "jose.alg"},
		"missing":                   {scopes: []string{"openid", "email"}, want: "id_token.missing"},
		"missing, granted":          {members: `"scope":"email openid"`, scopes: []string{"openid", "email"}, want: "id_token.missing"},
		"missing, not granted":      {members: `"scope":"email"`, scopes: []string{"openid", "email"}},
		"missing, not asked for":    {scopes: []string{"email"}},
		"missing, but granted":      {members: `"scope":"openid email"`, scopes: []string{"email"}},
		"missing, not owed":         {scopes: []string{"openid"}, unowed: true},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"access_token":"opaque","token_type":"Bearer"}`
			if test.members != "" {
				body = `{"access_token":"opaque","token_type":"Bearer",` + test.members + `}`
			}
			env, _ := p.env(nil)
			doc, err := metadata.ParseDocument([]byte(`{"issuer":"https://id.test","token_endpoint":"https://id.test/token","id_token_signing_alg_values_supported":[` + test.listed + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			if env.Provider, err = metadata.NewProvider(doc, nil, wire.LoopbackOnly); err != nil {
				t.Fatal(err)
			}
			if env.Wire, err = wire.New(wire.Options{Transport: byHand(tokenAnswer(body))}); err != nil {
				t.Fatal(err)
			}
			env.Scopes, env.Client.Secret = test.scopes, word
			if test.change != nil {
				test.change(env)
			}
			result, err := env.Redeem(t.Context(), url.Values{"grant_type": {"x"}}, grant.Expectation{Owed: !test.unowed})
			code := ""
			if err != nil {
				code = problem.As(err).Code
			}
			if code != test.want || (err == nil) == (result == nil) || err == nil && strings.Contains(test.members, "id_token") != (result.IDToken != nil) {
				t.Errorf("%q, want %q: %v", code, test.want, err)
			}
		})
	}
}

// TestTokenFiles refuses what is no token before it is sent anywhere.
func TestTokenFiles(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"a token":       {"abc-._~+/=\n", ""},
		"nothing":       {"\n", "usage.empty"},
		"JSON":          {`{"access_token":"x"}`, "usage.token"},
		"a page":        {"<html><body>login</body></html>", "usage.token"},
		"quoted":        {`"abc"`, "usage.token"},
		"one quote":     {`"abc`, ""},
		"two words":     {"Bearer abc", "usage.token"},
		"two lines":     {"abc\ndef", "usage.token"},
		"delete":        {"abc\x7f", "usage.token"},
		"beyond ASCII":  {"abcé", "usage.token"},
		"a marked file": {"\ufeffabc", "usage.token"},
	} {
		sent := false
		env, _, _ := provingEnv(t, func(w http.ResponseWriter, r *http.Request) {
			sent = true
			tokenAnswer(`{"access_token":"opaque","token_type":"DPoP"}`)(w, r)
		}, nil)
		env.Read = func(string) ([]byte, error) { return []byte(test.data), nil }
		refresh, flags := new(grant.Refresh), pflag.NewFlagSet("x", pflag.ContinueOnError)
		refresh.Flags(flags)
		if err := flags.Set("refresh-token-file", "rt"); err != nil {
			t.Fatal(err)
		}
		_, err := refresh.Run(t.Context(), env)
		code := ""
		if err != nil {
			e := problem.As(err)
			if code = e.Code; e.Kind != problem.Usage {
				t.Errorf("%s: %v", name, err)
			}
		}
		if code != test.want || sent != (test.want == "") {
			t.Errorf("%s: %q, want %q, sent %t: %v", name, code, test.want, sent, err)
		}
	}
}

// TestWithdraw removes a client at the provider whose registration is refused here, with its own token, and says what
// became of it.
func TestWithdraw(t *testing.T) {
	for name, test := range map[string]struct {
		members string // of the answer, beside a secret that does not say when it expires
		status  int    // of the deletion
		want    string
		deleted []string
	}{
		"deleted":       {`,"registration_client_uri":"URL/one","registration_access_token":"managing"`, http.StatusNoContent, "the client that the provider made was deleted there again", []string{"DELETE /one Bearer managing"}},
		"not deleted":   {`,"registration_client_uri":"URL/one","registration_access_token":"managing"`, http.StatusForbidden, "the client made is registered all the same: deleting it failed", []string{"DELETE /one Bearer managing"}},
		"without token": {`,"registration_client_uri":"URL/one"`, 0, "the client may be registered all the same, and cannot be removed from here", nil},
		"without place": {`,"registration_access_token":"managing"`, 0, "the client may be registered all the same, and cannot be removed from here", nil},
		"elsewhere":     {`,"registration_client_uri":"https://evil.test/one","registration_access_token":"managing"`, 0, "the client may be registered all the same, and cannot be removed from here", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var deleted []string
			var server *httptest.Server
			handler := func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					deleted = append(deleted, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
					w.WriteHeader(test.status)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"client_id":"made","client_secret":"clandestine"`+strings.ReplaceAll(test.members, "URL", server.URL)+`}`)
			}
			server = httptest.NewServer(http.HandlerFunc(handler))
			t.Cleanup(server.Close)
			env, _ := envAt(t, handler)
			var err error
			if env.Provider, err = metadata.NewProvider(nil, map[string]string{"registration": server.URL + "/register"}, wire.LoopbackOnly); err != nil {
				t.Fatal(err)
			}
			r, err := env.Register(t.Context(), oauth.ClientMetadata{}, secret.Secret{})
			p := problem.As(err)
			if lines := strings.Split(p.Hint, "\n"); r != nil || p.Kind != problem.Verification || !slices.Contains(lines, test.want) {
				t.Errorf("%+v", p)
			}
			if diff := cmp.Diff(test.deleted, deleted); diff != "" {
				t.Error(diff)
			}
			if got := env.Ring.Redact("clandestine managing"); strings.Contains(got, "clandestine") || strings.Contains(test.members, "managing") && strings.Contains(got, "managing") {
				t.Error(got)
			}
		})
	}
}

// TestUngranted: what a provider left out is told, and what it only calls by another name is not.
func TestUngranted(t *testing.T) {
	for name, test := range map[string]struct {
		asked, granted string
		given          bool
		refresh        string
		want           []string
	}{
		"all":                        {"read write", "write read", true, "", nil},
		"one less":                   {"orders:read orders:write", "orders:read", true, "", []string{"orders:write"}},
		"none":                       {"read", "", true, "", []string{"read"}},
		"not told":                   {"read", "", false, "", nil},
		"more":                       {"read", "read write", true, "", nil},
		"no sign-in, without a word": {"openid email", "email", true, "", []string{"openid"}},
		"offline, without a token":   {"read offline_access", "read", true, "", []string{"offline_access"}},
		"offline, with a token":      {"read offline_access", "read", true, "r", nil},
		"of Google":                  {"email", "https://www.googleapis.com/auth/userinfo.email", true, "", nil},
		"of Microsoft":               {"https://graph.microsoft.com/User.Read Mail.Read api://x/.default", "User.Read https://graph.microsoft.com/Mail.Read", true, "", nil},
		"a part of a word":           {"read", "thread", true, "", []string{"read"}},
	} {
		result := &grant.Result{
			Requested: strings.Fields(test.asked),
			Response:  &oauth.Response{Scopes: strings.Fields(test.granted), ScopeGiven: test.given, RefreshToken: secret.New(test.refresh)},
		}
		if got := result.Ungranted(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
