package op

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// Outcome is where a robot's browser ended.
type Outcome struct {
	// URL is the last page's, or the one that no page was fetched from: of a custom scheme, or below StopAt.
	URL string
	// Form is what would have been posted to URL, where the response mode was form_post and the robot stopped there, or
	// the response that the page at URL posts as a web message to MessageOrigin.
	Form          url.Values
	MessageOrigin string
	// Status and Text are the last page's; Status is 0 where the robot stopped at a URL.
	Status int
	Text   string
}

// Robot plays a person at a browser, on this package's pages: it keeps cookies from one sign-in to the next, fills in
// forms and follows redirects. It is not safe for concurrent use, as a person is not.
type Robot struct {
	// Transport sends the requests; nil is a plain one of the robot's own.
	Transport http.RoundTripper
	// StopAt is the beginning of URLs that are reported instead of fetched; empty fetches every http and https URL.
	StopAt string
	// Deny makes the robot refuse: consent, and to sign out.
	Deny bool

	jar jar
}

// SignIn plays a person who opens an authorization URL, signs in and consents. It returns the page that the browser
// shows in the end, which is the client's own when all went well.
func SignIn(ctx context.Context, authorizationURL, username, password string) (*Outcome, error) {
	return new(Robot).SignIn(ctx, authorizationURL, username, password)
}

// Deny is SignIn by a person who signs in and then refuses consent.
func Deny(ctx context.Context, authorizationURL, username, password string) (*Outcome, error) {
	return (&Robot{Deny: true}).SignIn(ctx, authorizationURL, username, password)
}

// maxSteps bounds a sign-in: it takes six.
const maxSteps = 20

// SignIn opens an authorization URL and goes on until there is nothing left to fill in.
func (b *Robot) SignIn(ctx context.Context, authorizationURL, username, password string) (*Outcome, error) {
	return b.browse(ctx, authorizationURL, map[string]string{"username": username, "password": password})
}

// Device plays a person who opens the verification URI of a device, types the code that the device shows, signs in and
// agrees (RFC 8628 §3.3). With verification_uri_complete the code may be empty.
func (b *Robot) Device(ctx context.Context, verificationURI, userCode, username, password string) (*Outcome, error) {
	return b.browse(ctx, verificationURI, map[string]string{"user_code": userCode, "username": username, "password": password})
}

// Backchannel plays a person who is asked by a backchannel request: they open the page for that, sign in, and agree
// (CIBA Core §8).
func (b *Robot) Backchannel(ctx context.Context, page, username, password string) (*Outcome, error) {
	return b.browse(ctx, page, map[string]string{"login_hint": username, "username": username, "password": password})
}

// Open plays a person who opens an address and agrees to whatever it asks without typing: a logout, say.
func (b *Robot) Open(ctx context.Context, address string) (*Outcome, error) {
	return b.browse(ctx, address, nil)
}

// browse opens an address and fills in forms until there is none, or one comes again that was filled in before.
func (b *Robot) browse(ctx context.Context, address string, fields map[string]string) (*Outcome, error) {
	if b.jar == nil {
		b.jar = make(jar)
	}
	transport := b.Transport
	if transport == nil {
		own := &http.Transport{Proxy: nil, DisableKeepAlives: true}
		defer own.CloseIdleConnections()
		transport = own
	}
	v := &visit{robot: b, transport: transport, fields: fields, asked: make(map[string]bool)}
	next := step{method: http.MethodGet, url: address}
	for range maxSteps {
		outcome, further, err := v.take(ctx, next)
		if outcome != nil || err != nil {
			return outcome, err
		}
		next = further
	}
	return nil, &problem.Error{
		Kind: problem.Internal, Code: "op.robot",
		Message: fmt.Sprintf("the sign-in did not end within %d steps; the last was %s", maxSteps, next.url),
	}
}

// visit is one person's way through some pages.
type visit struct {
	robot     *Robot
	transport http.RoundTripper
	fields    map[string]string // what the person types, by the name of the field
	asked     map[string]bool   // the fields that were filled in once; if one comes back, that is the answer
}

// step is one request of a browser.
type step struct {
	method, url string
	form        url.Values
	origin      string // of the page that sends it, where a script does
}

// take makes one request. Either it is the last, or it leads to a further one.
func (v *visit) take(ctx context.Context, s step) (*Outcome, step, error) {
	if v.stops(s.url) {
		return &Outcome{URL: s.url, Form: s.form}, step{}, nil
	}
	request, err := http.NewRequestWithContext(ctx, s.method, s.url, strings.NewReader(s.form.Encode()))
	if err != nil {
		return nil, step{}, fmt.Errorf("opening a page: %w", err)
	}
	request.Header.Set("Accept", "text/html")
	if s.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if s.origin != "" {
		request.Header.Set("Origin", s.origin)
	}
	for _, c := range v.robot.jar.Cookies(request.URL) {
		request.AddCookie(c)
	}
	response, err := v.transport.RoundTrip(request)
	if err != nil {
		return nil, step{}, fmt.Errorf("opening a page: %w", &url.Error{Op: s.method, URL: s.url, Err: err})
	}
	defer func() { _ = response.Body.Close() }()
	v.robot.jar.SetCookies(request.URL, response.Cookies())
	if location := response.Header.Get("Location"); location != "" && response.StatusCode/100 == 3 {
		target, err := request.URL.Parse(location)
		if err != nil {
			return nil, step{}, fmt.Errorf("following a redirect: %w", err)
		}
		return nil, step{method: http.MethodGet, url: target.String()}, nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, step{}, fmt.Errorf("reading a page: %w", err)
	}
	page, err := readPage(string(body))
	if err != nil {
		return nil, step{}, err
	}
	if further, ok, err := v.relay(ctx, page, request.URL); ok || err != nil {
		return nil, further, err
	}
	if further, ok := v.fill(page, request.URL); ok {
		return nil, further, nil
	}
	outcome := &Outcome{URL: s.url, Status: response.StatusCode, Text: page.text}
	outcome.message(page)
	return outcome, step{}, nil
}

// stops says whether a URL is to be reported, not fetched.
func (v *visit) stops(target string) bool {
	if !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "https://") {
		return true
	}
	return v.robot.StopAt != "" && strings.HasPrefix(target, v.robot.StopAt)
}

// fill fills in the form of a page, which has one at most, if the person has something to do there.
func (v *visit) fill(page *htmlPage, at *url.URL) (step, bool) {
	form := slices.IndexFunc(page.elements, func(e element) bool { return e.name == "form" })
	if form < 0 {
		return step{}, false
	}
	values, again := url.Values{}, false
	var decisions []string
	for _, e := range page.elements[form+1:] {
		name := e.attributes["name"]
		switch {
		case name == "":
		case e.name == "button":
			decisions = append(decisions, e.attributes["value"])
		case e.name == "input" && e.attributes["type"] == "hidden":
			values.Add(name, e.attributes["value"])
		case e.name == "input":
			typed := v.fields[name]
			if typed == "" {
				typed = e.attributes["value"]
			}
			again = again || v.asked[name]
			v.asked[name] = true
			values.Set(name, typed)
		}
	}
	if again {
		return step{}, false
	}
	if v.robot.Deny && slices.Contains(decisions, "deny") {
		values.Set("decision", "deny")
	} else if len(decisions) > 0 {
		values.Set("decision", decisions[0])
	}
	target, err := at.Parse(page.elements[form].attributes["action"])
	if err != nil || page.elements[form].attributes["method"] != "post" {
		return step{}, false
	}
	return step{method: http.MethodPost, url: target.String(), form: values}, true
}

// message takes the response out of a page that posts it as a web message.
func (o *Outcome) message(page *htmlPage) {
	note := page.find(func(e element) bool { return e.attributes["data-message"] != "" })
	if note == nil {
		return
	}
	var message struct {
		Response map[string]string `json:"response"`
	}
	if json.Unmarshal([]byte(note.attributes["data-message"]), &message) != nil {
		return
	}
	o.Form, o.MessageOrigin = make(url.Values), note.attributes["data-origin"]
	for name, value := range message.Response {
		o.Form.Set(name, value)
	}
}
