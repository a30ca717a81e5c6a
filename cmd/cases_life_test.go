package cmd

import (
	"encoding/json"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
)

func answerCases() []hostile {
	return []hostile{
		{"ui-sub", reject, 4, "userinfo.sub", fault(), ""},
		{"ui-signed", accept, 0, "", flows(op.FlowSignedUserInfo), "claims that are signed"},
		{"ui-ct-mismatch", warn, 0, "userinfo.content_type", all(fault(), faults("ui-jwt-as-json")), ""},
		{"ui-redirect-token", reject, 4, "wire.redirect", all(fault(), by("internal/wire", "TestRedirects", "downgrade", "other port")), ""},
		{"ui-bearer-header", accept, 0, "", bearerHeader(), "where the token is sent"},
		{"ui-www-auth", reject, 3, "resource.status", all(by("internal/oauth", "TestParseChallenges", "unterminated quote", "any number"), challenged("Bearer error=\"\x1b[2Jx", ""), challenged("Bearer "+strings.Repeat("a=b, ", 20_000), "")), "a challenge that does not end, or has a hundred thousand parameters"},
		{"intro-active-string", reject, 4, "introspection.active", all(fault(), faults("intro-active-missing", "intro-active-null")), ""},
		{"intro-inactive-extra", warn, 4, "introspection.inactive", fault(), ""},
		{"revoke-503", reject, 5, "revocation.unavailable", all(fault(), faults("revoke-200-error"), by("internal/oauth", "TestNotRevoked", "503, seconds", "503, date")), ""},
		{"logout-event", reject, 4, "logout_token.events", all(verifies(jose.ES256, logoutToken, claim("events", nil)), verifies(jose.ES256, logoutToken, claim("events", map[string]any{"http://schemas.openid.net/event/other": map[string]any{}})), verifies(jose.ES256, logoutToken, claim("events", map[string]any{logoutEvent: nil})), verifies(jose.ES256, logoutToken, claim("events", map[string]any{logoutEvent: "x"}))), "a logout token without the event, with another, with one that is no object"},
		{"logout-nonce", reject, 4, "logout_token.nonce", all(verifies(jose.ES256, logoutToken, claim("nonce", "n-1")), verifies(jose.ES256, logoutToken, claim("nonce", json.RawMessage("null")))), "a logout token with a nonce"},
		{"logout-state", warn, 0, "logout.state", faults("logout-state-other", "logout-state-missing"), "another state after a logout, or none"},
		{"xchg-issued-type", warn, 0, "exchange.issued_token_type", faults("xchg-issued-type-missing", "xchg-issued-type-other"), "a token of another type than was asked for, or of none"},
		{"xchg-na", accept, 0, "", fault(), ""},
		{"ciba-interval", accept, 0, "", all(by("internal/grant", "TestBackchannelPolling", "slow down twice"), by("internal/oauth", "TestPolling", "slow down, larger")), "an interval, and slow_down"},
		{"ciba-ping-bearer", reject, 0, "", later("tokens are polled for: nothing listens for a ping"), "a ping with a wrong token"},
	}
}

func furtherAnswerCases() []hostile {
	return []hostile{
		{"ui-sub-missing", reject, 4, "userinfo.sub", fault(), ""},
		{"ui-html", reject, 5, "network.not_oauth", fault(), ""},
		{"ui-slow", reject, 5, "network.timeout", fault(), ""},
		{"ui-huge", reject, 5, "network.size", fault(), ""},
		{"intro-active-missing", reject, 4, "introspection.active", fault(), ""},
		{"intro-active-null", reject, 4, "introspection.active", fault(), ""},
		{"intro-401", reject, 3, "oauth.invalid_client", fault(), ""},
		{"intro-html", reject, 5, "network.not_oauth", fault(), ""},
		{"revoke-200-error", reject, 3, "oauth.server_error", fault(), ""},
		{"revoke-unsupported", reject, 3, "oauth.unsupported_token_type", fault(), ""},
		{"revoke-204", warn, 0, "revocation.status", fault(), ""},
		{"logout-state-other", warn, 0, "logout.state", fault(), ""},
		{"logout-state-missing", warn, 0, "logout.state", fault(), ""},
		{"logout-no-redirect", accept, 0, "", fault(), ""},
		{"xchg-issued-type-missing", warn, 0, "exchange.issued_token_type", fault(), ""},
		{"xchg-issued-type-other", warn, 0, "exchange.issued_token_type", fault(), ""},
		{"ui-jwt-iss", reject, 4, "jwt.iss", fault(), ""},
		{"ui-jwt-aud", reject, 4, "jwt.aud", fault(), ""},
		{"ui-jwt-aud-missing", warn, 0, "jwt.aud", fault(), ""},
		{"ui-jwt-sub", reject, 4, "userinfo.sub", fault(), ""},
		{"ui-jwt-none", reject, 4, "jose.alg", fault(), ""},
		{"ui-jwt-signature", reject, 4, "jose.signature", fault(), ""},
		{"ui-jwt-access-token", reject, 4, "jwt.typ", fault(), ""},
		{"ui-jwt-as-json", warn, 0, "userinfo.content_type", fault(), ""},
		{"ui-jwe-missing", warn, 0, "jose.jwe.missing", fault(), ""},
		{"ui-jwe-recipient", reject, 4, "jose.jwe.decrypt", fault(), ""},
		{"intro-jwt-plain", reject, 4, "introspection.signed", fault(), ""},
		{"intro-jwt-typ", reject, 4, "jwt.typ", fault(), ""},
		{"intro-jwt-iss", reject, 4, "jwt.iss", fault(), ""},
		{"intro-jwt-aud", reject, 4, "jwt.aud", fault(), ""},
		{"intro-jwt-empty", reject, 4, "introspection.claims", fault(), ""},
		{"intro-jwt-sub", warn, 0, "introspection.claims", fault(), ""},
		{"intro-jwt-access-token", reject, 4, "jwt.typ", fault(), ""},
		{"intro-jwt-none", reject, 4, "jose.alg", fault(), ""},
		{"intro-jwt-signature", reject, 4, "jose.signature", fault(), ""},
		{"ui-sub-dup", reject, 4, "userinfo.json", userinfoSaying(`{"sub":"alice","sub":"mallory"}`), "sub twice"},
		{"ui-sub-case", reject, 4, "userinfo.sub", userinfoSaying(`{"sub":"Alice"}`), "sub in other letter case"},
		{"ui-array", reject, 4, "userinfo.json", userinfoSaying(`[{"sub":"alice"}]`), "the claims in a list"},
		{"ui-empty", reject, 5, "network.not_oauth", userinfoSaying(""), "nothing at all"},
		{"intro-active-twice", reject, 4, "introspection.json", by("internal/oauth", "TestParseIntrospectionRefused", "active twice"), "active twice"},
		{"logout-as-id", reject, 4, "jwt.typ", verifies(jose.ES256, logoutToken, kind("id")), "a logout token offered as ID token"},
		{"logout-nobody", reject, 4, "logout_token.sub", verifies(jose.ES256, logoutToken, claim("sub", nil)), "a logout token about nobody"},
		{"logout-exp", reject, 4, "jwt.exp", verifies(jose.ES256, logoutToken, claim("exp", nil)), "a logout token for ever"},
	}
}

func localCases() []hostile {
	return []hostile{
		{"out-json-valid", accept, 0, "", validJSON(), "bytes that are no text, numbers beyond all size, members twice"},
		{"out-exit-code", reject, 4, "jwt.exp", all(verifies(jose.ES256, claim("exp", 1)), verifies(jose.ES256, claim("exp", 1), flags("-q"))), "a failed check, with every output format"},
		{"out-decode-not-valid", accept, 0, "", all(saysNotVerified()), "a token that is shown and not verified"},
		{"out-trace-redact", accept, 0, "", all(by("cmd", "TestNoSecretIsPrinted"), by("cmd", "TestEchoedSecretIsHidden"), by("cmd", "TestNoSecretLeaks"), by("internal/wire", "TestHAR")), "secrets in a trace of a full login"},
		{"out-path", reject, 2, "profile.unknown", all(namesNoFile(), by("internal/profile", "TestLoadProviderSuggests", "../embed.go")), "a profile or provider that is named like a path"},
		{"out-perms", accept, 0, "", filePerms(), "a file that exists for all to read"},
		{"out-argv-secret", accept, 0, "", argvWarned(), "a secret among the arguments: it is warned of, and there are other ways"},
		{"out-browser-env", accept, 0, "", all(wantedBrowser(), by("cmd", "TestBrowserArguments"), by("cmd", "TestBrowserEnvironment"), by("cmd", "TestOnlyWebAddressesAreOpened")), "a BROWSER with shell commands"},
		{"out-proxy", accept, 0, "", all(by("internal/wire", "TestEnvironmentProxy"), by("internal/wire", "TestProxy")), "a proxy, and loopback without it"},
		{"out-clock", warn, 0, "metadata.clock", all(skewedClock(), by("internal/oidc", "TestMessages", "expired, by a clock ahead")), "this machine's clock differs from the provider's Date"},
	}
}

func furtherLocalCases() []hostile {
	return []hostile{
		{"out-bidi-claims", accept, 0, "", shownEscaped(), "claims that would change a terminal, in every format"},
		{"out-stdin-twice", reject, 2, "usage.stdin", stdinTwice(), "stdin for two secrets"},
		{"out-batch-mixed", reject, 4, "jose.signature", mixedBatch(), "a forged token among good ones, in a batch"},
		{"out-page-escape", accept, 0, "", by("internal/loopback", "TestPageEscapes"), "markup in what the page shows"},
		{"out-echo-spelt", accept, 0, "", all(by("cmd", "TestEchoedSpellingIsHidden"), by("internal/secret", "TestRing")), "a secret repeated as a JSON writer of PHP or .NET spells it, or with what a terminal must not get"},
		{"out-echo-proxy", accept, 0, "", by("cmd", "TestProxyPasswordIsHidden"), "a proxy that repeats its own password in the status of its refusal"},
		{"out-trace-flood", accept, 0, "", by("internal/wire", "TestLearningIsBounded"), "a traced answer of ten thousand secrets, each to be searched for"},
		{"out-link-config", accept, 0, "", by("internal/profile", "TestSetCurrentFollowsLinks"), "a configuration file that is a link"},
	}
}

func wildCases() []hostile {
	return []hostile{
		{"wild-slack", accept, 0, "", by("internal/oauth", "TestParseTokenResponse", "Slack, bot", "Slack, user alone"), "Slack's token response"},
		{"wild-azure-nonce", warn, 0, "jose.nonce", all(verifies(jose.RS256, accessToken, header("nonce", "x")), by("internal/jose", "TestInspectHeaderWarnings", "nonce of Microsoft")), "Microsoft's token for another API, which nobody else can verify"},
		{"wild-b2c-query", accept, 0, "", policyInQuery(), "metadata at an address with a query"},
		{"wild-apple", accept, 0, "", all(appleSecret(), by("internal/oidc", "TestIDToken", "email_verified text")), "Apple's: a JWT as client secret, email_verified as a text"},
		{"wild-keycloak-at", warn, 0, "access_token.typ", all(verifies(jose.RS256, accessToken, claim("aud", "account"), claim("typ", "Bearer"), claim("azp", forgedClient)), by("internal/oidc", "TestAccessToken", "Keycloak")), "Keycloak's access token"},
		{"wild-cognito", warn, 0, "jwt.aud", all(verifies(jose.RS256, accessToken, claim("aud", nil), claim("token_use", "access")), by("internal/oidc", "TestAccessToken", "Cognito")), "Cognito's access token"},
		{"wild-salesforce", accept, 0, "", by("internal/oauth", "TestParseTokenResponse", "Salesforce"), "Salesforce's token response"},
		{"wild-pq-jwks", accept, 0, "", verifies(jose.RS256, beside(map[string]any{"kty": "AKP", "kid": "pq", "alg": "ML-DSA-65", "pub": "AA"})), "a post-quantum key beside the good one"},
		{"wild-http2-goaway", accept, 0, "", all(lostOnce(), by("internal/wire", "TestSentAgain", "GET, HTTP/2", "a form")), "a connection that is lost once"},
	}
}

func furtherWildCases() []hostile {
	return []hostile{
		{"wild-github-form", accept, 0, "", by("internal/oauth", "TestParseTokenResponse", "GitHub, form"), "GitHub's form without Accept"},
		{"wild-okta-scp", accept, 0, "", by("internal/oidc", "TestAccessToken", "scp of Okta"), "Okta's scp"},
		{"wild-entra-tenant", accept, 0, "", by("internal/oidc", "TestTenants", "the tenant"), "Entra's issuer with a tenant in it"},
		{"wild-auth0-aud", accept, 0, "", verifies(jose.RS256, accessToken, claim("aud", []string{"https://api.example.com", forgedIssuer + "/userinfo"}), flags("--audience", "https://api.example.com")), "Auth0's two audiences"},
		{"wild-device-google", accept, 0, "", by("internal/oauth", "TestParseDevice", "Google", "Azure v1", "GitHub"), "device responses of Google, Azure and GitHub"},
		{"wild-facebook-error", reject, 3, "oauth.190", by("internal/oauth", "TestProviderErrors", "Facebook", "error object, code alone"), "Facebook's error object"},
		{"wild-x5t", accept, 0, "", verifies(jose.RS256, header("x5t", "AA"), member("x5t", "AA"), member("issuer", forgedIssuer)), "members of Entra's keys"},
	}
}

func controlCases() []hostile {
	return []hostile{
		{"ok-code", accept, 0, "", flows(op.FlowCode), "a provider without faults"},
		{"ok-algs", accept, 0, "", all(verifies(jose.RS256), verifies(jose.RS384), verifies(jose.RS512), verifies(jose.PS256), verifies(jose.PS384), verifies(jose.PS512), verifies(jose.ES256), verifies(jose.ES384), verifies(jose.ES512), verifies(jose.EdDSA)), "every algorithm"},
		{"ok-discovery-used", accept, 0, "", movedEndpoints(), "endpoints at odd paths"},
		{"ok-par-unencrypted", accept, 0, "", flows(op.FlowObject), "a signed request object, pushed"},
		{"ok-logout", accept, 0, "", all(flows(op.FlowLogout), verifies(jose.ES256, logoutToken)), "a logout, and a good logout token"},
		{"ok-3rd-party-login", accept, 0, "", later("nothing of a command line listens for a login that a third party begins"), "a login that another site begins"},
	}
}
