package metadata

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

const doing = "fetching the metadata"

// Mode says how many locations are tried.
type Mode int

// The modes: until a document fits, or every one.
const (
	First Mode = iota
	All
)

// Source says where metadata is and whose it must be.
type Source struct {
	Issuer       string // where discovery starts
	MetadataURL  string // names the document itself
	ExpectIssuer string // replaces the value that the document's issuer must have
}

// expected returns what the document's issuer must be; empty where nothing is expected.
func (s Source) expected() string {
	if s.ExpectIssuer != "" {
		return s.ExpectIssuer
	}
	return s.Issuer
}

// Attempt is one location and what came from there.
type Attempt struct {
	URL      string
	Status   int    // 0 where no answer came
	Outcome  string // for people, escaped: "issuer matches", "issuer differs", "404 Not Found", "an HTML page" …
	Err      error  // nil where the document fits
	response *wire.Response
	document *Document
}

// fits says that the document there may be used.
func (a *Attempt) fits() bool { return a.Err == nil }

// Discover tries the locations in order; the first document whose issuer is identical to the expected one wins. The
// attempts are the evidence, also of a failure. The error is a *problem.Error: a network error where the host cannot be
// reached, else "metadata.issuer", "metadata.json", "wire.redirect", "network.not_oauth" or "metadata.not_found", or the
// context's own (OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3).
func Discover(ctx context.Context, c *wire.Client, s Source, mode Mode) (*Document, []Attempt, verdict.Checks, error) {
	locations := []string{s.MetadataURL}
	if s.MetadataURL != "" {
		if err := badMetadataURL(s.MetadataURL); err != nil {
			return nil, nil, nil, err
		}
	} else {
		var err error
		if locations, err = Locations(s.Issuer, c.PlainHTTP()); err != nil {
			return nil, nil, nil, err
		}
	}
	var attempts []Attempt
	found := -1
	for i, location := range locations {
		a := try(ctx, c, s, location)
		attempts = append(attempts, a)
		if found < 0 && (ctx.Err() != nil || unreachable(a)) {
			return nil, attempts, nil, a.Err
		}
		if found < 0 && a.fits() {
			found = i
		}
		if found >= 0 && mode == First {
			break
		}
	}
	if found < 0 {
		return nil, attempts, nil, failure(s, attempts)
	}
	doc := attempts[found].document
	if mode == First {
		return doc, attempts, append(evidence(s, doc), judge(doc, tolerated)...), nil
	}
	return doc, attempts, append(append(evidence(s, doc), others(attempts, found)...), Judge(doc)...), nil
}

// badMetadataURL makes an address that nobody can ask an error of who gave it.
func badMetadataURL(address string) error {
	_, err := wire.CheckURL(address, wire.AllowHTTP)
	if err == nil {
		return nil
	}
	bad := *problem.As(err)
	bad.Kind, bad.Code, bad.Message = problem.Usage, "usage.metadata_url", "--metadata-url: "+bad.Message
	bad.Hint = "give the whole address of the document, or --issuer URL for discovery"
	return &bad
}

// unreachable says that an attempt failed in a way in which every other location of the host fails too.
func unreachable(a Attempt) bool {
	p, ok := errors.AsType[*problem.Error](a.Err)
	if !ok || a.Status != 0 {
		return false
	}
	switch p.Code {
	case "network.size", "network.header_size", "wire.redirect":
		return false
	}
	return true
}

// try fetches one location and compares the issuer.
func try(ctx context.Context, c *wire.Client, s Source, location string) Attempt {
	a := Attempt{URL: location}
	res, err := c.Do(ctx, wire.Request{Doing: doing, URL: location})
	if err != nil {
		a.Outcome, a.Err = text.Escape(strings.TrimPrefix(err.Error(), doing+": ")), err
		if p, ok := errors.AsType[*problem.Error](err); ok && p.Code == "wire.redirect" {
			a.Outcome = p.Got
		}
		return a
	}
	a.response, a.Status = res, res.Status
	a.Outcome, a.Err = "not JSON", res.NotOAuth(doing)
	switch {
	case res.Status != http.StatusOK:
		a.Outcome = strings.TrimSpace(fmt.Sprintf("%d %s", res.Status, http.StatusText(res.Status)))
		if words := said(res); words != "" && !strings.Contains(strings.ToLower(words), strings.ToLower(http.StatusText(res.Status))) {
			a.Outcome += " (" + words + ")"
		}
		return a
	case len(res.Body) == 0:
		a.Outcome = "an empty body"
		return a
	case res.IsHTML():
		a.Outcome = "an HTML page"
		return a
	case !strings.HasPrefix(strings.TrimLeft(string(res.Body[:min(len(res.Body), 256)]), "\ufeff \t\r\n"), "{"):
		return a
	}
	doc, err := ParseDocument(res.Body)
	if err != nil {
		a.Err = err
		a.Outcome = text.Escape(err.Error())
		return a
	}
	doc.URL, doc.ContentType, doc.plain = res.URL, res.MediaType(), c.PlainHTTP()
	doc.Skew, _ = res.Skew()
	a.document, a.Outcome, a.Err = doc, "issuer matches", nil
	if want := s.expected(); want != "" && doc.Issuer != want {
		a.Outcome, a.Err = "issuer differs: "+text.Escape(doc.Issuer), mismatch(s, doc)
	}
	return a
}

// said returns in a few words why a server has no document to give: its error, the title of its page, or a line of text.
func said(res *wire.Response) string {
	const enough = 100
	body := strings.TrimSpace(string(res.Body[:min(len(res.Body), 64<<10)]))
	words := ""
	switch o, err := strictjson.Parse(res.Body); {
	case err == nil:
		for _, name := range []string{"error_description", "message", "detail", "error"} {
			if value, err := o.String(name); err == nil && words == "" {
				words = value
			}
		}
		if name, err := o.String("error"); err == nil && strings.Contains(name, " ") { // as Keycloak does
			words = name
		}
	case res.IsHTML():
		if m := regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`).FindStringSubmatch(body); m != nil {
			words = html.UnescapeString(m[1])
		}
	case !strings.Contains(body, "\n"):
		words = body
	}
	if words = strings.Join(strings.Fields(words), " "); len(words) > enough {
		return ""
	}
	return text.Escape(words)
}

// failure picks the reason that helps most out of the attempts, none of which fits.
func failure(s Source, attempts []Attempt) error {
	for _, code := range []string{"metadata.issuer", "metadata.json", "wire.redirect", "network.size", "network.header_size"} {
		for _, a := range attempts {
			if p, ok := errors.AsType[*problem.Error](a.Err); ok && p.Code == code {
				return p
			}
		}
	}
	for _, a := range attempts {
		if a.response != nil && (a.Status >= 500 || a.Status == http.StatusOK || a.Status == http.StatusTooManyRequests) {
			return a.Err // a page, or a server that is broken or wants to be left alone: whether there is metadata cannot be said
		}
	}
	return notFound(s, attempts)
}

// notFound lists every location with its status.
func notFound(s Source, attempts []Attempt) *problem.Error {
	var lines []string
	for i, a := range attempts {
		if i > 0 && a.Outcome == attempts[i-1].Outcome {
			lines[len(lines)-1] = strings.TrimSuffix(lines[len(lines)-1], " "+a.Outcome) + ", " + text.Escape(a.URL) + " " + a.Outcome
			continue
		}
		lines = append(lines, text.Escape(a.URL)+" "+a.Outcome)
	}
	p := &problem.Error{
		Kind: problem.Verification, Code: "metadata.not_found", Spec: "RFC 8414 §3",
		Message: doing + ": no metadata document was found: " + strings.Join(lines, "; "),
		Hint: "check the issuer, its path too (a tenant or realm is part of it); --metadata-url URL names the document itself, " +
			"and a provider without metadata is used by --endpoint NAME=URL",
	}
	if base := endpointOf(s.Issuer); base != "" {
		p.Hint = "this looks like the address of an endpoint, and the issuer is what stands before it: try --issuer " + quote(base) + "\n" + p.Hint
	}
	if slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden }) {
		p.Hint = "metadata is for everybody, and something refuses to show it: a firewall, a VPN that is off, a server that lists who may ask\n" + p.Hint
	}
	if other := otherRealm(s.Issuer); other != "" {
		p.Hint = "with or without /auth before the realm, as the Keycloak's release and settings have it: try --issuer " + text.Escape(other) + "; else " + p.Hint
	}
	if s.MetadataURL != "" {
		p.Hint = "check --metadata-url, or give --issuer URL for discovery"
	}
	return p
}

// endpointOf is the likely issuer of an endpoint's address; empty for what does not look like one.
func endpointOf(issuer string) string {
	m := regexp.MustCompile(`^(https?://.+?)(/protocol/openid-connect|/connect|/oauth2?)?(/v[0-9.]+)?/(token|auth|authorize|authorization|userinfo|introspect|introspection|revoke|device|keys|certs|jwks|jwks\.json)/?$`).FindStringSubmatch(issuer)
	if m == nil {
		return ""
	}
	return m[1]
}

// otherRealm is the issuer of a Keycloak realm with /auth where it was given without, and the other way round; empty for
// what is no realm.
func otherRealm(issuer string) string {
	before, realm, found := strings.Cut(issuer, "/realms/")
	if !found {
		return ""
	}
	if short, below := strings.CutSuffix(before, "/auth"); below {
		return short + "/realms/" + realm
	}
	return before + "/auth/realms/" + realm
}

// evidence is the check of the issuer itself.
func evidence(s Source, doc *Document) verdict.Checks {
	check := verdict.Check{
		Rule: "metadata.issuer", Spec: "RFC 8414 §3.3", Status: verdict.Pass,
		Want: text.Escape(s.expected()), Got: text.Escape(doc.Issuer),
	}
	if check.Want == "" {
		check.Status = verdict.Warn
		check.Hint = "the document's own issuer was taken: give --expect-issuer " + quote(doc.Issuer) + " to have it compared"
	}
	return verdict.Checks{check}
}

// others warns where another location has a document that says something else.
func others(attempts []Attempt, found int) verdict.Checks {
	var out verdict.Checks
	first := attempts[found].document
	for i, a := range attempts {
		if i == found || a.document == nil {
			continue
		}
		check := verdict.Check{
			Rule: "metadata.locations", Spec: "RFC 8414 §5", Status: verdict.Warn,
			Want: "the same document as at " + text.Escape(first.URL),
		}
		if !a.fits() {
			check.Got = "issuer " + text.Escape(a.document.Issuer) + " at " + text.Escape(a.URL)
			out = append(out, check)
		} else if names := differences(first, a.document); len(names) > 0 {
			check.Got = "other values of " + strings.Join(names, ", ") + " at " + text.Escape(a.URL)
			out = append(out, check)
		}
	}
	return out
}

// differences names the endpoints in which two documents differ.
func differences(a, b *Document) []string {
	var names []string
	for _, e := range endpoints() {
		if a.Text(e.member) != b.Text(e.member) && a.Has(e.member) && b.Has(e.member) {
			names = append(names, e.member)
		}
	}
	return names
}
