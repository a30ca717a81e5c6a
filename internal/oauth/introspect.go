package oauth

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

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
	if err != nil {
		return nil, a.checks, err
	}
	a.expectStatus(http.StatusOK)
	return a.introspected()
}

// IntrospectionJWT is the media type of a signed answer, which a client asks for by Accept (RFC 9701 §4).
const IntrospectionJWT = "application/token-introspection+jwt"

// SignedIntrospection returns the JWT of an answer that is one, whatever type it came as, and what is odd about that. It
// is a stranger's word until it is verified (RFC 9701 §5).
func SignedIntrospection(status int, header http.Header, body []byte) (compact string, checks verdict.Checks) {
	media, trimmed := mediaType(header), bytes.TrimSpace(body)
	jwt := bytes.HasPrefix(trimmed, []byte("eyJ")) ||
		(media == IntrospectionJWT || media == "application/jwt") && !bytes.HasPrefix(trimmed, []byte("{"))
	if status < 200 || status > 299 || len(body) > maxAnswer || !jwt {
		return "", nil
	}
	if media != IntrospectionJWT {
		checks = verdict.Checks{{
			Rule: "introspection.content_type", Spec: "RFC 9701 §5", Status: verdict.Warn, Want: IntrospectionJWT,
			Got: "a JWT as " + text.Escape(media), Hint: "it was read all the same; a stricter client fails here",
		}}
	}
	return string(trimmed), checks
}

// JudgeIntrospection is ParseIntrospection for the member token_introspection of a signed answer, once that is verified
// (RFC 9701 §5).
func JudgeIntrospection(members strictjson.Object) (*Introspection, verdict.Checks, error) {
	a := &answer{at: introspectPlace, status: http.StatusOK, members: members}
	return a.introspected()
}

func (a *answer) introspected() (*Introspection, verdict.Checks, error) {
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
