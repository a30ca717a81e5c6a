package op

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// What the FAPI 2.0 Security Profile demands of an authorization server beyond what this one does anyway, where
// Config.FAPI2 is on.

// fapiAlgs are the algorithms of everything that is signed (§5.4.1-1, RFC 9864 §2.2).
var fapiAlgs = []string{"PS256", "ES256", "EdDSA", "Ed25519"}

// fapiMethods are the ways in which clients may authenticate (§5.3.2.1-6).
var fapiMethods = []string{authPrivateKey, authTLS, authSelfSigned}

// The longest that a code and the reference to a pushed request may live, the latter excluded (§5.3.2.1-11,
// §5.3.2.2-12).
const (
	fapiCode = time.Minute
	fapiPAR  = 600 * time.Second
)

// checkFAPI2 says what in a configuration the profile forbids.
func (c *Config) checkFAPI2() error {
	if !c.FAPI2 {
		return nil
	}
	wrong := func(format string, args ...any) error {
		return problem.Usagef("serve.fapi2", "the FAPI 2.0 Security Profile forbids "+format, args...)
	}
	switch {
	case c.Lifetimes.Code > fapiCode:
		return wrong("codes that live %s; %s is the most (§5.3.2.1-11)", c.Lifetimes.Code, fapiCode)
	case c.Lifetimes.PAR >= fapiPAR:
		return wrong("a request_uri that lives %s; it must be less than %s (§5.3.2.2-12)", c.Lifetimes.PAR, fapiPAR)
	case !c.RequirePAR || !slices.Contains(c.Features, FeaturePAR):
		return wrong("authorization requests that are not pushed (§5.3.2.2-3): require_par and the feature par")
	}
	for _, f := range []Feature{FeaturePassword, FeatureImplicit, FeatureHybrid, FeatureSecretJWT, FeatureRegistration} {
		if slices.Contains(c.Features, f) {
			return wrong("the feature %s (§5.3.2)", f)
		}
	}
	for _, alg := range c.DPoPAlgs {
		if !slices.Contains(fapiAlgs, alg) {
			return wrong("DPoP proofs by %s; %s are allowed (§5.4.1-1)", alg, joined(fapiAlgs))
		}
	}
	for i := range c.Clients {
		if what := c.Clients[i].againstFAPI2(); what != "" {
			return wrong("%s: client %q", what, c.Clients[i].ID)
		}
	}
	return nil
}

// againstFAPI2 says what of a client the profile forbids.
func (c *Client) againstFAPI2() string {
	switch method := c.authMethods()[0]; {
	case method == authNone:
		return "clients that do not authenticate (§5.3.2.1-3)"
	case !slices.Contains(fapiMethods, method):
		return "the method " + method + " (§5.3.2.1-6)"
	case !c.DPoPBound && !c.CertificateBound:
		return "access tokens that are bound to no key (§5.3.2.1-4)"
	}
	for _, alg := range []jose.Algorithm{c.IDTokenAlg, c.AccessTokenAlg, c.UserInfoAlg, c.IntrospectionAlg, c.AuthorizationAlg, c.RequestObjectAlg} {
		if alg != "" && !slices.Contains(fapiAlgs, string(alg)) {
			return "signatures by " + string(alg) + " (§5.4.1-1)"
		}
	}
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil && u.Scheme == "http" && !wire.IsLoopback(u.Hostname()) {
			return "the redirect URI " + uri + ", which is neither https nor on loopback (§5.3.2.2-8)"
		}
	}
	return ""
}

// strictly leaves of the metadata what the profile allows: algorithms, and methods of client authentication.
func (c *Config) strictly(doc *document) {
	if !c.FAPI2 {
		return
	}
	for i, m := range *doc {
		list, ok := m.value.([]string)
		switch {
		case !ok:
		case strings.HasSuffix(m.name, "_signing_alg_values_supported"):
			(*doc)[i].value = intersection(list, fapiAlgs)
		case strings.HasSuffix(m.name, "_endpoint_auth_methods_supported"):
			(*doc)[i].value = intersection(list, fapiMethods)
		}
	}
}

func intersection(list, with []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !slices.Contains(with, s) })
}

// strictAlg refuses what is signed by another algorithm than the profile's (§5.4.1-1).
func (x *exchange) strictAlg(alg jose.Algorithm) (wrong string) {
	if !x.p.config.FAPI2 || slices.Contains(fapiAlgs, string(alg)) {
		return ""
	}
	return "its alg is '" + string(alg) + "'; the FAPI 2.0 Security Profile allows " + joined(fapiAlgs) + " (section 5.4.1)"
}

// strictAudience wants the issuer, as one string, in an assertion (§5.3.2.1-8).
func (x *exchange) strictAudience(t jws) (wrong string) {
	if !x.p.config.FAPI2 {
		return ""
	}
	if one, err := t.claims.String("aud"); err != nil || one != x.p.config.Issuer {
		return "its aud is not the string '" + x.p.config.Issuer + "', which is all that the FAPI 2.0 Security Profile accepts (section 5.3.2.1)"
	}
	return ""
}

// strictRequest refuses of an authorization request what the profile forbids (§5.3.2.2-5, §5.3.2.2-6; Message Signing
// §5.4.1).
func strictRequest(x *exchange, a *authorization, form url.Values) *refusal {
	switch c := x.p.config; {
	case c.FAPI2 && form.Get("code_challenge") == "":
		return refused("invalid_request", "code_challenge is missing; the FAPI 2.0 Security Profile requires PKCE with S256 (section 5.3.2.2)")
	case c.FAPI2 && a.redirectParameter == "":
		return refused("invalid_request", "redirect_uri is missing; the FAPI 2.0 Security Profile requires it in the pushed request (section 5.3.2.2)")
	case c.RequireSignedResponse && !strings.HasSuffix(form.Get("response_mode"), "jwt"):
		return refused("invalid_request", "response_mode is '%s'; FAPI 2.0 Message Signing requires jwt here (section 5.4.1)", form.Get("response_mode"))
	}
	return nil
}
