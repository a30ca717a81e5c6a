package oidc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// judgeAccessTokenClaims: the claims that RFC 9068 demands; exp has a rule of its own.
func judgeAccessTokenClaims(s *subject) findings {
	var missing []string
	for _, name := range []string{"iss", "aud", "sub", "client_id", "iat", "jti"} {
		if !s.claims.Has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return s.pass("all are there")
	}
	return findings{{
		status: s.strictly(), want: "iss, exp, aud, sub, client_id, iat and jti", got: "without " + list(missing),
	}}
}

// judgeClientID compares the client to which the token was issued, where one is named.
func judgeClientID(s *subject) findings {
	id, err := s.claims.String("client_id")
	switch {
	case err != nil:
		return findings{{status: s.strictly(), want: "a string", got: err.Error()}}
	case id == "" || s.want.ClientID == "":
		return nil
	case id != s.want.ClientID:
		return warn(s.want.ClientID, id, "the token was issued to another client")
	}
	return s.pass(id)
}

// scopes returns scope, a string of words, or as some providers write it a list; else scp or scopes, their names for
// it.
func scopes(c strictjson.Object) (granted []string, found bool, err error) {
	for _, name := range []string{"scope", "scp", "scopes"} {
		if !c.Has(name) {
			continue
		}
		if words, err := c.String(name); err == nil {
			return strings.Fields(words), true, nil
		}
		many, err := c.Strings(name)
		return many, true, err
	}
	return nil, false, nil
}

// judgeScope: every scope that the reader needs is there.
func judgeScope(s *subject) findings {
	if len(s.want.RequireScopes) == 0 && s.kind != Access {
		return nil
	}
	granted, found, err := scopes(s.claims)
	want := strings.Join(s.want.RequireScopes, " ")
	switch {
	case err != nil && want == "":
		return warn("a string of words", "scope of another type", "")
	case err != nil:
		return fail(want, "scope of another type", "")
	case want == "":
		return nil
	case !found:
		return fail(want, "no scope", "ask the provider for it: --scope")
	}
	var missing []string
	for _, scope := range s.want.RequireScopes {
		if !slices.Contains(granted, scope) {
			missing = append(missing, scope)
		}
	}
	got := strings.Join(granted, " ")
	if len(missing) > 0 {
		return fail(want, got+" (without "+list(missing)+")", "ask the provider for it: --scope")
	}
	return s.pass(got)
}

// judgeConfirmation compares the key that the token is bound to with the one that its holder proves possession of;
// where that is not known, it is noted and not to be seen here.
func judgeConfirmation(s *subject) findings {
	cnf, ok, err := s.claims.Object("cnf")
	if err != nil {
		return fail("an object", err.Error(), "")
	}
	jkt, errKey := cnf.String("jkt")
	x5t, errCertificate := cnf.String("x5t#S256")
	switch {
	case errKey != nil || errCertificate != nil:
		return fail("strings in cnf", "cnf with a member of another type", "")
	case s.want.Confirmation != Confirmation{}:
		return slices.Concat(
			confirms("jkt", "DPoP key", s.want.Confirmation.JKT, jkt),
			confirms("x5t#S256", "client certificate", s.want.Confirmation.X5T, x5t),
		)
	case !ok:
		return nil
	case jkt != "":
		return skip("bound to the DPoP key "+jkt+", possession not checked", "an API must refuse it as a Bearer token (RFC 9449 §7.2)")
	case x5t != "":
		return skip("bound to the client certificate "+x5t+", possession not checked", "an API must compare the certificate of the connection (RFC 8705 §3)")
	}
	return findings{{status: verdict.Skip, got: fmt.Sprintf("bound by cnf with %s, not checked", memberNames(cnf))}}
}

// confirms compares one member of cnf (RFC 9449 §6.1, RFC 8705 §3.1).
func confirms(member, what, want, got string) findings {
	switch {
	case want == "":
		return nil
	case got == "":
		return fail(member+" "+want, "no "+member+" in cnf: whoever has the token can use it",
			"the provider did not bind the token to the "+what+": see how the client is registered")
	case !same(got, want):
		return fail(member+" "+want, member+" "+got, "the token is bound to another "+what+": do not use it")
	}
	return pass("bound to the " + what + " " + got)
}

// CheckConfirmation judges the claims of an access token by what it is bound to, and by nothing else: a client has no
// business with the rest of it (RFC 7800 §3.1, RFC 9449 §6.1, RFC 8705 §3.1).
func CheckConfirmation(claims strictjson.Object, want Confirmation) verdict.Checks {
	s := &subject{claims: claims, kind: Access, want: &Expected{Confirmation: want}}
	row := rule{id: "access_token.cnf", spec: "RFC 7800 §3"}
	var checks verdict.Checks
	for _, f := range judgeConfirmation(s) {
		checks = append(checks, row.check(f))
	}
	return checks
}

func memberNames(o strictjson.Object) string {
	var names []string
	for _, m := range o.Members() {
		names = append(names, m.Name)
	}
	return orElse(list(names), "nothing")
}
