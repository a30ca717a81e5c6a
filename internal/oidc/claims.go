package oidc

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// judgeRequired: what this flow demands beyond the kind's own rules. The hash claims have rules of their own.
func judgeRequired(s *subject) findings {
	var missing []string
	for _, name := range s.want.Required {
		hash := s.kind == ID && (name == "at_hash" || name == "c_hash" || name == "s_hash")
		if !hash && !s.claims.Has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fail(list(s.want.Required), "without "+list(missing), "")
}

// judgeClaimValues: what the reader demands with --require-claim.
func judgeClaimValues(s *subject) findings {
	var out findings
	for _, claim := range s.want.RequireClaims {
		value, ok := lookup(s.claims, claim.Path)
		switch {
		case !ok:
			out = append(out, fail(claim.Path+"="+claim.Value, "no "+claim.Path, "")...)
		case !hasValue(value, claim.Value):
			out = append(out, fail(claim.Path+"="+claim.Value, claim.Path+"="+shorten(string(value)), "")...)
		default:
			out = append(out, pass(claim.Path+"="+claim.Value)...)
		}
	}
	return out
}

// lookup finds a claim by its whole name first, since names with dots are common, then by names joined with dots.
func lookup(o strictjson.Object, path string) (jsontext.Value, bool) {
	if value, ok := o.Value(path); ok {
		return value, true
	}
	for i, r := range path {
		if r != '.' {
			continue
		}
		inner, ok, err := o.Object(path[:i])
		if !ok || err != nil {
			continue
		}
		if value, ok := lookup(inner, path[i+1:]); ok {
			return value, true
		}
	}
	return nil, false
}

// hasValue compares a string by its characters and anything else by its spelling; of a list, any element.
func hasValue(value jsontext.Value, want string) bool {
	switch value.Kind() {
	case '"':
		unquoted, err := jsontext.AppendUnquote(nil, value)
		return err == nil && string(unquoted) == want
	case '[':
		elements, err := strictjson.Elements(value)
		if err == nil && slices.ContainsFunc(elements, func(e jsontext.Value) bool {
			return e.Kind() != '[' && hasValue(e, want)
		}) {
			return true
		}
	}
	return strings.TrimSpace(string(value)) == want
}
