package op

import "github.com/oauthctl/oauthctl/internal/jose"

// fapi2Faults are what the FAPI 2.0 profiles forbid and nothing else does: a client must notice it where it is held to
// them.
func fapi2Faults() []row {
	const book = "FAPI 2.0 Security Profile §"
	return []row{
		{
			Name: "fapi2-no-par", Spec: book + "5.3.2.2-2", Short: "the metadata have no endpoint for pushed requests", Expect: Reject,
			Must: "name the member, and ask nobody to sign in", point: &point{metadata: removing("pushed_authorization_request_endpoint")},
		},
		{
			Name: "fapi2-no-iss", Spec: book + "5.3.2.2-7", Short: "the metadata do not announce iss in authorization responses", Expect: Reject,
			Must: "name the member, and ask nobody to sign in", point: &point{metadata: removing("authorization_response_iss_parameter_supported")},
		},
		{
			Name: "fapi2-plain-pkce", Spec: book + "5.3.2.2-5", Short: "the metadata list PKCE with plain alone", Expect: Reject,
			Must: "name the member, and ask nobody to sign in", point: &point{metadata: setting("code_challenge_methods_supported", []string{"plain"})},
		},
		{
			Name: "fapi2-secrets", Spec: book + "5.3.2.1-6", Short: "the metadata list client secrets alone", Expect: Reject,
			Must: "name the member, and send no assertion", point: &point{metadata: setting("token_endpoint_auth_methods_supported", []string{authBasic, authPost})},
		},
		{
			Name: "fapi2-bearer", Spec: book + "5.3.2.1-5", Short: "the metadata list no algorithm for DPoP", Expect: Reject,
			Must: "name the member, and ask for no bearer token", point: &point{metadata: removing("dpop_signing_alg_values_supported")},
		},
		{
			Name: "fapi2-rs256", Spec: book + "5.4.1-1", Short: "the metadata list RS256 alone for ID tokens", Expect: Reject,
			Must: "name the member, and ask nobody to sign in", point: &point{metadata: setting("id_token_signing_alg_values_supported", []string{"RS256"})},
		},
		{
			Name: "fapi2-par-600", Spec: book + "5.3.2.2-12", Short: "a request_uri that lives 600 s", Expect: Reject,
			Must: "open no browser with it", point: replying(atPAR, setting("expires_in", 600)),
		},
		{
			Name: "fapi2-id-token-rs512", Spec: book + "5.4.1-1", Short: "the ID token is signed by RS512", Expect: Reject,
			Must: "refuse it, whatever the metadata list", point: &point{idToken: signingBy(jose.RS512)},
		},
		{
			Name: "fapi2-access-rs512", Spec: book + "5.4.1-1", Short: "the access token is signed by RS512", Expect: Reject,
			Must: "refuse the answer", point: &point{accessToken: signingBy(jose.RS512)},
		},
		{
			Name: "fapi2-short-token", Spec: book + "5.4.1-4", Short: "a refresh token of 16 characters", Expect: Reject,
			Must: "say that it cannot hold 128 bits", point: &point{token: setting("refresh_token", "0123456789abcdef")},
		},
	}
}
