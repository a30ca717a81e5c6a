package wire

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The bounds of what a recorder keeps; the trace shows more exchanges, but not longer bodies.
const (
	maxExchanges = 1000
	maxKept      = 16 << 20 // bytes of all bodies together
)

// Visibility says whether secrets are shown in what is recorded.
type Visibility int

// The visibilities.
const (
	Redact Visibility = iota
	ShowSecrets
)

// Recorder takes down every exchange: at once as text for people, and as data for later. Secrets are replaced by the
// ring's tags, by the name under which they travel and by their value wherever it appears; every secret that passes is
// added to the ring. A nil Recorder records nothing. It is safe for concurrent use.
type Recorder struct {
	redactor  redactor
	trace     io.Writer
	mu        sync.Mutex
	exchanges []*Exchange
	count     int
	kept      int
}

// NewRecorder makes a recorder that adds what it learns to the ring and writes a trace, unless trace is nil.
func NewRecorder(ring *secret.Ring, trace io.Writer, visibility Visibility) *Recorder {
	return &Recorder{redactor: redactor{ring: ring, show: visibility == ShowSecrets}, trace: trace}
}

// Exchange is one request with its answer, or with what became of it. Everything in it is redacted.
type Exchange struct {
	Number   int
	Doing    string
	Started  time.Time
	Elapsed  time.Duration
	Proxy    string // host and port, empty without one
	Request  Message
	Response Message // Status 0 where none came
	Err      string  // why no whole answer came
}

// Message is one half of an exchange.
type Message struct {
	Method, URL string // of a request
	Status      int    // of a response
	Protocol    string // "HTTP/1.1"
	Header      []Field
	Form        []Field // the body where it is a form
	Body        string  // the body otherwise, JSON indented
	Size        int     // bytes of the body as it came, or unread
}

// unread is the Size of a body that was handed on, or dropped, without a look at it.
const unread = -1

// Field is a name and a value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Exchanges returns what was recorded so far, in order, without the secrets that are known by now.
func (r *Recorder) Exchanges() []Exchange {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Exchange, 0, len(r.exchanges))
	for _, e := range r.exchanges {
		c := *e
		c.Err = r.redactor.value(e.Err)
		c.Request, c.Response = r.again(e.Request), r.again(e.Response)
		out = append(out, c)
	}
	return out
}

// again redacts by value what was recorded before a secret was known.
func (r *Recorder) again(m Message) Message {
	m.URL, m.Body = r.redactor.value(m.URL), r.redactor.value(m.Body)
	m.Header, m.Form = slices.Clone(m.Header), slices.Clone(m.Form)
	for _, fields := range [][]Field{m.Header, m.Form} {
		for i := range fields {
			fields[i].Value = r.redactor.value(fields[i].Value)
		}
	}
	return m
}

// begin takes down a request before it leaves, so that one that hangs is seen too.
func (r *Recorder) begin(doing string, now time.Time, req *http.Request, body []byte, proxy *url.URL) *Exchange {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	d := &r.redactor
	d.asked(req, body)
	e := &Exchange{Number: r.count, Doing: doing, Started: now, Request: Message{
		Method: req.Method, URL: d.url(req.URL), Protocol: req.Proto, Header: d.header(req.Header), Size: len(body),
	}}
	if proxy != nil {
		e.Proxy = proxy.Host
	}
	e.Request.Form, e.Request.Body = d.body(req.Header.Get("Content-Type"), body)
	if r.count <= maxExchanges {
		r.keep(&e.Request)
		r.exchanges = append(r.exchanges, e)
	}
	r.write(requestText(e))
	return e
}

// answer takes down a response. A nil body was not read.
func (r *Recorder) answer(e *Exchange, now time.Time, res *http.Response, body []byte) {
	if r == nil || e == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := &r.redactor
	d.answered(res, body)
	e.Elapsed = now.Sub(e.Started)
	e.Response = Message{Status: res.StatusCode, Protocol: res.Proto, Header: d.header(res.Header), Size: len(body)}
	if body == nil {
		e.Response.Size = unread
	}
	e.Response.Form, e.Response.Body = d.body(res.Header.Get("Content-Type"), body)
	shown := responseText(e)
	r.keep(&e.Response)
	r.write(shown)
}

// fail takes down why no whole answer came.
func (r *Recorder) fail(e *Exchange, now time.Time, err error) {
	if r == nil || e == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Elapsed, e.Err = now.Sub(e.Started), r.redactor.value(err.Error())
	r.write(failureText(e))
}

// keep bounds what stays in memory: the trace has had the rest.
func (r *Recorder) keep(m *Message) {
	size := len(m.Body)
	for _, f := range m.Form {
		size += len(f.Name) + len(f.Value)
	}
	if r.kept+size > maxKept {
		m.Form, m.Body = nil, fmt.Sprintf("(%d bytes, not kept)", m.Size)
		return
	}
	r.kept += size
}

// write sends one block of the trace; a trace that cannot be written stops nothing.
func (r *Recorder) write(block string) {
	if r.trace != nil {
		_, _ = io.WriteString(r.trace, block)
	}
}

// redactText takes known secrets, and what looks like one, out of a text that is no message.
func (r *Recorder) redactText(s string) string {
	if r == nil {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.redactor.text(s)
}

// requestText is a request as the trace shows it.
func requestText(e *Exchange) string {
	var b strings.Builder
	title := ""
	if e.Doing != "" {
		title = ": " + text.Line(e.Doing)
	}
	fmt.Fprintf(&b, "* #%d%s\n", e.Number, title)
	if e.Proxy != "" {
		fmt.Fprintf(&b, "* through the proxy %s\n", text.Line(e.Proxy))
	}
	fmt.Fprintf(&b, "> %s %s\n", text.Line(e.Request.Method), text.Line(e.Request.URL))
	writeMessage(&b, ">", e.Request)
	return b.String()
}

// responseText is an answer as the trace shows it.
func responseText(e *Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "< %s %d %s (#%d, %s)\n", text.Line(e.Response.Protocol), e.Response.Status,
		http.StatusText(e.Response.Status), e.Number, e.Elapsed.Round(time.Millisecond))
	writeMessage(&b, "<", e.Response)
	return b.String()
}

func failureText(e *Exchange) string {
	return fmt.Sprintf("! %s (#%d, %s)\n", text.Line(e.Err), e.Number, e.Elapsed.Round(time.Millisecond))
}

// maxTraced is how many bytes of one body a trace shows.
const maxTraced = 64 << 10

func writeMessage(b *strings.Builder, mark string, m Message) {
	for _, f := range m.Header {
		fmt.Fprintf(b, "%s %s: %s\n", mark, text.Line(f.Name), text.Line(f.Value))
	}
	for _, f := range m.Form {
		fmt.Fprintf(b, "%s   %s=%s\n", mark, text.Line(f.Name), text.Line(f.Value))
	}
	if m.Body == "" {
		return
	}
	body, cut := m.Body, ""
	if len(body) > maxTraced {
		body, cut = body[:maxTraced], fmt.Sprintf("%s   … (%d bytes in all)\n", mark, m.Size)
	}
	for line := range strings.Lines(body) {
		fmt.Fprintf(b, "%s   %s\n", mark, text.Line(strings.TrimRight(line, "\r\n")))
	}
	b.WriteString(cut)
}
