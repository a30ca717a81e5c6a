package oidc

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const maxSubject = 255 // OpenID Connect Core §2

// judgeSubject: an ID token is about somebody.
func judgeSubject(s *subject) findings {
	sub, err := s.claims.String("sub")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case sub == "":
		return fail("a subject", "no sub", "")
	case len(sub) > maxSubject:
		return fail(fmt.Sprintf("at most %d characters", maxSubject), fmt.Sprintf("%d bytes", len(sub)), "")
	case !printable(sub):
		return fail("ASCII characters only, and no control characters", sub, "")
	}
	return s.pass(sub)
}

func printable(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b < ' ' || b >= 0x7f })
}

// judgeSubjectType: sub, where it is there, is a string.
func judgeSubjectType(s *subject) findings {
	sub, err := s.claims.String("sub")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case sub == "":
		return nil
	}
	return s.pass(sub)
}

// judgeIdentifier: jti, where it is there, is a string.
func judgeIdentifier(s *subject) findings {
	if _, err := s.claims.String("jti"); err != nil {
		return fail("a string", err.Error(), "")
	}
	return nil
}

// judgeNonce binds the token to the request (step 11).
func judgeNonce(s *subject) findings {
	nonce, err := s.claims.String("nonce")
	present := s.claims.Has("nonce")
	want := s.want.Nonce
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case want == nil && !present:
		return skip("no nonce in the token, and none was given", "if one was sent, name it: --nonce VALUE")
	case want == nil:
		return skip("not compared: the nonce that was sent is not known", "name it: --nonce VALUE")
	case *want == "" && !present:
		return s.pass("none was sent, none came")
	case *want == "":
		return warn("no nonce, as none was sent", nonce, "the token may belong to another login")
	case !present:
		return fail(*want, "no nonce", "do not use the token: it cannot be told from one of another login")
	case !same(nonce, *want):
		return fail(*want, nonce, "do not use the token: it belongs to another login")
	}
	return s.pass(nonce)
}

// judgeNonceElsewhere compares a nonce in a token of another kind where one was demanded: what was asked for is not left
// out because another kind of token was handed over.
func judgeNonceElsewhere(s *subject) findings {
	if !s.want.NonceOwed {
		return nil
	}
	out := judgeNonce(s)
	if out[0].status == verdict.Fail && !s.claims.Has("nonce") {
		out[0].hint = kindHint(ID)
	}
	return out
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func judgeAccessTokenHash(s *subject) findings {
	return s.hash("at_hash", "access token", s.want.AccessToken, verdict.Skip)
}

// judgeCodeHash: with a code in the same answer c_hash is not optional.
func judgeCodeHash(s *subject) findings {
	return s.hash("c_hash", "code", s.want.Code, verdict.Fail)
}

func judgeStateHash(s *subject) findings {
	return s.hash("s_hash", "state", s.want.State, verdict.Skip)
}

// hash compares a hash claim with the value that came along; absent says what it means that there is a value and no claim.
func (s *subject) hash(name, what string, value secret.Secret, absent verdict.Status) findings {
	got, err := s.claims.String(name)
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case !s.claims.Has(name) && slices.Contains(s.want.Required, name):
		return fail("the hash of the "+what, "no "+name, "")
	case !s.claims.Has(name) && value.IsZero():
		return nil
	case !s.claims.Has(name) && absent == verdict.Fail:
		return fail("the hash of the "+what, "no "+name, "")
	case !s.claims.Has(name):
		return skip("no "+name+" in the token, which is allowed here", "")
	case value.IsZero():
		return skip("not compared: the "+what+" is not known", "")
	}
	want, err := HashClaim(s.token.Algorithm, value.Reveal())
	if err != nil {
		return skip("not compared: "+err.Error(), "")
	}
	if !same(got, want) {
		return fail(want, got, "the "+what+" does not belong to this ID token: do not use either")
	}
	return s.pass(got)
}

// judgeRequestID: a token that names a backchannel request answers that one. Only what is pushed must name it.
func judgeRequestID(s *subject) findings {
	const name = "urn:openid:params:jwt:claim:auth_req_id"
	id, err := s.claims.String(name)
	switch {
	case !s.claims.Has(name):
		return nil
	case err != nil:
		return fail("a string", err.Error(), "")
	case s.want.RequestID.IsZero():
		return skip("not compared: the auth_req_id is not known", "")
	case !same(id, s.want.RequestID.Reveal()):
		return fail("the auth_req_id of this request", "another one", "do not use the tokens: they belong to another request")
	}
	return s.pass("that of this request")
}

// judgeAuthTime: the person signed in recently enough (step 13).
func judgeAuthTime(s *subject) findings {
	at := readDate(s.claims, "auth_time")
	switch {
	case at.bad != "":
		return at.odd("auth_time")
	case !at.present && s.want.MaxAge == nil:
		return nil
	case !at.present:
		return fail("a time, as max_age was given", "no auth_time", "")
	}
	if f := s.future("auth_time", "in the future", at); f != nil {
		return f
	}
	age := s.want.Now.Sub(at.time)
	got := s.say(func() string { return fmt.Sprintf("%s: %s ago", at, distance(age)) })
	if s.want.MaxAge == nil {
		return s.pass(got)
	}
	if limit := *s.want.MaxAge; age > limit+s.want.Leeway {
		hint := s.leewayHint(age-limit, "the person must sign in again: --prompt login, or a greater --max-age")
		return fail(fmt.Sprintf("at most %s ago", limit), got, hint)
	}
	return s.pass(got)
}

// judgeStepUpTime is judgeAuthTime where an access token was asked to prove it.
func judgeStepUpTime(s *subject) findings {
	if s.want.MaxAge == nil && !s.claims.Has("auth_time") {
		return nil
	}
	return judgeAuthTime(s)
}

// judgeACR: the way of signing in is one of those asked for (step 12).
func judgeACR(s *subject) findings {
	acr, err := s.claims.String("acr")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case len(s.want.ACRValues) == 0:
		return nil
	case !s.claims.Has("acr"):
		return fail("one of "+list(s.want.ACRValues), "no acr", "the provider did not say how the person signed in")
	case !slices.Contains(s.want.ACRValues, acr):
		return fail("one of "+list(s.want.ACRValues), acr, "the person must sign in in a stronger way: --acr-values")
	}
	return s.pass(acr)
}
