package grant

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oidc"
)

// Algorithms returns the signature algorithms that a provider lists for a kind of token: the asymmetric ones, and
// every supported asymmetric one where it lists nothing. What is listed never makes none acceptable, nor HMAC, whose
// key a key set cannot hold (RFC 8725 §3.1, §3.2).
func Algorithms(provider *metadata.Provider, kind oidc.Kind) jose.Algorithms {
	listed := provider.Algs(algorithmMember(kind))
	if len(listed) == 0 {
		return jose.Asymmetric()
	}
	out := jose.Algorithms{}
	for _, name := range listed {
		if alg := jose.Algorithm(name); slices.Contains(jose.Asymmetric(), alg) {
			out = append(out, alg)
		}
	}
	return out
}

// algorithmMember is the metadata member that lists the algorithms of a kind of token; access tokens have none.
func algorithmMember(kind oidc.Kind) string {
	switch kind {
	case oidc.ID, oidc.Logout:
		return "id_token_signing_alg_values_supported"
	case oidc.UserInfo:
		return "userinfo_signing_alg_values_supported"
	case oidc.JARM:
		return "authorization_signing_alg_values_supported"
	case oidc.Introspection:
		return "introspection_signing_alg_values_supported"
	case oidc.Request:
		return "request_object_signing_alg_values_supported"
	case oidc.Assertion:
		return "token_endpoint_auth_signing_alg_values_supported"
	case oidc.DPoP:
		return "dpop_signing_alg_values_supported"
	}
	return ""
}
