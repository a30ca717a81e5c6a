package oauth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Bounds of what an answer grants.
const (
	maxToken    = 128 << 10
	maxLifetime = 100 * 365 * 24 * time.Hour // beyond is no lifetime but a mistake
	maxNames    = 12
)

// access reads the access token and what is said of it, whichever endpoint gave it (RFC 6749 §4.2.2, §5.1).
func (j *tokenJudge) access() error {
	if err := j.accessToken(); err != nil {
		return err
	}
	if err := j.tokenType(); err != nil {
		return err
	}
	j.lifetime()
	j.scope()
	return nil
}

// accessToken wants one printable string. What no Authorization header can carry is refused; what a Bearer header
// should not carry is a warning (RFC 6749 appendix A.12, RFC 6750 §2.1).
func (j *tokenJudge) accessToken() error {
	const rule, message = "token.access_token", "the answer has no usable access token"
	value, err := j.members.String("access_token")
	check := verdict.Check{Rule: rule, Spec: "RFC 6749 §5.1", Want: "access_token, a string that is not empty"}
	switch {
	case !j.members.Has("access_token"):
		check.Got = names(j.members)
		return j.fail("the answer has no access token", check)
	case err != nil || value == "":
		check.Got = j.kind("access_token")
		return j.fail(message, check)
	case len(value) > maxToken:
		check.Want, check.Got = count(maxToken, "byte")+" at most", count(len(value), "byte")
		return j.fail(message, check)
	}
	if at := firstOutside(value, 0x21, 0x7e); at >= 0 {
		check.Spec, check.Want = "RFC 6749 appendix A.12", "printable ASCII without blanks"
		check.Got = fmt.Sprintf("byte 0x%02x at position %s", value[at], ordinal(at))
		return j.fail(message, check)
	}
	j.out.AccessToken = secret.New(value)
	if at := firstOutsideB64Token(value); at >= 0 {
		j.warn(rule, "RFC 6750 §2.1", "characters of A-Z a-z 0-9 - . _ ~ + / and = at the end",
			fmt.Sprintf("%q at position %s", value[at], ordinal(at)), "some APIs cannot read such a token from the header")
		return nil
	}
	j.pass(rule, "RFC 6749 §5.1", count(len(value), "character"))
	return nil
}

func firstOutsideB64Token(s string) int {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if c := body[i]; !isUnreserved(c) && c != '+' && c != '/' {
			return i
		}
	}
	if body == "" {
		return 0
	}
	return -1
}

// names lists the members that came, for the one who looks for the token among them.
func names(o strictjson.Object) string {
	var list []string
	for _, member := range o.Members() {
		if len(list) == maxNames {
			list = append(list, "…")
			break
		}
		list = append(list, text.Escape(member.Name))
	}
	if len(list) == 0 {
		return "an empty object"
	}
	return strings.Join(list, ", ")
}

// tokenType allows the types that are understood: any other would say how to use the token in a way that is not known,
// or smuggle something into the header (RFC 6749 §7.1).
func (j *tokenJudge) tokenType() error {
	const rule, spec = "token.type", "RFC 6749 §7.1"
	value, err := j.members.String("token_type")
	check := verdict.Check{Rule: rule, Spec: spec, Want: "Bearer, DPoP or N_A", Got: strconv.Quote(text.Escape(value))}
	if kind := j.kind("token_type"); kind == "absent" || kind == "null" || kind == "an empty string" {
		j.out.TokenType = TypeBearer
		j.warn(rule, "RFC 6749 §5.1", check.Want, "token_type is "+kind, "it is taken for Bearer")
		return nil
	}
	if err != nil {
		check.Got = j.kind("token_type")
		return j.fail("the token type is not a string", check)
	}
	for _, known := range []string{TypeBearer, TypeDPoP, TypeNA} {
		if strings.EqualFold(value, known) {
			j.out.TokenType = known
			j.pass(rule, spec, known)
			return nil
		}
	}
	if slack, _, _ := j.answer.members.Bool("ok"); slack && (value == "bot" || value == "user") {
		j.out.TokenType = value
		j.warn(rule, spec, check.Want, check.Got, "Slack names whose token it is; it is used as Bearer")
		return nil
	}
	return j.fail("the token has a type that is not understood", check)
}

// lifetime never makes a token live longer than the provider said: what cannot be read is unknown, what is not
// positive has expired (RFC 6749 §5.1).
func (j *tokenJudge) lifetime() {
	const rule, spec, want = "token.expires_in", "RFC 6749 §5.1", "a positive whole number of seconds"
	name := "expires_in"
	if !j.members.Has(name) && j.members.Has("expires") && j.form {
		name = "expires"
		j.warn(rule, spec, "expires_in", "expires", "it is read as seconds from now")
	}
	value, ok := j.members.Value(name)
	if !ok {
		j.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Skip, Got: "no expires_in: the lifetime is not known"})
		return
	}
	seconds, readable := number(value)
	got := text.Escape(string(value))
	switch {
	case !readable:
		j.warn(rule, spec, want, got, "the lifetime is not known")
		return
	case seconds > maxLifetime.Seconds():
		j.warn(rule, spec, want, got, "no lifetime is that long: it is not known")
		return
	case seconds <= 0:
		j.out.ExpiresIn = new(time.Duration)
		j.warn(rule, spec, want, got, "the token counts as expired")
		return
	}
	lifetime := time.Duration(int64(seconds)) * time.Second
	j.out.ExpiresIn = &lifetime
	switch {
	case value.Kind() == '"':
		j.warn(rule, spec, want, "the string "+got, "it was read all the same; a stricter client fails here")
	case float64(int64(seconds)) != seconds:
		j.warn(rule, spec, want, got, "the fraction is cut")
	default:
		j.pass(rule, spec, lifetime.String())
	}
}

// number reads a JSON number, or a string that spells one.
func number(value jsontext.Value) (float64, bool) {
	if value.Kind() != '0' && value.Kind() != '"' {
		return 0, false
	}
	spelling := strings.TrimSpace(plain(value))
	if spelling == "" || strings.Trim(spelling, "0123456789+-.eE") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(spelling, 64)
	return seconds, err == nil
}

// scope reads what was granted. Absent, it is what was requested (RFC 6749 §3.3, §5.1).
func (j *tokenJudge) scope() {
	const rule, spec, want = "token.scope", "RFC 6749 §3.3", "one string, separated by blanks"
	name := "scope"
	if !j.members.Has(name) && j.members.Has("scopes") {
		name = "scopes"
	}
	value, ok := j.members.Value(name)
	switch kind := j.kind(name); {
	case !ok:
		j.add(verdict.Check{Rule: rule, Spec: spec, Status: verdict.Skip, Got: "no scope: it is the one requested"})
		return
	case kind == "null":
		j.warn(rule, spec, want, "null", "it is taken for the scope requested")
		return
	case kind == "an array":
		list, err := j.members.Strings(name)
		if err != nil {
			j.warn(rule, spec, want, "an array that has not only strings", "the granted scope is not known")
			return
		}
		j.grant(list)
		j.warn(rule, spec, want, "an array", "it was read all the same")
		return
	case kind == "an empty string":
		j.grant([]string{})
		j.warn(rule, spec, want, kind, "no scope was granted, or the provider does not tell")
		return
	case kind != "a string":
		j.warn(rule, spec, want, kind, "the granted scope is not known")
		return
	}
	list, commas := splitScope(plain(value))
	j.grant(list)
	switch {
	case commas:
		j.warn(rule, spec, want, "separated by commas", "it was read all the same")
	case name != "scope":
		j.warn(rule, spec, "scope", name, "it was read all the same")
	default:
		j.pass(rule, spec, text.Escape(strings.Join(list, " ")))
	}
}

func (j *tokenJudge) grant(scopes []string) { j.out.Scopes, j.out.ScopeGiven = scopes, true }

// splitScope separates scopes at blanks; at commas where they separate, as with GitHub. A comma inside a scope among
// others is part of it.
func splitScope(scope string) (list []string, commas bool) {
	if strings.Contains(scope, ",") && (!strings.Contains(scope, " ") || strings.Contains(scope, ", ")) {
		return strings.FieldsFunc(scope, func(r rune) bool { return r == ',' || r == ' ' }), true
	}
	return strings.Fields(scope), false
}

// optional reads a token that may be absent; null and "" are absent too, with a warning.
func (j *tokenJudge) optional(name, spec string) (secret.Secret, error) {
	rule := "token." + name
	value, err := j.members.String(name)
	check := verdict.Check{Rule: rule, Spec: spec, Want: "a string of printable ASCII"}
	switch kind := j.kind(name); {
	case kind == "absent":
		return secret.Secret{}, nil
	case kind == "null", kind == "an empty string":
		j.warn(rule, spec, check.Want, kind, "it is taken for absent")
		return secret.Secret{}, nil
	case err != nil:
		check.Got = kind
	case len(value) > maxToken*8:
		check.Want, check.Got = count(maxToken*8, "byte")+" at most", count(len(value), "byte")
	case !isVisible(value):
		at := firstOutside(value, 0x20, 0x7e)
		check.Got = fmt.Sprintf("byte 0x%02x at position %s", value[at], ordinal(at))
	default:
		j.pass(rule, spec, count(len(value), "character"))
		return secret.New(value), nil
	}
	return secret.Secret{}, j.fail("the "+strings.ReplaceAll(name, "_", " ")+" cannot be used", check)
}
