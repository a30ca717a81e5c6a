package wire

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Client sends requests and keeps their connections for the next. It is safe for concurrent use.
type Client struct {
	options   Options
	transport http.RoundTripper
	proxy     func(*http.Request) (*url.URL, error)
	named     sync.Map // host → who named it, where that was nobody on the command line
}

// Named remembers who named a host, which is said where it cannot be reached.
func (c *Client) Named(host, who string) { c.named.Store(host, who) }

// New makes a client. The error is a *problem.Error about the options.
func New(o Options) (*Client, error) {
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.UserAgent = cmp.Or(o.UserAgent, defaultUserAgent)
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{options: o, transport: o.Transport, proxy: chooseProxy(o.Proxy, o.Unproxied)}
	if c.transport == nil {
		t, err := newTransport(o, c.proxy)
		if err != nil {
			return nil, err
		}
		c.transport = t
	}
	return c, nil
}

// Request is one message to a provider.
type Request struct {
	Doing  string // what a person would call it, "requesting a token"; begins every error and the trace
	Method string // empty = GET, or POST with a form or a body
	URL    string
	Header http.Header
	Form   url.Values // not nil = the body is this form
	Body   io.Reader
	Length int64 // of Body where it is no buffer; 0 = not known, and the body is sent in chunks

	Redirects Redirects
}

// Redirects says what becomes of an answer that leads elsewhere.
type Redirects int

// The policies for redirects.
const (
	FollowWithinOrigin Redirects = iota // those of GET and HEAD; every other is an error
	KeepRedirects                       // it is the answer, and none is followed
)

// Do sends a request and reads the whole answer. Any status is an answer; the error is a *problem.Error, or the
// context's own where the caller ended it. Redirects are followed for GET and HEAD within the origin only (RFC 9700 §4.12).
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	limited, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	call, err := c.send(limited, ctx, r)
	if err != nil {
		return nil, err
	}
	body, err := within(limited, func() ([]byte, error) {
		defer call.http.Body.Close()
		return readBody(call.http)
	})
	if err != nil {
		err = c.explain(ctx, call.attempt, err)
		c.options.Recorder.fail(call.exchange, c.options.Now(), err)
		return nil, err
	}
	now := c.options.Now()
	c.answered(call, now, body)
	return &Response{
		Status: call.http.StatusCode, Header: call.http.Header, Body: body, URL: call.attempt.url.String(),
		Received: now, recorder: c.options.Recorder,
	}, nil
}

// attempt is one request on the network, as errors need to know it.
type attempt struct {
	doing  string
	method string
	url    *url.URL
	proxy  *url.URL
	phase  *phase
}

// call is an answer whose body is still to be read.
type call struct {
	attempt
	sent     *http.Request
	exchange *Exchange
	http     *http.Response
}

// answered takes down an answer, and tells of it. A nil body was not read.
func (c *Client) answered(got *call, now time.Time, body []byte) {
	c.options.Recorder.answer(got.exchange, now, got.http, body)
	if c.options.Answered != nil {
		c.options.Answered(got.sent, got.http, body)
	}
}

// send follows redirects, as far as they may be followed. What only asks is sent again, once, where the connection was
// lost before an answer came (RFC 9110 §9.2.2); a form never is, as its code may be spent.
func (c *Client) send(ctx, caller context.Context, r Request) (*call, error) {
	again := r.repeatable()
	for hops := 0; ; hops++ {
		got, err := c.once(ctx, caller, r)
		if again && err != nil && problem.As(err).Code == "network.closed" {
			again = false
			got, err = c.once(ctx, caller, r)
		}
		if err != nil {
			return nil, err
		}
		if r.Redirects == KeepRedirects {
			return got, nil
		}
		to, err := redirectTarget(got, hops)
		if to != nil && r.Header.Get("DPoP") != "" {
			err = got.refuse(to.String(), "a DPoP proof is for one address alone", "")
		}
		if err == nil && to == nil {
			return got, nil
		}
		now := c.options.Now()
		_, _ = within(ctx, func() (int64, error) {
			defer got.http.Body.Close()
			return io.CopyN(io.Discard, got.http.Body, 64<<10) // so that the connection can be kept
		})
		c.answered(got, now, nil)
		if err != nil {
			return nil, err
		}
		r.URL = to.String()
	}
}

// repeatable says whether a request may be sent twice. A DPoP proof may not (RFC 9449 §11.1).
func (r *Request) repeatable() bool {
	return (r.Method == "" || r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Form == nil && r.Body == nil && r.Header.Get("DPoP") == ""
}

// once sends one request and returns when the answer's header is there.
func (c *Client) once(ctx, caller context.Context, r Request) (*call, error) {
	u, err := CheckURL(r.URL, c.options.PlainHTTP)
	if err != nil {
		return nil, doing(r, err)
	}
	req, sent, err := c.build(ctx, r, u)
	if err != nil {
		return nil, err
	}
	a := attempt{doing: describe(r, u), method: req.Method, url: u, phase: new(phase)}
	if a.proxy, err = c.proxy(req); err != nil {
		return nil, badProxy(err)
	}
	exchange := c.options.Recorder.begin(r.Doing, c.options.Now(), req, sent, a.proxy)
	res, err := within(ctx, func() (*http.Response, error) {
		return c.transport.RoundTrip(req.WithContext(a.phase.watch(ctx)))
	})
	if err == nil && res.StatusCode == http.StatusSwitchingProtocols { // what follows is no HTTP, and has no end
		_ = res.Body.Close()
		err = errSwitched
	}
	if err != nil {
		err = c.explain(caller, a, err)
		c.options.Recorder.fail(exchange, c.options.Now(), err)
		return nil, err
	}
	if res.Body == nil {
		res.Body = http.NoBody
	}
	a.phase.at.Store(phaseBody)
	return &call{attempt: a, sent: req, exchange: exchange, http: res}, nil
}

func (c *Client) build(ctx context.Context, r Request, u *url.URL) (*http.Request, []byte, error) {
	method, body := r.Method, r.Body
	header := maps.Clone(c.options.Header)
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", c.options.UserAgent)
	header.Set("Accept", "application/json")
	maps.Copy(header, r.Header)
	var sent []byte
	if r.Form != nil {
		sent = []byte(r.Form.Encode())
		body = bytes.NewReader(sent)
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		sent, body = inMemory(body)
	}
	if method == "" && body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, nil, &problem.Error{
			Kind: problem.Usage, Code: "usage.request", Message: "the request cannot be made: " + err.Error(), Cause: err,
		}
	}
	req.Host = authority(u)
	if host := header.Get("Host"); host != "" {
		req.Host = host
		header.Del("Host")
	}
	req.Header = header
	if r.Length > 0 && sent == nil {
		req.ContentLength = r.Length
	}
	return req, sent, nil
}

// inMemory returns the bytes of a body that is in memory already, for the trace, and a reader of the same.
func inMemory(body io.Reader) ([]byte, io.Reader) {
	switch body.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		sent, _ := io.ReadAll(body) // in memory: it cannot fail
		return sent, bytes.NewReader(sent)
	}
	return nil, body
}

// readBody reads at most the limit and one byte, so that a huge or inflating body costs no more than that.
func readBody(res *http.Response) ([]byte, error) {
	if res.ContentLength > maxBody {
		return nil, &sizeError{announced: res.ContentLength}
	}
	b := bytes.NewBuffer([]byte{}) // also an empty body was read
	if res.ContentLength > 0 {
		b.Grow(int(res.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(res.Body, maxBody+1))
	if n > maxBody {
		return nil, &sizeError{}
	}
	return b.Bytes(), err
}

// redirectTarget returns where to go on, nil where the answer is final, or why the redirect is refused.
func redirectTarget(c *call, hops int) (*url.URL, error) {
	switch c.http.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := c.http.Header.Get("Location")
	if location == "" {
		return nil, nil
	}
	to, err := c.url.Parse(location)
	switch {
	case err != nil:
		return nil, c.refuse(location, "it is not a URL", "")
	case c.method != http.MethodGet && c.method != http.MethodHead:
		return nil, c.refuse(location, "a "+c.method+" is never sent on: it carries secrets", bare(to))
	case c.url.Scheme == "https" && to.Scheme != "https":
		return nil, c.refuse(location, "it leaves https", "")
	case to.User != nil:
		return nil, c.refuse(hideUser(to), "it has a user name before its host", "")
	case !sameOrigin(c.url, to):
		return nil, c.refuse(location, "it leaves the origin "+c.url.Scheme+"://"+text.Escape(c.url.Host), bare(to))
	case hops >= maxRedirects:
		return nil, c.refuse(location, "it is number "+strconv.Itoa(hops+1), "")
	}
	to.Fragment, to.RawFragment = "", ""
	return to, nil
}

func describe(r Request, u *url.URL) string {
	if r.Doing != "" {
		return r.Doing
	}
	return strings.TrimSpace(cmp.Or(r.Method, "GET") + " " + text.Escape(bare(u)))
}
