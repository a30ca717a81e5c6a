package op

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/text"
)

// maxBody bounds what a client may send; no request of the protocol comes near.
const maxBody = 64 << 10

// strayPath is where faults send clients by redirects. It works like the endpoint that the client came from: one
// that follows gets on, and is seen.
const strayPath = "/stray/"

// route is one path of the provider.
type route struct {
	endpoint string
	methods  []string
	open     bool // scripts of any origin may call it (CORS)
	handle   func(*exchange) answer
}

// exchange is one request, and what becomes known of it while it is answered.
type exchange struct {
	p      *Provider
	r      *http.Request
	now    time.Time
	event  Event
	form   url.Values // of a request to the token endpoint
	client *Client
	grant  *grant
	bound         // what its tokens are bound to
	nonce  string // for the next DPoP proof, sent with the answer
}

// answer is what goes back. Faults may change every part.
type answer struct {
	status int
	header http.Header
	body   []byte
	stream func(http.ResponseWriter, *http.Request) // writes everything itself, where it is set
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t := p.trialOf(r.URL.EscapedPath()); t != nil {
		t.serve(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	now := p.now()
	x := &exchange{p: p, r: r, now: now, event: Event{
		Time: now, Endpoint: atStray, Method: r.Method, Path: r.URL.EscapedPath(),
	}}
	a := x.dispatch()
	for _, f := range p.faults {
		if f.answer != nil && f.at == x.event.Endpoint {
			f.answer(x, &a)
		}
	}
	// Before the answer leaves, so that whoever has the answer finds the event.
	if p.config.Observe != nil {
		x.always()
		e := x.event // printed by whoever observes
		e.Credential = x.credentialed()
		e.Status, e.ClientID, e.GrantType = a.status, text.Escape(e.ClientID), text.Escape(e.GrantType)
		p.config.Observe(e)
	}
	a.write(w, r)
}

func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	if a.stream != nil {
		a.stream(w, r)
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone needs no answer
}

// dispatch finds the route; everything that holds for all of them is here.
func (x *exchange) dispatch() answer {
	if !x.p.ourHost(x.r.Host) {
		return x.plain(http.StatusMisdirectedRequest, "this provider is "+x.p.config.Issuer+
			"; a request for another host is refused, because a foreign page may have sent it (DNS rebinding)\n")
	}
	route, ok := x.p.routes[x.r.URL.EscapedPath()]
	if !ok {
		return x.plain(http.StatusNotFound, "nothing is here; see "+
			x.p.below("/.well-known/openid-configuration")+"\n")
	}
	x.event.Endpoint = route.endpoint
	methods := route.methods
	if slices.Contains(methods, "GET") {
		methods = append(slices.Clone(methods), "HEAD")
	}
	var a answer
	switch {
	case route.open && x.r.Method == http.MethodOptions:
		a = answer{status: http.StatusNoContent, header: http.Header{
			"Access-Control-Allow-Methods": {strings.Join(methods, ", ")},
			"Access-Control-Allow-Headers": {"Authorization, Content-Type, DPoP"},
			"Access-Control-Max-Age":       {"600"},
		}}
	case !slices.Contains(methods, x.r.Method):
		a = x.plain(http.StatusMethodNotAllowed, "the "+route.endpoint+" endpoint takes "+strings.Join(methods, ", ")+"\n")
		a.header.Set("Allow", strings.Join(methods, ", "))
	default:
		a = x.p.handler(route)(x)
	}
	if x.nonce != "" {
		a.header.Set("DPoP-Nonce", x.nonce)
	}
	if route.open {
		a.header.Set("Access-Control-Allow-Origin", "*")
		a.header.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce")
	}
	return a
}

// handler returns what answers a route: its own, unless a fault takes its place.
func (p *Provider) handler(r route) func(*exchange) answer {
	for _, f := range p.faults {
		if f.instead != nil && f.at == r.endpoint {
			return f.instead
		}
	}
	return r.handle
}

// ourHost says whether a Host header means this provider: its issuer's host, or a loopback name with any port.
func (p *Provider) ourHost(hostport string) bool {
	if strings.EqualFold(hostport, p.issuer.Host) {
		return true
	}
	if u, err := url.Parse(p.config.MTLS); err == nil && u.Host != "" && strings.EqualFold(hostport, u.Host) {
		return true
	}
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// baseHeader holds what every answer bears.
//
//go:noinline
func baseHeader(contentType string) http.Header {
	return http.Header{
		"Content-Type":           {contentType},
		"X-Content-Type-Options": {"nosniff"},
		"Referrer-Policy":        {"no-referrer"},
	}
}

func (x *exchange) plain(status int, text string) answer {
	return answer{status: status, header: baseHeader("text/plain; charset=utf-8"), body: []byte(text)}
}

// json answers with a document.
func (x *exchange) json(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		return x.plain(http.StatusInternalServerError, "this answer could not be made: "+err.Error()+"\n")
	}
	return answer{status: status, header: baseHeader("application/json"), body: append(body, '\n')}
}

// reply answers a client of an endpoint with a document, which faults of that endpoint may change.
func (x *exchange) reply(status int, doc document) answer {
	return x.json(status, x.changed(doc)).noStore()
}

// changed lets the faults of the endpoint at a document.
func (x *exchange) changed(doc document) document {
	for _, f := range x.p.faults {
		if f.reply != nil && f.at == x.event.Endpoint {
			f.reply(x, &doc)
		}
	}
	return doc
}

// noStore forbids caches to keep an answer with a credential in it (RFC 6749 §5.1).
func (a answer) noStore() answer {
	a.header.Set("Cache-Control", "no-store")
	a.header.Set("Pragma", "no-cache")
	return a
}

// redirect sends the browser on. 303, never 307: that would repeat a password to the client (RFC 9700 §4.12).
func (x *exchange) redirect(location string) answer {
	a := answer{status: http.StatusSeeOther, header: baseHeader("text/plain; charset=utf-8")}
	a.header.Set("Location", location)
	return a.noStore()
}

// refusal is an error answer of the protocol. Its description says what was wrong and what would be right.
type refusal struct {
	code, description string
	status            int    // 0 means 400
	challenge         string // WWW-Authenticate, or empty
	demands           string // further parameters of the challenge of an API, each after a comma
	dpop              bool   // an API wants a DPoP proof
}

// refused makes a refusal of an error code, and of what was wrong in words (RFC 6749 §5.2).
//
//go:noinline
func refused(code, format string, args ...any) *refusal {
	return &refusal{code: code, description: fmt.Sprintf(format, args...)}
}

// refuse answers with an error document (RFC 6749 §5.2).
func (x *exchange) refuse(r *refusal) answer {
	x.event.Error, x.event.Description = r.code, printable(r.description)
	a := x.json(cmp.Or(r.status, http.StatusBadRequest), document{{"error", r.code}, {"error_description", printable(r.description)}}).noStore()
	if r.challenge != "" {
		a.header.Set("WWW-Authenticate", r.challenge)
	}
	return a
}

// maxDescription bounds a description, which may quote what a client sent.
const maxDescription = 900

// printable keeps a description within the characters that RFC 6749 §5.2 allows.
func printable(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < 0x20 || r > 0x7e:
			return '?'
		}
		return r
	}, s)
	if len(out) > maxDescription {
		out = out[:maxDescription] + "..."
	}
	return out
}

// readForm parses a body of the media type that the protocol demands (RFC 6749 §3.2); nothing may repeat but names.
func (x *exchange) readForm(mayRepeat ...string) (url.Values, *refusal) {
	contentType := x.r.Header.Get("Content-Type")
	if media, _, _ := mime.ParseMediaType(contentType); media != "application/x-www-form-urlencoded" {
		return nil, refused("invalid_request", "the body must be application/x-www-form-urlencoded, not '%s'", contentType)
	}
	if err := x.r.ParseForm(); err != nil {
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			return nil, &refusal{code: "invalid_request", description: "the body is larger than 64 KiB", status: http.StatusRequestEntityTooLarge}
		}
		return nil, refused("invalid_request", "the form cannot be decoded: %v", err)
	}
	form := apart(x.r.PostForm) //nolint:forbidigo // the field of a request that came, not the function that sends one
	return form, once(form, mayRepeat)
}

// apart gives every value memory of its own: whoever keeps one of them would keep all that was sent with it.
func apart(form url.Values) url.Values {
	for _, values := range form {
		for i, value := range values {
			values[i] = strings.Clone(value)
		}
	}
	return form
}

// once refuses a parameter that is there more than once (RFC 6749 §3.1, §3.2).
func once(form url.Values, mayRepeat []string) *refusal {
	names := make([]string, 0, len(form))
	for name, values := range form {
		if len(values) > 1 && !slices.Contains(mayRepeat, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return refused("invalid_request", "sent more than once: %s", strings.Join(names, ", "))
}
