package op

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestFeatures turns each feature off alone: what belongs to it is neither advertised nor answered; all else stays.
func TestFeatures(t *testing.T) {
	changes := map[Feature][]string{
		FeatureDevice:           {"-device_authorization_endpoint", "-grant " + grantDevice},
		FeaturePAR:              {"-pushed_authorization_request_endpoint", "-require_pushed_authorization_requests"},
		FeatureIntrospection:    {"-introspection_endpoint", "-introspection_endpoint_auth_methods_supported", "-introspection_endpoint_auth_signing_alg_values_supported"},
		FeatureRevocation:       {"-revocation_endpoint", "-revocation_endpoint_auth_methods_supported", "-revocation_endpoint_auth_signing_alg_values_supported"},
		FeatureEndSession:       {"-end_session_endpoint"},
		FeatureRegistration:     {"-registration_endpoint"},
		FeatureClientDocuments:  {"-client_id_metadata_document_supported"},
		FeatureTokenExchange:    {"-grant " + grantExchange},
		FeatureJWTBearer:        {"-grant " + grantJWTBearer},
		FeaturePassword:         {"-grant " + grantPassword},
		FeatureImplicit:         {"-grant " + grantImplicit, "-type id_token", "-type id_token token", "-type token"},
		FeatureFormPost:         {"-mode form_post"},
		FeatureWebMessage:       {"-mode web_message"},
		FeatureFragment:         nil, // the implicit grant needs it
		FeaturePrivateKeyJWT:    {"-auth private_key_jwt"},
		FeatureSecretJWT:        {"-auth client_secret_jwt"},
		FeatureMTLS:             {"-auth self_signed_tls_client_auth", "-auth tls_client_auth", "-mtls_endpoint_aliases", "-tls_client_certificate_bound_access_tokens"},
		FeatureDPoP:             {"-dpop_signing_alg_values_supported"},
		FeatureCertificateBound: {"-tls_client_certificate_bound_access_tokens"},
		FeatureCIBA: {
			"-backchannel_authentication_endpoint", "-backchannel_authentication_request_signing_alg_values_supported",
			"-backchannel_token_delivery_modes_supported", "-backchannel_user_code_parameter_supported", "-grant " + grantCIBA,
		},

		FeatureSignedUserInfo: {
			"-userinfo_encryption_alg_values_supported", "-userinfo_encryption_enc_values_supported", "-userinfo_signing_alg_values_supported",
		},
		FeatureSignedIntrospection: {
			"-introspection_encryption_alg_values_supported", "-introspection_encryption_enc_values_supported",
			"-introspection_signing_alg_values_supported",
		},
		FeatureEncryption: {
			"-authorization_encryption_alg_values_supported", "-authorization_encryption_enc_values_supported",
			"-id_token_encryption_alg_values_supported", "-id_token_encryption_enc_values_supported",
			"-introspection_encryption_alg_values_supported", "-introspection_encryption_enc_values_supported",
			"-request_object_encryption_alg_values_supported", "-request_object_encryption_enc_values_supported",
			"-userinfo_encryption_alg_values_supported", "-userinfo_encryption_enc_values_supported",
		},
		FeatureJAR: {
			"-request_object_encryption_alg_values_supported", "-request_object_encryption_enc_values_supported",
			"-request_object_signing_alg_values_supported", "-require_signed_request_object",
		},
		FeatureJARM: {
			"-authorization_encryption_alg_values_supported", "-authorization_encryption_enc_values_supported",
			"-authorization_signing_alg_values_supported", "-mode form_post.jwt", "-mode fragment.jwt", "-mode jwt", "-mode query.jwt",
		},
		FeatureRAR:    {"-authorization_details_types_supported"},
		FeatureHybrid: {"-type code id_token", "-type code id_token token", "-type code token"},
	}
	advertised := func(w *world) []string {
		doc := w.do("GET", "/.well-known/openid-configuration", nil).JSON
		var out []string
		for member := range doc {
			out = append(out, "-"+member)
		}
		for member, short := range map[string]string{
			"grant_types_supported": "grant", "response_types_supported": "type", "response_modes_supported": "mode",
			"token_endpoint_auth_methods_supported": "auth",
		} {
			values, _ := doc[member].([]any)
			for _, value := range values {
				s, _ := value.(string)
				out = append(out, "-"+short+" "+s)
			}
		}
		slices.Sort(out)
		return out
	}
	with := func(features []Feature) *world {
		return newWorld(t, func(c *Config) { c.Features, c.MTLS = features, "https://op.test:9443" })
	}
	all := advertised(with(Features()))
	for _, feature := range Features() {
		w := with(slices.DeleteFunc(Features(), func(f Feature) bool { return f == feature }))
		left := advertised(w)
		gone := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(left, s) })
		if diff := cmp.Diff(changes[feature], gone); diff != "" && len(changes[feature])+len(gone) > 0 {
			t.Error(feature, diff)
		}
		for _, e := range endpoints() {
			got := w.do("OPTIONS", e.path, nil)
			if missing := got.Status == http.StatusNotFound; missing != (e.feature == feature) {
				t.Errorf("without %s: %s: %d", feature, e.path, got.Status)
			}
		}
	}
	core := with(nil)
	if diff := cmp.Diff([]string{"query"}, core.responseModes()); diff != "" {
		t.Error(diff)
	}
	for name, form := range map[string]url.Values{
		"grant_type 'password' is not supported here; 'authorization_code', 'refresh_token' and 'client_credentials' are": {"grant_type": {"password"}, "client_id": {"cli"}},
		"client assertions are not supported; client_secret_basic, client_secret_post and none are":                       {"client_assertion": {"x"}},
		"tls_client_auth is not supported; client_secret_basic, client_secret_post are":                                   {"client_id": {"web-tls"}},
		"no client authenticated: send client_id in the body, or Basic credentials":                                       {"grant_type": {grantJWTBearer}, "assertion": {"x"}},
	} {
		if got := core.token(form); str(got, "error_description") != name {
			t.Error(got.Body)
		}
	}
	if got := core.authorize("request_uri", "x"); got.Get("error") != "request_uri_not_supported" {
		t.Error(got)
	}
	if got := core.authorize("request", "x"); got.Get("error") != "request_not_supported" {
		t.Error(got)
	}
	if got := core.authorize("response_mode", "jwt"); got.Get("error_description") != "response_mode 'jwt' is not supported; only 'query' is" {
		t.Error(got)
	}
	if got := core.authorize("authorization_details", "[]"); got.Get("code") == "" { // an unknown parameter is ignored (RFC 6749 §3.1)
		t.Error(got)
	}
	if got := core.authorize("response_mode", "fragment"); got.Get("error_description") != "response_mode 'fragment' is not supported; only 'query' is" {
		t.Error(got)
	}
	secretOnly := with([]Feature{FeatureSecretJWT})
	refused := secretOnly.asserting(signedBy(t, "ES256", secretOnly.claims()))
	if str(refused, "error_description") != "private_key_jwt is not supported; client_secret_basic, client_secret_post, client_secret_jwt are" {
		t.Error(refused.Body)
	}
	plain := newWorld(t, nil) // no TLS anywhere
	if methods := plain.authMethods(); slices.Contains(methods, authTLS) {
		t.Error(methods)
	}
}

// TestPaths moves every endpoint by its name.
func TestPaths(t *testing.T) {
	paths := make(map[string]string)
	for _, e := range endpoints() {
		paths[e.name] = "/moved" + e.path
	}
	w := newWorld(t, func(c *Config) { c.Paths = paths })
	doc := w.do("GET", "/.well-known/openid-configuration", nil)
	for _, e := range endpoints() {
		if e.member != "" && str(doc, e.member) != testIssuer+"/moved"+e.path {
			t.Error(e.member, doc.JSON[e.member])
		}
		if got := w.do("GET", e.path, nil); got.Status != http.StatusNotFound {
			t.Error(e.path, got.Status)
		}
	}
	outcome, err := w.SignIn(t.Context(), testIssuer+"/moved/authorize?"+login.Encode(), "alice", "wonderland")
	if err != nil || !strings.HasPrefix(outcome.URL, testRedirect+"?code=") {
		t.Errorf("%+v %v", outcome, err)
	}
	tests := []struct {
		name  string
		paths map[string]string
		want  problem.Error
	}{
		{"unknown", map[string]string{"tokn": "/x"}, problem.Error{Message: `there is no endpoint "tokn" to give a path`, Hint: "did you mean token?"}},
		{"nothing like it", map[string]string{"abcdefgh": "/x"}, problem.Error{
			Message: `there is no endpoint "abcdefgh" to give a path`,
			Hint:    "there are: authorization token userinfo jwks device backchannel par introspection revocation end_session registration client client_document api login consent device_page ciba_page",
		}},
		{"relative", map[string]string{"token": "x"}, problem.Error{Message: `the path "x" of the token endpoint must begin with a slash and hold no query, fragment, escape or dot segment`}},
		{"dots", map[string]string{"token": "/a/../b"}, problem.Error{Message: `the path "/a/../b" of the token endpoint must begin with a slash and hold no query, fragment, escape or dot segment`}},
		{"one path", map[string]string{"token": "/jwks"}, problem.Error{Message: "the endpoints token and jwks have one path: /jwks"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := DefaultConfig()
			config.Issuer, config.Paths = testIssuer, test.paths
			_, err := New(config)
			if err == nil {
				t.Fatal("no error")
			}
			test.want.Kind, test.want.Code = problem.Usage, "serve.path"
			if diff := cmp.Diff(test.want, *problem.As(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
	config := DefaultConfig()
	config.Issuer, config.Features = testIssuer, []Feature{"devise"}
	_, err = New(config)
	want := problem.Error{Kind: problem.Usage, Code: "serve.feature", Message: `there is no feature "devise"`, Hint: "did you mean device?"}
	if diff := cmp.Diff(want, *problem.As(err)); diff != "" {
		t.Error(diff)
	}
}
