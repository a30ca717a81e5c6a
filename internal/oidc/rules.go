package oidc

// rule is one row: what is judged, by which section, for which kinds, and how. Adding a rule is adding a row.
type rule struct {
	id    string
	spec  string
	kinds kinds
	apply func(*subject) findings
}

// kinds is a set of them.
type kinds uint16

const (
	forID kinds = 1 << iota
	forAccess
	forLogout
	forDPoP
	forJARM
	forIntrospection
	forRequest
	forAssertion
	forUserInfo
	forUnknown

	forAll kinds = 1<<16 - 1
)

// only returns the set of one kind.
func only(k Kind) kinds {
	switch k {
	case ID:
		return forID
	case Access:
		return forAccess
	case Logout:
		return forLogout
	case DPoP:
		return forDPoP
	case JARM:
		return forJARM
	case Introspection:
		return forIntrospection
	case Request:
		return forRequest
	case Assertion:
		return forAssertion
	case UserInfo:
		return forUserInfo
	}
	return forUnknown
}

// rules is the table, in the order of the report.
var rules = [...]rule{
	{"jwt.typ", "RFC 8725 §3.11", forID | forAccess | forLogout | forDPoP | forJARM | forIntrospection | forRequest | forAssertion | forUserInfo, judgeType},
	{"id_token.kind", "RFC 8725 §3.12", forID, judgeIDTokenKind},
	{"userinfo.kind", "RFC 8725 §3.12", forUserInfo, judgeUserInfoKind},
	{"access_token.typ", "RFC 9068 §4", forAccess, judgeAccessTokenType},
	{"access_token.kind", "RFC 9068 §5", forAccess, judgeAccessTokenKind},

	{"jwt.iss", "OpenID Connect Core §3.1.3.7", forID, judgeIssuer},
	{"jwt.iss", "RFC 9068 §4", forAccess, judgeIssuer},
	{"jwt.iss", "Back-Channel Logout §2.6", forLogout, judgeIssuer},
	{"jwt.iss", "JARM §2.4", forJARM, judgeIssuer},
	{"jwt.iss", "RFC 9701 §5", forIntrospection, judgeIssuer},
	{"jwt.iss", "OpenID Connect Core §5.3.2", forUserInfo, judgeIssuer},
	{"jwt.iss", "RFC 7519 §4.1.1", forUnknown, judgeIssuer},
	{"jwt.iss", "RFC 9101 §4", forRequest, judgeClientIssuer},
	{"jwt.iss", "RFC 7523 §3", forAssertion, judgeClientIssuer},
	{"jwt.sub", "RFC 7519 §4.1.2", forAccess | forLogout | forJARM | forIntrospection | forRequest | forDPoP | forUnknown, judgeSubjectType},
	{"jwt.sub", "OpenID Connect Core §2", forID, judgeSubject},
	{"jwt.sub", "OpenID Connect Core §5.3.2", forUserInfo, judgeSubject},
	{"jwt.sub", "RFC 7523 §3", forAssertion, judgeAssertionSubject},

	{"jwt.aud", "OpenID Connect Core §3.1.3.7", forID, judgeAudience},
	{"jwt.aud", "RFC 9068 §4", forAccess, judgeAudience},
	{"jwt.aud", "Back-Channel Logout §2.6", forLogout, judgeAudience},
	{"jwt.aud", "JARM §2.4", forJARM, judgeAudience},
	{"jwt.aud", "RFC 9701 §5", forIntrospection, judgeAudience},
	{"jwt.aud", "RFC 9101 §4", forRequest, judgeAudience},
	{"jwt.aud", "RFC 7523 §3", forAssertion, judgeAudience},
	{"jwt.aud", "OpenID Connect Core §5.3.2", forUserInfo, judgeAudience},
	{"jwt.aud", "RFC 7519 §4.1.3", forUnknown, judgeAudience},
	{"id_token.aud", "OpenID Connect Core §3.1.3.7", forID, judgeExtraAudiences},
	{"id_token.azp", "OpenID Connect Core §3.1.3.7", forID, judgeAuthorizedParty},

	{"jwt.exp", "RFC 7519 §4.1.4", forAll, judgeExpiry},
	{"jwt.nbf", "RFC 7519 §4.1.5", forAll, judgeNotBefore},
	{"jwt.iat", "RFC 7519 §4.1.6", forAll, judgeIssuedAt},
	{"jwt.jti", "RFC 7519 §4.1.7", forAll, judgeIdentifier},

	{"id_token.nonce", "OpenID Connect Core §3.1.3.7", forID, judgeNonce},
	{"id_token.nonce", "OpenID Connect Core §3.1.3.7", forAll &^ (forID | forDPoP), judgeNonceElsewhere},
	{"id_token.at_hash", "OpenID Connect Core §3.1.3.6", forID, judgeAccessTokenHash},
	{"id_token.c_hash", "OpenID Connect Core §3.3.2.11", forID, judgeCodeHash},
	{"id_token.s_hash", "FAPI 1.0 Part 2 §5.2.2.1", forID, judgeStateHash},
	{"id_token.auth_req_id", "CIBA Core §10.3.1", forID, judgeRequestID},
	{"id_token.auth_time", "OpenID Connect Core §3.1.3.7", forID, judgeAuthTime},
	{"id_token.acr", "OpenID Connect Core §3.1.3.7", forID, judgeACR},

	{"access_token.claims", "RFC 9068 §2.2", forAccess, judgeAccessTokenClaims},
	{"access_token.client_id", "RFC 9068 §2.2", forAccess, judgeClientID},
	{"access_token.scope", "RFC 9068 §2.2.3", forAll, judgeScope},
	{"access_token.cnf", "RFC 7800 §3", forAccess, judgeConfirmation},
	{"access_token.auth_time", "RFC 9470 §6.1", forAccess, judgeStepUpTime},
	{"access_token.acr", "RFC 9470 §6.1", forAccess, judgeACR},

	{"logout_token.sub", "Back-Channel Logout §2.4", forLogout, judgeLogoutSubject},
	{"logout_token.events", "Back-Channel Logout §2.4", forLogout, judgeLogoutEvents},
	{"logout_token.nonce", "Back-Channel Logout §2.6", forLogout, judgeLogoutNonce},
	{"logout_token.jti", "Back-Channel Logout §2.4", forLogout, judgeLogoutIdentifier},

	{"dpop.claims", "RFC 9449 §4.2", forDPoP, judgeProofClaims},
	{"dpop.ath", "RFC 9449 §4.3", forDPoP, judgeProofHash},
	{"dpop.nonce", "RFC 9449 §8", forDPoP, judgeProofNonce},
	{"jarm.response", "JARM §2.1", forJARM, judgeResponse},
	{"jarm.state", "JARM §2.4", forJARM, judgeResponseState},
	{"introspection.claims", "RFC 9701 §5", forIntrospection, judgeIntrospection},
	{"introspection.active", "RFC 7662 §2.2", forIntrospection, judgeActive},
	{"request_object.client_id", "RFC 9101 §4", forRequest, judgeRequestClient},
	{"request_object.nested", "RFC 9101 §4", forRequest, judgeNestedRequest},
	{"client_assertion.lifetime", "RFC 7523 §3", forAssertion, judgeLifetime},

	{"jwt.required", "RFC 7519 §4", forAll, judgeRequired},
	{"jwt.claim", "RFC 7519 §4", forAll, judgeClaimValues},
}
