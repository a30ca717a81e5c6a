package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Summary is what a person wants to know of tokens that they got.
type Summary struct {
	Claims      *strictjson.Object // of the verified ID token; nil where none came
	Person      *strictjson.Object // who that is, by the ID token or userinfo
	Requested   []string
	Granted     []string
	ScopeGiven  bool // the response named the scope; else it is the one asked for (RFC 6749 §5.1)
	TokenType   string
	AccessToken string // "JWT, RS256" or "opaque, 40 characters"
	Expires     *time.Time
	Now         time.Time
	HasIDToken  bool
	HasRefresh  bool
	NoRefresh   string   // how to get a refresh token, where none came and one could
	Actors      []string // of a delegation, the current one first
	Details     []string // authorization_details that were granted, an object each
	Front       []string // tokens that came through the browser too, and where they can be found there
	Profile     string   // to which the conversation was held, such as "FAPI 2.0 Security Profile"
	Checks      verdict.Checks
}

// TokenSummary tells who signed in, what was granted, when it ends and what was verified.
func TokenSummary(theme Theme, s Summary) []byte {
	var b bytes.Buffer
	row := func(name, value string) {
		fmt.Fprintf(&b, "  %s%s\n", theme.Dim.Render(fmt.Sprintf("%-10s", name)), value)
	}
	if s.Claims != nil {
		fmt.Fprintf(&b, "%s signed in as %s\n", theme.Mark(verdict.Pass), theme.Bold.Render(personName(*s.Person)))
		row("subject", member(*s.Claims, "sub"))
		row("issuer", member(*s.Claims, "iss"))
		if at, ok, err := s.Claims.Number("auth_time"); ok && err == nil {
			row("since", date(time.Unix(int64(at), 0), s.Now))
		}
	} else {
		fmt.Fprintf(&b, "%s got a token\n", theme.Mark(verdict.Pass))
	}
	if len(s.Actors) > 0 {
		row("acted by", text.Escape(strings.Join(s.Actors, ", for ")))
	}
	row("scopes", scopes(theme, s))
	for _, detail := range s.Details {
		row("detail", text.Escape(detail))
	}
	row("token", fmt.Sprintf("%s (%s)", text.Escape(s.TokenType), s.AccessToken))
	if s.Expires == nil {
		row("expires", "the provider does not say")
	} else {
		row("expires", date(*s.Expires, s.Now))
	}
	row("also", also(s))
	if !s.HasRefresh && s.NoRefresh != "" {
		row("", theme.Dim.Render(text.Escape(s.NoRefresh)))
	}
	row("verified", verified(s))
	if s.Profile != "" {
		row("profile", held(s))
	}
	return b.Bytes()
}

// personName is who the claims speak of (OpenID Connect Core §5.1).
func personName(claims strictjson.Object) string {
	name := ""
	for _, claim := range []string{"name", "preferred_username", "nickname", "given_name"} {
		if name = member(claims, claim); name != "" {
			break
		}
	}
	email := member(claims, "email")
	switch {
	case name != "" && email != "" && name != email:
		return fmt.Sprintf("%s <%s>", name, email)
	case name != "":
		return name
	case email != "":
		return email
	}
	return member(claims, "sub")
}

func member(o strictjson.Object, name string) string {
	value, err := o.String(name)
	if err != nil {
		return ""
	}
	return text.Escape(value)
}

func scopes(theme Theme, s Summary) string {
	granted := s.Granted
	if !s.ScopeGiven {
		granted = s.Requested
	}
	if len(granted) == 0 && len(s.Requested) == 0 {
		return "none asked for, none named"
	}
	out := text.Escape(strings.Join(granted, " "))
	if missing := without(s.Requested, granted); len(missing) > 0 {
		out += theme.Warn.Render("  asked for and not granted: " + text.Escape(strings.Join(missing, " ")))
	}
	if more := without(granted, s.Requested); len(more) > 0 && len(s.Requested) > 0 {
		out += theme.Dim.Render("  granted unasked: " + text.Escape(strings.Join(more, " ")))
	}
	return out
}

// without returns the entries of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func also(s Summary) string {
	var out []string
	if s.HasIDToken {
		out = append(out, "ID token")
	}
	if s.HasRefresh {
		out = append(out, "refresh token")
	}
	out = append(out, s.Front...)
	if len(out) == 0 {
		return "no ID token, no refresh token"
	}
	return strings.Join(out, ", ")
}

// verified says what held of the ID token, by the last word of each rule; the rules of the response alone count as one.
func verified(s Summary) string {
	if !s.HasIDToken {
		return "the response is well formed; the access token is for the API to judge (oauthctl jwt verify does)"
	}
	var names []string
	for _, c := range s.Checks.With(verdict.Pass) {
		group, name, _ := strings.Cut(c.Rule, ".")
		if group != "token" && group != "callback" && group != "fapi2" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return fmt.Sprintf("%s, among them %s", tally(s.Checks), strings.Join(names, ", "))
}

// held says how the conversation stood the profile that it was held to.
func held(s Summary) string {
	var own verdict.Checks
	for _, c := range s.Checks {
		if strings.HasPrefix(c.Rule, "fapi2.") {
			own = append(own, c)
		}
	}
	out := fmt.Sprintf("%s: %d checks held", s.Profile, own.Count(verdict.Pass))
	for _, status := range []verdict.Status{verdict.Warn, verdict.Skip} {
		for _, c := range own.With(status) {
			out += fmt.Sprintf("; %s (%s): %s", c.Rule, status, c.Got)
		}
	}
	return out
}

// date shows a time absolutely and from now: "2026-11-20T10:00:00Z (in 1h0m)".
func date(t, now time.Time) string {
	distance := t.Sub(now).Round(time.Second)
	when := "now"
	switch {
	case distance > 0:
		when = "in " + span(distance)
	case distance < 0:
		when = span(-distance) + " ago"
	}
	return fmt.Sprintf("%s (%s)", t.UTC().Format(time.RFC3339), when)
}

// span is a length of time in its two largest units, such as 1h30m, 2d4h or 45s.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	pair := func(big time.Duration, bigName string, small time.Duration, smallName string) string {
		out := fmt.Sprintf("%d%s", d/big, bigName)
		if rest := d % big / small; rest > 0 {
			out += fmt.Sprintf("%d%s", rest, smallName)
		}
		return out
	}
	switch {
	case d >= day:
		return pair(day, "d", time.Hour, "h")
	case d >= time.Hour:
		return pair(time.Hour, "h", time.Minute, "m")
	case d >= time.Minute:
		return pair(time.Minute, "m", time.Second, "s")
	case d >= time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return d.String()
}
