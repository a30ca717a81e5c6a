package jose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// readHeader fills the token from its first part and judges the header (RFC 7515 §4).
func (t *Token) readHeader() verdict.Checks {
	check := verdict.Check{Rule: "jose.header", Spec: "RFC 7515 §4", Want: "a JSON object with alg"}
	header, err := strictjson.Parse(t.HeaderRaw)
	if err != nil {
		check.Got = text.Escape(err.Error())
		return verdict.Checks{verdict.Of(false, check)}
	}
	t.Header = header
	t.hasKeyID = header.Has("kid")
	for _, member := range []struct {
		name string
		into *string
	}{{"alg", (*string)(&t.Algorithm)}, {"kid", &t.KeyID}, {"typ", &t.Type}, {"cty", new(string)}, {"jku", new(string)}, {"x5u", new(string)}} {
		if *member.into, err = header.String(member.name); err != nil {
			check.Got = text.Escape(err.Error())
			return verdict.Checks{verdict.Of(false, check)}
		}
	}
	if !header.Has("alg") {
		check.Got = "no alg"
		if near := otherCase(header, "alg"); near != "" {
			check.Got = fmt.Sprintf("no alg (%q is another name: case matters)", near)
		}
		return append(verdict.Checks{verdict.Of(false, check)}, t.headerExtensions()...)
	}
	check.Want, check.Got = "", describeHeader(t)
	return append(verdict.Checks{verdict.Of(true, check)}, t.headerExtensions()...)
}

func describeHeader(t *Token) string {
	got := "alg " + string(t.Algorithm)
	if t.hasKeyID {
		got += ", kid " + t.KeyID
	}
	if t.Header.Has("typ") {
		got += ", typ " + t.Type
	}
	return text.Escape(got)
}

// otherCase returns a member that differs from the name by case only.
func otherCase(o strictjson.Object, name string) string {
	for _, m := range o.Members() {
		if m.Name != name && strings.EqualFold(m.Name, name) {
			return text.Escape(m.Name)
		}
	}
	return ""
}

// headerExtensions judges what may change the meaning of the signature, or tempts to trust the token's own keys.
func (t *Token) headerExtensions() verdict.Checks {
	var checks verdict.Checks
	if t.Header.Has("crit") {
		checks = append(checks, verdict.Of(false, verdict.Check{
			Rule: "jose.crit", Spec: "RFC 7515 §4.1.11", Want: "no critical extension, or one that is understood",
			Got:  text.Escape(describeCrit(t.Header)),
			Hint: "no extension of the header is understood here, so the token must be refused",
		}))
	}
	if t.Header.Has("b64") {
		b64, _, err := t.Header.Bool("b64")
		status, got := verdict.Fail, "b64 is false"
		switch {
		case err != nil:
			got = text.Escape(err.Error())
		case b64:
			status, got = verdict.Warn, "b64 is true, which is the default and needs not be said"
		}
		checks = append(checks, verdict.Check{
			Rule: "jose.b64", Spec: "RFC 7797 §7", Status: status, Want: "no b64 in a JWT", Got: got,
		})
	}
	if named := t.headerKeys(); len(named) > 0 {
		checks = append(checks, verdict.Check{
			Rule: "jose.header_key", Spec: "RFC 8725 §3.10", Status: verdict.Warn,
			Want: "no key in the header", Got: strings.Join(named, ", ") + ": never used and never fetched",
		})
	}
	if t.Header.Has("nonce") {
		checks = append(checks, verdict.Check{
			Rule: "jose.nonce", Spec: "RFC 7515 §4.2", Status: verdict.Warn, Want: "no nonce in the header",
			Got:  "a nonce in the header",
			Hint: "Microsoft signs such access tokens (Graph's, for instance) in a way that only the API itself can verify",
		})
	}
	return checks
}

// headerKeys lists the members that name or hold a key. A DPoP proof must have jwk (RFC 9449 §4.2).
func (t *Token) headerKeys() []string {
	var named []string
	for _, name := range []string{"jwk", "jku", "x5c", "x5u"} {
		if t.Header.Has(name) && (name != "jwk" || t.MediaType() != "dpop+jwt") {
			named = append(named, name)
		}
	}
	return named
}

func describeCrit(header strictjson.Object) string {
	names, err := header.Strings("crit")
	switch {
	case err != nil:
		return err.Error()
	case len(names) == 0:
		return "an empty list, which is not allowed"
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Sprintf("%q is listed twice", name)
		}
		if !header.Has(name) {
			return fmt.Sprintf("%q is listed and not in the header", name)
		}
	}
	return strings.Join(names, ", ")
}

// readPayload reads the claims (RFC 7519 §7.2).
func (t *Token) readPayload() verdict.Check {
	check := verdict.Check{Rule: "jose.payload", Spec: "RFC 7519 §7.2", Want: "one JSON object of claims"}
	claims, err := strictjson.Parse(t.Payload)
	if err == nil {
		t.Claims = claims
		check.Want = ""
		return verdict.Of(true, check)
	}
	check.Got = text.Escape(err.Error())
	if cty, _ := t.Header.String("cty"); strings.EqualFold(cty, "JWT") {
		check.Got, check.Hint = "a nested JWT", "verify the inner token by itself: it is the payload"
	}
	return verdict.Of(false, check)
}
