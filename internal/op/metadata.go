package op

import (
	"net/http"
	"slices"
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
	doc := document{{"issuer", p.config.Issuer}}
	for _, e := range endpoints() {
		if e.member != "" && p.on(e.feature) {
			doc.add(e.member, p.endpoint(e.name))
		}
	}
	if p.config.MTLS != "" && p.on(FeatureMTLS) {
		doc.add("mtls_endpoint_aliases", p.aliases())
	}
	if p.on(FeaturePAR) {
		doc.add("require_pushed_authorization_requests", p.config.RequirePAR)
	}
	if p.on(FeatureCIBA) {
		doc = append(doc, document{
			{"backchannel_token_delivery_modes_supported", []string{"poll"}},
			{"backchannel_authentication_request_signing_alg_values_supported", keyAlgs},
			{"backchannel_user_code_parameter_supported", false},
		}...)
	}
	doc = append(doc, document{
		{"scopes_supported", names},
		{"response_types_supported", p.responseTypes()},
		{"response_modes_supported", p.responseModes()},
		{"grant_types_supported", p.grantTypes()},
		{"subject_types_supported", []string{"public"}},
		{"id_token_signing_alg_values_supported", idTokenAlgs()},
	}...)
	p.advertiseAnswers(&doc)
	p.advertiseRequests(&doc)
	p.advertiseMethods(&doc)
	if p.on(FeatureDPoP) {
		doc.add("dpop_signing_alg_values_supported", p.proofAlgs())
	}
	if p.on(FeatureCertificateBound) {
		doc.add("tls_client_certificate_bound_access_tokens", true)
	}
	if p.on(FeatureClientDocuments) {
		doc.add("client_id_metadata_document_supported", true)
	}
	p.config.strictly(&doc)
	return append(doc, document{
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
		{"request_parameter_supported", p.on(FeatureJAR)},
		{"request_uri_parameter_supported", false},
		{"ui_locales_supported", []string{"en"}},
	}...)
}

// advertiseAnswers says how answers may be signed and encrypted (OpenID Connect Discovery §3, RFC 9701 §7).
func (p *Provider) advertiseAnswers(doc *document) {
	keys := slices.Concat(keyEncryptions, secretEncryptions)
	for _, answer := range []struct {
		name    string
		feature Feature
		signing []string // nil: advertised elsewhere
	}{
		{"id_token", "", nil},
		{"userinfo", FeatureSignedUserInfo, keyAlgs},
		{"introspection", FeatureSignedIntrospection, keyAlgs},
		{"authorization", FeatureJARM, idTokenAlgs()},
	} {
		if !p.on(answer.feature) {
			continue
		}
		if answer.signing != nil {
			doc.add(answer.name+"_signing_alg_values_supported", answer.signing)
		}
		if p.on(FeatureEncryption) {
			doc.add(answer.name+"_encryption_alg_values_supported", keys)
			doc.add(answer.name+"_encryption_enc_values_supported", contentEncryptions)
		}
	}
}

// advertiseRequests says what may stand in authorization requests, and how they may be signed (RFC 9101 §10.5, RFC 9396
// §10).
func (p *Provider) advertiseRequests(doc *document) {
	if p.on(FeatureRAR) {
		doc.add("authorization_details_types_supported", detailNames())
	}
	if !p.on(FeatureJAR) {
		return
	}
	doc.add("request_object_signing_alg_values_supported", slices.Concat(keyAlgs, secretAlgs))
	doc.add("require_signed_request_object", p.config.RequireSignedRequest)
	if p.on(FeatureEncryption) {
		doc.add("request_object_encryption_alg_values_supported", keyEncryptions)
		doc.add("request_object_encryption_enc_values_supported", contentEncryptions)
	}
}

// advertiseMethods says how clients authenticate: none is for public ones, which the introspection endpoint refuses.
func (p *Provider) advertiseMethods(doc *document) {
	var algs []string
	if p.on(FeaturePrivateKeyJWT) {
		algs = keyAlgs
	}
	if p.on(FeatureSecretJWT) {
		algs = slices.Concat(algs, secretAlgs)
	}
	for _, at := range []struct {
		name    string
		feature Feature
		methods []string
	}{
		{atToken, "", append(p.authMethods(), authNone)},
		{atIntrospection, FeatureIntrospection, p.authMethods()},
		{atRevocation, FeatureRevocation, append(p.authMethods(), authNone)},
	} {
		if !p.on(at.feature) {
			continue
		}
		doc.add(at.name+"_endpoint_auth_methods_supported", at.methods)
		if algs != nil {
			doc.add(at.name+"_endpoint_auth_signing_alg_values_supported", algs)
		}
	}
}

// jwks answers with the keys (RFC 7517 §5).
func (x *exchange) jwks() answer {
	set := x.p.published()
	for _, f := range x.p.faults {
		if f.keys != nil {
			f.keys(x, &set)
		}
	}
	return x.json(http.StatusOK, document{{"keys", set}}).cacheable()
}
