package op

import (
	"net/http"
)

// discovery answers with the metadata document (RFC 8414 §3.2, OpenID Connect Discovery §4.2).
func (x *exchange) discovery() answer {
	doc := x.p.metadata()
	for _, f := range x.p.faults {
		if f.metadata != nil {
			f.metadata(x, &doc)
		}
	}
	return x.json(http.StatusOK, doc).cacheable()
}

// cacheable lets clients keep a public document for a while.
func (a answer) cacheable() answer {
	a.header.Set("Cache-Control", "public, max-age=300")
	return a
}

func (p *Provider) metadata() document {
	names := make([]string, 0, len(scopes))
	for _, s := range scopes {
		names = append(names, s.name)
	}
	methods := []string{authBasic, authPost, authNone}
	doc := document{{"issuer", p.config.Issuer}}
	for _, e := range endpoints() {
		if e.member != "" && p.on(e.feature) {
			doc.add(e.member, p.endpoint(e.name))
		}
	}
	return append(doc, document{
		{"scopes_supported", names},
		{"response_types_supported", []string{"code"}},
		{"response_modes_supported", []string{"query", "form_post"}},
		{"grant_types_supported", []string{grantCode, grantRefresh, grantCredentials}},
		{"subject_types_supported", []string{"public"}},
		{"id_token_signing_alg_values_supported", idTokenAlgs},
		{"userinfo_signing_alg_values_supported", idTokenAlgs[:len(idTokenAlgs)-1]},
		{"token_endpoint_auth_methods_supported", methods},
		{"code_challenge_methods_supported", []string{"S256"}},
		{"authorization_response_iss_parameter_supported", true},
		{"acr_values_supported", acrs},
		{"prompt_values_supported", []string{"none", "login", "consent", "select_account"}},
		{"display_values_supported", []string{"page"}},
		{"claim_types_supported", []string{"normal"}},
		{"claims_supported", []string{
			"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash",
			"name", "given_name", "family_name", "preferred_username", "email", "email_verified",
		}},
		{"claims_parameter_supported", false},
		{"request_parameter_supported", false},
		{"request_uri_parameter_supported", false},
		{"ui_locales_supported", []string{"en"}},
	}...)
}

// jwks answers with the keys (RFC 7517 §5).
func (x *exchange) jwks() answer {
	set := x.p.keys.public()
	for _, f := range x.p.faults {
		if f.keys != nil {
			f.keys(x, &set)
		}
	}
	return x.json(http.StatusOK, document{{"keys", set}}).cacheable()
}
