package op

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// sameConfig compares all that a file can say.
func sameConfig() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(a, b secret.Secret) bool { return a.Reveal() == b.Reveal() }),
		cmpopts.IgnoreUnexported(Config{}, Client{}),
	}
}

const configured = `issuer: /tenant
audience: https://api.example.com
auto_approve: true
require_par: true
require_signed_request_object: true
poll_interval: 1s
approve_after: 2
dpop_nonce: 4m
dpop_algs: [ES256, PS256]
lifetimes: {code: 30s, access_token: 5m, par: 20s, ciba: 90s}
features: [par, introspection]
paths: {token: /oauth/token}
faults: [token-400-html]
access_token: opaque
id_token_alg: ES256
users:
  - {username: carol, password: "1234"}
  - {username: dave, password: x, sub: d-1, name: Dave D., email: d@example.com}
clients:
  - client_id: web
    client_name: Web
    client_secret: s:%+ é
    grant_types: [authorization_code, refresh_token]
    redirect_uris: [http://127.0.0.1/callback]
    scopes: [openid, offline_access]
    access_token: jwt
    id_token_alg: EdDSA
    refresh_token: always
    introspects: any
    introspection_signed_response_alg: PS256
    id_token_encrypted_response_alg: A256KW
    id_token_encrypted_response_enc: A256GCM
    userinfo_encrypted_response_alg: dir
    introspection_encrypted_response_alg: A128KW
    authorization_encrypted_response_alg: A192KW
    authorization_signed_response_alg: ES384
    request_object_signing_alg: HS256
    require_signed_request_object: true
    authorization_details_types: [payment_initiation]
    lifetimes: {access_token: 1m}
  - client_id: cli
    grant_types: [authorization_code]
    redirect_uris: http://localhost/callback
    dpop_bound_access_tokens: true
    tls_client_certificate_bound_access_tokens: true
`

func TestParseConfig(t *testing.T) {
	fault := Faults()[0].Name
	got, err := ParseConfig(DefaultConfig(), []byte(strings.Replace(configured, "token-400-html", fault, 1)), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Issuer: "/tenant", Audience: "https://api.example.com", AutoApprove: true, RequirePAR: true, RequireSignedRequest: true, PollInterval: time.Second, ApproveAfter: 2,
		DPoPNonce: 4 * time.Minute, DPoPAlgs: []string{"ES256", "PS256"},
		Lifetimes: Lifetimes{Code: 30 * time.Second, AccessToken: 5 * time.Minute, CIBA: 90 * time.Second, PAR: 20 * time.Second},
		Features:  []Feature{FeaturePAR, FeatureIntrospection}, Paths: map[string]string{"token": "/oauth/token"},
		Faults: []string{fault},
		Users: []User{
			{Username: "carol", Subject: "user-carol", Password: secret.New("1234")},
			{Username: "dave", Subject: "d-1", Password: secret.New("x"), Name: "Dave D.", Email: "d@example.com"},
		},
		Clients: []Client{
			{
				ID: "web", Name: "Web", Secret: secret.New("s:%+ é"), GrantTypes: []string{grantCode, grantRefresh},
				RedirectURIs: []string{"http://127.0.0.1/callback"}, Scopes: []string{"openid", "offline_access"},
				IDTokenAlg: "EdDSA", Refresh: RefreshAlways, Introspects: RightAny, Lifetimes: Lifetimes{AccessToken: time.Minute},
				IntrospectionAlg: "PS256", IDTokenEncryption: Encryption{"A256KW", "A256GCM"}, UserInfoEncryption: Encryption{Alg: "dir"},
				IntrospectionEncryption: Encryption{Alg: "A128KW"}, AuthorizationEncryption: Encryption{Alg: "A192KW"},
				AuthorizationAlg: "ES384", RequestObjectAlg: "HS256", RequireSignedRequest: true, DetailTypes: []string{"payment_initiation"},
			},
			{
				ID: "cli", GrantTypes: []string{grantCode}, RedirectURIs: []string{"http://localhost/callback"},
				IDTokenAlg: "ES256", AccessToken: FormatOpaque, DPoPBound: true, CertificateBound: true,
			},
		},
	}
	if diff := cmp.Diff(want, got, sameConfig()...); diff != "" {
		t.Error(diff)
	}
	got.Issuer = "http://127.0.0.1:9400/tenant"
	if _, err := New(got); err != nil {
		t.Error(err)
	}
}

// What a file does not name stays as it was, in the base too.
func TestParseConfigOverAnother(t *testing.T) {
	base := DefaultConfig()
	got, err := ParseConfig(base, []byte("access_token: opaque\n"), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	for i := range want.Clients {
		want.Clients[i].AccessToken = FormatOpaque
	}
	if diff := cmp.Diff(want, got, sameConfig()...); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(DefaultConfig(), base, sameConfig()...); diff != "" {
		t.Errorf("the base has changed: %s", diff)
	}
	if got, err = ParseConfig(base, nil, "p.yaml"); err != nil || cmp.Diff(base, got, sameConfig()...) != "" {
		t.Errorf("an empty file: %v", err)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	const client = "clients:\n  - client_id: a\n    "
	tests := []struct{ name, data, code, message, hint string }{
		{"unknown key", "featuers: []\n", "serve.unknown_key", `p.yaml:1:1: unknown key "featuers" in the provider configuration`, `did you mean "features"?`},
		{"unknown key of a client", client + "redirect_uri: x\n", "serve.unknown_key", `p.yaml:3:5: unknown key "redirect_uri" in clients[0]`, `did you mean "redirect_uris"?`},
		{"twice", "users: []\nusers: []\n", "serve.duplicate_key", `p.yaml:2:1: key "users" is already at line 1, column 1`, ""},
		{"no list", "clients: {a: b}\n", "serve.type", "p.yaml:1:10: clients: a list is wanted, not a mapping", ""},
		{"no YAML", "clients: [\n", "serve.yaml", "p.yaml:1:10: sequence end token ']' not found", ""},
		{"duration", "lifetimes:\n  code: 30\n", "serve.type", "p.yaml:2:9: lifetimes.code: a duration such as 30s is wanted, not a number", ""},
		{"negative duration", "poll_interval: -1s\n", "serve.value", "p.yaml:1:16: poll_interval: a duration cannot be negative", ""},
		{"no number of times", "approve_after: often\n", "serve.value", `p.yaml:1:16: approve_after: a whole number is wanted, not "often"`, ""},
		{"feature", "features: [pra]\n", "serve.value", `p.yaml:1:12: features[0]: there is no feature "pra"`, "did you mean par?"},
		{"fault", "faults: [no-such-thing]\n", "serve.value", `p.yaml:1:10: faults[0]: there is no fault "no-such-thing"`, "*"},
		{"path", "paths: {tokn: /t}\n", "serve.value", `p.yaml:1:15: paths.tokn: there is no endpoint "tokn" to give a path`, "did you mean token?"},
		{"format", "access_token: JWT\n", "serve.value", `p.yaml:1:15: access_token: one of jwt opaque is wanted, not "JWT"`, ""},
		{"algorithm", "id_token_alg: none\n", "serve.value", `p.yaml:1:15: id_token_alg: one of HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 is wanted, not "none"`, ""},
		{"a client without ID", "clients:\n  - client_name: a\n", "serve.value", "p.yaml:2:5: clients[0]: client_id is missing", ""},
		{"a client twice", "clients:\n  - client_id: a\n  - client_id: a\n", "serve.value", "p.yaml:3:5: clients[1]: client_id a is there already", ""},
		{"a client that contradicts itself", client + "auth_method: client_secret_post\n", "serve.value", `p.yaml:2:5: clients[0]: client "a": a secret and the method "client_secret_post" contradict each other`, ""},
		{"a client that cannot have its algorithm", client + "id_token_alg: HS256\n", "serve.value", `p.yaml:2:5: clients[0]: client "a" cannot have tokens signed with "HS256"`, ""},
		{"a right", client + "revokes: all\n", "serve.value", `p.yaml:3:14: clients[0].revokes: one of own any none is wanted, not "all"`, ""},
		{"a user without password", "users:\n  - username: a\n", "serve.value", "p.yaml:2:5: users[0]: username and password are wanted", ""},
		{"a user twice", "users:\n  - {username: a, password: b}\n  - {username: a, password: c}\n", "serve.value", "p.yaml:3:5: users[1]: username a is there already", ""},
		{"keys", "keys: x\n", "serve.value", `p.yaml:1:7: keys: there is no key "test-rsa", which signs RS256`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseConfig(DefaultConfig(), []byte(tt.data), "p.yaml")
			if err == nil {
				t.Fatal("accepted")
			}
			e := problem.As(err)
			if tt.hint == "*" {
				tt.hint = e.Hint
			}
			if diff := cmp.Diff([]any{problem.Usage, tt.code, tt.message, tt.hint}, []any{e.Kind, e.Code, e.Message, e.Hint}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
