package oauth

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Bounds of a direct answer.
const (
	maxAnswer  = 4 << 20
	maxPairs   = 1024
	maxExcerpt = 200
)

// place is an endpoint as its answers are judged: name is what --endpoint and the rules call it.
type place struct {
	name    string
	title   string
	granted string // the section of an answer that grants
	refused string // the section of one that refuses
}

// The endpoints that are spoken of here.
var (
	tokenPlace       = place{"token", "the token endpoint", "RFC 6749 §5.1", "RFC 6749 §5.2"}
	devicePlace      = place{"device", "the device authorization endpoint", "RFC 8628 §3.2", "RFC 8628 §3.2"}
	backchannelPlace = place{"backchannel", "the backchannel authentication endpoint", "CIBA Core §7.3", "CIBA Core §13"}
	parPlace         = place{"par", "the pushed authorization request endpoint", "RFC 9126 §2.2", "RFC 9126 §2.3"}
	introspectPlace  = place{"introspection", "the introspection endpoint", "RFC 7662 §2.2", "RFC 7662 §2.3"}
	revokePlace      = place{"revocation", "the revocation endpoint", "RFC 7009 §2.2", "RFC 7009 §2.2.1"}
	authorizePlace   = place{"authorization", "the authorization endpoint", "RFC 6749 §3.1", "RFC 6749 §4.1.2.1"}
	endSessionPlace  = place{"end_session", "the end session endpoint", "OIDC RP-Initiated Logout §2", "OIDC RP-Initiated Logout §4"}
)

// section is the one above the two of granting and refusing.
func (p place) section() string {
	section, _, _ := strings.Cut(p.granted, ".")
	return section
}

// elsewhere is the hint for an address that is no such endpoint.
func (p place) elsewhere() string {
	return "check " + p.title + "'s address: --endpoint " + p.name + "=URL sets another one"
}

// answer is the body of an endpoint's answer, read as an object, and what had to be tolerated to do so.
type answer struct {
	at      place
	status  int
	media   string
	after   string // Retry-After
	form    bool
	members strictjson.Object
	checks  verdict.Checks
}

//go:noinline
func (a *answer) add(check verdict.Check) { a.checks = append(a.checks, check) }

// granted says whether the status is one of success.
func (a *answer) granted() bool { return a.status >= 200 && a.status < 300 }

// readAnswer makes an object of a body: JSON by how it begins, whatever type it claims, else a form (RFC 6749 §5.1).
func readAnswer(at place, status int, header http.Header, body []byte) (*answer, error) {
	a := &answer{at: at, status: status, media: mediaType(header), after: header.Get("Retry-After")}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	isJSON := a.media == "application/json" || strings.HasSuffix(a.media, "+json")
	switch {
	case len(body) > maxAnswer:
		return a, a.notOAuth(body)
	case bytes.HasPrefix(trimmed, []byte("{")), bytes.HasPrefix(trimmed, []byte("[")), isJSON && len(trimmed) > 0:
		members, err := strictjson.Parse(trimmed)
		if err != nil {
			return a, a.malformed("json", "RFC 8259", "JSON", err)
		}
		a.members = members
		a.judgeMedia("JSON", isJSON)
		if bytes.HasPrefix(body, []byte("\ufeff")) {
			a.add(verdict.Check{
				Rule: a.at.name + ".json", Spec: "RFC 8259 §8.1", Status: verdict.Warn, Want: "no byte order mark",
				Got: "JSON after a byte order mark",
			})
		}
		return a, nil
	}
	raw, ok, err := formAsJSON(a.media, trimmed)
	switch {
	case err != nil:
		return a, a.malformed("form", "RFC 6749 appendix B", "form", err)
	case !ok:
		return a, a.notOAuth(trimmed)
	}
	members, err := strictjson.Parse(raw)
	if err != nil {
		return a, a.malformed("form", "RFC 6749 appendix B", "form", err)
	}
	a.members, a.form = members, true
	a.judgeMedia("a form", false)
	return a, nil
}

func mediaType(header http.Header) string {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return ""
	}
	return media
}

func (a *answer) judgeMedia(what string, ok bool) {
	check := verdict.Check{
		Rule: a.at.name + ".content_type", Spec: a.at.granted, Status: verdict.Pass, Want: "JSON as application/json",
		Got: what + " as " + text.Escape(a.media),
	}
	if a.media == "" {
		check.Got = what + " without a content type"
	}
	if !ok {
		check.Status = verdict.Warn
		check.Hint = "it was read all the same; a stricter client fails here"
	}
	a.add(check)
}

// formAsJSON returns a form as a JSON object with the members in their order. A form is what says so, or what has no
// space and no markup and names a token or an error. White-space lists and lifetimes keep their spelling; whole
// numbers of seconds become numbers, as a form has no types.
func formAsJSON(media string, body []byte) (raw []byte, ok bool, err error) {
	claimed := media == "application/x-www-form-urlencoded"
	if len(body) == 0 || body[0] == '<' || !claimed && bytes.ContainsAny(body, "<> \t\r\n{}\"") {
		return nil, false, nil
	}
	var names []string
	raw = []byte("{")
	for pair := range strings.SplitSeq(string(body), "&") {
		name, value, err := unescapePair(pair)
		switch {
		case pair == "":
			continue
		case err != nil && !claimed:
			return nil, false, nil
		case err != nil:
			return nil, false, err
		case slices.Contains(names, name):
			return nil, false, fmt.Errorf("duplicate parameter %q", text.Escape(name))
		case len(names) == maxPairs:
			return nil, false, fmt.Errorf("more than %d parameters", maxPairs)
		case len(names) > 0:
			raw = append(raw, ',')
		}
		names = append(names, name)
		raw = appendPair(raw, name, value)
	}
	ok = claimed || slices.Contains(names, "access_token") || slices.Contains(names, "error")
	return append(raw, '}'), ok, nil
}

// appendPair appends a parameter as a member; whole numbers of seconds become numbers and authorization details a list,
// as a form has no types.
func appendPair(raw []byte, name, value string) []byte {
	raw, _ = jsontext.AppendQuote(raw, name)
	raw = append(raw, ':')
	if (strings.HasPrefix(name, "expires") || name == "interval") && isWholeNumber(value) {
		return append(raw, value...)
	}
	if name == "authorization_details" && jsontext.Value(value).IsValid() {
		return append(raw, value...)
	}
	raw, _ = jsontext.AppendQuote(raw, value)
	return raw
}

func unescapePair(pair string) (name, value string, err error) {
	name, value, _ = strings.Cut(pair, "=")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", errors.New("a parameter name is not form-encoded")
	}
	if value, err = url.QueryUnescape(value); err != nil {
		return "", "", errors.New("a value is not form-encoded")
	}
	if !utf8.ValidString(name) || !utf8.ValidString(value) {
		return "", "", errors.New("a value is not UTF-8")
	}
	return name, value, nil
}

func isWholeNumber(s string) bool {
	return s == "0" || len(s) > 0 && len(s) <= 15 && s[0] >= '1' && s[0] <= '9' && firstOutside(s, '0', '9') < 0
}

func (a *answer) malformed(rule, spec, what string, err error) *problem.Error {
	return &problem.Error{
		Kind: problem.Verification, Code: a.at.name + "." + rule, Spec: spec, Want: "one JSON object",
		Message: a.at.title + "'s " + what + " cannot be used",
		Got:     text.Escape(err.Error()), Cause: err,
	}
}

// notOAuth returns the error for an answer that no OAuth server gives: a page, a bare status of a proxy.
func (a *answer) notOAuth(body []byte) *problem.Error {
	what := "something that is no OAuth answer"
	switch {
	case len(body) == 0:
		what = "an empty body"
	case a.media == "text/html" || bytes.HasPrefix(body, []byte("<")):
		what = "an HTML page"
	case len(a.members.Members()) > 0:
		what = "JSON that is no OAuth answer"
	}
	p := &problem.Error{
		Kind: problem.Network, Code: "network.not_oauth", Spec: a.at.section(),
		Message: fmt.Sprintf("%s answered %s with %s", a.at.title, statusText(a.status), what),
		Want:    "JSON", Got: excerpt(body),
	}
	if len(a.members.Members()) > 0 {
		p.Got = names(a.members) // the values may be secrets
	}
	switch {
	case a.status == http.StatusTooManyRequests:
		p.Hint = text.Later(a.after)
	case a.status >= 500:
		p.Hint = "the server or a proxy before it is broken: " + text.Later(a.after)
	case a.status < 300:
		p.Hint = "check " + a.at.title + "'s address; a login page or a captive portal may stand between (--trace shows it)"
	case a.status == http.StatusUnauthorized:
		p.Hint = "so a server answers that does not accept the client: check --client-id, the secret and --auth-method; else " + a.at.elsewhere()
	case a.status >= 400:
		p.Hint = a.at.elsewhere()
	}
	return p
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// excerpt returns the beginning of a foreign text on one line.
func excerpt(body []byte) string {
	line := strings.Join(strings.Fields(string(body[:min(len(body), 8*maxExcerpt)])), " ")
	if runes := []rune(line); len(runes) > maxExcerpt {
		line = string(runes[:maxExcerpt]) + "…"
	}
	return text.Escape(line)
}
