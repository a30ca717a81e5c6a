package oidc

// judgeLogoutSubject: who, or which session, is logged out.
func judgeLogoutSubject(s *subject) findings {
	sub, _ := s.claims.String("sub")
	sid, err := s.claims.String("sid")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case sub == "" && sid == "":
		return fail("sub, sid or both", "neither sub nor sid", "")
	case sid != "":
		return s.pass("sid " + sid)
	}
	return s.pass("sub " + sub)
}

// judgeLogoutEvents: the event that makes a token a logout token.
func judgeLogoutEvents(s *subject) findings {
	want := "an object with " + backChannel
	events, ok, err := s.claims.Object("events")
	switch {
	case err != nil:
		return fail(want, err.Error(), "")
	case !ok:
		return fail(want, "no events", "")
	case !events.Has(backChannel):
		return fail(want, "events with "+memberNames(events), "")
	}
	event, _, err := events.Object(backChannel)
	switch {
	case err != nil:
		return fail("an object as the event", err.Error(), "")
	case len(event.Members()) > 0:
		return warn("an empty object as the event", "an event with "+memberNames(event), "")
	}
	return s.pass(backChannel)
}

// judgeLogoutNonce: a nonce would make it pass for an ID token.
func judgeLogoutNonce(s *subject) findings {
	if s.claims.Has("nonce") {
		return fail("no nonce", "a nonce", "a logout token with a nonce could be taken for an ID token")
	}
	return s.pass("none")
}

func judgeLogoutIdentifier(s *subject) findings {
	jti, err := s.claims.String("jti")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case jti == "":
		return fail("an identifier", "no jti", "")
	}
	return s.pass(jti)
}
