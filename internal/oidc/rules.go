package oidc

import "slices"

// rule is one row: what is judged, by which section, for which kinds, and how. Adding a rule is adding a row.
type rule struct {
	id    string
	spec  string
	kinds []Kind // nil: every kind
	apply func(*subject) findings
}

// covers says whether the row is for the kind.
func (r *rule) covers(k Kind) bool { return r.kinds == nil || slices.Contains(r.kinds, k) }

// rules is the table, in the order of the report.
var rules = [...]rule{
	{"jwt.typ", "RFC 8725 §3.11", []Kind{ID, Access, Logout, DPoP, JARM, Introspection, Request, Assertion, UserInfo}, judgeType},
	{"id_token.kind", "RFC 8725 §3.12", []Kind{ID}, judgeIDTokenKind},
	{"access_token.typ", "RFC 9068 §4", []Kind{Access}, judgeAccessTokenType},
	{"access_token.kind", "RFC 9068 §5", []Kind{Access}, judgeAccessTokenKind},

	{"jwt.iss", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeIssuer},
	{"jwt.iss", "RFC 9068 §4", []Kind{Access}, judgeIssuer},
	{"jwt.iss", "Back-Channel Logout §2.6", []Kind{Logout}, judgeIssuer},
	{"jwt.iss", "JARM §2.4", []Kind{JARM}, judgeIssuer},
	{"jwt.iss", "RFC 9701 §5", []Kind{Introspection}, judgeIssuer},
	{"jwt.iss", "OpenID Connect Core §5.3.2", []Kind{UserInfo}, judgeIssuer},
	{"jwt.iss", "RFC 7519 §4.1.1", []Kind{Unknown}, judgeIssuer},
	{"jwt.iss", "RFC 9101 §4", []Kind{Request}, judgeClientIssuer},
	{"jwt.iss", "RFC 7523 §3", []Kind{Assertion}, judgeClientIssuer},
	{"jwt.sub", "RFC 7519 §4.1.2", []Kind{Access, Logout, JARM, Introspection, Request, DPoP, Unknown}, judgeSubjectType},
	{"jwt.sub", "OpenID Connect Core §2", []Kind{ID}, judgeSubject},
	{"jwt.sub", "OpenID Connect Core §5.3.2", []Kind{UserInfo}, judgeSubject},
	{"jwt.sub", "RFC 7523 §3", []Kind{Assertion}, judgeAssertionSubject},

	{"jwt.aud", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeAudience},
	{"jwt.aud", "RFC 9068 §4", []Kind{Access}, judgeAudience},
	{"jwt.aud", "Back-Channel Logout §2.6", []Kind{Logout}, judgeAudience},
	{"jwt.aud", "JARM §2.4", []Kind{JARM}, judgeAudience},
	{"jwt.aud", "RFC 9701 §5", []Kind{Introspection}, judgeAudience},
	{"jwt.aud", "RFC 9101 §4", []Kind{Request}, judgeAudience},
	{"jwt.aud", "RFC 7523 §3", []Kind{Assertion}, judgeAudience},
	{"jwt.aud", "OpenID Connect Core §5.3.2", []Kind{UserInfo}, judgeAudience},
	{"jwt.aud", "RFC 7519 §4.1.3", []Kind{Unknown}, judgeAudience},
	{"id_token.aud", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeExtraAudiences},
	{"id_token.azp", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeAuthorizedParty},

	{"jwt.exp", "RFC 7519 §4.1.4", nil, judgeExpiry},
	{"jwt.nbf", "RFC 7519 §4.1.5", nil, judgeNotBefore},
	{"jwt.iat", "RFC 7519 §4.1.6", nil, judgeIssuedAt},
	{"jwt.jti", "RFC 7519 §4.1.7", nil, judgeIdentifier},

	{"id_token.nonce", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeNonce},
	{"id_token.at_hash", "OpenID Connect Core §3.1.3.6", []Kind{ID}, judgeAccessTokenHash},
	{"id_token.c_hash", "OpenID Connect Core §3.3.2.11", []Kind{ID}, judgeCodeHash},
	{"id_token.s_hash", "FAPI 1.0 Part 2 §5.1", []Kind{ID}, judgeStateHash},
	{"id_token.auth_req_id", "CIBA Core §10.3.1", []Kind{ID}, judgeRequestID},
	{"id_token.auth_time", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeAuthTime},
	{"id_token.acr", "OpenID Connect Core §3.1.3.7", []Kind{ID}, judgeACR},

	{"access_token.claims", "RFC 9068 §2.2", []Kind{Access}, judgeAccessTokenClaims},
	{"access_token.client_id", "RFC 9068 §2.2", []Kind{Access}, judgeClientID},
	{"access_token.scope", "RFC 9068 §2.2.3", nil, judgeScope},
	{"access_token.cnf", "RFC 7800 §3", []Kind{Access}, judgeConfirmation},
	{"access_token.auth_time", "RFC 9470 §6.1", []Kind{Access}, judgeStepUpTime},
	{"access_token.acr", "RFC 9470 §6.1", []Kind{Access}, judgeACR},

	{"logout_token.sub", "Back-Channel Logout §2.4", []Kind{Logout}, judgeLogoutSubject},
	{"logout_token.events", "Back-Channel Logout §2.4", []Kind{Logout}, judgeLogoutEvents},
	{"logout_token.nonce", "Back-Channel Logout §2.6", []Kind{Logout}, judgeLogoutNonce},
	{"logout_token.jti", "Back-Channel Logout §2.4", []Kind{Logout}, judgeLogoutIdentifier},

	{"dpop.claims", "RFC 9449 §4.2", []Kind{DPoP}, judgeProofClaims},
	{"dpop.ath", "RFC 9449 §4.3", []Kind{DPoP}, judgeProofHash},
	{"dpop.nonce", "RFC 9449 §8", []Kind{DPoP}, judgeProofNonce},
	{"jarm.response", "JARM §2.1", []Kind{JARM}, judgeResponse},
	{"jarm.state", "JARM §2.4", []Kind{JARM}, judgeResponseState},
	{"introspection.claims", "RFC 9701 §5", []Kind{Introspection}, judgeIntrospection},
	{"introspection.active", "RFC 7662 §2.2", []Kind{Introspection}, judgeActive},
	{"request_object.client_id", "RFC 9101 §4", []Kind{Request}, judgeRequestClient},
	{"request_object.nested", "RFC 9101 §4", []Kind{Request}, judgeNestedRequest},
	{"client_assertion.lifetime", "RFC 7523 §3", []Kind{Assertion}, judgeLifetime},

	{"jwt.required", "RFC 7519 §4", nil, judgeRequired},
	{"jwt.claim", "RFC 7519 §4", nil, judgeClaimValues},
}
