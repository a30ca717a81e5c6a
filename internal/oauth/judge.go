package oauth

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

//go:noinline
func (a *answer) warn(rule, spec, want, got, hint string) {
	a.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Warn, Want: want, Got: got, Hint: hint})
}

func (a *answer) pass(rule, spec, got string) {
	a.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Pass, Got: got})
}

// fail records the check and returns it as the error that ends the flow.
//
//go:noinline
func (a *answer) fail(message string, check verdict.Check) error {
	check.Status = verdict.Fail
	a.add(check)
	p := check.Problem()
	p.Kind, p.Message = problem.Verification, message
	return p
}

// expectStatus warns of another status of success than the one that the standard names.
func (a *answer) expectStatus(want int) {
	check := verdict.Check{
		Rule: a.at.name + ".status", Spec: a.at.granted, Status: verdict.Pass, Want: fmt.Sprint(want),
		Got: statusText(a.status),
	}
	if a.status != want {
		check.Status = verdict.Warn
	}
	a.add(check)
}

// required reads a member that must be a string of low..0x7e, neither empty nor longer than limit.
func (a *answer) required(name string, low byte, limit int) (string, error) {
	value, err := a.members.String(name)
	check := verdict.Check{Rule: a.at.name + "." + name, Spec: a.at.granted, Want: name + ", a string that is not empty"}
	message := a.at.title + " answered without a usable " + name
	switch at := firstOutside(value, low, 0x7e); {
	case !a.members.Has(name):
		check.Got = names(a.members)
		return "", a.fail(a.at.title+" answered without "+name, check)
	case err != nil || value == "":
		check.Got = kindOf(a.members, name)
	case len(value) > limit:
		check.Want, check.Got = count(limit, "byte")+" at most", count(len(value), "byte")
	case at >= 0:
		check.Want = "printable ASCII"
		check.Got = fmt.Sprintf("byte 0x%02x at position %s", value[at], ordinal(at))
	default:
		a.pass(check.Rule, check.Spec, count(len(value), "character"))
		return value, nil
	}
	return "", a.fail(message, check)
}

// span is a number of seconds that an answer states, and what to use where it does not.
type span struct {
	name      string
	missing   time.Duration // where it is absent or cannot be read; 0 is a lifetime that is not known
	low, high time.Duration // low 0: less than a second counts as absent
	optional  bool
}

// seconds reads a span; whatever is odd about it is a warning, and what is used instead is said there.
func (a *answer) seconds(s span) time.Duration {
	rule, want := a.at.name+"."+s.name, "a positive whole number of seconds"
	value, ok := a.members.Value(s.name)
	given, readable := number(value)
	got := text.Escape(string(value))
	switch {
	case !ok && s.optional:
		a.add(verdict.Check{Rule: rule, Spec: a.at.granted, Status: verdict.Skip, Got: "no " + s.name + used(": ", s.missing)})
		return s.missing
	case !ok:
		a.warn(rule, a.at.granted, want, "no "+s.name, used("", s.missing))
		return s.missing
	case !readable:
		a.warn(rule, a.at.granted, want, got, used("", s.missing))
		return s.missing
	case given < 1 && s.low == 0:
		a.warn(rule, a.at.granted, want, got, used("", s.missing))
		return s.missing
	case given < s.low.Seconds():
		a.warn(rule, a.at.granted, want, got, used("", s.low))
		return s.low
	case given > s.high.Seconds():
		a.warn(rule, a.at.granted, want, got, used("", s.high))
		return s.high
	}
	exact := time.Duration(given * float64(time.Second))
	switch {
	case value.Kind() == '"':
		a.warn(rule, a.at.granted, want, "the string "+got, "it was read all the same; a stricter client fails here")
	case given != math.Trunc(given):
		a.warn(rule, a.at.granted, want, got, used("", exact))
	default:
		a.pass(rule, a.at.granted, exact.String())
	}
	return exact
}

func used(before string, d time.Duration) string {
	if d == 0 {
		return before + "the lifetime is not known"
	}
	return before + d.String() + " is used"
}

// webPage returns why an address is none that a person should be sent to; empty where it is one.
func webPage(address string) string {
	u, err := url.Parse(address)
	at := firstOutside(address, 0x21, 0x7e)
	switch {
	case len(address) > maxAddress:
		return count(len(address), "byte") + ", more than " + fmt.Sprint(maxAddress)
	case at >= 0:
		return fmt.Sprintf("byte 0x%02x at position %s", address[at], ordinal(at))
	case err != nil:
		return "no URL"
	case u.Scheme == "":
		return "an address without https://"
	case u.Scheme != "https" && u.Scheme != "http":
		return "an address of another kind: " + text.Escape(u.Scheme+":")
	case u.Host == "":
		return "an address without a host"
	case u.User != nil:
		return "an address with a user name, which hides the host behind it"
	}
	return ""
}

// isLocal says whether an address stays on this machine.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || err == nil && ip.IsLoopback()
}

// readGranted reads an answer that is no refusal. A client that is refused with nothing but a status and a challenge is
// told so, as nothing stands between it and the endpoint (RFC 6749 §2.3, RFC 9110 §11.6.1).
func readGranted(at place, status int, header http.Header, body []byte) (*answer, error) {
	a, err := readAnswer(at, status, header, body)
	if err == nil {
		refusal := a.refused()
		if refusal == nil {
			return a, nil
		}
		err = refusal
	}
	if status == http.StatusUnauthorized && problem.As(err).Kind == problem.Network {
		return a, a.unauthorized(header)
	}
	return a, err
}

func (a *answer) unauthorized(header http.Header) *problem.Error {
	p := resourceError(a.status, header)
	p.Answer.Endpoint = a.at.name
	p.Spec, p.Code = "RFC 6749 §2.3", a.at.name+".unauthorized"
	p.Message = a.at.title + " refused the client: " + statusText(a.status)
	if p.Answer.Error != "" {
		p.Code = "oauth." + slug(p.Answer.Error)
		p.Message = sentence(p.Answer.Error, p.Answer.Description)
	}
	p.Hint = "it wants client authentication: --client-id ID with --client-secret-file FILE, or another --auth-method"
	return p
}

// kindOf names what a member is, without its value.
func kindOf(o strictjson.Object, name string) string {
	value, ok := o.Value(name)
	if !ok {
		return "absent"
	}
	return kindOfValue(value)
}

func kindOfValue(value jsontext.Value) string {
	switch value.Kind() {
	case '"':
		if len(value) == 2 {
			return "an empty string"
		}
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "null"
}
