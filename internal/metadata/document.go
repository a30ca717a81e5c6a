// Package metadata finds, reads and judges what a provider says of itself: OpenID Connect Discovery 1.0 and RFC 8414.
// Nothing in a document is believed before its issuer is identical to the one asked for, and no endpoint is taken that
// a secret could leak to.
package metadata

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Document is a metadata document: every member as it came (RFC 8414 §2, OpenID Connect Discovery 1.0 §3).
type Document struct {
	strictjson.Object
	Issuer      string
	URL         string        // where it was found; empty where it was only parsed
	ContentType string        // media type of the answer
	Skew        time.Duration // how far the server's clock is ahead, by its Date header
	Marked      bool          // a byte order mark came before it
	plain       wire.PlainHTTP
}

// ParseDocument reads a document. The error is a *problem.Error: "metadata.json" where it is no JSON object as the
// standards mean it, "metadata.issuer" where the issuer is missing or no string (RFC 8414 §3.2).
func ParseDocument(data []byte) (*Document, error) {
	data, marked := bytes.CutPrefix(data, []byte("\ufeff")) // which a reader may ignore (RFC 8259 §8.1)
	object, err := strictjson.Parse(data)
	if err != nil {
		return nil, &problem.Error{
			Kind: problem.Verification, Code: "metadata.json", Spec: "RFC 8414 §3.2", Cause: err,
			Message: "the metadata document is malformed: " + text.Escape(err.Error()),
			Hint:    "the provider must send one JSON object in UTF-8 without duplicate members",
		}
	}
	issuer, err := object.String("issuer")
	if err != nil || issuer == "" {
		return nil, noIssuer(object)
	}
	return &Document{Object: object, Issuer: issuer, Marked: marked}, nil
}

func noIssuer(o strictjson.Object) *problem.Error {
	p := &problem.Error{
		Kind: problem.Verification, Code: "metadata.issuer", Spec: "RFC 8414 §2",
		Message: "the metadata document has no issuer", Want: `a member "issuer" that is a string`, Got: "no such member",
		Hint: "only a document with an issuer is metadata: check the address",
	}
	if value, ok := o.Value("issuer"); ok {
		p.Got = text.Escape(string(value))
		return p
	}
	for _, m := range o.Members() {
		if strings.EqualFold(m.Name, "issuer") {
			p.Got = "only " + text.Escape(m.Name) + ": member names are case-sensitive"
		}
	}
	return p
}

// Text returns a member that is a string, and empty for anything else.
func (d *Document) Text(name string) string {
	s, err := d.String(name)
	if err != nil {
		return ""
	}
	return s
}

// List returns a member that is a list of strings; one string counts as a list of one, and elements of other types
// are left out. Judge warns of both.
func (d *Document) List(name string) []string {
	value, ok := d.Value(name)
	if !ok {
		return nil
	}
	if value.Kind() == '"' {
		return []string{d.Text(name)}
	}
	elements, err := strictjson.Elements(value)
	if err != nil {
		return nil
	}
	out := make([]string, 0, len(elements))
	for _, e := range elements {
		if e.Kind() != '"' {
			continue
		}
		if s, err := jsontext.AppendUnquote(nil, e); err == nil {
			out = append(out, string(s))
		}
	}
	return out
}

// True says whether a member is true; the string "true", as some providers write it, counts.
func (d *Document) True(name string) bool {
	value, ok := d.Value(name)
	return ok && (value.Kind() == 't' || d.Text(name) == "true")
}

// OpenID says whether this is OpenID Connect metadata, and not only that of OAuth: it has members that only OpenID
// Connect requires, or lists its scope (OpenID Connect Discovery 1.0 §3).
func (d *Document) OpenID() bool {
	return d.Has("subject_types_supported") || d.Has("id_token_signing_alg_values_supported") ||
		slices.Contains(d.List("scopes_supported"), "openid")
}
