package loopback

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Bounds of what pages of ours may hand over.
const (
	maxPages     = 32 // whose tokens are good; the newest ones
	maxStrangers = 8
	maxOrigin    = 300
)

// Window is where the start page shows the provider.
type Window int

// The windows of a start page.
const (
	Popup Window = iota // a window of its own, opened by a click
	Frame               // a hidden frame, for prompt=none alone: nobody can see a form in it, or whose it is
)

// ExpectFragment makes the server read an answer in the fragment, by a page that posts it back (Multiple Response
// Types §2.1).
func ExpectFragment() Option { return func(s *Server) { s.fragment = true } }

// ExpectWebMessage makes the server accept the answer that a window of the authorization endpoint's origin posts to
// the start page (draft-sakimura-oauth-wmrm §2).
func ExpectWebMessage(origin string) Option {
	return func(s *Server) { s.webMessage, s.origin = true, origin }
}

// start is the page that opens the authorization request.
type start struct {
	query   string // of its address; nobody else can guess it
	request string
	origin  string
	window  Window
}

// Present returns the address of the start page, which opens the authorization request in a window and relays the
// answer. The browser is to be sent there instead of to the provider (draft-sakimura-oauth-wmrm §2).
func (s *Server) Present(authorizationURL string, w Window) (startURL string, err error) {
	origin := Origin(authorizationURL)
	if !s.webMessage || origin == "" || origin != Origin(s.origin) {
		return "", &problem.Error{
			Kind: problem.Internal, Code: "loopback.present", Message: "the start page is for another authorization endpoint",
			Want: text.Escape(s.origin), Got: text.Escape(origin),
		}
	}
	u, err := parse(s.RedirectURI())
	if err != nil {
		return "", err
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "start=" + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = &start{query: u.RawQuery, request: authorizationURL, origin: origin, window: w}
	return u.String(), nil
}

// Origin returns the origin of an http or https URL as browsers write it, and nothing for any other (RFC 6454 §6.2).
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	standard := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	host, ok := text.ASCIIHost(strings.ToLower(u.Host))
	foreign := strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") // nothing that ends a directive of the policy
	if standard == "" || !ok || foreign != "" {
		return ""
	}
	return u.Scheme + "://" + strings.TrimSuffix(host, standard)
}

// Strangers returns the other origins than the provider's whose messages the start page ignored, in the order in which
// they came first, with control characters made visible.
func (s *Server) Strangers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.strangers)
}

// pageOfOurs may hand over one answer, with its token.
type pageOfOurs struct {
	token, mode string
	answer      string // none yet where empty
}

// issue makes the token for a page that is about to be sent.
func (s *Server) issue(mode string) (token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := &pageOfOurs{token: rand.Text(), mode: mode}
	s.pages = append(s.pages, page)
	s.pages = s.pages[max(0, len(s.pages)-maxPages):]
	return page.token
}

// take returns the answer that a page hands over. A token is good for one answer; the page that was reloaded asks for
// the outcome of the one it gave.
func (s *Server) take(page *pageOfOurs, answer string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if page.answer == "" {
		page.answer = answer
	}
	return page.answer, answer == "" || answer == page.answer
}

// presented says whether the query is the start page's.
func (s *Server) presented(query string) *start {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.start == nil || subtle.ConstantTimeCompare([]byte(query), []byte(s.start.query)) == 0 {
		return nil
	}
	return s.start
}

// sendStart sends the start page, as long as the login has no answer.
func (s *Server) sendStart(w http.ResponseWriter, start *start) {
	select {
	case <-s.over:
		s.count(func(c *Counts) { c.Late++ })
		_ = write(w, reply{http.StatusConflict, usedPage()})
	default:
		_ = send(w, http.StatusOK, startPage(start, s.issue(ModeWebMessage)))
	}
}

// relayed says whether a POST comes from a page of this server, as far as its origin goes: a provider's form does not
// (Form Post Response Mode §2). The Host header was found to be ours.
func (s *Server) relayed(r *http.Request) bool {
	if !s.fragment && !s.webMessage || !strings.EqualFold(r.Header.Get("Origin"), "http://"+r.Host) {
		return false
	}
	return cmp.Or(r.Header.Get("Sec-Fetch-Site"), "same-origin") == "same-origin"
}

// admitRelay takes what a page of ours posts: an answer, word of a message that it ignored, or the question whether
// anybody is waiting still.
func (s *Server) admitRelay(w http.ResponseWriter, r *http.Request, refuse refusal) *Visit {
	form, ok := s.readForm(w, r, refuse)
	if !ok {
		return nil
	}
	fields, err := url.ParseQuery(form)
	if err != nil {
		return refuse(http.StatusBadRequest, "not a readable form", func(c *Counts) { c.Malformed++ })
	}
	page := s.pageWith(fields.Get("token"))
	if page == nil {
		return s.stale(w)
	}
	if !fields.Has("response") {
		s.hear(w, fields["message"])
		return nil
	}
	answer, ok := s.take(page, fields.Get("response"))
	switch {
	case !ok:
		return s.stale(w)
	case answer == "":
		return s.nothing(w, page.mode)
	}
	return s.visit(answer, page.mode)
}

func (s *Server) stale(w http.ResponseWriter) *Visit {
	s.count(func(c *Counts) { c.Relay++ })
	_ = write(w, reply{http.StatusForbidden, stalePage()})
	return nil
}

func (s *Server) pageWith(token string) *pageOfOurs {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.pages, func(p *pageOfOurs) bool {
		return subtle.ConstantTimeCompare([]byte(p.token), []byte(token)) == 1
	})
	if i < 0 {
		return nil
	}
	return s.pages[i]
}

// hear counts messages that the start page ignored, and says whether the login still waits for an answer.
func (s *Server) hear(w http.ResponseWriter, origins []string) {
	provider := Origin(s.origin)
	s.mu.Lock()
	s.counts.Message += len(origins)
	for _, origin := range origins {
		origin = text.Escape(origin[:min(len(origin), maxOrigin)])
		if len(s.strangers) < maxStrangers && origin != provider && !slices.Contains(s.strangers, origin) {
			s.strangers = append(s.strangers, origin)
		}
	}
	s.mu.Unlock()
	select {
	case <-s.over:
		turnAway(w, http.StatusGone, "over")
	default:
		turnAway(w, http.StatusOK, "waiting")
	}
}
