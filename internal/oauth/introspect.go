package oauth

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Introspection is what an introspection endpoint says of a token (RFC 7662 §2.2).
type Introspection struct {
	Active  bool
	Members strictjson.Object
	Raw     []byte // JSON as it came
}

// ParseIntrospection judges the answer of an introspection endpoint. Whether the token is active must be said by a
// boolean: nothing else is taken for yes (RFC 7662 §2.2, §2.3).
func ParseIntrospection(status int, header http.Header, body []byte) (*Introspection, verdict.Checks, error) {
	a, err := readGranted(introspectPlace, status, header, body)
	if err != nil && a.granted() && a.signed(body) {
		err = &problem.Error{
			Kind: problem.Verification, Code: "introspection.signed", Spec: "RFC 9701 §5", Want: "JSON", Got: "a JWT",
			Message: "the introspection endpoint gave a signed answer, which was not asked for",
			Hint:    "let the provider answer this client in plain JSON (introspection_signed_response_alg)",
		}
	}
	if err != nil {
		return nil, a.checks, err
	}
	a.expectStatus(http.StatusOK)
	active, given, err := a.members.Bool("active")
	check := verdict.Check{
		Rule: "introspection.active", Spec: "RFC 7662 §2.2", Want: "active, true or false",
		Got: kindOf(a.members, "active"),
	}
	if !given || err != nil {
		if check.Got == "a string" {
			value, _ := a.members.Value("active")
			check.Got = "the string " + text.Escape(string(value))
		}
		return nil, a.checks, a.fail("the introspection endpoint does not say whether the token is active", check)
	}
	a.pass(check.Rule, check.Spec, strconv.FormatBool(active))
	if !active && len(a.members.Members()) > 1 {
		a.warn("introspection.inactive", "RFC 7662 §2.2", "nothing but active of a token that is not", names(a.members),
			"the provider tells of a token that is not valid: none of it may be relied on")
	}
	a.judgeIntrospected()
	return &Introspection{Active: active, Members: a.members, Raw: a.members.Raw()}, a.checks, nil
}

// signed says whether an answer is a JWT (RFC 9701 §5).
func (a *answer) signed(body []byte) bool {
	return strings.HasSuffix(a.media, "+jwt") || a.media == "application/jwt" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("eyJ"))
}

// introspected are the members that the standard gives a type, by the first character of their JSON.
var introspected = []struct{ name, kinds, want string }{
	{"scope", `"`, "a string"},
	{"client_id", `"`, "a string"},
	{"username", `"`, "a string"},
	{"token_type", `"`, "a string"},
	{"exp", "0", "a number"},
	{"iat", "0", "a number"},
	{"nbf", "0", "a number"},
	{"sub", `"`, "a string"},
	{"aud", `"[`, "a string or an array"},
	{"iss", `"`, "a string"},
	{"jti", `"`, "a string"},
}

// judgeIntrospected warns of what a stricter reader would not take.
func (a *answer) judgeIntrospected() {
	for _, member := range introspected {
		value, ok := a.members.Value(member.name)
		if ok && !strings.ContainsRune(member.kinds, rune(value.Kind())) {
			a.warn("introspection."+member.name, "RFC 7662 §2.2", member.want, kindOf(a.members, member.name), "")
		}
	}
}
