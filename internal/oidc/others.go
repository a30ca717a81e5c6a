package oidc

import (
	"time"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// judgeResponse: an authorization response in a JWT has a code, tokens or an error.
func judgeResponse(s *subject) findings {
	for _, name := range []string{"error", "code", "access_token", "id_token"} {
		if s.claims.Has(name) {
			return s.pass("a response with " + name)
		}
	}
	return warn("code, error or tokens", "claims "+memberNames(s.claims), "")
}

// judgeResponseState: the response belongs to the request that was sent.
func judgeResponseState(s *subject) findings {
	state, err := s.claims.String("state")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case s.want.State.IsZero() && state == "":
		return nil
	case s.want.State.IsZero():
		return skip("not compared: the state that was sent is not known", "")
	case !same(state, s.want.State.Reveal()):
		return fail("the state that was sent", orElse(state, "no state"), "the response belongs to another login")
	}
	return s.pass(state)
}

// judgeIntrospection: the answer stands inside, and nothing outside makes it pass for an access token.
func judgeIntrospection(s *subject) findings {
	_, ok, err := s.claims.Object("token_introspection")
	switch {
	case err != nil:
		return fail("an object token_introspection", err.Error(), "")
	case !ok:
		return fail("an object token_introspection", "none", "")
	case s.claims.Has("sub") || s.claims.Has("exp"):
		return warn("neither sub nor exp beside token_introspection", "claims "+memberNames(s.claims), "such an answer could be taken for an access token")
	}
	return s.pass("token_introspection")
}

// judgeActive reads the one member that every answer has.
func judgeActive(s *subject) findings {
	answer, ok, err := s.claims.Object("token_introspection")
	if !ok || err != nil {
		return nil
	}
	active, ok, err := answer.Bool("active")
	switch {
	case err != nil:
		return fail("a boolean", err.Error(), "")
	case !ok:
		return fail("a boolean", "no active", "")
	case !active:
		return warn("an active token", "the token is not active", "")
	}
	return s.pass("active")
}

// judgeRequestClient: a request object names its client twice, as iss and as client_id.
func judgeRequestClient(s *subject) findings {
	id, err := s.claims.String("client_id")
	iss, _ := s.claims.String("iss")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case id == "":
		return fail("the client_id", "no client_id", "")
	case s.want.ClientID != "" && id != s.want.ClientID:
		return fail(s.want.ClientID, id, "")
	case iss != "" && iss != id:
		return fail("the same as iss: "+iss, id, "")
	case s.want.ClientID == "":
		return skip(id+": not compared, no client was given", "name the client: --client-id ID")
	}
	return s.pass(id)
}

// judgeNestedRequest: a request object must not point to another one.
func judgeNestedRequest(s *subject) findings {
	for _, name := range []string{"request", "request_uri"} {
		if s.claims.Has(name) {
			return fail("neither request nor request_uri inside", name, "")
		}
	}
	return nil
}

// judgeAssertionSubject: a client speaks for itself.
func judgeAssertionSubject(s *subject) findings {
	sub, err := s.claims.String("sub")
	iss, _ := s.claims.String("iss")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case sub == "":
		return fail("the client_id", "no sub", "")
	case sub != iss:
		return fail("the same as iss: "+iss, sub, "")
	}
	return s.pass(sub)
}

// judgeLifetime: an assertion is for one request.
func judgeLifetime(s *subject) findings {
	const limit = 5 * time.Minute
	exp, iat := readDate(s.claims, "exp"), readDate(s.claims, "iat")
	start := s.want.Now
	if iat.present && iat.bad == "" {
		start = iat.time
	}
	if !exp.present || exp.bad != "" || exp.milliseconds || iat.milliseconds {
		return nil
	}
	var out findings
	if life := exp.time.Sub(start); life > limit+s.want.Leeway {
		out = append(out, finding{status: verdict.Warn, want: "at most " + limit.String(), got: "good for " + distance(life)})
	}
	if !s.claims.Has("jti") {
		out = append(out, finding{status: verdict.Warn, want: "a jti, so that it can be used once only", got: "no jti"})
	}
	if out == nil {
		return s.pass(s.say(func() string { return "good for " + distance(exp.time.Sub(start)) }))
	}
	return out
}
