package oidc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// ourselves returns whom a token of this kind must be meant for, and the flag that says so.
func (s *subject) ourselves() (names []string, hint string) {
	client := []string{}
	if s.want.ClientID != "" {
		client = append(client, s.want.ClientID)
	}
	switch s.kind {
	case ID, Logout, JARM, UserInfo:
		if len(client) == 0 {
			client = s.want.Audiences
		}
		return client, "name the client that the token must be for: --client-id ID"
	case Introspection:
		return append(client, s.want.Audiences...), "name the client that asked: --client-id ID"
	case Request, Assertion:
		if len(s.want.Audiences) > 0 {
			return s.want.Audiences, ""
		}
		return s.want.Issuers, "name the issuer that the token must be for: --issuer URL"
	}
	return s.want.Audiences, "name the API that the token must be for: --audience VALUE"
}

// judgeAudience wants the token to be for us; one audience in common is enough.
func judgeAudience(s *subject) findings {
	ours, hint := s.ourselves()
	want := list(ours)
	value, present := s.claims.Value("aud")
	theirs := audiences(s.claims)
	if present && theirs == nil {
		return fail(orElse(want, "a string, or a list of strings"), "aud is "+shorten(string(value)), "")
	}
	if len(theirs) == 0 {
		return findings{{status: s.withoutAudience(ours), want: orElse(want, "an audience"), got: "no aud", hint: s.audienceHint(hint, ours)}}
	}
	if slices.Contains(theirs, "") {
		return fail(orElse(want, "names"), "aud is "+shorten(string(value))+": an empty audience is nobody", "")
	}
	if len(ours) == 0 {
		return skip(list(theirs)+": not compared, no audience was given", hint)
	}
	if !slices.ContainsFunc(ours, func(one string) bool { return slices.Contains(theirs, one) }) {
		got := list(theirs)
		if len(theirs) == 1 {
			got += difference(ours, theirs[0])
		}
		return fail(want, got, s.wrongAudienceHint())
	}
	if s.kind == Assertion && value.Kind() == '[' {
		return warn(want+" alone, as a string", list(theirs), "an assertion for several audiences can be replayed by one of them at another")
	}
	return s.pass(list(theirs))
}

// withoutAudience: a token that names nobody is for nobody, where somebody was expected or the kind demands it.
func (s *subject) withoutAudience(ours []string) verdict.Status {
	switch {
	case s.kind == Unknown && len(ours) == 0:
		return verdict.Skip
	case s.kind == UserInfo:
		return verdict.Warn
	case len(s.want.Audiences) == 0 && (s.kind == Request || s.kind == Access && !s.strict()):
		return verdict.Warn
	}
	return verdict.Fail
}

func (s *subject) audienceHint(hint string, ours []string) string {
	if s.kind == Access {
		return "ask the provider for an audience, often with --audience or --resource in the request"
	}
	if len(ours) > 0 {
		return ""
	}
	return hint
}

func (s *subject) wrongAudienceHint() string {
	switch s.kind {
	case Access, Unknown:
		return "the token is for another API: check --audience, and ask for a token for this one"
	case ID, Logout, JARM, Introspection, UserInfo:
		if s.kind == ID && s.want.ClientID == "" {
			return "this is an ID token, which tells a client who signed in: what is for an API is the access token"
		}
		return "the token is for another client: check --client-id"
	}
	return "check --issuer, or name what the token is for: --audience VALUE"
}

// judgeExtraAudiences: who else may use the token must be trusted (step 3).
func judgeExtraAudiences(s *subject) findings {
	var extra, untrusted []string
	for _, aud := range audiences(s.claims) {
		if aud == s.want.ClientID {
			continue
		}
		extra = append(extra, aud)
		if !slices.Contains(s.want.TrustedAudiences, aud) {
			untrusted = append(untrusted, aud)
		}
	}
	if s.want.ClientID == "" || len(extra) == 0 {
		return nil
	}
	if len(untrusted) == 0 {
		return s.pass("also for " + list(extra))
	}
	azp, _ := s.claims.String("azp")
	f := finding{status: verdict.Fail, want: s.want.ClientID + " alone", got: "also for " + list(untrusted), hint: trustHint(untrusted)}
	if len(extra) == len(audiences(s.claims)) { // it is not for this client at all, which no trust mends
		f.got, f.hint = "for "+list(untrusted), ""
	}
	if azp == s.want.ClientID {
		f.status = verdict.Warn
		f.got += ", with azp " + azp
	}
	return findings{f}
}

func trustHint(untrusted []string) string {
	var flags []string
	for _, aud := range untrusted {
		if !harmless(aud) {
			return "if they are trusted, name each with --trust-aud"
		}
		flags = append(flags, "--trust-aud "+aud)
	}
	return "if they are trusted: " + list(flags)
}

// judgeAuthorizedParty: the token was issued to azp (steps 4 and 5).
func judgeAuthorizedParty(s *subject) findings {
	azp, err := s.claims.String("azp")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case !s.claims.Has("azp"):
		return nil
	case s.want.ClientID == "":
		return skip(azp+": not compared, no client was given", "name the client: --client-id ID")
	case azp == s.want.ClientID:
		return s.pass(azp)
	case slices.Contains(s.want.AuthorizedParties, azp):
		return s.pass(azp + ", which is allowed")
	}
	hint := "if this client may hand its tokens on, name it with --allow-azp"
	if harmless(azp) {
		hint = "if this client may hand its tokens on: --allow-azp " + azp
	}
	return fail(s.want.ClientID, azp, hint)
}

// shorten keeps a value readable inside a message.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + fmt.Sprintf("… (%d bytes)", len(s))
}
