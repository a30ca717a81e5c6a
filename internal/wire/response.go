package wire

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// maxExcerpt is how many printable characters of a foreign page an error shows.
const maxExcerpt = 200

// Response is a whole answer.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte
	URL      string    // where it came from in the end
	Received time.Time // by this machine's clock
	recorder *Recorder
}

// MediaType returns the type of the body in lower case without parameters; empty where none, or none readable, is given.
func (r *Response) MediaType() string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && t == "" {
		return ""
	}
	return t
}

// IsHTML says whether the body is a page for people: by its type, or by how it begins.
func (r *Response) IsHTML() bool {
	if t := r.MediaType(); t == "text/html" || t == "application/xhtml+xml" {
		return true
	}
	start := strings.ToLower(strings.TrimLeftFunc(string(r.Body[:min(len(r.Body), 64)]), unicode.IsSpace))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// Skew returns how far the server's clock is ahead of this machine's, by the Date header, which has whole seconds.
func (r *Response) Skew() (time.Duration, bool) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return date.Sub(r.Received.Truncate(time.Second)), true
}

// NotOAuth returns the error for an answer that no OAuth server gives: a page, a bare status of a proxy.
func (r *Response) NotOAuth(doing string) error {
	what := "no content type"
	if t := r.MediaType(); t != "" {
		what = t
	}
	if r.IsHTML() {
		what = "an HTML page"
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)))
	encoding := strings.ToLower(r.Header.Get("Content-Encoding"))
	switch {
	case len(r.Body) == 0:
		what = "an empty body"
	case encoding != "" && encoding != "identity":
		what = "a body encoded as " + text.Escape(encoding) + ", which was not asked for"
	}
	from := text.Escape(r.recorder.redactText(withoutQuery(r.URL)))
	p := &problem.Error{
		Kind: problem.Network, Code: "network.not_oauth",
		Message: fmt.Sprintf("%s: %s answered %s with %s", doing, from, status, what),
		Want:    "a JSON object", Got: r.excerpt(),
	}
	switch {
	case r.IsHTML() && r.Status < 300:
		p.Hint = "check the address; a login page or captive portal may stand between (--trace shows it)"
	case r.Status < 300:
		p.Hint = "check the address (--trace shows the exchange)"
	case r.Status == http.StatusTooManyRequests:
		p.Hint = text.Later(r.Header.Get("Retry-After"))
	case r.Status >= 500:
		p.Hint = "the server or a proxy before it is broken: " + text.Later(r.Header.Get("Retry-After"))
	}
	return p
}

// excerpt is the start of the body, printable, escaped, without known secrets.
func (r *Response) excerpt() string {
	body := string(r.Body[:min(len(r.Body), 64<<10)])
	body = strings.Join(strings.Fields(r.recorder.redactText(body)), " ")
	for i := range body {
		if i >= maxExcerpt {
			return text.Escape(body[:i]) + "…"
		}
	}
	return text.Escape(body)
}
