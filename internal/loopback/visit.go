package loopback

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The ways in which an answer comes (Multiple Response Types §2.1, Form Post Response Mode §2, draft-sakimura-oauth-wmrm
// §2.1).
const (
	ModeQuery      = "query"
	ModeFormPost   = "form_post"
	ModeFragment   = "fragment"
	ModeWebMessage = "web_message"
)

// Visit is one request at the redirect URI. Its browser waits until Ignore or Finish answers it.
type Visit struct {
	Encoded string // the query, or the form
	Mode    string

	server  *Server
	once    sync.Once
	answer  chan reply
	left    chan struct{} // closed when the request is over
	reached bool          // the answer was written; read it after left
}

// reply is a page and the status with which it is sent.
type reply struct {
	status int
	page   Page
}

// Ignore answers with a page, which may be Foreign, and the server goes on waiting.
func (v *Visit) Ignore(page Page) {
	v.once.Do(func() {
		v.server.count(func(c *Counts) { c.Ignored++ })
		v.send(reply{http.StatusBadRequest, page})
	})
}

// Finish shows the outcome of the login, and returns when the page is on its way, or at once where the browser has
// left. From now on every other callback is told that the login has its answer.
func (v *Visit) Finish(page Page) {
	v.once.Do(func() {
		r := reply{http.StatusOK, page}
		if page.OK != Succeeded {
			r.status = http.StatusBadRequest
		}
		v.send(r)
		v.server.settle(v, r)
	})
}

func (v *Visit) send(r reply) {
	v.answer <- r // has room for one
	<-v.left
}

// settle ends the login. Where the browser had gone, as it does on a reload, the same callback that it sent again gets
// the answer instead.
func (s *Server) settle(v *Visit, r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil {
		return
	}
	s.last = v
	if !v.reached {
		s.lost = &r
	}
	close(s.over)
}

// late returns the answer for a callback that comes when the login has one.
func (s *Server) late(v *Visit) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil && s.last.Encoded == v.Encoded && s.last.Mode == v.Mode {
		r := *s.lost
		s.lost = nil
		return r
	}
	s.counts.Late++
	return reply{http.StatusConflict, usedPage()}
}

// serve answers every request. Only one that could be the callback becomes a visit.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	v := s.admit(w, r)
	if v == nil {
		return
	}
	if !s.enter() {
		turnAway(w, http.StatusServiceUnavailable, "busy")
		return
	}
	defer s.leave()
	defer close(v.left)
	if answer, ok := s.await(r, v); ok {
		v.reached = write(w, answer) == nil
	}
}

// await holds the request until there is an answer; none where the browser has left.
func (s *Server) await(r *http.Request, v *Visit) (reply, bool) {
	patience := time.NewTimer(s.patience)
	defer patience.Stop()
	queue := s.visits
	select {
	case <-s.over: // before the queue, should Next be waiting again
		return s.late(v), true
	default:
	}
	for {
		select {
		case queue <- v:
			queue = nil // from here on the flow decides
		case answer := <-v.answer:
			return answer, true
		case <-s.over:
			return s.late(v), true
		case <-s.done:
			return reply{http.StatusServiceUnavailable, endedPage()}, true
		case <-s.ctx.Done():
			return reply{http.StatusServiceUnavailable, endedPage()}, true
		case <-patience.C:
			return reply{http.StatusGatewayTimeout, endedPage()}, true
		case <-r.Context().Done():
			return reply{}, false
		}
	}
}

// admit checks host, path, method, origin and form, in that order, and answers what cannot be the callback. Nothing
// of this ends the login.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) *Visit {
	refuse := func(status int, text string, add func(*Counts)) *Visit {
		s.count(add)
		turnAway(w, status, text)
		return nil
	}
	switch {
	case !s.ours(r.Host):
		return refuse(http.StatusMisdirectedRequest, "not this host", func(c *Counts) { c.Host++ })
	case path(r.URL.EscapedPath()) != path(s.redirect.EscapedPath()):
		return refuse(http.StatusNotFound, "nothing here", func(c *Counts) { c.Path++ })
	case r.Method == http.MethodGet:
		return s.admitQuery(w, r, refuse)
	case r.Method == http.MethodPost && s.relayed(r):
		return s.admitRelay(w, r, refuse)
	case r.Method == http.MethodPost && s.formPost:
		return s.admitForm(w, r, refuse)
	case r.Method == http.MethodPost:
		return s.refusePost(w)
	}
	w.Header().Set("Allow", s.allowed())
	return refuse(http.StatusMethodNotAllowed, "not this way", func(c *Counts) { c.Method++ })
}

// refusePost answers a form where none is taken, or none from there.
func (s *Server) refusePost(w http.ResponseWriter) *Visit {
	if s.fragment || s.webMessage {
		s.count(func(c *Counts) { c.Relay++ })
		_ = write(w, reply{http.StatusForbidden, postedPage(s.mode())})
		return nil
	}
	w.Header().Set("Allow", s.allowed())
	s.count(func(c *Counts) { c.Method++ })
	_ = write(w, reply{http.StatusMethodNotAllowed, postedPage(s.mode())})
	return nil
}

func (s *Server) allowed() string {
	if s.formPost || s.fragment || s.webMessage {
		return http.MethodGet + ", " + http.MethodPost
	}
	return http.MethodGet
}

type refusal func(status int, text string, add func(*Counts)) *Visit

// admitQuery takes a redirect. A navigation with GET bears no Origin; a script's request does. A prefetch would use the
// answer up without showing its page.
func (s *Server) admitQuery(w http.ResponseWriter, r *http.Request, refuse refusal) *Visit {
	origin, purpose := r.Header.Get("Origin"), r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose")+r.Header.Get("X-Moz")
	if origin != "" && origin != "null" || strings.Contains(purpose, "prefetch") {
		return refuse(http.StatusForbidden, "not from a script", func(c *Counts) { c.Script++ })
	}
	start := s.presented(r.URL.RawQuery)
	empty := r.URL.RawQuery == "" || r.URL.RawQuery == s.redirect.RawQuery
	framed := s.webMessage && start == nil // the provider may send the frame that it was given to the callback
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" && !(framed && dest == "iframe") {
		return refuse(http.StatusForbidden, "not as a part of a page", func(c *Counts) { c.Script++ })
	}
	switch {
	case start != nil:
		s.sendStart(w, start)
		return nil
	case empty && s.fragment:
		_ = send(w, http.StatusOK, fragmentPage(s.issue(ModeFragment)))
		return nil
	case empty && !s.bare:
		return s.nothing(w, s.mode())
	}
	return s.visit(r.URL.RawQuery, ModeQuery)
}

// nothing answers a callback without parameters.
func (s *Server) nothing(w http.ResponseWriter, mode string) *Visit {
	s.count(func(c *Counts) { c.Empty++ })
	_ = write(w, reply{http.StatusBadRequest, emptyPage(mode)})
	return nil
}

// admitForm takes a posted form, from the provider's origin, which is not known here.
func (s *Server) admitForm(w http.ResponseWriter, r *http.Request, refuse refusal) *Visit {
	form, ok := s.readForm(w, r, refuse)
	switch {
	case !ok:
		return nil
	case form == "":
		return s.nothing(w, s.mode())
	}
	return s.visit(form, ModeFormPost)
}

// readForm returns the form as it was posted; otherwise the request has its answer.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request, refuse refusal) (encoded string, ok bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		refuse(http.StatusUnsupportedMediaType, "not a form", func(c *Counts) { c.Malformed++ })
		return "", false
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(headerTime))
	form, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	_ = control.SetReadDeadline(time.Time{}) // or waiting for the outcome would look like the browser leaving
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(status, "not a readable form", func(c *Counts) { c.Malformed++ })
		return "", false
	}
	s.posted(r)
	return strings.TrimRight(string(form), "\r\n"), true
}

func (s *Server) visit(encoded, mode string) *Visit {
	return &Visit{
		Encoded: encoded, Mode: mode, server: s, answer: make(chan reply, 1), left: make(chan struct{}),
	}
}

func path(escaped string) string {
	if escaped == "" {
		return "/"
	}
	return escaped
}
