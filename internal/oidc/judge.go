package oidc

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// subject is the token that is being judged, with what its rules compare it with.
type subject struct {
	token  *jose.Token
	claims strictjson.Object
	kind   Kind
	want   *Expected

	room [2]finding // for what most rules find
	used int        // of it, by the rule at work
}

// Judge applies every rule of the kind to the token's typ and claims. It does not look at the signature: a token that
// was judged and not verified proves nothing (OpenID Connect Core §3.1.3.7, RFC 9068 §4, RFC 8725 §3).
func Judge(t *jose.Token, kind Kind, want Expected) verdict.Checks {
	return newSubject(t, kind, &want).judge(nil)
}

func newSubject(t *jose.Token, kind Kind, want *Expected) *subject {
	if kind != UserInfo && !slices.Contains(Kinds(), kind) {
		kind = Unknown // whose rules compare issuer and audience as well
	}
	return &subject{token: t, claims: t.Claims, kind: kind, want: want}
}

// judge adds what every rule of the kind says.
func (s *subject) judge(checks verdict.Checks) verdict.Checks {
	kind := only(s.kind)
	for i := range rules {
		if rules[i].kinds&kind == 0 {
			continue
		}
		s.used = 0
		for _, f := range rules[i].apply(s) {
			if s.want.Outcomes {
				checks = append(checks, verdict.Check{Rule: rules[i].id, Spec: rules[i].spec, Status: f.status})
				continue
			}
			checks = append(checks, rules[i].check(f))
		}
	}
	return checks
}

// say makes the words of a finding, unless nobody will read them.
func (s *subject) say(words func() string) string {
	if s.want.Outcomes {
		return ""
	}
	return words()
}

// finding is what a rule says of a token; none means that the rule has nothing to say.
type finding struct {
	status    verdict.Status
	want, got string
	hint      string
}

type findings []finding

// pass is the function of that name, which takes no memory for the first few.
//
//go:noinline
func (s *subject) pass(got string) findings {
	if s.used == len(s.room) {
		return pass(got)
	}
	s.used++
	s.room[s.used-1] = finding{status: verdict.Pass, got: got}
	return s.room[s.used-1 : s.used : s.used]
}

func pass(got string) findings { return findings{{status: verdict.Pass, got: got}} }

//go:noinline
func fail(want, got, hint string) findings {
	return findings{{status: verdict.Fail, want: want, got: got, hint: hint}}
}

func warn(want, got, hint string) findings {
	return findings{{status: verdict.Warn, want: want, got: got, hint: hint}}
}

func skip(reason, hint string) findings {
	return findings{{status: verdict.Skip, got: reason, hint: hint}}
}

// check makes the row and the finding into what a reader sees. Claims are strangers' words, so all is escaped here.
func (r *rule) check(f finding) verdict.Check {
	if f.got == "" {
		f.got = `""` // an empty claim
	}
	return verdict.Check{
		Rule: r.id, Spec: r.spec, Status: f.status,
		Want: text.Escape(f.want), Got: text.Escape(f.got), Hint: text.Escape(f.hint),
	}
}
