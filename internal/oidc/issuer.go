package oidc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	tenant      = "{tenantid}"
	google      = "https://accounts.google.com"
	googleShort = "accounts.google.com"
)

// judgeIssuer compares iss code point by code point; nothing is normalised (RFC 8414 §3.3, §4).
func judgeIssuer(s *subject) findings {
	want := list(s.want.Issuers)
	iss, err := s.claims.String("iss")
	switch {
	case err != nil:
		return fail(orElse(want, "a string"), err.Error(), "")
	case iss == "":
		status := verdict.Fail
		if s.kind == UserInfo || len(s.want.Issuers) == 0 && (s.kind == Unknown || s.kind == Access && !s.strict()) {
			status = verdict.Warn
		}
		return findings{{status: status, want: orElse(want, "an issuer"), got: "no iss"}}
	case len(s.want.Issuers) == 0:
		return skip(iss+": not compared, no issuer was given", "name the issuer that you trust: --issuer URL")
	}
	for _, expected := range s.want.Issuers {
		if s.issuerMatches(expected, iss) {
			return s.pass(iss)
		}
	}
	if iss == googleShort && slices.Contains(s.want.Issuers, google) {
		return warn(google, iss, "Google leaves https:// out in some of its tokens; no other issuer may")
	}
	return fail(want, iss+difference(s.want.Issuers, iss), issuerHint(iss))
}

// issuerMatches compares, with {tenantid} standing for the token's tid: an identifier, never a piece of a path.
func (s *subject) issuerMatches(expected, iss string) bool {
	if !strings.Contains(expected, tenant) {
		return expected == iss
	}
	tid, err := s.claims.String("tid")
	return err == nil && isIdentifier(tid) && strings.ReplaceAll(expected, tenant, tid) == iss
}

func isIdentifier(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	})
}

// difference says in words how the value differs from the nearest expected one, where that is easily overlooked.
func difference(expected []string, got string) string {
	for _, want := range expected {
		switch {
		case got == want+"/" || got+"/" == want:
			return " (only the trailing slash differs)"
		case strings.EqualFold(got, want):
			return " (only the case of letters differs)"
		case strings.TrimSpace(got) == strings.TrimSpace(want):
			return " (only white space around it differs)"
		case strings.TrimPrefix(got, "https") == strings.TrimPrefix(want, "http"),
			strings.TrimPrefix(got, "http") == strings.TrimPrefix(want, "https"):
			return " (only the scheme differs)"
		}
	}
	return ""
}

func issuerHint(iss string) string {
	if !harmless(iss) {
		return "compare with the issuer in the provider's documentation"
	}
	return fmt.Sprintf("if the provider is known to name itself so: --expect-issuer %s", iss)
}

// harmless says whether a stranger's value may stand in a command that a person will copy into a shell.
func harmless(s string) bool {
	return s != "" && len(s) <= 256 && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-._:/@%+,", r)
	})
}

// judgeClientIssuer wants iss to be the client, in what a client signs.
func judgeClientIssuer(s *subject) findings {
	iss, err := s.claims.String("iss")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case iss == "" && s.kind == Request:
		return warn("the client_id", "no iss", "")
	case iss == "":
		return fail("the client_id", "no iss", "")
	case iss == s.want.ClientID:
		return s.pass(iss)
	case s.want.Kind == "" && len(s.want.Issuers) > 0 && !slices.Contains(s.want.Issuers, iss):
		// Its signer chose how the token looks: that must not spare it the comparison that the reader asked for.
		return fail(list(s.want.Issuers), iss, kindHint(s.kind))
	case s.want.ClientID == "":
		return skip(iss+": not compared, no client was given", "name the client: --client-id ID")
	}
	return fail(s.want.ClientID, iss, "")
}

// keyIssuerCheck compares iss with the issuer that the key is bound to, as Microsoft's keys for many tenants are.
func keyIssuerCheck(key *jose.Key, t *jose.Token) verdict.Checks {
	if key.Issuer == "" {
		return nil
	}
	s := &subject{claims: t.Claims, want: &Expected{}}
	iss, _ := t.Claims.String("iss")
	check := verdict.Check{
		Rule: "jwt.key_issuer", Spec: "RFC 8725 §3.8", Want: text.Escape(key.Issuer), Got: text.Escape(iss),
		Hint: "the key may sign for its own issuer only",
	}
	return verdict.Checks{verdict.Of(s.issuerMatches(key.Issuer, iss), check)}
}

// list joins values for people.
func list(values []string) string {
	const most = 10
	if more := len(values) - most; more > 0 {
		return strings.Join(values[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(values, ", ")
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
