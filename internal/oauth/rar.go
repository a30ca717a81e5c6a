package oauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Bounds of authorization details; no request of the protocol comes near.
const (
	maxDetails     = 64
	maxDetailsSize = 64 << 10
)

// Details are the objects of authorization_details: what is asked for, or granted, beyond the words of a scope
// (RFC 9396 §2).
type Details []strictjson.Object

// ParseAuthorizationDetails reads a JSON array of objects, each of which has a type (RFC 9396 §2).
func ParseAuthorizationDetails(data []byte) (Details, error) {
	if len(data) > maxDetailsSize {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(data), maxDetailsSize)
	}
	elements, err := strictjson.ParseArray(data)
	switch {
	case err != nil:
		return nil, err
	case len(elements) == 0:
		return nil, errors.New("an empty array")
	case len(elements) > maxDetails:
		return nil, fmt.Errorf("%d objects, more than the limit of %d", len(elements), maxDetails)
	}
	out := make(Details, 0, len(elements))
	for i, element := range elements {
		if element.Kind() != '{' {
			return nil, fmt.Errorf("element %s is %s, not an object", ordinal(i), kindOfValue(element))
		}
		object, err := strictjson.Parse(element)
		if err != nil {
			return nil, err
		}
		if kind, err := object.String("type"); err != nil || kind == "" {
			return nil, fmt.Errorf("element %s has no type, a string that is not empty", ordinal(i))
		}
		out = append(out, object)
	}
	return out, nil
}

// GrantedDetails reads authorization_details where an answer or a token has it (RFC 9396 §7, §9.1).
func GrantedDetails(o strictjson.Object) (Details, error) {
	value, ok := o.Value("authorization_details")
	if !ok || value.Kind() == '[' && len(strings.TrimSpace(string(value[1:len(value)-1]))) == 0 {
		return nil, nil
	}
	return ParseAuthorizationDetails(value)
}

// JSON returns the parameter as it is sent.
func (d Details) JSON() string {
	if len(d) == 0 {
		return ""
	}
	parts := make([]string, len(d))
	for i, object := range d {
		parts[i] = strictjson.Compact(object.Raw())
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// Types returns the types, each once, in their order.
func (d Details) Types() []string {
	var out []string
	for _, object := range d {
		if kind := typeOf(object); !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

func typeOf(object strictjson.Object) string {
	kind, _ := object.String("type")
	return kind
}

// CheckGrantedDetails compares what a token response grants with what was asked for. The provider may enrich the
// objects, and must say what it granted (RFC 9396 §7, §7.1).
func CheckGrantedDetails(asked, granted Details) verdict.Checks {
	const rule, spec = "token.authorization_details", "RFC 9396 §7"
	if missing := asked.without(granted); len(missing) > 0 {
		got := "without " + strings.Join(missing, ", ")
		if len(granted) == 0 {
			got = "no authorization_details in the answer"
		}
		return verdict.Checks{{
			Rule: rule, Spec: spec, Status: verdict.Fail, Want: "everything that was asked for: " + text.Escape(strings.Join(asked.Types(), ", ")),
			Got:  text.Escape(got),
			Hint: "the person or the provider granted less: ask for what is needed alone, or have the client allowed these types at the provider",
		}}
	}
	checks := verdict.Checks{{Rule: rule, Spec: spec, Status: verdict.Pass, Got: text.Escape("granted: " + strings.Join(granted.Types(), ", "))}}
	if more := asked.beyond(granted); len(more) > 0 {
		checks = append(checks, verdict.Check{
			Rule: rule, Spec: spec, Status: verdict.Warn, Want: "what was asked for", Got: text.Escape("granted unasked: " + strings.Join(more, ", ")),
			Hint: "the token allows more than is needed: whoever steals it can do more",
		})
	}
	return checks
}

// CheckTokenDetails compares the claim of a JWT access token with the response that it came in. A provider may leave
// out what is not for the token's audience; it cannot put more in than it says (RFC 9396 §9, §9.1).
func CheckTokenDetails(granted, claim Details) verdict.Checks {
	const rule, spec = "access_token.authorization_details", "RFC 9396 §9.1"
	switch more, missing := granted.beyond(claim), granted.without(claim); {
	case len(more) > 0:
		return verdict.Checks{{
			Rule: rule, Spec: spec, Status: verdict.Fail, Want: "what the token response says was granted",
			Got:  text.Escape("the token also holds " + strings.Join(more, ", ")),
			Hint: "an API goes by the token: it would allow what nobody was told of",
		}}
	case len(missing) > 0:
		return verdict.Checks{{
			Rule: rule, Spec: spec, Status: verdict.Warn, Want: "what the token response says was granted",
			Got:  text.Escape("the token has no " + strings.Join(missing, ", ")),
			Hint: "the provider may leave out what is not for this token's audience: --resource or --audience names another",
		}}
	}
	return verdict.Checks{{Rule: rule, Spec: spec, Status: verdict.Pass, Got: "the token says the same"}}
}

// without names what was asked for and is in no granted object.
func (d Details) without(granted Details) []string {
	var out []string
	for _, object := range d {
		kind := typeOf(object)
		best, found := []string{kind}, false
		for _, other := range granted {
			if typeOf(other) != kind {
				continue
			}
			if missing := lacking(object, other, kind); !found || len(missing) < len(best) {
				best, found = missing, true
			}
		}
		out = append(out, best...)
	}
	return out
}

// lacking names, by its path, what an object asks for and another of the same type does not have. Members that come on
// top are none: the provider enriches objects (RFC 9396 §7.1).
func lacking(asked, granted strictjson.Object, path string) []string {
	var out []string
	for _, m := range asked.Members() {
		if value, ok := granted.Value(m.Name); ok {
			out = append(out, lackingValue(m.Value, value, path+"."+m.Name)...)
		} else {
			out = append(out, path+"."+m.Name)
		}
	}
	return out
}

func lackingValue(asked, granted jsontext.Value, path string) []string {
	switch {
	case asked.Kind() == '{' && granted.Kind() == '{':
		a, errA := strictjson.Parse(asked)
		g, errG := strictjson.Parse(granted)
		if errA == nil && errG == nil {
			return lacking(a, g, path)
		}
	case asked.Kind() == '[' && granted.Kind() == '[':
		var out []string
		for _, element := range uncovered(asked, granted) {
			out = append(out, path+": "+string(element))
		}
		return out
	case strictjson.Canonical(asked) == strictjson.Canonical(granted):
		return nil
	}
	return []string{path + ": " + string(asked)}
}

// uncovered returns the elements of a list that no element of another has everything of.
func uncovered(list, among jsontext.Value) []jsontext.Value {
	elements, _ := strictjson.Elements(list)
	others, _ := strictjson.Elements(among)
	return slices.DeleteFunc(elements, func(element jsontext.Value) bool {
		return slices.ContainsFunc(others, func(other jsontext.Value) bool { return len(lackingValue(element, other, "")) == 0 })
	})
}

// beyond names what was granted and not asked for: whole objects, and words of the members that every type has in
// common (RFC 9396 §2.2). A type's own members are the provider's to fill in.
func (d Details) beyond(granted Details) []string {
	var out []string
	for _, kind := range granted.Types() {
		asked, got := d.of(kind), granted.of(kind)
		if len(asked) == 0 {
			out = append(out, kind)
			continue
		}
		if extra := len(got) - len(asked); extra > 0 {
			out = append(out, count(extra, "further "+kind+" object"))
		}
		for _, name := range []string{"locations", "actions", "datatypes", "privileges"} {
			wanted, restricted := asked.words(name)
			words, _ := got.words(name)
			for _, word := range words {
				if restricted && !slices.Contains(wanted, word) {
					out = append(out, kind+"."+name+": "+word)
				}
			}
		}
	}
	return out
}

func (d Details) of(kind string) Details {
	var out Details
	for _, object := range d {
		if typeOf(object) == kind {
			out = append(out, object)
		}
	}
	return out
}

// words returns the words of a common member in all objects, and whether every object names some.
func (d Details) words(name string) (words []string, all bool) {
	all = true
	for _, object := range d {
		list, err := object.Strings(name)
		all = all && err == nil && object.Has(name)
		words = append(words, list...)
	}
	return words, all
}
