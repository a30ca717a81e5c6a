package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Decoded is a token that was read and not verified.
type Decoded struct {
	Kind     string            `json:"kind"`
	Header   strictjson.Object `json:"header"`
	Claims   strictjson.Object `json:"claims"`
	Verified bool              `json:"verified"` // always false

	Encryption *oidc.Encryption `json:"encryption,omitempty"` // what the token came in

	// The parts as they came, in base64url, where one of them cannot be read.
	RawHeader string `json:"header_raw,omitempty"`
	RawClaims string `json:"claims_raw,omitempty"`
}

// JSON encodes a value on one line with hostile characters escaped.
func JSON(value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Appendf(nil, "{\"error\":{\"code\":\"internal\",\"kind\":\"internal\",\"message\":%q}}\n", err.Error())
	}
	return text.EscapeJSON(b.Bytes())
}

// DecodedText shows a token's content to a person, with the dates that its numbers mean.
func DecodedText(theme Theme, d Decoded, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", theme.Warn.Render("NOT VERIFIED"),
		theme.Dim.Render("(kind: "+d.Kind+"; anybody can write such a token: oauthctl jwt verify checks it)"))
	encryption(&b, theme, d.Encryption)
	section(&b, theme, "header", d.Header, now)
	section(&b, theme, "claims", d.Claims, now)
	if d.RawHeader+d.RawClaims != "" {
		fmt.Fprintf(&b, "\n%s\n  header  %s\n  claims  %s\n", theme.Heading.Render("as it came"), text.Escape(d.RawHeader), text.Escape(d.RawClaims))
	}
	return b.Bytes()
}

// keyLine names the key that verified; a secret has neither a name nor a thumbprint that anybody may see.
func keyLine(theme Theme, key *oidc.Key) string {
	switch {
	case key.Thumbprint == "":
		return strings.TrimSpace(text.Escape(key.KeyID) + " " + theme.Dim.Render(fmt.Sprintf("(%s, a secret)", key.Algorithm)))
	case key.KeyID == "":
		return theme.Dim.Render(fmt.Sprintf("without kid (%s, thumbprint %s)", key.Algorithm, key.Thumbprint))
	}
	return text.Escape(key.KeyID) + " " + theme.Dim.Render(fmt.Sprintf("(%s, thumbprint %s)", key.Algorithm, key.Thumbprint))
}

// ReportText shows the verdict on a token, every check, and its claims.
func ReportText(theme Theme, r *oidc.Report, now time.Time) []byte {
	var b bytes.Buffer
	word := theme.Pass.Render("VALID")
	switch {
	case !r.Valid:
		word = theme.Fail.Render("INVALID")
	case r.Checks.Count(verdict.Skip) > 0:
		word += theme.Dim.Render(" as far as it was checked")
	}
	fmt.Fprintf(&b, "%s  %s\n", word, theme.Dim.Render(fmt.Sprintf("kind: %s; %s", r.Kind, tally(r.Checks))))
	if r.Key != nil {
		fmt.Fprintf(&b, "  %s %s\n", theme.Dim.Render("key "), keyLine(theme, r.Key))
	}
	encryption(&b, theme, r.Encryption)
	fmt.Fprintln(&b)
	Checks(&b, theme, r.Checks)
	section(&b, theme, "header", r.Header, now)
	section(&b, theme, "claims", r.Claims, now)
	return b.Bytes()
}

// encryption says in what a token came.
func encryption(w io.Writer, theme Theme, e *oidc.Encryption) {
	if e != nil {
		fmt.Fprintf(w, "  %s %s\n", theme.Dim.Render("encrypted by"), text.Escape(strings.TrimSpace(e.Algorithm+" with "+e.Encryption+" "+e.KeyID)))
	}
}

func section(w io.Writer, theme Theme, title string, o strictjson.Object, now time.Time) {
	fmt.Fprintf(w, "\n%s\n", theme.Heading.Render(title))
	width := 0
	for _, m := range o.Members() {
		width = max(width, len([]rune(text.Escape(m.Name))))
	}
	for _, m := range o.Members() {
		name := text.Escape(m.Name)
		pad := strings.Repeat(" ", width-len([]rune(name)))
		fmt.Fprintf(w, "  %s%s  %s%s\n", theme.Dim.Render(name), pad, shown(m), moment(theme, m, now))
	}
}

// shown is a claim's value on one line: a string as its text, everything else as its JSON.
func shown(m strictjson.Member) string {
	var s string
	if m.Value.Kind() == '"' && json.Unmarshal(m.Value, &s) == nil {
		return text.Escape(s)
	}
	return text.Escape(strictjson.Compact(m.Value))
}

// moment is the date that a NumericDate claim means (RFC 7519 §2).
func moment(theme Theme, m strictjson.Member, now time.Time) string {
	switch m.Name {
	case "exp", "nbf", "iat", "auth_time", "updated_at":
	default:
		return ""
	}
	seconds, err := strconv.ParseFloat(string(m.Value), 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return ""
	}
	return theme.Dim.Render("  " + date(time.Unix(int64(seconds), 0), now))
}
