package op

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Feature is a part of the provider that is off unless Config.Features names it; what is off is neither answered nor
// advertised. Always on: discovery, the code grant with PKCE, refresh tokens, client credentials, userinfo, the
// response mode query, and client secrets by Basic or in the body.
type Feature string

// The features.
const (
	FeatureDevice        Feature = "device"            // RFC 8628
	FeatureCIBA          Feature = "ciba"              // OpenID Connect CIBA Core, by poll
	FeatureAPI           Feature = "api"               // a protected resource that demands logins (RFC 9470)
	FeaturePAR           Feature = "par"               // RFC 9126
	FeatureIntrospection Feature = "introspection"     // RFC 7662
	FeatureRevocation    Feature = "revocation"        // RFC 7009
	FeatureEndSession    Feature = "end_session"       // OpenID Connect RP-Initiated Logout
	FeatureTokenExchange Feature = "token_exchange"    // RFC 8693
	FeatureJWTBearer     Feature = "jwt_bearer"        // RFC 7523 §2.1
	FeaturePassword      Feature = "password"          // RFC 6749 §4.3, legacy
	FeatureImplicit      Feature = "implicit"          // RFC 6749 §4.2, OpenID Connect Core §3.2, legacy
	FeatureFormPost      Feature = "form_post"         // OAuth 2.0 Form Post Response Mode
	FeatureFragment      Feature = "fragment"          // OAuth 2.0 Multiple Response Type Encoding Practices §2.1
	FeatureWebMessage    Feature = "web_message"       // draft-sakimura-oauth-wmrm
	FeaturePrivateKeyJWT Feature = "private_key_jwt"   // OpenID Connect Core §9
	FeatureSecretJWT     Feature = "client_secret_jwt" // OpenID Connect Core §9
	FeatureMTLS          Feature = "mtls"              // RFC 8705 §2, on a second listener

	FeatureSignedUserInfo      Feature = "signed_userinfo"      // OpenID Connect Core §5.3.2
	FeatureSignedIntrospection Feature = "signed_introspection" // RFC 9701
	FeatureJAR                 Feature = "jar"                  // RFC 9101
	FeatureJARM                Feature = "jarm"                 // JWT Secured Authorization Response Mode
	FeatureRAR                 Feature = "rar"                  // RFC 9396
	FeatureHybrid              Feature = "hybrid"               // OpenID Connect Core §3.3
	FeatureEncryption          Feature = "encryption"           // OpenID Connect Core §10.2: answers, and request objects
	FeatureRegistration        Feature = "registration"         // RFC 7591, RFC 7592

	FeatureClientDocuments Feature = "client_id_metadata_documents" // draft-ietf-oauth-client-id-metadata-document

	FeatureDPoP             Feature = "dpop"              // RFC 9449
	FeatureCertificateBound Feature = "certificate_bound" // RFC 8705 §3, of clients registered for it; needs FeatureMTLS
)

// Features returns all of them.
func Features() []Feature {
	return []Feature{
		FeatureDevice, FeatureCIBA, FeatureAPI, FeaturePAR, FeatureIntrospection, FeatureRevocation, FeatureEndSession, FeatureTokenExchange,
		FeatureJWTBearer, FeaturePassword, FeatureImplicit, FeatureFormPost, FeatureFragment, FeatureWebMessage,
		FeaturePrivateKeyJWT, FeatureSecretJWT, FeatureMTLS,
		FeatureSignedUserInfo, FeatureSignedIntrospection, FeatureEncryption, FeatureRegistration, FeatureClientDocuments,
		FeatureDPoP, FeatureCertificateBound,
		FeatureJAR, FeatureJARM, FeatureRAR, FeatureHybrid,
	}
}

// on says whether a feature is on; the empty one always is. Client certificates need TLS, of whichever listener.
func (p *Provider) on(f Feature) bool {
	if f == FeatureCertificateBound && !p.on(FeatureMTLS) {
		return false
	}
	if f == FeatureMTLS && p.config.MTLS == "" && p.issuer.Scheme != "https" {
		return false
	}
	return f == "" || slices.Contains(p.config.Features, f)
}

// checkFeatures refuses a name that is no feature.
func checkFeatures(features []Feature) error {
	var known []string
	for _, f := range Features() {
		known = append(known, string(f))
	}
	for _, f := range features {
		if slices.Contains(known, string(f)) {
			continue
		}
		err := problem.Usagef("serve.feature", "there is no feature %q", text.Escape(string(f)))
		if near := text.Suggest(string(f), known); near != "" {
			return err.WithHint("did you mean %s?", near)
		}
		return err.WithHint("there are: %s", text.Escape(joined(known)))
	}
	return nil
}
