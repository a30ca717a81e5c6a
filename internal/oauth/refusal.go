package oauth

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// refused returns the provider's error, if the answer is one: by its status, or, whatever the status, by what it says
// (RFC 6749 §5.2). An answer of a gateway that knows nothing of OAuth is no refusal but a network error.
func (a *answer) refused() *problem.Error {
	said, found := a.said()
	if a.granted() && !found {
		return nil
	}
	misplaced := a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status >= 500
	bare := said.Error == http.StatusText(a.status) && said.Description == ""
	if !a.granted() && a.members.Has("access_token") {
		a.add(verdict.Check{
			Rule: a.at.name + ".status", Spec: a.at.granted, Status: verdict.Fail, Want: "200",
			Got: statusText(a.status) + " with an access token, which was not used",
		})
	}
	switch {
	case !found && (a.status < 400 || a.members.Has("access_token")):
		return &problem.Error{
			Kind: problem.Verification, Code: a.at.name + ".status", Spec: a.at.granted,
			Message: a.at.title + " answered " + statusText(a.status), Want: "200", Got: statusText(a.status),
			Hint: a.at.elsewhere(),
		}
	case !found && !misplaced:
		said, found = spoken(a.members)
	}
	switch {
	case !found && a.at == tokenPlace && (!misplaced || a.speaksOfToken()):
		return &problem.Error{
			Kind: problem.Verification, Code: "token.access_token", Spec: a.at.granted,
			Message: a.at.title + " answered " + statusText(a.status) + " with neither an access token nor an error",
			Want:    "access_token or error", Got: names(a.members), Hint: a.at.elsewhere(),
		}
	case !found || misplaced && bare:
		return a.notOAuth(a.members.Raw())
	}
	said.Status, said.Endpoint = a.status, a.at.name
	p := &problem.Error{
		Kind: problem.Provider, Code: "oauth." + slug(said.Error), Message: sentence(said.Error, said.Description),
		Spec: a.at.refused, Answer: &said, Cause: slowDown(a.members),
	}
	if a.after != "" && (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) {
		p.Hint = text.Later(a.after)
	}
	return p
}

// speaksOfToken says that an answer which may be a gateway's is the token endpoint's after all.
func (a *answer) speaksOfToken() bool {
	return slices.ContainsFunc([]string{"token_type", "expires_in", "refresh_token", "id_token", "scope"}, a.members.Has)
}

// said finds an error in the answer. The shapes beside the standard's are those of Slack (ok), Facebook and Google
// (an object), Fitbit (errors), Instagram (error_type) and WeChat (errcode).
func (a *answer) said() (problem.Answer, bool) {
	m := a.members
	said := problem.Answer{URI: webAddress(word(m, "error_uri"))}
	said.Description = firstOf(m, "error_description", "error_message", "reason", "message", "errmsg", "detail")
	value, _ := m.Value("error")
	switch {
	case value.Kind() == '{':
		inner, _, _ := m.Object("error")
		return ofObject(inner), true
	case isTelling(value):
		said.Error = plain(value)
		return said, true
	}
	if first, ok := firstElement(m, "errors"); ok {
		return ofObject(first), true
	}
	if kind := word(m, "error_type"); kind != "" {
		said.Error = kind
		return said, true
	}
	if code := word(m, "errcode"); code != "" && code != "0" {
		said.Error = code
		return said, true
	}
	if ok, given, err := m.Bool("ok"); given && err == nil && !ok {
		said.Error = firstOf(m, "code", "status")
		return said, true
	}
	return problem.Answer{}, false
}

// ofObject reads an error that is an object: a type or status, a code, a message.
func ofObject(o strictjson.Object) problem.Answer {
	said := problem.Answer{
		Error:       firstOf(o, "type", "errorType", "status", "error"),
		Description: firstOf(o, "message", "error_description", "detail"),
	}
	code := word(o, "code")
	switch {
	case said.Error == "":
		said.Error = code
	case code != "" && code != said.Error:
		said.Description = strings.TrimSpace(said.Description + " (code " + code + ")")
	}
	return said
}

// spoken reads a refusal that has no error member at all, as Twitch, HubSpot and PingOne answer: a message will do.
func spoken(m strictjson.Object) (problem.Answer, bool) {
	said := problem.Answer{
		Error:       firstOf(m, "code", "status", "category"),
		Description: firstOf(m, "error_description", "message", "reason", "detail", "errmsg"),
	}
	return said, said.Description != ""
}

// isTelling says whether the value of an error member states one: some servers send null, "" or false for none.
func isTelling(value jsontext.Value) bool {
	switch value.Kind() {
	case '"':
		return len(value) > 2
	case '0':
		return string(value) != "0"
	case 't', '{', '[':
		return true
	}
	return false
}

// plain returns a string without its quotes, any other value as it is written.
func plain(value jsontext.Value) string {
	if value.Kind() == '"' {
		out, _ := jsontext.AppendUnquote(nil, value)
		return string(out)
	}
	return string(value)
}

// word returns a member that is a string or a number, else "".
func word(o strictjson.Object, name string) string {
	value, ok := o.Value(name)
	if !ok || value.Kind() != '"' && value.Kind() != '0' {
		return ""
	}
	return plain(value)
}

func firstOf(o strictjson.Object, names ...string) string {
	for _, name := range names {
		if s := word(o, name); s != "" {
			return s
		}
	}
	return ""
}

func firstElement(o strictjson.Object, name string) (strictjson.Object, bool) {
	value, ok := o.Value(name)
	if !ok || value.Kind() != '[' {
		return strictjson.Object{}, false
	}
	elements, err := strictjson.Elements(value)
	if err != nil || len(elements) == 0 {
		return strictjson.Object{}, false
	}
	first, err := strictjson.Parse(elements[0])
	return first, err == nil
}
