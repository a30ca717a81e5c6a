package loopback

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// Bounds of the server. A browser's unused connections may idle up to headerTime; Close does not wait for them.
const (
	headerTime = 30 * time.Second
	writeTime  = 5 * time.Second
	visitTime  = 2 * time.Minute // how long a browser is kept waiting for the outcome
	closeTime  = writeTime
	maxHeader  = 256 << 10
	maxForm    = 256 << 10
	maxVisits  = 32 // waiting at the same time
)

// Option changes what a server listens for.
type Option func(*Server)

// ExpectFormPost makes the server accept a posted form beside a redirect (Form Post Response Mode §2).
func ExpectFormPost() Option { return func(s *Server) { s.formPost = true } }

// ExpectNothing makes the server take a callback without parameters too, as of a logout (OIDC RP-Initiated Logout §3).
func ExpectNothing() Option { return func(s *Server) { s.bare = true } }

// Server waits for a browser on loopback addresses.
type Server struct {
	given    string // the redirect URI
	redirect *url.URL
	port     uint16
	patience time.Duration

	formPost, fragment, webMessage bool
	bare                           bool   // a callback without parameters is one
	origin                         string // of the authorization endpoint, for webMessage

	ctx    context.Context
	http   *http.Server
	visits chan *Visit
	done   chan struct{} // closed by Close
	over   chan struct{} // closed by the first Finish
	served sync.WaitGroup

	silent, posting crowd // connections on which no header has come, and no whole body

	mu      sync.Mutex
	closing bool
	open    int // requests past the checks, being answered
	idle    chan struct{}
	last    *Visit // the finished one
	lost    *reply // its answer, where its browser had gone
	counts  Counts

	start     *start        // the page that Present made
	pages     []*pageOfOurs // that were sent
	strangers []string      // the origins of ignored messages
}

// Counts says what came that was no callback of the pending login, by the reason for which it was turned away.
type Counts struct {
	Host      int // a foreign Host header
	Path      int // another path
	Method    int // another method, or a form where a redirect was expected
	Script    int // a script or a prefetch, not a person's navigation
	Malformed int // a form that cannot be read
	Empty     int // no parameters, as of an answer in the fragment
	Ignored   int // Visit.Ignore
	Late      int // after the login had its answer
	Relay     int // a post to our page from another origin, or without the token of a page of ours
	Message   int // a message that the start page ignored: from another origin or window, or of another type
}

// Listen opens the server for a redirect URI on loopback. Port 0 is any free port; localhost is both stacks, with the
// same port. The context bounds the whole life of the server; Close is still to be called (RFC 8252 §7.3, §8.3).
func Listen(ctx context.Context, redirectURI string, options ...Option) (*Server, error) {
	u, err := parse(redirectURI)
	if err != nil {
		return nil, err
	}
	port := uint64(80)
	if u.Port() != "" {
		port, _ = strconv.ParseUint(u.Port(), 10, 16)
	}
	listeners, err := bind(ctx, u.Hostname(), uint16(port))
	if err != nil {
		return nil, err
	}
	s := &Server{
		given: redirectURI, redirect: u, patience: visitTime, ctx: ctx,
		port:   portOf(listeners[0]),
		visits: make(chan *Visit), done: make(chan struct{}), over: make(chan struct{}), idle: make(chan struct{}),
		silent: crowd{most: maxCrowd}, posting: crowd{most: maxPosting},
	}
	for _, option := range options {
		option(s)
	}
	s.http = &http.Server{
		Handler: http.HandlerFunc(s.bounded), ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: headerTime, MaxHeaderBytes: maxHeader, ConnState: s.watch, ConnContext: withConnection,
	}
	for _, l := range listeners {
		s.served.Go(func() { _ = s.http.Serve(l) })
	}
	return s, nil
}

// mode is the response mode that is expected.
func (s *Server) mode() string {
	switch {
	case s.webMessage:
		return ModeWebMessage
	case s.fragment:
		return ModeFragment
	case s.formPost:
		return ModeFormPost
	}
	return ModeQuery
}

// Port returns the port that the server listens on.
func (s *Server) Port() int { return int(s.port) }

// RedirectURI returns the redirect URI as it was given, with the real port in place of 0.
func (s *Server) RedirectURI() string {
	if port, err := strconv.Atoi(s.redirect.Port()); err != nil || port != 0 {
		return s.given
	}
	host := strings.TrimSuffix(s.redirect.Host, ":"+s.redirect.Port()) // all else to the byte: providers compare it so
	return strings.Replace(s.given, s.redirect.Host, host+":"+strconv.Itoa(s.Port()), 1)
}

// Counts returns what was turned away so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Server) count(add func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counts)
}

// Next waits for a request that could be the callback. The browser waits with it until the visit is ignored or
// finished; requests that come meanwhile queue behind it.
func (s *Server) Next(ctx context.Context) (*Visit, error) {
	select {
	case v := <-s.visits:
		return v, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.ctx.Done():
		return nil, context.Cause(s.ctx)
	case <-s.done:
		return nil, &problem.Error{Kind: problem.Internal, Code: "loopback.closed", Message: "the local server is closed"}
	}
}

// Close ends the server at once: whoever still waits is told so first, and unused connections are cut.
func (s *Server) Close() {
	s.mu.Lock()
	again := s.closing
	s.closing = true
	if !again {
		close(s.done)
		if s.open == 0 {
			close(s.idle)
		}
	}
	s.mu.Unlock()
	if again {
		s.served.Wait()
		return
	}
	bound := time.NewTimer(closeTime) // reached only by a client that does not read
	defer bound.Stop()
	select {
	case <-s.idle:
	case <-bound.C:
	}
	_ = s.http.Close()
	s.served.Wait()
}

// enter counts a request that is going to wait or to be answered, so that Close lets the answer out.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.open >= maxVisits {
		return false
	}
	s.open++
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open--; s.closing && s.open == 0 {
		close(s.idle)
	}
}

// ours says whether a Host header names this server; a foreign name that resolves to loopback does not.
func (s *Server) ours(host string) bool {
	name, port := strings.ToLower(host), strconv.Itoa(s.Port())
	if s.port == 80 && !strings.HasSuffix(name, ":80") {
		name += ":80"
	}
	return name == "127.0.0.1:"+port || name == "[::1]:"+port || name == "localhost:"+port
}
