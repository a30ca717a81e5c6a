package op

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// played starts a persona with its issuer on a host of its own, without a network.
func played(t *testing.T, name string) *Provider {
	t.Helper()
	config, err := Persona(name)
	if err != nil {
		t.Fatal(err)
	}
	config.Issuer = "http://127.0.0.1:9400" + config.Issuer
	config.MTLS = "https://127.0.0.1:9443"
	p, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func call(p *Provider, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// document fetches a JSON document of a persona.
func fetched(t *testing.T, p *Provider, address string) map[string]any {
	t.Helper()
	w := call(p, httptest.NewRequest(http.MethodGet, address, nil))
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, w.Code, err)
	}
	return out
}

// TestPersonaMetadata compares each persona's addresses with the documented ones, and what it must not advertise.
func TestPersonaMetadata(t *testing.T) {
	const realm = "http://127.0.0.1:9400/auth/realms/maactive"
	const root = "http://127.0.0.1:9400"
	const protocol = realm + "/protocol/openid-connect"
	strict := map[string]string{
		"issuer": root, "authorization_endpoint": root + "/authorize", "token_endpoint": root + "/token",
		"userinfo_endpoint": root + "/userinfo", "jwks_uri": root + "/jwks", "pushed_authorization_request_endpoint": root + "/par",
		"introspection_endpoint": root + "/introspect", "revocation_endpoint": root + "/revoke", "end_session_endpoint": root + "/logout",
	}
	endpoints := map[string]map[string]string{
		"traffitech": {
			"issuer": root, "authorization_endpoint": root + "/auth", "token_endpoint": root + "/token",
			"userinfo_endpoint": root + "/userinfo", "jwks_uri": root + "/jwks",
			"introspection_endpoint": root + "/token/introspection", "revocation_endpoint": root + "/token/revocation",
		},
		"activeplatform": {
			"issuer": realm, "authorization_endpoint": protocol + "/auth", "token_endpoint": protocol + "/token",
			"userinfo_endpoint": protocol + "/userinfo", "jwks_uri": protocol + "/certs",
			"introspection_endpoint": protocol + "/token/introspect", "revocation_endpoint": protocol + "/revoke",
			"end_session_endpoint": protocol + "/logout",
		},
		"limosa": {
			"issuer": root, "authorization_endpoint": root + "/oauth/authorize", "token_endpoint": root + "/oauth/token",
			"userinfo_endpoint": root + "/oauth/userinfo", "jwks_uri": root + "/.well-known/jwks.json",
			"introspection_endpoint": root + "/oauth/introspect", "revocation_endpoint": root + "/oauth/revoke",
			"end_session_endpoint": root + "/oauth/logout",
		},
		"fapi2": strict, "fapi2-message-signing": strict,
		"cidaas": {
			"issuer": root, "authorization_endpoint": root + "/authz-srv/authz", "token_endpoint": root + "/token-srv/token",
			"userinfo_endpoint": root + "/users-srv/userinfo", "jwks_uri": root + "/.well-known/jwks.json",
			"introspection_endpoint": root + "/token-srv/introspect", "revocation_endpoint": root + "/token-srv/revoke",
			"end_session_endpoint": root + "/session/end_session", "device_authorization_endpoint": root + "/authz-srv/device/authz",
			"pushed_authorization_request_endpoint":   root + "/authz-srv/par",
			"introspection_async_update_endpoint":     root + "/token-srv/introspect/async/tokenusage",
			"social_provider_token_resolver_endpoint": root + "/login-srv/social/token",
		},
	}
	if diff := cmp.Diff(Personas(), []string{"activeplatform", "cidaas", "fapi2", "fapi2-message-signing", "limosa", "traffitech"}); diff != "" {
		t.Fatal(diff)
	}
	for _, name := range Personas() {
		t.Run(name, func(t *testing.T) {
			p := played(t, name)
			doc := fetched(t, p, endpoints[name]["issuer"]+"/.well-known/openid-configuration")
			got := make(map[string]string)
			for member, value := range doc {
				if s, ok := value.(string); ok && (member == "issuer" || member == "jwks_uri" || strings.HasSuffix(member, "_endpoint")) {
					got[member] = s
				}
			}
			if diff := cmp.Diff(endpoints[name], got); diff != "" {
				t.Error(diff)
			}
			keys, _ := fetched(t, p, got["jwks_uri"])["keys"].([]any)
			if len(keys) != 1 && !p.config.FAPI2 {
				t.Errorf("%d keys, and one is documented", len(keys))
			}
		})
	}
}

func TestPersonaQuirks(t *testing.T) {
	limosa := played(t, "limosa")
	doc := fetched(t, limosa, limosa.Issuer()+"/.well-known/openid-configuration")
	for _, member := range []string{
		"grant_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
		"authorization_response_iss_parameter_supported",
	} {
		if _, there := doc[member]; there {
			t.Errorf("limosa advertises %s", member)
		}
	}
	if diff := cmp.Diff([]any{"client_secret_jwt"}, doc["introspection_endpoint_auth_methods_supported"]); diff != "" {
		t.Error(diff)
	}
	keys, _ := fetched(t, limosa, limosa.Issuer()+"/.well-known/jwks.json")["keys"].([]any)
	if key, _ := keys[0].(map[string]any); key == nil || !isText(key["x5c"]) {
		t.Errorf("x5c is %T, and a string is documented", key["x5c"])
	}
	for name, types := range map[string]any{"traffitech": []any{"code"}, "limosa": nil} {
		p := played(t, name)
		got := fetched(t, p, p.Issuer()+"/.well-known/openid-configuration")["response_types_supported"]
		if types != nil && !cmp.Equal(types, got) {
			t.Errorf("%s: response types %v", name, got)
		}
	}
}

func isText(value any) bool { _, ok := value.(string); return ok }

// tokenFrom gets a token response of client credentials.
func tokenFrom(t *testing.T, p *Provider, origin string) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	service := p.clients["service"]
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"service"}, "client_secret": {service.Secret.Reveal()},
	}
	r := httptest.NewRequest(http.MethodPost, p.endpoint(atToken), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	w := call(p, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return w, out
}

// decodedClaims returns the claims of a JWT that this package has just signed.
func decodedClaims(t *testing.T, token any) map[string]any {
	t.Helper()
	compact, _ := token.(string)
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %v", token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err == nil {
		err = json.Unmarshal(data, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestPersonaAccessTokens(t *testing.T) {
	for name, want := range map[string]map[string]any{
		"traffitech": {"iss": "http://127.0.0.1:9400", "sub": "service", "client_id": "service", "scope": "api:read api:write"},
		"limosa": {
			"iss": "http://127.0.0.1:9400", "aud": "service", "scope": nil, "scopes": []any{"api:read", "api:write"},
		},
		"activeplatform": {
			"iss": "http://127.0.0.1:9400/auth/realms/maactive", "azp": "service", "typ": "Bearer",
			"realm_access": map[string]any{"roles": []any{"service"}},
		},
		"cidaas": {"iss": "http://127.0.0.1:9400", "sub": "service", "scope": "api:read api:write"},
	} {
		t.Run(name, func(t *testing.T) {
			_, response := tokenFrom(t, played(t, name), "")
			claims := decodedClaims(t, response["access_token"])
			for claim, value := range want {
				if diff := cmp.Diff(value, claims[claim]); diff != "" {
					t.Errorf("%s: %s", claim, diff)
				}
			}
			if response["refresh_token"] != nil || response["id_token"] != nil {
				t.Errorf("client credentials bring more than an access token: %v", slices.Sorted(maps.Keys(response)))
			}
		})
	}
}

// TestWebOrigins holds that a browser's script of a registered origin alone may read a token response.
func TestWebOrigins(t *testing.T) {
	p := played(t, "activeplatform")
	service := p.clients["service"]
	service.RedirectURIs = []string{"http://localhost:4200/*"} // its web origin
	for origin, want := range map[string]string{
		"http://localhost:4200": "http://localhost:4200", "http://localhost:4201": "", "https://evil.example.com": "", "": "",
	} {
		w, _ := tokenFrom(t, p, origin)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%q: Access-Control-Allow-Origin is %q, want %q", origin, got, want)
		}
	}
}

func TestPersonaUnknown(t *testing.T) {
	_, err := Persona("traffictech")
	if err == nil {
		t.Fatal("accepted")
	}
	e := problem.As(err)
	want := []any{problem.Usage, "serve.persona", `there is no persona "traffictech"`, "did you mean traffitech?"}
	if diff := cmp.Diff(want, []any{e.Kind, e.Code, e.Message, e.Hint}); diff != "" {
		t.Error(diff)
	}
}

// TestLimosaCertificates reads the certificate that stands beside each key.
func TestLimosaCertificates(t *testing.T) {
	keys, _ := fetched(t, played(t, "limosa"), "http://127.0.0.1:9400/.well-known/jwks.json")["keys"].([]any)
	if len(keys) == 0 {
		t.Fatal("there are no keys")
	}
	for _, key := range keys {
		text, _ := key.(map[string]any)["x5c"].(string)
		der, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil || c.Subject.String() != "CN=limosa" {
			t.Error(c.Subject, err)
		}
	}
}
