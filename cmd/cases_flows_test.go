package cmd

import (
	"net/http"
	"strings"
)

func callbackCases() []hostile {
	return []hostile{
		{"cb-state-suffix", reject, 6, "login.timeout", fault(), ""},
		{"cb-state-replay", reject, 0, "the outcome again", all(replayed(), by("internal/loopback", "TestReloadGetsTheOutcome")), "the same good callback twice: one code is redeemed"},
		{"cb-iss-missing", reject, 4, "callback.iss", fault(), ""},
		{"cb-mixup", reject, 4, "callback.iss", fault(), ""},
		{"cb-dup-params", reject, 4, "callback.repeated", all(fault(), by("internal/oauth", "TestParseCallbackRefused", "iss twice", "code twice"), by("internal/oauth", "TestParseCallbackForeign", "twice")), ""},
		{"cb-code-missing", reject, 4, "callback.code", all(fault(), by("internal/oauth", "TestParseCallbackRefused", "code empty", "code too long", "code with CR LF")), ""},
		{"cb-error-ansi", reject, 3, "oauth.access_denied", all(fault(), by("internal/oauth", "TestErrorTextsAreEscapedAndCut")), ""},
		{"cb-error-xss", reject, 3, "oauth.error", all(fault(), by("internal/loopback", "TestPageEscapes")), ""},
		{"cb-host-rebind", reject, 0, "status 421", turnsAway(421, "GET", "", host("evil.example")), "a callback to another Host"},
		{"cb-origin", reject, 0, "status 405", turnsAway(405, "POST", "", sends("Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded")), "another site's form, where a query is awaited"},
		{"cb-path", accept, 0, "", all(turnsAway(404, "GET", "/favicon.ico", nil), turnsAway(404, "GET", "/", nil), turnsAway(405, "OPTIONS", "", nil), turnsAway(405, "HEAD", "", nil)), "other paths and methods: the login waits on"},
		{"cb-fragment", reject, 0, "status 400", all(turnsAway(400, "GET", "/callback", nil), by("internal/loopback", "TestTurnedAway", "fragment")), "parameters in the fragment, which no server sees"},
		{"cb-formpost", accept, 0, "", all(logsIn("--response-mode", "form_post"), by("internal/loopback", "TestFormPost")), "form_post"},
		{"cb-formpost-error", reject, 3, "oauth.login_required", logsIn("--response-mode", "form_post", "--prompt", "none"), "login_required by form_post"},
		{"cb-token-in-query", reject, 4, "callback.token", fault(), ""},
		{"cb-port-taken", reject, 2, "loopback.port", all(portTaken(), by("internal/loopback", "TestPortTaken", "IPv4", "IPv6")), "the named port is taken"},
		{"cb-localhost-v6", accept, 0, "", by("internal/loopback", "TestLocalhostIsBothStacks"), "a browser that reaches localhost by IPv6"},
		{"cb-referrer", accept, 0, "", by("internal/loopback", "TestPageHeaders", "Referrer-Policy", "Cache-Control"), "what the page tells others"},
		{"cb-code-injection", reject, 3, "oauth.invalid_grant", visits(1, injected), "another login's code with this one's state: the verifier is this one's"},
		{"cb-timeout", reject, 6, "login.timeout", visits(0, func(visitor) {}, "--wait", "300ms"), "no callback at all"},
		{"cb-jarm-none", reject, 4, "jose.alg", fault(), ""},
		{"cb-jarm-exp", reject, 4, "jwt.exp", all(fault(), faults("cb-jarm-exp-missing")), ""},
		{"cb-jarm-aud", reject, 4, "jwt.aud", all(fault(), faults("cb-jarm-aud-missing")), ""},
		{"cb-jarm-plain", reject, 4, "callback.jarm", fault(), ""},
	}
}

func furtherCallbackCases() []hostile {
	return []hostile{
		{"cb-state-missing", reject, 6, "login.timeout", fault(), ""},
		{"wm-silent", reject, 6, "login.timeout", fault(), ""},
		{"wm-type", reject, 6, "login.timeout", all(by("internal/loopback", "TestMessagesIgnored"), by("testdata/interop", "TestWebMessageStrangers")), ""},
		{"wm-foreign-origin", reject, 6, "login.timeout", all(by("internal/loopback", "TestRelayTurnedAway", "foreign origin"), by("testdata/interop", "TestWebMessageStrangers")), ""},
		{"cb-jarm-aud-missing", reject, 4, "jwt.aud", fault(), ""},
		{"cb-jarm-iss", reject, 4, "jwt.iss", fault(), ""},
		{"cb-jarm-iss-missing", reject, 4, "jwt.iss", fault(), ""},
		{"cb-jarm-exp-missing", reject, 4, "jwt.exp", fault(), ""},
		{"cb-jarm-signature", reject, 4, "jose.signature", fault(), ""},
		{"cb-jarm-beside", reject, 4, "callback.jarm", fault(), ""},
		{"cb-jarm-state-missing", reject, 6, "login.timeout", fault(), ""},
		{"cb-jarm-dup", reject, 4, "callback.repeated", fault(), ""},
		{"cb-hybrid-query", reject, 4, "callback.response_mode", fault(), ""},
		{"cb-wrong-first", accept, 0, "", visits(1, after("state", "guessed")), "another process's callback before the right one"},
		{"cb-error-first", accept, 0, "", visits(1, after("error", "access_denied")), "an error with another's state before the right answer"},
		{"cb-many-first", accept, 0, "", visits(1, afterMany), "fifty foreign callbacks before the right one"},
		{"cb-iss-dup", reject, 4, "callback.repeated", visits(0, with("&iss=https://evil.example")), "iss twice"},
		{"cb-error-beside", reject, 3, "oauth.access_denied", visits(0, with("&error=access_denied")), "an error beside the code"},
		{"cb-iss-crlf", reject, 4, "callback.iss", visits(0, with("%0d%0aX-Evil:1")), "a line break at the end of iss"},
		{"cb-prefetch", reject, 0, "status 403", turnsAway(403, "GET", "", sends("Sec-Purpose", "prefetch;prerender")), "a browser that fetches ahead"},
		{"cb-script", reject, 0, "status 403", turnsAway(403, "GET", "", sends("Origin", "https://evil.example")), "another site's script"},
		{"cb-encoded-path", reject, 0, "status 404", turnsAway(404, "GET", "/%63allback?code=x", nil), "the path in another spelling"},
		{"cb-host-suffix", reject, 0, "status 421", turnsAway(421, "GET", "", host("localhost.evil.example")), "a Host that begins like ours"},
		{"cb-huge", reject, 0, "status 431", turnsAway(431, "GET", "/callback?code="+strings.Repeat("x", 2<<20), nil), "a callback of 2 MiB"},
		{"cb-form-huge", reject, 0, "status 413", by("internal/loopback", "TestTurnedAway", "endless form"), "a form of any length"},
		{"cb-form-slow", accept, 0, "", by("internal/loopback", "TestSlowPosts"), "a hundred forms whose bodies never come, before ours"},
		{"cb-state-case", reject, 0, "status 400", turnsAway(400, "GET", "", stateInSmallLetters), "the state in other letter case"},
	}
}

func tokenCases() []hostile {
	return []hostile{
		{"tok-307-host", reject, 4, "wire.redirect", all(fault(), by("internal/wire", "TestRedirects", "form", "form, see other")), ""},
		{"tok-302-host", reject, 4, "wire.redirect", all(fault(), by("internal/oauth", "TestParseTokenResponseRefused", "302 with token", "303, nothing")), ""},
		{"tok-200-error", reject, 3, "oauth.invalid_code", all(fault(), by("internal/oauth", "TestProviderErrors", "GitHub", "Slack")), ""},
		{"tok-400-token", reject, 4, "token.status", fault(), ""},
		{"tok-error-object", reject, 3, "oauth.190", fault(), ""},
		{"tok-error-html", reject, 5, "network.not_oauth", fault(), ""},
		{"tok-error-echo", reject, 3, "oauth.invalid_grant", fault(), ""},
		{"tok-form-as-html", warn, 0, "token.content_type", fault(), ""},
		{"tok-dup", reject, 4, "token.json", fault(), ""},
		{"tok-case-key", accept, 0, "", fault(), ""},
		{"tok-type-inverted", accept, 0, "", all(fault(), by("internal/oauth", "TestParseTokenResponse", "dPOP")), ""},
		{"tok-type-na", accept, 0, "", all(by("internal/oauth", "TestParseTokenResponse", "N_A"), faults("xchg-na")), "token_type N_A"},
		{"tok-type-evil", reject, 4, "token.type", all(fault(), by("internal/oauth", "TestParseTokenResponseRefused", "type Basic", "type MAC", "type bot, not Slack")), ""},
		{"tok-at-odd", reject, 4, "token.access_token", all(fault(), by("internal/oauth", "TestParseTokenResponseRefused", "token empty", "token null", "token a number", "token an object", "token with a blank", "token with NUL", "token endless")), ""},
		{"tok-exp-zero", warn, 0, "token.expires_in", fault(), ""},
		{"tok-exp-negative", warn, 0, "token.expires_in", all(fault(), by("internal/oauth", "TestParseTokenResponse", "expires wrapping")), ""},
		{"tok-exp-1e400", warn, 0, "token.expires_in", all(fault(), by("internal/oauth", "TestParseTokenResponse", "expires 2^63")), ""},
		{"tok-exp-garbage", warn, 0, "token.expires_in", all(fault(), by("internal/oauth", "TestParseTokenResponse", "expires empty", "expires true", "expires null")), ""},
		{"tok-exp-missing", accept, 0, "", fault(), ""},
		{"tok-scope-missing", accept, 0, "", fault(), ""},
		{"tok-scope-array", warn, 0, "token.scope", fault(), ""},
		{"tok-no-store", warn, 0, "token.cache_control", fault(), ""},
		{"tok-retry-timeout", reject, 5, "network.closed", fault(), ""},
		{"tok-both-auth", accept, 0, "", oneMethod(), "a provider that refuses two authentications at once"},
		{"tok-401-basic", reject, 3, "oauth.invalid_client", fault(), ""},
	}
}

func furtherTokenCases() []hostile {
	return []hostile{
		{"tok-no-at", reject, 4, "token.access_token", fault(), ""},
		{"tok-type-missing", warn, 0, "token.type", fault(), ""},
		{"tok-exp-string", warn, 0, "token.expires_in", fault(), ""},
		{"tok-exp-fraction", warn, 0, "token.expires_in", fault(), ""},
		{"tok-no-idt", reject, 4, "id_token.missing", fault(), ""},
		{"tok-ct-text", warn, 0, "token.content_type", fault(), ""},
		{"tok-form", warn, 0, "token.content_type", fault(), ""},
		{"tok-500", reject, 5, "network.not_oauth", fault(), ""},
		{"tok-slow", reject, 5, "network.timeout", fault(), ""},
		{"tok-huge", reject, 5, "network.size", fault(), ""},
		{"tok-gzip-bomb", reject, 5, "network.size", answered(bombed), "64 KiB that inflate to 64 MiB"},
		{"tok-deep", reject, 4, "token.json", answered(saying(`{"access_token":"a","token_type":"Bearer","a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}")), "a response 100,000 levels deep"},
		{"tok-array", reject, 4, "token.json", answered(saying(`[{"access_token":"a"}]`)), "a response in a list"},
		{"tok-cut", reject, 5, "network.closed", answered(cutShort), "half a response"},
		{"tok-bom", warn, 0, "token.json", answered(saying("\ufeff" + goodToken)), "a byte order mark before the response"},
		{"tok-invalid-utf8", reject, 4, "token.json", answered(saying("{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"x\":\"\xff\"}")), "a response that is no text"},
		{"tok-redirect-own", reject, 4, "wire.redirect", answered(redirectedTo(http.StatusTemporaryRedirect, "/elsewhere")), "307 to the same host"},
		{"tok-204", reject, 5, "network.not_oauth", answered(emptyWith(http.StatusNoContent)), "nothing, with 204"},
		{"tok-429", reject, 5, "network.not_oauth", answered(emptyWith(http.StatusTooManyRequests)), "too many requests: none is sent again"},
		{"tok-cookie", accept, 0, "", answered(withCookie), "a cookie, which is not kept"},
		{"tok-refresh-odd", reject, 4, "token.refresh_token", by("internal/oauth", "TestParseTokenResponseRefused", "refresh token typed"), "a refresh token that is no text"},
		{"tok-idt-newline", reject, 4, "token.id_token", by("internal/oauth", "TestParseTokenResponseRefused", "ID token with newline"), "an ID token with a line break"},
	}
}

func refreshCases() []hostile {
	return []hostile{
		{"rt-idt-iss", reject, 4, "jwt.iss", fault(), ""},
		{"rt-idt-nonce", reject, 4, "id_token.refresh_nonce", fault(), ""},
		{"rt-no-idt", accept, 0, "", fault(), ""},
		{"rt-twice", accept, 0, "", refreshedTwice(), "two refreshes of a rotating token"},
		{"rt-rotation-crash", accept, 0, "", later("no session is stored yet: a refreshed token is printed, and kept by whoever asked"), "a kill between the answer and its being stored"},
		{"rt-concurrent", accept, 0, "", later("no session is stored yet, so that no two processes share one"), "two processes that refresh one rotating token"},
	}
}

func furtherRefreshCases() []hostile {
	return []hostile{
		{"rt-idt-sub", reject, 4, "id_token.refresh_sub", fault(), ""},
		{"rt-idt-aud", reject, 4, "jwt.aud", fault(), ""},
		{"rt-spent", reject, 7, "oauth.invalid_grant", refreshedTwice(), "a refresh token that is spent"},
		{"rt-idt-iat", reject, 4, "id_token.refresh_iat", by("internal/oidc", "TestRefreshedAndHybrid", "iat before"), "a refreshed ID token that is older than the first"},
	}
}

func deviceCases() []hostile {
	return []hostile{
		{"dev-slow-down-interval", accept, 0, "", by("internal/grant", "TestDevicePolling", "slow down by name"), ""},
		{"dev-pending-status", accept, 0, "", all(fault(), by("internal/oauth", "TestPolling", "pending as 428", "pending as 403", "pending as 200")), ""},
		{"dev-200-error", reject, 3, "oauth.unauthorized_client", fault(), ""},
		{"dev-hang", reject, 5, "network.timeout", fault(), ""},
		{"dev-user-code-ansi", reject, 4, "device.user_code", all(fault(), by("internal/oauth", "TestParseDeviceRefused", "user code newline", "user code bidi", "user code, 4 KiB")), ""},
		{"dev-verification-url", warn, 0, "device.verification_uri", fault(), "verification_url, as Google writes it. Collected as an acceptance, and judged a warning: RFC 8628 §3.2 has another name"},
	}
}

func furtherDeviceCases() []hostile {
	return []hostile{
		{"dev-uri-script", reject, 4, "device.verification_uri", fault(), ""},
		{"dev-no-device-code", reject, 4, "device.device_code", fault(), ""},
		{"dev-no-complete", accept, 0, "", fault(), ""},
		{"dev-interval-missing", accept, 0, "", fault(), ""},
		{"dev-expires-missing", warn, 0, "device.expires_in", fault(), ""},
		{"dev-slow-down", accept, 0, "", fault(), ""},
		{"dev-pending-200", accept, 0, "", fault(), ""},
		{"dev-declined", reject, 3, "oauth.access_denied", fault(), ""},
		{"dev-expired", reject, 6, "device.timeout", fault(), ""},
		{"dev-poll-dropped", accept, 0, "", fault(), ""},
		{"dev-code-command", accept, 0, "", by("cmd", "TestClipboard"), "a user code that is a command of a shell: shown, and not put on the clipboard"},
		{"dev-uri-bidi", reject, 4, "device.verification_uri", by("internal/oauth", "TestParseDeviceRefused", "address bidi", "address ESC"), "an address that reads in another order than it is"},
		{"dev-uri-userinfo", reject, 4, "device.verification_uri", by("internal/oauth", "TestParseDeviceRefused", "user name"), "an address that hides its host"},
		{"dev-interval-huge", accept, 0, "", by("internal/oauth", "TestParseDevice", "interval 1e9", "interval 1e400"), "an interval of years: it is bounded"},
	}
}

func cibaCases() []hostile {
	return []hostile{
		{"ciba-no-poll", reject, 4, "metadata.delivery_modes", fault(), ""},
		{"ciba-200-error", reject, 3, "oauth.unknown_user_id", fault(), ""},
		{"ciba-id-missing", reject, 4, "backchannel.auth_req_id", fault(), ""},
		{"ciba-id-control", reject, 4, "backchannel.auth_req_id", fault(), ""},
		{"ciba-id-letters", warn, 0, "backchannel.auth_req_id", fault(), ""},
		{"ciba-expires-missing", reject, 4, "backchannel.expires_in", fault(), ""},
		{"ciba-interval-huge", reject, 4, "backchannel.interval", fault(), ""},
		{"ciba-interval-negative", warn, 0, "backchannel.interval", fault(), ""},
		{"ciba-interval-missing", accept, 0, "", fault(), ""},
		{"ciba-slow-down", accept, 0, "", fault(), ""},
		{"ciba-declined", reject, 3, "oauth.access_denied", fault(), ""},
		{"ciba-expired", reject, 6, "ciba.timeout", fault(), ""},
		{"ciba-other-request", reject, 4, "id_token.auth_req_id", fault(), ""},
		{"ciba-idt-iss", reject, 4, "jwt.iss", fault(), ""},
		{"ciba-idt-iss-missing", reject, 4, "jwt.iss", fault(), ""},
		{"ciba-idt-aud", reject, 4, "jwt.aud", fault(), ""},
		{"ciba-idt-aud-missing", reject, 4, "jwt.aud", fault(), ""},
		{"ciba-idt-aud-extra", reject, 4, "id_token.aud", fault(), ""},
		{"ciba-idt-aud-array", accept, 0, "", fault(), ""},
		{"ciba-idt-exp", reject, 4, "jwt.exp", fault(), ""},
		{"ciba-idt-exp-missing", reject, 4, "jwt.exp", fault(), ""},
		{"ciba-idt-none", reject, 4, "jose.alg", fault(), ""},
		{"ciba-idt-signature", reject, 4, "jose.signature", fault(), ""},
		{"ciba-idt-alg", reject, 4, "jose.alg", fault(), ""},
		{"ciba-hint-expired", reject, 3, "oauth.expired_id_token_hint", fault(), ""},
		{"ciba-hint-invalid", reject, 3, "oauth.invalid_id_token_hint", fault(), ""},
		{"ciba-unknown-user", reject, 3, "oauth.unknown_user_id", fault(), ""},
		{"ciba-poll-invalid", reject, 3, "oauth.invalid_request", fault(), ""},
	}
}

func stepUpCases() []hostile {
	return []hostile{
		{"step-acr-weaker", reject, 4, "id_token.acr", fault(), ""},
		{"step-acr-missing", reject, 4, "id_token.acr", fault(), ""},
		{"step-auth-time-old", reject, 4, "id_token.auth_time", fault(), ""},
		{"step-access-weaker", reject, 4, "access_token.acr", fault(), ""},
		{"step-access-old", reject, 4, "access_token.auth_time", fault(), ""},
		{"step-access-silent", warn, 0, "access_token.step_up", fault(), ""},
		{"step-max-age-odd", reject, 4, "resource.step_up", fault(), ""},
		{"step-acr-twice", reject, 4, "resource.step_up", fault(), ""},
		{"step-nothing", reject, 4, "resource.step_up", fault(), ""},
		{"step-again", reject, 3, "oauth.insufficient_user_authentication", told("step-up.txtar", "provider step-again"), ""},
	}
}
