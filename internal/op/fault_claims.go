package op

import "time"

// claimFaults are of the claims of ID tokens.
func claimFaults() []row {
	const id, aud, exp = "OpenID Connect Core §3.1.3.7", "RFC 7519 §4.1.3", "RFC 7519 §4.1.4"
	return []row{
		{
			Name: "cl-iss-suffix", Spec: id, Short: "iss of another issuer", Expect: Reject, Must: "compare exactly",
			point: idClaims(grantCode, suffixing("iss", "1")),
		},
		{
			Name: "cl-iss-slash", Spec: id, Short: "iss has a slash more", Expect: Reject, Must: "compare exactly, name the slash",
			point: idClaims(grantCode, suffixing("iss", "/")),
		},
		{Name: "cl-iss-missing", Spec: id, Short: "no iss", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("iss"))},
		{Name: "cl-sub-missing", Spec: "OpenID Connect Core §2", Short: "no sub", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("sub"))},
		{Name: "cl-aud-missing", Spec: aud, Short: "no aud", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("aud"))},
		{
			Name: "cl-aud-array", Spec: aud, Short: "aud is an array of one", Expect: Accept, Must: "read it",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("aud", []string{x.client.ID}) }),
		},
		{
			Name: "cl-aud-extra", Spec: id, Short: "a second audience, and no azp", Expect: Reject, Must: "refuse an audience that is not trusted",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("aud", []string{x.client.ID, x.client.ID + "1"}) }),
		},
		{
			Name: "cl-aud-substring", Spec: aud, Short: "aud contains the client's name within another", Expect: Reject, Must: "compare whole strings",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("aud", "x"+x.client.ID+"x") }),
		},
		{
			Name: "cl-azp-other", Spec: id, Short: "azp names another client", Expect: Reject, Must: "refuse it",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("azp", x.client.ID+"1") }),
		},
		{Name: "cl-exp-6min", Spec: exp, Short: "expired six minutes ago", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, expired)},
		{Name: "cl-exp-missing", Spec: "OpenID Connect Core §2", Short: "no exp", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("exp"))},
		{
			Name: "cl-exp-ms", Spec: exp, Short: "exp in milliseconds", Expect: Warn, Must: "say that it looks like milliseconds",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("exp", x.now.Add(time.Hour).UnixMilli()) }),
		},
		{
			Name: "cl-exp-rfc3339", Spec: "RFC 7519 §2", Short: "exp is a date in a string", Expect: Reject, Must: "want a number",
			point: idClaims(grantCode, setting("exp", "2099-01-01T00:00:00Z")),
		},
		{Name: "cl-exp-type", Spec: "RFC 7519 §2", Short: "exp is null", Expect: Reject, Must: "not take it for no expiry", point: idClaims(grantCode, setting("exp", nil))},
		{
			Name: "cl-nbf-max", Spec: "RFC 7519 §4.1.5", Short: "nbf is the largest 64-bit number", Expect: Reject, Must: "not wrap around",
			point: idClaims(grantCode, setting("nbf", int64(9223372036854775807))),
		},
		{Name: "cl-iat-missing", Spec: "OpenID Connect Core §2", Short: "no iat", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("iat"))},
		{
			Name: "cl-iat-future", Spec: "RFC 7519 §4.1.6", Short: "issued in six minutes", Expect: Reject, Must: "allow for clocks that differ a little, no more",
			point: idClaims(grantCode, dating("iat", 6*time.Minute)),
		},
		{Name: "cl-nonce-suffix", Spec: id, Short: "another nonce", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, suffixing("nonce", "1"))},
		{Name: "cl-nonce-missing", Spec: id, Short: "no nonce, though one was sent", Expect: Reject, Must: "refuse it", point: idClaims(grantCode, removing("nonce"))},
		{
			Name: "cl-at-hash", Spec: "OpenID Connect Core §3.1.3.8", Short: "at_hash of another access token", Expect: Reject, Must: "refuse it",
			point: idClaims(grantCode, func(x *exchange, d *document) { d.set("at_hash", hashClaim(x.client.IDTokenAlg, "another")) }),
		},
		{
			Name: "cl-auth-time-old", Spec: id, Short: "the login was a day ago, though max_age was sent", Expect: Reject, Must: "refuse it",
			point: idClaims(grantCode, func(x *exchange, d *document) {
				if x.grant.maxAge {
					d.set("auth_time", x.now.Add(-24*time.Hour).Unix())
				}
			}),
		},
		{
			Name: "cl-dup-sub", Spec: "RFC 7519 §4", Short: "sub twice", Expect: Reject, Must: "refuse duplicate claims",
			point: idClaims(grantCode, func(_ *exchange, d *document) { d.prepend("sub", "evil") }),
		},
		{
			Name: "cl-case-sub", Spec: "RFC 7519 §4", Short: "SUB beside sub", Expect: Accept, Must: "use sub",
			point: idClaims(grantCode, func(_ *exchange, d *document) { d.add("SUB", "evil") }),
		},
	}
}

// expired makes a token one that was issued ten minutes ago, and ended four minutes later.
func expired(x *exchange, d *document) {
	d.set("exp", x.now.Add(-6*time.Minute).Unix())
	d.set("iat", x.now.Add(-10*time.Minute).Unix())
}

// callbackFaults are of the parameters of the authorization response.
func callbackFaults() []row {
	const iss = "RFC 9207 §2.4"
	return []row{
		{
			Name: "cb-state-suffix", Spec: "RFC 6749 §10.12", Short: "another state", Expect: Reject, Must: "ignore the answer, send no token request",
			point: &point{callback: suffixing("state", "1")},
		},
		{
			Name: "cb-state-missing", Spec: "RFC 6749 §10.12", Short: "no state", Expect: Reject, Must: "ignore the answer",
			point: &point{callback: removing("state")},
		},
		{
			Name: "cb-iss-missing", Spec: iss, Short: "no iss, though the metadata promises it", Expect: Reject, Must: "refuse the answer",
			point: &point{callback: removing("iss")},
		},
		{
			Name: "cb-mixup", Spec: iss, Short: "iss of another provider", Expect: Reject, Must: "refuse the answer, show no error text of it",
			point: &point{callback: setting("iss", evil)},
		},
		{
			Name: "cb-dup-params", Spec: "RFC 6749 §3.1", Short: "code twice", Expect: Reject, Must: "refuse repeated parameters",
			point: &point{callback: func(_ *exchange, d *document) { d.prepend("code", "evil") }},
		},
		{
			Name: "cb-code-missing", Spec: "RFC 6749 §4.1.2", Short: "neither code nor error", Expect: Reject, Must: "say that the code is missing",
			point: &point{callback: removing("code")},
		},
		{
			Name: "cb-error-ansi", Spec: "RFC 6749 §4.1.2.1", Short: "an error that would change a terminal", Expect: Reject, Must: "escape and cut it",
			point: &point{callback: func(_ *exchange, d *document) {
				d.remove("code")
				d.set("error", "access_denied")
				d.set("error_description", "\x1b]0;x\a\x1b[31m\r\n"+hostileText)
			}},
		},
		{
			Name: "cb-error-xss", Spec: "RFC 6749 §10.14", Short: "an error with markup, and a script as error_uri", Expect: Reject, Must: "escape it on its page",
			point: &point{callback: func(_ *exchange, d *document) {
				d.remove("code")
				d.set("error", "<script>alert(1)</script>")
				d.set("error_uri", "javascript:alert(1)")
			}},
		},
		{
			Name: "cb-token-in-query", Spec: "RFC 9700 §2.1.2", Short: "an access token beside the code", Expect: Reject, Must: "neither use nor show it",
			point: &point{callback: func(_ *exchange, d *document) { d.add("access_token", "leaked") }},
		},
	}
}

// refreshFaults are of what a refresh brings.
func refreshFaults() []row {
	const refreshed = "OpenID Connect Core §12.2"
	return []row{
		{
			Name: "rt-idt-iss", Spec: refreshed, Short: "the refreshed ID token is another issuer's", Expect: Reject, Must: "discard the new tokens",
			point: idClaims(grantRefresh, suffixing("iss", "1")),
		},
		{
			Name: "rt-idt-sub", Spec: refreshed, Short: "the refreshed ID token is about another person", Expect: Reject, Must: "discard the new tokens",
			point: idClaims(grantRefresh, suffixing("sub", "1")),
		},
		{
			Name: "rt-idt-aud", Spec: refreshed, Short: "the refreshed ID token is for another client", Expect: Reject, Must: "discard the new tokens",
			point: idClaims(grantRefresh, suffixing("aud", "1")),
		},
		{
			Name: "rt-idt-nonce", Spec: refreshed, Short: "the refreshed ID token has another nonce", Expect: Reject, Must: "discard the new tokens",
			point: idClaims(grantRefresh, setting("nonce", "another")),
		},
		{
			Name: "rt-no-idt", Spec: refreshed, Short: "no refreshed ID token", Expect: Accept, Must: "keep the earlier one",
			point: granting(grantRefresh, removing("id_token")),
		},
	}
}

// userinfoFaults are of userinfo as JSON.
func userinfoFaults() []row {
	const answers = "OpenID Connect Core §5.3.2"
	return []row{
		{
			Name: "ui-sub", Spec: answers, Short: "the claims of another person", Expect: Reject, Must: "discard them",
			point: &point{userinfo: suffixing("sub", "invalid")},
		},
		{Name: "ui-sub-missing", Spec: answers, Short: "no sub", Expect: Reject, Must: "discard the claims", point: &point{userinfo: removing("sub")}},
		{
			Name: "ui-ct-mismatch", Spec: answers, Short: "JSON as application/jwt", Expect: Warn, Must: "say so",
			point: contentType(atUserInfo, "application/jwt"),
		},
		{Name: "ui-html", Spec: answers, Short: "a page instead of claims", Expect: Reject, Must: "say that it is HTML", point: rawHTML(atUserInfo, 200)},
		{
			Name: "ui-redirect-token", Spec: "RFC 6750 §5.3", Short: "302 to another origin", Expect: Reject,
			Must: "not send the token there", point: redirecting(atUserInfo, 302),
		},
		{Name: "ui-slow", Spec: answers, Short: "never answers", Expect: Reject, Must: "give up after a time limit", point: slow(atUserInfo)},
		{Name: "ui-huge", Spec: answers, Short: "claims of 1 GiB", Expect: Reject, Must: "stop reading at a limit", point: huge(atUserInfo)},
	}
}
